//! Writing a program as text.

use std::io::Write;

use crate::program::SelectionProgram;
use crate::quantise::Scale;

/// Writes a program so that [`read`](super::read) gives it back.
///
/// Where decimal numbers would not give back the same units, the integers themselves are written, and the units in a
/// comment that [`read`](super::read) knows.
///
/// # Errors
/// What the writer returns.
pub fn write(program: &SelectionProgram, mut out: impl Write) -> std::io::Result<()> {
    let Scale { gain_unit, cost_unit } = program.scale();
    let digits = |unit: f64| (0..=18).find(|&digits| 10f64.powi(-digits) == unit).map(|digits| digits as usize);
    // The reader takes the shortest common unit of what is written: it must be this one.
    let shortest = |digits: usize, numbers: &[i64]| digits == 0 || numbers.iter().any(|number| number % 10 != 0);
    let (gain_digits, cost_digits) = match (digits(gain_unit), digits(cost_unit)) {
        (Some(gain_digits), Some(cost_digits))
            if shortest(gain_digits, &program.gains) && shortest(cost_digits, &program.costs) =>
        {
            (gain_digits, cost_digits)
        }
        _ => {
            writeln!(out, "c secateur scale {gain_unit:e} {cost_unit:e}")?;
            (0, 0)
        }
    };
    writeln!(out, "p sel {} {} {}", program.n_decisions(), program.n_resources(), program.n_uses())?;
    for v in program.decisions() {
        let parent = program.parent(v).map_or(0, |parent| u64::from(parent.0) + 1);
        writeln!(out, "d {} {parent}", decimal(program.gain(v), gain_digits))?;
    }
    for r in program.resources() {
        writeln!(out, "r {}", decimal(program.cost(r), cost_digits))?;
    }
    for (v, r) in program.pairs() {
        writeln!(out, "u {} {}", u64::from(v.0) + 1, u64::from(r.0) + 1)?;
    }
    Ok(())
}

/// `integer * 10^-digits` in decimal.
fn decimal(integer: i64, digits: usize) -> String {
    if digits == 0 {
        return integer.to_string();
    }
    let sign = if integer < 0 { "-" } else { "" };
    let padded = format!("{:0>width$}", integer.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = padded.split_at(padded.len() - digits);
    format!("{sign}{whole}.{fraction}")
}
