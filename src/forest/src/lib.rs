//! Forests, prices, and forests pruned to a budget: all that serving a model needs.
//!
//! Nothing here trains or prunes: that is the crate `secateur-train`. A model file that it wrote is served like this.
//!
//! ```
//! use secateur_forest::{Budget, LazyOptions, ModelFile};
//!
//! # use secateur_forest::{Aggregation, BudgetedForest, Forest, Model, Precision, PriceList, RawForest, RawTree, Task};
//! # let tree = RawTree {
//! #     feature: vec![0, -1, -1],
//! #     threshold: vec![0.5, 0.0, 0.0],
//! #     children_left: vec![1, -1, -1],
//! #     children_right: vec![2, -1, -1],
//! #     missing: vec![],
//! #     value: vec![1.5, 1.0, 2.0],
//! #     ..RawTree::default()
//! # };
//! # let (task, precision, aggregation) = (Task::Regression, Precision::F64, Aggregation::Mean);
//! # let raw = RawForest { task, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] };
//! # let names = ["x".to_owned()];
//! # let forest = BudgetedForest::whole(Forest::new(raw)?, PriceList::uniform(&names, 3.0)?)?;
//! # let model = Model::Budgeted { forest, chosen: None, gains: None, lightgbm: None };
//! # let folder = std::env::temp_dir().join(format!("secateur-forest-front-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("model.secateur");
//! # ModelFile::new(secateur_datasets::Encoding::numeric(names, None), model).save(&path)?;
//! // `path` is that of the file. The budget is the most that predictions may cost on average.
//! let served = ModelFile::load(&path)?.open(Budget::mean(5.0))?;
//! let mut measure = |_feature: usize| 0.7; // a sensor, a query, a call
//! let prediction = served.predict_lazy(&mut measure, LazyOptions::default())?;
//! assert!(prediction.bill.total <= 5.0);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which question leads where
//!
//! | question | item |
//! |---|---|
//! | How do I open a model and serve it? | [`ModelFile::load`], [`ModelFile::open`], [`Predictor`] |
//! | What may a prediction cost? | [`Budget`]: on average, for every single example, or both |
//! | How are features fetched one by one? | [`FeatureSource`], [`Predictor::predict_lazy`], [`LazyOptions`], [`Bill`] |
//! | What do many rows cost, and acquire? | [`Predictor::predict`], [`Predictions`], [`Costs`], [`Acquired`] |
//! | What is paid for, and by which feature? | [`PriceList`], [`Source`] |
//! | How good is a model on other data? | [`metrics`], [`Evaluation`], and [`intervals`] for confidence intervals |
//! | Which breakpoint should be served? | [`Curve`] on validation data, [`Curve::best_within`], [`Choice`] |
//! | How does a forest of mine come in? | [`RawForest`] into [`Forest::new`], which validates it once |
//! | What is in a model? | [`Model`]; [`BudgetedForest`]: a threshold per split; [`Tuned`]: a model per budget |
//! | What acquires, and what predicts, in a tuned model? | [`AcquisitionModel`]: a policy and a predictor |
//! | Is the pruning proven optimal? | [`Proof`] |
//!
//! # What always holds
//!
//! - A [`Forest`] is valid: one root per tree, no cycle, indices in range, finite values. Trees may be 10^6 deep.
//! - Every operating point of a [`BudgetedForest`] is a pruned forest: a split is not kept longer than its parent.
//! - A source is paid once per example, however many features come from it.
//! - The reference, batch and lazy predictions of a row agree to the last bit.

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
pub use model::{Aggregation, Categories, Forest, MissingDirection, Precision, Task, argmax};
pub use operating::{Choice, ChoiceError};
pub use predict::{
    Acquired, Bill, CompiledForest, Costs, FeatureSource, LazyError, LazyOptions, LazyPrediction, Predictions, WhenCut,
};
pub use predictor::{OpenError, Opening, Predictor};
pub use prices::{PriceError, PriceList, Source, SourceId, check_price};
pub use proof::Proof;
pub use raw::{CategorySplit, ForestError, RawForest, RawTree, preorder};
pub use records::{LightGbmHeader, LightGbmObjective, LightGbmRecords};
pub use secateur_datasets::{DataError, Dataset, DatasetView, TargetView, check_weights};
pub use trained::TrainedForest;
pub use tuned::{CappedTrial, Chosen, Tuned, TunedModel, UnderCap, better_capped};

/// What the README shows is compiled and run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
