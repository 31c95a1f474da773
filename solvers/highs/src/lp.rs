//! The linear relaxation: an optimal point, and duals that prove it.

use secateur_program::{Flow, Multiplier, SelectionProgram, Solution, Status};

use crate::coefficients::Coefficients;
use crate::model::{Kind, run};
use crate::{HighsError, HighsOptions, Point};

/// Distance from an integer up to which HiGHS's answer counts as that integer (its feasibility tolerance is 1e-7).
const INTEGRAL: f64 = 1e-6;

/// Amounts of a rounded flow are cut here, so that no sum of 2^32 of them leaves 128 bits.
const MAX_AMOUNT: f64 = (1u128 << 90) as f64;

/// Duals of the rows as HiGHS gave them; see the crate's page for their sign.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Duals {
    /// u_v of the row `x_v <= x_p`; shape (D,), zero for a decision without parent.
    pub requires: Vec<f64>,
    /// w_vr of the row `x_v <= y_r`; shape (U,), in the order of [`SelectionProgram::pairs`].
    pub uses: Vec<f64>,
}

impl Duals {
    /// The nearest flow of non-negative integers, in units of 1/den of lambda.
    pub fn to_flow(&self) -> Flow {
        let rounded = |duals: &[f64]| -> Vec<i128> {
            duals.iter().map(|dual| dual.round().clamp(0.0, MAX_AMOUNT) as i128).collect()
        };
        Flow { requires: rounded(&self.requires).into(), uses: rounded(&self.uses).into() }
    }
}

/// Answer to the linear relaxation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LpSolution {
    /// The point rounded to a closed set, and the duals rounded to a flow, with objective and bound recomputed in
    /// integers.
    ///
    /// The status is [`Status::Optimal`] only if they prove each other; [`Status::WithinTolerance`] if HiGHS says
    /// optimal and the integers do not meet.
    pub solution: Solution,
    /// The point as HiGHS gave it.
    pub point: Point,
    /// Duals as HiGHS gave them.
    pub duals: Duals,
}

impl LpSolution {
    /// Whether every value is an integer up to 1e-6.
    pub fn is_integral(&self) -> bool {
        self.point.max_fraction() <= INTEGRAL
    }
}

/// Solves the linear relaxation at `lambda`.
///
/// Among equally good selections any may be returned.
///
/// # Errors
/// [`HighsError`] for an infinite multiplier, coefficients beyond 2^53, programs beyond 32-bit indices, a bad number of
/// threads, and whatever HiGHS gives up on. A time limit is a [`Status`].
pub fn solve_lp(
    program: &SelectionProgram,
    lambda: Multiplier,
    options: &HighsOptions,
) -> Result<LpSolution, HighsError> {
    let coefficients = Coefficients::new(program, lambda)?;
    let outcome = run(program, &coefficients, &[], Kind::Relaxation, options)?;
    let duals = by_pair(program, &outcome.row_duals);
    let selection = outcome.point.selection(program);
    let mut solution = Solution::new(program, lambda, selection, duals.to_flow(), outcome.status)?;
    if outcome.status == Status::Optimal && !solution.is_proven() {
        solution.status = Status::WithinTolerance;
    }
    Ok(LpSolution { solution, point: outcome.point, duals })
}

/// Row duals (requires rows by child, then uses rows) as one entry per decision and one per uses pair.
fn by_pair(program: &SelectionProgram, row_duals: &[f64]) -> Duals {
    let (mut rows, uses) = {
        let (requires, uses) = row_duals.split_at(row_duals.len() - program.n_uses());
        (requires.iter().copied(), uses.to_vec())
    };
    let requires = program
        .decisions()
        .map(|v| program.parent(v).map_or(0.0, |_| rows.next().expect("one row per decision with a parent")))
        .collect();
    Duals { requires, uses }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_rounded_non_negative_and_bounded() {
        let duals = Duals { requires: vec![-1e-9, 2.0 - 1e-9, f64::NAN], uses: vec![-3.0, 1e40, f64::INFINITY] };
        let flow = duals.to_flow();
        assert_eq!([0, 1, 2].map(|v| flow.requires.get(v)), [0, 2, 0]);
        assert_eq!([0, 1, 2].map(|pair| flow.uses.get(pair)), [0, 1 << 90, 1 << 90]);
    }
}
