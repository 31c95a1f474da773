//! Splits on categories of `HistGradientBoosting`, as sets of whole numbers.
//!
//! The trees see the category's index among the sorted categories of its column, which an encoder puts there, and NaN
//! for a category that it does not know. A member of the split's set goes left, another known category right, and any
//! other number where missing values go.

use std::collections::BTreeMap;

use super::arrays::Arrays;
use super::error::SklearnError;
use super::header::Header;
use secateur_forest::{Categories, CategorySplit, MissingDirection};

/// A set of numbers below 256: bit `v % 32` of word `v / 32`.
pub(super) type Bits = [u32; 8];

/// Numbers that a set may hold.
const LARGEST: u32 = 255;

fn has(bits: &Bits, number: u32) -> bool {
    bits[number as usize / 32] >> (number % 32) & 1 == 1
}

/// The sets of a file. Nodes are those of the file.
#[derive(Default)]
pub(super) struct CategorySets {
    pub(super) splits: BTreeMap<usize, CategorySplit>,
    /// The same sets of the bins of training.
    pub(super) bins: BTreeMap<usize, Bits>,
    /// The known categories of each categorical column.
    pub(super) known: Vec<Bits>,
}

impl CategorySets {
    /// Reads the sets of the nodes that are marked as splits on categories.
    pub(super) fn of(
        arrays: &Arrays<'_>,
        header: &Header,
        marks: &[u8],
        feature: &[i32],
        missing: &[MissingDirection],
        at: impl Fn(usize) -> (usize, usize),
    ) -> Result<Self, SklearnError> {
        let nodes: Vec<usize> = (0..marks.len()).filter(|&node| marks[node] != 0).collect();
        if nodes.is_empty() {
            return Ok(Self::default());
        }
        let columns = header.categorical();
        let known = arrays.bits("known_categories", columns.len())?;
        let left = arrays.bits("left_categories", nodes.len())?;
        let bins = arrays.bits("left_category_bins", nodes.len())?;
        let mut splits = BTreeMap::new();
        for (&node, left) in nodes.iter().zip(&left) {
            let column = usize::try_from(feature[node]).ok();
            let row = column.and_then(|column| columns.iter().position(|found| *found == column));
            let Some(row) = row.filter(|_| !missing.is_empty()) else {
                let (tree, place) = at(node);
                let name = column.and_then(|column| header.feature_names.get(column));
                return Err(SklearnError::Categorical {
                    tree,
                    node: place,
                    feature: name.cloned().unwrap_or_default(),
                });
            };
            splits.insert(node, split(left, &known[row], missing[node] == MissingDirection::Left));
        }
        Ok(Self { splits, bins: nodes.into_iter().zip(bins).collect(), known })
    }
}

/// The split that sends numbers which are no known category with the missing values.
fn split(left: &Bits, known: &Bits, missing_left: bool) -> CategorySplit {
    let is_member = |number: &u32| {
        let left = has(left, *number);
        if missing_left { has(known, *number) && !left } else { left }
    };
    CategorySplit { members: (0..=LARGEST).filter(is_member).collect(), members_left: !missing_left }
}

/// The set of categories that a split sends left; `None` if the file cannot say the split.
pub(super) fn left_bits(split: Categories<'_>, known: &Bits, missing: MissingDirection) -> Option<Bits> {
    if split.members().last().is_some_and(|last| *last > LARGEST) || missing.is_left()? == split.members_left() {
        return None;
    }
    let mut bits = [0; 8];
    for number in 0..=LARGEST {
        let member = split.members().binary_search(&number).is_ok();
        let left = if split.members_left() { member } else { has(known, number) && !member };
        bits[number as usize / 32] |= u32::from(left) << (number % 32);
    }
    Some(bits)
}
