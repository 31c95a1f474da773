//! Why tuning failed.

use secateur_program::Stop;

use crate::grow::GrowError;
use crate::loss::LossError;
use crate::prune::PruneError;
use crate::refit::RefitError;
use secateur_forest::intervals::IntervalError;
use secateur_forest::metrics::MetricError;
use secateur_forest::{AcquisitionError, BudgetedError, CurveError, DataError, ForestError};

/// Why tuning failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// The examples are malformed or have no targets.
    #[error(transparent)]
    Examples(#[from] DataError),
    /// A budget that is negative or no number.
    #[error("the budget {budget} is not a number >= 0")]
    Budget {
        /// The budget.
        budget: f64,
    },
    /// The prices are for another number of features.
    #[error("the prices cover {found} features, the examples have {expected}")]
    Prices {
        /// Features of the price list.
        found: usize,
        /// Features of the examples.
        expected: usize,
    },
    /// A forest could not be grown.
    #[error(transparent)]
    Grow(#[from] GrowError),
    /// A forest could not be pruned.
    #[error(transparent)]
    Prune(#[from] PruneError),
    /// Predictions could not be evaluated.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// Leaves could not be refitted.
    #[error(transparent)]
    Refit(#[from] RefitError),
    /// Stopped before anything could be chosen.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// A model that was put together is not valid: a defect of this library.
    #[error("a model put together while tuning is not valid, please report this: {message}")]
    Defect {
        /// What is wrong with it.
        message: String,
    },
}

macro_rules! defects {
    ($($error:ty),*) => {$(
        impl From<$error> for TuneError {
            fn from(error: $error) -> Self {
                TuneError::Defect { message: error.to_string() }
            }
        }
    )*};
}

defects!(AcquisitionError, ForestError, LossError, IntervalError, BudgetedError);

impl From<CurveError> for TuneError {
    fn from(error: CurveError) -> Self {
        match error {
            CurveError::Stopped(stop) => TuneError::Stopped(stop),
            CurveError::Examples(error) => TuneError::Examples(error),
            other => TuneError::Defect { message: other.to_string() },
        }
    }
}

impl TuneError {
    /// The stop that ended the work, if that is what happened.
    pub fn stop(&self) -> Option<Stop> {
        match self {
            TuneError::Stopped(stop) | TuneError::Grow(GrowError::Stopped(stop)) => Some(*stop),
            TuneError::Prune(error) => PruneError::stop(error),
            TuneError::Refit(RefitError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}
