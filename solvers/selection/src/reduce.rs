//! From a program to the block that a cut has to work on, and from its flows back.
//!
//! Decisions that are selected at every lambda, or at none, are settled by [`crate::extremes`]. Among the rest, resources that
//! cost nothing never bind and leave; resources with the same users become one.

use secateur_program::{Amounts, DecisionId, Flow, Multiplier, ResourceId, SelectionProgram};

use crate::block::Block;
use crate::extremes::{Subforest, best_subforest};
use crate::merged::MergedResources;
use crate::pairs::Pairs;
use crate::pseudoflow::TreePair;

const NONE: u32 = u32::MAX;

pub(crate) struct Reduced<'a> {
    program: &'a SelectionProgram,
    /// Selected at lambda = 0.
    at_zero: Subforest,
    /// Selected at every lambda.
    always: Subforest,
    /// Program ids of the decisions in between, parents first; reduced ids are positions in it.
    active: Vec<DecisionId>,
    merged: MergedResources,
}

impl<'a> Reduced<'a> {
    pub(crate) fn new(program: &'a SelectionProgram) -> Self {
        let order = program.parents_first();
        let at_zero = best_subforest(program, &order, |v| program.gain(v).into(), |_| true);
        let free = |v| program.uses(v).all(|r| program.cost(r) == 0);
        let always = best_subforest(program, &order, |v| program.gain(v).into(), free);
        let active: Vec<DecisionId> =
            order.into_iter().filter(|v| at_zero.selected[v.index()] && !always.selected[v.index()]).collect();
        let merged = MergedResources::new(program, &active);
        Self { program, at_zero, always, active, merged }
    }

    /// The one block that holds everything between the ends of the path.
    pub(crate) fn block(&self) -> Block {
        let n = self.active.len();
        let mut reduced = vec![NONE; self.program.n_decisions()];
        for (position, v) in self.active.iter().enumerate() {
            reduced[v.index()] = position as u32;
        }
        // One row per decision: its resources, each merged one through its representative, then its parent.
        let merged = self.merged.by_representative(self.program.n_resources());
        let mut pairs = Pairs { start: vec![0], head: Vec::with_capacity(self.merged.n_uses() + n) };
        for &v in &self.active {
            let uses = self.program.use_list(v).iter().map(|&r| merged[r as usize]).filter(|&m| m != NONE);
            pairs.head.extend(uses.map(|m| n as u32 + m));
            let parent = self.program.parent(v).map_or(NONE, |parent| reduced[parent.index()]);
            pairs.head.extend(Some(parent).filter(|&parent| parent != NONE));
            pairs.start.push(pairs.head.len() as u32);
        }
        let gains = self.active.iter().map(|&v| self.program.gain(v));
        Block {
            decisions: (0..n as u32).collect(),
            resources: (0..self.merged.len() as u32).collect(),
            supply: gains.chain(self.merged.costs().iter().map(|&cost| -cost)).collect(),
            pairs,
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
        (self.program.n_uses(), self.merged.n_uses())
    }

    /// Thresholds of what the ends of the path settle; zero for what is still open.
    pub(crate) fn thresholds(&self) -> Vec<Multiplier> {
        let settled = |selected: &bool| if *selected { Multiplier::INFINITY } else { Multiplier::ZERO };
        self.always.selected.iter().map(settled).collect()
    }

    /// The flow that certifies the two ends, in units of `1/unit`, to be filled with the classes' flows.
    pub(crate) fn flow(&self, unit: i64) -> FlowBuilder<'_> {
        let mut requires = Amounts::zeros(self.program.n_decisions());
        for v in self.program.decisions() {
            let Some(parent) = self.program.parent(v) else { continue };
            let sent = if self.always.selected[v.index()] {
                self.always.sent[v.index()]
            } else if self.at_zero.selected[parent.index()] {
                continue; // an open decision, or one that is worth nothing to its parent
            } else {
                self.at_zero.sent[v.index()]
            };
            requires.add(v.index(), sent * i128::from(unit));
        }
        FlowBuilder { reduced: self, requires, uses: Amounts::zeros(self.program.n_uses()) }
    }
}

/// A flow on the pairs of the program, made from flows on the pairs of blocks.
pub(crate) struct FlowBuilder<'a> {
    reduced: &'a Reduced<'a>,
    requires: Amounts,
    uses: Amounts,
}

impl FlowBuilder<'_> {
    /// Adds the flow of one block at `lambda`. What a merged resource receives is dealt out to its members,
    /// `lambda.num() * cost` to each; the last takes what is over.
    pub(crate) fn add(&mut self, decisions: &[u32], resources: &[u32], lambda: Multiplier, flows: &[TreePair]) {
        let n = decisions.len() as u32;
        // Flows into resources, grouped by resource: counted, then placed.
        let mut start = vec![0u32; resources.len() + 1];
        for pair in flows {
            match pair.head.checked_sub(n) {
                Some(resource) => start[resource as usize + 1] += 1,
                None => {
                    let tail = self.reduced.decision(decisions[pair.tail as usize]);
                    self.requires.add(tail.index(), pair.flow);
                }
            }
        }
        for resource in 0..resources.len() {
            start[resource + 1] += start[resource];
        }
        let mut next = start.clone();
        let mut into = vec![(0u32, 0i128); start[resources.len()] as usize];
        for pair in flows.iter().filter(|pair| pair.head >= n) {
            let slot = &mut next[(pair.head - n) as usize];
            into[*slot as usize] = (decisions[pair.tail as usize], pair.flow);
            *slot += 1;
        }
        for (resource, range) in resources.iter().zip(start.windows(2)) {
            self.deal(*resource, &into[range[0] as usize..range[1] as usize], lambda);
        }
    }

    /// `flows` are (decision, amount) into a merged resource, in reduced ids.
    fn deal(&mut self, resource: u32, flows: &[(u32, i128)], lambda: Multiplier) {
        let members = self.reduced.merged.members(resource);
        let program = self.reduced.program;
        let mut senders = flows.iter().copied();
        let (mut tail, mut left) = (0, 0);
        for (index, &member) in members.iter().enumerate() {
            let member = ResourceId(member);
            let last = index + 1 == members.len();
            let mut wanted = if last { i128::MAX } else { i128::from(lambda.num()) * i128::from(program.cost(member)) };
            while wanted > 0 {
                if left == 0 {
                    let Some((next, amount)) = senders.next() else { return };
                    (tail, left) = (next, amount);
                }
                let amount = wanted.min(left);
                let decision = self.reduced.decision(tail);
                let pair = program.pair(decision, member).expect("members have the same users");
                self.uses.add(pair, amount);
                wanted -= amount;
                left -= amount;
            }
        }
    }

    pub(crate) fn build(self) -> Flow {
        Flow { requires: self.requires, uses: self.uses }
    }
}
