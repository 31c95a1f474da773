//! Training in-process: AdamW (Loshchilov and Hutter 2019), warm-up and cosine decay, on the CPU or any other device.

use std::collections::{BTreeMap, BTreeSet};

use burn::optim::{AdamW, AdamWConfig, SimpleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use secateur_program::{Control, Stop};

use super::batch::Batch;
use super::loss::cross_entropies;
use super::models::Untouched;
use super::weights::Params;
use super::{Network, NetworkError};

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// Steps, one batch each.
    pub steps: usize,
    /// Largest learning rate.
    pub learning_rate: f64,
    /// Share of the steps in which the rate rises from 0; then it falls by a cosine to `least_rate` of the largest.
    pub warm_up: f64,
    /// Share of the largest rate that is left at the end.
    pub least_rate: f64,
    /// Decay of matrices per unit of rate; vectors do not decay.
    pub weight_decay: f32,
    /// Decay of the mean gradient.
    pub beta_1: f32,
    /// Decay of the mean squared gradient.
    pub beta_2: f32,
    /// Gradients longer than this, all together, are shortened to it.
    pub clip: f64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            steps: 1000,
            learning_rate: 3e-3,
            warm_up: 0.05,
            least_rate: 0.1,
            weight_decay: 0.1,
            beta_1: 0.9,
            beta_2: 0.95,
            clip: 1.0,
        }
    }
}

impl TrainOptions {
    /// Learning rate of a step, counted from 0.
    pub fn rate(&self, step: usize) -> f64 {
        let warm = (self.warm_up * self.steps as f64).ceil();
        if (step as f64) < warm {
            return self.learning_rate * (step as f64 + 1.0) / warm;
        }
        let done = (step as f64 - warm) / (self.steps as f64 - warm).max(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        self.learning_rate * (self.least_rate + (1.0 - self.least_rate) * cosine)
    }
}

/// A trained network.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network after the last step.
    pub network: Network,
    /// Training loss of every step, in nats per label.
    pub losses: Vec<f64>,
    /// What ended training early, if anything did; the network is that of the steps done.
    pub stop: Option<Stop>,
}

/// Trains a network.
///
/// # Arguments
/// * `batch_of`: the batch of a step, counted from 0.
/// * `device`: where; `B` is an autodiff backend.
/// * `control`: limits; progress as the stage `train`, in steps.
///
/// # Errors
/// [`NetworkError`]: a batch that does not fit; [`NetworkError::Diverged`].
///
/// # Complexity
/// Three forward passes per step, roughly.
///
/// # Example
/// ```
/// use burn::backend::{Autodiff, Flex};
/// use ndarray::array;
/// use secateur::neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions, train};
/// use secateur_program::Control;
///
/// let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 16, 2] }), 1)?;
/// let xor = Batch { inputs: Inputs::Rows(array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), labels: vec![0, 1, 1, 0] };
/// let options = TrainOptions { steps: 200, learning_rate: 0.02, ..TrainOptions::default() };
/// let trained = train::<Autodiff<Flex>>(&network, |_| xor.clone(), &options, &Default::default(), &Control::new())?;
/// assert!(trained.losses[199] < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn train<B: AutodiffBackend>(
    network: &Network,
    mut batch_of: impl FnMut(usize) -> Batch,
    options: &TrainOptions,
    device: &B::Device,
    control: &Control,
) -> Result<Trained, NetworkError> {
    let mut params: Params<B> = network.params(device);
    let mut optimizer = Optimizer::<B>::new(network, options);
    let mut losses = Vec::with_capacity(options.steps);
    let mut stop = None;
    control.report("train", 0, options.steps as u64);
    for step in 0..options.steps {
        if let Err(reason) = control.check() {
            stop = Some(reason);
            break;
        }
        let batch = batch_of(step);
        batch.check(network.config())?;
        for matrix in params.0.values_mut() {
            *matrix = matrix.clone().require_grad();
        }
        let logits = network.forward(&params, &batch.inputs, &mut Untouched)?;
        let loss = cross_entropies(logits, &batch.labels).mean();
        let value: f64 =
            f64::from(loss.clone().into_data().convert::<f32>().as_slice::<f32>().map_or(f32::NAN, |v| v[0]));
        if !value.is_finite() {
            return Err(NetworkError::Diverged { step });
        }
        losses.push(value);
        optimizer.step(&mut params, &loss, options.rate(step));
        control.report("train", step as u64 + 1, options.steps as u64);
    }
    let (config, mut weights) = network.clone().into_parts();
    params.store(&mut weights);
    Ok(Trained { network: Network::new(config, weights)?, losses, stop })
}

/// Moments of every parameter.
struct Optimizer<B: AutodiffBackend> {
    decaying: AdamW,
    plain: AdamW,
    clip: f64,
    vectors: BTreeSet<String>,
    states: BTreeMap<String, <AdamW as SimpleOptimizer<B::InnerBackend>>::State<2>>,
}

impl<B: AutodiffBackend> Optimizer<B> {
    fn new(network: &Network, options: &TrainOptions) -> Self {
        let adam = |decay: f32| {
            AdamWConfig::new()
                .with_beta_1(options.beta_1)
                .with_beta_2(options.beta_2)
                .with_epsilon(1e-8)
                .with_weight_decay(decay)
                .build()
        };
        let is_vector = |(name, tensor): (&str, &ndarray::ArrayD<f32>)| (tensor.ndim() < 2).then(|| name.to_owned());
        Self {
            decaying: adam(options.weight_decay),
            plain: adam(0.0),
            clip: options.clip,
            vectors: network.weights().iter().filter_map(is_vector).collect(),
            states: BTreeMap::new(),
        }
    }

    /// One step down the gradient of `loss`.
    fn step(&mut self, params: &mut Params<B>, loss: &Tensor<B, 1>, rate: f64) {
        let mut gradients = loss.backward();
        let of_each: Vec<(String, Tensor<B::InnerBackend, 2>)> = params
            .0
            .iter()
            .filter_map(|(name, matrix)| Some((name.clone(), matrix.grad_remove(&mut gradients)?)))
            .collect();
        // The length of all gradients together stays on the device.
        let squares = of_each.iter().map(|(_, gradient)| gradient.clone().square().sum());
        let Some(length) = squares.reduce(|a, b| a + b).map(Tensor::sqrt) else { return };
        let shorten = (length + 1e-12).recip().mul_scalar(self.clip).clamp_max(1.0).reshape([1, 1]);
        for (name, gradient) in of_each {
            let adam = if self.vectors.contains(&name) { &self.plain } else { &self.decaying };
            let matrix = params.of(&name).inner();
            let (matrix, state) = adam.step(rate, matrix, gradient * shorten.clone(), self.states.remove(&name));
            params.replace(&name, Tensor::from_inner(matrix));
            if let Some(state) = state {
                self.states.insert(name, state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_then_falls_to_its_least() {
        let options =
            TrainOptions { steps: 100, learning_rate: 2.0, warm_up: 0.1, least_rate: 0.25, ..Default::default() };
        let rates: Vec<f64> = (0..100).map(|step| options.rate(step)).collect();
        assert!((rates[0] - 0.2).abs() < 1e-12 && (rates[9] - 2.0).abs() < 1e-12 && (rates[10] - 2.0).abs() < 1e-12);
        assert!(rates[10..].windows(2).all(|pair| pair[1] < pair[0]));
        assert!(rates[99] < 0.51 && rates[99] > 0.5);
    }
}
