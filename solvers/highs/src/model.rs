//! The program as rows and columns, and one run of HiGHS over them.

use std::time::Duration;

use highs::{Col, HighsModelStatus, HighsOptionValue, HighsSolutionStatus, HighsStatus, Model, RowProblem, Sense};
use secateur_program::{Limit, SelectionProgram, Status};

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

/// The linear relaxation or the integer program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Relaxation,
    Integer,
}

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// HiGHS's own claim: an optimum, or the limit that it reached.
    pub(crate) status: Status,
    pub(crate) point: Point,
    /// Duals of the rows in order: all requires pairs by child, then all uses pairs, then limits. Empty for [`Kind::Integer`].
    pub(crate) row_duals: Vec<f64>,
    /// For [`Kind::Integer`], the bound that branch and bound has proven in doubles, if it has one.
    pub(crate) bound: Option<f64>,
}

/// Builds and solves. On a limit without any point the outcome is the zero point with zero duals.
pub(crate) fn run(
    program: &SelectionProgram,
    coefficients: &Coefficients,
    limits: &[Limit],
    kind: Kind,
    options: &HighsOptions,
) -> Result<Outcome, HighsError> {
    let n_rows = check_sizes(program, limits)?;
    if !(1..=MAX_THREADS).contains(&options.threads) {
        return Err(HighsError::Threads { found: options.threads, limit: MAX_THREADS });
    }
    if program.n_decisions() + program.n_resources() == 0 {
        // HiGHS calls a model without columns an error.
        let row_duals = vec![0.0; n_rows];
        return Ok(Outcome { status: Status::Optimal, point: Point::zero(program), row_duals, bound: Some(0.0) });
    }
    on_own_thread(|| solve(program, coefficients, limits, kind, options))?
}

/// Refuses what 32-bit indices cannot name; returns the number of rows of pairs.
fn check_sizes(program: &SelectionProgram, limits: &[Limit]) -> Result<usize, HighsError> {
    let n_rows = program.decisions().filter(|&v| program.parent(v).is_some()).count() + program.n_uses();
    let columns = program.n_decisions() + program.n_resources();
    let entries = columns.saturating_mul(limits.len()).saturating_add(2 * n_rows);
    for (what, found) in [("columns", columns), ("entries", entries)] {
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

/// The columns x, then y, and the rows of the crate's page.
fn pairs(program: &SelectionProgram, coefficients: &Coefficients, kind: Kind) -> (RowProblem, Vec<Col>, Vec<Col>) {
    let mut problem = RowProblem::new();
    let mut columns = |objective: &[f64], sign: f64| -> Vec<Col> {
        let integer = kind == Kind::Integer;
        objective.iter().map(|c| problem.add_column_with_integrality(sign * c, 0.0..=1.0, integer)).collect()
    };
    let (x, y) = (columns(&coefficients.gains, 1.0), columns(&coefficients.costs, -1.0));
    for v in program.decisions() {
        if let Some(parent) = program.parent(v) {
            problem.add_row(..=0.0, [(x[v.index()], 1.0), (x[parent.index()], -1.0)]);
        }
    }
    for (v, r) in program.pairs() {
        problem.add_row(..=0.0, [(x[v.index()], 1.0), (y[r.index()], -1.0)]);
    }
    (problem, x, y)
}

fn set(model: &mut Model, option: &str, value: impl HighsOptionValue) -> Result<(), HighsError> {
    let refused = |_| HighsError::Solver { message: format!("option {option} was refused") };
    model.try_set_option(option, value).map_err(refused)
}

fn solve(
    program: &SelectionProgram,
    coefficients: &Coefficients,
    limits: &[Limit],
    kind: Kind,
    options: &HighsOptions,
) -> Result<Outcome, HighsError> {
    let failed =
        |what: &'static str| move |status: HighsStatus| HighsError::Solver { message: format!("{what}: {status:?}") };
    let (problem, x, y) = pairs(program, coefficients, kind);
    let n_duals = if kind == Kind::Relaxation { problem.num_rows() } else { 0 };
    let mut model = problem.try_optimise(Sense::Maximise).map_err(failed("the model was refused"))?;
    set(&mut model, "threads", options.threads as i32)?;
    set(&mut model, "presolve", if options.presolve { "on" } else { "off" })?;
    // Objective values are integers: within 1/2 of the bound is optimal.
    set(&mut model, "mip_rel_gap", 0.0)?;
    set(&mut model, "mip_abs_gap", 0.5)?;
    if let Some(limit) = options.time_limit {
        set(&mut model, "time_limit", limit.as_secs_f64())?;
    }
    // By default matrix entries beyond 10^15 are refused; ours are exact in a double.
    set(&mut model, "large_matrix_value", 1e16)?;
    for limit in limits {
        let weights = x.iter().zip(limit.per_decision()).chain(y.iter().zip(limit.per_resource()));
        let weights = weights.filter(|(_, weight)| **weight != 0).map(|(&column, &weight)| (column, weight as f64));
        model.try_add_row(..=limit.most() as f64, weights).map_err(failed("a limit was refused"))?;
    }
    let solved = model.try_solve().map_err(failed("the solve failed"))?;

    let status = match solved.status() {
        HighsModelStatus::Optimal => Status::Optimal,
        HighsModelStatus::ReachedTimeLimit => Status::TimeLimit,
        HighsModelStatus::ReachedIterationLimit | HighsModelStatus::ReachedSolutionLimit => Status::PassLimit,
        other => return Err(HighsError::Solver { message: format!("ended with {other:?}") }),
    };
    let bound = match kind {
        Kind::Relaxation => None,
        Kind::Integer => solved.double_info_value(c"mip_dual_bound").ok().filter(|bound| bound.is_finite()),
    };
    if solved.primal_solution_status() != HighsSolutionStatus::Feasible {
        if status == Status::Optimal {
            return Err(HighsError::Solver { message: "an optimum without a point".to_owned() });
        }
        return Ok(Outcome { status, point: Point::zero(program), row_duals: vec![0.0; n_duals], bound });
    }
    let solution = solved.get_solution();
    let (x, y) = solution.columns().split_at(program.n_decisions());
    let point = Point { x: x.to_vec(), y: y.to_vec() };
    let row_duals = if kind == Kind::Relaxation { solution.dual_rows().to_vec() } else { Vec::new() };
    Ok(Outcome { status, point, row_duals, bound })
}
