//! The commands of the binary `curves`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use secateur_datasets::Catalogue;

use super::tasks::{TASKS, Task};
use super::trained::trained;
use crate::decisions::commands::{Seeds, seeds};
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
}

/// Runs a command.
///
/// # Errors
/// When data are missing, a method fails, or files cannot be read or written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let data = Catalogue::from_env()?;
    match arguments.command {
        Command::Train { tasks, seeds, models } => {
            for name in if tasks.is_empty() { TASKS.map(String::from).to_vec() } else { tasks } {
                let task = Task::open(&name, &data)?;
                for seed in &seeds.0 {
                    trained(&task, *seed, &models)?;
                }
            }
            Ok(())
        }
    }
}
