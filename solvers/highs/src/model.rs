//! The program as rows and columns, and one run of HiGHS over them.

use std::time::Duration;

use good_lp::solvers::highs::{HighsPresolveType, highs};
use good_lp::solvers::{DualValues, SolutionStatus, SolutionWithDual};
use good_lp::{Expression, ResolutionError, Solution, SolverModel, Variable, constraint, variable, variables};
use secateur_program::SelectionProgram;

use crate::coefficients::Coefficients;
use crate::{HighsError, Point};

/// Most threads that [`HighsOptions::threads`] may ask for.
pub const MAX_THREADS: u32 = 256;

/// HiGHS counts columns, rows and matrix entries in 32 bits.
const MAX_INDEX: usize = i32::MAX as usize;

/// How HiGHS is run. It prints nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct HighsOptions {
    /// Wall-clock limit of the solve; `None` for no limit. Building the rows is not counted.
    pub time_limit: Option<Duration>,
    /// Threads of one solve, `1..=MAX_THREADS`. Default 1.
    pub threads: u32,
    /// Whether HiGHS reduces the program before it solves. Default `true`.
    pub presolve: bool,
}

impl Default for HighsOptions {
    fn default() -> Self {
        Self { time_limit: None, threads: 1, presolve: true }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// HiGHS claims an optimum; the selection is that optimum, rounded.
    Optimal,
    /// The time limit was reached; the selection is the best known, perhaps the empty one.
    TimeLimit,
}

/// The linear relaxation or the integer program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Relaxation,
    Integer,
}

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) point: Point,
    /// Duals of the rows in order: all requires pairs by child, then all uses pairs. Empty for [`Kind::Integer`].
    pub(crate) row_duals: Vec<f64>,
}

/// Builds and solves. On a time limit without any point the outcome is the zero point with zero duals.
pub(crate) fn run(
    program: &SelectionProgram,
    coefficients: &Coefficients,
    kind: Kind,
    options: &HighsOptions,
) -> Result<Outcome, HighsError> {
    let n_rows = check_sizes(program)?;
    if !(1..=MAX_THREADS).contains(&options.threads) {
        return Err(HighsError::Threads { found: options.threads, limit: MAX_THREADS });
    }
    let n_duals = if kind == Kind::Relaxation { n_rows } else { 0 };
    let at_zero = |status| Outcome { status, point: Point::zero(program), row_duals: vec![0.0; n_duals] };
    if program.n_decisions() + program.n_resources() == 0 {
        return Ok(at_zero(Status::Optimal)); // HiGHS calls a model without columns an error
    }
    let limited = options.time_limit.is_some();
    match on_own_thread(|| solve(program, coefficients, kind, options))? {
        Ok(outcome) => Ok(outcome),
        Err(ResolutionError::Other("NoSolutionFound")) if limited => Ok(at_zero(Status::TimeLimit)),
        Err(error) => Err(HighsError::Solver { message: error.to_string() }),
    }
}

/// Refuses what 32-bit indices cannot name; returns the number of rows.
fn check_sizes(program: &SelectionProgram) -> Result<usize, HighsError> {
    let n_rows = program.decisions().filter(|&v| program.parent(v).is_some()).count() + program.n_uses();
    let columns = program.n_decisions() + program.n_resources();
    for (what, found) in [("columns", columns), ("entries", 2 * n_rows)] {
        if found > MAX_INDEX {
            return Err(HighsError::TooLarge { what, found, limit: MAX_INDEX });
        }
    }
    Ok(n_rows)
}

/// A fresh thread has a fresh HiGHS scheduler, whatever the calling thread solved before.
fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, HighsError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("highs".to_owned())
            .stack_size(16 << 20)
            .spawn_scoped(scope, work)
            .map_err(|error| HighsError::Spawn { reason: error.to_string() })?;
        thread.join().map_err(|_| HighsError::Solver { message: "the solve panicked".to_owned() })
    })
}

fn solve(
    program: &SelectionProgram,
    coefficients: &Coefficients,
    kind: Kind,
    options: &HighsOptions,
) -> Result<Outcome, ResolutionError> {
    let column = match kind {
        Kind::Relaxation => variable().clamp(0, 1),
        Kind::Integer => variable().binary(),
    };
    let mut columns = variables!();
    let x = columns.add_vector(column.clone(), program.n_decisions());
    let y = columns.add_vector(column, program.n_resources());
    let mut objective = Expression::with_capacity(x.len() + y.len());
    for (&column, &gain) in x.iter().zip(&coefficients.gains) {
        objective.add_mul(gain, column);
    }
    for (&column, &cost) in y.iter().zip(&coefficients.costs) {
        objective.add_mul(-cost, column);
    }

    let presolve = if options.presolve { HighsPresolveType::On } else { HighsPresolveType::Off };
    // Objective values are integers: within 1/2 of the bound is optimal.
    let mut model = columns.maximise(objective).using(highs);
    model = model.set_threads(options.threads).set_presolve(presolve);
    model = model.set_option("mip_rel_gap", 0.0).set_option("mip_abs_gap", 0.5);
    if let Some(limit) = options.time_limit {
        model = model.set_time_limit(limit.as_secs_f64());
    }
    let mut rows = Vec::new();
    for v in program.decisions() {
        if let Some(parent) = program.parent(v) {
            rows.push(model.add_constraint(constraint!(x[v.index()] <= x[parent.index()])));
        }
    }
    for (v, r) in program.pairs() {
        rows.push(model.add_constraint(constraint!(x[v.index()] <= y[r.index()])));
    }

    let mut solution = model.solve()?;
    let values = |columns: &[Variable]| columns.iter().map(|&column| solution.value(column)).collect();
    let point = Point { x: values(&x), y: values(&y) };
    let status = match solution.status() {
        SolutionStatus::TimeLimit => Status::TimeLimit,
        SolutionStatus::Optimal | SolutionStatus::GapLimit => Status::Optimal,
    };
    let row_duals = match kind {
        Kind::Relaxation => {
            let duals = solution.compute_dual();
            rows.into_iter().map(|row| duals.dual(row)).collect()
        }
        Kind::Integer => Vec::new(),
    };
    Ok(Outcome { status, point, row_duals })
}
