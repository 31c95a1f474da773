//! The integer program: the same rows, solved by branch and bound, with hard limits or without.

use secateur_program::{Limit, LimitError, Multiplier, Selection, SelectionProgram, Status, objective};

use crate::coefficients::{Coefficients, check_limit};
use crate::model::{Kind, run};
use crate::{HighsError, HighsOptions, Point};

/// Answer to the integer program.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MipSolution {
    /// The point rounded to a closed set; nothing selected if HiGHS has no point.
    pub selection: Selection,
    /// Its gain, in the program's integers.
    pub gain: i64,
    /// Its cost, in the program's integers.
    pub cost: i64,
    /// Its objective times lambda's denominator, recomputed in integers; the gain where there are limits in place of
    /// lambda.
    pub objective: i128,
    /// HiGHS's bound on the objective of every selection, rounded down, up to its tolerance. It is computed in doubles,
    /// so it is a claim and not a proof. `None` if HiGHS has no bound.
    pub bound: Option<i128>,
    /// How HiGHS ended. [`Status::Optimal`] means that HiGHS claims optimality and that the selection attains its
    /// bound. If only the first holds, the status is [`Status::WithinTolerance`].
    pub status: Status,
    /// The point as HiGHS gave it.
    pub point: Point,
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
    solve(program, lambda, &[], options)
}

/// Solves the integer program of most gain under hard limits: `max sum_v g_v x_v`, one row per limit, no lambda.
///
/// The selection keeps every limit in integers. Among equally good selections any may be returned, whatever it costs.
///
/// # Errors
/// As [`crate::solve_lp`]; also [`HighsError::LimitNumber`] for a weight of 10^15 or more or a limit beyond 2^53,
/// [`HighsError::Limit`] for a limit of another program, and [`HighsError::Exceeded`] if HiGHS's answer keeps a limit
/// only up to its tolerance.
pub fn solve_mip_within(
    program: &SelectionProgram,
    limits: &[Limit],
    options: &HighsOptions,
) -> Result<MipSolution, HighsError> {
    solve(program, Multiplier::ZERO, limits, options)
}

fn solve(
    program: &SelectionProgram,
    lambda: Multiplier,
    limits: &[Limit],
    options: &HighsOptions,
) -> Result<MipSolution, HighsError> {
    let coefficients = Coefficients::new(program, lambda)?;
    for (index, limit) in limits.iter().enumerate() {
        check_shape(program, index, limit)?;
        check_limit(index, limit)?;
    }
    let outcome = run(program, &coefficients, limits, Kind::Integer, options)?;
    let selection = outcome.point.selection(program);
    if let Some((index, limit)) = limits.iter().enumerate().find(|(_, limit)| !limit.allows(&selection)) {
        return Err(HighsError::Exceeded { limit: index, used: limit.used(&selection), most: limit.most() });
    }
    let objective = objective(program, &selection, lambda);
    // No objective leaves 2^117: coefficients are at most 2^53 and there are fewer than 2^33 of them.
    let bound = outcome.bound.map(|bound| (bound + TOLERANCE * bound.abs().max(1.0)).floor() as i128);
    let attained = bound.is_some_and(|bound| bound <= objective);
    let status = if outcome.status == Status::Optimal && !attained { Status::WithinTolerance } else { outcome.status };
    Ok(MipSolution {
        gain: selection.gain(program),
        cost: selection.cost(program),
        objective,
        bound,
        status,
        selection,
        point: outcome.point,
    })
}

/// HiGHS's bound may be wrong by this, relative to its size: its feasibility tolerance.
const TOLERANCE: f64 = 1e-7;

fn check_shape(program: &SelectionProgram, index: usize, limit: &Limit) -> Result<(), HighsError> {
    let shapes = [
        ("decisions", limit.per_decision().len(), program.n_decisions()),
        ("resources", limit.per_resource().len(), program.n_resources()),
    ];
    match shapes.into_iter().find(|(_, found, expected)| found != expected) {
        None => Ok(()),
        Some((what, found, expected)) => {
            Err(HighsError::Limit { limit: index, error: LimitError::Length { what, found, expected } })
        }
    }
}
