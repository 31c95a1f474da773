//! Accuracy against achieved operations for widths learned, chosen exactly, and uniform; `secateur_benches::widths` says how.
//!
//! `cargo run --release -p secateur-benches --features neural --bin widths -- run --tasks mnist --seeds 1..3 --out results.jsonl`, and `table results.jsonl`.
//! Data folder: `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::widths::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
