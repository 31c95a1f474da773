//! A flow on the pairs of a program, put together from flows on the pairs of blocks.

use secateur_program::{Amounts, CompressedRows, Flow, Multiplier, ResourceId};

use super::WholeProgram;
use crate::forest::NONE;
use crate::pseudoflow::TreePair;

/// Collects the flows of blocks.
pub(crate) struct FlowBuilder<'a> {
    whole: &'a WholeProgram<'a>,
    requires: Amounts,
    uses: Amounts,
}

impl<'a> FlowBuilder<'a> {
    /// The flow that proves the two ends of the path, in units of `1/unit`.
    pub(super) fn new(whole: &'a WholeProgram<'a>, unit: i64) -> Self {
        let (program, ends) = (whole.program(), &whole.reduced.ends);
        let mut requires = Amounts::zeros(program.n_decisions());
        for (node, (v, &parent)) in whole.forest().decision.iter().zip(&whole.forest().parent).enumerate() {
            if parent == NONE {
                continue;
            }
            let sent = if ends.always.selected[node] {
                ends.always.sent(node)
            } else if ends.at_zero.selected[parent as usize] {
                continue; // the decision is open, or its subtree is worth nothing to a parent that is
            } else {
                ends.at_zero.sent(node)
            };
            requires.add(v.index(), i128::from(sent) * i128::from(unit));
        }
        Self { whole, requires, uses: Amounts::zeros(program.n_uses()) }
    }

    /// Adds the flow of one block at `lambda`. `decisions` and `resources` are those of the block.
    pub(crate) fn add(&mut self, decisions: &[u32], resources: &[u32], lambda: Multiplier, flows: &[TreePair]) {
        let n = decisions.len() as u32;
        // Positions of the flows into merged resources with several members.
        let mut shared: Vec<u32> = Vec::new();
        for (index, pair) in (0..).zip(flows) {
            let tail = decisions[pair.tail as usize];
            match pair.head.checked_sub(n).map(|resource| self.whole.merged.members(resources[resource as usize])) {
                None => self.requires.add(self.whole.decision(tail).index(), pair.flow),
                Some(&[alone]) => self.pay(tail, alone, pair.flow),
                Some(_) => shared.push(index),
            }
        }
        if shared.is_empty() {
            return;
        }
        let into_resource = |&index: &u32| ((flows[index as usize].head - n) as usize, index);
        let inflow = CompressedRows::grouped(resources.len(), || shared.iter().map(into_resource));
        for (&resource, inflow) in resources.iter().zip(inflow.rows()) {
            let inflow = inflow.iter().map(|&index| &flows[index as usize]);
            self.deal(resource, inflow.map(|pair| (decisions[pair.tail as usize], pair.flow)), lambda);
        }
    }

    /// Adds to what a decision of a block pays for a resource of the program.
    fn pay(&mut self, decision: u32, resource: u32, amount: i128) {
        let pair = self.whole.program().pair(self.whole.decision(decision), ResourceId(resource));
        self.uses.add(pair.expect("members have the same users"), amount);
    }

    /// Deals what a merged resource receives, as (decision, amount), out to its members: `lambda.num() * cost` to each,
    /// and all that is over to the last.
    fn deal(&mut self, resource: u32, mut inflow: impl Iterator<Item = (u32, i128)>, lambda: Multiplier) {
        let members = self.whole.merged.members(resource);
        let program = self.whole.program();
        let (mut tail, mut left) = (0, 0);
        for (index, &member) in members.iter().enumerate() {
            let last = index + 1 == members.len();
            let mut wanted =
                if last { i128::MAX } else { i128::from(lambda.num()) * i128::from(program.cost(ResourceId(member))) };
            while wanted > 0 {
                if left == 0 {
                    let Some((next, amount)) = inflow.next() else { return };
                    (tail, left) = (next, amount);
                }
                let amount = wanted.min(left);
                self.pay(tail, member, amount);
                wanted -= amount;
                left -= amount;
            }
        }
    }

    /// The flow as it is now.
    pub(crate) fn build(self) -> Flow {
        Flow { requires: self.requires, uses: self.uses }
    }
}
