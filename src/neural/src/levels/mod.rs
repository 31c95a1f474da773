//! One level per layer: a table of what every layer loses and costs at every level of pruning, and the choice that
//! loses least within a budget. The multiple-choice knapsack, stated as chains:
//!
//! ```text
//! max  sum_{l,k} (loss_{l,k-1} - loss_{l,k}) x_{l,k}      level k requires level k - 1,
//! s.t. sum_{l,k} (cost_{l,k} - cost_{l,k-1}) x_{l,k} <= budget - sum_l cost_{l,0}
//! ```
//!
//! with the levels of a layer in order of cost. Gains of a chain may be negative or grow: the path takes several steps
//! at once where the table is not convex, and the exact solver what lies between.
//!
//! | idea | file |
//! |---|---|
//! | tables, choices, errors | here |
//! | the table as a selection program | `chains` |
//! | the supported choices by one parametric cut | `path` |
//! | the best choice within one or several budgets | `within` |
//! | the best few | `ranked` |
//! | the greedy choice, by marginal gain | `greedy` |
//! | the multiple-choice knapsack by lists | `knapsack` |
//! | dominance, and the linear relaxation | `hull` |

mod chains;
mod greedy;
mod hull;
mod knapsack;
mod path;
mod ranked;
mod within;

use secateur_program::{BuildError, LimitError, QuantiseError, Status};

pub use chains::Chains;

/// A level of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// What is lost, in any unit that adds up over layers: a measured rise of the loss, a reconstruction error.
    pub loss: f64,
    /// What it costs.
    pub cost: f64,
}

/// Levels of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelTable {
    layers: Vec<Vec<Level>>,
}

/// One level per layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelChoice {
    /// Index into the levels of each layer, as the table was given.
    pub levels: Vec<usize>,
    /// Sum of their losses.
    pub loss: f64,
    /// Sum of their costs.
    pub cost: f64,
    /// No choice within the budget loses less than this, up to rounding.
    pub least_loss: f64,
    /// Whether the choice is proven best.
    pub status: Status,
}

/// What can be wrong with a table or a budget.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// A layer without levels.
    #[error("layer {layer} has no level")]
    Empty {
        /// The layer.
        layer: usize,
    },
    /// A loss or cost that is no number, or a cost below zero.
    #[error("layer {layer}, level {level}: {what} is {value}")]
    Number {
        /// The layer.
        layer: usize,
        /// The level.
        level: usize,
        /// "loss" or "cost".
        what: &'static str,
        /// As given.
        value: f64,
    },
    /// Not even the cheapest levels fit.
    #[error("the budget is {budget}, the cheapest levels cost {least}")]
    Budget {
        /// As given.
        budget: f64,
        /// The least possible.
        least: f64,
    },
    /// Numbers that do not become integers.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// Too many levels.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A budget that does not go into integers.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl LevelTable {
    /// A table.
    ///
    /// # Errors
    /// [`LevelError`] naming layer and level.
    pub fn new(layers: Vec<Vec<Level>>) -> Result<Self, LevelError> {
        for (layer, levels) in layers.iter().enumerate() {
            if levels.is_empty() {
                return Err(LevelError::Empty { layer });
            }
            for (level, entry) in levels.iter().enumerate() {
                if !entry.loss.is_finite() {
                    return Err(LevelError::Number { layer, level, what: "loss", value: entry.loss });
                }
                if !(entry.cost.is_finite() && entry.cost >= 0.0) {
                    return Err(LevelError::Number { layer, level, what: "cost", value: entry.cost });
                }
            }
        }
        Ok(Self { layers })
    }

    /// Levels of every layer, as given.
    pub fn layers(&self) -> &[Vec<Level>] {
        &self.layers
    }

    /// The summed loss of any costs, which need not be levels: per layer on the line between the levels next to its
    /// cost; beyond the cheapest and the dearest level, theirs. So allocations that know nothing of a table are
    /// compared on it.
    ///
    /// # Panics
    /// Unless there is one cost per layer.
    ///
    /// # Complexity
    /// O(levels log levels).
    pub fn interpolated(&self, costs: &[f64]) -> f64 {
        assert_eq!(costs.len(), self.layers.len(), "a cost per layer");
        self.layers.iter().zip(costs).map(|(levels, cost)| between(levels, *cost)).sum()
    }

    /// The table as a selection program, for other solvers.
    ///
    /// # Errors
    /// [`LevelError`] for numbers that do not become integers.
    pub fn chains(&self) -> Result<Chains<'_>, LevelError> {
        Chains::new(self)
    }
}

/// The loss at a cost on the line through the levels next to it.
fn between(levels: &[Level], cost: f64) -> f64 {
    let mut own = levels.to_vec();
    own.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.loss.total_cmp(&b.loss)));
    let after = own.partition_point(|level| level.cost < cost);
    match (after.checked_sub(1).map(|before| own[before]), own.get(after)) {
        (Some(before), Some(after)) => {
            let part = (cost - before.cost) / (after.cost - before.cost);
            before.loss + part * (after.loss - before.loss)
        }
        (Some(only), None) => only.loss,
        (None, Some(only)) => only.loss,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests;
