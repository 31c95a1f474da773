//! The other end of [`super::process`]: one of our solvers in a process of its own.

use std::path::Path;

use secateur_program::Multiplier;

use super::file;
use super::measured::{Measured, Question};
use super::solvers::{How, named};
use crate::workloads::Failure;

/// Reads the program, solves, and returns what to print. `lambda` is `num den`; without it the whole path is asked for.
///
/// # Errors
/// For an unknown solver, an unreadable program, or an answer that its own verifier refuses.
pub fn run(solver: &str, program: &Path, lambda: Option<(i64, i64)>) -> Result<Measured, Failure> {
    let How::Child(solve, _) = named(solver).ok_or("no such solver")?.how else {
        return Err("this solver does not run in a child process".into());
    };
    let question = match lambda {
        Some((num, den)) => Question::At(Multiplier::new(num, den)?),
        None => Question::Path,
    };
    solve(&file::read(program)?, question)
}
