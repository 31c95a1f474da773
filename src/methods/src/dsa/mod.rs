//! DSA: discovering sparsity allocation (NeurIPS 2024): every block gets a sparsity of its own, by an expression of its
//! Wanda metric that is searched for.
//!
//! | step | |
//! |---|---|
//! | an expression, its operators | [`Expression`], [`evaluate`] |
//! | importance of every block | [`importances`], and which blocks gave no number |
//! | the fraction that each keeps | [`kept_fractions`]; of fixed levels: [`rounded`] |
//! | the masks | [`super::ratios::keep_best`] |
//! | search for the expression | [`evolve`], [`random_search`] |
//! | search for the ratios instead | [`evolve_ratios`], [`rescaled`]; as a quadratic program: [`quadratic`](fn@quadratic) |
//!
//! Written after the authors' programs and poster; the paper's text was not read. Where the two differ, an option says
//! so.
//!
//! In the exact allocation's place of all this: blocks are layers, fractions are levels, and their losses are measured
//! ([`secateur_neural::levels::LevelTable::within`]). On the same table and budget it never loses more than fractions
//! of an expression, rounded to levels.
//!
//! # Example
//! ```
//! use ndarray::array;
//! use secateur_methods::dsa::{Expression, FractionOptions, importances, kept_fractions};
//! use secateur_program::Control;
//!
//! // Wanda's metrics of three blocks with one linear layer each.
//! let metrics = [array![[1.0, 1.1], [0.9, 1.2]], array![[1.0, 2.0], [0.5, 3.0]], array![[1.0, 1.5], [0.8, 1.4]]];
//! let blocks: Vec<_> = metrics.iter().map(|metric| vec![metric.view()]).collect();
//! let found = importances(&Expression::released(), &blocks, Default::default(), &Control::new())?;
//! assert!(found.not_numbers.is_empty());
//! let fractions = kept_fractions(&found.values, FractionOptions { sparsity: 0.5, ..Default::default() })?;
//! // The metric that is spread least keeps most: 0.16 more than the one that is spread most.
//! assert!(fractions[0] > fractions[2] && fractions[2] > fractions[1]);
//! assert!((fractions[0] - fractions[1] - 0.16f64).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod expression;
mod fractions;
mod importance;
mod operators;
mod quadratic;
mod ratio_evolution;
mod search;
#[cfg(test)]
mod tests;

pub use expression::{Expression, ParseError, Post, Pre, Reduction};
pub use fractions::{FractionError, FractionOptions, kept_fractions, rounded};
pub use importance::{ImportanceError, ImportanceOptions, Importances, Joined, Trap, importances};
pub use operators::evaluate;
pub use quadratic::{PENALTY, QuadraticError, QuadraticFractions, quadratic};
pub use ratio_evolution::{EvolvedRatios, RatioOptions, Rule, Worth, evolve_ratios, rescaled};
pub use search::{SearchOptions, Searched, evolve, random_search};
