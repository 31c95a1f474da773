//! Networks: forward passes against plain loops, gradients, training.
#![expect(clippy::unwrap_used, reason = "all of it is a test; in functions beside tests the lint sees no test")]

mod calibration;
mod forward;
mod hub;
mod latency;
mod text;
mod training;
mod units;
