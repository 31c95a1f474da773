//! The bridge to smartcore 0.7: its forests become a [`Forest`](secateur_forest::Forest), and forests are trained with it.
//!
//! smartcore keeps its trees private; their serde form is the only way in. Facts about that form this module rests on,
//! each held by a test:
//!
//! - An example goes to `true_child` (here: left) iff `x[split_feature] as f64 <= split_value`; a missing value goes to
//!   `false_child` (right). A node is a leaf iff `true_child` is null, whatever split it still carries.
//! - A classifier's node knows its most frequent class and how many examples it saw, but no class counts: [`recount`]
//!   finds them from data.
//! - `max_depth` counts levels of nodes, not splits on a path; the trainers here count splits, as scikit-learn does.
//! - The classifier draws its bootstrap sample class by class; the regressor over all rows. Neither reveals
//!   multiplicities, so the draw is repeated here and compared with what smartcore reveals.
//! - The regressor goes on splitting nodes whose targets are all equal; the trainers here cut those subtrees off.
//! - The classifier's split search depends on the order of rows among tied feature values and may overlook splits; the
//!   regressor's does not, hence [`SmartcoreEngine::Auto`].

mod bootstrap;
mod checks;
mod convert;
mod document;
mod params;
mod pure;
mod recount;
mod route;
mod train;

#[cfg(test)]
mod tests;

pub use checks::TrainError;
pub use convert::{
    ConvertError, Converted, from_classifier, from_json_text, from_json_value, from_model, from_regressor,
};
pub use params::{FeaturesPerSplit, SmartcoreEngine, SmartcoreParams, SplitCriterion};
pub use recount::{Majority, RecountError, recount};
pub use train::{Trained, train_classifier, train_regressor};
