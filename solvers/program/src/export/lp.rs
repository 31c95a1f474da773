//! CPLEX LP text.

use std::io::Write;

use super::{DOUBLE, Domain, ExportError, Scaled};
use crate::multiplier::Multiplier;
use crate::program::SelectionProgram;

/// Writes the program at `lambda` as CPLEX LP text, maximising `den gain - num cost`.
///
/// One term and one row per line; every variable stands in the objective, in order, if need be with coefficient zero.
///
/// # Errors
/// [`ExportError`] for an infinite lambda, a coefficient beyond 2^53, and what the writer returns. Nothing is written
/// in the first two cases.
///
/// # Complexity
/// O(D + R + U).
pub fn lp(
    program: &SelectionProgram,
    lambda: Multiplier,
    domain: Domain,
    mut out: impl Write,
) -> Result<(), ExportError> {
    let scaled = Scaled::new(program, lambda, DOUBLE)?;
    writeln!(out, "\\ selection program at lambda = {lambda}, objective times {}", lambda.den())?;
    writeln!(out, "\\ x: decisions, y: resources; rows p: requires pairs, u: uses pairs")?;
    writeln!(out, "Maximize")?;
    writeln!(out, " obj:")?;
    let gains = program.decisions().map(|v| ('x', v.0, scaled.gain(v)));
    let costs = program.resources().map(|r| ('y', r.0, -scaled.cost(r)));
    for (name, index, coefficient) in gains.chain(costs) {
        let sign = if coefficient < 0 { '-' } else { '+' };
        writeln!(out, " {sign} {} {name}{}", coefficient.unsigned_abs(), u64::from(index) + 1)?;
    }
    writeln!(out, "Subject To")?;
    for v in program.decisions() {
        if let Some(parent) = program.parent(v) {
            let (v, parent) = (u64::from(v.0) + 1, u64::from(parent.0) + 1);
            writeln!(out, " p{v}: x{v} - x{parent} <= 0")?;
        }
    }
    for (pair, (v, r)) in program.pairs().enumerate() {
        writeln!(out, " u{}: x{} - y{} <= 0", pair + 1, u64::from(v.0) + 1, u64::from(r.0) + 1)?;
    }
    let x = program.decisions().map(|v| ('x', u64::from(v.0) + 1));
    let names = x.chain(program.resources().map(|r| ('y', u64::from(r.0) + 1)));
    match domain {
        Domain::Relaxed => {
            writeln!(out, "Bounds")?;
            for (name, number) in names {
                writeln!(out, " 0 <= {name}{number} <= 1")?;
            }
        }
        Domain::Binary => {
            writeln!(out, "Binary")?;
            for (name, number) in names {
                writeln!(out, " {name}{number}")?;
            }
        }
    }
    writeln!(out, "End")?;
    Ok(())
}
