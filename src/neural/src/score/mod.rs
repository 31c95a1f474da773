//! What units and weights are worth, measured on calibration data.
//!
//! | idea | where |
//! |---|---|
//! | scores of weights, by definition and on any device: one trait, one battery of tests | [`Scorer`], [`Reference`], [`OnDevice`] |
//! | what a device computes, with kernels of our own for graphics cards | [`Kernels`] |
//! | which devices are here, and work on one of them by name | [`BackEnd`], [`Work`] |
//! | a network with the data that its parts are measured on | [`Calibration`] |
//! | second moments of the inputs of linear layers | [`calibrate()`] |
//! | sensitivity of the loss to units | [`importance()`] |
//!
//! [`OnDevice`] takes weights from the host a few rows at a time, so that they may be larger than the device's memory,
//! or scores tensors where they are. The same program runs on every device:
//!
//! ```no_run
//! use ndarray::array;
//! use secateur_neural::score::{BackEnd, DeviceError, Kernels, OnDevice, Scorer, Work};
//!
//! /// Wanda's scores of one small weight.
//! struct Wanda;
//!
//! impl Work for Wanda {
//!     type Output = ndarray::Array2<f32>;
//!
//!     fn run<B: Kernels>(self, device: B::Device) -> Self::Output {
//!         let weight = array![[1.0, -2.0], [0.5, 3.0]];
//!         OnDevice::<B>::new(device).wanda(weight.view(), &[2.0, 1.0]).expect("a norm per input")
//!     }
//! }
//!
//! fn scores() -> Result<ndarray::Array2<f32>, DeviceError> {
//!     let back_end: BackEnd = "cuda".parse()?;
//!     back_end.open(Wanda) // or what is missing: the feature, the driver, a card, NVRTC
//! }
//! ```

mod calibrate;
mod calibration;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod cube;
mod devices;
mod importance;
mod kernels;
mod moments;
mod on_device;
mod reference;
mod scorer;

pub use calibrate::{CalibrateError, Inputs, calibrate, calibrate_at, inputs_of};
pub use calibration::Calibration;
pub use devices::{BackEnd, DeviceError, Work};
pub use importance::{Importance, ImportanceOptions, Per, importance};
pub use kernels::Kernels;
pub use moments::Moments;
pub use on_device::OnDevice;
pub use reference::Reference;
pub use scorer::{ScoreError, Scorer};
