//! From a program to the block that a cut has to work on, and from its flows back.
//!
//! Decisions that are selected at every lambda, or at none, are settled by [`crate::extremes`]. Among the rest, resources that
//! cost nothing never bind and leave; resources with the same users become one.

use secateur_program::{Amounts, DecisionId, Flow, Multiplier, ResourceId, ResourceMerger, SelectionProgram};

use crate::block::Block;
use crate::extremes::{Subforest, best_subforest};
use crate::pseudoflow::{Pairs, TreePair};

const NONE: u32 = u32::MAX;

pub(crate) struct Reduced<'a> {
    program: &'a SelectionProgram,
    /// Selected at lambda = 0.
    at_zero: Subforest,
    /// Selected at every lambda.
    always: Subforest,
    /// Program ids of the decisions in between, parents first; reduced ids are positions in it.
    active: Vec<DecisionId>,
    merger: ResourceMerger,
    /// Resources that each merged resource stands for: `members[member_start[r]..member_start[r + 1]]`.
    member_start: Vec<u32>,
    members: Vec<u32>,
}

impl<'a> Reduced<'a> {
    pub(crate) fn new(program: &'a SelectionProgram) -> Self {
        let order = program.parents_first();
        let at_zero = best_subforest(program, &order, |v| program.gain(v).into(), |_| true);
        let free = |v| program.uses(v).all(|r| program.cost(r) == 0);
        let always = best_subforest(program, &order, |v| program.gain(v).into(), free);
        let active: Vec<DecisionId> =
            order.into_iter().filter(|v| at_zero.selected[v.index()] && !always.selected[v.index()]).collect();
        let mut this = Self {
            program,
            at_zero,
            always,
            active,
            merger: ResourceMerger::new(),
            member_start: Vec::new(),
            members: Vec::new(),
        };
        this.merge_resources();
        this
    }

    /// Lists the active users of each resource that costs something, and merges equal lists.
    fn merge_resources(&mut self) {
        let program = self.program;
        let mut start = vec![0usize; program.n_resources() + 1];
        let costly = |v: DecisionId| program.uses(v).filter(|&r| program.cost(r) > 0);
        for &v in &self.active {
            costly(v).for_each(|r| start[r.index() + 1] += 1);
        }
        for r in 0..program.n_resources() {
            start[r + 1] += start[r];
        }
        let mut next = start.clone();
        let mut users = vec![0u32; start[program.n_resources()]];
        for (reduced, &v) in self.active.iter().enumerate() {
            for r in costly(v) {
                users[next[r.index()]] = reduced as u32;
                next[r.index()] += 1;
            }
        }
        let mut merged = vec![NONE; program.n_resources()];
        for r in program.resources() {
            let users = &users[start[r.index()]..start[r.index() + 1]];
            if !users.is_empty() {
                let added = self.merger.add(users, program.cost(r));
                merged[r.index()] = added.expect("the costs of a program sum to at most i64::MAX");
            }
        }
        self.member_start = vec![0; self.merger.len() + 1];
        for &resource in merged.iter().filter(|merged| **merged != NONE) {
            self.member_start[resource as usize + 1] += 1;
        }
        for r in 0..self.merger.len() {
            self.member_start[r + 1] += self.member_start[r];
        }
        let mut next = self.member_start.clone();
        self.members = vec![0; self.member_start[self.merger.len()] as usize];
        for (r, &resource) in merged.iter().enumerate().filter(|(_, merged)| **merged != NONE) {
            self.members[next[resource as usize] as usize] = r as u32;
            next[resource as usize] += 1;
        }
    }

    /// The one block that holds everything between the ends of the path.
    pub(crate) fn block(&self) -> Block {
        let n = self.active.len();
        let mut reduced = vec![NONE; self.program.n_decisions()];
        for (position, v) in self.active.iter().enumerate() {
            reduced[v.index()] = position as u32;
        }
        let parent = |position: usize| {
            let parent = self.program.parent(self.active[position])?;
            Some(reduced[parent.index()]).filter(|&parent| parent != NONE)
        };
        let mut start = vec![0u32; n + 1];
        for r in 0..self.merger.len() as u32 {
            self.merger.users(r).iter().for_each(|&user| start[user as usize + 1] += 1);
        }
        for position in 0..n {
            start[position + 1] += start[position] + u32::from(parent(position).is_some());
        }
        let mut next = start.clone();
        let mut head = vec![0u32; start[n] as usize];
        for r in 0..self.merger.len() as u32 {
            for &user in self.merger.users(r) {
                head[next[user as usize] as usize] = n as u32 + r;
                next[user as usize] += 1;
            }
        }
        for position in 0..n {
            if let Some(parent) = parent(position) {
                head[next[position] as usize] = parent;
            }
        }
        let gains = self.active.iter().map(|&v| self.program.gain(v));
        Block {
            decisions: (0..n as u32).collect(),
            resources: (0..self.merger.len() as u32).collect(),
            supply: gains.chain(self.merger.costs().iter().map(|&cost| -cost)).collect(),
            pairs: Pairs { start, head },
            basis: None,
            low: Multiplier::ZERO,
            high: Multiplier::INFINITY,
        }
    }

    /// The program's decision behind a reduced id.
    pub(crate) fn decision(&self, reduced: u32) -> DecisionId {
        self.active[reduced as usize]
    }

    /// Numbers of pairs before and after merging, for the record.
    pub(crate) fn pairs_merged(&self) -> (usize, usize) {
        (self.program.n_uses(), self.merger.n_uses())
    }

    /// Thresholds of what the ends of the path settle; zero for what is still open.
    pub(crate) fn thresholds(&self) -> Vec<Multiplier> {
        let settled = |selected: &bool| if *selected { Multiplier::INFINITY } else { Multiplier::ZERO };
        self.always.selected.iter().map(settled).collect()
    }

    /// The flow that certifies the two ends, in units of `1/unit`, to be filled with the classes' flows.
    pub(crate) fn flow(&self, unit: i64) -> FlowBuilder<'_> {
        let mut requires = vec![0i128; self.program.n_decisions()];
        for v in self.program.decisions() {
            let Some(parent) = self.program.parent(v) else { continue };
            let sent = if self.always.selected[v.index()] {
                self.always.sent[v.index()]
            } else if self.at_zero.selected[parent.index()] {
                continue; // an open decision, or one that is worth nothing to its parent
            } else {
                self.at_zero.sent[v.index()]
            };
            requires[v.index()] = sent * i128::from(unit);
        }
        FlowBuilder { reduced: self, requires, uses: vec![0; self.program.n_uses()] }
    }
}

/// A flow on the pairs of the program, made from flows on the pairs of blocks.
pub(crate) struct FlowBuilder<'a> {
    reduced: &'a Reduced<'a>,
    requires: Vec<i128>,
    uses: Vec<i128>,
}

impl FlowBuilder<'_> {
    /// Adds the flow of one block at `lambda`. What a merged resource receives is dealt out to its members,
    /// `lambda.num() * cost` to each; the last takes what is over.
    pub(crate) fn add(&mut self, decisions: &[u32], resources: &[u32], lambda: Multiplier, flows: &[TreePair]) {
        let n = decisions.len() as u32;
        let mut into: Vec<(u32, u32, i128)> = Vec::with_capacity(flows.len());
        for pair in flows {
            let tail = decisions[pair.tail as usize];
            if pair.head < n {
                self.requires[self.reduced.decision(tail).index()] += pair.flow;
            } else {
                into.push((resources[(pair.head - n) as usize], tail, pair.flow));
            }
        }
        into.sort_unstable();
        for group in into.chunk_by(|a, b| a.0 == b.0) {
            self.deal(group, lambda);
        }
    }

    fn deal(&mut self, group: &[(u32, u32, i128)], lambda: Multiplier) {
        let resource = group[0].0 as usize;
        let (start, end) = (self.reduced.member_start[resource], self.reduced.member_start[resource + 1]);
        let members = &self.reduced.members[start as usize..end as usize];
        let program = self.reduced.program;
        let mut senders = group.iter().copied();
        let (mut tail, mut left) = (0, 0);
        for (index, &member) in members.iter().enumerate() {
            let member = ResourceId(member);
            let last = index + 1 == members.len();
            let mut wanted = if last { i128::MAX } else { i128::from(lambda.num()) * i128::from(program.cost(member)) };
            while wanted > 0 {
                if left == 0 {
                    let Some((_, next, amount)) = senders.next() else { return };
                    (tail, left) = (next, amount);
                }
                let amount = wanted.min(left);
                let decision = self.reduced.decision(tail);
                let pair = program.pair(decision, member).expect("members have the same users");
                self.uses[pair] += amount;
                wanted -= amount;
                left -= amount;
            }
        }
    }

    pub(crate) fn build(self) -> Flow {
        Flow { requires: Amounts::from(self.requires), uses: Amounts::from(self.uses) }
    }
}
