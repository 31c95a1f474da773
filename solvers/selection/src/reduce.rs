//! From a program to the block that cuts have to work on.
//!
//! Three reductions, none of which changes a threshold:
//!
//! 1. The two ends of the path are settled without a cut ([`crate::ends`]); only open decisions remain.
//! 2. Resources that cost nothing are dropped.
//! 3. Resources with the same users become one with the sum of their costs, since a selection pays for all of them or
//!    for none.
//!
//! Two kinds of program are reduced: a whole [`secateur_program::SelectionProgram`] ([`crate::whole`]), and the parts
//! of one that the budgeted solver looks at. [`Instance`] is what both have in common. Their third reduction differs: a
//! whole program is large, and its flow has to be handed back to every resource, so [`crate::merged`] lists users and
//! members, in parallel; parts are many and short-lived and need sums only, so [`crate::refine`] lists nothing.

use secateur_program::{CompressedRows, Multiplier};

use crate::block::Block;
use crate::ends::Ends;
use crate::forest::NONE;

/// A selection program as a reduction reads it: decisions by number, parents first, and resources by number.
pub(crate) trait Instance {
    /// The parent of each decision, or [`NONE`].
    fn parents(&self) -> &[u32];
    /// The gain of a decision.
    fn gain(&self, decision: usize) -> i64;
    /// The resources that a decision uses, ascending.
    fn uses(&self, decision: usize) -> &[u32];
    /// Number of resources.
    fn n_resources(&self) -> usize;
    /// What a resource costs.
    fn cost(&self, resource: u32) -> i64;
}

/// A program whose ends are settled.
#[derive(Debug)]
pub(crate) struct Reduced<I> {
    pub(crate) instance: I,
    pub(crate) ends: Ends,
    /// The open decisions, ascending.
    pub(crate) open: Vec<u32>,
}

/// Merged resources as a block sees them.
#[derive(Debug)]
pub(crate) struct Merging {
    /// For each resource the merged one that it stands for, [`NONE`] for all but one resource of each merged one.
    pub(crate) stands_for: Vec<u32>,
    /// The cost of each merged resource.
    pub(crate) costs: Vec<i64>,
}

impl<I: Instance> Reduced<I> {
    /// Settles the ends. O(decisions + pairs).
    pub(crate) fn new(instance: I) -> Self {
        let is_free = |v: usize| instance.uses(v).iter().all(|&r| instance.cost(r) == 0);
        let ends = Ends::new(instance.parents(), |v| instance.gain(v), is_free);
        let open = (0..instance.parents().len() as u32).filter(|&v| ends.is_open(v as usize)).collect();
        Self { instance, ends, open }
    }

    /// The block of all open decisions; its decisions are numbers of the instance. `n_uses` is about the number of
    /// pairs with merged resources. O(pairs).
    pub(crate) fn block(&self, merging: Merging, n_uses: usize) -> Block {
        let Merging { stands_for, costs } = merging;
        let n = self.open.len();
        let mut node = vec![NONE; self.instance.parents().len()];
        let mut pairs = CompressedRows::with_capacity(n, n_uses + n);
        for (tail, &v) in self.open.iter().enumerate() {
            node[v as usize] = tail as u32;
            let merged = self.instance.uses(v as usize).iter().map(|&r| stands_for[r as usize]);
            let uses = merged.filter(|&merged| merged != NONE).map(|merged| n as u32 + merged);
            let parent = match self.instance.parents()[v as usize] {
                NONE => NONE,
                parent => node[parent as usize],
            };
            pairs.push(uses.chain(Some(parent).filter(|&parent| parent != NONE)));
        }
        let gains = self.open.iter().map(|&v| self.instance.gain(v as usize));
        Block {
            decisions: self.open.clone(),
            resources: (0..costs.len() as u32).collect(),
            supply: gains.chain(costs.iter().map(|&cost| -cost)).collect(),
            pairs,
            basis: None,
            low: Multiplier::ZERO,
            high: Multiplier::INFINITY,
        }
    }
}
