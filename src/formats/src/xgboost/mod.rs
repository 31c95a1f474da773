//! XGBoost's models in JSON and UBJSON: read as forests whose trees add scores, and written back.
//!
//! [`read`] takes what `Booster.save_model` writes to `.json` and `.ubj` (versions 1.0 to 3), boosters `gbtree` and
//! `dart`; [`write()`] makes such a file of a forest, pruned or not, that XGBoost loads and predicts alike. Facts
//! about the format this module rests on, each held by a test on models of XGBoost 3.2, 1.7 or 1.0:
//!
//! - An example goes left iff `x < t`, both in single precision (see `threshold.rs`); a missing value goes in a
//!   direction of its own. Forests have [`Precision::F32`](secateur_forest::Precision::F32).
//! - Leaf values are in single precision, with the learning rate in them; they add up to the score, in single
//!   precision and in the order of trees, from the base score on. Here they add up in double precision or fixed
//!   point: a sum differs by what single precision rounds. Which leaf an example reaches does not.
//! - The base score is written as a number or a list of numbers, as a probability for logistic objectives and as a
//!   mean for those with a logarithmic link. See [`Stated`] for objectives that need a word from the caller.
//! - Base weights of inner nodes lack the learning rate, which the file does not have: see `inner.rs` for how it is
//!   found out, so that a tree pruned to an inner node predicts what XGBoost's own pruning makes of it.
//! - A tree adds to the score of the class that `tree_info` says, or has a score of every class in each leaf
//!   (`multi_output_tree`). Trees of `dart` have a weight, which is multiplied into the values, exactly, and divided
//!   out again.
//! - The right child of a node is the one after its left child: XGBoost does not look at the list of right children.
//!   Trees with others are refused.
//! - Nodes marked as deleted stay in the file. They are left out, and counted in the records.
//! - All trees count, as in `Booster.predict`, also after early stopping: [`Imported::up_to_best`] takes what the
//!   wrappers for scikit-learn predict with.
//! - At a split on categories those that are listed go right, all other codes left. Codes are whole numbers from 0;
//!   of others a forest rounds those towards 0 that lie between -1 and 0, which XGBoost sends left. Where the file
//!   says which texts the codes stand for, [`Header::categories`] has them: nothing here turns texts into codes.
//!
//! What a [`Forest`] cannot say is refused by name: several targets, survival analysis, linear boosters, and keys
//! that are not known where they might change predictions.
//!
//! Complexity: O(bytes x classes) time and memory (node values are dense); a file whose values would need more than
//! 200 times its size is refused.

mod categories;
mod encode;
mod error;
mod fields;
mod header;
mod inner;
mod json;
mod made;
mod read;
mod records;
mod threshold;
mod tree;
mod ubjson;
mod value;
mod write;
mod write_tree;

#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use secateur_forest::{Forest, ForestError, Task, TrainedForest};

pub use error::{Place, Syntax, WriteError, XgboostError};
pub use header::Stated;
pub use read::{read, read_as};
pub use records::{Header, Objective, Records, TreeRecord};
pub use write::write;

/// An XGBoost model as a forest, with what else its file records.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The forest; its aggregation is [`Aggregation::Sum`](secateur_forest::Aggregation::Sum). Scores of two classes
    /// are `[0, s]`, with `s` the margin. Classes are called `0`, `1`, ... ([`Imported::with_classes`]).
    pub forest: Forest,
    /// Recorded gain of each split (`loss_changes`), 0 at leaves and where none is recorded; one per node.
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
    /// Names are taken if there is one for each feature and all differ; otherwise features are called `f0`, `f1`, ...
    pub fn of(forest: Forest, feature_names: &[String]) -> Self {
        let records = made::records_for(&forest, feature_names);
        Self { gains: vec![0.0; forest.n_nodes()], forest, records }
    }

    /// The same model after pruning: `forest` is what is left, `origin` the node of this forest that each of its
    /// nodes was ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)). Nodes that have become leaves
    /// have no gain. Trees may have gone as a whole.
    ///
    /// `None` if `origin` is not one node of this model for each node of `forest`, and a root for each root.
    pub fn pruned(&self, forest: Forest, origin: &[u32]) -> Option<Self> {
        let Records { covers, base_weights, places, odd_conditions, trees, header } = &self.records;
        if origin.len() != forest.n_nodes() {
            return None;
        }
        let gains = (0..forest.n_nodes())
            .map(|node| {
                let gain = self.gains.get(origin[node] as usize).copied();
                if forest.is_leaf(node) { gain.map(|_| 0.0) } else { gain }
            })
            .collect::<Option<_>>()?;
        let tree_at: FxHashMap<usize, &TreeRecord> = self.forest.roots().zip(trees).collect();
        let trees = forest.roots().map(|root| tree_at.get(&(origin[root] as usize)).map(|&tree| tree.clone()));
        let odd: FxHashMap<u32, u32> = odd_conditions.iter().copied().collect();
        let odd_at = |node: usize| Some((node as u32, *odd.get(&origin[node])?));
        let splits = (0..forest.n_nodes()).filter(|&node| !forest.is_leaf(node));
        let records = Records {
            covers: kept(covers, 1, origin)?,
            base_weights: kept(base_weights, base_weights.len() / self.forest.n_nodes(), origin)?,
            places: kept(places, 1, origin)?,
            odd_conditions: if odd.is_empty() { Vec::new() } else { splits.filter_map(odd_at).collect() },
            trees: trees.collect::<Option<_>>()?,
            header: header.clone(),
        };
        Some(Self { gains, forest, records })
    }

    /// The trees up to the iteration at which validation was best, if early stopping recorded one: what the library's
    /// wrappers for scikit-learn predict with. `None` if none is recorded, or no tree would be left.
    pub fn up_to_best(&self) -> Option<Self> {
        let best = self.records.header.best_iteration()?;
        let trees = self.records.trees.iter().take_while(|tree| tree.iteration as usize <= best).count();
        if trees == 0 {
            return None;
        }
        let forest = self.forest.first_trees(trees);
        let origin: Vec<u32> = (0..forest.n_nodes() as u32).collect();
        self.pruned(forest, &origin)
    }

    /// The same model with classes named otherwise, in XGBoost's order of labels. No change for regression.
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

/// The rows of nodes that are left; nothing stays nothing.
fn kept<T: Copy>(values: &[T], width: usize, origin: &[u32]) -> Option<Vec<T>> {
    if values.is_empty() {
        return Some(Vec::new());
    }
    let mut left = Vec::with_capacity(origin.len() * width);
    for &node in origin {
        let first = (node as usize).checked_mul(width)?;
        left.extend_from_slice(values.get(first..first.checked_add(width)?)?);
    }
    Some(left)
}
