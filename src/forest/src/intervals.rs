//! How far measured means can be trusted: bootstrap confidence intervals by Efron's percentile method.
//!
//! A resample draws n of n examples with replacement; the interval of a mean is the range of the means of many resamples between
//! two percentiles (Efron 1979; Efron and Tibshirani 1993, section 13.3). A weighted mean is `sum w v / sum w` of the drawn
//! examples, each with its own weight. Differences on the same examples are drawn together ([`paired_interval`]), so what both
//! share cancels. Where examples hang together (the documents of a query), resample the groups: [`by_group`].
//!
//! Examples are taken as they come from the population; intervals say nothing about data of another kind, and nothing about the
//! optimism of a point that was chosen on the same examples.
//!
//! Resample r has the r-th random stream of the seed, and results stand in the order of resamples: any number of threads
//! gives the same intervals. Means are taken of differences to the overall mean, so constant values have intervals of width zero.

mod operating;
#[cfg(feature = "intervals")]
mod points;
#[cfg(feature = "intervals")]
mod resample;
#[cfg(test)]
#[cfg(feature = "intervals")]
mod tests;

use secateur_program::Stop;
use serde::{Deserialize, Serialize};

use super::metrics::{MetricError, queries};
use secateur_datasets::{DataError, check_weights};

pub use operating::PointIntervals;
#[cfg(feature = "intervals")]
pub use resample::{interval, intervals, paired_interval};

/// A mean and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The weighted mean of the examples themselves.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Standard deviation of the resamples' means.
    pub standard_error: f64,
}

/// How intervals are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IntervalOptions {
    /// Number of resamples, at least 2.
    pub resamples: usize,
    /// Probability that the interval is to cover, between 0 and 1.
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for IntervalOptions {
    /// 1000 resamples, 95 %, seed 0.
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 0 }
    }
}

/// Why there is no interval.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IntervalError {
    /// No values, or another number of weights or of paired values.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// A value that is NaN or infinite, or too large to be added to the others.
    #[error("example {row}: {value} cannot be averaged")]
    Value {
        /// Index of the example from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// The examples do not fit the forest.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Too few resamples.
    #[error("{resamples} resamples, expected at least 2")]
    Resamples {
        /// The number.
        resamples: usize,
    },
    /// A level that is not between 0 and 1.
    #[error("level {level} is not between 0 and 1")]
    Level {
        /// The level.
        level: f64,
    },
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Values beyond this could overflow when added up.
const LARGEST: f64 = 1e280;

/// Means and weights by group, in the order in which groups first appear: a interval of these resamples whole groups, and its mean
/// is that of the examples. `values` and `groups` have shape (n,), as has `weights` (`None`: all one).
///
/// # Errors
/// [`IntervalError`].
///
/// # Complexity
/// O(n).
pub fn by_group(
    values: &[f64],
    weights: Option<&[f64]>,
    groups: &[u64],
) -> Result<(Vec<f64>, Vec<f64>), IntervalError> {
    check_values(values, groups.len())?;
    check_weights(weights, values.len())?;
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let of_group = |(_, rows): (u64, Vec<usize>)| {
        let total: f64 = rows.iter().map(|&row| weight(row)).sum();
        let sum: f64 = rows.iter().map(|&row| weight(row) * values[row]).sum();
        (if total > 0.0 { sum / total } else { 0.0 }, total)
    };
    Ok(queries(groups).into_iter().map(of_group).unzip())
}

fn check_values(values: &[f64], expected: usize) -> Result<(), IntervalError> {
    if expected == 0 {
        return Err(DataError::Empty.into());
    }
    if values.len() != expected {
        return Err(DataError::Length { what: "values", found: values.len(), expected }.into());
    }
    let largest = LARGEST / expected as f64;
    match values.iter().position(|value| value.is_nan() || value.abs() > largest) {
        Some(row) => Err(IntervalError::Value { row, value: values[row] }),
        None => Ok(()),
    }
}
