//! Networks: forward passes against plain loops, gradients, training.

mod allocation;
mod calibration;
mod dsa;
mod forward;
mod heads;
mod hub;
mod latency;
mod logarithmic;
mod released;
mod slimgpt;
mod text;
mod training;
mod units;

pub(super) use forward::{decoder, encoder};
pub(super) use training::copying;
