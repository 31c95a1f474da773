//! What can go wrong when a method prunes a network.

use secateur_program::Stop;

use super::dsa::{ImportanceError, ShareError};
use super::obs::ObsError;
use crate::levels::LevelError;
use crate::score::{CalibrateError, ScoreError};
use crate::units::UnitError;
use crate::{EvaluateError, NetworkError};

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
    /// A map that second-order pruning cannot treat.
    #[error("{map}: {error}")]
    Obs {
        /// The linear map.
        map: String,
        /// What is wrong.
        error: ObsError,
    },
    /// A share outside 0 to 1, or shares for another number of groups.
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
    /// Importances that give no shares.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// A map that the network does not have, or that is not pruned weight by weight.
    #[error("{map} is no linear map of this network whose weights can be pruned")]
    Map {
        /// As given.
        map: String,
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
    pub(super) fn of_map(map: &str) -> impl Fn(ObsError) -> MethodError {
        let map = map.to_owned();
        move |error| MethodError::Obs { map: map.clone(), error }
    }
}

/// Refuses what is no share.
pub(super) fn check_share(what: impl Fn() -> String, value: f64) -> Result<(), MethodError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(MethodError::Number { what: what(), value, expected: "0 to 1".into() }),
    }
}
