//! One tree of a model's text.

use super::direction::{CATEGORICAL, direction};
use super::error::{LightGbmError, Place};
use super::text::Block;
use secateur_forest::{MissingDirection, RawTree};

/// A tree and its records, nodes in the text's order: splits, then leaves.
pub(super) struct TextTree {
    /// All but the values.
    pub(super) tree: RawTree,
    /// What each node adds.
    pub(super) scores: Vec<f64>,
    pub(super) gains: Vec<f64>,
    /// Empty if not recorded.
    pub(super) counts: Vec<u64>,
    /// Empty if not recorded.
    pub(super) weights: Vec<f64>,
    /// The learning rate, which the scores include; 1 if not recorded.
    pub(super) shrinkage: f64,
}

impl TextTree {
    /// Reads a tree. O(bytes): nothing is allocated that the text does not hold.
    pub(super) fn of(block: &Block<'_>, tree: usize, names: &[String]) -> Result<Self, LightGbmError> {
        let leaves = block.number("num_leaves", "a number of leaves")?;
        let splits = leaves.checked_sub(1);
        let splits = splits.ok_or_else(|| block.bad("num_leaves", 0, "0", "at least one leaf"))?;
        match block.get("is_linear") {
            None | Some("0") => {}
            Some("1") => return Err(LightGbmError::Linear { tree }),
            Some(other) => return Err(block.bad("is_linear", 0, other, "0 or 1")),
        }
        let leaf_value = block.finite("leaf_value", leaves)?;
        let one_leaf = splits == 0;
        // Arrays of splits are empty, or not there, in a tree of one leaf.
        let numbers = |key| if one_leaf { Ok(Vec::new()) } else { block.finite(key, splits) };
        let children = |key| if one_leaf { Ok(Vec::new()) } else { Self::children(block, key, splits) };
        let features: Vec<i64> =
            if one_leaf { Vec::new() } else { block.list("split_feature", splits, "a feature index")? };
        let threshold = if one_leaf { Vec::new() } else { block.thresholds(splits)? };
        let missing = Self::missing(block, &threshold, |node| {
            let name = usize::try_from(features[node]).ok().and_then(|feature| names.get(feature));
            LightGbmError::Categorical { tree, node, feature: name.cloned().unwrap_or_default() }
        })?;
        let categories = block.number("num_cat", "a number of categorical splits")?;
        if categories != 0 {
            return Err(LightGbmError::Length {
                place: Place::Tree(tree),
                key: "num_cat",
                found: 0,
                expected: categories,
            });
        }
        let at_leaves = |mut list: Vec<_>, leaf| {
            list.resize(splits + leaves, leaf);
            list
        };
        let both = |inner: Vec<f64>, leaf: Vec<f64>| [inner, leaf].concat();
        let tree = RawTree {
            feature: at_leaves(features, -1),
            threshold: both(threshold, vec![0.0; leaves]),
            children_left: at_leaves(children("left_child")?, -1),
            children_right: at_leaves(children("right_child")?, -1),
            missing: [missing, vec![Default::default(); leaves]].concat(),
            value: Vec::new(),
            ..RawTree::default()
        };
        let counts = Self::recorded(block, "internal_count", "leaf_count", splits, |key, entries| {
            block.list::<u64>(key, entries, "a number of examples")
        })?;
        let weights =
            Self::recorded(block, "internal_weight", "leaf_weight", splits, |key, entries| block.finite(key, entries))?;
        let gains = if block.get("split_gain").is_some() { numbers("split_gain")? } else { vec![0.0; splits] };
        let shrinkage = match block.get("shrinkage") {
            Some(_) => block.finite("shrinkage", 1)?[0],
            None => 1.0,
        };
        let (scores, gains) = (both(numbers("internal_value")?, leaf_value), both(gains, vec![0.0; leaves]));
        Ok(Self { tree, scores, gains, counts, weights, shrinkage })
    }

    /// Children as node indices: split `i` is node `i`, leaf `j`, written `-1 - j`, is node `splits + j`.
    fn children(block: &Block<'_>, key: &'static str, splits: usize) -> Result<Vec<i64>, LightGbmError> {
        let mut children: Vec<i64> = block.list(key, splits, "a child")?;
        let splits = splits as i64;
        for (index, child) in children.iter_mut().enumerate() {
            // There is one leaf more than splits.
            if !(-1 - splits..splits).contains(child) {
                return Err(block.bad(key, index, &child.to_string(), "a split, or a leaf as -1 - its index"));
            }
            if *child < 0 {
                *child = splits + !*child;
            }
        }
        Ok(children)
    }

    /// Where missing values go, as `decision_type` says.
    fn missing(
        block: &Block<'_>,
        thresholds: &[f64],
        categorical: impl Fn(usize) -> LightGbmError,
    ) -> Result<Vec<MissingDirection>, LightGbmError> {
        let decisions: Vec<u8> = match thresholds.len() {
            0 => Vec::new(),
            splits => block.list("decision_type", splits, "a decision type")?,
        };
        let mut missing = Vec::with_capacity(decisions.len());
        for (node, (&decision, &threshold)) in decisions.iter().zip(thresholds).enumerate() {
            if decision & CATEGORICAL != 0 {
                return Err(categorical(node));
            }
            let unknown = || block.bad("decision_type", node, &decision.to_string(), "a known decision type");
            missing.push(direction(threshold, decision).ok_or_else(unknown)?);
        }
        Ok(missing)
    }

    /// What is recorded at splits and leaves, together; nothing if either is not there.
    fn recorded<T>(
        block: &Block<'_>,
        inner: &'static str,
        leaf: &'static str,
        splits: usize,
        list: impl Fn(&'static str, usize) -> Result<Vec<T>, LightGbmError>,
    ) -> Result<Vec<T>, LightGbmError> {
        let there = |key| block.get(key).is_some_and(|text| splits > 0 || !text.trim().is_empty());
        match (splits, there(inner), there(leaf)) {
            (0, _, true) => list(leaf, 1),
            (1.., true, true) => {
                let mut both = list(inner, splits)?;
                both.extend(list(leaf, splits + 1)?);
                Ok(both)
            }
            _ => Ok(Vec::new()),
        }
    }
}
