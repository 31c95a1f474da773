//! The commands of the binary `allocation`.

use std::time::Duration;

use clap::{Parser, Subcommand};

use super::{large, timed, wrong};
use crate::workloads::Failure;

/// What allocations are worth that are not exact, and what exact ones cost; answers are asserted before anything is told.
#[derive(Debug, Parser)]
#[command(name = "allocation")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How often and how far greedy, HALP's knapsack, SPDY's buckets and the path are wrong, on chains that are enumerated.
    Wrong {
        /// Instances of each of two families.
        #[arg(long, default_value_t = 300)]
        instances: u64,
    },
    /// Exact lists, the budgeted solver and HiGHS on level tables of 32 and 80 blocks.
    Tables {
        /// Runs of each solver, in turn; figures are medians.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// Seed of the tables.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seconds after which a solver is stopped and not run again.
        #[arg(long, default_value_t = 60)]
        patience: u64,
        /// Leaves HiGHS out, which needs the feature `highs`.
        #[arg(long)]
        without_highs: bool,
    },
    /// Whole paths of up to a million units, verified, and three budgets with their proven gaps.
    Units {
        /// Units, separated by commas.
        #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
        sizes: Vec<usize>,
        /// Seed of the gains and costs.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seconds for one budget.
        #[arg(long, default_value_t = 120)]
        patience: u64,
    },
    /// One row of `units`, for this program's own use.
    #[command(hide = true)]
    Row { shape: String, units: usize, seed: u64, patience: u64 },
}

/// Runs a command.
///
/// # Errors
/// When a solver refuses what it is given, or a certificate is refused.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let seconds = Duration::from_secs;
    let table = match arguments.command {
        Command::Wrong { instances } => wrong::run(instances)?,
        Command::Tables { runs, seed, patience, without_highs } => {
            timed::run(runs, seed, seconds(patience), !without_highs)?
        }
        Command::Units { sizes, seed, patience } => large::run(&sizes, seed, patience)?,
        Command::Row { shape, units, seed, patience } => large::row(&shape, units, seed, seconds(patience))?,
    };
    println!("{table}");
    Ok(())
}
