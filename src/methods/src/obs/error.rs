//! What can be wrong with what second-order methods are given.

/// Why a linear layer could not be pruned by second order.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ObsError {
    /// Extents that do not go together.
    #[error("{what}: {found}, expected {expected}")]
    Extent {
        /// Which extent.
        what: &'static str,
        /// As the other argument has it.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A number that is none.
    #[error("{what} has an entry that is not finite")]
    NotFinite {
        /// Which argument.
        what: &'static str,
    },
    /// A negative damping, a fraction outside 0 to 1.
    #[error("{what} is {value}, expected {expected}")]
    Number {
        /// Which argument.
        what: &'static str,
        /// As given.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A pattern that keeps more than there is.
    #[error("pattern {n}:{m}, expected 1 <= n <= m")]
    Pattern {
        /// Kept.
        n: usize,
        /// Of.
        m: usize,
    },
    /// Second moments that cannot be inverted: fewer rows than inputs, and too little damping.
    #[error("second moments of {inputs} inputs are not positive definite with damping {damping}")]
    Singular {
        /// How many inputs.
        inputs: usize,
        /// Fraction of the mean of the diagonal that was added.
        damping: f64,
    },
    /// A column that is not there, is there twice, or is gone already.
    #[error("column {column} of {columns} cannot be removed: it is not there, or twice in the list, or gone already")]
    Column {
        /// As given.
        column: usize,
        /// How many there are.
        columns: usize,
    },
}

pub(super) fn same(what: &'static str, expected: usize, found: usize) -> Result<(), ObsError> {
    if expected == found { Ok(()) } else { Err(ObsError::Extent { what, expected, found }) }
}
