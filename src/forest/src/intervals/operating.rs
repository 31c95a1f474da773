//! Intervals at operating points of a budgeted forest.

use serde::{Deserialize, Serialize};

use super::Interval;

/// How far the figures of an operating point can be trusted, from one set of resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PointIntervals {
    /// Probability that each interval is to cover.
    pub level: f64,
    /// Number of resamples.
    pub resamples: usize,
    /// The loss that the forest is evaluated by (error, or squared error); `None` without targets.
    pub loss: Option<Interval>,
    /// Mean cost per example.
    pub cost: Interval,
    /// Loss minus that of the unpruned forest on the same examples; `None` without targets.
    pub loss_above_unpruned: Option<Interval>,
    /// Cost minus that of the unpruned forest on the same examples.
    pub cost_above_unpruned: Interval,
}
