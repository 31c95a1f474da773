//! Compares decisions at equal cost; `secateur_benches::decisions` says how.
//!
//! `bash benches/decisions/setup.sh` installs the Python peers; then
//! `cargo run --release -p secateur-benches --bin decisions -- run --sets heart,mbne --seeds 1..5 --out results.jsonl`, and
//! `table results.jsonl` or `plot results.jsonl --out FOLDER`. Data folder: `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::decisions::commands::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
