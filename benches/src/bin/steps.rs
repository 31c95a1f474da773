//! Steps of training per second and memory: weights, MaskLLM's masks, S2HPruner's widths; `secateur_benches::steps` says how.
//!
//! `cargo run --release -p secateur-benches --features neural-cuda --bin steps -- --device cuda`; `neural-wgpu` and `wgpu` for Vulkan, `neural` and `cpu`
//! for the processor.

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::steps::{Arguments, run};
use secateur_benches::workloads::ended;

fn main() -> ExitCode {
    ended(run(&Arguments::parse()))
}
