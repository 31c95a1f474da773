//! A network trained on digits, rebuilt by pruning random ones; `secateur_benches::logarithmic` says how.
//!
//! `cargo run --release -p secateur-benches --features neural --bin logarithmic -- --plot FOLDER`. Data folder: `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::logarithmic::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(&Arguments::parse()))
}
