//! Descent: AdamW (Loshchilov and Hutter 2019) on named matrices, a batch a step; the loop that training and the
//! methods that learn masks share.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use burn::optim::{AdamW, AdamWConfig, AdamWState, SimpleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use secateur_program::{Control, Stop};

use super::train::TrainOptions;
use super::weights::{Params, to_host};
use super::{Network, NetworkError};

/// Gradients by name.
pub type Gradients<B> = BTreeMap<String, Tensor<<B as AutodiffBackend>::InnerBackend, 2>>;

/// Moments of every matrix.
pub struct Optimizer<B: AutodiffBackend> {
    decaying: AdamW,
    plain: AdamW,
    clip: f64,
    vectors: BTreeSet<String>,
    states: BTreeMap<String, AdamWState<B::InnerBackend, 2>>,
}

impl<B: AutodiffBackend> Optimizer<B> {
    /// * `vectors`: names of matrices that do not decay.
    pub fn new(vectors: BTreeSet<String>, options: &TrainOptions) -> Self {
        let adam = |decay: f32| {
            AdamWConfig::new()
                .with_beta_1(options.beta_1)
                .with_beta_2(options.beta_2)
                .with_epsilon(options.epsilon)
                .with_weight_decay(decay)
                .build()
        };
        Self {
            decaying: adam(options.weight_decay),
            plain: adam(0.0),
            clip: options.clip,
            vectors,
            states: BTreeMap::new(),
        }
    }

    /// For the weights of a network, whose vectors do not decay.
    pub fn of(network: &Network, options: &TrainOptions) -> Self {
        let is_vector = |(name, tensor): (&str, &ndarray::ArrayD<f32>)| (tensor.ndim() < 2).then(|| name.to_owned());
        Self::new(network.weights().iter().filter_map(is_vector).collect(), options)
    }

    /// One step against the gradients, which are shortened together; matrices without a gradient stay.
    pub fn step(&mut self, params: &mut Params<B>, gradients: Gradients<B>, rate: f64) {
        // The length of all gradients together stays on the device.
        let squares = gradients.values().map(|gradient| gradient.clone().square().sum());
        let Some(length) = squares.reduce(|a, b| a + b).map(Tensor::sqrt) else { return };
        let shorten = (length + 1e-12).recip().mul_scalar(self.clip).clamp_max(1.0).reshape([1, 1]);
        for (name, gradient) in gradients {
            let adam = if self.vectors.contains(&name) { &self.plain } else { &self.decaying };
            let matrix = params.of(&name).inner();
            let (matrix, state) = adam.step(rate, matrix, gradient * shorten.clone(), self.states.remove(&name));
            params.replace(&name, Tensor::from_inner(matrix));
            if let Some(state) = state {
                self.states.insert(name, state);
            }
        }
    }

    /// Moments so far, by name.
    pub fn states(&mut self) -> &mut BTreeMap<String, AdamWState<B::InnerBackend, 2>> {
        &mut self.states
    }
}

/// The matrices as leaves of a graph of computations.
pub fn tracked<B: AutodiffBackend>(params: &Params<B>) -> Params<B> {
    Params(params.0.iter().map(|(name, matrix)| (name.clone(), matrix.clone().require_grad())).collect())
}

/// Gradients of a scalar by tracked matrices; what it does not depend on is left out.
pub fn gradients<B: AutodiffBackend>(scalar: &Tensor<B, 1>, params: &Params<B>) -> Gradients<B> {
    taken(&mut scalar.backward(), params)
}

/// Those of tracked matrices, out of the gradients of a scalar.
pub fn taken<B: AutodiffBackend>(all: &mut B::Gradients, params: &Params<B>) -> Gradients<B> {
    params.0.iter().filter_map(|(name, matrix)| Some((name.clone(), matrix.grad_remove(all)?))).collect()
}

/// The value of a scalar.
pub fn value<B: AutodiffBackend>(scalar: &Tensor<B, 1>) -> f64 {
    f64::from(to_host(scalar.clone())[0])
}

/// What a descent did.
pub struct Descent {
    /// Loss of every step.
    pub losses: Vec<f64>,
    /// What ended it early, if anything did.
    pub stop: Option<Stop>,
}

/// The loss of a step, counted from 0, on tracked matrices.
pub type LossOf<'a, B> = dyn FnMut(usize, &Params<B>) -> Result<Tensor<B, 1>, NetworkError> + 'a;

/// Some of the steps of the options, each against the gradient of a loss.
///
/// * `loss_of`: the loss of a step, counted from 0, on tracked matrices.
/// * `control`: limits; progress as `stage`, in steps.
pub fn descend<B: AutodiffBackend>(
    params: &mut Params<B>,
    optimizer: &mut Optimizer<B>,
    steps: Range<usize>,
    options: &TrainOptions,
    loss_of: &mut LossOf<'_, B>,
    told: (&'static str, &Control),
) -> Result<Descent, NetworkError> {
    let one_step = |step: usize| {
        *params = tracked(params);
        let loss = loss_of(step, params)?;
        let found = finite(&loss, step)?;
        optimizer.step(params, gradients(&loss, params), options.rate(step));
        Ok(found)
    };
    one_by_one(steps, options.steps, one_step, told)
}

/// Some of `n_steps` steps.
///
/// * `one_step`: makes a step, counted from 0; its loss.
/// * `control`: limits; progress as `stage`, in steps.
pub fn one_by_one(
    steps: Range<usize>,
    n_steps: usize,
    mut one_step: impl FnMut(usize) -> Result<f64, NetworkError>,
    (stage, control): (&'static str, &Control),
) -> Result<Descent, NetworkError> {
    let mut losses = Vec::with_capacity(steps.len());
    control.report(stage, steps.start as u64, n_steps as u64);
    for step in steps {
        if let Err(reason) = control.check() {
            return Ok(Descent { losses, stop: Some(reason) });
        }
        losses.push(one_step(step)?);
        control.report(stage, step as u64 + 1, n_steps as u64);
    }
    Ok(Descent { losses, stop: None })
}

/// The loss of a step, unless training went to infinity.
pub fn finite<B: AutodiffBackend>(loss: &Tensor<B, 1>, step: usize) -> Result<f64, NetworkError> {
    let found = value(loss);
    if found.is_finite() { Ok(found) } else { Err(NetworkError::Diverged { step }) }
}
