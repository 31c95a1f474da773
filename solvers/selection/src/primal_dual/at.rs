//! One lambda, or one after the other.

use secateur_program::{Control, Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

use super::finish::Completion;
use super::grid::Grid;
use super::nodes::Nodes;
use super::options::{Method, PrimalDualOptions};
use super::run::Run;
use super::shard::{BYTES_PER_PAIR, Shards};
use super::splitting::{Levels, splitting};
use super::subgradient::subgradient;

/// Levels are clipped to lambda times one plus or minus this. Measured: 0.5 takes up to twice the iterations, 0.02 up
/// to three times.
const WINDOW: f64 = 0.1;

/// Where a solve stood after an iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IterationRecord {
    /// Iterations done. Zero stands for the start: zero multipliers, or those of the last lambda.
    pub iteration: u32,
    /// Best objective so far, in units of `1/den` of lambda.
    pub objective: i128,
    /// Best bound so far, same unit.
    pub bound: i128,
    /// Wall-clock time since the start.
    pub seconds: f64,
}

/// The answer at one lambda.
#[derive(Debug, Clone)]
pub struct PrimalDualSolution {
    /// Selection, objective, bound, and the flow that proves the bound.
    pub solution: Solution,
    /// Iterations done.
    pub iterations: u32,
    /// The start and one record per iteration, with the best objective and the best bound so far: both are monotone.
    /// The exact finish, which may improve both, has no record.
    pub trace: Vec<IterationRecord>,
    /// Number of uses pairs that carry multipliers.
    pub pairs: usize,
    /// Bytes that the shards hold for each of them.
    pub bytes_per_pair: usize,
    /// How the exact finish went, if there was one.
    pub completion: Option<Completion>,
}

/// Solves a program at one lambda by multipliers: a selection, a bound, and a flow that proves the bound.
///
/// The best selection and the best bound seen are the answer, whatever ends the work: proven optimality, the tolerance,
/// the iteration limit, the time limit, or a cancellation.
///
/// # Complexity
/// O(U + D log D) per iteration, and 12 bytes per pair beside the program; 8 more for the flow in the end. The exact
/// finish changes that flow in place, in phases of O(U), some tens of them on real programs.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram, Status};
/// use secateur_selection::{PrimalDualOptions, primal_dual_at};
///
/// let mut builder = SelectionProgram::builder();
/// let (u, v) = (builder.decision(5), builder.decision(4));
/// let r = builder.resource(6);
/// builder.uses(u, r).uses(v, r);
/// let program = builder.build()?;
///
/// let lambda = Multiplier::new(1, 1)?;
/// let answer = primal_dual_at(&program, lambda, &PrimalDualOptions::default(), &Control::new());
/// assert_eq!(answer.solution.status, Status::Optimal);
/// assert_eq!((answer.solution.objective, answer.solution.bound), (3, 3)); // 5 + 4 - 6
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn primal_dual_at(
    program: &SelectionProgram,
    lambda: Multiplier,
    options: &PrimalDualOptions,
    control: &Control,
) -> PrimalDualSolution {
    PrimalDual::new(program, options.clone()).solve(lambda, control)
}

/// A solver that goes from lambda to lambda. The multipliers, levels and the best selection of one lambda are the start
/// of the next.
///
/// This pays for lambdas near each other, best in the order of a path. Every answer holds by itself, with its own bound
/// and its own flow.
///
/// ```
/// use secateur_program::{Control, Multiplier, SelectionProgram};
/// use secateur_selection::{PrimalDual, PrimalDualOptions};
///
/// let mut builder = SelectionProgram::builder();
/// let v = builder.decision(5);
/// let r = builder.resource(6);
/// builder.uses(v, r);
/// let program = builder.build()?;
///
/// let mut solver = PrimalDual::new(&program, PrimalDualOptions::default());
/// let at_one = solver.solve(Multiplier::new(1, 1)?, &Control::new());
/// let at_half = solver.solve(Multiplier::new(1, 2)?, &Control::new());
/// assert_eq!((at_one.solution.objective, at_half.solution.objective), (0, 4)); // 2 * 5 - 1 * 6, in halves
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PrimalDual<'a> {
    program: &'a SelectionProgram,
    options: PrimalDualOptions,
    nodes: Nodes,
    shards: Shards,
    /// The largest number of pairs of one decision or resource.
    longest: usize,
    /// What the last lambda left.
    last: Option<Last>,
}

/// What one lambda leaves to the next, beside the multipliers in the shards.
struct Last {
    grid: Grid,
    /// For the splitting method.
    levels: Option<Levels>,
    selected: Vec<bool>,
    gain: i64,
    cost: i64,
}

impl<'a> PrimalDual<'a> {
    /// Deals the program's pairs to shards. O(U + D log D), 12 bytes per pair.
    pub fn new(program: &'a SelectionProgram, options: PrimalDualOptions) -> Self {
        let nodes = Nodes::new(program);
        let shards = Shards::new(program, &nodes, options.n_shards(), options.method);
        let longest = shards.longest().max(longest_row(program));
        Self { program, options, nodes, shards, longest, last: None }
    }

    /// Solves at one lambda, from where the last solve ended; the first starts from zero multipliers. See
    /// [`primal_dual_at`].
    pub fn solve(&mut self, lambda: Multiplier, control: &Control) -> PrimalDualSolution {
        let program = self.program;
        if lambda.is_infinite() {
            return at_infinity(program);
        }
        let grid = Grid::new(program, lambda.num(), lambda.den(), self.longest);
        let window = grid.level() * (1.0 - WINDOW)..grid.level() * (1.0 + WINDOW);
        let last = self.last.take();
        let mut levels = match (&last, self.options.method) {
            (None, Method::Splitting) => Some(Levels::new(&self.nodes, &self.shards, grid.level(), window.clone())),
            _ => None,
        };
        let mut run = Run::new(program, &self.nodes, &mut self.shards, grid);
        if let Some(last) = last {
            let factor = grid.per_unit_of(&last.grid);
            levels = last.levels;
            if let Some(levels) = &mut levels {
                levels.restate(factor, window);
            }
            run.warm(factor, last.selected, last.gain, last.cost);
        }
        let end = match &mut levels {
            Some(levels) => splitting(&mut run, levels, &self.options, control),
            None => subgradient(&mut run, &self.options, control),
        };
        let (answer, selected) = run.answer(lambda, end);
        let (gain, cost) = (answer.solution.gain, answer.solution.cost);
        self.last = Some(Last { grid, levels, selected, gain, cost });
        answer
    }
}

/// The answer at an infinite lambda: gains do not count there, so the smallest optimum is empty.
fn at_infinity(program: &SelectionProgram) -> PrimalDualSolution {
    let (nothing, no_flow) = (Selection::empty(program), Flow::zero(program));
    PrimalDualSolution {
        solution: solution(program, Multiplier::INFINITY, nothing, no_flow, Status::Optimal),
        iterations: 0,
        trace: Vec::new(),
        pairs: 0,
        bytes_per_pair: BYTES_PER_PAIR,
        completion: None,
    }
}

/// The largest number of uses pairs of one decision.
pub(super) fn longest_row(program: &SelectionProgram) -> usize {
    program.decisions().map(|v| program.use_range(v).len()).max().unwrap_or(0)
}

/// The solution of a flow made of multipliers. Its status is [`Status::Optimal`] if it is proven, however the work
/// ended.
pub(super) fn solution(
    program: &SelectionProgram,
    lambda: Multiplier,
    selection: Selection,
    flow: Flow,
    status: Status,
) -> Solution {
    let solution = Solution::new(program, lambda, selection, flow, status);
    let mut solution = solution.expect("multipliers lie on pairs and their sums fit");
    if solution.is_proven() {
        solution.status = Status::Optimal;
    }
    solution
}
