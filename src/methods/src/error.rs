//! What can go wrong when a method prunes a network.

use secateur_neural::levels::LevelError;
use secateur_neural::score::{CalibrateError, ScoreError};
use secateur_neural::units::UnitError;
use secateur_neural::{EvaluateError, NetworkError};
use secateur_program::Stop;

use super::dsa::{FractionError, ImportanceError};
use super::obs::ObsError;

/// Why a method failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// Calibration data that do not fit, or a limit.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// Data that do not fit, or a limit.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// Scores that could not be computed.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// Units that do not fit.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// Weights that do not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Levels, or a budget that they cannot keep.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// A linear layer that second-order pruning cannot treat.
    #[error("{linear}: {error}")]
    Obs {
        /// The linear layer.
        linear: String,
        /// What is wrong.
        error: ObsError,
    },
    /// A fraction outside 0 to 1, or fractions for another number of groups.
    #[error("{what}: {value}, expected {expected}")]
    Number {
        /// Which argument.
        what: String,
        /// As given.
        value: f64,
        /// What it may be.
        expected: String,
    },
    /// Importances of blocks that are no numbers, or a stop.
    #[error(transparent)]
    Importance(#[from] ImportanceError),
    /// Importances that give no fractions.
    #[error(transparent)]
    Fraction(#[from] FractionError),
    /// A linear layer that the network does not have, or that is not pruned weight by weight.
    #[error("{linear} is no linear layer of this network whose weights can be pruned")]
    Linear {
        /// As given.
        linear: String,
    },
    /// A network without what a method prunes.
    #[error("{method} prunes {what}, and the network has none")]
    Nothing {
        /// The method.
        method: &'static str,
        /// What it prunes.
        what: &'static str,
    },
    /// A plan or a table made for another network.
    #[error("{what}: {found}, expected {expected} as the network has it")]
    Other {
        /// Which size, and of which block.
        what: String,
        /// As given.
        found: usize,
        /// As the network has it.
        expected: usize,
    },
}

impl MethodError {
    /// The limit that ended the work, if that is all that is wrong.
    pub fn stop(&self) -> Option<Stop> {
        match self {
            MethodError::Evaluate(EvaluateError::Stopped(stop))
            | MethodError::Calibrate(CalibrateError::Evaluate(EvaluateError::Stopped(stop)))
            | MethodError::Importance(ImportanceError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }

    /// For `map_err`.
    pub(super) fn of_linear(linear: &str) -> impl Fn(ObsError) -> MethodError {
        let linear = linear.to_owned();
        move |error| MethodError::Obs { linear: linear.clone(), error }
    }
}

/// Refuses what is no fraction.
pub(super) fn check_fraction(what: impl Fn() -> String, value: f64) -> Result<(), MethodError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(MethodError::Number { what: what(), value, expected: "0 to 1".into() }),
    }
}
