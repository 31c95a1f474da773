//! What a file records beside the forest, kept for the way back.

use secateur_forest::Forest;
use serde::{Deserialize, Serialize};

use super::ensemble::{EnsembleKind, Mode, Width};
use super::scoring::Scoring;

/// What the file of a forest records beside it. Predictions do not depend on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Names of the features, in the order of columns.
    pub feature_names: Vec<String>,
    /// The file that the forest came from; `None` for one from elsewhere.
    pub source: Option<Source>,
    /// How often each node was reached in training, as `nodes_hitrates` has it; empty if the file does not say.
    pub hitrates: Vec<f64>,
    /// Columns that are compared for equality with whole numbers, and in no other way, ascending. A fraction in one is
    /// equal to nothing for ONNX, and counts as the whole number next to it towards zero for a forest: it should not
    /// occur.
    pub whole_features: Vec<u32>,
    /// The comparison of each split; empty if all are `x <= t`.
    pub modes: Vec<Mode>,
    /// The place of each node in the file's tree; empty if that is the forest's own order.
    pub places: Vec<u32>,
    /// The weights of each node, row-major `(n_nodes, n_targets)`, 0 at splits; empty if they follow from the forest.
    pub weights: Vec<f64>,
}

/// A file without its trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The model in ONNX's form, the lists of its ensemble empty.
    pub shell: Vec<u8>,
    /// Which node of its graph is the ensemble.
    pub node: usize,
    /// The ensemble's operator.
    pub kind: EnsembleKind,
    /// The precision of its numbers.
    pub width: Width,
    /// Whether values are rounded to single precision before they are compared.
    pub rounded: bool,
    /// What its sums mean.
    pub scoring: Scoring,
    /// Which leaves have a weight for which target.
    pub listing: Listing,
    /// Whether weights are listed in the order in which a forest numbers leaves, and not in that of the file's nodes.
    pub weights_in_preorder: bool,
    /// The base values of the file; empty if there are none.
    pub base: Vec<f64>,
    /// The columns of the table that the ensemble's features are; empty: all, as they come.
    pub columns: Vec<u32>,
}

/// Which leaves of a file have a weight for which target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listing {
    /// Every leaf for every target, or for the one that there is.
    All,
    /// Trees take turns: every leaf of tree t for target `t % n_targets`.
    InTurn,
    /// Every leaf of a tree for the targets to which the tree adds something.
    NonZero,
}

impl Records {
    /// Of a forest from elsewhere: nothing but names. Missing ones become `Column_i`.
    pub(super) fn named(forest: &Forest, names: &[String]) -> Self {
        let name = |feature: usize| match names.get(feature) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("Column_{feature}"),
        };
        Self {
            feature_names: (0..forest.n_features()).map(name).collect(),
            source: None,
            hitrates: Vec::new(),
            whole_features: Vec::new(),
            modes: Vec::new(),
            places: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// Of the nodes that are left; `None` if one of them is none of these.
    pub(super) fn kept(&self, origin: &[u32]) -> Option<Self> {
        let n_targets = self.source.as_ref().map_or(1, |source| source.scoring.n_targets);
        Some(Self {
            feature_names: self.feature_names.clone(),
            source: self.source.clone(),
            hitrates: kept(&self.hitrates, origin, 1)?,
            whole_features: self.whole_features.clone(),
            modes: kept(&self.modes, origin, 1)?,
            places: kept(&self.places, origin, 1)?,
            weights: kept(&self.weights, origin, n_targets)?,
        })
    }
}

/// The values of nodes that are left, so many each; nothing stays nothing.
fn kept<T: Copy>(values: &[T], origin: &[u32], each: usize) -> Option<Vec<T>> {
    if values.is_empty() {
        return Some(Vec::new());
    }
    let rows = origin.iter().map(|&node| values.get(node as usize * each..(node as usize + 1) * each));
    rows.collect::<Option<Vec<_>>>().map(|rows| rows.concat())
}
