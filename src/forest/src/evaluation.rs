//! What a model is worth on a set of examples: metrics, cost, how far both can be trusted, and what was acquired.

#[cfg(feature = "intervals")]
mod whole;

use serde::{Deserialize, Serialize};

use super::acquisition::AcquisitionModel;
use super::curve::CurveError;
use super::intervals::{Interval, IntervalError};
use super::metrics::{MetricError, Metrics};
use super::predict::Predictions;
use secateur_datasets::{DataError, DatasetView};

/// Cost and metrics on a set of examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Mean cost per example, prices per model and per node included.
    pub cost: f64,
    /// Metrics.
    pub metrics: Metrics,
}

/// A model on a set of examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean cost per example and metrics.
    pub measured: Measured,
    /// The loss that such models are evaluated by (error, or squared error) with its bootstrap confidence interval.
    pub loss: Interval,
    /// The cost with its bootstrap confidence interval, from the same resamples.
    pub cost: Interval,
    /// Fraction of examples (by weight) for which each source is acquired, shape (n_sources,).
    pub acquired: Vec<f64>,
}

/// Why a model cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The examples do not fit the model, or have no targets.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// No interval can be drawn.
    #[error(transparent)]
    Intervals(#[from] IntervalError),
    /// Acquisitions could not be counted.
    #[error(transparent)]
    Curve(#[from] CurveError),
}

impl From<DataError> for EvaluateError {
    fn from(error: DataError) -> Self {
        EvaluateError::Metrics(error.into())
    }
}

impl EvaluateError {
    /// What is wrong with the examples, if that is what happened.
    pub fn examples(&self) -> Option<&DataError> {
        match self {
            EvaluateError::Metrics(MetricError::Examples(error))
            | EvaluateError::Intervals(IntervalError::Examples(error))
            | EvaluateError::Curve(CurveError::Examples(error)) => Some(error),
            _ => None,
        }
    }

    /// The stop that ended the work, if that is what happened.
    pub fn stop(&self) -> Option<secateur_program::Stop> {
        match self {
            EvaluateError::Intervals(IntervalError::Stopped(stop))
            | EvaluateError::Curve(CurveError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}

impl Predictions {
    /// Mean cost per example and metrics. `per_model` is what every example pays for the model as it is.
    ///
    /// # Errors
    /// [`MetricError`] if the examples have no targets, or are not those that were predicted.
    pub fn measure(&self, examples: DatasetView<'_>, per_model: f64) -> Result<Measured, MetricError> {
        let target = examples.target().ok_or(DataError::NoTarget)?;
        let metrics = Metrics::of(self.outputs.view(), target, examples.weights())?;
        Ok(Measured { cost: mean_cost(&self.costs, examples) + per_model, metrics })
    }
}

fn mean_cost(costs: &[f64], examples: DatasetView<'_>) -> f64 {
    let paid: f64 = costs.iter().enumerate().map(|(row, cost)| cost * examples.weight(row)).sum();
    paid / examples.total_weight()
}

impl AcquisitionModel {
    /// Mean cost and metrics on examples with targets.
    ///
    /// # Errors
    /// [`MetricError`] if the examples do not fit, or have no targets.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn measure(&self, examples: DatasetView<'_>) -> Result<Measured, MetricError> {
        self.serve(examples.x())?.measure(examples, self.cost_per_model())
    }

    /// Mean cost per example, what is paid once per model included.
    ///
    /// # Errors
    /// [`DataError`] for rows that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn mean_cost(&self, examples: DatasetView<'_>) -> Result<f64, DataError> {
        Ok(mean_cost(&self.costs(examples.x())?.per_example, examples) + self.cost_per_model())
    }
}
