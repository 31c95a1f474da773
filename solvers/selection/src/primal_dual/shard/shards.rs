//! All shards of a program.

use rayon::prelude::*;
use secateur_program::{CompressedRows, SelectionProgram};

use super::{Message, Reply, Shard};
use crate::primal_dual::grid::Grid;
use crate::primal_dual::nodes::Nodes;
use crate::primal_dual::options::Method;

/// All shards.
pub(crate) struct Shards {
    shards: Vec<Shard>,
    /// First resource of each shard.
    first: Vec<usize>,
    nodes: usize,
}

impl Shards {
    /// Deals the pairs between active decisions and resources that cost something to shards with about equally many
    /// pairs. All multipliers are zero. O(U + R).
    pub(crate) fn new(program: &SelectionProgram, nodes: &Nodes, shards: usize, method: Method) -> Self {
        let pairs = || pairs(program, nodes).map(|(node, r, _)| (r, node));
        let users = CompressedRows::grouped(program.n_resources(), pairs);
        let fraction = users.n_entries().div_ceil(shards.max(1)).max(1);
        let (mut parts, mut first) = (Vec::new(), Vec::new());
        let (mut from, mut dealt) = (0, 0);
        while from < users.n_rows() {
            let goal = fraction * (parts.len() + 1);
            let mut rows = CompressedRows::new();
            let mut to = from;
            while to < users.n_rows() && (dealt < goal || to == from) {
                rows.push(users.row(to).iter().copied());
                dealt += users.row(to).len();
                to += 1;
            }
            let costs = program.resources().skip(from).take(to - from).map(|r| program.cost(r)).collect();
            parts.push(Shard::new(costs, rows, method));
            first.push(from);
            from = to;
        }
        Self { shards: parts, first, nodes: nodes.len() }
    }

    /// The shard that has a resource, and the resource's row in it.
    fn row(&self, resource: usize) -> (&Shard, usize) {
        let shard = self.first.partition_point(|&first| first <= resource) - 1;
        (&self.shards[shard], resource - self.first[shard])
    }

    /// The nodes that have a pair with a resource, ascending.
    pub(crate) fn users(&self, resource: usize) -> &[u32] {
        let (shard, row) = self.row(resource);
        shard.users.row(row)
    }

    /// Number of pairs in all shards.
    pub(crate) fn pairs(&self) -> usize {
        self.shards.iter().map(|shard| shard.users.n_entries()).sum()
    }

    /// Most pairs of one resource.
    pub(crate) fn longest(&self) -> usize {
        self.shards.iter().flat_map(|shard| shard.users.rows()).map(<[u32]>::len).max().unwrap_or(0)
    }

    /// [`Shard::exchange`] with every shard, and the sum of the replies.
    pub(crate) fn exchange(&mut self, grid: &Grid, message: Message<'_>) -> Reply {
        let replies: Vec<Reply> = self.shards.par_iter_mut().map(|shard| shard.exchange(grid, message)).collect();
        let mut sum = Reply::zero(self.nodes, message.change);
        replies.iter().for_each(|reply| sum.add(reply));
        sum
    }

    /// States multipliers in the units of another lambda's grid, of which one old unit is `factor`. No bound is kept.
    pub(crate) fn restate(&mut self, grid: &Grid, factor: f64) {
        self.shards.par_iter_mut().for_each(|shard| shard.restate(grid, factor));
    }

    /// Keeps the present multipliers as those of the best bound.
    pub(crate) fn keep(&mut self, grid: &Grid) {
        self.shards.par_iter_mut().for_each(|shard| shard.keep(grid));
    }

    /// Splitting: the sum of the weights of each node's pairs.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.nodes];
        for shard in &self.shards {
            for (row, users) in shard.users.rows().enumerate().filter(|(_, users)| !users.is_empty()) {
                users.iter().for_each(|&user| weights[user as usize] += shard.weight(row));
            }
        }
        weights
    }

    /// The multipliers of the best bound, one per uses pair of the program in its order; zero where no shard has the
    /// pair.
    pub(crate) fn kept(&self, program: &SelectionProgram, nodes: &Nodes) -> Vec<i64> {
        let mut multipliers = vec![0; program.n_uses()];
        let mut next = vec![0usize; program.n_resources()];
        for (_, r, pair) in pairs(program, nodes) {
            let (shard, row) = self.row(r);
            multipliers[pair] = shard.best[shard.users.range(row).start + next[r]] as i64;
            next[r] += 1;
        }
        multipliers
    }
}

/// Node, resource and position of every pair of an active decision with a resource that costs something, node by node.
fn pairs<'a>(program: &'a SelectionProgram, nodes: &'a Nodes) -> impl Iterator<Item = (u32, usize, usize)> + 'a {
    let active = nodes.forest.decision.iter().enumerate().filter(|(node, _)| nodes.active[*node]);
    active.flat_map(|(node, &v)| {
        let pairs = program.use_range(v).zip(program.uses(v)).filter(|(_, r)| program.cost(*r) > 0);
        pairs.map(move |(pair, r)| (node as u32, r.index(), pair))
    })
}
