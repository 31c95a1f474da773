//! A network: configuration and weights that go together.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::batch::Inputs;
use super::models::layers::Run;
use super::models::state::{State, n_blocks};
use super::models::{Probe, convnet, decoder, encoder, init, mlp};
use super::weights::Params;
use super::{Config, NetworkError, Weights};

/// A network. Valid: every weight that the configuration asks for is there, finite, and of a shape that goes with the
/// others. Heads and inner channels are as many as the weights have, which pruning makes fewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    config: Config,
    weights: Weights,
}

impl Network {
    /// Puts configuration and weights together.
    ///
    /// # Errors
    /// [`NetworkError`] naming the field or the weight.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn new(config: Config, weights: Weights) -> Result<Self, NetworkError> {
        config.check()?;
        let shapes = match &config {
            Config::Decoder(config) => decoder::shapes(config, &weights)?,
            Config::Encoder(config) => encoder::shapes(config, &weights)?,
            Config::Convnet(config) => convnet::shapes(config, &weights)?,
            Config::Mlp(config) => mlp::shapes(config, &weights)?,
        };
        shapes.check(&weights)?;
        for (name, tensor) in weights.iter() {
            if let Some(index) = tensor.iter().position(|value| !value.is_finite()) {
                return Err(NetworkError::NotFinite { name: name.into(), index });
            }
        }
        Ok(Self { config, weights })
    }

    /// A network to be trained: matrices normal with variance 1 / inputs (2 / inputs before a ReLU; He et al. 2015),
    /// the last linear layer of a residual branch smaller by the root of twice the number of layers (Radford et al.
    /// 2019), norms 1, biases 0, embeddings of deviation 0.02 or 1 / sqrt(hidden) if tied.
    ///
    /// # Errors
    /// [`NetworkError::Config`].
    pub fn random(config: Config, seed: u64) -> Result<Self, NetworkError> {
        config.check()?;
        let weights = init::random(&config, seed);
        Self::new(config, weights)
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The network with other values in one weight, row by row.
    ///
    /// # Errors
    /// [`NetworkError`]: no such weight, another number of values, values that are not finite.
    ///
    /// # Complexity
    /// O(values): the other weights are not checked again.
    pub fn with_values(mut self, name: &str, values: &[f32]) -> Result<Self, NetworkError> {
        let tensor = self.weights.get_mut(name).ok_or_else(|| NetworkError::Missing { name: name.into() })?;
        if values.len() != tensor.len() {
            let (expected, found) = (tensor.shape().to_vec(), vec![values.len()]);
            return Err(NetworkError::Shape { name: name.into(), expected, found });
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(NetworkError::NotFinite { name: name.into(), index });
        }
        tensor.iter_mut().zip(values).for_each(|(own, value)| *own = *value);
        Ok(self)
    }

    /// Takes the network apart.
    pub fn into_parts(self) -> (Config, Weights) {
        (self.config, self.weights)
    }

    /// Copies the weights to a device.
    pub fn params<B: Backend>(&self, device: &B::Device) -> Params<B> {
        Params::load(&self.weights, device)
    }

    /// Runs the network.
    ///
    /// # Arguments
    /// * `params`: of this network, possibly with other values.
    /// * `inputs`: checked against the configuration.
    /// * `probe`: sees the input of every linear layer.
    ///
    /// # Returns
    /// Logits: a decoder's have a row per token (row after row of the batch), the others' a row per example; a column
    /// per class.
    ///
    /// # Errors
    /// [`NetworkError`]: inputs of another kind or size, tokens outside the vocabulary.
    pub fn forward<B: Backend>(
        &self,
        params: &Params<B>,
        inputs: &Inputs,
        probe: &mut dyn Probe<B>,
    ) -> Result<Tensor<B, 2>, NetworkError> {
        inputs.check(&self.config)?;
        let device = params.device();
        let mut run = Run { params, probe };
        let mut state = State::begin(&self.config, &mut run, inputs, &device);
        for block in 0..n_blocks(&self.config) {
            state = state.through(&self.config, &mut run, block);
        }
        Ok(state.end(&self.config, &mut run))
    }
}

/// Shapes that weights must have.
#[derive(Debug, Default)]
pub(super) struct Shapes(BTreeMap<String, Vec<usize>>);

impl Shapes {
    pub(super) fn expect(&mut self, name: String, shape: Vec<usize>) {
        self.0.insert(name, shape);
    }

    pub(super) fn linear(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.expect(format!("{name}.weight"), vec![outputs, inputs]);
        self.expect(format!("{name}.bias"), vec![outputs]);
    }

    pub(super) fn convolution(&mut self, name: &str, outputs: usize, inputs: usize, kernel: usize) {
        self.expect(format!("{name}.weight"), vec![outputs, inputs, kernel, kernel]);
        self.expect(format!("{name}.bias"), vec![outputs]);
    }

    pub(super) fn norm(&mut self, name: &str, width: usize) {
        self.expect(format!("{name}.weight"), vec![width]);
        self.expect(format!("{name}.bias"), vec![width]);
    }

    /// Rows of a weight, which pruning makes fewer: a multiple of `unit`.
    pub(super) fn free(&self, weights: &Weights, name: &str, unit: usize) -> Result<usize, NetworkError> {
        let shape = weights.shape(name).ok_or_else(|| NetworkError::Missing { name: name.into() })?;
        match shape.first() {
            Some(rows) if rows % unit == 0 => Ok(*rows),
            _ => Err(NetworkError::Shape { name: name.into(), expected: vec![unit, 0], found: shape.to_vec() }),
        }
    }

    fn check(&self, weights: &Weights) -> Result<(), NetworkError> {
        for (name, expected) in &self.0 {
            let found = weights.shape(name).ok_or_else(|| NetworkError::Missing { name: name.clone() })?;
            if found != expected.as_slice() {
                return Err(NetworkError::Shape {
                    name: name.clone(),
                    expected: expected.clone(),
                    found: found.to_vec(),
                });
            }
        }
        Ok(())
    }
}
