//! Networks: forward passes against plain loops, gradients, training.

mod battery;
mod calibration;
mod forward;
mod hub;
mod latency;
mod text;
mod training;
mod units;
