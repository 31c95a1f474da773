//! What the file of a forest that comes from LightGBM records beside it, kept for the way back.
//!
//! Nothing here matters for predictions. Reading and writing such files is the business of the crate of formats.

use serde::{Deserialize, Serialize};

use super::model::Forest;

/// What a text records beside the forest and its gains: nothing that predictions depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LightGbmRecords {
    /// Number of training examples at each node; empty if not recorded.
    pub counts: Vec<u64>,
    /// Sum of second derivatives at each node; empty if not recorded.
    pub weights: Vec<f64>,
    /// The scores of the text, one per node, if the forest has them multiplied by a sigmoid or divided by the number of
    /// iterations; otherwise empty.
    pub scores: Vec<f64>,
    /// The place of each node in its tree of the text, splits before leaves: LightGBM adds up contributions in this order.
    pub places: Vec<u32>,
    /// The `decision_type` of each split as it came, 0 at leaves, one per node; empty if no split is on categories, because
    /// the forest then says what matters of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<u8>,
    /// The learning rate of each tree of the text, which its scores include.
    pub shrinkage: Vec<f64>,
    /// What stands before and after the trees.
    pub header: LightGbmHeader,
}

impl LightGbmRecords {
    /// Whether they are of a forest with so many nodes and features.
    pub fn fit(&self, forest: &Forest) -> bool {
        let fits = |found: usize| found == 0 || found == forest.n_nodes();
        fits(self.counts.len())
            && fits(self.weights.len())
            && fits(self.scores.len())
            && fits(self.places.len())
            && fits(self.decisions.len())
            && self.header.feature_names.len() == forest.n_features()
    }
}

/// What the scores of a model mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LightGbmObjective {
    /// Two classes: the probability of the second is `1 / (1 + exp(-sigmoid * score))`.
    Binary {
        /// The factor, positive.
        sigmoid: f64,
    },
    /// Several classes: softmax of their scores.
    Multiclass {
        /// Number of classes.
        classes: usize,
    },
    /// Regression or ranking: the score is the prediction. The objective's name.
    Identity(String),
}

/// What stands before and after the trees of a model's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LightGbmHeader {
    /// What the scores mean.
    pub objective: LightGbmObjective,
    /// Names of the features, in the order of columns.
    pub feature_names: Vec<String>,
    /// Lines before the trees, without `tree_sizes` and `average_output`.
    pub lines: Vec<String>,
    /// Number of iterations, if the sum of scores is divided by it.
    pub average_of: Option<usize>,
    /// From `parameters:` on; may be empty.
    pub parameters: String,
}

impl LightGbmHeader {
    /// The range of each feature's training values, where the model records one.
    pub fn ranges(&self) -> Vec<Option<[f64; 2]>> {
        let infos = self.lines.iter().find_map(|line| line.strip_prefix("feature_infos=")).unwrap_or_default();
        let range = |info: &str| {
            let (low, high) = info.strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
            let (low, high): (f64, f64) = (low.parse().ok()?, high.parse().ok()?);
            (low <= high).then_some([low, high])
        };
        let mut ranges: Vec<_> = infos.split_ascii_whitespace().map(range).collect();
        ranges.resize(self.feature_names.len(), None);
        ranges
    }

    /// What a score of the text adds to the forest's.
    pub fn scaled(&self, score: f64) -> f64 {
        let score = self.average_of.map_or(score, |iterations| score / iterations as f64);
        match self.objective {
            LightGbmObjective::Binary { sigmoid } => score * sigmoid,
            LightGbmObjective::Multiclass { .. } | LightGbmObjective::Identity(_) => score,
        }
    }

    /// Trees of one iteration, each for a class.
    pub fn per_iteration(&self) -> usize {
        match self.objective {
            LightGbmObjective::Multiclass { classes } => classes,
            LightGbmObjective::Binary { .. } | LightGbmObjective::Identity(_) => 1,
        }
    }
}
