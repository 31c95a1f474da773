//! Networks: forward passes against plain loops, gradients, training.

mod calibration;
mod dsa;
mod forward;
mod heads;
mod hub;
mod text;
mod training;
mod units;
