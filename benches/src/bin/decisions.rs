//! Compares decisions at equal cost; `secateur_benches::decisions` says how.
//!
//! `bash benches/decisions/setup.sh` installs the Python peers; then
//! `cargo run --release -p secateur-benches --bin decisions -- run --sets heart,mbne --seeds 1..5 --out results.jsonl`, and
//! `table results.jsonl` or `plot results.jsonl --out FOLDER`. Data folder: `SECATEUR_DATA`.

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::decisions::commands::{Arguments, run};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
