//! The program at one lambda in the formats of other solvers: maximum flow (DIMACS), linear and integer programs (LP,
//! MPS).
//!
//! At lambda = num/den everything is taken times den, so that all numbers are integers:
//!
//! | format | coefficients | limit | objective |
//! |---|---|---|---|
//! | [`dimacs`] | capacities `den |g_v|`, `num c_r` | `i64::MAX` | optimum = `den` * positive gains - maximum flow |
//! | [`lp`] | `den g_v`, `- num c_r` | 2^53 | maximised |
//! | [`mps`] | `- den g_v`, `num c_r` | 2^53 | minimised, as MPS does by default: the optimum's negative |
//!
//! Beyond 2^53 readers that parse numbers as doubles are not exact. A number beyond its limit is an [`ExportError`] and
//! never rounded; [`nearest_in_doubles`] gives a lambda that fits.
//!
//! Decision v is the variable `x{v+1}`, resource r is `y{r+1}`. The row of a requires pair is `p{v+1}`, by its child;
//! that of a uses pair is `u{k+1}`, by its position k in [`crate::SelectionProgram::pairs`].

mod dimacs;
mod lp;
mod mps;
#[cfg(test)]
mod tests;

pub use dimacs::dimacs;
pub use lp::lp;
pub use mps::mps;

use crate::multiplier::Multiplier;
use crate::program::{DecisionId, ResourceId, SelectionProgram};

/// Whether variables may be fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// `0 <= x, y <= 1`: the linear relaxation. Its optimal vertices are integral.
    Relaxed,
    /// `x, y in {0, 1}`.
    Binary,
}

/// Why a program was not written. What was written before stands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Writing failed.
    #[error("cannot write: {0}")]
    Io(#[from] std::io::Error),
    /// At an infinite multiplier the scaled objective would forget the gains.
    #[error("lambda is infinite; the formats need a finite one")]
    InfiniteMultiplier,
    /// A number that the format, or its readers, cannot hold exactly.
    #[error("{what} {index}: {value} exceeds {limit}, the most that is exact in this format")]
    Number {
        /// "decision" or "resource".
        what: &'static str,
        /// Its id, from 0.
        index: u32,
        /// The number: den * gain, or num * cost.
        value: i128,
        /// The largest absolute value.
        limit: i64,
    },
    /// The capacity that acts as infinite does not fit.
    #[error("the positive gains times {den} sum to {sum}; one more must be at most {}", i64::MAX)]
    Unbounded {
        /// Lambda's denominator.
        den: i64,
        /// `den` times the positive gains.
        sum: i128,
    },
}

/// The lambda nearest to this one at which every number of the export is exact in a double, that is at most 2^53. It is
/// the same lambda if that will do. `None` if some gain or cost is too large at any lambda, or if lambda is infinite.
/// O(D + R).
pub fn nearest_in_doubles(program: &SelectionProgram, lambda: Multiplier) -> Option<Multiplier> {
    let largest = |numbers: &[i64]| numbers.iter().map(|number| number.unsigned_abs()).max().unwrap_or(0).max(1);
    let most = |numbers: &[i64]| i64::try_from(DOUBLE.unsigned_abs() / largest(numbers)).ok().filter(|&most| most > 0);
    let (most_num, most_den) = (most(&program.costs)?, most(&program.gains)?);
    Some(lambda.nearest_within(most_num, most_den)).filter(|lambda| !lambda.is_infinite())
}

/// The integers `den g_v` and `num c_r`, checked against what a format holds.
struct Scaled<'a> {
    program: &'a SelectionProgram,
    lambda: Multiplier,
}

impl<'a> Scaled<'a> {
    /// Checks every number, so that nothing is written of a program that does not fit. O(D + R).
    fn new(program: &'a SelectionProgram, lambda: Multiplier, limit: i64) -> Result<Self, ExportError> {
        if lambda.is_infinite() {
            return Err(ExportError::InfiniteMultiplier);
        }
        let gains = program.decisions().map(|v| ("decision", v.0, program.gain(v), lambda.den()));
        let costs = program.resources().map(|r| ("resource", r.0, program.cost(r), lambda.num()));
        for (what, index, amount, factor) in gains.chain(costs) {
            let value = i128::from(amount) * i128::from(factor);
            if value.unsigned_abs() > u128::from(limit.unsigned_abs()) {
                return Err(ExportError::Number { what, index, value, limit });
            }
        }
        Ok(Self { program, lambda })
    }

    /// `den g_v`.
    fn gain(&self, decision: DecisionId) -> i64 {
        self.program.gain(decision) * self.lambda.den()
    }

    /// `num c_r`.
    fn cost(&self, resource: ResourceId) -> i64 {
        self.program.cost(resource) * self.lambda.num()
    }
}

/// Largest integer up to which every integer is a double.
const DOUBLE: i64 = 1 << 53;
