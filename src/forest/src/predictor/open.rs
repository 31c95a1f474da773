//! Opening a model.

use super::{Predictor, Served};
use crate::budget::{Budget, BudgetError, within};
use crate::budgeted::OperatingPoint;
use crate::file::{Model, ModelFile};
use crate::predict::{LazyOptions, WhenCut};
use crate::tuned::{Tuned, UnderCap};

/// Where a model is opened.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Opening {
    /// As the file says: the operating point that was chosen, or the tuned model of the largest budget.
    Stored,
    /// The dearest that costs no more, as counted on pruning data or on held-out data.
    Budget(Budget),
    /// The optimum at a trade-off, in loss per unit of cost. Not for tuned models.
    Lambda(f64),
    /// An operating point. Not for tuned models.
    Point(OperatingPoint),
    /// The whole forest. Not for tuned models.
    Unpruned,
}

impl From<Budget> for Opening {
    fn from(budget: Budget) -> Self {
        Opening::Budget(budget)
    }
}

impl From<OperatingPoint> for Opening {
    fn from(point: OperatingPoint) -> Self {
        Opening::Point(point)
    }
}

/// Why a model cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A budget that is negative or no number.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// A lambda that is negative or no number.
    #[error("lambda is {lambda}, expected a number >= 0")]
    Lambda {
        /// The lambda.
        lambda: f64,
    },
    /// A forest that was never pruned.
    #[error("the forest is not pruned: it has no operating points")]
    NotPruned,
    /// No operating point is stored.
    #[error("the model names no operating point: open it at a budget, a lambda or a point")]
    NothingStored,
    /// Tuned models have budgets, not lambdas or points.
    #[error("tuned models are opened at a budget")]
    Tuned,
    /// No tuned model is within the budget.
    #[error("no model costs {budget} or less: the cheapest cost {least} on held-out data")]
    TooDear {
        /// The limit on the mean cost.
        budget: f64,
        /// Held-out cost of the cheapest model.
        least: f64,
    },
}

impl ModelFile {
    /// Opens the model.
    ///
    /// Of tuned models, a budget gets the one that was chosen for the largest budget not above it; under a cap, the one that
    /// erred least on held-out examples ([`Tuned::under_cap`]). Files in which nothing was measured within the cap serve the
    /// dearest model that cannot cost more, or the cheapest, its policy predicting where the cap cuts.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(self, at: impl Into<Opening>) -> Result<Predictor, OpenError> {
        let Self { encoding, model } = self;
        let at = at.into();
        match model {
            Model::Forest { .. } => Err(OpenError::NotPruned),
            Model::Budgeted { forest, chosen, .. } => {
                let (point, cap) = match at {
                    Opening::Stored => (chosen.ok_or(OpenError::NothingStored)?, None),
                    Opening::Budget(budget) => (forest.at_budget(budget)?, budget.cap_limit()),
                    Opening::Lambda(lambda) => (forest.at_lambda(lambda).ok_or(OpenError::Lambda { lambda })?, None),
                    Opening::Point(point) => (point, None),
                    Opening::Unpruned => (forest.unpruned(), None),
                };
                let point = point.min(forest.unpruned());
                let options = LazyOptions { cap, ..LazyOptions::default() };
                Ok(Predictor { encoding, served: Served::Budgeted { forest: Box::new(forest), point }, options })
            }
            Model::Tuned { tuned } => {
                let budget = match at {
                    Opening::Stored => Budget::mean(tuned.largest_budget()),
                    Opening::Budget(budget) => budget.check()?,
                    Opening::Lambda(_) | Opening::Point(_) | Opening::Unpruned => return Err(OpenError::Tuned),
                };
                let (served, options) = of_tuned(tuned, budget)?;
                Ok(Predictor { encoding, served, options })
            }
        }
    }
}

impl Tuned {
    /// The largest budget that a model was chosen for; infinite if there is none.
    pub fn largest_budget(&self) -> f64 {
        self.chosen.last().map_or(f64::INFINITY, |chosen| chosen.budget)
    }
}

fn of_tuned(mut tuned: Tuned, budget: Budget) -> Result<(Served, LazyOptions), OpenError> {
    let mean = budget.mean_limit();
    let (candidate, trial, options) = match budget.cap_limit() {
        None => {
            let least = tuned.models.first().map_or(f64::NAN, |cheapest| cheapest.valid.measured.cost);
            let candidate = tuned.within(mean).ok_or(OpenError::TooDear { budget: mean, least })?;
            (candidate, None, LazyOptions::default())
        }
        Some(cap) => match tuned.under_cap(cap, mean) {
            Some(UnderCap { trial, candidate, options }) => (candidate, Some(trial.clone()), options),
            None => {
                let fits = tuned.models.iter().rev().find(|candidate| within(candidate.model.most_cost(), cap));
                let options = LazyOptions { cap: Some(cap), when_cut: WhenCut::Policy, ..LazyOptions::default() };
                (fits.unwrap_or(&tuned.models[0]), None, options)
            }
        },
    };
    let index = tuned.models.iter().position(|model| std::ptr::eq(model, candidate)).expect("one of its models");
    let candidate = Box::new(tuned.models.swap_remove(index));
    Ok((Served::Tuned { candidate, trial }, options))
}
