//! The side of the resources: pairs and their multipliers, in shards.
//!
//! A shard owns a range of resources with their pairs and multipliers, and nothing else. It talks to the side of the decisions
//! through one method, [`Shard::pass`]: a [`Message`] of one number and some marks per node goes in, a [`Reply`] of sums comes out. Replies are added
//! up in integers, so that any number of shards, in any order, gives the same bytes. Shards here live in one process and
//! run in parallel; a shard in another process needs the message broadcast and the replies summed, and nothing more.
//!
//! Memory per pair: 4 bytes for the user, 4 for the state (a multiplier, or in the splitting method level plus scaled
//! multiplier), 4 for the multiplier of the best bound so far.

use rayon::prelude::*;
use secateur_program::SelectionProgram;

use super::grid::Grid;
use super::nodes::{NONE, Nodes};

/// Candidates for the primal that one message can carry, a bit each.
pub(crate) const CANDIDATES: usize = 8;

/// Bytes per pair that a shard holds.
pub(crate) const BYTES_PER_PAIR: usize = 12;

/// Weight of the splitting method: a resource with d users and cost c weighs `WEIGHT * c / d` on each. Measured: 1 is as good at
/// cheap lambdas and slower at dear ones, 10 the reverse.
const WEIGHT: f64 = 3.0;

/// Over-relaxation of the splitting method, between 0 and 2.
const RELAXATION: f64 = 1.6;

/// No state is larger when the unit changes: far above all that multipliers can be, and a single-precision number.
const LARGEST: f64 = 1e30;

/// What the side of the decisions says.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Per node, which candidate selections have it; bit 0 is the best closed set at the present multipliers.
    pub(crate) marks: &'a [u8],
    /// What to do with the multipliers.
    pub(crate) change: Change<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    /// Leave them.
    Nothing,
    /// Subgradient: `beta <- max(0, beta + eta (x_v - y_r))`, with y_r = 1 iff the sum of the resource's multipliers exceeds lambda c_r.
    Step(f64),
    /// Splitting: one step for these levels per node, in units per cost.
    Levels(&'a [f64]),
}

/// What the side of the resources answers, summed over shards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// Sum of the new multipliers of each node, in units.
    pub(crate) prices: Vec<i64>,
    /// Splitting: sum over each node's pairs of weight times (level copy - multiplier), see [`Grid::target`].
    pub(crate) targets: Vec<i64>,
    /// Sum over resources of `max(0, inflow - lambda c_r)` for the new multipliers, in units of `1/den` gains.
    pub(crate) surplus: i128,
    /// Cost of each candidate.
    pub(crate) costs: [i64; CANDIDATES],
    /// Pairs with x_v != y_r before the change: the squared norm of the subgradient.
    pub(crate) mismatches: u64,
}

impl Reply {
    fn zero(nodes: usize, targets: bool) -> Self {
        let targets = vec![0; if targets { nodes } else { 0 }];
        Self { prices: vec![0; nodes], targets, surplus: 0, costs: [0; CANDIDATES], mismatches: 0 }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [i64], from: &[i64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.prices, &other.prices);
        add(&mut self.targets, &other.targets);
        add(&mut self.costs, &other.costs);
        self.surplus += other.surplus;
        self.mismatches += other.mismatches;
    }
}

/// A range of resources, their pairs, and the multipliers on them.
#[derive(Clone)]
pub(crate) struct Shard {
    costs: Vec<i64>,
    start: Vec<usize>,
    users: Vec<u32>,
    state: Vec<f32>,
    /// Splitting: level of each resource.
    levels: Vec<f64>,
    splitting: bool,
    best: Vec<f32>,
}

impl Shard {
    fn pairs(&self, row: usize) -> std::ops::Range<usize> {
        self.start[row]..self.start[row + 1]
    }

    fn weight(&self, row: usize) -> f64 {
        WEIGHT * self.costs[row] as f64 / self.pairs(row).len() as f64
    }

    /// The multiplier of a pair, a whole number of units.
    fn multiplier(&self, grid: &Grid, row: usize, pair: usize) -> f32 {
        if !self.splitting {
            return self.state[pair];
        }
        grid.store(self.weight(row) * (f64::from(self.state[pair]) - self.levels[row]))
    }

    /// One pass over the shard's pairs: counts what the candidates in the message cost, changes the multipliers as the message says, and
    /// sums up the new ones. O(pairs).
    pub(crate) fn pass(&mut self, grid: &Grid, message: Message<'_>) -> Reply {
        let mut reply = Reply::zero(message.marks.len(), matches!(message.change, Change::Levels(_)));
        for row in 0..self.costs.len() {
            let pairs = self.pairs(row);
            if pairs.is_empty() {
                continue;
            }
            let marks = self.users[pairs.clone()].iter().fold(0, |marks, &user| marks | message.marks[user as usize]);
            for (candidate, cost) in reply.costs.iter_mut().enumerate() {
                *cost += if marks >> candidate & 1 == 1 { self.costs[row] } else { 0 };
            }
            match message.change {
                Change::Nothing => self.step(grid, row, 0.0, message.marks, &mut reply),
                Change::Step(eta) => self.step(grid, row, eta, message.marks, &mut reply),
                Change::Levels(levels) => self.split(grid, row, levels, &mut reply),
            }
            let mut inflow = 0;
            for pair in pairs {
                let units = self.multiplier(grid, row, pair) as i64;
                inflow += units;
                reply.prices[self.users[pair] as usize] += units;
            }
            reply.surplus += (grid.wide(inflow) - self.due(grid, row)).max(0);
        }
        reply
    }

    /// lambda c_r, in units of `1/den` gains.
    fn due(&self, grid: &Grid, row: usize) -> i128 {
        i128::from(grid.num) * i128::from(self.costs[row])
    }

    fn step(&mut self, grid: &Grid, row: usize, eta: f64, marks: &[u8], reply: &mut Reply) {
        let pairs = self.pairs(row);
        let inflow = pairs.clone().map(|pair| self.multiplier(grid, row, pair) as i64).sum();
        let paid = grid.wide(inflow) > self.due(grid, row);
        // No multiplier need exceed what the resource costs.
        let most = (grid.level() * self.costs[row] as f64).ceil();
        for pair in pairs {
            let taken = marks[self.users[pair] as usize] & 1 == 1;
            if taken != paid {
                reply.mismatches += 1;
                if eta > 0.0 {
                    let moved = f64::from(self.state[pair]) + if taken { eta } else { -eta };
                    self.state[pair] = grid.store(moved.min(most));
                }
            }
        }
    }

    /// Douglas and Rachford's step for one resource: the states move towards the levels, then the resource's level is found by
    /// water-filling, `sum_v weight max(0, state_v - level) = c level`.
    fn split(&mut self, grid: &Grid, row: usize, levels: &[f64], reply: &mut Reply) {
        let pairs = self.pairs(row);
        let (cost, weight, mut top) = (self.costs[row] as f64, self.weight(row), self.levels[row]);
        let (users, states) = (&self.users[pairs.clone()], &mut self.state[pairs]);
        for (&user, state) in users.iter().zip(&mut *states) {
            let old = f64::from(*state);
            *state = (old + RELAXATION * (levels[user as usize] - old.min(top))) as f32;
        }
        // Newton's method on a convex decreasing function: after the first step it rises to the root, in at most `users` steps.
        for first in std::iter::once(true).chain(std::iter::repeat(false)) {
            let (mut sum, mut count) = (0.0, 0.0);
            for state in states.iter().map(|&state| f64::from(state)).filter(|&state| state > top) {
                sum += state;
                count += 1.0;
            }
            let next = weight * sum / (cost + weight * count);
            if next == top || (next < top && !first) {
                break;
            }
            top = next;
        }
        self.levels[row] = top;
        for (&user, &state) in users.iter().zip(&*states) {
            let state = f64::from(state);
            reply.targets[user as usize] += grid.target(weight * (state.min(top) - (state - top).max(0.0)));
        }
    }

    /// States everything in the units of another grid, one of the old being `factor` of the new, and forgets the best bound.
    fn restate(&mut self, grid: &Grid, factor: f64) {
        for state in &mut self.state {
            let turned = (f64::from(*state) * factor).clamp(-LARGEST, LARGEST);
            *state = if self.splitting { turned as f32 } else { grid.store(turned) };
        }
        self.levels.iter_mut().for_each(|level| *level = (*level * factor).min(LARGEST));
        self.best.fill(0.0);
    }

    fn keep(&mut self, grid: &Grid) {
        for row in 0..self.costs.len() {
            for pair in self.pairs(row) {
                self.best[pair] = self.multiplier(grid, row, pair);
            }
        }
    }
}

/// All shards.
pub(crate) struct Shards {
    shards: Vec<Shard>,
    /// First resource of each shard.
    first: Vec<usize>,
    nodes: usize,
}

impl Shards {
    /// Deals the pairs between active decisions and resources that cost something to `shards` shards of about equally many pairs.
    /// All multipliers are zero.
    pub(crate) fn new(program: &SelectionProgram, nodes: &Nodes, shards: usize, splitting: bool) -> Self {
        let mut counts = vec![0usize; program.n_resources()];
        each_pair(program, nodes, |_, r, _| counts[r] += 1);
        let share = counts.iter().sum::<usize>().div_ceil(shards.max(1)).max(1);
        let (mut parts, mut first) = (Vec::new(), Vec::new());
        let (mut from, mut dealt) = (0, 0);
        while from < counts.len() {
            let goal = share * (parts.len() + 1);
            let mut start = vec![0];
            let (mut size, mut to) = (0, from);
            while to < counts.len() && (dealt + size < goal || to == from) {
                size += counts[to];
                start.push(size);
                to += 1;
            }
            dealt += size;
            first.push(from);
            let costs = program.resources().skip(from).take(to - from).map(|r| program.cost(r)).collect();
            parts.push(Shard {
                costs,
                start,
                users: vec![NONE; size],
                state: vec![0.0; size],
                levels: vec![0.0; to - from],
                splitting,
                best: vec![0.0; size],
            });
            from = to;
        }
        let mut this = Self { shards: parts, first, nodes: nodes.len() };
        let mut next = vec![0usize; program.n_resources()];
        each_pair(program, nodes, |v, r, _| {
            let (shard, row) = this.row(r);
            let pair = this.shards[shard].start[row] + next[r];
            this.shards[shard].users[pair] = v;
            next[r] += 1;
        });
        this
    }

    fn row(&self, resource: usize) -> (usize, usize) {
        let shard = self.first.partition_point(|&first| first <= resource) - 1;
        (shard, resource - self.first[shard])
    }

    /// The nodes that have a pair with a resource, in order.
    pub(crate) fn users(&self, resource: usize) -> &[u32] {
        let (shard, row) = self.row(resource);
        let shard = &self.shards[shard];
        &shard.users[shard.pairs(row)]
    }

    /// Number of pairs in all shards.
    pub(crate) fn pairs(&self) -> usize {
        self.shards.iter().map(|shard| shard.users.len()).sum()
    }

    /// Most pairs of one resource.
    pub(crate) fn longest(&self) -> usize {
        let rows = self.shards.iter().flat_map(|shard| shard.start.windows(2));
        rows.map(|row| row[1] - row[0]).max().unwrap_or(0)
    }

    /// [`Shard::pass`] on every shard, and the sum of the replies.
    pub(crate) fn pass(&mut self, grid: &Grid, message: Message<'_>) -> Reply {
        let replies: Vec<Reply> = self.shards.par_iter_mut().map(|shard| shard.pass(grid, message)).collect();
        let mut sum = Reply::zero(self.nodes, matches!(message.change, Change::Levels(_)));
        replies.iter().for_each(|reply| sum.add(reply));
        sum
    }

    /// States multipliers in the units of another lambda's grid, one of the old being `factor` of the new. No bound is kept.
    pub(crate) fn restate(&mut self, grid: &Grid, factor: f64) {
        self.shards.par_iter_mut().for_each(|shard| shard.restate(grid, factor));
    }

    /// Keeps the present multipliers as those of the best bound.
    pub(crate) fn keep(&mut self, grid: &Grid) {
        self.shards.par_iter_mut().for_each(|shard| shard.keep(grid));
    }

    /// Sum of the weights of each node's pairs, for the fit of levels.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.nodes];
        for shard in &self.shards {
            for row in (0..shard.costs.len()).filter(|&row| !shard.pairs(row).is_empty()) {
                shard.users[shard.pairs(row)].iter().for_each(|&user| weights[user as usize] += shard.weight(row));
            }
        }
        weights
    }

    /// The multipliers kept, one per uses pair of the program in its order, zero where there is no pair here.
    pub(crate) fn kept(&self, program: &SelectionProgram, nodes: &Nodes) -> Vec<i64> {
        let mut multipliers = vec![0; program.n_uses()];
        let mut next = vec![0usize; program.n_resources()];
        each_pair(program, nodes, |_, r, pair| {
            let (shard, row) = self.row(r);
            let shard = &self.shards[shard];
            multipliers[pair] = shard.best[shard.start[row] + next[r]] as i64;
            next[r] += 1;
        });
        multipliers
    }
}

/// Calls `visit` with node, resource and position of every pair of an active decision with a resource that costs something, node by node.
fn each_pair(program: &SelectionProgram, nodes: &Nodes, mut visit: impl FnMut(u32, usize, usize)) {
    for (node, &v) in nodes.decision.iter().enumerate().filter(|(node, _)| nodes.active[*node]) {
        for (pair, r) in program.use_range(v).zip(program.uses(v)).filter(|(_, r)| program.cost(*r) > 0) {
            visit(node as u32, r.index(), pair);
        }
    }
}
