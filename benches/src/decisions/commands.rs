//! The commands of the binary `decisions`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::methods::{METHODS, Method, Setting, named};
use super::{plot, problem, run, table};
use crate::lines::read_all;
use crate::workloads::Failure;

/// Compares decisions at equal cost; nothing is chosen on test data.
#[derive(Debug, Parser)]
#[command(name = "decisions")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs methods on problems and appends what they chose to a file; what is in the file already is not run again.
    Run {
        /// Problems, separated by commas [default: all, small ones first].
        #[arg(long, value_delimiter = ',', value_parser = set)]
        sets: Vec<String>,
        /// One seed, or first..last, the last included.
        #[arg(long, default_value = "1..5", value_parser = seeds)]
        seeds: Seeds,
        /// Methods, separated by commas [default: all].
        #[arg(long, value_delimiter = ',', value_parser = method)]
        methods: Vec<&'static Method>,
        /// File of results, one JSON object a line.
        #[arg(long)]
        out: PathBuf,
        /// Python with the peers [default: that of benches/decisions/setup.sh].
        #[arg(long)]
        python: Option<PathBuf>,
    },
    /// Tables in Markdown.
    Table {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
        /// Method that the others are compared with.
        #[arg(long, default_value = "lightgbm-lazy")]
        reference: String,
    },
    /// One picture per set: test metric against test cost.
    Plot {
        /// Files of results.
        #[arg(required = true)]
        results: Vec<PathBuf>,
        /// Folder for the pictures.
        #[arg(long)]
        out: PathBuf,
    },
}

/// Seeds to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

pub(crate) fn seeds(text: &str) -> Result<Seeds, String> {
    let number = |text: &str| text.trim().parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    match text.split_once("..") {
        None => Ok(Seeds(vec![number(text)?])),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last || last - first >= 1000 {
                return Err("expected first..last, up to a thousand seeds".into());
            }
            Ok(Seeds((first..=last).collect()))
        }
    }
}

fn set(name: &str) -> Result<String, String> {
    problem::budgets(name).map(|_| name.to_owned()).map_err(|error| error.to_string())
}

fn method(name: &str) -> Result<&'static Method, String> {
    let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    named(name).ok_or_else(|| format!("the methods are {}", names.join(", ")))
}

/// Runs a command.
///
/// # Errors
/// When data or Python is missing, a method fails, or files cannot be read or written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Run { sets, seeds, methods, out, python } => {
            // target/release/decisions: the build folder is two above.
            let build =
                std::env::current_exe()?.ancestors().nth(2).ok_or("a program outside a build folder")?.to_owned();
            let python = python.unwrap_or_else(|| build.join("decision-peers/venv/bin/python"));
            let setting = Setting { python };
            let sets = if sets.is_empty() { problem::names().map(String::from).collect() } else { sets };
            let methods = if methods.is_empty() { METHODS.iter().collect() } else { methods };
            run::run(&sets, &seeds.0, &methods, &out, &setting)
        }
        Command::Table { results, reference } => {
            print!("{}", table::tables(&read_all(&results)?, &reference)?);
            Ok(())
        }
        Command::Plot { results, out } => plot::plots(&read_all(&results)?, &out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_names_are_read() {
        assert_eq!(seeds("1..3"), Ok(Seeds(vec![1, 2, 3])));
        assert_eq!(seeds("7"), Ok(Seeds(vec![7])));
        assert!(seeds("3..1").is_err() && seeds("x").is_err() && seeds("0..18446744073709551615").is_err());
        assert!(set("nowhere").unwrap_err().contains("heart"));
        assert!(method("nothing").unwrap_err().contains("exact-gini"));
        let parsed =
            Arguments::try_parse_from(["decisions", "run", "--sets", "heart,mbne", "--out", "r.jsonl"]).unwrap();
        assert!(matches!(parsed.command, Command::Run { sets, .. } if sets == ["heart", "mbne"]));
    }
}
