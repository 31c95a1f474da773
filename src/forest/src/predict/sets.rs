//! The sets of categories of compiled splits.
//!
//! A set whose members lie close together is a bitset that begins at the word of its first member; one whose members lie
//! far apart stays a sorted list. Either takes at most some 16 bytes a member, however large its numbers.

use crate::model::{Categories, category};

/// Marks a node without a set.
const NONE: u32 = u32::MAX;

/// Words of 64 categories that a bitset may have per member.
const WORDS_PER_MEMBER: usize = 2;

/// The sets of all compiled nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets {
    /// The set of each node up to the last that was given one, or [`NONE`].
    of_node: Vec<u32>,
    sets: Vec<Set>,
    /// The bitsets, one after the other.
    words: Vec<u64>,
    /// The sorted lists, one after the other.
    listed: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    /// Where it begins in the words or the list, and how many of them it has.
    start: usize,
    len: usize,
    members_left: bool,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    /// A bitset; the number of its first word.
    Bits(u32),
    Listed,
}

impl Sets {
    /// Whether no node has a set.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Gives a node its set. Nodes come in any order.
    pub(super) fn push(&mut self, node: usize, categories: Categories<'_>) {
        if self.of_node.len() <= node {
            self.of_node.resize(node + 1, NONE);
        }
        self.of_node[node] = self.sets.len() as u32;
        let members = categories.members();
        let first = members.first().map_or(0, |member| member / 64);
        let words = members.last().map_or(0, |member| (member / 64 - first) as usize + 1);
        let (start, len, form) = if words <= members.len().saturating_mul(WORDS_PER_MEMBER) {
            let start = self.words.len();
            self.words.resize(start + words, 0);
            for member in members {
                self.words[start + (member / 64 - first) as usize] |= 1 << (member % 64);
            }
            (start, words, Form::Bits(first))
        } else {
            let start = self.listed.len();
            self.listed.extend_from_slice(members);
            (start, members.len(), Form::Listed)
        };
        self.sets.push(Set { start, len, members_left: categories.members_left(), form });
    }

    /// Whether the set of a node sends a value right. False for a missing value, and at a node without a set.
    #[inline]
    pub(super) fn is_right(&self, node: usize, value: f64) -> bool {
        match self.of_node.get(node) {
            Some(&set) if set != NONE && !value.is_nan() => self.sends_right(self.sets[set as usize], value),
            _ => false,
        }
    }

    fn sends_right(&self, set: Set, value: f64) -> bool {
        let member = category(value).is_some_and(|category| match set.form {
            Form::Bits(first) => {
                let word = (category / 64).wrapping_sub(first) as usize;
                word < set.len && self.words[set.start + word] >> (category % 64) & 1 == 1
            }
            Form::Listed => self.listed[set.start..set.start + set.len].binary_search(&category).is_ok(),
        });
        member != set.members_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Aggregation, CategorySplit, Forest, MissingDirection, Precision, RawForest, RawTree, Task};

    /// A forest of one split on these categories.
    fn stump(members: &[u32], members_left: bool) -> Forest {
        let tree = RawTree {
            feature: vec![0, -1, -1],
            threshold: vec![f64::NAN, 0.0, 0.0],
            children_left: vec![1, -1, -1],
            children_right: vec![2, -1, -1],
            missing: vec![MissingDirection::Left; 3],
            value: vec![0.0; 3],
            categories: [(0, CategorySplit { members: members.to_vec(), members_left })].into(),
        };
        let (precision, aggregation) = (Precision::F64, Aggregation::Sum);
        let (task, n_features, base, trees) = (Task::Regression, 1, vec![], vec![tree]);
        Forest::new(RawForest { task, n_features, precision, aggregation, base, trees }).unwrap()
    }

    #[test]
    fn sets_of_any_form_hold_their_members_and_no_other_value() {
        let largest = u32::MAX;
        let cases: [&[u32]; 9] = [
            &[],
            &[0],
            &[63, 64],
            &[1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144],
            &[1000, 1001],
            &[7, 1_000_000],
            &[0, largest],
            &[largest - 1, largest],
            &[largest],
        ];
        let around = |number: f64| [number - 1.0, number - 0.5, number, number + 0.25, number + 1.0, number + 64.0];
        for members in cases {
            let numbers = members.iter().flat_map(|member| around(f64::from(*member)));
            let more = [-0.0, -0.5, -1.0, -1e300, 4_294_967_295.0, 4_294_967_296.0, 1e300, f64::MAX, 1e-320];
            for value in numbers.chain(around(0.0)).chain(more) {
                let whole = value.trunc();
                let member = members.iter().any(|member| f64::from(*member) == whole);
                for members_left in [false, true] {
                    let forest = stump(members, members_left);
                    let categories = forest.categories(0).unwrap();
                    let mut sets = Sets::default();
                    sets.push(3, categories);
                    let expected = member == members_left;
                    assert_eq!(categories.is_left(value), expected, "{value} in {members:?}");
                    assert_eq!(forest.next(0, value), Some(if expected { 1 } else { 2 }), "{value} in {members:?}");
                    assert_eq!(!sets.is_right(3, value), expected, "{value} in {members:?}");
                    assert!(!sets.is_right(2, value) && !sets.is_right(4, value) && !sets.is_right(3, f64::NAN));
                }
            }
        }
    }

    #[test]
    fn memory_is_that_of_the_members() {
        let mut sets = Sets::default();
        for members in [&[0, u32::MAX][..], &[5, 1 << 20, 1 << 30], &[u32::MAX], &[0, 1, 2, 127]] {
            sets.push(sets.of_node.len(), stump(members, true).categories(0).unwrap());
        }
        assert_eq!((sets.words.len(), sets.listed.len()), (3, 5));
    }
}
