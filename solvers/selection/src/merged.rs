//! Resources with the same users, merged and put in an order that is kind to caches.
//!
//! Resources that the same decisions use are bought together or not at all, so one resource with the sum of their costs
//! stands for all of them (Nan, Wang and Saligrama 2016 have one per example; merging leaves two to ten times fewer). Merged
//! resources are numbered by their last user: decisions near each other then have neighbouring resources, and a cut, which jumps from
//! decisions to the labels of their resources, finds them in the cache (a quarter off the time of a path).

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;
use secateur_program::{DecisionId, ResourceId, SelectionProgram};
use std::hash::BuildHasher;

use crate::pairs::Pairs;

/// The resources that cost something and that active decisions use, merged.
pub(crate) struct MergedResources {
    /// Users of each resource of the program, as positions among the active decisions, ascending.
    users: Pairs,
    /// A member of each merged resource; its users are those of all members.
    representative: Vec<u32>,
    /// Summed costs.
    costs: Vec<i64>,
    /// Members of merged resource m: `members[member_start[m]..member_start[m + 1]]`, program ids.
    member_start: Vec<u32>,
    members: Vec<u32>,
}

impl MergedResources {
    /// O(pairs + resources log resources).
    pub(crate) fn new(program: &SelectionProgram, active: &[DecisionId]) -> Self {
        let rows = |position: usize| program.use_list(active[position]);
        let users = Pairs::turned(rows, active.len(), program.n_resources());
        let mut this =
            Self { users, representative: Vec::new(), costs: Vec::new(), member_start: vec![0], members: Vec::new() };
        let mut keyed: Vec<(u32, u64, u32)> = (0..program.n_resources() as u32)
            .into_par_iter()
            .filter_map(|r| {
                let users = this.users.of(r as usize);
                let last = *users.last().filter(|_| program.cost(ResourceId(r)) > 0)?;
                Some((last, hash(users), r))
            })
            .collect();
        keyed.par_sort_unstable();
        // Equal sets have equal keys; among those with equal keys sets are compared whole.
        for run in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            match run {
                &[(_, _, alone)] => this.add(program, &[alone]),
                _ => this.add_run(program, run.iter().map(|&(_, _, r)| r).collect()),
            }
        }
        this
    }

    fn add_run(&mut self, program: &SelectionProgram, mut left: Vec<u32>) {
        while let Some(&first) = left.first() {
            let (same, others): (Vec<u32>, Vec<u32>) =
                left.iter().partition(|&&r| self.users.of(r as usize) == self.users.of(first as usize));
            self.add(program, &same);
            left = others;
        }
    }

    /// Adds one merged resource.
    fn add(&mut self, program: &SelectionProgram, members: &[u32]) {
        self.representative.push(members[0]);
        self.costs.push(members.iter().map(|&r| program.cost(ResourceId(r))).sum());
        self.members.extend_from_slice(members);
        self.member_start.push(self.members.len() as u32);
    }

    /// For each of the program's resources the merged one that it represents; `u32::MAX` for none.
    pub(crate) fn by_representative(&self, resources: usize) -> Vec<u32> {
        let mut merged = vec![u32::MAX; resources];
        for (m, &representative) in self.representative.iter().enumerate() {
            merged[representative as usize] = m as u32;
        }
        merged
    }

    /// Number of merged resources.
    pub(crate) fn len(&self) -> usize {
        self.representative.len()
    }

    /// Number of pairs (active decision, merged resource).
    pub(crate) fn n_uses(&self) -> usize {
        (0..self.len()).map(|merged| self.users(merged).len()).sum()
    }

    /// Users of a merged resource, as positions among the active decisions, ascending.
    pub(crate) fn users(&self, merged: usize) -> &[u32] {
        self.users.of(self.representative[merged] as usize)
    }

    /// Summed costs.
    pub(crate) fn costs(&self) -> &[i64] {
        &self.costs
    }

    /// The program's resources behind a merged one.
    pub(crate) fn members(&self, merged: u32) -> &[u32] {
        let merged = merged as usize;
        &self.members[self.member_start[merged] as usize..self.member_start[merged + 1] as usize]
    }
}

fn hash(users: &[u32]) -> u64 {
    FxBuildHasher.hash_one(users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secateur_program::testing::{forest_shaped, ties_everywhere};
    use std::collections::BTreeMap;

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
            let merged = MergedResources::new(&program, &active);
            prop_assert_eq!(merged.len(), expected.len());
            for m in 0..merged.len() {
                let (cost, members) = &expected[merged.users(m)];
                prop_assert_eq!((merged.costs()[m], merged.members(m as u32)), (*cost, &members[..]));
            }
            let last = |m: usize| merged.users(m).last();
            prop_assert!((1..merged.len()).all(|m| last(m - 1) <= last(m)));
        }
    }
}
