//! ONNX models of tree ensembles: read as forests, and written back.
//!
//! [`read`] takes `TreeEnsembleClassifier` and `TreeEnsembleRegressor` (`ai.onnx.ml` 1 to 5) and `TreeEnsemble` (5),
//! with the small graphs that converters put around them: casts, columns put side by side or selected, names for
//! classes, probabilities as maps. [`write()`] gives such a model back as it came, with the trees it has now;
//! [`write_as`] puts any forest into a graph of its own. Facts this module rests on, each held by a test on files that
//! ONNX Runtime 1.32 runs:
//!
//! - A value is compared in the precision of the ensemble's input, so that single precision and integers are rounded to
//!   it first ([`Precision::F32`](secateur_forest::Precision::F32)). `x < t` is `x <= t'` with the next number below;
//!   `>=` and `>` are those with the children exchanged.
//! - A missing value takes the true branch if `nodes_missing_value_tracks_true` says so, otherwise the false one.
//! - Where both of two classes share one weight, or have one each, runtimes choose classes by rules of their own
//!   (`classifier.rs`). A model whose label would not be the class of the larger probability is refused.
//! - Splits on equality and on sets are splits on categories, for columns of whole numbers (`categories.rs`).
//! - Sums of probabilities are means of the trees if every leaf's weights are its tree's share of them.
//! - Inner nodes have no values: a split is taken to be worth the mean of its leaves (`values.rs`). Count them anew
//!   from data where there are some.
//!
//! Runtimes add in single precision, in an order of their own; here it is done in doubles. Probabilities differ by some
//! 1e-7, and a label where two classes are as near as that.
//!
//! What a [`Forest`] cannot say is refused by name: equality with fractions, several targets, other transforms and
//! aggregations, any other operator, values in other files, subgraphs and functions. Scores of classes that nothing
//! makes probabilities of are read by [`read_as`], once it is stated that they are logits.
//!
//! Complexity: O(bytes + nodes x classes) time and memory. The bytes are walked before they are decoded (`wire.rs`), so
//! that memory is bounded by their number whatever they claim.

mod attributes;
mod categories;
mod chains;
mod classifier;
mod ensemble;
mod error;
mod fill;
mod five;
mod inputs;
mod labels;
mod machine;
mod merge;
mod numbers;
mod ops;
mod proto;
mod read;
mod records;
mod rows;
mod scoring;
mod standalone;
mod symbols;
mod tensor;
mod three;
mod values;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use secateur_forest::{Forest, ForestError, Task, TrainedForest};

pub use ensemble::{Aggregate, EnsembleKind, Mode, Width};
pub use error::{OnnxError, Operator, WriteError};
pub use read::{read, read_as};
pub use records::{Listing, Records, Source};
pub use scoring::{Form, Scoring, Stated};
pub use write::{Version, write, write_as};

/// Most columns of a model: names are kept of all, also of those that a few bytes claim.
const MAX_FEATURES: usize = 1 << 20;

/// An ONNX model as a forest, with what else its file records.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest. Averages of class probabilities are [`Aggregation::Mean`](secateur_forest::Aggregation::Mean), with
    /// counts of classes where the file has hit rates that count, otherwise with fractions. Scores of two classes are
    /// `[0, s]`.
    pub forest: Forest,
    /// Zero for each node: ONNX records no gains.
    pub gains: Vec<f64>,
    /// What else is recorded.
    pub records: Records,
}

impl From<Imported> for TrainedForest {
    /// The forest, without gains. What else is recorded is not kept.
    fn from(imported: Imported) -> Self {
        imported.forest.into()
    }
}

impl Imported {
    /// A forest from elsewhere, to be written. Nothing is recorded but names; missing ones become `Column_i`.
    pub fn of(forest: Forest, feature_names: &[String]) -> Self {
        let records = Records::named(&forest, feature_names);
        Self { gains: vec![0.0; forest.n_nodes()], forest, records }
    }

    /// The same model after pruning: `forest` is what is left, `origin` the node of this forest that each of its nodes
    /// was ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)).
    ///
    /// `None` if `origin` is not one node of this model for each node of `forest`.
    pub fn pruned(&self, forest: Forest, origin: &[u32]) -> Option<Self> {
        if origin.len() != forest.n_nodes() || origin.iter().any(|&node| node as usize >= self.forest.n_nodes()) {
            return None;
        }
        let records = self.records.kept(origin)?;
        Some(Self { gains: vec![0.0; forest.n_nodes()], forest, records })
    }

    /// The same model with classes named otherwise, in the file's order of labels. The file keeps its own labels. No
    /// change for regression.
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
