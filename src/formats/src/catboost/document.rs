//! The parts of a model's JSON.

use serde::Deserialize;

use super::error::CatBoostError;
use super::json::Unique;

/// A whole model. CatBoost writes `null` for lists without entries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) features_info: Unique,
    #[serde(default)]
    pub(super) model_info: Unique,
    #[serde(default)]
    pub(super) oblivious_trees: Option<Vec<ObliviousTree>>,
    #[serde(default)]
    pub(super) trees: Option<Vec<Node>>,
    /// What sums of leaves are multiplied by, and then added to: a number in old versions.
    pub(super) scale_and_bias: (f64, Scores),
    #[serde(default)]
    pub(super) ctr_data: Unique,
}

impl Document {
    pub(super) fn of(text: &str) -> Result<Self, CatBoostError> {
        serde_json::from_str(text).map_err(|error| CatBoostError::Json { reason: error.to_string() })
    }
}

/// A tree with one split per level: bit `i` of a leaf's index is set where split `i` sends the example right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObliviousTree {
    #[serde(default)]
    pub(super) leaf_values: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) leaf_weights: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) splits: Option<Vec<Split>>,
}

/// A node of another tree: a split with two children, or a leaf.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    #[serde(default)]
    pub(super) split: Option<Split>,
    #[serde(default)]
    pub(super) left: Option<Box<Node>>,
    #[serde(default)]
    pub(super) right: Option<Box<Node>>,
    #[serde(default)]
    pub(super) value: Option<Scores>,
    #[serde(default)]
    pub(super) weight: Option<f64>,
}

/// What a leaf adds: a number, or one per class.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scores {
    One(f64),
    Several(Vec<f64>),
}

impl Scores {
    pub(super) fn as_slice(&self) -> &[f64] {
        match self {
            Scores::One(score) => std::slice::from_ref(score),
            Scores::Several(scores) => scores,
        }
    }
}

/// A split. Which keys it has depends on its type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    pub(super) split_type: String,
    pub(super) split_index: usize,
    #[serde(default)]
    pub(super) border: Option<f64>,
    #[serde(default)]
    pub(super) float_feature_index: Option<usize>,
    #[serde(default)]
    pub(super) cat_feature_index: Option<usize>,
    /// The hash of a category.
    #[serde(default, rename = "value")]
    pub(super) _value: Option<Unique>,
    #[serde(default, rename = "ctr_target_border_idx")]
    pub(super) _target_border: Option<Unique>,
}
