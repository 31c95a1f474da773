//! What units and weights are worth, measured on calibration data.

#[cfg(test)]
mod battery;
mod calibrate;
mod importance;
mod on_device;
mod reference;
mod scorer;

pub use calibrate::{CalibrateError, Inputs, calibrate, inputs_of};
pub use importance::{Importance, ImportanceOptions, Per, importance};
pub use on_device::OnDevice;
pub use reference::Reference;
pub use scorer::{ScoreError, Scorer};
