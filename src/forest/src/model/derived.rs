//! Forests made of a forest: pruned, cut short, with other columns, with other node values.

use super::categories::CategorySplits;
use super::{Aggregation, Forest, LEAF, MissingDirection};
use crate::raw::ForestError;

impl Forest {
    /// The forest that predicts at a split as at a leaf unless `keep` holds there, and the node of this forest that each
    /// of its nodes was. What lies below a split that is not kept is gone, whatever `keep` says there.
    /// O(nodes + categories).
    pub fn restricted(&self, keep: impl Fn(usize) -> bool) -> (Self, Vec<u32>) {
        let n_outputs = self.n_outputs();
        let mut origin: Vec<u32> = Vec::new();
        // The new index of each node of this forest that is still there.
        let mut position = vec![LEAF; self.n_nodes()];
        let mut tree_start = vec![0];
        for tree in 0..self.n_trees() {
            let mut waiting = vec![self.tree(tree).start];
            while let Some(node) = waiting.pop() {
                position[node] = origin.len() as u32;
                origin.push(node as u32);
                if let Some([left, right]) = self.children(node).filter(|_| keep(node)) {
                    waiting.extend([right, left]);
                }
            }
            tree_start.push(origin.len() as u32);
        }
        let kept = |node: usize| self.children(node).is_some() && position[node + 1] != LEAF;
        let at = |node: u32| (node as usize, kept(node as usize));
        let splits = || origin.iter().copied().map(at);
        let mut categories = CategorySplits::default();
        for (new, (node, kept)) in splits().enumerate() {
            if let Some(split) = self.categories(node).filter(|_| kept) {
                categories.push(new, split.members(), split.members_left());
            }
        }
        let forest = Self {
            task: self.task.clone(),
            n_features: self.n_features,
            precision: self.precision,
            aggregation: self.aggregation,
            tree_start,
            feature: splits().map(|(node, kept)| if kept { self.feature[node] } else { LEAF }).collect(),
            threshold: splits().map(|(node, kept)| if kept { self.threshold[node] } else { 0.0 }).collect(),
            right: splits().map(|(node, kept)| if kept { position[self.right[node] as usize] } else { LEAF }).collect(),
            missing: splits()
                .map(|(node, kept)| if kept { self.missing[node] } else { MissingDirection::Refuse })
                .collect(),
            categories,
            value: origin
                .iter()
                .flat_map(|&node| &self.value[node as usize * n_outputs..(node as usize + 1) * n_outputs])
                .copied()
                .collect(),
            base: self.base.clone(),
            reach: Vec::new(),
        };
        (forest.with_reach(), origin)
    }

    /// The first `trees` trees (at least one, at most all).
    pub fn first_trees(&self, trees: usize) -> Self {
        let mut raw = self.to_raw();
        raw.trees.truncate(trees.max(1));
        Self::new(raw).expect("trees of a valid forest")
    }

    /// The same forest for rows of another width: feature f becomes `columns[f]`.
    pub fn for_columns(&self, columns: &[usize], n_features: usize) -> Result<Self, ForestError> {
        let mut raw = self.to_raw();
        raw.n_features = n_features;
        for feature in raw.trees.iter_mut().flat_map(|tree| &mut tree.feature).filter(|feature| **feature >= 0) {
            *feature = columns[*feature as usize] as i64;
        }
        Self::new(raw)
    }

    /// The same trees with scores as node values: `values` is `(n_nodes, n_outputs)`, `base` `(n_outputs,)`.
    ///
    /// # Errors
    /// [`ForestError`] for arrays of the wrong length, or scores that are not finite or too large.
    pub fn with_scores(&self, values: Vec<f64>, base: Vec<f64>) -> Result<Self, ForestError> {
        let (found, expected) = (values.len(), self.value.len());
        if found != expected {
            return Err(ForestError::Length { tree: 0, array: "value", found, expected });
        }
        let n_outputs = self.n_outputs();
        let mut raw = self.to_raw();
        (raw.aggregation, raw.base) = (Aggregation::Sum, base);
        for (index, tree) in raw.trees.iter_mut().enumerate() {
            let nodes = self.tree(index);
            tree.value = values[nodes.start * n_outputs..nodes.end * n_outputs].to_vec();
        }
        Self::new(raw)
    }
}
