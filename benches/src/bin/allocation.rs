//! What allocations are worth that are not exact, and what exact ones cost; `secateur_benches::allocation` says how.
//!
//! `cargo run --release -p secateur-benches --features neural,highs --bin allocation -- wrong` (or `tables`, `units`).

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::allocation::commands::{Arguments, run};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
