//! Compares solvers on programs of real forests and on generated ones; `secateur_benches::compare` says how.
//!
//! `bash benches/compare/setup.sh` installs the Python peers; then
//! `cargo run --release -p secateur-benches --features highs --bin compare -- small` (or `check`, `hardest`, `growth`, `large`,
//! `run --program ... --solvers ...`; without the feature HiGHS is reported as not built). Data folder: `SECATEUR_DATA`.

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::compare::commands::{Arguments, run};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
