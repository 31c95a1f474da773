//! The classic ways to prune a forest: what exact pruning is compared with.
//!
//! | | what it decides by | what comes out |
//! |---|---|---|
//! | [`cost_complexity`] | number of leaves; blind to what features cost | nested: a budgeted forest, one class per alpha |
//! | [`greedy_features`] | one source dropped everywhere at a time | nested: a budgeted forest, one class per step |
//! | [`primal_dual_50`] | the program of exact pruning, by 50 subgradient steps | one pruned forest per lambda |
//!
//! All three read the forest as [`lower`](super::lower()) states it: one decision per split, whose gain is the loss it saves, and the
//! resources that it uses. So they see the very losses and costs that exact pruning sees (or others, if the caller lowers with
//! others), count them in the same integers, and state them in the same units.

mod cost_complexity;
mod greedy;
mod primal_dual;
#[cfg(test)]
mod tests;
mod weakest_link;

pub use cost_complexity::cost_complexity;
pub use greedy::greedy_features;
pub use primal_dual::{PriceLevel, price_levels, primal_dual_50};

use secateur_program::{QuantiseError, Stop};

use secateur_forest::{BudgetedError, Forest, Lowered};

/// Why a baseline cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// A program of another forest.
    #[error("the program of {found} decisions was not lowered from this forest of {expected} splits")]
    Lowered {
        /// Decisions of the program.
        found: usize,
        /// Splits of the forest.
        expected: usize,
    },
    /// Prices of another forest.
    #[error(transparent)]
    Budgeted(#[from] BudgetedError),
    /// A lambda that is none.
    #[error("lambda {index} is {value}, expected a number >= 0")]
    Lambda {
        /// Position in the list.
        index: usize,
        /// The lambda.
        value: f64,
    },
    /// Costs that do not go into integers.
    #[error("costs of decisions cannot be stored as integers: {0}")]
    Quantise(#[from] QuantiseError),
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Whether the decisions are this forest's splits, in order.
fn check_lowered(forest: &Forest, lowered: &Lowered) -> Result<(), BaselineError> {
    let splits = (0..forest.n_nodes() as u32).filter(|&node| !forest.is_leaf(node as usize));
    let found = lowered.program.n_decisions();
    if found == lowered.nodes.len() && splits.eq(lowered.nodes.iter().copied()) {
        return Ok(());
    }
    Err(BaselineError::Lowered { found, expected: forest.n_splits() })
}
