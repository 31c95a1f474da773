//! The plain text format of a program.
//!
//! ```text
//! c comments anywhere
//! p sel D R U
//! d GAIN PARENT       D lines: decision 1, 2, ...; PARENT is 1-based, 0 for none
//! r COST              R lines: resource 1, 2, ...
//! u DECISION RESOURCE U lines, both 1-based
//! ```
//!
//! Gains and costs are decimal numbers. [`read`] takes them exactly: all gains share the power of ten that makes them
//! whole, and so do all costs; [`crate::Scale`] remembers it. Some numbers have no common power of ten in 64-bit
//! integers, such as doubles written with 17 digits. [`read`] refuses them. [`read_rounded`] rounds them once, as
//! [`crate::quantise`] does, and says so.
//!
//! A unit that is no power of ten is kept by a comment of our own, `c secateur scale GAIN_UNIT COST_UNIT`, which says
//! what one integer is worth; other readers may ignore it. A byte order mark in front, blanks, tabs and carriage
//! returns do not matter. Messages about the program as a whole count ids from 0, as the rest of the crate does.

mod decimal;
mod lines;
mod write;

use std::io::BufRead;

use crate::builder::BuildError;
use crate::program::SelectionProgram;
use crate::quantise::QuantiseError;
use lines::Lines;
pub use write::write;

/// Why a text is not a program. Lines count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Reading failed.
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
    /// A line that is none of the format's.
    #[error("line {line}: expected {expected}, found `{found}`")]
    Line {
        /// Line number.
        line: usize,
        /// What the format allows there.
        expected: &'static str,
        /// The line, shortened.
        found: String,
    },
    /// No `p sel` line.
    #[error("no line `p sel D R U`")]
    NoHeader,
    /// The header's counts do not match the lines.
    #[error("the header says {expected} {what}, the file has {found}")]
    Count {
        /// "decisions", "resources" or "uses".
        what: &'static str,
        /// Count in the header.
        expected: u64,
        /// Lines found.
        found: u64,
    },
    /// An index outside 1..=count (a parent may be 0).
    #[error("line {line}: {what} {index} is outside 1..={count}")]
    Index {
        /// Line number.
        line: usize,
        /// "decision", "resource" or "parent".
        what: &'static str,
        /// The index found.
        index: u64,
        /// Number of such things.
        count: u64,
    },
    /// Numbers that 64-bit integers do not hold after all have been brought to the same power of ten.
    #[error(
        "line {line}: `{number}`: the {what} do not fit 64-bit integers in one decimal unit; fewer digits do, or rounding"
    )]
    Range {
        /// Line of the first number with the most digits, or of the one at which the sum is too large.
        line: usize,
        /// "gains" or "costs".
        what: &'static str,
        /// The number.
        number: String,
    },
    /// Numbers that cannot be rounded to one unit either.
    #[error("the {what} cannot be rounded: {error} (numbers count from 0)")]
    Quantise {
        /// "gains" or "costs".
        what: &'static str,
        /// Why.
        error: QuantiseError,
    },
    /// The program is not valid.
    #[error("{0}")]
    Build(#[from] BuildError),
}

/// How numbers were rounded: each to the nearest double, and that to the nearest multiple of a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounded {
    /// The unit, in units of the file.
    pub unit: f64,
    /// Most that a double has moved, in units of the file; 0 if all are multiples.
    pub max_error: f64,
}

/// A program, and how its numbers were rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadProgram {
    /// The program.
    pub program: SelectionProgram,
    /// How the gains were rounded; `None` if they are exact.
    pub gains: Option<Rounded>,
    /// How the costs were rounded; `None` if they are exact.
    pub costs: Option<Rounded>,
}

/// Reads a program exactly. Memory is proportional to the bytes read, whatever the header claims.
///
/// # Errors
/// [`FormatError`] names the line and what is wrong with it.
pub fn read(reader: impl BufRead) -> Result<SelectionProgram, FormatError> {
    Ok(Lines::read(reader)?.build(false)?.program)
}

/// Reads a program. Gains, or costs, that have no common decimal unit in 64-bit integers are rounded as
/// [`crate::quantise`] does.
///
/// # Errors
/// [`FormatError`] names the line and what is wrong with it.
pub fn read_rounded(reader: impl BufRead) -> Result<ReadProgram, FormatError> {
    Lines::read(reader)?.build(true)
}

#[cfg(test)]
mod tests;
