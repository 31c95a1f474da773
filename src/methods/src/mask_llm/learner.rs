//! Logits of candidates, and what they learn.

use std::collections::{BTreeMap, BTreeSet};

use burn::optim::{AdamWState, AdaptiveMomentumState};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, ArrayView1};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use secateur_neural::descent::{Descent, Optimizer, descend, value};
use secateur_neural::models::gaussian;
use secateur_neural::{Batch, Network, NetworkError, Params, Untouched, Weights, cross_entropies, to_host};
use secateur_program::{Control, Stop};

use super::candidates::Candidates;
use super::prior::{closest, lean};
use super::soft::{Masked, masked, noise};
use super::{LinearState, MaskOptions, MaskState, Masks};
use crate::MethodError;
use crate::obs::Sparsity;
use crate::slimgpt::matrix;

/// Deviation of logits before training.
const DEVIATION: f32 = 0.01;

/// Learns the masks of a network.
///
/// # Example
/// ```
/// use std::collections::BTreeMap;
///
/// use secateur_neural::cpu::{Cpu, CpuTraining};
/// use ndarray::array;
/// use secateur_methods::mask_llm::{MaskLearner, MaskOptions};
/// use secateur_methods::obs::Sparsity;
/// use secateur_neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions};
/// use secateur_program::Control;
///
/// let network = Network::random(Config::Mlp(MlpConfig { widths: vec![4, 8, 2] }), 1)?;
/// let batch = Batch { inputs: Inputs::Rows(array![[1., 0., 2., 0.], [0., 1., 0., 2.]]), labels: vec![0, 1] };
/// let patterns = BTreeMap::from([("layers.0".to_owned(), Sparsity::Pattern { n: 2, m: 4 })]);
/// let training = TrainOptions { steps: 50, learning_rate: 0.01, ..MaskOptions::default().training };
/// let options = MaskOptions { training, ..MaskOptions::default() };
/// let mut learner = MaskLearner::<CpuTraining>::new(&network, &patterns, None, options, &Default::default())?;
/// learner.run(50, |_| batch.clone(), &Control::new())?;
/// assert!(learner.masks().keeps("layers.0", 2, 4));
/// let pruned = learner.masks().apply(&network)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MaskLearner<'a, B: AutodiffBackend> {
    network: &'a Network,
    /// Weights, frozen.
    frozen: Params<B>,
    logits: Params<B>,
    optimizer: Optimizer<B>,
    linears: BTreeMap<String, Masked<B>>,
    options: MaskOptions,
    step: usize,
    device: B::Device,
}

/// What has become of a linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct MapReport {
    /// The linear layer.
    pub linear: String,
    /// Kept of every block.
    pub n: usize,
    /// Places of a block.
    pub m: usize,
    /// Blocks.
    pub n_blocks: usize,
    /// Mean over blocks of the largest of `softmax(kappa pi)`: 1 where masks are decided.
    pub confidence: f64,
    /// Fraction of blocks whose candidate is that of the prior mask, if there was one.
    pub as_prior: Option<f64>,
}

impl<'a, B: AutodiffBackend> MaskLearner<'a, B> {
    /// Logits before the first step: normal with deviation 0.01, moved towards a prior mask by
    /// `strength * sd * (overlap - 1)`.
    ///
    /// # Arguments
    /// * `patterns`: of the linear layers to be masked: [`Sparsity::Pattern`], or a fraction of 0 for linear layers
    ///   that stay dense.
    /// * `prior`: what other methods keep of these linear layers ([`Masks::of`]).
    ///
    /// # Errors
    /// [`MethodError`]: linear layers that the network does not have or whose rows are no whole blocks, fractions other
    /// than 0, options that are no numbers, a prior of another shape.
    pub fn new(
        network: &'a Network,
        patterns: &BTreeMap<String, Sparsity>,
        prior: Option<&Masks>,
        options: MaskOptions,
        device: &B::Device,
    ) -> Result<Self, MethodError> {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let (mut linears, mut spare) = (BTreeMap::new(), None);
        for (linear, pattern) in patterns {
            let (n, m) = match *pattern {
                Sparsity::Pattern { n, m } => (n, m),
                Sparsity::Fraction(0.0) => continue,
                Sparsity::Fraction(value) => {
                    let what = format!("{linear}: fraction that goes");
                    return Err(MethodError::Number { what, value, expected: "0, or a pattern".into() });
                }
            };
            let candidates = Candidates::new(n, m)?;
            let n_blocks = n_blocks(network, linear, m)?;
            let mut logits = Array2::from_shape_simple_fn((n_blocks, candidates.len()), || {
                DEVIATION * gaussian(&mut rng, &mut spare) as f32
            });
            if let Some(prior) = prior {
                let mask = prior.get(linear).filter(|mask| mask.len() == n_blocks * m);
                let mask = mask.ok_or_else(|| MethodError::Linear { linear: linear.clone() })?;
                lean(&mut logits, mask, &candidates, options.prior_strength as f32);
            }
            linears.insert(linear.clone(), LinearState { n, m, logits, moments: None });
        }
        let state = MaskState { step: 0, seed: options.seed, linears };
        let mut learner = Self::resume(network, state, options, device)?;
        for (linear, own) in &mut learner.linears {
            own.prior = prior.and_then(|prior| prior.get(linear)).map(|mask| closest(mask, &own.candidates));
        }
        Ok(learner)
    }

    /// Goes on where a state stands; with the same options and batches to the same masks as without a break.
    ///
    /// # Errors
    /// [`MethodError`]: a state of another network or of another seed, options that are no numbers.
    pub fn resume(
        network: &'a Network,
        state: MaskState,
        options: MaskOptions,
        device: &B::Device,
    ) -> Result<Self, MethodError> {
        if let Some((what, value, expected)) = options.wrong() {
            return Err(MethodError::Number { what: what.into(), value, expected: expected.into() });
        }
        if state.seed != options.seed {
            let expected = format!("{}, as the state has it", state.seed);
            return Err(MethodError::Number { what: "seed".into(), value: options.seed as f64, expected });
        }
        let mut optimizer = Optimizer::new(BTreeSet::new(), &options.training);
        let (mut logits, mut linears) = (Params::load(&Weights::default(), device), BTreeMap::new());
        for (linear, own) in state.linears {
            let candidates = Candidates::new(own.n, own.m)?;
            let shape = (n_blocks(network, &linear, own.m)?, candidates.len());
            let moments = own.moments.iter().flat_map(|(first, second)| [first, second]);
            if std::iter::once(&own.logits).chain(moments).any(|array| array.dim() != shape) {
                return Err(MethodError::Linear { linear });
            }
            if let Some((first, second)) = &own.moments {
                let momentum =
                    AdaptiveMomentumState::new(state.step, on_device(first, device), on_device(second, device));
                optimizer.states().insert(linear.clone(), AdamWState::<B::InnerBackend, 2>::new(momentum));
            }
            logits.replace(&linear, Tensor::from_inner(on_device(&own.logits, device)));
            let matrix = candidates.matrix(device);
            linears.insert(linear, Masked { candidates, matrix, prior: None });
        }
        let frozen = network.params(device);
        Ok(Self { network, frozen, logits, optimizer, linears, options, step: state.step, device: device.clone() })
    }

    /// Some more steps, at most to the last of the options.
    ///
    /// # Arguments
    /// * `batch_of`: the batch of a step, counted from 0.
    /// * `control`: limits; progress as the stage `learn masks`, in steps. A stop leaves the steps done.
    ///
    /// # Returns
    /// Losses of the network with soft masks, in nats per label, one per step; what ended the steps early.
    ///
    /// # Errors
    /// [`MethodError::Network`]: a batch that does not fit, a loss that is not finite. After an error go on from a
    /// saved state: the steps before it are done, but not counted.
    ///
    /// # Complexity
    /// Three forward passes per step, roughly, and O(blocks times candidates) for the masks.
    pub fn run(
        &mut self,
        n_steps: usize,
        mut batch_of: impl FnMut(usize) -> Batch,
        control: &Control,
    ) -> Result<(Vec<f64>, Option<Stop>), MethodError> {
        let first = self.step.min(self.options.training.steps);
        let last = first.saturating_add(n_steps).min(self.options.training.steps);
        let (network, frozen, linears, options, device) =
            (self.network, &self.frozen, &self.linears, &self.options, &self.device);
        let mut losses = Vec::with_capacity(last - first);
        let mut loss_of = |step: usize, logits: &Params<B>| -> Result<Tensor<B, 1>, NetworkError> {
            let batch = batch_of(step);
            batch.check(network.config())?;
            let at = options.at(step);
            let (masked, squares) = masked(frozen, logits, linears, at, &mut noise(options.seed, step), device);
            let found = network.forward(&masked, &batch.inputs, &mut Untouched)?;
            let loss = cross_entropies(found, &batch.labels).mean();
            losses.push(value(&loss));
            Ok(match squares {
                Some(squares) if at.weight_reward > 0.0 => loss - squares.mul_scalar(at.weight_reward),
                _ => loss,
            })
        };
        let told = ("learn masks", control);
        let Descent { losses: done, stop } =
            descend(&mut self.logits, &mut self.optimizer, first..last, &options.training, &mut loss_of, told)?;
        self.step = first + done.len();
        losses.truncate(done.len());
        Ok((losses, stop))
    }

    /// Steps done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The candidate of the largest logit of every block (ties: the first).
    pub fn masks(&self) -> Masks {
        let of_linear = |(linear, own): (&String, &Masked<B>)| {
            let chosen = self.chosen(linear);
            let shape = matrix(self.network, linear).expect("its shape was checked").dim();
            let places = chosen.iter().flat_map(|candidate| own.candidates.row(*candidate)).copied().collect();
            (linear.clone(), Array2::from_shape_vec(shape, places).expect("rows are whole blocks"))
        };
        Masks(self.linears.iter().map(of_linear).collect())
    }

    /// How every linear layer stands.
    pub fn report(&self) -> Vec<MapReport> {
        let scale = self.options.at(self.step.saturating_sub(1)).scale;
        let of_linear = |(linear, own): (&String, &Masked<B>)| {
            let logits = self.logits_of(linear);
            let most = |row: ArrayView1<'_, f32>| {
                let largest = row.iter().copied().fold(f32::MIN, f32::max);
                1.0 / row.iter().map(|logit| (scale * f64::from(logit - largest)).exp()).sum::<f64>()
            };
            let n_blocks = logits.nrows();
            let confidence = logits.rows().into_iter().map(most).sum::<f64>() / n_blocks.max(1) as f64;
            let same = |prior: &Vec<usize>| {
                let same = prior.iter().zip(self.chosen(linear)).filter(|(prior, own)| **prior == *own).count();
                same as f64 / n_blocks.max(1) as f64
            };
            let as_prior = own.prior.as_ref().map(same);
            MapReport {
                linear: linear.clone(),
                n: own.candidates.n,
                m: own.candidates.m,
                n_blocks,
                confidence,
                as_prior,
            }
        };
        self.linears.iter().map(of_linear).collect()
    }

    /// What is needed to go on.
    pub fn state(&mut self) -> MaskState {
        let mut linears = BTreeMap::new();
        for (linear, own) in &self.linears {
            let logits = self.logits_of(linear);
            let array = |tensor: &Tensor<B::InnerBackend, 2>| {
                Array2::from_shape_vec(logits.dim(), to_host(tensor.clone())).expect("moments have the shape of logits")
            };
            let moments = self.optimizer.states().get(linear);
            let moments = moments.map(|own| (array(&own.momentum.moment_1), array(&own.momentum.moment_2)));
            linears.insert(linear.clone(), LinearState { n: own.candidates.n, m: own.candidates.m, logits, moments });
        }
        MaskState { step: self.step, seed: self.options.seed, linears }
    }

    fn logits_of(&self, linear: &str) -> Array2<f32> {
        let logits = self.logits.of(linear);
        let [rows, columns] = logits.dims();
        Array2::from_shape_vec((rows, columns), to_host(logits)).expect("as many values as the shape has")
    }

    fn chosen(&self, linear: &str) -> Vec<usize> {
        let largest = |row: ArrayView1<'_, f32>| {
            (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("a block has candidates")
        };
        self.logits_of(linear).rows().into_iter().map(largest).collect()
    }
}

/// Blocks of a linear layer.
fn n_blocks(network: &Network, linear: &str, m: usize) -> Result<usize, MethodError> {
    let (outputs, inputs) = matrix(network, linear)?.dim();
    if !inputs.is_multiple_of(m) {
        let (what, expected) = (format!("{linear}: inputs"), format!("a multiple of {m}"));
        return Err(MethodError::Number { what, value: inputs as f64, expected });
    }
    Ok(outputs * inputs / m)
}

fn on_device<B: Backend>(array: &Array2<f32>, device: &B::Device) -> Tensor<B, 2> {
    let values: Vec<f32> = array.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [array.nrows(), array.ncols()]), device)
}
