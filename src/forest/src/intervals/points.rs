//! Intervals at operating points, computed.

use secateur_program::Control;

use super::{Interval, IntervalError, IntervalOptions, PointIntervals, intervals};
use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::metrics::PerExample;
use secateur_datasets::{DataError, DatasetView};

/// Draws of numbers that intervals of operating points may take: with many examples the number of resamples falls, to 200 at least.
const MOST_DRAWS: usize = 200_000_000;
const FEWEST_RESAMPLES: usize = 200;

impl BudgetedForest {
    /// Intervals of loss and cost at an operating point, and of their differences to the unpruned forest. Prices per model and per
    /// node are constants: they move the intervals and do not widen them.
    ///
    /// With more than 50,000 examples there are fewer resamples than asked for, but at least 200.
    ///
    /// # Errors
    /// [`IntervalError`].
    ///
    /// # Complexity
    /// Two predictions of all examples, and O(resamples x examples).
    pub fn intervals(
        &self,
        point: OperatingPoint,
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<PointIntervals, IntervalError> {
        let here = self.per_example(point, examples)?;
        control.check()?;
        let unpruned = self.per_example(self.unpruned(), examples)?;
        let minus = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let PerExample { losses, costs, .. } = here;
        let cost_above = minus(&costs, &unpruned.costs);
        let loss_above = losses.as_ref().zip(unpruned.losses.as_ref()).map(|(here, whole)| minus(here, whole));
        let mut columns: Vec<&[f64]> = vec![&costs, &cost_above];
        columns.extend(losses.as_deref());
        columns.extend(loss_above.as_deref());
        let options = within_effort(options, costs.len() * columns.len());
        let found = intervals(&columns, examples.weights(), &options, control)?;
        Ok(PointIntervals {
            level: options.level,
            resamples: options.resamples,
            loss: found.get(2).copied(),
            cost: found[0],
            loss_above_unpruned: found.get(3).copied(),
            cost_above_unpruned: found[1],
        })
    }

    /// The interval of the loss at each of some operating points, from the same resamples: pointwise, not for all points at once.
    ///
    /// # Errors
    /// [`IntervalError`], also for examples without targets.
    ///
    /// # Complexity
    /// For each point one prediction of all examples and O(resamples x examples); memory O(points x examples).
    pub fn loss_intervals(
        &self,
        points: &[OperatingPoint],
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Vec<Interval>, IntervalError> {
        let losses = |&point: &OperatingPoint| {
            control.check()?;
            self.per_example(point, examples)?.losses.ok_or(DataError::NoTarget.into())
        };
        let losses: Vec<Vec<f64>> = points.iter().map(losses).collect::<Result<_, IntervalError>>()?;
        let columns: Vec<&[f64]> = losses.iter().map(Vec::as_slice).collect();
        let options = within_effort(options, examples.len() * columns.len());
        intervals(&columns, examples.weights(), &options, control)
    }
}

/// Fewer resamples where one of them is a lot of work.
fn within_effort(options: &IntervalOptions, draws: usize) -> IntervalOptions {
    let affordable = (MOST_DRAWS / draws.max(1)).max(FEWEST_RESAMPLES);
    IntervalOptions { resamples: options.resamples.min(affordable), ..*options }
}
