//! What can be wrong with units.

use secateur_program::{BuildError, LimitError, QuantiseError};

use crate::NetworkError;

/// Errors of units and their lowering.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// No such group.
    #[error("group {index}, but there are {groups}")]
    Group {
        /// As given.
        index: usize,
        /// How many there are.
        groups: usize,
    },
    /// Tiles of nothing.
    #[error("{group}: tiles of 0 units")]
    Tile {
        /// The group.
        group: String,
    },
    /// Numbers for another number of units or groups.
    #[error("{what} has {found} numbers, expected {expected}")]
    Length {
        /// What was given.
        what: String,
        /// As the units have it.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A cost below zero, or no number.
    #[error("{group}: cost {cost} of unit {unit}, expected a number >= 0")]
    Cost {
        /// The group.
        group: String,
        /// The unit.
        unit: usize,
        /// As given.
        cost: f64,
    },
    /// A gain that is no number.
    #[error("{group}: gain {gain} of unit {unit}, expected a finite number")]
    Gain {
        /// The group.
        group: String,
        /// The unit.
        unit: usize,
        /// As given.
        gain: f64,
    },
    /// A budget below zero, or no number.
    #[error("budget {budget}, expected a number >= 0")]
    Budget {
        /// As given.
        budget: f64,
    },
    /// A unit stays without what it needs.
    #[error("{group}: unit {unit} stays, but unit {needed} of {on} that it needs does not")]
    Need {
        /// The group.
        group: String,
        /// The unit.
        unit: usize,
        /// The group needed.
        on: String,
        /// The unit needed.
        needed: usize,
    },
    /// A group whose units must all go or stay for the network to run.
    #[error("{group}: no unit is left, and the network cannot run without")]
    Nothing {
        /// The group.
        group: String,
    },
    /// Numbers that do not become integers.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// More than 2^32 units.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A budget that does not go into integers.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// What is left makes no network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
