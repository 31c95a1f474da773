//! Prediction at an operating point: the reference, the batch engine, and the lazy predictor.
//!
//! Class probabilities are added in fixed point (2^40 is a whole vote), so that the sum over trees does not depend on their
//! order: for classes all three predictors and the curve agree to the last bit. Means of regression trees are added in the
//! order of trees, the same in all predictors; the curve, which replaces one tree's value by another, may differ by rounding.

mod acquired;
mod batch;
mod bought;
mod costs;
mod lazy;
mod nodes;
mod outputs;
mod purse;
mod reference;
mod sets;
mod sums;

pub use acquired::Acquired;
pub use batch::CompiledForest;
pub use costs::{Costs, Predictions};
pub(crate) use lazy::predict_from;
pub use lazy::{Bill, FeatureSource, LazyError, LazyOptions, LazyPrediction, WhenCut};
pub use outputs::{Outputs, Sum};
pub(crate) use purse::Purse;
