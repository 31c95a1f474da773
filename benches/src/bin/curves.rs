//! Quality against achieved size for every method of allocating sparsity; `secateur_benches::curves` says how.
//!
//! `cargo run --release -p secateur-benches --features neural --bin curves -- run --seeds 1..5 --models FOLDER --out results.jsonl`, and
//! `table results.jsonl` or `plot results.jsonl --out FOLDER`. Data folder: `SECATEUR_DATA`.

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::curves::commands::{Arguments, run};

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
