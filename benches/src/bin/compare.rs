//! Compares solvers on programs of real forests and on generated ones; `secateur_benches::compare` says how.
//!
//! `bash benches/compare/setup.sh` installs the Python peers; then
//! `cargo run --release -p secateur-benches --features highs --bin compare -- small` (or `check`, `hardest`, `growth`, `large`,
//! `run --program ... --solvers ...`; without the feature HiGHS is reported as not built). Data folder: `SECATEUR_DATA`.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::compare::commands::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(Arguments::parse()))
}
