//! The commands of the binary `curves`.

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use secateur_corpora::Catalogue;

use super::outcome::Outcome;
use super::setup::Setup;
use super::tasks::{TASKS, Task};
use super::trained::trained;
use super::{masks, searched, table, units, weights};
use crate::decisions::commands::{Seeds, seeds};
use crate::lines::{append, read, read_all};
use crate::workloads::Failure;

/// Quality against achieved size, for every method of allocating sparsity.
#[derive(Debug, Parser)]
#[command(name = "curves")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains the networks that are not there yet.
    Train {
        /// Tasks, separated by commas [default: all].
        #[arg(long, value_delimiter = ',', value_parser = TASKS)]
        tasks: Vec<String>,
        /// One seed, or first..last, the last included.
        #[arg(long, default_value = "1..5", value_parser = seeds)]
        seeds: Seeds,
        /// Folder of trained networks.
        #[arg(long)]
        models: PathBuf,
    },
    /// Prunes networks by all methods and appends what comes of it to a file; what is in the file already is not run again.
    Run {
        /// Tasks, separated by commas [default: all].
        #[arg(long, value_delimiter = ',', value_parser = TASKS)]
        tasks: Vec<String>,
        /// Families, separated by commas [default: all that a task has].
        #[arg(long, value_delimiter = ',', value_parser = FAMILIES)]
        families: Vec<String>,
        /// One seed, or first..last, the last included.
        #[arg(long, default_value = "1..5", value_parser = seeds)]
        seeds: Seeds,
        /// Folder of trained networks.
        #[arg(long)]
        models: PathBuf,
        /// File of results, one JSON object a line.
        #[arg(long)]
        out: PathBuf,
    },
    /// Tables in Markdown.
    Table {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
    },
    /// Pictures.
    Plot {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
        /// Folder for the pictures.
        #[arg(long)]
        out: PathBuf,
    },
}

/// What is pruned.
const FAMILIES: [&str; 5] = ["weights", "searched", "heads", "units", "masks"];

/// Families that a task has: its images have no heads, masks are learned on the decoder.
fn families_of(task: &str) -> &'static [&'static str] {
    match task {
        "mnist" => &["weights", "units"],
        "shakespeare" => &FAMILIES,
        _ => &["weights", "searched", "heads", "units"],
    }
}

/// Runs a command.
///
/// # Errors
/// When data are missing, a method fails, or files cannot be read or written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Train { tasks, seeds, models } => {
            let data = Catalogue::from_env()?;
            for name in all_if_none(tasks) {
                let task = Task::open(&name, &data)?;
                for seed in &seeds.0 {
                    trained(&task, *seed, &models)?;
                }
            }
            Ok(())
        }
        Command::Run { tasks, families, seeds, models, out } => {
            let data = Catalogue::from_env()?;
            for name in all_if_none(tasks) {
                let task = Task::open(&name, &data)?;
                for seed in &seeds.0 {
                    prune(&task, *seed, &families, &models, &out)?;
                }
            }
            Ok(())
        }
        Command::Table { results } => {
            print!("{}", table::tables(&read_all(&results)?));
            Ok(())
        }
        Command::Plot { results, out } => table::plots(&read_all(&results)?, &out),
    }
}

fn all_if_none(tasks: Vec<String>) -> Vec<String> {
    if tasks.is_empty() { TASKS.map(String::from).to_vec() } else { tasks }
}

/// What is not in the file yet of one task and seed.
fn prune(task: &Task, seed: u64, families: &[String], models: &Path, out: &Path) -> Result<(), Failure> {
    let before: Vec<Outcome> = read(out)?;
    let done =
        |family: &str| before.iter().any(|own| own.task == task.name && own.seed == seed && own.family == family);
    let wanted = |family: &&&str| (families.is_empty() || families.iter().any(|own| own == **family)) && !done(family);
    let open: Vec<&&str> = families_of(task.name).iter().filter(wanted).collect();
    if open.is_empty() {
        return Ok(());
    }
    let setup = Setup::new(task, seed, models)?;
    if !done("whole") {
        append(out, &[setup.outcome(&setup.whole())?])?;
    }
    for family in open {
        let outcomes = match *family {
            "weights" => weights::outcomes(&setup)?,
            "searched" => searched::outcomes(&setup)?,
            "masks" => masks::outcomes(&setup)?,
            other => units::outcomes(&setup, other)?,
        };
        append(out, &outcomes)?;
    }
    Ok(())
}
