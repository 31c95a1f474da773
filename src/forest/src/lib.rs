//! Forests, prices, and forests pruned to a budget: all that serving a model needs.
//!
//! | noun | |
//! |---|---|
//! | [`Forest`] | a validated tree ensemble, whatever library it comes from |
//! | [`PriceList`] | sources, their prices, and which of them each feature needs |
//! | [`BudgetedForest`] | a forest with a threshold per split: every budget in one model |
//! | [`AcquisitionModel`] | a forest that decides what is acquired, and one that predicts from it |
//! | [`Model`], [`ModelFile`] | what a file holds |
//! | [`Predictor`] | a model opened at a [`Budget`], a lambda or an operating point: what is served |
//! | [`predict`] | batches of rows, and rows whose features are fetched one by one |
//! | [`Curve`], [`metrics`], [`intervals`], [`Evaluation`] | what a model is worth on a set of examples |
//!
//! Nothing here trains or prunes: that is the crate `secateur-train`.

mod acquisition;
mod bag;
mod budget;
mod budgeted;
mod check;
mod curve;
mod evaluation;
mod file;
pub mod intervals;
mod loss;
mod lowered;
pub mod metrics;
mod model;
mod operating;
pub mod predict;
mod predictor;
mod prices;
mod proof;
mod raw;
mod records;
pub mod rows;
#[cfg(feature = "testing")]
pub mod testing;
mod trained;
mod tuned;

pub use acquisition::{AcquisitionError, AcquisitionModel, Routed};
pub use bag::InBag;
pub use budget::{Budget, BudgetError, within};
pub use budgeted::{BudgetedError, BudgetedForest, OperatingPoint, ThresholdClass};
pub use curve::{Curve, CurveError, CurvePoint};
pub use evaluation::{EvaluateError, Evaluation, Measured};
pub use file::{Model, ModelFile, ModelFileError};
pub use intervals::{Interval, IntervalError, IntervalOptions, PointIntervals};
pub use loss::Loss;
pub use lowered::Lowered;
pub use metrics::{MetricError, Metrics, PerExample};
pub use model::{Aggregation, Forest, MissingDirection, Precision, Task, argmax};
pub use operating::{Choice, ChoiceError};
pub use predict::{
    Acquired, Bill, CompiledForest, Costs, FeatureSource, LazyError, LazyOptions, LazyPrediction, Predictions, WhenCut,
};
pub use predictor::{OpenError, Opening, Predictor};
pub use prices::{PriceError, PriceList, Source, SourceId, check_price};
pub use proof::Proof;
pub use raw::{ForestError, RawForest, RawTree, preorder};
pub use records::{LightGbmHeader, LightGbmObjective, LightGbmRecords};
pub use secateur_datasets::{DataError, Dataset, DatasetView, TargetView, check_weights};
pub use trained::TrainedForest;
pub use tuned::{CappedTrial, Chosen, Tuned, TunedModel, UnderCap, better_capped};
