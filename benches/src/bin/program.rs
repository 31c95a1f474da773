//! Writes the program of a workload to standard output in text form.
//!
//! `cargo run --release -p secateur-benches --bin program -- covertype sqrt 40 [TRAIN_ROWS [PRUNE_ROWS]] > FILE.sel`

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use secateur::forest::grow::SplitFeatures;
use secateur_benches::workloads::{Failure, Workload};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}\nusage: program covertype|mbne_tiny all|sqrt TREES [TRAIN_ROWS [PRUNE_ROWS]]");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = match arguments.first().map(String::as_str) {
        Some("covertype") => "covertype",
        Some("mbne_tiny") => "mbne_tiny",
        _ => return Err("name a data set".into()),
    };
    let features = match arguments.get(1).map(String::as_str) {
        Some("all") => SplitFeatures::All,
        Some("sqrt") => SplitFeatures::Sqrt,
        _ => return Err("say which features are tried per split".into()),
    };
    let number = |index: usize| arguments.get(index).map(|text| text.parse::<usize>()).transpose();
    let trees = number(2)?.ok_or("say how many trees")?;
    let workload = Workload { data, trees, features, train_rows: number(3)?, prune_rows: number(4)? };
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    secateur_program::write(&workload.program()?, &mut out)?;
    Ok(out.flush()?)
}
