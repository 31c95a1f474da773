//! What units and weights are worth, measured on calibration data.

mod importance;

pub use importance::{Importance, ImportanceOptions, Per, importance};
