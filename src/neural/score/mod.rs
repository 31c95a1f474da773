//! What units and weights are worth, measured on calibration data.

#[cfg(test)]
mod battery;
mod calibrate;
#[cfg(any(feature = "neural-wgpu", feature = "neural-cuda"))]
mod cube;
mod devices;
mod importance;
mod kernels;
mod moments;
mod on_device;
mod reference;
mod scorer;

pub use calibrate::{CalibrateError, Inputs, calibrate, inputs_of};
pub use devices::{BackEnd, DeviceError, Work};
pub use importance::{Importance, ImportanceOptions, Per, importance};
pub use kernels::Kernels;
pub use moments::Moments;
pub use on_device::OnDevice;
pub use reference::Reference;
pub use scorer::{ScoreError, Scorer};
