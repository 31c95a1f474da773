//! Lossless merging of resources that the same decisions use.
//!
//! A selection pays for two resources with the same set of users together or not at all. One resource with the sum of
//! their costs therefore stands for both, and every selection keeps its gain and its cost. Programs of forests have two
//! to ten times fewer resources after merging.

use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

use crate::rows::CompressedRows;

/// Collects resources by their set of users, adding up the costs of equal sets.
///
/// A hash of the users finds the candidates, which are then compared user by user.
#[derive(Debug, Clone)]
pub struct ResourceMerger {
    /// The newest merged resource whose users have this hash.
    by_hash: FxHashMap<u64, u32>,
    /// For each merged resource the next older one with the same hash, or `NONE`.
    older: Vec<u32>,
    users: CompressedRows,
    costs: Vec<i64>,
}

const NONE: u32 = u32::MAX;

/// The costs of merged resources sum to more than `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the costs of merged resources sum to more than {}", i64::MAX)]
pub struct MergeOverflow;

impl Default for ResourceMerger {
    fn default() -> Self {
        Self::new()
    }
}

impl ResourceMerger {
    /// No resources yet.
    pub fn new() -> Self {
        Self { by_hash: FxHashMap::default(), older: Vec::new(), users: CompressedRows::new(), costs: Vec::new() }
    }

    /// Adds a resource and returns the index of the merged resource that stands for it.
    ///
    /// `users` must be ascending and distinct, `cost` >= 0.
    ///
    /// # Errors
    /// [`MergeOverflow`] if the merged cost does not fit.
    ///
    /// # Complexity
    /// Expected O(users).
    pub fn add(&mut self, users: &[u32], cost: i64) -> Result<u32, MergeOverflow> {
        debug_assert!(cost >= 0, "costs are not negative");
        debug_assert!(users.windows(2).all(|pair| pair[0] < pair[1]), "users are ascending and distinct");
        let hash = FxBuildHasher.hash_one(users);
        let newest = self.by_hash.get(&hash).copied().unwrap_or(NONE);
        let mut candidate = newest;
        while candidate != NONE {
            if self.users(candidate) == users {
                let merged = &mut self.costs[candidate as usize];
                *merged = merged.checked_add(cost).ok_or(MergeOverflow)?;
                return Ok(candidate);
            }
            candidate = self.older[candidate as usize];
        }
        let index = self.costs.len() as u32;
        self.users.push(users.iter().copied());
        self.costs.push(cost);
        self.older.push(newest);
        self.by_hash.insert(hash, index);
        Ok(index)
    }

    /// Number of merged resources.
    pub fn len(&self) -> usize {
        self.costs.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.costs.is_empty()
    }

    /// Number of pairs (user, merged resource).
    pub fn n_uses(&self) -> usize {
        self.users.n_entries()
    }

    /// Users of a merged resource, ascending.
    pub fn users(&self, resource: u32) -> &[u32] {
        self.users.row(resource as usize)
    }

    /// Users of all merged resources, one row each.
    pub fn rows(&self) -> &CompressedRows {
        &self.users
    }

    /// Costs of the merged resources.
    pub fn costs(&self) -> &[i64] {
        &self.costs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_an_ordered_map(
            sets in prop::collection::vec((prop::collection::btree_set(0u32..5, 0..4), 0i64..10), 0..60)
        ) {
            let mut merger = ResourceMerger::new();
            let mut map: BTreeMap<Vec<u32>, i64> = BTreeMap::new();
            for (set, cost) in sets {
                let users: Vec<u32> = set.into_iter().collect();
                let index = merger.add(&users, cost).unwrap();
                prop_assert_eq!(merger.users(index), &users[..]);
                *map.entry(users).or_default() += cost;
            }
            prop_assert_eq!(merger.len(), map.len());
            for index in 0..merger.len() {
                prop_assert_eq!(map[merger.users(index as u32)], merger.costs()[index]);
            }
        }
    }

    #[test]
    fn overflow_is_an_error() {
        let mut merger = ResourceMerger::new();
        merger.add(&[1], i64::MAX).unwrap();
        assert_eq!(merger.add(&[1], 1), Err(MergeOverflow));
    }
}
