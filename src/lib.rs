//! Prunes trained models to a budget, exactly.
//!
//! A trained forest and a price list for its inputs go in. The whole trade-off between loss and expected acquisition cost
//! comes out, proven optimal, as one model whose budget is a dial and which fetches a feature only when it needs it.
//!
//! # The road
//!
//! ```
//! use secateur::{Bagging, Budget, BudgetOptions, Control, Effort, LazyOptions, Loss, ModelFile, Predictions};
//! use secateur::{Prices, Pruner, Tuner};
//! # use secateur::datasets::embedded;
//! # let folder = std::env::temp_dir().join(format!("secateur-road-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("model.secateur");
//!
//! // 569 tumours, 30 features from 10 measurements. A file: read_csv(path, &CsvOptions::default()).
//! let (data, encoding) = embedded::breast_cancer()?;
//! let [train, valid, test] = data.split(1, [0.5, 0.25, 0.25])?;
//! let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
//! let control = Control::new(); // time limit, cancel flag, progress
//!
//! // From a forest: grown here, or read by `lightgbm::read`. Every budget at once, with a certificate.
//! let forest = Bagging::default().trees(50).fit(&train, &control)?;
//! let pruned = Pruner::new(&prices).loss(Loss::Brier).fit(forest, &train, &control)?;
//! pruned.verify()?;
//! let curve = pruned.curve(&valid, &control)?; // loss and cost at every breakpoint
//! let point = curve.best_within(Budget::mean(4.0))?;
//! let between = pruned.within_budget(Budget::mean(4.0), &BudgetOptions::default(), &control)?; // with its gap
//! assert!(curve.at(point).cost <= 4.0 && between.cost <= 4.0);
//!
//! // From data: policies that buy, and forests that answer with what was bought.
//! let tuned = Tuner::new(&prices).budgets([2.0, 4.0]).effort(Effort::Quick).fit(&train, &valid, &control)?;
//!
//! // One served type for both: ModelFile::new(encoding, pruned.into_model(point)) is the other.
//! ModelFile::new(encoding, tuned).save(&path)?;
//! let served = ModelFile::load(&path)?.open(Budget::mean(4.0))?;
//! let Predictions { outputs, costs, acquired } = served.predict(test.features.view())?;
//! let mut fetch = |feature: usize| test.features[[0, feature]]; // a measurement, a query, a call
//! let prediction = served.predict_lazy(&mut fetch, LazyOptions::default())?;
//! assert_eq!((&prediction.outputs, prediction.bill.total), (&outputs.row(0).to_vec(), costs[0]));
//! assert_eq!(prediction.bill.sources.len(), acquired.of(0).count());
//! let evaluation = served.evaluate(test.view()?, &Default::default(), &control)?;
//! println!("error {:?} at {} per tumour", evaluation.measured.metrics.error, evaluation.cost.mean);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A forest of LightGBM
//!
//! Pruned by the gains that its file records, served here or written back.
//!
//! ```
//! use secateur::{Budget, Control, Dataset, PriceList, Pruner, Target, lightgbm};
//! # use secateur::{CsvOptions, TargetColumn, read_csv};
//! # let (model_txt, rows_csv) = ("tests/golden/lightgbm/binary.txt", "tests/golden/lightgbm/binary.csv");
//!
//! let imported = lightgbm::read(&std::fs::read_to_string(model_txt)?)?;
//! let names = imported.records.header.feature_names.clone();
//! let prices = PriceList::uniform(&names, 1.0)?;
//! // Rows that costs are counted on; no targets are needed.
//! # let options = CsvOptions { target: TargetColumn::None, drop: vec!["x5".into()], ..CsvOptions::default() };
//! # let rows = read_csv(rows_csv.as_ref(), &options)?.0.features;
//! let rows = Dataset { features: rows, feature_names: names, target: Target::None, weights: None, groups: None };
//!
//! let pruned = Pruner::new(&prices).fit(imported.clone(), &rows, &Control::new())?;
//! let point = pruned.budgeted.at_budget(Budget::mean(2.0))?;
//! assert!(pruned.budgeted.on_pruning_data(point).1 <= 2.0); // mean cost per row
//! let (forest, origin) = pruned.budgeted.pruned(point);
//! let text = lightgbm::write(&imported.pruned(forest, &origin).expect("nodes of this model"))?;
//! assert!(lightgbm::read(&text)?.forest.n_nodes() < imported.forest.n_nodes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which question leads where
//!
//! | question | item |
//! |---|---|
//! | I have a table. | [`read_csv`], [`read_table`]; later files alike: [`Encoding`]; by hand: [`Dataset`] |
//! | What do features cost? | [`Prices`] as a file has them, [`PriceList`] resolved for a model |
//! | I have data and budgets. | [`Tuner`]: one model per budget |
//! | I have a forest. | [`Pruner`]: every budget at once, with a certificate |
//! | It is of another library. | [`lightgbm`], [`xgboost`], [`sklearn`], [`catboost`], `onnx` and `smartcore` (features); [`treelite`] is written |
//! | I want a forest to prune. | [`Bagging`] |
//! | Which point of the trade-off? | [`Curve`], [`Budget`], [`Choice`]; between points: [`Pruned::within_budget`] |
//! | How do I keep and serve a model? | [`ModelFile`], [`Predictor`] |
//! | One feature at a time, and what it cost? | [`FeatureSource`], [`LazyOptions`], [`Bill`] |
//! | How good is it on test data? | [`Predictor::evaluate`], [`Evaluation`] |
//! | Progress, a time limit, cancellation? | [`Control`] |
//! | One level below: losses, lowering, growing, refitting, metrics | [`forest`] |
//! | Everything about data files | [`datasets`] |
//! | Neural networks to prune | `neural`, with the feature of that name |
//! | The integer program alone, without forests | the crates `secateur-program` and `secateur-selection` |
//!
//! # Examples
//!
//! `cargo run --release --example NAME`. They need no files, and assert what they say.
//!
//! | example | shows |
//! |---|---|
//! | `road_from_data` | a table and prices to a model file, and to predictions |
//! | `prune_smartcore_forest` | a forest that an application holds as a smartcore model |
//! | `prune_lightgbm_file` | a LightGBM model from a text file, pruned, and written back |
//! | `selection_program` | the integer program alone: its path, verified |
//! | `certificate` | what a certificate proves, and that it refuses what is not optimal |
//! | `price_list` | groups of features, derived and free features, prices per model |
//! | `table_from_text` | text columns, holes, columns left out; later tables alike |
//! | `lazy_prediction` | features fetched one by one from a source of yours, under a cap |
//! | `hard_budget` | what lies between two breakpoints, with a proven bound |
//! | `operating_point_intervals` | a point chosen on validation data, and intervals on test data |
//! | `tuned_models` | one model per budget, and none above a cap |
//! | `refit_leaves` | new leaf values at the same acquisition cost |
//! | `missing_values` | where splits send what is missing, and who refuses it |
//! | `control_progress_cancel` | an observer, a time limit, cancellation |
//! | `allocate_network` | channels of a neural network within a budget (feature `neural`) |
//!
//! # Crates
//!
//! Each part stands in a crate of its own, for those who need less: `secateur-forest` serves, `secateur-train` grows
//! and prunes, `secateur-formats` reads and writes what other libraries do, `secateur-program` states the integer
//! program and verifies answers, `secateur-selection` solves it. The tool is the crate `secateur-cli`.

pub use secateur_datasets as datasets;
pub use secateur_datasets::{
    CsvOptions, DataError, Dataset, DatasetView, Encoding, ReadOptions, Target, TargetColumn, TargetView, read_csv,
    read_csv_with, read_table, read_table_with, write_csv,
};
pub use secateur_forest::{
    Acquired, AcquisitionModel, Bill, Budget, BudgetedForest, Choice, Costs, Curve, CurvePoint, Evaluation,
    FeatureSource, Forest, LazyError, LazyOptions, LazyPrediction, Loss, Metrics, Model, ModelFile, Opening,
    OperatingPoint, Predictions, Predictor, PriceList, Source, SourceId, Task, TrainedForest, Tuned, WhenCut,
};
#[cfg(feature = "onnx")]
pub use secateur_formats::onnx;
#[cfg(feature = "smartcore")]
pub use secateur_formats::smartcore;
pub use secateur_formats::{catboost, lightgbm, sklearn, treelite, xgboost};
pub use secateur_program::{Control, Progress, Status, Stop};
pub use secateur_train::{Bagging, BudgetOptions, Effort, Prices, Pruned, Pruner, Tuner};

/// Forests: where they come from, how they are pruned to a budget, how they are served.
pub mod forest {
    pub use secateur_forest::*;
    #[cfg(feature = "onnx")]
    pub use secateur_formats::onnx;
    #[cfg(feature = "smartcore")]
    pub use secateur_formats::smartcore;
    pub use secateur_formats::{catboost, lightgbm, sklearn, treelite, xgboost};
    pub use secateur_train::*;
}

/// Neural networks to prune, and the published methods that prune them.
#[cfg(feature = "neural")]
pub mod neural {
    pub use secateur_methods as methods;
    pub use secateur_neural::*;
}

/// What the README shows is compiled and run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
