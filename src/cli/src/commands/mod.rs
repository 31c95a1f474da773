//! The commands: each parses its arguments, calls the library, and prints.
//!
//! [`run`] does it all on streams that it is given, so tests call it in-process.
//!
//! Invariants: standard output carries the answer and nothing else; every failure is one line `error: ...` on standard
//! error and a code other than 0; an output is checked before long work and written whole or not at all.

#[cfg(feature = "neural")]
mod allocate;
mod arguments;
mod columns;
mod compare;
mod convert;
mod curve;
mod data;
mod demo;
mod export;
mod failure;
mod files;
mod hints;
mod import;
mod lambda;
mod model;
mod path_file;
mod point;
mod predict;
mod prune;
mod ranges;
mod report;
mod session;
mod solve;
mod solver;
mod text;
mod train;
mod tune;
mod verify;

#[cfg(test)]
mod tests;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub(crate) use failure::INTERRUPTED;
use failure::{Failure, Outcome};
use session::Session;
pub(crate) use session::Streams;

/// Prunes trained forests to a feature-acquisition budget, exactly.
///
/// A forest and a price list for its inputs go in; the whole trade-off between loss and expected cost per prediction comes
/// out, with a proof, as one model file that serves every budget.
#[derive(Parser)]
#[command(name = "secateur", version, max_term_width = 100, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

const EXAMPLES: &str = "\
Examples:
  secateur demo                                              everything at once, on embedded data
  secateur tune --train train.csv --valid valid.csv --prices prices.toml --out tuned
  secateur train --data train.csv --target y --out forest.secateur
  secateur prune --model forest.secateur --data prune.csv --prices prices.toml \\
                 --valid valid.csv --out model.secateur --report report.html
  secateur predict --model model.secateur --data new.csv --lazy
  secateur solve program.sel
  secateur compare program.sel

Exit codes: 0 done, and proven where a proof is promised; 1 stopped by a limit, not proven, or refused by
verification (a warning says what was written all the same); 2 wrong usage or input; 130, 143, 129 ended by
SIGINT (Ctrl-C), SIGTERM, SIGHUP: within a fifth of a second, and outputs are the old ones.
RUST_LOG=debug shows what the library does.";

#[derive(clap::Args)]
struct Common {
    /// Print one JSON document on standard output and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// No progress bars and no notes on standard error; warnings are still shown
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Threads to work with [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    threads: Option<u16>,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    #[cfg(feature = "neural")]
    Allocate(allocate::Allocate),
    Train(train::Train),
    Import(import::Import),
    Tune(tune::Tune),
    Prune(prune::Prune),
    Curve(curve::Curve),
    Predict(predict::Predict),
    Report(report::Report),
    Convert(convert::Convert),
    Solve(solve::Solve),
    Compare(compare::Compare),
    Export(export::Export),
    Verify(verify::Verify),
}

/// Runs the tool and returns its exit code.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>, streams: Streams<'_>) -> u8 {
    match Cli::try_parse_from(args) {
        Ok(Cli { command, common }) => {
            let mut session = Session::new(streams, common.json, common.quiet);
            let outcome = on_threads(common.threads, || dispatch(command, &mut session));
            session.end(outcome)
        }
        Err(error) => {
            let mut session = Session::new(streams, false, false);
            let outcome = if error.use_stderr() {
                Err(failure::usage(&error))
            } else {
                session.print(&error.render().to_string())
            };
            session.end(outcome)
        }
    }
}

fn dispatch(command: Command, session: &mut Session<'_>) -> Outcome {
    match command {
        Command::Demo(demo) => demo.run(session),
        #[cfg(feature = "neural")]
        Command::Allocate(allocate) => allocate.run(session),
        Command::Train(train) => train.run(session),
        Command::Import(import) => import.run(session),
        Command::Tune(tune) => tune.run(session),
        Command::Prune(prune) => prune.run(session),
        Command::Curve(curve) => curve.run(session),
        Command::Predict(predict) => predict.run(session),
        Command::Report(report) => report.run(session),
        Command::Convert(convert) => convert.run(session),
        Command::Solve(solve) => solve.run(session),
        Command::Compare(compare) => compare.run(session),
        Command::Export(export) => export.run(session),
        Command::Verify(verify) => verify.run(session),
    }
}

fn on_threads(threads: Option<u16>, work: impl FnOnce() -> Outcome + Send) -> Outcome {
    let Some(threads) = threads else { return work() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build();
    pool.map_err(|error| Failure::Input(format!("--threads {threads}: {error}")))?.install(work)
}
