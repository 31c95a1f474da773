//! The integer program: the same rows, solved by branch and bound.

use secateur_program::{Multiplier, Selection, SelectionProgram, objective};

use crate::coefficients::Coefficients;
use crate::model::{Kind, run};
use crate::{HighsError, HighsOptions, Point, Status};

/// Answer to the integer program.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MipSolution {
    /// Whether HiGHS finished; at [`Status::TimeLimit`] the rest is its incumbent, or nothing selected without one.
    pub status: Status,
    /// The point as HiGHS gave it.
    pub point: Point,
    /// The point rounded to a closed set.
    pub selection: Selection,
    /// Objective of the selection times lambda's denominator, recomputed in integers.
    pub objective: i128,
}

/// Solves the integer program at `lambda`, to an absolute gap below one unit of the scaled (integer) objective.
///
/// Among equally good selections any may be returned.
///
/// # Errors
/// As [`crate::solve_lp`].
pub fn solve_mip(
    program: &SelectionProgram,
    lambda: Multiplier,
    options: &HighsOptions,
) -> Result<MipSolution, HighsError> {
    let coefficients = Coefficients::new(program, lambda)?;
    let outcome = run(program, &coefficients, Kind::Integer, options)?;
    let selection = outcome.point.selection(program);
    let objective = objective(program, &selection, lambda);
    Ok(MipSolution { status: outcome.status, point: outcome.point, selection, objective })
}
