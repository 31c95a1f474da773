//! Trees of scikit-learn: read from a file of arrays, and written back.
//!
//! Estimators of scikit-learn are saved as pickles, which are programs: they are never read. `secateur_sklearn.py`, a
//! file of this crate that needs nothing but NumPy, writes the arrays of a fitted estimator (`save`), and puts those
//! that [`write()`] makes of the pruned forest into a copy of it (`load_into`), which predicts in scikit-learn as
//! before.
//!
//! Files of skops are not read either: they describe Python objects, whose meaning is in the classes that they name, down
//! to the base estimator of a boosted model. `skops.io.load` opens them where scikit-learn is, and `save` takes it from
//! there.
//!
//! Facts this module rests on, each held by a test on models of scikit-learn 1.9:
//!
//! - `tree_` compares features rounded to single precision with thresholds in doubles, `x <= threshold` goes left;
//!   `HistGradientBoosting` compares doubles.
//! - Nodes of `tree_` stand in preorder, unless `max_leaf_nodes` was given.
//! - Values of classes are fractions (since version 1.4; counts before). Times `weighted_n_node_samples` they are
//!   counts: whole numbers where no example has a weight.
//! - Missing values go left where `missing_go_to_left` says so, also if there were none in training. `GradientBoosting`
//!   refuses them.
//! - Values of `GradientBoosting` are without the learning rate. Its splits keep the mean of residuals, which only for
//!   the squared error is worth the value of a leaf; otherwise the mean of the leaves below, by weight, stands for it.
//! - Leaves of `HistGradientBoosting` have the learning rate in them, its splits have not; its roots keep 0. Losses
//!   that give leaves a value of their own afterwards (absolute error, quantile) leave splits without; there the mean
//!   of leaves by count stands for it.
//!
//! - Splits of `HistGradientBoosting` on categories compare a category's number: its place among the sorted categories
//!   of the column ([`Header::categories`]). A number that training did not know goes where missing values go.
//!
//! What a [`Forest`] cannot say is refused by name: other estimators, several outputs, `init` estimators (the last two
//! by `save`). Poisson and gamma losses are read by [`read_as`] as raw scores.
//!
//! # The file
//!
//! The layout is that of safetensors: eight bytes with the length of a JSON header, the header, and arrays one after
//! another, little-endian, without gaps. All texts stand under `__metadata__`:
//!
//! | key | text |
//! |---|---|
//! | `format`, `version` | `secateur-sklearn`, `1` |
//! | `estimator`, `sklearn_version` | its class, and the version that fitted it |
//! | `n_features`, `feature_names` | the number of columns, and their names as a list in JSON, if there are any |
//! | `classes` | names of the classes as a list in JSON |
//! | `value` | `fractions` or `counts`: the values of averaged classifiers |
//! | `loss`, `learning_rate` | of boosted models |
//! | `categorical`, `categories` | columns with categories, and their names, as lists in JSON |
//!
//! `node_count` (I64) has the number of nodes of each tree, `base` (F64) the scores before the first tree, one per
//! class (one for two classes, and for numbers). The other arrays have an entry for every node, tree by tree:
//! `children_left`, `children_right`, `feature` (I32), `threshold`, `value` (F64, one column per class for averaged
//! classifiers, else one); and if known `impurity`, `weighted_n_node_samples`, `gain` (F64), `n_node_samples` (I64),
//! `missing_go_to_left`, `bin_threshold`, `is_categorical` (U8). Boosted trees of several classes take turns.
//! `left_categories`, `left_category_bins` and `known_categories` (U32) are sets of 256 bits.

mod arrays;
mod categories;
mod error;
mod header;
mod nodes;
mod read;
mod records;
mod value;
mod write;

#[cfg(test)]
mod tests;

use secateur_forest::{Forest, ForestError, MissingDirection, Task, TrainedForest};

pub use error::{SklearnError, WriteError};
pub use header::{Family, Header, Meaning, Stated};
pub use read::{read, read_as};
pub use records::Records;
pub use write::write;

/// A model of scikit-learn as a forest, with what else its file records.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest. Single trees and averaged ones have class counts or means; boosted ones scores, of two classes `[0,
    /// s]` with `s` the logarithm of the odds. Classes have the names of the estimator's `classes_`.
    pub forest: Forest,
    /// Recorded gain of each split, or by how much it lowered the weighted impurity; 0 at leaves and where neither is
    /// recorded; one per node.
    pub gains: Vec<f64>,
    /// What else is recorded.
    pub records: Records,
}

impl From<Imported> for TrainedForest {
    /// The forest with its gains. What else is recorded is not kept.
    fn from(imported: Imported) -> Self {
        Self { forest: imported.forest, in_bag: None, gains: Some(imported.gains) }
    }
}

impl Imported {
    /// A forest from elsewhere, to be written as the estimator that combines trees and rounds values as it does: a
    /// random forest, or gradient boosting. Nothing is recorded; gains are zero. Missing names become `x0`, `x1`, ...
    pub fn of(forest: Forest, feature_names: &[String]) -> Self {
        let refused = (0..forest.n_nodes()).all(|node| forest.missing(node) == MissingDirection::Refuse);
        let records = Records::none(Header::for_forest(&forest, feature_names), !refused);
        Self { gains: vec![0.0; forest.n_nodes()], forest, records }
    }

    /// The same model after pruning: `forest` is what is left, `origin` the node of this forest that each of its nodes
    /// was ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)). Nodes that have become leaves have no
    /// gain.
    ///
    /// `None` if `origin` is not one node of this model for each node of `forest`.
    pub fn pruned(&self, forest: Forest, origin: &[u32]) -> Option<Self> {
        if origin.len() != forest.n_nodes() {
            return None;
        }
        let gain = |node: usize| {
            let gain = self.gains.get(origin[node] as usize).copied();
            if forest.is_leaf(node) { gain.map(|_| 0.0) } else { gain }
        };
        let gains = (0..forest.n_nodes()).map(gain).collect::<Option<_>>()?;
        let records = self.records.kept(origin, self.forest.n_nodes())?;
        Some(Self { gains, forest, records })
    }

    /// The same model with classes named otherwise, in the order of `classes_`. No change for regression.
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
