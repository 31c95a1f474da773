//! Bootstrap bands for the report: of the chosen point, and along the validation line.

use secateur_program::Control;

use super::facts::spread;
use secateur::forest::{Band, BandError, BandOptions, BudgetedForest, Curve, DatasetView, OperatingPoint, PointBands};

/// Points of the validation line that get a band.
const FRONTIER_POINTS: usize = 40;

/// How far the report's figures can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportBands {
    /// Bands of loss and cost at the chosen point.
    pub point: PointBands,
    /// Bands of the loss at points spread over the validation line, in their order; empty without answers.
    pub frontier: Vec<(OperatingPoint, Band)>,
}

impl ReportBands {
    /// Bands on the examples that `curve` was measured on.
    ///
    /// # Errors
    /// [`BandError`].
    ///
    /// # Complexity
    /// Some 40 predictions of all examples, and O(resamples x examples) for each.
    pub fn measure(
        model: &BudgetedForest,
        chosen: OperatingPoint,
        curve: &Curve,
        examples: DatasetView<'_>,
        options: &BandOptions,
        control: &Control,
    ) -> Result<Self, BandError> {
        let point = model.bands(chosen, examples, options, control)?;
        let mut frontier = Vec::new();
        if point.loss.is_some() {
            let rows = spread(curve, chosen, FRONTIER_POINTS);
            let points: Vec<OperatingPoint> = rows.into_iter().map(|row| curve.points[row].point).collect();
            let bands = model.loss_bands(&points, examples, options, control)?;
            frontier = points.into_iter().zip(bands).collect();
        }
        Ok(Self { point, frontier })
    }
}
