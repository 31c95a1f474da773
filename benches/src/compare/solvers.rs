//! The solvers compared. To add one: a row in [`SOLVERS`], and a function here or a script in `benches/compare`.

use std::time::Instant;

use secateur_graph::solve_flow;
use secateur_program::{Control, Multiplier, SelectionProgram, dual_bound, verify_path, verify_solution};
use secateur_selection::{PrimalDualOptions, primal_dual_at, solve_at, solve_path};

use super::measured::{Measured, Meter, Question, Vertex};
use crate::workloads::Failure;

/// One solver.
#[derive(Debug)]
pub struct Solver {
    /// Name on the command line.
    pub name: &'static str,
    /// Name in tables.
    pub title: &'static str,
    /// Whether it answers [`Question::Path`]; the others answer [`Question::At`].
    pub whole_path: bool,
    /// Programs with more uses pairs than this are left out, by default.
    pub most_pairs: usize,
    /// Whether it computes whole paths in doubles: a wrong answer is then reported instead of its times. Everywhere else a wrong
    /// answer ends the comparison.
    pub may_err: bool,
    /// How it is run.
    pub how: How,
}

/// How a solver is run.
#[derive(Debug)]
pub enum How {
    /// In a child process of this program, on this many threads (`None` for all cores).
    Child(fn(&SelectionProgram, Question) -> Result<Measured, Failure>, Option<usize>),
    /// By a script of `benches/compare`.
    Python(&'static str),
    /// Not in this build, and why.
    Absent(&'static str),
}

/// Every solver, ours first.
pub const SOLVERS: &[Solver] = &[
    Solver {
        name: "path",
        title: "whole path, ours",
        whole_path: true,
        most_pairs: usize::MAX,
        may_err: false,
        how: How::Child(path, None),
    },
    Solver {
        name: "path-1",
        title: "whole path, ours, one thread",
        whole_path: true,
        most_pairs: usize::MAX,
        may_err: false,
        how: How::Child(path, Some(1)),
    },
    Solver {
        name: "cut",
        title: "one lambda, ours",
        whole_path: false,
        most_pairs: usize::MAX,
        may_err: false,
        how: How::Child(cut, Some(1)),
    },
    Solver {
        name: "primal-dual",
        title: "one lambda, primal-dual by splitting",
        whole_path: false,
        most_pairs: 20_000_000,
        may_err: false,
        how: How::Child(primal_dual, None),
    },
    Solver {
        name: "subgradient",
        title: "one lambda, the paper's 50 passes",
        whole_path: false,
        most_pairs: 20_000_000,
        may_err: false,
        how: How::Child(subgradient, None),
    },
    Solver {
        name: "petgraph",
        title: "one lambda, petgraph maximum flow",
        whole_path: false,
        most_pairs: 30_000,
        may_err: false,
        how: How::Child(petgraph, Some(1)),
    },
    Solver {
        name: "ortools",
        title: "one lambda, OR-tools SimpleMaxFlow",
        whole_path: false,
        most_pairs: 100_000_000,
        may_err: false,
        how: How::Python("ortools_maxflow.py"),
    },
    Solver {
        name: "highs-lp",
        title: "one lambda, HiGHS LP",
        whole_path: false,
        most_pairs: 1_000_000,
        may_err: false,
        #[cfg(feature = "highs")]
        how: How::Child(highs::lp, Some(1)),
        #[cfg(not(feature = "highs"))]
        how: How::Absent("not built, needs --features highs"),
    },
    Solver {
        name: "highs-mip",
        title: "one lambda, HiGHS MIP",
        whole_path: false,
        most_pairs: 30_000,
        may_err: false,
        #[cfg(feature = "highs")]
        how: How::Child(highs::mip, Some(1)),
        #[cfg(not(feature = "highs"))]
        how: How::Absent("not built, needs --features highs"),
    },
    Solver {
        name: "pseudoflow",
        title: "whole path, PyPI pseudoflow",
        whole_path: true,
        most_pairs: 1_000_000,
        may_err: true,
        how: How::Python("pseudoflow_path.py"),
    },
];

/// The solver of that name.
pub fn named(name: &str) -> Option<&'static Solver> {
    SOLVERS.iter().find(|solver| solver.name == name)
}

fn lambda_of(question: Question) -> Result<Multiplier, Failure> {
    match question {
        Question::At(lambda) => Ok(lambda),
        Question::Path => Err("this solver answers one lambda".into()),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

fn ours(measured: Measured) -> Measured {
    Measured { version: env!("CARGO_PKG_VERSION").to_owned(), ..measured }
}

fn path(program: &SelectionProgram, _: Question) -> Result<Measured, Failure> {
    let meter = Meter::start();
    let solution = solve_path(program, &Control::new());
    let measured = meter.stop();
    let (verdict, verify_seconds) = timed(|| verify_path(program, &solution.path, &solution.flow));
    verdict?;
    let (gain, cost) = solution.path.start();
    let vertex = |lambda: Multiplier, gain, cost| Vertex { lambda: lambda.to_f64().min(f64::MAX), gain, cost };
    let breakpoints = solution.path.breakpoints().rev().map(|at| vertex(at.lambda, at.gain, at.cost));
    let vertices = breakpoints.chain([vertex(Multiplier::INFINITY, gain, cost)]).collect();
    Ok(Measured { vertices, verify_seconds: Some(verify_seconds), ..ours(measured) })
}

fn cut(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
    let lambda = lambda_of(question)?;
    let meter = Meter::start();
    let solution = solve_at(program, lambda, &Control::new());
    let measured = meter.stop();
    let (proven, verify_seconds) = timed(|| verify_solution(program, lambda, &solution.selection, &solution.flow));
    Ok(Measured { objective: Some(proven?.to_string()), verify_seconds: Some(verify_seconds), ..ours(measured) })
}

fn petgraph(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
    let lambda = lambda_of(question)?;
    let meter = Meter::start();
    let solution = solve_flow(program, lambda);
    let measured = meter.stop();
    let proven = verify_solution(program, lambda, &solution.selection, &solution.flow)?;
    Ok(Measured { objective: Some(proven.to_string()), version: "0.8".into(), ..measured })
}

fn primal_dual(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
    multipliers(program, question, &PrimalDualOptions { max_iterations: 200, ..PrimalDualOptions::default() })
}

fn subgradient(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
    multipliers(program, question, &PrimalDualOptions::authors())
}

/// Objective and bound, the bound computed anew from the flow; short of a proof unless they meet.
fn multipliers(
    program: &SelectionProgram,
    question: Question,
    options: &PrimalDualOptions,
) -> Result<Measured, Failure> {
    let lambda = lambda_of(question)?;
    let meter = Meter::start();
    let answer = primal_dual_at(program, lambda, options, &Control::new());
    let measured = meter.stop();
    let solution = answer.solution;
    let bound = dual_bound(program, lambda, &solution.flow)?;
    if bound != solution.bound || solution.objective > bound {
        return Err(format!("states the bound {}, its flow proves {bound}", solution.bound).into());
    }
    Ok(Measured {
        objective: Some(solution.objective.to_string()),
        bound: Some(bound.to_string()),
        passes: Some(answer.iterations.into()),
        stopped: (!solution.is_proven()).then(|| solution.status.to_string()),
        ..ours(measured)
    })
}

/// HiGHS builds its model inside the call. What building costs is measured by a second call with a time limit of zero, which
/// builds all the same and hands back an empty answer; it is subtracted from the first call's seconds.
#[cfg(feature = "highs")]
mod highs {
    use std::time::Duration;

    use secateur_highs::{HighsOptions, solve_lp, solve_mip};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(120);

    fn limited(limit: Duration) -> HighsOptions {
        HighsOptions { time_limit: Some(limit), ..HighsOptions::default() }
    }

    fn split(measured: Measured, build_seconds: f64) -> Measured {
        let call_seconds = Some(measured.solve_seconds);
        let solve_seconds = (measured.solve_seconds - build_seconds).max(0.0);
        Measured { build_seconds, solve_seconds, call_seconds, version: "1.16 of highs-sys".into(), ..measured }
    }

    pub(super) fn lp(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
        let lambda = lambda_of(question)?;
        let meter = Meter::start();
        let lp = solve_lp(program, lambda, &limited(LIMIT))?;
        let measured = meter.stop();
        let (built, build_seconds) = timed(|| solve_lp(program, lambda, &limited(Duration::ZERO)));
        built?;
        let solution = lp.solution;
        let stopped = (!solution.is_proven()).then(|| solution.status.to_string());
        let (objective, bound) = (Some(solution.objective.to_string()), Some(solution.bound.to_string()));
        Ok(Measured { objective, bound, stopped, ..split(measured, build_seconds) })
    }

    pub(super) fn mip(program: &SelectionProgram, question: Question) -> Result<Measured, Failure> {
        let lambda = lambda_of(question)?;
        let meter = Meter::start();
        let mip = solve_mip(program, lambda, &limited(LIMIT))?;
        let measured = meter.stop();
        let (built, build_seconds) = timed(|| solve_mip(program, lambda, &limited(Duration::ZERO)));
        built?;
        Ok(Measured { objective: Some(mip.objective.to_string()), ..split(measured, build_seconds) })
    }
}
