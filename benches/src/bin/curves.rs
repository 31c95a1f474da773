//! Quality against achieved size for every method of allocating sparsity; `secateur_benches::curves` says how.
//!
//! `cargo run --release -p secateur-benches --features neural --bin curves -- run --seeds 1..5 --models FOLDER --out results.jsonl`, and
//! `table results.jsonl` or `plot results.jsonl --out FOLDER`. Data folder: `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::curves::commands::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
