//! Bands at operating points of a budgeted forest.

use serde::{Deserialize, Serialize};

use super::Band;

/// How far the figures of an operating point can be trusted, from one set of resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PointBands {
    /// Probability that each band is to cover.
    pub level: f64,
    /// Number of resamples.
    pub resamples: usize,
    /// The loss that the forest is judged by (error, or squared error); `None` without answers.
    pub loss: Option<Band>,
    /// Mean cost per example.
    pub cost: Band,
    /// Loss minus that of the unpruned forest on the same examples; `None` without answers.
    pub loss_above_unpruned: Option<Band>,
    /// Cost minus that of the unpruned forest on the same examples.
    pub cost_above_unpruned: Band,
}
