//! `secateur solve`: a selection program from a text file, at every lambda, at one, or within a hard budget.

mod at;
mod path;
mod within;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secateur_program::Status;
use secateur_selection::PrimalDualOptions;

use super::arguments::{seconds, tolerance};
use super::failure::Outcome;
use super::files;
use super::lambda::Lambda;
use super::path_file::ProgramFile;
use super::session::Session;
use super::solver::{Multipliers, Solver};

/// Solve a selection program: the optimum at every lambda, at one, or within a hard budget, with a proof.
///
/// The file (plain, .gz or .xz) says `p sel D R U`, then D lines `d GAIN PARENT`, R lines `r COST`, U lines `u DECISION
/// RESOURCE`, all counted from 1, parent 0 for none, `c` for comments. Gains, costs and lambda (gain per unit of cost) are in
/// the file's own units; `lambda_ratio` is exact, in whole `units`: the file's last decimal places, or, where numbers have more digits
/// than 64-bit integers hold, powers of two to which they are rounded (a warning says so). With --json a breakpoint gives gain and
/// cost of the optimum just below its lambda, and `start` those of what costs nothing. A limit on time or work that stops the solver
/// leaves the best answer so far, with its gap, and exit code 1; so does Ctrl-C, with exit code 130, if the answer is ready at once.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  secateur solve program.sel\n  secateur solve program.sel --lambda 0.05 --json\n  \
                        secateur solve program.sel --budget 250 --time-limit 10\n  \
                        secateur solve program.sel --solver primal-dual --lambda 0.05 --tolerance 1e-8\n  \
                        secateur solve program.sel --path-out path.json && secateur verify program.sel path.json"
)]
pub(super) struct Solve {
    #[command(flatten)]
    program: ProgramFile,
    /// Who solves: exact cuts, the any-time primal-dual method, or HiGHS (in builds with the feature `highs`)
    #[arg(long, value_enum, default_value_t = Solver::Cut)]
    solver: Solver,
    /// Solve at this lambda only
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lambda: Option<Lambda>,
    /// The most gain for at most this cost in all
    #[arg(long, value_name = "B", allow_negative_numbers = true, conflicts_with = "lambda")]
    budget: Option<Lambda>,
    /// The most gain with at most so many decisions (alone, or together with --budget)
    #[arg(long, value_name = "N", conflicts_with = "lambda", allow_negative_numbers = true)]
    max_decisions: Option<u32>,
    /// primal-dual: how multipliers are improved; `subgradient` is the paper's method with its 50 passes
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = Multipliers::Splitting)]
    method: Multipliers,
    /// primal-dual: stop at this relative gap
    #[arg(long, value_name = "SHARE", value_parser = tolerance, default_value = "1e-6", allow_negative_numbers = true)]
    tolerance: f64,
    /// primal-dual: most passes over the pairs
    #[arg(long, value_name = "N", default_value_t = 50)]
    passes: u32,
    /// Write the path and its certificate to this JSON file, for `secateur verify`
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["lambda", "budget", "max_decisions"])]
    path_out: Option<PathBuf>,
    /// Stop after so many seconds with the best answer so far
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    time_limit: Option<Duration>,
}

impl Solve {
    pub(super) fn run(self, session: &mut Session<'_>) -> Outcome {
        files::check_outputs(&[("--path-out", self.path_out.as_ref())], &[Some(&self.program.file)])?;
        let program = self.program.read(session)?;
        let limits = self.limits(&program)?;
        session.shows_when_stopped();
        match self.lambda {
            Some(lambda) => self.at(lambda, &program, session),
            None if limits.is_empty() => self.path(&program, session),
            None => self.within(&limits, &program, session),
        }
    }

    fn primal_dual(&self) -> PrimalDualOptions {
        self.method.options(self.tolerance, self.passes)
    }
}

/// Why an answer is not proven optimal, and how far it may be.
fn stopped(status: Status, what: &str, gap: f64) -> String {
    let reason = match status {
        Status::TimeLimit => "the time limit was reached",
        _ => "the limit on the work was reached",
    };
    format!("{reason}: {what} is not proven optimal, gap {gap:.3e}")
}
