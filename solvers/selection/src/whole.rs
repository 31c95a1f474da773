//! A whole program, reduced to one block, and the way back from the flows of blocks to a flow of the program.

mod flow;

use secateur_program::{DecisionId, Multiplier, ResourceId, SelectionProgram};

use crate::block::Block;
use crate::forest::Forest;
use crate::merged::MergedResources;
use crate::reduce::{Instance, Reduced};
pub(crate) use flow::FlowBuilder;

/// The program as an [`Instance`]: its decisions parents first, its resources as they are.
pub(crate) struct ProgramInstance<'a> {
    pub(crate) program: &'a SelectionProgram,
    pub(crate) forest: Forest,
}

impl Instance for ProgramInstance<'_> {
    fn parents(&self) -> &[u32] {
        &self.forest.parent
    }

    fn gain(&self, decision: usize) -> i64 {
        self.program.gain(self.forest.decision[decision])
    }

    fn uses(&self, decision: usize) -> &[u32] {
        self.program.use_list(self.forest.decision[decision])
    }

    fn n_resources(&self) -> usize {
        self.program.n_resources()
    }

    fn cost(&self, resource: u32) -> i64 {
        self.program.cost(ResourceId(resource))
    }
}

/// A program whose ends are settled and whose resources are merged.
pub(crate) struct WholeProgram<'a> {
    reduced: Reduced<ProgramInstance<'a>>,
    merged: MergedResources,
}

impl<'a> WholeProgram<'a> {
    /// O(D log D + U + R log R).
    pub(crate) fn new(program: &'a SelectionProgram) -> Self {
        let reduced = Reduced::new(ProgramInstance { program, forest: Forest::new(program) });
        let merged = MergedResources::new(&reduced);
        Self { reduced, merged }
    }

    /// The block of everything between the ends of the path.
    pub(crate) fn block(&self) -> Block {
        self.reduced.block(self.merged.merging(), self.merged.n_uses())
    }

    /// The program's decision behind a decision of the block.
    pub(crate) fn decision(&self, reduced: u32) -> DecisionId {
        self.forest().decision[reduced as usize]
    }

    /// Numbers of uses pairs before and after merging.
    pub(crate) fn pairs_merged(&self) -> (usize, usize) {
        (self.program().n_uses(), self.merged.n_uses())
    }

    /// Thresholds of what the ends settle, by decision; zero for open decisions.
    pub(crate) fn thresholds(&self) -> Vec<Multiplier> {
        let mut thresholds = vec![Multiplier::ZERO; self.program().n_decisions()];
        for (v, _) in
            self.forest().decision.iter().zip(&self.reduced.ends.always.selected).filter(|(_, always)| **always)
        {
            thresholds[v.index()] = Multiplier::INFINITY;
        }
        thresholds
    }

    /// The flow that proves the two ends, in units of `1/unit`. Flows of blocks are to be added.
    pub(crate) fn flow(&self, unit: i64) -> FlowBuilder<'_> {
        FlowBuilder::new(self, unit)
    }

    fn program(&self) -> &'a SelectionProgram {
        self.reduced.instance.program
    }

    fn forest(&self) -> &Forest {
        &self.reduced.instance.forest
    }
}
