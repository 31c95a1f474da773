//! How good predictions are: metrics of classes, numbers and rankings, and what each example adds to them.
//!
//! [`Metrics::of`] evaluates predictions, wherever they come from; [`query_scores`] evaluates rankings query by query;
//! [`BudgetedForest::per_example`](super::BudgetedForest::per_example) gives outputs, losses and costs example by example,
//! which [`super::intervals`] needs. Sums run in the order of the examples, so results do not depend on threads.

mod auc;
mod losses;
mod per_example;
mod ranking;
#[cfg(test)]
mod tests;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::loss::Loss;
use secateur_datasets::{DataError, TargetView, check_weights};

pub use auc::area_under_curve;
pub(super) use losses::LEAST_PROBABILITY;
pub use losses::example_losses;
pub use per_example::PerExample;
pub(super) use ranking::queries;
pub use ranking::{EmptyQueries, QueryScores, RankingOptions, query_scores};

/// What predictions are worth. A metric that does not apply, or is not defined on the data, is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Fraction of examples (by weight) whose class is predicted wrongly; ties between classes go to the lowest index.
    pub error: Option<f64>,
    /// Mean of `-ln p_y`, with p at least 1e-15.
    pub log_loss: Option<f64>,
    /// Mean of the sum over classes of `(p_c - [c = y])^2`.
    pub brier: Option<f64>,
    /// Area under the ROC curve of the second of two classes; `None` unless there are two classes and both occur.
    pub auc: Option<f64>,
    /// Mean squared error.
    pub squared_error: Option<f64>,
    /// `1 - squared error / variance of the targets`; `None` where the targets do not vary.
    pub r2: Option<f64>,
    /// Mean NDCG over queries ([`QueryScores`]).
    pub ndcg: Option<f64>,
    /// Mean precision over queries ([`QueryScores`]).
    pub precision: Option<f64>,
}

/// Why predictions cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// The examples are malformed, or their targets are of another kind or number.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// A prediction that is NaN or infinite.
    #[error("row {row}: the prediction is no finite number")]
    Output {
        /// Row index from 0.
        row: usize,
    },
    /// Another number of outputs per row than the targets have.
    #[error("predictions have {found} outputs per row, expected {expected}")]
    Outputs {
        /// Outputs found.
        found: usize,
        /// Outputs expected: the classes, or one.
        expected: usize,
    },
    /// A relevance that has no gain.
    #[error("row {row}: relevance {value} is not between 0 and {limit}")]
    Relevance {
        /// Row index from 0.
        row: usize,
        /// The relevance.
        value: f64,
        /// The largest relevance.
        limit: f64,
    },
    /// A rank of zero.
    #[error("{what} is counted at rank 0; the first rank is 1")]
    Rank {
        /// "NDCG" or "precision".
        what: &'static str,
    },
    /// A loss of the other task.
    #[error("{loss:?} is not a loss of these targets")]
    Loss {
        /// The loss.
        loss: Loss,
    },
}

impl Metrics {
    /// The loss that does not jump where a class changes: log-loss, or squared error; infinite where neither is known.
    pub fn smooth_loss(&self) -> f64 {
        self.log_loss.or(self.squared_error).unwrap_or(f64::INFINITY)
    }

    /// Evaluates predictions by the targets.
    ///
    /// `outputs` has shape (n_examples, n_outputs): class probabilities, or one value per row; `weights` count each row
    /// that often (`None`: once).
    ///
    /// # Errors
    /// [`MetricError`].
    ///
    /// # Complexity
    /// O(n x outputs), and O(n log n) for the area under the curve.
    pub fn of(
        outputs: ArrayView2<'_, f64>,
        target: TargetView<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        let mean =
            |loss| -> Result<f64, MetricError> { Ok(weighted_mean(&example_losses(outputs, target, loss)?, weights)) };
        check_weights(weights, outputs.nrows())?;
        match target {
            TargetView::Classes { labels, .. } => Ok(Self {
                error: Some(mean(Loss::Misclassification)?),
                log_loss: Some(mean(Loss::LogLoss)?),
                brier: Some(mean(Loss::Brier)?),
                auc: if outputs.ncols() == 2 {
                    area_under_curve(&outputs.column(1).to_vec(), labels, weights)?
                } else {
                    None
                },
                ..Self::default()
            }),
            TargetView::Values(targets) => {
                let squared_error = mean(Loss::SquaredError)?;
                let average = weighted_mean(targets, weights);
                let squares: Vec<f64> = targets.iter().map(|target| (target - average).powi(2)).collect();
                let variance = weighted_mean(&squares, weights);
                // Deviations that are no more than the rounding of the average are none.
                let rounding =
                    16.0 * f64::EPSILON * targets.iter().fold(0.0, |most: f64, target| most.max(target.abs()));
                let r2 = 1.0 - squared_error / variance;
                let varies = variance > rounding * rounding && r2.is_finite();
                Ok(Self { squared_error: Some(squared_error), r2: varies.then_some(r2), ..Self::default() })
            }
        }
    }

    /// The same with the means over queries.
    #[must_use]
    pub fn with_queries(self, scores: &QueryScores) -> Self {
        Self { ndcg: scores.mean_ndcg(), precision: scores.mean_precision(), ..self }
    }
}

/// Weighted mean, exact where all values are the same. The weights have a positive sum.
pub(super) fn weighted_mean(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    // Differences are taken to a value that counts.
    let Some(first) = (0..values.len()).find(|&row| weight(row) > 0.0) else { return f64::NAN };
    let first = values[first];
    let (sum, total) = values
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(sum, total), (row, value)| (sum + weight(row) * (value - first), total + weight(row)));
    first + sum / total
}
