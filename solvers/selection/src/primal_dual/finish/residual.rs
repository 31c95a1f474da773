//! A flow at one lambda, and the arcs along which it can change.

use secateur_program::{CompressedRows, ResourceId, SelectionProgram};

use super::{Completion, Start};
use crate::amount::Amount;
use crate::forest::NONE;
use crate::primal_dual::nodes::Nodes;
use crate::primal_dual::shard::Shards;

/// A flow and its residual graph. The nodes of the graph are those of the decisions, then the resources.
pub(super) struct Residual<'a, A> {
    pub(super) program: &'a SelectionProgram,
    pub(super) nodes: &'a Nodes,
    pub(super) shards: &'a Shards,
    pub(super) children: CompressedRows,
    /// Flow on each uses pair of the program.
    pub(super) flow: Vec<A>,
    /// What each decision's node sends to its parent.
    pub(super) sent: Vec<A>,
    /// What is left at each node: excess if positive, deficit if negative.
    pub(super) excess: Vec<A>,
    /// Nodes from which no deficit can be reached.
    pub(super) settled: Vec<bool>,
    pub(super) steps: u32,
    pub(super) completion: Completion,
}

/// An arc of the residual graph, by the pair whose flow changes.
#[derive(Clone, Copy)]
pub(super) enum Arc {
    /// More along a uses pair.
    Uses(usize),
    /// Less along a uses pair.
    UsesBack(usize),
    /// More from a node to its parent.
    Requires(usize),
    /// Less from a child to its parent.
    RequiresBack(usize),
}

impl<'a, A: Amount> Residual<'a, A> {
    /// The flow along uses pairs that is given, with nothing sent to parents. O(D + R + U).
    pub(super) fn new(start: &Start<'a>, flow: Vec<A>) -> Self {
        let Start { program, nodes, grid, shards, .. } = *start;
        let n = nodes.len();
        let mut excess: Vec<A> = nodes.gain.iter().map(|&gain| A::scaled(grid.den, gain)).collect();
        excess.extend(program.resources().map(|r| -A::scaled(grid.num, program.cost(r))));
        let settled = vec![false; excess.len()];
        let mut this = Self {
            program,
            nodes,
            shards,
            children: CompressedRows::children(&nodes.forest.parent),
            flow,
            sent: vec![A::default(); n],
            excess,
            settled,
            steps: 0,
            completion: Completion::default(),
        };
        for v in 0..n {
            for (pair, r) in this.pairs(v) {
                this.excess[v] -= this.flow[pair];
                this.excess[n + r] += this.flow[pair];
            }
        }
        this
    }

    /// Sum of the excess of some nodes.
    pub(super) fn excess_of(&self, is_counted: impl Fn(usize) -> bool) -> i128 {
        let nodes = self.excess.iter().enumerate();
        let nodes = nodes.filter(|&(node, &excess)| excess > A::default() && is_counted(node));
        nodes.map(|(_, excess)| excess.wide()).sum()
    }

    /// Pairs of an active decision with resources that cost something: (position among the program's pairs, resource).
    pub(super) fn pairs(&self, node: usize) -> impl Iterator<Item = (usize, usize)> + use<'a, A> {
        let (program, v) = (self.program, self.nodes.forest.decision[node]);
        let active = self.nodes.active[node];
        let pairs = program.use_range(v).zip(program.uses(v));
        pairs.filter(move |&(_, r)| active && program.cost(r) > 0).map(|(pair, r)| (pair, r.index()))
    }

    /// Position of a pair that the shards hold.
    pub(super) fn pair(&self, user: u32, resource: usize) -> usize {
        let pair = self.program.pair(self.nodes.forest.decision[user as usize], ResourceId(resource as u32));
        pair.expect("shards hold the program's pairs")
    }

    /// The node of a decision's parent.
    pub(super) fn parent(&self, node: usize) -> Option<usize> {
        let parent = self.nodes.forest.parent[node];
        (parent != NONE).then_some(parent as usize)
    }

    /// Balances every decision as far as its own pairs allow, children first, and sends what is left to parents.
    pub(super) fn repair(&mut self) {
        let (n, zero) = (self.nodes.len(), A::default());
        for v in (0..n).rev() {
            for (pair, r) in self.pairs(v) {
                let (left, over) = (self.excess[v], self.excess[n + r]);
                if left > zero && over < zero {
                    self.shift(v, n + r, Arc::Uses(pair), left.min(-over));
                } else if left < zero && over > zero {
                    let amount = (-left).min(over).min(self.flow[pair]);
                    self.shift(n + r, v, Arc::UsesBack(pair), amount);
                }
            }
            if let Some(parent) = self.parent(v).filter(|_| self.excess[v] > zero) {
                self.shift(v, parent, Arc::Requires(v), self.excess[v]);
            }
        }
    }

    /// Moves excess along one arc.
    fn shift(&mut self, from: usize, to: usize, arc: Arc, amount: A) {
        self.change(arc, amount);
        self.excess[from] -= amount;
        self.excess[to] += amount;
    }

    /// Changes the flow along an arc.
    pub(super) fn change(&mut self, arc: Arc, amount: A) {
        match arc {
            Arc::Uses(pair) => self.flow[pair] += amount,
            Arc::UsesBack(pair) => self.flow[pair] -= amount,
            Arc::Requires(child) => self.sent[child] += amount,
            Arc::RequiresBack(child) => self.sent[child] -= amount,
        }
    }

    /// The residual capacity of an arc; `None` if it is unbounded.
    pub(super) fn capacity(&self, arc: Arc) -> Option<A> {
        match arc {
            Arc::Uses(_) | Arc::Requires(_) => None,
            Arc::UsesBack(pair) => Some(self.flow[pair]),
            Arc::RequiresBack(child) => Some(self.sent[child]),
        }
    }

    /// The nodes that can be reached from an excess.
    pub(super) fn reached(&self) -> Vec<bool> {
        let (n, zero) = (self.nodes.len(), A::default());
        let mut found: Vec<bool> = self.excess.iter().map(|&excess| excess > zero).collect();
        let mut stack: Vec<usize> = (0..found.len()).filter(|&node| found[node]).collect();
        while let Some(at) = stack.pop() {
            let mut visit = |to: usize| {
                if !std::mem::replace(&mut found[to], true) {
                    stack.push(to);
                }
            };
            if at >= n {
                for &user in self.shards.users(at - n) {
                    if self.flow[self.pair(user, at - n)] > zero {
                        visit(user as usize);
                    }
                }
                continue;
            }
            self.pairs(at).for_each(|(_, r)| visit(n + r));
            self.parent(at).into_iter().for_each(&mut visit);
            let children = self.children.row(at).iter().map(|&child| child as usize);
            children.filter(|&child| self.sent[child] > zero).for_each(&mut visit);
        }
        found
    }
}
