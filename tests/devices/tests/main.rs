//! Scores and sensitivities on every back end: the same answers.
#![expect(clippy::unwrap_used, reason = "all of it is a test; in functions beside tests the lint sees no test")]

mod battery;
mod opened;
#[cfg(feature = "wgpu")]
mod strided;
