//! The program as rows and columns, and one run of HiGHS over them.

use std::time::Duration;

use good_lp::solvers::highs::highs as on_highs;
use good_lp::{Expression, SolverModel, constraint, variable, variables};
use highs::{HighsModelStatus, HighsOptionValue, HighsSolutionStatus, HighsStatus, Model};
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
    /// Duals of the rows in order: all requires pairs by child, then all uses pairs, then limits. Empty for
    /// [`Kind::Integer`].
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

/// The columns x, then y, and the rows of the crate's page, stated through good_lp and handed on as HiGHS's own model:
/// good_lp does not tell the bound of branch and bound, HiGHS does.
fn state(
    program: &SelectionProgram,
    coefficients: &Coefficients,
    limits: &[Limit],
    kind: Kind,
) -> Result<Model, HighsError> {
    let column = match kind {
        Kind::Relaxation => variable().clamp(0, 1),
        Kind::Integer => variable().binary(),
    };
    let mut columns = variables!();
    let x = columns.add_vector(column.clone(), program.n_decisions());
    let y = columns.add_vector(column, program.n_resources());
    let mut objective = Expression::with_capacity(x.len() + y.len());
    x.iter().zip(&coefficients.gains).for_each(|(&column, &gain)| objective.add_mul(gain, column));
    y.iter().zip(&coefficients.costs).for_each(|(&column, &cost)| objective.add_mul(-cost, column));
    let mut model = columns.maximise(objective).using(on_highs);
    for v in program.decisions() {
        if let Some(parent) = program.parent(v) {
            model.add_constraint(constraint!(x[v.index()] <= x[parent.index()]));
        }
    }
    for (v, r) in program.pairs() {
        model.add_constraint(constraint!(x[v.index()] <= y[r.index()]));
    }
    for limit in limits {
        let mut used = Expression::default();
        let weights = x.iter().zip(limit.per_decision()).chain(y.iter().zip(limit.per_resource()));
        weights.filter(|(_, weight)| **weight != 0).for_each(|(&column, &weight)| used.add_mul(weight as f64, column));
        model.add_constraint(used.leq(limit.most() as f64));
    }
    model.try_into_inner().map_err(|error| HighsError::Solver { message: error.to_string() })
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
    let mut model = state(program, coefficients, limits, kind)?;
    let n_duals = if kind == Kind::Relaxation { model.num_rows() } else { 0 };
    set(&mut model, "threads", options.threads as i32)?;
    set(&mut model, "presolve", if options.presolve { "on" } else { "off" })?;
    // Objective values are integers: within less than one of the bound is optimal; most of that is left to rounding.
    set(&mut model, "mip_rel_gap", 0.0)?;
    set(&mut model, "mip_abs_gap", 1e-3)?;
    if let Some(limit) = options.time_limit {
        set(&mut model, "time_limit", limit.as_secs_f64())?;
    }
    let solved = model.try_solve().map_err(failed("the solve failed"))?;

    let status = match solved.status() {
        HighsModelStatus::Optimal => Status::Optimal,
        HighsModelStatus::ReachedTimeLimit => Status::TimeLimit,
        HighsModelStatus::ReachedIterationLimit | HighsModelStatus::ReachedSolutionLimit => Status::IterationLimit,
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
