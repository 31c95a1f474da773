//! Choosing an operating point from a curve. The curve should be of validation data, never of test data.

use super::budget::{Budget, within};
use serde::{Deserialize, Serialize};

use super::budgeted::OperatingPoint;
use super::curve::{Curve, CurvePoint};

/// How to choose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// The last point whose mean cost is at most this: spend the budget.
    Budget(f64),
    /// Among points whose mean cost is at most this, the one of smallest loss (ties: the cheapest).
    BestWithin(f64),
    /// The cheapest point whose loss exceeds the smallest one by at most this much. `0.0`: the smallest loss.
    Loss {
        /// Loss that may be given up for a lower cost, in units of the loss.
        tolerance: f64,
    },
}

/// Why nothing could be chosen.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// A budget or tolerance that is negative or NaN.
    #[error("{what} is {value}, expected a number >= 0")]
    BadNumber {
        /// "budget" or "tolerance".
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// A curve of data without targets has no losses to choose by.
    #[error("the data has no targets to choose by")]
    NoLoss,
}

impl Curve {
    /// Chooses an operating point. A budget below the cost of the first point gives that point (nothing, or only what is
    /// free, is kept); one above the last gives the last.
    ///
    /// # Errors
    /// [`ChoiceError`].
    pub fn choose(&self, choice: Choice) -> Result<OperatingPoint, ChoiceError> {
        let number = |what, value: f64| {
            if value >= 0.0 { Ok(value) } else { Err(ChoiceError::BadNumber { what, value }) }
        };
        let affordable = |budget: f64| {
            let within = self.points.iter().take_while(|point| within(point.cost, budget)).count();
            &self.points[..within.max(1)]
        };
        let best = |points: &[CurvePoint], tolerance: f64| {
            let losses: Option<Vec<f64>> = points.iter().map(CurvePoint::loss).collect();
            let losses = losses.ok_or(ChoiceError::NoLoss)?;
            let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
            let first = losses.iter().position(|loss| *loss <= least + tolerance).unwrap_or(0);
            Ok(points[first].point)
        };
        match choice {
            Choice::Budget(budget) => {
                let points = affordable(number("budget", budget)?);
                Ok(points[points.len() - 1].point)
            }
            Choice::BestWithin(budget) => best(affordable(number("budget", budget)?), 0.0),
            Choice::Loss { tolerance } => best(&self.points, number("tolerance", tolerance)?),
        }
    }

    /// The point of least loss among those whose mean cost is within the budget; the first point, if none is.
    ///
    /// # Errors
    /// [`ChoiceError`].
    pub fn best_within(&self, budget: Budget) -> Result<OperatingPoint, ChoiceError> {
        self.choose(Choice::BestWithin(budget.mean_limit()))
    }

    /// The entry of an operating point.
    pub fn at(&self, point: OperatingPoint) -> &CurvePoint {
        &self.points[(point.0 as usize).min(self.points.len() - 1)]
    }
}
