//! From forests and data to budgeted forests: growing, exact pruning, refitting, tuning.
//!
//! | | |
//! |---|---|
//! | [`Bagging`], [`Pruner`], [`Tuner`] | from a data set, with the defaults that measured best |
//! | [`grow`] | bagged trees, and boosted trees that pay for what they ask |
//! | [`node_losses`], [`lower`], [`prune()`] | a forest as a selection program, and its whole path |
//! | [`Pruned::within`] | hard budgets between the points of a path |
//! | [`refit`] | new values for the leaves of a pruned forest |
//! | [`tune`] | from data and prices to one model per budget |
//! | [`baseline`] | pruning methods of others, to compare with |

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
