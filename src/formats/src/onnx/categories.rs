//! Splits on equality with numbers, and on sets of numbers, as splits on categories.
//!
//! A forest rounds a value towards zero before it looks for it among the categories. ONNX's text compares the value
//! itself; ONNX Runtime does so for sets of small numbers, and rounds for others. All of them agree on whole numbers,
//! so a split is taken if its members are whole, and if the values are: they are integers, or the feature is compared
//! in no other way.

use secateur_forest::CategorySplit;

use super::ensemble::{Ensemble, Mode};
use super::error::OnnxError;

/// The categories of a split with these members; `None` if one is no whole number from 0 to 2^32 - 1.
pub(super) fn split(mode: Mode, members: &[f64]) -> Option<CategorySplit> {
    let whole = |&member: &f64| (0.0..=f64::from(u32::MAX)).contains(&member) && member.fract() == 0.0;
    if members.is_empty() || !members.iter().all(whole) {
        return None;
    }
    let mut members: Vec<u32> = members.iter().map(|&member| member as u32).collect();
    members.sort_unstable();
    members.dedup();
    // The true branch is the left one.
    Some(CategorySplit { members, members_left: mode != Mode::Neq })
}

/// The ensemble's features that are compared for equality, ascending. `integers`: all values are whole anyway.
///
/// # Errors
/// [`OnnxError::Mixed`] for a feature that is compared by order too, unless its values are integers.
///
/// # Complexity
/// O(nodes log nodes).
pub(super) fn features(ensemble: &Ensemble, integers: bool) -> Result<Vec<i64>, OnnxError> {
    let splits = |tree: usize| {
        let raw = &ensemble.trees[tree].raw;
        let nodes = (0..raw.feature.len()).filter(|&node| raw.children_left[node] != -1);
        nodes.map(move |node| (node, raw.feature[node], raw.categories.contains_key(&(node as u32))))
    };
    let trees = || 0..ensemble.trees.len();
    let mut equal: Vec<i64> =
        trees().flat_map(splits).filter(|(.., equal)| *equal).map(|(_, feature, _)| feature).collect();
    equal.sort_unstable();
    equal.dedup();
    if equal.is_empty() || integers {
        return Ok(equal);
    }
    for tree in trees() {
        let mut ordered = splits(tree).filter(|(.., equal)| !*equal);
        if let Some((node, feature, _)) = ordered.find(|(_, feature, _)| equal.binary_search(feature).is_ok()) {
            return Err(OnnxError::Mixed { tree, node, feature });
        }
    }
    Ok(equal)
}
