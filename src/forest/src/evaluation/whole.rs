//! A whole evaluation, with its intervals.

use secateur_program::Control;

use super::{EvaluateError, Evaluation, Measured};
use crate::acquisition::AcquisitionModel;
use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::intervals::{IntervalOptions, intervals};
use crate::loss::Loss;
use crate::metrics::{Metrics, example_losses};
use crate::predict::Predictions;
use secateur_datasets::{DataError, DatasetView};

impl Predictions {
    /// Metrics, cost, intervals and acquisitions. `per_model` is what every example pays for the model as it is.
    ///
    /// # Errors
    /// [`EvaluateError`] if the examples have no targets, or are not those that were predicted.
    ///
    /// # Complexity
    /// O(rows x resamples), parallel.
    pub fn evaluate(
        &self,
        examples: DatasetView<'_>,
        per_model: f64,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Evaluation, EvaluateError> {
        let weights = examples.weights();
        let target = examples.target().ok_or(DataError::NoTarget)?;
        let metrics = Metrics::of(self.outputs.view(), target, weights)?;
        let losses = example_losses(self.outputs.view(), target, Loss::of_predictions(target))?;
        let costs: Vec<f64> = self.costs.iter().map(|cost| cost + per_model).collect();
        let [loss, cost] = intervals(&[&losses, &costs], weights, options, control)?[..] else {
            unreachable!("one interval per vector");
        };
        let acquired = self.acquired.fractions(weights);
        Ok(Evaluation { measured: Measured { cost: cost.mean, metrics }, loss, cost, acquired })
    }
}

impl AcquisitionModel {
    /// Metrics, cost, intervals and acquisitions on examples with targets.
    ///
    /// # Errors
    /// [`EvaluateError`].
    ///
    /// # Complexity
    /// O(rows x (trees x depth + resamples)), parallel.
    pub fn evaluate(
        &self,
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Evaluation, EvaluateError> {
        self.serve(examples.x())?.evaluate(examples, self.cost_per_model(), options, control)
    }
}

impl BudgetedForest {
    /// Metrics, cost, intervals and acquisitions at an operating point, on examples with targets.
    ///
    /// # Errors
    /// [`EvaluateError`].
    ///
    /// # Complexity
    /// O(rows x (trees x depth + resamples)), parallel.
    pub fn evaluate(
        &self,
        point: OperatingPoint,
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Evaluation, EvaluateError> {
        self.forest().check(examples)?;
        self.serve(examples.x(), point)?.evaluate(examples, self.cost_per_model(point), options, control)
    }
}
