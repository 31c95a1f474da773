//! What allocations are worth that are not exact, and what exact ones cost; `secateur_benches::allocation` says how.
//!
//! `cargo run --release -p secateur-benches --features neural,highs --bin allocation -- wrong` (or `tables`, `units`).

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::allocation::commands::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
