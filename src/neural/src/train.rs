//! Training in-process: warm-up and cosine decay, on the CPU or any other device; of whole networks, and of what
//! pruning has left of them.

use std::collections::BTreeMap;

use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorData};
use ndarray::Array2;
use secateur_program::{Control, Stop};

use super::batch::Batch;
use super::descent::{Descent, Optimizer, descend};
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
    /// Fraction of the steps in which the rate rises from 0; then it falls by a cosine to `least_rate` of the largest.
    pub warm_up: f64,
    /// Fraction of the largest rate that is left at the end.
    pub least_rate: f64,
    /// Decay of matrices per unit of rate; vectors do not decay.
    pub weight_decay: f32,
    /// Decay of the mean gradient.
    pub beta_1: f32,
    /// Decay of the mean squared gradient.
    pub beta_2: f32,
    /// Added to the root of the mean squared gradient.
    pub epsilon: f32,
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
            epsilon: 1e-8,
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
/// use secateur_neural::cpu::{Cpu, CpuTraining};
/// use ndarray::array;
/// use secateur_neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions, train};
/// use secateur_program::Control;
///
/// let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 16, 2] }), 1)?;
/// let xor = Batch { inputs: Inputs::Rows(array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), labels: vec![0, 1, 1, 0] };
/// let options = TrainOptions { steps: 200, learning_rate: 0.02, ..TrainOptions::default() };
/// let trained = train::<CpuTraining>(&network, |_| xor.clone(), &options, &Default::default(), &Control::new())?;
/// assert!(trained.losses[199] < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn train<B: AutodiffBackend>(
    network: &Network,
    batch_of: impl FnMut(usize) -> Batch,
    options: &TrainOptions,
    device: &B::Device,
    control: &Control,
) -> Result<Trained, NetworkError> {
    let mut batch_of = batch_of;
    train_seen(network, &Params::<B>::clone, &mut batch_of, options, device, ("train", control))
}

/// Trains what pruning has left of a network: weights that went are zero in every step and stay so.
///
/// The loss is that of `W * M`, so a weight that went has no gradient, takes no part in the length that gradients are
/// shortened to, and is zero in the end.
///
/// # Arguments
/// * `masks`: per name of a weight what stays (true), shape (first axis, all others); of a vector (1, entries). Weights
///   that are not named are trained whole.
/// * `batch_of`, `options`, `device`: as in [`train`].
/// * `control`: limits; progress as the stage `fine-tune`, in steps.
///
/// # Errors
/// As [`train`]; [`NetworkError::Missing`] and [`NetworkError::Shape`] for masks of another network.
///
/// # Complexity
/// That of [`train`].
pub fn train_masked<B: AutodiffBackend>(
    network: &Network,
    masks: &BTreeMap<String, Array2<bool>>,
    batch_of: impl FnMut(usize) -> Batch,
    options: &TrainOptions,
    device: &B::Device,
    control: &Control,
) -> Result<Trained, NetworkError> {
    let masked = masked(network, masks)?;
    let on_device = |(name, mask): (&String, &Array2<bool>)| {
        let values: Vec<f32> = mask.iter().map(|stays| f32::from(u8::from(*stays))).collect();
        let mask = Tensor::<B, 2>::from_data(TensorData::new(values, [mask.nrows(), mask.ncols()]), device);
        (name.clone(), mask)
    };
    let filled = masks.iter().filter(|(_, mask)| !mask.is_empty());
    let factors: BTreeMap<String, Tensor<B, 2>> = filled.map(on_device).collect();
    let seen = |params: &Params<B>| {
        let mut seen = params.clone();
        factors.iter().for_each(|(name, factor)| seen.replace(name, params.of(name) * factor.clone()));
        seen
    };
    let mut batch_of = batch_of;
    let trained = train_seen(&masked, &seen, &mut batch_of, options, device, ("fine-tune", control))?;
    Ok(Trained { network: self::masked(&trained.network, masks)?, ..trained })
}

/// The network with zeros where masks say that weights went.
///
/// # Errors
/// As [`train_masked`].
pub fn masked(network: &Network, masks: &BTreeMap<String, Array2<bool>>) -> Result<Network, NetworkError> {
    let (config, mut weights) = network.clone().into_parts();
    for (name, mask) in masks {
        let tensor = weights.get_mut(name).ok_or_else(|| NetworkError::Missing { name: name.clone() })?;
        let rows = if tensor.ndim() < 2 { 1 } else { tensor.shape()[0] };
        let expected = vec![rows, tensor.len() / rows.max(1)];
        if mask.shape() != expected.as_slice() {
            return Err(NetworkError::Shape { name: name.clone(), expected, found: mask.shape().to_vec() });
        }
        tensor.iter_mut().zip(mask).for_each(|(value, stays)| *value = if *stays { *value } else { 0.0 });
    }
    Network::new(config, weights)
}

/// Trains on what is seen of the matrices. Not generic over `seen` and `batch_of`, so that every caller runs the same
/// machine code.
fn train_seen<B: AutodiffBackend>(
    network: &Network,
    seen: &dyn Fn(&Params<B>) -> Params<B>,
    batch_of: &mut dyn FnMut(usize) -> Batch,
    options: &TrainOptions,
    device: &B::Device,
    told: (&'static str, &Control),
) -> Result<Trained, NetworkError> {
    let mut params: Params<B> = network.params(device);
    let mut optimizer = Optimizer::of(network, options);
    let mut loss_of = |step: usize, params: &Params<B>| {
        let batch = batch_of(step);
        batch.check(network.config())?;
        let logits = network.forward(&seen(params), &batch.inputs, &mut Untouched)?;
        Ok(cross_entropies(logits, &batch.labels).mean())
    };
    let Descent { losses, stop } = descend(&mut params, &mut optimizer, 0..options.steps, options, &mut loss_of, told)?;
    let (config, mut weights) = network.clone().into_parts();
    params.store(&mut weights);
    Ok(Trained { network: Network::new(config, weights)?, losses, stop })
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
