//! A whole evaluation, with its intervals.

use secateur_program::Control;

use super::{JudgeError, Judged, Measured};
use crate::bands::{BandOptions, bands};
use crate::examples::{ExampleError, Examples};
use crate::metrics::{ExampleLoss, Metrics, example_losses};
use crate::staged::StagedForest;

impl StagedForest {
    /// Metrics, cost, bands and acquisitions on examples with answers.
    ///
    /// # Errors
    /// [`JudgeError`].
    ///
    /// # Complexity
    /// O(rows x (trees x depth + resamples)), parallel.
    pub fn judge(
        &self,
        examples: Examples<'_>,
        options: &BandOptions,
        control: &Control,
    ) -> Result<Judged, JudgeError> {
        let (x, weights) = (examples.x(), examples.weights());
        let target = examples.target().ok_or(ExampleError::NoTarget)?;
        let outputs = self.predict(x)?;
        let metrics = Metrics::of(outputs.view(), target, weights)?;
        let losses = example_losses(outputs.view(), target, ExampleLoss::default_for(target))?;
        let mut costs = self.costs(x)?.per_example;
        let per_model = self.cost_per_model();
        costs.iter_mut().for_each(|cost| *cost += per_model);
        let [loss, cost] = bands(&[&losses, &costs], weights, options, control)?[..] else {
            unreachable!("one band per vector");
        };
        let acquired = self.acquired(examples, control)?;
        Ok(Judged { measured: Measured { cost: cost.mean, metrics }, loss, cost, acquired })
    }
}
