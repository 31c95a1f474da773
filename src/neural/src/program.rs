//! Gains and costs as the beginning of a selection program.

use secateur_program::{ProgramBuilder, QuantiseError, Scale, SelectionProgram, quantise};

/// Sums stay below 2 to this power.
pub(super) const BITS: u32 = 52;

/// A program with these decisions and resources, in order, and no pair yet.
pub(super) fn priced(gains: &[f64], costs: &[f64]) -> Result<ProgramBuilder, QuantiseError> {
    let (gains, costs) = (quantise(gains, BITS)?, quantise(costs, BITS)?);
    let mut builder = SelectionProgram::builder();
    builder.scale(Scale { gain_unit: gains.unit, cost_unit: costs.unit });
    builder.decisions(&gains.integers).resources(&costs.integers);
    Ok(builder)
}
