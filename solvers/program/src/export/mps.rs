//! Free-format MPS text.

use std::io::Write;

use super::{DOUBLE, Domain, ExportError, Scaled};
use crate::multiplier::Multiplier;
use crate::program::SelectionProgram;
use crate::transpose::Transpose;

/// Writes the program at `lambda` as free-format MPS, minimising `num cost - den gain`: the sense that every reader
/// assumes.
///
/// # Errors
/// [`ExportError`] for an infinite lambda, a coefficient beyond 2^53, and what the writer returns. Nothing is written
/// in the first two cases.
///
/// # Complexity
/// O(D + R + U).
pub fn mps(
    program: &SelectionProgram,
    lambda: Multiplier,
    domain: Domain,
    mut out: impl Write,
) -> Result<(), ExportError> {
    let scaled = Scaled::new(program, lambda, DOUBLE)?;
    let heads = Transpose::new(program);
    writeln!(out, "* selection program at lambda = {lambda}, objective times -{}", lambda.den())?;
    writeln!(out, "* x: decisions, y: resources; rows p: requires pairs, u: uses pairs")?;
    writeln!(out, "NAME selection")?;
    writeln!(out, "ROWS")?;
    writeln!(out, " N obj")?;
    for v in program.decisions().filter(|&v| program.parent(v).is_some()) {
        writeln!(out, " L p{}", u64::from(v.0) + 1)?;
    }
    for pair in 0..program.n_uses() {
        writeln!(out, " L u{}", pair + 1)?;
    }
    writeln!(out, "COLUMNS")?;
    if domain == Domain::Binary {
        writeln!(out, " MARKER 'MARKER' 'INTORG'")?;
    }
    for v in program.decisions() {
        let number = u64::from(v.0) + 1;
        writeln!(out, " x{number} obj {}", -scaled.gain(v))?;
        if program.parent(v).is_some() {
            writeln!(out, " x{number} p{number} 1")?;
        }
        for child in heads.children(v) {
            writeln!(out, " x{number} p{} -1", u64::from(child.0) + 1)?;
        }
        for pair in program.use_range(v) {
            writeln!(out, " x{number} u{} 1", pair + 1)?;
        }
    }
    for r in program.resources() {
        let number = u64::from(r.0) + 1;
        writeln!(out, " y{number} obj {}", scaled.cost(r))?;
        for (_, pair) in heads.users(r) {
            writeln!(out, " y{number} u{} -1", pair + 1)?;
        }
    }
    if domain == Domain::Binary {
        writeln!(out, " MARKER 'MARKER' 'INTEND'")?;
    }
    writeln!(out, "RHS")?;
    writeln!(out, "BOUNDS")?;
    let x = program.decisions().map(|v| ('x', u64::from(v.0) + 1));
    for (name, number) in x.chain(program.resources().map(|r| ('y', u64::from(r.0) + 1))) {
        writeln!(out, " UP bound {name}{number} 1")?;
    }
    writeln!(out, "ENDATA")?;
    Ok(())
}
