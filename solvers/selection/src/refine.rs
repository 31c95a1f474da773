//! Merging of resources by partition refinement, for programs whose merged flows need not be taken apart again.
//!
//! All resources start in one set. Each decision in turn splits every set into the resources that it uses and those
//! that it does not; in the end two resources are in the same set iff the same decisions use them (Paige and Tarjan
//! 1987, "Three partition refinement algorithms", section 2). Users are never listed. O(resources + pairs).

use crate::forest::NONE;
use crate::reduce::{Instance, Merging, Reduced};

/// Merges the resources that cost something and that open decisions use.
///
/// Merged resources are numbered by their last user, since neighbouring decisions then have neighbouring resources.
pub(crate) fn merge_by_refinement<I: Instance>(reduced: &Reduced<I>) -> Merging {
    let instance = &reduced.instance;
    let priced = |v: u32| instance.uses(v as usize).iter().copied().filter(|&r| instance.cost(r) > 0);
    let set = same_users(instance.n_resources(), reduced.open.iter().map(|&v| priced(v)));
    let mut stands_for = vec![NONE; instance.n_resources()];
    // Merged resource of each set. The first member that is met stands for all.
    let mut number: Vec<u32> = Vec::new();
    let mut costs = Vec::new();
    for r in reduced.open.iter().rev().flat_map(|&v| priced(v)) {
        let set = set[r as usize] as usize;
        if number.len() <= set {
            number.resize(set + 1, NONE);
        }
        if number[set] == NONE {
            number[set] = costs.len() as u32;
            stands_for[r as usize] = costs.len() as u32;
            costs.push(0);
        }
    }
    for (r, &set) in set.iter().enumerate().filter(|(_, set)| **set != UNUSED) {
        costs[number[set as usize] as usize] += instance.cost(r as u32);
    }
    Merging { stands_for, costs }
}

/// The set of the resources that no row has named.
const UNUSED: u32 = 0;

/// A set of the partition.
#[derive(Clone, Copy)]
struct Part {
    size: u32,
    /// The last row that split it, and the set that its members in that row went to.
    row: u32,
    into: u32,
}

/// A number for each of `n` resources, equal iff they are in the same rows; [`UNUSED`] for those in none. A row names a
/// resource at most once. O(n + entries).
fn same_users<R: Iterator<Item = u32>>(n: usize, rows: impl Iterator<Item = R>) -> Vec<u32> {
    let fresh = Part { size: 0, row: NONE, into: NONE };
    let mut set = vec![UNUSED; n];
    let mut parts = vec![fresh];
    // Numbers of sets that have lost all members.
    let mut spare = Vec::new();
    for (row, resources) in (0u32..).zip(rows) {
        for r in resources {
            let old = set[r as usize];
            if parts[old as usize].row != row {
                let new = spare.pop().unwrap_or(parts.len() as u32);
                parts.resize(parts.len().max(new as usize + 1), fresh);
                parts[new as usize] = fresh;
                (parts[old as usize].row, parts[old as usize].into) = (row, new);
            }
            let new = parts[old as usize].into;
            set[r as usize] = new;
            parts[new as usize].size += 1;
            if old != UNUSED {
                parts[old as usize].size -= 1;
                if parts[old as usize].size == 0 {
                    spare.push(old);
                }
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn resources_are_in_one_set_iff_they_are_in_the_same_rows(
            rows in prop::collection::vec(prop::collection::btree_set(0u32..8, 0..8), 0..12),
        ) {
            let set = same_users(8, rows.iter().map(|row| row.iter().copied()));
            let users = |r: u32| -> BTreeSet<usize> { (0..rows.len()).filter(|&row| rows[row].contains(&r)).collect() };
            for a in 0..8 {
                prop_assert_eq!(set[a as usize] == UNUSED, users(a).is_empty());
                for b in 0..8 {
                    prop_assert_eq!(set[a as usize] == set[b as usize], users(a) == users(b));
                }
            }
        }
    }
}
