//! Layers that several networks use. Activations are matrices: a row per token, place or example.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::Probe;
use crate::weights::Params;

/// What a network runs with.
pub struct Run<'a, B: Backend> {
    /// Its weights.
    pub params: &'a Params<B>,
    /// Sees the input of every linear layer.
    pub probe: &'a mut dyn Probe<B>,
}

impl<B: Backend> Run<'_, B> {
    pub(crate) fn param(&self, name: &str) -> Tensor<B, 2> {
        self.params.of(name)
    }

    /// `x W^T + b`, with a bias if there is one.
    pub(crate) fn linear(&mut self, name: &str, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.probe.input(name, x);
        let y = x.matmul(self.params.of(&format!("{name}.weight")).transpose());
        match self.params.get(&format!("{name}.bias")) {
            Some(bias) => y + bias,
            None => y,
        }
    }

    /// `x / sqrt(mean(x^2) + eps) * w`.
    pub(crate) fn rms_norm(&self, name: &str, x: Tensor<B, 2>, eps: f64) -> Tensor<B, 2> {
        let scale = (x.clone().square().mean_dim(1) + eps).sqrt();
        x / scale * self.params.of(&format!("{name}.weight"))
    }

    /// `(x - mean) / sqrt(var + eps) * w + b`.
    pub(crate) fn layer_norm(&self, name: &str, x: Tensor<B, 2>, eps: f64) -> Tensor<B, 2> {
        let centred = x.clone() - x.mean_dim(1);
        let scale = (centred.clone().square().mean_dim(1) + eps).sqrt();
        centred / scale * self.params.of(&format!("{name}.weight")) + self.params.of(&format!("{name}.bias"))
    }
}
