//! Prunes trained models to a budget, exactly.
//!
//! A trained random forest and a price list for its inputs go in. The whole trade-off between loss and expected
//! acquisition cost comes out, proven optimal, as one model whose budget is a dial and which fetches a feature only when it
//! needs it.
//!
//! ```
//! use secateur::forest::grow::{GrowParams, grow};
//! use secateur::forest::{Choice, Examples, Loss, LossOn, PriceSpec, Target, prune};
//! use secateur_datasets::embedded;
//! use secateur_program::Control;
//!
//! // 569 tumours, 30 features from 10 measurements; split once.
//! let (table, _) = embedded::breast_cancer()?;
//! let parts = table.shuffle_split(1, &[269, 150, 150])?;
//! let examples = |part: usize| Examples::of_table(&parts[part]);
//!
//! // Train, price, prune: every budget at once.
//! let (train, params) = (&parts[0], GrowParams { n_trees: 50, ..GrowParams::default() });
//! let target = Target::of_table(train).expect("labelled data");
//! let grown = grow(train.features.view(), target, train.class_names(), None, &params, &Control::new())?;
//! let prices = PriceSpec::parse(&embedded::breast_cancer_prices())?.resolve(&table.feature_names)?;
//! let loss_on = LossOn::InAndOutOfBag(examples(0)?, &grown.in_bag);
//! let model = prune(grown.forest, Loss::Gini, loss_on, examples(1)?, &prices, &Control::new())?.budgeted;
//!
//! // Choose on validation data, judge on test data.
//! let point = model.curve(examples(1)?, &Control::new())?.choose(Choice::BestWithin(4.0))?;
//! let test = model.curve(examples(2)?, &Control::new())?;
//! println!("{:?} wrong at {} measurements per tumour", test.at(point).error, test.at(point).cost);
//! assert!(test.at(point).cost < test.at(model.unpruned()).cost);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | |
//! |---|---|
//! | [`forest`] | forests: growing, formats of other libraries, prices, pruning, choosing, serving, files |
//! | `neural` | with the feature of that name: neural networks to prune |
//!
//! Each stands in crates of its own, for those who need less: [`secateur_forest`] serves, [`secateur_train`] grows and prunes,
//! [`secateur_formats`] reads and writes what other libraries do. `secateur-program` states the integer program and verifies
//! answers, `secateur-selection` solves it. The tool is the crate `secateur-cli`.

/// Forests: where they come from, how they are pruned to a budget, how they are served.
pub mod forest {
    pub use secateur_forest::*;
    pub use secateur_formats::lightgbm;
    #[cfg(feature = "smartcore")]
    pub use secateur_formats::smartcore;
    pub use secateur_train::*;
}

/// Neural networks to prune.
#[cfg(feature = "neural")]
pub use secateur_neural as neural;
