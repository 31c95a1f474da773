//! The commands of the binary `compare`.

mod check;
mod growth;
mod large;
mod one;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::child;
use super::instance::Instance;
use super::process::Setting;
use super::report::Report;
use super::solvers::{SOLVERS, Solver, named};
use crate::workloads::Failure;

/// Compares solvers of the selection program; no time is reported before all answers are equal.
#[derive(Debug, Parser)]
#[command(name = "compare")]
pub struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Options {
    /// Runs of each solver, alternating; figures are medians.
    #[arg(long, default_value_t = 5, global = true)]
    runs: usize,
    /// Folder for tables and plots [default: `compare` in the build folder].
    #[arg(long, global = true)]
    out: Option<PathBuf>,
    /// Python with the peers [default: that of benches/compare/setup.sh].
    #[arg(long, global = true)]
    python: Option<PathBuf>,
    /// A solver whose first run took more seconds than this is not run again.
    #[arg(long, default_value_t = 60, global = true)]
    slow: u64,
    /// A process is ended after this many seconds.
    #[arg(long, default_value_t = 1800, global = true)]
    patience: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every solver on many small programs: equal answers, no times.
    Check,
    /// Whole path against one lambda, the hardest of several for OR-tools: Covertype, 40 trees, at the paper's sizes and larger.
    Hardest,
    /// Whole path against PyPI pseudoflow's, one lambda against HiGHS: Covertype, 20 trees, 500 and 2,000 pruning rows.
    Small,
    /// One program, chosen solvers.
    Run {
        /// `covertype|mbne_tiny:sqrt|all:TREES[:TRAIN_ROWS[:PRUNE_ROWS]]`, `forest:TREES:DEPTH:EXAMPLES:SOURCES[:SEED]`,
        /// `loose:DECISIONS:RESOURCES:USES[:SEED]`, or a file of the text form that ends in `.sel`.
        #[arg(long)]
        program: Instance,
        /// Names, separated by commas; the first is what ratios refer to [default: all that take programs of this size].
        #[arg(long, value_delimiter = ',', value_parser = solver)]
        solvers: Vec<&'static Solver>,
        /// Lambdas along the path among which the hardest is looked for.
        #[arg(long, default_value_t = 9)]
        lambdas: usize,
    },
    /// Time and memory of the whole path over three doublings of examples and of trees, with fitted exponents.
    Growth,
    /// The whole path of 100 trees on 100,000 pruning rows of Covertype (trained on 100,000 others).
    Large,
    /// One solver once, for this program's own use.
    #[command(hide = true)]
    Child { solver: String, program: PathBuf, num: Option<i64>, den: Option<i64> },
}

fn solver(name: &str) -> Result<&'static Solver, String> {
    let names: Vec<&str> = SOLVERS.iter().map(|solver| solver.name).collect();
    named(name).ok_or_else(|| format!("the solvers are {}", names.join(", ")))
}

/// Covertype at the paper's sizes: 36,603 training rows, 15,688 pruning rows.
const PAPER: &str = "covertype:sqrt:40";
/// More training and pruning rows: near 231,000 decisions and 8 million pairs.
const LARGER: &str = "covertype:sqrt:40:60000:21300";
/// Small enough for PyPI pseudoflow and HiGHS.
const SMALL: &str = "covertype:sqrt:20:36603:2000";
/// Small enough for the linear program to end.
const SMALLER: &str = "covertype:sqrt:20:5000:500";
/// Trained on 100,000 rows.
const LARGE: &str = "covertype:sqrt:100:100000:100000";

fn preset(name: &str) -> Instance {
    name.parse().expect("presets are instances")
}

/// Runs a command.
///
/// # Errors
/// When data is missing, a process fails, or answers differ.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { options, command } = arguments;
    if let Command::Child { solver, program, num, den } = &command {
        let measured = child::run(solver, program, num.zip(*den))?;
        println!("{}", serde_json::to_string(&measured)?);
        return Ok(());
    }
    // target/release/compare: the build folder is two above.
    let build = std::env::current_exe()?.ancestors().nth(2).ok_or("a program outside a build folder")?.to_owned();
    let setting = Setting {
        python: options.python.unwrap_or_else(|| build.join("peers/venv/bin/python")),
        out: options.out.unwrap_or_else(|| build.join("compare")),
        runs: options.runs,
        slow: Duration::from_secs(options.slow),
        patience: Duration::from_secs(options.patience),
    };
    std::fs::create_dir_all(&setting.out)?;
    let mut report = Report::default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    report.say(&format!("{cores} cores; medians of {} alternating runs; seconds are wall-clock.", setting.runs));
    let name = match &command {
        Command::Check => {
            check::check(&setting, &mut report)?;
            "check"
        }
        Command::Hardest => {
            let solvers = ["path", "path-1", "cut", "ortools"].map(|name| solver(name).expect("in the table"));
            for (name, program) in [("hardest-paper", PAPER), ("hardest-larger", LARGER)] {
                one::compare(&setting, &mut report, name, &preset(program), &solvers, 9)?;
            }
            "hardest"
        }
        Command::Small => {
            for (name, program) in [("small-lp", SMALLER), ("small", SMALL)] {
                one::compare(&setting, &mut report, name, &preset(program), &[], 9)?;
            }
            "small"
        }
        Command::Run { program, solvers, lambdas } => {
            one::compare(&setting, &mut report, "run", program, solvers, *lambdas)?;
            "run"
        }
        Command::Growth => {
            growth::growth(&setting, &mut report)?;
            "growth"
        }
        Command::Large => {
            large::large(&setting, &mut report, &preset(LARGE))?;
            "large"
        }
        Command::Child { .. } => unreachable!("handled above"),
    };
    report.write(&setting.out.join(format!("{name}.md")))
}
