//! DEPrune on a network trained on digits, measured; `secateur_benches::deprune` says how.
//!
//! `cargo run --release -p secateur-benches --features neural --bin deprune -- run --models FOLDER --out RESULTS.jsonl`, then `table RESULTS.jsonl`. Data folder:
//! `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::deprune::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
