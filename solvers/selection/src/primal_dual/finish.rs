//! The exact finish at one lambda: the flow of the multipliers is completed to a maximum flow.
//!
//! Multipliers, and what decisions send to their parents, are a flow. It leaves *excess* at decisions that keep a part
//! of what they gain, and at resources that are paid more than lambda c_r; it leaves *deficit* where too much is sent
//! or too little is paid. Excess can move along pairs without limit, and back along pairs as far as they carry flow:
//! these are the arcs of the residual graph.
//!
//! First one pass, children before parents, repairs the flow. A decision with excess pays for what its resources still
//! lack, and sends the rest to its parent; one with a deficit takes back from resources that have an excess. Then come
//! phases of Dinic's algorithm (1970), with distances to the deficits, as in Ahuja and Orlin (1991), so that excess at
//! any distance moves in the same phase:
//!
//! 1. Distances to the nearest deficit are computed by breadth-first search, only until the last excess is reached.
//!    Nodes from which no deficit can be reached are *settled* for good.
//! 2. A blocking flow: from every excess, augmenting paths are followed along which the distance falls by one per arc,
//!    and flow is sent along them. A node from which no such arc leads is relabelled to one more than the least
//!    distance of a neighbour. When relabelling has cost as much as a few searches, the phase ends, and distances are
//!    computed anew.
//!
//! Invariants: after every augmentation there is a flow, so the work can stop anywhere. The sum of the excess is the
//! bound that this flow proves, and never rises. No residual arc leaves the settled nodes, so the decisions among them
//! are a selection, and its objective is the excess of the settled nodes. When all excess is settled, objective and
//! bound are equal. The nodes that can then be reached from an excess are the smallest optimal selection (Picard and
//! Queyranne 1980).
//!
//! No graph is built: the users of a resource come from the shards, everything else from the program. Distances only
//! grow, so there are O((D + R) U) augmentations of at most D + R arcs each. On real programs there are some tens of
//! phases, and paths of fewer than twenty arcs. Memory: the flow, 8 bytes per pair (16 if amounts need 128 bits);
//! everything else is per decision and resource.

mod phases;
mod residual;

use secateur_program::{Amounts, Control, Flow, Selection, SelectionProgram, Stop};

use super::grid::Grid;
use super::nodes::Nodes;
use super::shard::Shards;
use crate::amount::{Amount, fits_64_bits};
use residual::Residual;

/// How the exact finish went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completion {
    /// Blocking flows, each after a search for distances.
    pub phases: u32,
    /// Augmenting paths along which flow was sent.
    pub augmentations: u64,
}

/// What the finish hands over.
pub(crate) struct Finished {
    pub(crate) selection: Selection,
    /// The objective of the selection, in units of `1/den`.
    pub(crate) objective: i128,
    pub(crate) flow: Flow,
    pub(crate) completion: Completion,
    /// What stopped it before its end.
    pub(crate) stop: Option<Stop>,
}

/// The program at one lambda, with the multipliers of the best bound.
pub(crate) struct Start<'a> {
    pub(crate) program: &'a SelectionProgram,
    pub(crate) nodes: &'a Nodes,
    pub(crate) grid: &'a Grid,
    pub(crate) shards: &'a Shards,
    /// Objective of the best selection known.
    pub(crate) objective: i128,
}

impl Start<'_> {
    /// Completes the flow until the gap, divided by the bound, is at most the tolerance. Zero asks for a maximum flow
    /// and the smallest optimal selection.
    pub(crate) fn finish(&self, tolerance: f64, control: &Control) -> Finished {
        let gains = self.nodes.gain.iter().map(|gain| gain.abs()).sum();
        let Self { program, nodes, grid, shards, .. } = *self;
        let flow = shards.kept(program, nodes);
        if grid.exponent == 0 && fits_64_bits(grid.num, grid.den, gains, program.total_cost()) {
            let (flow, finished) = self.complete(Residual::new(self, flow), tolerance, control);
            finished.with(Amounts::Narrow(flow))
        } else {
            let flow = flow.into_iter().map(|units| grid.wide(units)).collect();
            let (flow, finished) = self.complete(Residual::new(self, flow), tolerance, control);
            finished.with(Amounts::from(flow))
        }
    }

    /// Repairs and completes a flow. Returns it along the uses pairs, and everything else.
    fn complete<A: Amount>(
        &self,
        mut residual: Residual<'_, A>,
        tolerance: f64,
        control: &Control,
    ) -> (Vec<A>, Finished) {
        residual.repair();
        let stop = self.phases(&mut residual, tolerance, control).err();
        // With all excess settled, the smallest optimum; otherwise what is settled.
        let taken = match stop {
            None if tolerance == 0.0 => residual.reached(),
            _ => residual.settled.clone(),
        };
        let objective = residual.excess_of(|node| taken[node]);
        // Decisions that are not selected even at lambda = 0 have no multipliers. They may be settled without having
        // paid.
        let Nodes { forest, active, always, .. } = self.nodes;
        let marks = (0..self.nodes.len()).map(|v| taken[v] && (active[v] || always[v]));
        let selection = forest.selection(self.program, marks);
        let mut requires = vec![0; self.nodes.len()];
        for (v, &sent) in forest.decision.iter().zip(&residual.sent) {
            requires[v.index()] = sent.wide();
        }
        let flow = Flow { requires: Amounts::from(requires), uses: Amounts::zeros(0) };
        let finished = Finished { selection, objective, flow, completion: residual.completion, stop };
        (residual.flow, finished)
    }

    /// Phases until the gap is small enough or all excess is settled.
    fn phases<A: Amount>(&self, residual: &mut Residual<'_, A>, tolerance: f64, control: &Control) -> Result<(), Stop> {
        loop {
            control.check()?;
            let done = u64::from(residual.completion.phases);
            control.report("complete the flow", done, done + 1);
            let Some(mut distances) = residual.distances() else { return Ok(()) };
            if tolerance > 0.0 {
                let bound = residual.excess_of(|_| true);
                let gap = bound - self.objective.max(residual.excess_of(|node| residual.settled[node]));
                if gap as f64 <= tolerance * bound as f64 {
                    return Ok(());
                }
            }
            residual.completion.phases += 1;
            residual.blocking_flow(&mut distances, control)?;
            let Completion { phases, augmentations } = residual.completion;
            tracing::trace!(phases, augmentations, "complete the flow");
        }
    }
}

impl Finished {
    fn with(mut self, uses: Amounts) -> Self {
        self.flow.uses = uses;
        self
    }
}
