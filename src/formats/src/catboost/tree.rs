//! Trees of a model as trees of splits with two children.

use super::document::{Node, ObliviousTree, Split};
use super::error::CatBoostError;
use super::features::{Border, Features};
use secateur_forest::RawTree;

/// A tree with its leaves' scores, before they become values of a forest.
#[derive(Default)]
pub(super) struct Tree {
    /// All but the values; nodes in preorder.
    pub(super) tree: RawTree,
    /// Row-major, one entry per score; zeros at splits.
    pub(super) scores: Vec<f64>,
    /// Weight of each leaf, zeros at splits; empty if not known.
    pub(super) weights: Vec<f64>,
}

impl Tree {
    fn push(&mut self, dimension: usize) -> usize {
        self.tree.feature.push(-1);
        self.tree.threshold.push(0.0);
        self.tree.children_left.push(-1);
        self.tree.children_right.push(-1);
        self.tree.missing.push(Default::default());
        self.scores.extend(std::iter::repeat_n(0.0, dimension));
        self.weights.push(0.0);
        self.tree.feature.len() - 1
    }

    fn set_split(&mut self, node: usize, border: Border) {
        self.tree.feature[node] = border.column as i64;
        self.tree.threshold[node] = f64::from(border.border);
        self.tree.missing[node] = border.missing;
    }

    /// Hangs a node below its parent.
    fn set_parent(&mut self, node: usize, parent: Option<(usize, bool)>) {
        match parent {
            Some((parent, false)) => self.tree.children_left[parent] = node as i64,
            Some((parent, true)) => self.tree.children_right[parent] = node as i64,
            None => {}
        }
    }

    /// Expands an oblivious tree of depth d to one of 2^d leaves: as many as the file has values for.
    pub(super) fn of_oblivious(
        oblivious: &ObliviousTree,
        tree: usize,
        features: &Features,
        dimension: usize,
    ) -> Result<Self, CatBoostError> {
        let splits = oblivious.splits.as_deref().unwrap_or_default();
        let values = oblivious.leaf_values.as_deref().unwrap_or_default();
        let weights = oblivious.leaf_weights.as_deref().unwrap_or_default();
        let depth = splits.len();
        let leaves = u32::try_from(depth).ok().and_then(|depth| 1usize.checked_shl(depth));
        let leaves = leaves.filter(|leaves| leaves.checked_mul(dimension) == Some(values.len())).ok_or_else(|| {
            let expected = format!("{dimension} for each of 2^{depth} leaves");
            CatBoostError::Length { tree, key: "leaf_values", found: values.len(), expected }
        })?;
        if !weights.is_empty() && weights.len() != leaves {
            let expected = format!("one for each of {leaves} leaves");
            return Err(CatBoostError::Length { tree, key: "leaf_weights", found: weights.len(), expected });
        }
        let borders = splits.iter().enumerate().map(|(level, split)| border(split, tree, level, features));
        let borders = borders.collect::<Result<Vec<_>, _>>()?;
        let mut expanded = Self::default();
        // Level, index of the leaf so far, and the parent with the side.
        let mut stack = vec![(0, 0usize, None)];
        while let Some((level, leaf, parent)) = stack.pop() {
            let node = expanded.push(dimension);
            expanded.set_parent(node, parent);
            if level < depth {
                expanded.set_split(node, borders[level]);
                stack.push((level + 1, leaf | 1 << level, Some((node, true))));
                stack.push((level + 1, leaf, Some((node, false))));
            } else {
                let scores = &values[leaf * dimension..(leaf + 1) * dimension];
                expanded.scores[node * dimension..].copy_from_slice(scores);
                expanded.weights[node] = weights.get(leaf).copied().unwrap_or_default();
            }
        }
        if weights.is_empty() {
            expanded.weights.clear();
        }
        expanded.checked(tree)
    }

    /// A tree of any shape, in preorder.
    pub(super) fn of_node(
        root: &Node,
        tree: usize,
        features: &Features,
        dimension: usize,
    ) -> Result<Self, CatBoostError> {
        let mut flat = Self::default();
        let mut weighted = true;
        let mut stack = vec![(root, None)];
        while let Some((found, parent)) = stack.pop() {
            let node = flat.push(dimension);
            flat.set_parent(node, parent);
            match (&found.split, &found.left, &found.right, &found.value) {
                (Some(split), Some(left), Some(right), None) => {
                    flat.set_split(node, border(split, tree, node, features)?);
                    stack.push((right, Some((node, true))));
                    stack.push((left, Some((node, false))));
                }
                (None, None, None, Some(value)) => {
                    let value = value.as_slice();
                    if value.len() != dimension {
                        let (found, expected) = (value.len(), format!("{dimension}, as the bias has"));
                        return Err(CatBoostError::Length { tree, key: "value", found, expected });
                    }
                    flat.scores[node * dimension..].copy_from_slice(value);
                    weighted &= found.weight.is_some();
                    flat.weights[node] = found.weight.unwrap_or_default();
                }
                _ => return Err(CatBoostError::Node { tree, node }),
            }
        }
        if !weighted {
            flat.weights.clear();
        }
        flat.checked(tree)
    }

    fn checked(self, tree: usize) -> Result<Self, CatBoostError> {
        match self.weights.iter().position(|weight| *weight < 0.0) {
            Some(node) => {
                let (key, found, expected) = ("weight", self.weights[node], "a weight >= 0");
                Err(CatBoostError::Value { tree, node, key, found, expected })
            }
            None => Ok(self),
        }
    }

    /// The children of a node.
    pub(super) fn children(&self, node: usize) -> Option<[usize; 2]> {
        let [left, right] = [self.tree.children_left[node], self.tree.children_right[node]];
        Some([usize::try_from(left).ok()?, usize::try_from(right).ok()?])
    }
}

/// What a split compares: what its index means, which is what CatBoost goes by, and what else it says.
fn border(split: &Split, tree: usize, node: usize, features: &Features) -> Result<Border, CatBoostError> {
    let (kind, index) = (split.split_type.as_str(), split.split_index);
    if ["OneHotFeature", "OnlineCtr"].contains(&kind) {
        let feature = features.categorical(split.cat_feature_index, index);
        return Err(CatBoostError::Categorical { tree, node, feature, kind: kind.into() });
    }
    if kind != "FloatFeature" {
        return Err(CatBoostError::SplitType { tree, node, kind: crate::lightgbm::shown(kind) });
    }
    let meant = features.borders.get(index);
    let same = |meant: &&Border| {
        split.float_feature_index == Some(meant.place)
            && split.border.is_some_and(|border| border as f32 == meant.border)
    };
    meant.filter(same).copied().ok_or_else(|| {
        let text = |feature: Option<usize>, border: Option<f64>| match (feature, border) {
            (Some(feature), Some(border)) => format!("the border {border:?} of the float feature {feature}"),
            _ => "no border of a float feature".to_owned(),
        };
        let expected = text(meant.map(|meant| meant.place), meant.map(|meant| f64::from(meant.border)));
        let found = text(split.float_feature_index, split.border);
        CatBoostError::Split { tree, node, index, found, expected }
    })
}
