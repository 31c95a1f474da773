//! The closure network as a DIMACS maximum flow problem.

use std::io::Write;

use super::{ExportError, Scaled};
use crate::multiplier::Multiplier;
use crate::program::SelectionProgram;

/// Writes the program at `lambda` = num/den as a maximum flow problem (`p max`, first DIMACS challenge, 1990-91).
///
/// Node 1 is the source s, 2 the sink t; decision v is node v + 3, resource r node D + r + 3. Arcs, in this order,
/// those of capacity zero left out:
///
/// ```text
/// s -> v   den g_v           for g_v > 0
/// v -> t   den |g_v|         for g_v < 0
/// v -> p   infinite          for v requires p
/// v -> r   infinite          for v uses r
/// r -> t   num c_r
/// ```
///
/// Infinite is one more than all source arcs together, so no minimum cut contains such an arc. The decisions on the
/// source's side of a minimum cut are an optimal selection, and `objective = den * (sum of positive gains) - maximum
/// flow`. Comments in the file say so.
///
/// # Errors
/// [`ExportError`] for an infinite lambda, a capacity beyond `i64::MAX`, and what the writer returns. Nothing is
/// written in the first two cases.
///
/// # Complexity
/// O(D + R + U).
pub fn dimacs(program: &SelectionProgram, lambda: Multiplier, mut out: impl Write) -> Result<(), ExportError> {
    let scaled = Scaled::new(program, lambda, i64::MAX)?;
    let sum = i128::from(program.total_positive_gain()) * i128::from(lambda.den());
    let infinite = match i64::try_from(sum + 1) {
        Ok(infinite) => infinite,
        Err(_) => return Err(ExportError::Unbounded { den: lambda.den(), sum }),
    };
    let decision = |index: usize| index + 3;
    let resource = |index: usize| program.n_decisions() + index + 3;
    let with_gain = program.decisions().filter(|&v| program.gain(v) != 0).count();
    let with_parent = program.decisions().filter(|&v| program.parent(v).is_some()).count();
    let with_cost = program.resources().filter(|&r| scaled.cost(r) > 0).count();
    let arcs = with_gain + with_parent + program.n_uses() + with_cost;
    let nodes = program.n_decisions() + program.n_resources() + 2;

    writeln!(out, "c selection program at lambda = {lambda}, everything times {}", lambda.den())?;
    writeln!(out, "c node 1: source, node 2: sink")?;
    writeln!(out, "c nodes 3..{}: decisions 1..{}", decision(program.n_decisions()) - 1, program.n_decisions())?;
    writeln!(
        out,
        "c nodes {}..{}: resources 1..{}",
        resource(0),
        resource(program.n_resources()) - 1,
        program.n_resources()
    )?;
    writeln!(out, "c capacity {infinite} stands for infinity: all source arcs and one more")?;
    writeln!(out, "c optimum = {sum} - maximum flow; selected: decisions on the source side of a minimum cut")?;
    writeln!(out, "p max {nodes} {arcs}")?;
    writeln!(out, "n 1 s")?;
    writeln!(out, "n 2 t")?;
    for v in program.decisions() {
        match scaled.gain(v) {
            0 => {}
            gain @ 1.. => writeln!(out, "a 1 {} {gain}", decision(v.index()))?,
            loss => writeln!(out, "a {} 2 {}", decision(v.index()), -loss)?,
        }
    }
    for v in program.decisions() {
        if let Some(parent) = program.parent(v) {
            writeln!(out, "a {} {} {infinite}", decision(v.index()), decision(parent.index()))?;
        }
    }
    for (v, r) in program.pairs() {
        writeln!(out, "a {} {} {infinite}", decision(v.index()), resource(r.index()))?;
    }
    for r in program.resources().filter(|&r| scaled.cost(r) > 0) {
        writeln!(out, "a {} 2 {}", resource(r.index()), scaled.cost(r))?;
    }
    Ok(())
}
