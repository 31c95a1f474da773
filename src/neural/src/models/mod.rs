//! The networks: how each is built and run.
//!
//! A network runs on any device through [`super::Params`]. Wherever a linear layer (dense layer, convolution) is
//! applied, a [`Probe`] sees its input, and may put another in its place. That one seam serves calibration (norms and
//! second moments of inputs), masks on heads and channels (the input of the output projection, grouped), and
//! importances (gradients with respect to such masks).

pub(super) mod attention;
pub mod convnet;
pub(super) mod decoder;
pub(super) mod encoder;
pub(super) mod init;
pub(super) mod layers;
pub mod mlp;
pub(super) mod state;

pub use init::gaussian;
pub use layers::Run;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Sees what every linear layer is applied to.
pub trait Probe<B: Backend> {
    /// The input of the linear layer of this name (its weight is `name.weight`): shape (rows, channels), rows being
    /// tokens, places of images, or examples. Returns what the linear layer is applied to.
    fn input(&mut self, linear: &str, x: Tensor<B, 2>) -> Tensor<B, 2>;
}

/// Changes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Untouched;

impl<B: Backend> Probe<B> for Untouched {
    fn input(&mut self, _: &str, x: Tensor<B, 2>) -> Tensor<B, 2> {
        x
    }
}

impl<B: Backend, F: FnMut(&str, Tensor<B, 2>) -> Tensor<B, 2>> Probe<B> for F {
    fn input(&mut self, linear: &str, x: Tensor<B, 2>) -> Tensor<B, 2> {
        self(linear, x)
    }
}
