//! Trained forests: the model, where it comes from, and how it is pruned to a budget.

mod bag;
pub mod bands;
pub mod baseline;
mod between;
mod budgeted;
mod curve;
mod examples;
mod file;
pub mod grow;
mod judge;
pub mod lightgbm;
mod loss;
mod lower;
pub mod metrics;
mod model;
mod operating;
mod out_of_bag;
mod predict;
mod price_spec;
mod prices;
mod proof;
mod prune;
#[cfg(test)]
mod ranking_tests;
mod raw;
pub mod refit;
mod rows;
pub mod smartcore;
mod staged;
mod tables;
mod target;
#[cfg(test)]
mod tests;
pub mod tune;

pub use bag::InBag;
pub use bands::{Band, BandError, BandOptions, PointBands};
pub use between::{BetweenHull, prune_within};
pub use budgeted::{BudgetedError, BudgetedForest, OperatingPoint, ThresholdClass};
pub use curve::{Curve, CurveError, CurvePoint};
pub use examples::{ExampleError, Examples};
pub use file::{Model, ModelFile, ModelFileError};
pub use judge::{JudgeError, Judged};
pub use loss::{Loss, LossError, LossOn, NodeLosses, node_losses};
pub use lower::{LowerError, Lowered, lower};
pub use metrics::{MetricError, Metrics, PerExample};
pub use model::{Aggregation, Forest, MissingDirection, Precision, Task};
pub use operating::{Choice, ChoiceError};
pub use out_of_bag::OutOfBag;
pub use predict::{Bill, CompiledForest, Costs, FeatureSource, LazyError, LazyOptions, LazyPrediction, WhenCut};
pub use price_spec::{NamedPrice, PriceEntry, PriceMode, PriceSpec};
pub use prices::{PriceError, PriceList, Source, SourceId};
pub use proof::Proof;
pub use prune::{PruneError, Pruned, prune, prune_by};
pub use raw::{ForestError, RawForest, RawTree};
pub use staged::{StagedError, StagedForest};
pub use target::Target;
