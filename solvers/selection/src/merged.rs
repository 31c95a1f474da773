//! Resources with the same users, merged, for a whole program.
//!
//! A selection pays for resources with the same users together or not at all, so one resource with the sum of their
//! costs stands for all of them. (Nan, Wang and Saligrama 2016 have one resource per source and example; merging leaves
//! two to ten times fewer.)
//!
//! Merged resources are numbered by their last user. Decisions near each other then have neighbouring resources. A cut,
//! which jumps from decisions to the labels of their resources, finds those in the cache; measured, this takes a
//! quarter off the time of a path.

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use secateur_program::CompressedRows;
use std::hash::BuildHasher;

use crate::forest::NONE;
use crate::reduce::{Instance, Merging, Reduced};
use crate::transpose::transpose;

/// The resources that cost something and that open decisions use, merged.
#[derive(Default)]
pub(crate) struct MergedResources {
    /// Users of each resource of the program, as positions among the open decisions, ascending.
    users: CompressedRows,
    /// The resources of the program behind each merged one, ascending. All have the same users.
    members: CompressedRows,
    costs: Vec<i64>,
}

impl MergedResources {
    /// O(pairs + resources log resources).
    pub(crate) fn new<I: Instance + Sync>(reduced: &Reduced<I>) -> Self {
        let (instance, open) = (&reduced.instance, &reduced.open);
        let users = transpose(|tail| instance.uses(open[tail] as usize), open.len(), instance.n_resources());
        let mut this = Self { users, ..Self::default() };
        let mut keyed: Vec<(u32, u64, u32)> = (0..instance.n_resources() as u32)
            .into_par_iter()
            .filter_map(|r| {
                let users = this.users.row(r as usize);
                let last = *users.last().filter(|_| instance.cost(r) > 0)?;
                Some((last, FxBuildHasher.hash_one(users), r))
            })
            .collect();
        keyed.par_sort_unstable();
        // Resources with the same users have the same key. Those with the same key are compared user by user.
        for run in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            match run {
                &[(_, _, alone)] => this.add(instance, &[alone]),
                _ => this.add_run(instance, run.iter().map(|&(_, _, r)| r).collect()),
            }
        }
        this
    }

    fn add_run(&mut self, instance: &impl Instance, mut left: Vec<u32>) {
        while let Some(&first) = left.first() {
            let (same, others): (Vec<u32>, Vec<u32>) =
                left.iter().partition(|&&r| self.users.row(r as usize) == self.users.row(first as usize));
            self.add(instance, &same);
            left = others;
        }
    }

    /// Adds one merged resource.
    fn add(&mut self, instance: &impl Instance, members: &[u32]) {
        self.members.push(members.iter().copied());
        self.costs.push(members.iter().map(|&r| instance.cost(r)).sum());
    }

    /// The merged resources for a block: each is stood for by its first member.
    pub(crate) fn merging(&self) -> Merging {
        let mut stands_for = vec![NONE; self.users.n_rows()];
        for (merged, members) in self.members.rows().enumerate() {
            stands_for[members[0] as usize] = merged as u32;
        }
        Merging { stands_for, costs: self.costs.clone() }
    }

    /// Number of merged resources.
    pub(crate) fn len(&self) -> usize {
        self.costs.len()
    }

    /// Number of pairs (open decision, merged resource).
    pub(crate) fn n_uses(&self) -> usize {
        (0..self.len()).map(|merged| self.users(merged).len()).sum()
    }

    /// Users of a merged resource, as positions among the open decisions, ascending.
    fn users(&self, merged: usize) -> &[u32] {
        self.users.row(self.members.row(merged)[0] as usize)
    }

    /// The program's resources behind a merged one, ascending.
    pub(crate) fn members(&self, merged: u32) -> &[u32] {
        self.members.row(merged as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::Forest;
    use crate::whole::ProgramInstance;
    use proptest::prelude::*;
    use secateur_program::testing::{forest_shaped, ties_everywhere};
    use secateur_program::{DecisionId, SelectionProgram};
    use std::collections::BTreeMap;

    /// The program's decisions, of which some are open, whatever their thresholds are.
    fn with_open<'a>(program: &'a SelectionProgram, active: &[DecisionId]) -> Reduced<impl Instance + Sync + use<'a>> {
        let forest = Forest::new(program);
        let open = active.iter().map(|v| forest.decision.iter().position(|other| other == v).unwrap() as u32).collect();
        let mut reduced = Reduced::new(ProgramInstance { program, forest });
        reduced.open = open;
        reduced
    }

    proptest! {
        #[test]
        fn agrees_with_an_ordered_map(program in prop_oneof![ties_everywhere().boxed(), forest_shaped(3, 3, 20).boxed()]) {
            let active: Vec<DecisionId> = program.decisions().filter(|v| v.0 % 3 != 1).collect();
            let mut expected: BTreeMap<Vec<u32>, (i64, Vec<u32>)> = BTreeMap::new();
            for r in program.resources().filter(|&r| program.cost(r) > 0) {
                let uses = |v: &DecisionId| program.uses(*v).any(|used| used == r);
                let users: Vec<u32> = (0..active.len() as u32).filter(|&v| uses(&active[v as usize])).collect();
                if !users.is_empty() {
                    let entry = expected.entry(users).or_default();
                    entry.0 += program.cost(r);
                    entry.1.push(r.0);
                }
            }
            let merged = MergedResources::new(&with_open(&program, &active));
            prop_assert_eq!(merged.len(), expected.len());
            for m in 0..merged.len() {
                let (cost, members) = &expected[merged.users(m)];
                prop_assert_eq!((merged.costs[m], merged.members(m as u32)), (*cost, &members[..]));
            }
            let last = |m: usize| merged.users(m).last();
            prop_assert!((1..merged.len()).all(|m| last(m - 1) <= last(m)));
        }
    }
}
