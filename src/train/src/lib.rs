//! From forests and data to forests for every budget: growing, exact pruning, refitting, tuning.
//!
//! ```
//! use secateur_forest::Budget;
//! use secateur_program::Control;
//! use secateur_train::{Bagging, BudgetOptions, Prices, Pruner};
//!
//! # use secateur_datasets::embedded;
//! let (data, _) = embedded::iris()?;
//! let [train, valid] = data.split(1, [0.6, 0.4])?;
//! let prices = Prices::parse("default = 1.0")?.resolve(&data.feature_names)?;
//! let control = Control::new();
//!
//! let forest = Bagging::default().trees(20).fit(&train, &control)?;
//! let pruned = Pruner::new(&prices).fit(forest, &train, &control)?; // every budget at once
//! pruned.verify()?; // without a solver
//!
//! let point = pruned.curve(&valid, &control)?.best_within(Budget::mean(2.0))?; // a breakpoint, on validation data
//! let between = pruned.within_budget(Budget::mean(1.5), &BudgetOptions::default(), &control)?; // between breakpoints
//! assert!(between.cost <= 1.5 && between.loss >= between.loss_bound);
//! # assert!(pruned.budgeted.on_pruning_data(point).1 <= 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which question leads where
//!
//! | question | item |
//! |---|---|
//! | I have data and budgets. What is the best model for each? | [`Tuner`]; every parameter: [`tune`] |
//! | I have a forest. What is its whole trade-off of loss and cost? | [`Pruner`], with what is known of its sample |
//! | I have data and want a forest to prune. | [`Bagging`]; boosting that pays for what it asks: [`grow`] |
//! | How do I write prices? | [`Prices`]: by name, from TOML or JSON |
//! | What lies between two breakpoints? | [`Pruned::within_budget`], [`Pruned::within`] |
//! | On which rows, and by which loss, is pruned? | [`LossOn`], [`node_losses`] |
//! | What is the integer program of my forest? | [`lower`], then [`prune()`] or a solver of your choice |
//! | Can the pruned forest answer better at the same cost? | [`refit`]: new leaf values, fitted jointly |
//! | How good is the forest on rows that its trees have not seen? | [`out_of_bag`] |
//! | What do others do? | [`baseline`]: cost-complexity pruning, GreedyPrune, the primal-dual method |
//!
//! # What always holds
//!
//! - A path that [`prune()`] returns as optimal has passed the verifier.
//! - The same bytes come out for any number of threads. Whatever is random has a seed among its parameters.
//! - Nothing is chosen on test data: what chooses takes validation data, and does not see others.
//! - A limit of [`Control`](secateur_program::Control) that stops a solver is a status with the best result so far.

mod bagging;
pub mod baseline;
mod between;
pub mod grow;
mod loss;
mod lower;
mod out_of_bag;
mod prices;
mod prune;
mod pruner;
pub mod refit;
#[cfg(test)]
mod tests;
pub mod tune;
mod tuner;

pub use bagging::Bagging;
pub use between::BetweenHull;
pub use loss::{LossError, LossOn, NodeLosses, node_losses};
pub use lower::{LowerError, lower};
pub use out_of_bag::{OutOfBag, out_of_bag, was_grown_on};
pub use prices::{NamedPrice, PriceEntry, PriceMode, Prices};
pub use prune::{PruneError, Pruned, prune, prune_by};
pub use pruner::Pruner;
pub use secateur_selection::BudgetOptions;
pub use tuner::{Effort, Tuner};

/// What the README shows is compiled and run with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
