//! The solvers of this workspace, as the battery calls them.

use secateur_graph::solve_flow;
use secateur_highs::{HighsOptions, solve_lp, solve_mip, solve_mip_within};
use secateur_program::{
    BRUTE_FORCE_LIMIT, Limit, Multiplier, SelectionProgram, Status, brute_force, brute_force_within, objective,
    verify_path,
};
use secateur_selection::{BudgetOptions, PrimalDualOptions, primal_dual_at, solve_at, solve_path, solve_within};

use super::{Answer, Interrupt, Promise, Refused, Solver, Stops, Within, WithinAnswer, WithinPromise};

/// One lambda by one cut.
pub struct CutAt;

impl Solver for CutAt {
    fn promise(&self) -> Promise {
        Promise {
            tolerance: 0.0,
            smallest: true,
            flow: true,
            decisions: usize::MAX,
            size: usize::MAX,
            wide: true,
            stops: Stops::ByControl,
        }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused> {
        Ok(solve_at(program, lambda, &interrupt.control()).into())
    }
}

/// One lambda of the whole path, which must be certified if it claims to be optimal. Its flow proves the path, not one lambda.
pub struct CutPath;

impl Solver for CutPath {
    fn promise(&self) -> Promise {
        Promise { flow: false, ..CutAt.promise() }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused> {
        let solution = solve_path(program, &interrupt.control());
        if solution.status == Status::Optimal {
            verify_path(program, &solution.path, &solution.flow)?;
            assert_eq!(solution.gap, 0.0, "an optimal path has no gap");
        }
        let selection = solution.path.selection_at(program, lambda).expect("closed at every lambda");
        // The gap is in gain units: in units of 1/den, rounded up.
        let gap = (solution.gap * lambda.den() as f64 * (1.0 + 1e-9)).ceil() as i128;
        let bound = objective(program, &selection, lambda).saturating_add(gap);
        Ok(Answer { selection, bound: Some(bound), flow: None, status: solution.status })
    }
}

/// The primal-dual method to the last integer: splitting, its flow completed exactly.
pub struct PrimalDual;

impl Solver for PrimalDual {
    fn promise(&self) -> Promise {
        Promise { smallest: false, ..CutAt.promise() }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused> {
        let options = PrimalDualOptions { tolerance: 0.0, finish: 1.0, ..PrimalDualOptions::default() };
        Ok(primal_dual_at(program, lambda, &options, &interrupt.control()).solution.into())
    }
}

/// The linear relaxation by HiGHS.
pub struct HighsLp;

/// What HiGHS promises of both: any optimum, large integers refused.
const HIGHS: Promise = Promise {
    tolerance: 0.0,
    smallest: false,
    flow: true,
    decisions: usize::MAX,
    size: 10_000,
    wide: false,
    stops: Stops::ByTime,
};

fn highs(interrupt: Interrupt) -> HighsOptions {
    HighsOptions { time_limit: interrupt.time_limit(), ..HighsOptions::default() }
}

impl Solver for HighsLp {
    fn promise(&self) -> Promise {
        HIGHS
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused> {
        Ok(solve_lp(program, lambda, &highs(interrupt))?.solution.into())
    }
}

/// The integer program by HiGHS.
pub struct HighsMip;

impl Solver for HighsMip {
    fn promise(&self) -> Promise {
        Promise { flow: false, ..HIGHS }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused> {
        let mip = solve_mip(program, lambda, &highs(interrupt))?;
        Ok(Answer { selection: mip.selection, bound: mip.bound, flow: None, status: mip.status })
    }
}

/// One lambda by petgraph's maximum flow.
pub struct PetgraphFlow;

impl Solver for PetgraphFlow {
    fn promise(&self) -> Promise {
        Promise { size: 10_000, stops: Stops::Never, ..CutAt.promise() }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, _: Interrupt) -> Result<Answer, Refused> {
        Ok(solve_flow(program, lambda).into())
    }
}

/// The specification: against itself, and against laws that it does not know.
pub struct BruteForce;

impl Solver for BruteForce {
    fn promise(&self) -> Promise {
        Promise { flow: false, decisions: BRUTE_FORCE_LIMIT.min(14), stops: Stops::Never, ..CutAt.promise() }
    }

    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, _: Interrupt) -> Result<Answer, Refused> {
        Ok(Answer { selection: brute_force(program, lambda), bound: None, flow: None, status: Status::Optimal })
    }
}

/// The budgeted solver, with effort enough for programs of tests.
pub struct Budgeted;

impl Within for Budgeted {
    fn promise(&self) -> WithinPromise {
        WithinPromise { exact: true, decisions: usize::MAX, size: 10_000, limits: usize::MAX, stops: Stops::ByControl }
    }

    fn solve(
        &self,
        program: &SelectionProgram,
        limits: &[Limit],
        interrupt: Interrupt,
    ) -> Result<WithinAnswer, Refused> {
        let solution = solve_within(program, limits, &BudgetOptions::default(), &interrupt.control());
        Ok(WithinAnswer { selection: solution.selection, bound: Some(solution.bound.into()), status: solution.status })
    }
}

/// The integer program under limits by HiGHS.
pub struct HighsWithin;

impl Within for HighsWithin {
    fn promise(&self) -> WithinPromise {
        WithinPromise { exact: true, decisions: usize::MAX, size: 10_000, limits: usize::MAX, stops: Stops::ByTime }
    }

    fn solve(
        &self,
        program: &SelectionProgram,
        limits: &[Limit],
        interrupt: Interrupt,
    ) -> Result<WithinAnswer, Refused> {
        let mip = solve_mip_within(program, limits, &highs(interrupt))?;
        Ok(WithinAnswer { selection: mip.selection, bound: mip.bound, status: mip.status })
    }
}

/// The specification under limits.
pub struct BruteForceWithin;

impl Within for BruteForceWithin {
    fn promise(&self) -> WithinPromise {
        WithinPromise {
            exact: true,
            decisions: BruteForce.promise().decisions,
            size: usize::MAX,
            limits: usize::MAX,
            stops: Stops::Never,
        }
    }

    fn solve(&self, program: &SelectionProgram, limits: &[Limit], _: Interrupt) -> Result<WithinAnswer, Refused> {
        let selection = brute_force_within(program, limits);
        Ok(WithinAnswer { selection, bound: None, status: Status::Optimal })
    }
}
