//! Networks: forward passes against plain loops, gradients, training.

mod forward;
mod hub;
mod text;
mod training;
mod units;
