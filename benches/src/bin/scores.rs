//! What scores of weights cost on a device, against a copy and a matrix product of the same run; `secateur_benches::scores` says how.
//!
//! `cargo run --release -p secateur-benches --features neural-cuda --bin scores -- --device cuda`; `neural-wgpu` and `wgpu` for Vulkan, `neural` and `cpu`
//! for the processor.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::scores::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(&Arguments::parse()))
}
