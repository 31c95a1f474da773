//! One price level: one cut.

use secateur_program::{Control, Flow, Multiplier, Selection, SelectionProgram, Stop, objective};

use crate::block::Closure;
use crate::reduce::Reduced;

/// The optimum at one lambda and its proof.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The smallest optimal selection.
    pub selection: Selection,
    /// Its gain, in the program's integers.
    pub gain: i64,
    /// Its cost, in the program's integers.
    pub cost: i64,
    /// `lambda.den() * gain - lambda.num() * cost`.
    pub objective: i128,
    /// The certificate for [`secateur_program::verify_solution`].
    pub flow: Flow,
}

/// Solves a program at one lambda.
///
/// # Errors
/// [`Stop`] if the time limit was reached or the work cancelled.
///
/// # Complexity
/// One cut on what is left of the program after merging; see [`crate::solve_path`] for all lambda at once.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram, verify_solution};
/// use secateur_selection::solve_at;
///
/// let mut builder = SelectionProgram::builder();
/// let v = builder.decision(5);
/// let r = builder.resource(3);
/// builder.uses(v, r);
/// let program = builder.build()?;
///
/// let lambda = Multiplier::new(3, 2)?;
/// let solution = solve_at(&program, lambda, &Control::new())?;
/// assert_eq!((solution.gain, solution.cost, solution.objective), (5, 3, 1)); // 2 * 5 - 3 * 3
/// assert_eq!(verify_solution(&program, lambda, &solution.selection, &solution.flow)?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_at(program: &SelectionProgram, lambda: Multiplier, control: &Control) -> Result<Solution, Stop> {
    control.check()?;
    let reduced = Reduced::new(program);
    let block = reduced.block();
    let mut flow = reduced.flow(lambda.den());
    // At an infinite lambda gains do not count, and the smallest optimum is empty.
    let always = |threshold: &Multiplier| threshold.is_infinite() && !lambda.is_infinite();
    let mut selected: Vec<bool> = reduced.thresholds().iter().map(always).collect();
    if !block.decisions.is_empty() && !lambda.is_infinite() {
        let Closure { strong, flows, .. } = block.closure_at(lambda, control)?;
        for (node, &decision) in block.decisions.iter().enumerate() {
            if strong.as_ref().is_some_and(|strong| strong[node]) {
                selected[reduced.decision(decision).index()] = true;
            }
        }
        flow.add(&block.decisions, &block.resources, lambda, &flows);
    }
    let selection =
        Selection::new(program, selected).expect("strong trees are closed, and so are the ends of the path");
    Ok(Solution {
        gain: selection.gain(program),
        cost: selection.cost(program),
        objective: objective(program, &selection, lambda),
        selection,
        flow: flow.build(),
    })
}
