//! What scores of weights cost on a device, against a copy and a matrix product of the same run; `secateur_benches::scores` says how.
//!
//! `cargo run --release -p secateur-benches --features neural-cuda --bin scores -- --device cuda`; `neural-wgpu` and `wgpu` for Vulkan, `neural` and `cpu`
//! for the processor.

#![allow(clippy::print_stderr, reason = "a program that says what is wrong")]

use std::process::ExitCode;

use clap::Parser;
use secateur_benches::scores::{Arguments, run};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
