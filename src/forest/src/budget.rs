//! [`Budget`]: what predictions may cost, and the one comparison of a cost with a limit.

use serde::{Deserialize, Serialize};

/// Room for rounding in the sums of prices that a cost is, relative to the limit.
const ROUNDING: f64 = 1e-12;

/// Whether a cost is within a limit, up to the rounding of the sums of prices that costs are. False if either is NaN.
///
/// Every comparison of a cost with a budget or a cap is this one.
///
/// ```
/// use secateur_forest::within;
///
/// assert!(within(0.1 + 0.2, 0.3)); // 0.30000000000000004
/// assert!(!within(0.3001, 0.3));
/// ```
#[inline]
pub fn within(cost: f64, limit: f64) -> bool {
    cost <= limit * (1.0 + ROUNDING)
}

/// What predictions may cost, in the unit of the prices: on average over examples, for every single example, or both.
///
/// ```
/// use secateur_forest::Budget;
///
/// let budget = Budget::mean(5.0).with_cap(12.0);
/// assert!(budget.allows_mean(5.0) && !budget.allows_example(12.5));
/// assert!(Budget::mean(f64::NAN).check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    mean: f64,
    cap: f64,
}

/// A budget that is negative or no number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("the {what} is {amount}, expected a number >= 0")]
pub struct BudgetError {
    /// "budget" or "cap".
    pub what: &'static str,
    /// The amount given.
    pub amount: f64,
}

impl Budget {
    /// Whatever it costs.
    pub const UNLIMITED: Self = Self { mean: f64::INFINITY, cap: f64::INFINITY };

    /// A limit on the mean cost per example.
    pub const fn mean(amount: f64) -> Self {
        Self { mean: amount, cap: f64::INFINITY }
    }

    /// A hard limit on the cost of every single example.
    pub const fn cap(amount: f64) -> Self {
        Self { mean: f64::INFINITY, cap: amount }
    }

    /// The same limit on the mean, and a hard limit on every single example.
    #[must_use]
    pub const fn with_cap(self, amount: f64) -> Self {
        Self { cap: amount, ..self }
    }

    /// The limit on the mean cost per example; infinite if there is none.
    pub const fn mean_limit(self) -> f64 {
        self.mean
    }

    /// The limit on the cost of every single example, if there is one.
    pub fn cap_limit(self) -> Option<f64> {
        (self.cap != f64::INFINITY).then_some(self.cap)
    }

    /// Whether a mean cost per example is within the budget.
    pub fn allows_mean(self, cost: f64) -> bool {
        within(cost, self.mean)
    }

    /// Whether a single example may cost so much.
    pub fn allows_example(self, cost: f64) -> bool {
        within(cost, self.cap)
    }

    /// The budget itself if its limits are numbers >= 0, infinity included.
    ///
    /// # Errors
    /// [`BudgetError`] names the limit that is not.
    pub fn check(self) -> Result<Self, BudgetError> {
        for (what, amount) in [("budget", self.mean), ("cap", self.cap)] {
            if amount.is_nan() || amount < 0.0 {
                return Err(BudgetError { what, amount });
            }
        }
        Ok(self)
    }
}

impl Default for Budget {
    /// [`Budget::UNLIMITED`].
    fn default() -> Self {
        Self::UNLIMITED
    }
}
