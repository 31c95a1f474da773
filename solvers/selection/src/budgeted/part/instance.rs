//! A part as an instance for reductions: its decisions, with what their unpaid resources cost under a surrogate.

use super::Part;
use crate::budgeted::core::Core;
use crate::budgeted::surrogate::Surrogate;
use crate::forest::NONE;
use crate::reduce::Instance;

/// The free decisions of a part as decisions `0..n` of a program of their own. Resources are those of the core.
#[derive(Debug)]
pub(super) struct PartInstance<'a> {
    core: &'a Core<'a>,
    decisions: &'a [u32],
    parents: Vec<u32>,
    /// The price of each resource of the part; zero for all other resources, among them those that are paid.
    cost: Vec<i64>,
}

impl<'a> PartInstance<'a> {
    /// O(decisions and resources of the core).
    pub(super) fn new(core: &'a Core<'a>, part: &'a Part, surrogate: &Surrogate) -> Self {
        let mut number = vec![NONE; core.len()];
        for (index, &v) in part.decisions.iter().enumerate() {
            number[v as usize] = index as u32;
        }
        let parents = part.decisions.iter().map(|&v| core.parents()[v as usize]);
        let parents = parents.map(|p| if p == NONE { NONE } else { number[p as usize] }).collect();
        let mut cost = vec![0; core.n_resources()];
        part.resources.iter().for_each(|&r| cost[r as usize] = surrogate.price[r as usize]);
        Self { core, decisions: &part.decisions, parents, cost }
    }
}

impl Instance for PartInstance<'_> {
    fn parents(&self) -> &[u32] {
        &self.parents
    }

    fn gain(&self, decision: usize) -> i64 {
        self.core.gain[self.decisions[decision] as usize]
    }

    fn uses(&self, decision: usize) -> &[u32] {
        self.core.uses(self.decisions[decision])
    }

    fn n_resources(&self) -> usize {
        self.cost.len()
    }

    fn cost(&self, resource: u32) -> i64 {
        self.cost[resource as usize]
    }
}
