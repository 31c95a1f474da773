//! What a model is worth on a set of examples: metrics, cost, how far both can be trusted, and what was acquired.

#[cfg(feature = "intervals")]
mod whole;

use secateur_program::Control;
use serde::{Deserialize, Serialize};

use super::bands::{Band, BandError};
use super::budgeted::BudgetedForest;
use super::curve::CurveError;
use super::examples::{ExampleError, Examples};
use super::metrics::{MetricError, Metrics};
use super::staged::StagedForest;

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
pub struct Judged {
    /// Mean cost per example and metrics.
    pub measured: Measured,
    /// The loss that such models are judged by (error, or squared error) with its bootstrap band.
    pub loss: Band,
    /// The cost with its bootstrap band, from the same resamples.
    pub cost: Band,
    /// Share of examples (by weight) for which each source is acquired, shape (n_sources,).
    pub acquired: Vec<f64>,
}

/// Why a model cannot be judged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// The examples do not fit the model, or have no answers.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// No band can be drawn.
    #[error(transparent)]
    Bands(#[from] BandError),
    /// Acquisitions could not be counted.
    #[error(transparent)]
    Curve(#[from] CurveError),
}

impl From<ExampleError> for JudgeError {
    fn from(error: ExampleError) -> Self {
        JudgeError::Metrics(error.into())
    }
}

impl JudgeError {
    /// What is wrong with the examples, if that is what happened.
    pub fn examples(&self) -> Option<&ExampleError> {
        match self {
            JudgeError::Metrics(MetricError::Examples(error))
            | JudgeError::Bands(BandError::Examples(error))
            | JudgeError::Curve(CurveError::Examples(error)) => Some(error),
            _ => None,
        }
    }

    /// The stop that ended the work, if that is what happened.
    pub fn stop(&self) -> Option<secateur_program::Stop> {
        match self {
            JudgeError::Bands(BandError::Stopped(stop)) | JudgeError::Curve(CurveError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}

impl StagedForest {
    /// Share of examples (by weight) for which each source is acquired, shape (n_sources,).
    ///
    /// # Errors
    /// [`CurveError`]: examples that do not fit, or a stop.
    ///
    /// # Complexity
    /// O(rows x policy trees x depth), parallel.
    pub fn acquired(&self, examples: Examples<'_>, control: &Control) -> Result<Vec<f64>, CurveError> {
        let policy = BudgetedForest::whole(self.policy().clone(), self.prices().clone())
            .expect("a staged forest has prices for its features");
        let curve = policy.curve(Examples::unlabelled(examples.x(), examples.weights())?, control)?;
        Ok(curve.acquired.row(curve.acquired.nrows() - 1).to_vec())
    }
}

impl StagedForest {
    /// Mean cost and metrics on examples with answers.
    ///
    /// # Errors
    /// [`MetricError`] if the examples do not fit, or have no answers.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn measure(&self, examples: Examples<'_>) -> Result<Measured, MetricError> {
        let target = examples.target().ok_or(ExampleError::NoTarget)?;
        let outputs = self.predict(examples.x())?;
        let metrics = Metrics::of(outputs.view(), target, examples.weights())?;
        Ok(Measured { cost: self.mean_cost(examples)?, metrics })
    }

    /// Mean cost per example, what is paid once per model included.
    ///
    /// # Errors
    /// [`ExampleError`] for rows that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn mean_cost(&self, examples: Examples<'_>) -> Result<f64, ExampleError> {
        let costs = self.costs(examples.x())?.per_example;
        let paid: f64 = costs.iter().enumerate().map(|(row, cost)| cost * examples.weight(row)).sum();
        Ok(paid / examples.total_weight() + self.cost_per_model())
    }
}
