//! Bootstrap intervals for the report: of the chosen point, and along the validation line.

use secateur_program::Control;

use super::facts::spread;
use secateur::forest::{
    BudgetedForest, Curve, DatasetView, Interval, IntervalError, IntervalOptions, OperatingPoint, PointIntervals,
};

/// Points of the validation line that get a interval.
const FRONTIER_POINTS: usize = 40;

/// How far the report's figures can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportIntervals {
    /// Intervals of loss and cost at the chosen point.
    pub point: PointIntervals,
    /// Intervals of the loss at points spread over the validation line, in their order; empty without targets.
    pub frontier: Vec<(OperatingPoint, Interval)>,
}

impl ReportIntervals {
    /// Intervals on the examples that `curve` was measured on.
    ///
    /// # Errors
    /// [`IntervalError`].
    ///
    /// # Complexity
    /// Some 40 predictions of all examples, and O(resamples x examples) for each.
    pub fn measure(
        model: &BudgetedForest,
        chosen: OperatingPoint,
        curve: &Curve,
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Self, IntervalError> {
        let point = model.intervals(chosen, examples, options, control)?;
        let mut frontier = Vec::new();
        if point.loss.is_some() {
            let rows = spread(curve, chosen, FRONTIER_POINTS);
            let points: Vec<OperatingPoint> = rows.into_iter().map(|row| curve.points[row].point).collect();
            let intervals = model.loss_intervals(&points, examples, options, control)?;
            frontier = points.into_iter().zip(intervals).collect();
        }
        Ok(Self { point, frontier })
    }
}
