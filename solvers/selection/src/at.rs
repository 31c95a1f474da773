//! One price level: one cut.

use secateur_program::{Control, Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

use crate::block::Closure;
use crate::extremes::best_subforest;
use crate::reduce::Reduced;

/// Solves a program at one lambda: the smallest optimal selection, and the flow that proves it.
///
/// A stop (time limit, cancellation) is a status: the selection is then the best one known, at worst the empty one, and the
/// flow found so far proves the bound.
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
        // Gains do not count, and the smallest optimum is empty.
        return answer(Selection::empty(program), Flow::zero(program), Status::Optimal);
    }
    let reduced = Reduced::new(program);
    let block = reduced.block();
    let mut flow = reduced.flow(lambda.den());
    let mut selected: Vec<bool> = reduced.thresholds().iter().map(|threshold| threshold.is_infinite()).collect();
    let mut stopped = None;
    if !block.decisions.is_empty() {
        let Closure { strong, flows, stop, .. } = block.closure_at(lambda, control);
        for (node, &decision) in block.decisions.iter().enumerate() {
            if strong.as_ref().is_some_and(|strong| strong[node]) {
                selected[reduced.decision(decision).index()] = true;
            }
        }
        flow.add(&block.decisions, &block.resources, lambda, &flows);
        stopped = stop;
    }
    let flow = flow.build();
    match stopped {
        None => {
            let selection = Selection::new(program, selected);
            answer(selection.expect("strong trees are closed, and so are the ends of the path"), flow, Status::Optimal)
        }
        Some(stop) => answer(incumbent(program, lambda, &flow), flow, stop.into()),
    }
}

/// The best known selection when only a flow is known: the one that is best if every decision pays for what it sends along its
/// uses pairs, or everything that is worth having at lambda = 0, or nothing.
fn incumbent(program: &SelectionProgram, lambda: Multiplier, flow: &Flow) -> Selection {
    let order = program.parents_first();
    let den = i128::from(lambda.den());
    let free = |v| i128::from(program.gain(v)) * den;
    let paid = |v| free(v) - program.use_range(v).map(|pair| flow.uses.get(pair)).sum::<i128>();
    let candidates = [best_subforest(program, &order, paid, |_| true), best_subforest(program, &order, free, |_| true)];
    let candidates = candidates.map(|best| Selection::new(program, best.selected).expect("subforests are closed"));
    let empty = Selection::empty(program);
    candidates.into_iter().fold(empty, |best, other| {
        let value = |selection| secateur_program::objective(program, selection, lambda);
        if value(&other) > value(&best) { other } else { best }
    })
}
