//! LightGBM's text models: read as forests whose trees add scores, and written back.
//!
//! [`read`] takes what `Booster.save_model` writes (versions 2 to 4 of the format), [`write()`] makes such a text of a
//! forest, pruned or not, that LightGBM loads and predicts alike. Facts about the format this module rests on, each held by
//! a test on models of LightGBM 4.7:
//!
//! - An example goes left iff `x <= threshold`, in doubles. Thresholds and leaf values are written exactly; an infinite
//!   threshold parts missing values from all others.
//! - Leaf and inner values are what is added to the score: the learning rate is in them, and the score that boosting starts
//!   from (`boost_from_average`) is in the first tree of every class. Only `average_output` (random forests) asks for a
//!   division, which is done here.
//! - Inner values, gains and inner weights are written with six digits: a tree pruned to an inner node predicts up to that.
//! - Bits of `decision_type`: 0 categorical, 1 missing values go left, 2 and 3 what counts as missing: nothing (a NaN is
//!   compared as 0), zeros and NaN (`|x| <= 1e-35`), or NaN. See `direction.rs` for how these become thresholds and directions.
//! - A split on categories sends left what is in a bitset (`categories.rs`): the value rounded towards zero. Missing values, what is
//!   at most -1, and what is beyond the bitset go right, whatever the bits for missing values say.
//! - Version 2 writes inner values that lack the learning rate and the score that boosting starts from; here they are means of the
//!   leaves below instead, weighted by their counts (`inner.rs`). Its random forests with a link average probabilities, not scores,
//!   and later releases misread them: they are read as raw numbers only.
//! - Trees take turns: tree `t` adds to the score of class `t % K`.
//! - A tree of one leaf has empty arrays apart from `leaf_value` (and `leaf_count`).
//!
//! - Names of features have `_` for a blank, and keep any other space.
//!
//! What a [`Forest`] cannot say is refused with the tree: linear leaves. Objectives with another link than the identity, the
//! logistic function or softmax, and custom ones, are read by [`read_as`] once it is stated what the scores mean; the error
//! says what can be stated.
//!
//! Complexity: O(bytes x classes) time and memory (node values are dense); a text whose values would need more than 200 times
//! its size is refused.

mod categories;
mod direction;
mod error;
mod header;
mod inner;
mod objective;
mod read;
mod text;
mod tree;
mod write;

#[cfg(test)]
mod tests;

use secateur_forest::{Forest, ForestError, Task, TrainedForest};

pub use error::{LightGbmError, Place, WriteError};
use header::header_for;
pub use header::name;
pub use objective::Stated;
pub use read::{read, read_as};
pub use secateur_forest::{LightGbmHeader as Header, LightGbmObjective as Objective, LightGbmRecords as Records};
pub(crate) use text::shown;
pub use write::write;

/// A LightGBM model as a forest, with what else its file records.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest; its aggregation is [`Aggregation::Sum`](secateur_forest::Aggregation::Sum). Scores of two classes are `[0, s]`, with `s` the raw score
    /// times the objective's `sigmoid`. Classes are called `0`, `1`, ... ([`Imported::with_classes`]).
    pub forest: Forest,
    /// Recorded gain of each split, 0 at leaves and where none is recorded; one per node.
    pub gains: Vec<f64>,
    /// What else is recorded.
    pub records: Records,
}

impl From<Imported> for TrainedForest {
    /// The forest with its recorded gains. What else is recorded is not kept.
    fn from(imported: Imported) -> Self {
        Self { forest: imported.forest, in_bag: None, gains: Some(imported.gains) }
    }
}

impl Imported {
    /// A forest from elsewhere, to be written. Nothing is recorded; gains are zero.
    ///
    /// Names are made fit for LightGBM ([`name`]); missing ones become `Column_i`.
    pub fn of(forest: Forest, feature_names: &[String]) -> Self {
        let header = header_for(&forest, feature_names);
        let (counts, weights) = (Vec::new(), Vec::new());
        let (scores, places, decisions, shrinkage) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let records = Records { counts, weights, scores, places, decisions, shrinkage, header };
        Self { gains: vec![0.0; forest.n_nodes()], forest, records }
    }

    /// The same model after pruning: `forest` is what is left, `origin` the node of this forest that each of its nodes was
    /// ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)). Nodes that have become leaves have no gain.
    ///
    /// `None` if `origin` is not one node of this model for each node of `forest`.
    pub fn pruned(&self, forest: Forest, origin: &[u32]) -> Option<Self> {
        if origin.len() != forest.n_nodes() {
            return None;
        }
        let gains = (0..forest.n_nodes())
            .map(|node| {
                let gain = self.gains.get(origin[node] as usize).copied();
                if forest.is_leaf(node) { gain.map(|_| 0.0) } else { gain }
            })
            .collect::<Option<_>>()?;
        let Records { counts, weights, scores, places, decisions, shrinkage, header } = &self.records;
        let records = Records {
            counts: kept(counts, origin)?,
            weights: kept(weights, origin)?,
            scores: kept(scores, origin)?,
            places: kept(places, origin)?,
            decisions: kept(decisions, origin)?,
            shrinkage: shrinkage.clone(),
            header: header.clone(),
        };
        Some(Self { gains, forest, records })
    }

    /// The same model with classes named otherwise, in LightGBM's order of labels. No change for regression.
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

/// The values of nodes that are left; nothing stays nothing.
fn kept<T: Copy>(values: &[T], origin: &[u32]) -> Option<Vec<T>> {
    let origin = if values.is_empty() { &[] } else { origin };
    origin.iter().map(|&node| values.get(node as usize).copied()).collect()
}
