//! The solvers that the tool can run at one lambda, and what they answer.

use std::time::Duration;

use crate::measure::{Measured, measure};
use clap::ValueEnum;
use secateur_graph::solve_flow;
use secateur_program::export::nearest_in_doubles;
use secateur_program::{Control, Limit, Multiplier, Selection, SelectionProgram, Solution, Status, dual_bound};
use secateur_selection::{Method, PrimalDualOptions, primal_dual_at, solve_at};

use super::failure::Failure;
use super::lambda::price_level;
use super::session::Session;

/// Who solves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Solver {
    /// Exact minimum cuts, the whole path at once
    Cut,
    /// Multipliers with a gap that shrinks pass by pass
    PrimalDual,
    /// HiGHS: the LP relaxation at one lambda, the integer program within a budget
    Highs,
}

impl Solver {
    pub(super) fn name(self) -> &'static str {
        match self {
            Solver::Cut => "cut",
            Solver::PrimalDual => "primal-dual",
            Solver::Highs => "highs",
        }
    }
}

/// How the primal-dual method improves its multipliers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Multipliers {
    /// Douglas-Rachford splitting; near the optimum its flow is completed in exact integers
    Splitting,
    /// Subgradient steps with the step rule of Nan, Wang and Saligrama (2016)
    Subgradient,
}

impl Multipliers {
    pub(super) fn options(self, tolerance: f64, max_iterations: u32) -> PrimalDualOptions {
        let options = match self {
            Multipliers::Splitting => PrimalDualOptions { method: Method::Splitting, ..PrimalDualOptions::default() },
            Multipliers::Subgradient => PrimalDualOptions::authors(),
        };
        PrimalDualOptions { tolerance, max_iterations, ..options }
    }
}

/// A way to solve one lambda.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Cut,
    PrimalDual(PrimalDualOptions),
    /// petgraph's maximum flow; cannot be stopped.
    Flow,
    HighsLp,
    HighsMip,
}

/// An answer at lambda = num/den. Objective and bound are in units of `1/den` gain.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) selection: Selection,
    pub(super) objective: i128,
    /// The bound that the solver states.
    pub(super) bound: Option<i128>,
    /// Whether a flow proves the bound, checked anew.
    pub(super) proven: bool,
    pub(super) status: Status,
    pub(super) passes: Option<u64>,
}

impl Answer {
    fn of(solution: Solution, passes: Option<u64>) -> Self {
        let Solution { selection, objective, bound, status, .. } = solution;
        Self { selection, objective, bound: Some(bound), proven: true, status, passes }
    }

    /// Whether the selection is proven optimal in integers.
    pub(super) fn is_certified(&self) -> bool {
        self.proven && self.bound == Some(self.objective)
    }

    /// Gap as a share of the bound.
    pub(super) fn relative_gap(&self) -> Option<f64> {
        let bound = self.bound?;
        Some(if bound == self.objective { 0.0 } else { (bound - self.objective) as f64 / bound as f64 })
    }
}

/// The lambda nearest to `lambda` that HiGHS and text formats hold exactly, with a word to the user if that is another one.
pub(super) fn in_doubles(
    program: &SelectionProgram,
    lambda: Multiplier,
    session: &mut Session<'_>,
) -> Result<Multiplier, Failure> {
    let nearest = nearest_in_doubles(program, lambda)
        .ok_or_else(|| Failure::Input("a gain or cost exceeds 2^53, the most that is exact in a double".into()))?;
    if nearest != lambda {
        let level = price_level(nearest, program.scale());
        session.warn(format!("lambda is taken as {level}, the nearest level whose coefficients are exact in doubles"));
    }
    Ok(nearest)
}

/// Solves one lambda and measures the solver; what its flow proves is checked anew afterwards. `limit` is for solvers that do not
/// take a control.
pub(super) fn solve(
    engine: &Engine,
    program: &SelectionProgram,
    lambda: Multiplier,
    limit: Option<Duration>,
    control: &Control,
) -> Result<(Answer, Measured), Failure> {
    let ((solution, passes), cost) = match engine {
        Engine::Cut => measure(|| (solve_at(program, lambda, control), None)),
        Engine::PrimalDual(options) => measure(|| {
            let answer = primal_dual_at(program, lambda, options, control);
            (answer.solution, Some(u64::from(answer.iterations)))
        }),
        Engine::Flow => measure(|| (solve_flow(program, lambda), None)),
        Engine::HighsLp | Engine::HighsMip => {
            let by = if matches!(engine, Engine::HighsLp) { highs::lp } else { highs::mip };
            let (answer, cost) = measure(|| by(program, lambda, limit));
            return Ok((answer?, cost));
        }
    };
    let bound = dual_bound(program, lambda, &solution.flow)
        .map_err(|error| Failure::Refused(format!("the flow of the solver is malformed: {error}")))?;
    if bound != solution.bound || solution.objective > bound {
        return Err(Failure::Refused(format!(
            "the solver states the bound {}, its flow proves {bound}",
            solution.bound
        )));
    }
    Ok((Answer::of(solution, passes), cost))
}

/// Ids of the selected decisions, counted from 1.
pub(super) fn ids(selection: &Selection) -> Vec<u64> {
    selection.decisions().map(|v| u64::from(v.0) + 1).collect()
}

pub(super) use highs::{BUILT_IN as HIGHS_BUILT_IN, within as highs_within};

#[cfg(feature = "highs")]
mod highs {
    use secateur_highs::{HighsOptions, LpSolution, MipSolution, solve_lp, solve_mip, solve_mip_within};

    use super::*;

    pub(in crate::commands) const BUILT_IN: bool = true;

    fn options(limit: Option<Duration>) -> HighsOptions {
        HighsOptions { time_limit: limit, ..HighsOptions::default() }
    }

    pub(super) fn lp(
        program: &SelectionProgram,
        lambda: Multiplier,
        limit: Option<Duration>,
    ) -> Result<Answer, Failure> {
        let LpSolution { solution, .. } = solve_lp(program, lambda, &options(limit)).map_err(Failure::input)?;
        Ok(Answer::of(solution, None))
    }

    pub(super) fn mip(
        program: &SelectionProgram,
        lambda: Multiplier,
        limit: Option<Duration>,
    ) -> Result<Answer, Failure> {
        let MipSolution { selection, objective, bound, status, .. } =
            solve_mip(program, lambda, &options(limit)).map_err(Failure::input)?;
        Ok(Answer { selection, objective, bound, proven: false, status, passes: None })
    }

    /// Selection, stated bound on the gain, and status.
    pub(in crate::commands) fn within(
        program: &SelectionProgram,
        limits: &[Limit],
        limit: Option<Duration>,
    ) -> Result<(Selection, Option<i64>, Status), Failure> {
        let MipSolution { selection, bound, status, .. } =
            solve_mip_within(program, limits, &options(limit)).map_err(Failure::input)?;
        Ok((selection, bound.and_then(|bound| i64::try_from(bound).ok()), status))
    }
}

#[cfg(not(feature = "highs"))]
mod highs {
    use super::*;

    pub(in crate::commands) const BUILT_IN: bool = false;

    fn absent<T>() -> Result<T, Failure> {
        Err(Failure::Input(
            "this build is without HiGHS: build with `--features highs` (needs cmake and libclang)".into(),
        ))
    }

    pub(super) fn lp(_: &SelectionProgram, _: Multiplier, _: Option<Duration>) -> Result<Answer, Failure> {
        absent()
    }

    pub(super) fn mip(_: &SelectionProgram, _: Multiplier, _: Option<Duration>) -> Result<Answer, Failure> {
        absent()
    }

    pub(in crate::commands) fn within(
        _: &SelectionProgram,
        _: &[Limit],
        _: Option<Duration>,
    ) -> Result<(Selection, Option<i64>, Status), Failure> {
        absent()
    }
}
