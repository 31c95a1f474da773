//! CatBoost's models in JSON: read as forests whose trees add scores, and written back.
//!
//! [`read`] takes what `save_model(path, format="json")` writes, [`write()`] makes such a text of a forest, pruned or
//! not, that CatBoost loads and predicts alike. Facts about the format this module rests on, each held by a test on
//! models of CatBoost 1.2:
//!
//! - Features are rounded to single precision. An example goes right iff `x > border`; a missing value compares as
//!   false (`AsIs`, `AsFalse`: left) or goes right (`AsTrue`), at all splits of its feature alike.
//! - An oblivious tree has one split per level. Bit `i` of a leaf's index is set where split `i` sends the example
//!   right. Such a tree becomes an ordinary one, as large as its list of leaves; the first split is the root.
//! - Trees of other growing policies are nested nodes. CatBoost loads any model so: that is how pruned trees go back.
//! - A score is `scale` times the sum of leaves plus `bias`.
//! - The index of a split counts the borders of all float features, then categories, then statistics of categories;
//!   CatBoost goes by it alone. A text whose split says something else beside is refused.
//! - There are no values of inner nodes and no gains. The mean of the leaves below, by their recorded weights, stands
//!   for a split's value: for squared errors without a ridge that is what a leaf there would have. Unreachable leaves
//!   of oblivious trees have weight 0.
//!
//! What a [`Forest`] cannot say is refused by name: splits on categories (one-hot and statistics), text and embedding
//! features. Losses with another link than the identity, the logistic function or softmax, and custom ones, are read by
//! [`read_as`] once it is stated what the scores mean. JSON is read to 128 levels of nesting; CatBoost's trees have at
//! most 16.
//!
//! Complexity: O(bytes) time and memory.

mod document;
mod error;
mod features;
mod json;
mod objective;
mod read;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use secateur_forest::{Forest, ForestError, MissingDirection, Task, TrainedForest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::threshold::single;

pub use error::{CatBoostError, WriteError};
pub use objective::{Objective, Stated};
pub use read::{read, read_as};
pub use write::write;

/// A CatBoost model as a forest, with what else its file records.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest; its aggregation is [`Aggregation::Sum`](secateur_forest::Aggregation::Sum). Scores of two classes
    /// are `[0, s]` for Logloss and CrossEntropy. Classes have their recorded names. Features are CatBoost's flat
    /// indices.
    pub forest: Forest,
    /// Zeros: CatBoost records no gains. One per node.
    pub gains: Vec<f64>,
    /// What else is recorded.
    pub records: Records,
}

/// What a text records beside the forest: nothing that predictions depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Weight of the training examples at each leaf, and its sum at splits; empty if not recorded.
    pub weights: Vec<f64>,
    /// Names of the features, in the order of columns; their numbers where they have none.
    pub feature_names: Vec<String>,
    /// What the scores mean.
    pub objective: Objective,
    /// `model_info`: parameters, names of classes, versions.
    pub model_info: Value,
    /// `features_info`: features and their borders.
    pub features_info: Value,
}

impl Records {
    /// Whether they are of a forest with so many nodes and features.
    pub fn fit(&self, forest: &Forest) -> bool {
        [0, forest.n_nodes()].contains(&self.weights.len()) && self.feature_names.len() == forest.n_features()
    }
}

impl From<Imported> for TrainedForest {
    /// The forest; there are no gains. What else is recorded is not kept.
    fn from(imported: Imported) -> Self {
        Self { forest: imported.forest, in_bag: None, gains: Some(imported.gains) }
    }
}

impl Imported {
    /// A forest from elsewhere, to be written. Nothing is recorded; the borders of its features are its thresholds,
    /// rounded down to single precision. Missing names become the numbers of columns.
    pub fn of(forest: Forest, feature_names: &[String]) -> Self {
        let (objective, model_info) = Objective::for_forest(&forest);
        let name = |column: usize| feature_names.get(column).cloned().unwrap_or_else(|| column.to_string());
        let feature_names: Vec<String> = (0..forest.n_features()).map(name).collect();
        let features_info = features_info(&forest, &feature_names);
        let records = Records { weights: Vec::new(), feature_names, objective, model_info, features_info };
        Self { gains: vec![0.0; forest.n_nodes()], forest, records }
    }

    /// The same model after pruning: `forest` is what is left, `origin` the node of this forest that each of its nodes
    /// was ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)).
    ///
    /// `None` if `origin` is not one node of this model for each node of `forest`.
    pub fn pruned(&self, forest: Forest, origin: &[u32]) -> Option<Self> {
        if origin.len() != forest.n_nodes() {
            return None;
        }
        let of = |entries: &[f64], node: &u32| entries.get(*node as usize).copied();
        let gains = origin.iter().map(|node| of(&self.gains, node)).collect::<Option<_>>()?;
        let weights = match self.records.weights.as_slice() {
            [] => Vec::new(),
            weights => origin.iter().map(|node| of(weights, node)).collect::<Option<_>>()?,
        };
        Some(Self { gains, forest, records: Records { weights, ..self.records.clone() } })
    }

    /// The same model with classes named otherwise, in CatBoost's order of labels. No change for regression.
    ///
    /// # Errors
    /// [`ForestError::NoClasses`] unless there is one name per class.
    pub fn with_classes(mut self, names: &[String]) -> Result<Self, ForestError> {
        if let Task::Classification { classes } = self.forest.task() {
            if classes.len() != names.len() {
                return Err(ForestError::NoClasses);
            }
            let mut raw = self.forest.to_raw();
            raw.task = Task::Classification { classes: names.to_vec() };
            self.forest = Forest::new(raw)?;
        }
        Ok(self)
    }
}

/// Features whose borders are the thresholds of a forest, and whose missing values go where its first split on them
/// says.
fn features_info(forest: &Forest, names: &[String]) -> Value {
    let mut borders = vec![Vec::new(); names.len()];
    let mut treatments = vec!["AsIs"; names.len()];
    for node in 0..forest.n_nodes() {
        let Some(column) = forest.feature(node) else { continue };
        borders[column].push(single(forest.threshold(node)) + 0.0);
        if forest.missing(node) == MissingDirection::Right {
            treatments[column] = "AsTrue";
        }
    }
    let feature = |(column, mut borders): (usize, Vec<f32>)| {
        borders.sort_by(f32::total_cmp);
        borders.dedup();
        borders.retain(|border| border.is_finite());
        json!({
            "borders": borders.into_iter().map(f64::from).collect::<Vec<_>>(),
            "feature_id": names[column],
            "feature_index": column,
            "flat_feature_index": column,
            "has_nans": treatments[column] != "AsIs",
            "nan_value_treatment": treatments[column],
        })
    };
    json!({ "float_features": borders.into_iter().enumerate().map(feature).collect::<Vec<_>>() })
}
