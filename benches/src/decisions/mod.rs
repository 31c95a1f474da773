//! The comparison of decisions: how good each method's answers are at equal cost per example.
//!
//! A [`problem`](problem::problem) is a data set split by a seed, with prices and budgets. A [method](methods::METHODS) trains
//! whatever it likes on the training part (it may look at the validation part) and yields
//! [`Candidate`](choose::Candidate)s: models at operating points. From there on every method is treated alike:
//!
//! 1. **One meter** ([`meter`]): examples are routed through the model; each source is paid once per example, what is priced
//!    per model once. Our forests, LightGBM's and scikit-learn's pass through the same code.
//! 2. **One rule** ([`choose`]): for each budget, among the candidates whose cost on validation data is within it, the one of the
//!    best validation metric; every method also has the constant prediction, which costs nothing. Test data is only measured for
//!    what was chosen.
//!
//! | idea | file |
//! |---|---|
//! | data, splits, prices, budgets | [`problem`] |
//! | metrics of predictions | [`metrics`] |
//! | cost and metrics of a model | [`meter`] |
//! | the rule | [`choose`] |
//! | registered methods | [`methods`]; ours in `ours`, those in Python in [`peers`] |
//! | what a run writes | [`results`] |
//! | means, standard errors, wins | [`statistics`] |
//! | commands | [`commands`], `run`, `table`, `plot` |

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "prints its choices and measurements as they come")]

pub mod choose;
pub mod commands;
pub mod meter;
pub mod methods;
pub mod metrics;
mod ours;
pub mod peers;
mod plot;
pub mod problem;
pub mod results;
mod run;
pub mod statistics;
mod table;
#[cfg(test)]
mod tests;
