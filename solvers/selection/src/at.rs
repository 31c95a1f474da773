//! One lambda: one cut.

use secateur_program::{
    Control, DecisionId, Flow, Multiplier, Selection, SelectionProgram, Solution, Status, objective,
};

use crate::block::Closure;
use crate::forest::{Forest, best_closed_set, parent_in};
use crate::whole::WholeProgram;

/// Solves a program at one lambda: the smallest optimal selection, and the flow that proves it.
///
/// A stop (time limit, cancellation) is a status, not an error. The selection is then the best one known, at worst the
/// empty one, and the flow found so far proves the bound.
///
/// # Complexity
/// One cut on the open part of the program with merged resources, see [`crate::solve_path`].
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
/// let solution = solve_at(&program, lambda, &Control::new());
/// assert_eq!((solution.gain, solution.cost, solution.objective), (5, 3, 1)); // 2 * 5 - 3 * 3
/// assert_eq!(verify_solution(&program, lambda, &solution.selection, &solution.flow)?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_at(program: &SelectionProgram, lambda: Multiplier, control: &Control) -> Solution {
    let answer = |selection, flow, status| {
        Solution::new(program, lambda, selection, flow, status).expect("flows of a cut run along pairs and fit")
    };
    if let Err(stop) = control.check() {
        return answer(Selection::empty(program), Flow::zero(program), stop.into());
    }
    if lambda.is_infinite() {
        // At an infinite lambda gains do not count, so the empty selection is optimal, and it is the smallest.
        return answer(Selection::empty(program), Flow::zero(program), Status::Optimal);
    }
    let whole = WholeProgram::new(program);
    let block = whole.block();
    let mut flow = whole.flow(lambda.den());
    let mut selected: Vec<bool> = whole.thresholds().iter().map(|threshold| threshold.is_infinite()).collect();
    let mut stopped = None;
    if !block.decisions.is_empty() {
        let Closure { strong, flows, stop, .. } = block.closure_at(lambda, control);
        for (node, &decision) in block.decisions.iter().enumerate() {
            if strong.as_ref().is_some_and(|strong| strong[node]) {
                selected[whole.decision(decision).index()] = true;
            }
        }
        flow.add(&block.decisions, &block.resources, lambda, &flows);
        stopped = stop;
    }
    let flow = flow.build();
    match stopped {
        None => {
            let selection = Selection::new(program, selected);
            let selection = selection.expect("strong trees are closed, and so is what is always selected");
            answer(selection, flow, Status::Optimal)
        }
        Some(stop) => answer(incumbent(program, lambda, &flow), flow, stop.into()),
    }
}

/// The best of three selections that can be told from a flow, however far it has come: the best closed set if every
/// decision pays what it sends along its uses pairs, the best one at lambda = 0, and the empty one.
fn incumbent(program: &SelectionProgram, lambda: Multiplier, flow: &Flow) -> Selection {
    let forest = Forest::new(program);
    let best = |price: &dyn Fn(DecisionId) -> i128| {
        let worth = |&v: &DecisionId| i128::from(program.gain(v)) * i128::from(lambda.den()) - price(v);
        let mut worth: Vec<i128> = forest.decision.iter().map(worth).collect();
        let mut selected = vec![false; forest.len()];
        best_closed_set(parent_in(&forest.parent), |_| true, &mut worth, &mut selected);
        forest.selection(program, selected.into_iter())
    };
    let paying = best(&|v| program.use_range(v).map(|pair| flow.uses.get(pair)).sum());
    let at_zero = best(&|_| 0);
    let value = |selection: &Selection| objective(program, selection, lambda);
    [paying, at_zero]
        .into_iter()
        .fold(Selection::empty(program), |best, other| if value(&other) > value(&best) { other } else { best })
}
