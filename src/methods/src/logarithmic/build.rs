//! Target in, pruned random network out.

use ndarray::Array1;
use secateur_program::{Control, Stop};
use secateur_subset::SubsetError;

use super::block::{Block, Hidden, Link};
use super::categories::Categories;
use super::pool::{Pool, SUITS, Slot};
use super::precision::{Dense, precisions};
use super::uniform;

/// Which neurons of a weight's own are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// By the golden-ratio rule, as the theorem has it.
    #[default]
    Greedy,
    /// As few as possible (exact subset sum).
    Fewest,
}

/// How weights of the random network are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Magnitudes with density proportional to 1 / v (Orseau et al.).
    Hyperbolic {
        /// Ratio of neighbouring categories.
        gamma: f64,
        /// Which neurons are kept.
        choice: Choice,
    },
    /// Uniform in [-1, 1] (Pensia et al.); as few as possible are kept.
    Uniform {
        /// Neurons per input and natural logarithm of `2 inputs outputs / eps`.
        factor: f64,
    },
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogarithmicOptions {
    /// Largest error of an output.
    pub eps: f64,
    /// For all inputs of absolute values up to this.
    pub x_max: f64,
    /// Largest probability that the random network has too few neurons of some kind (hyperbolic weights).
    pub delta: f64,
    /// How weights are drawn.
    pub distribution: Distribution,
    /// Of the random network.
    pub seed: u64,
}

impl Default for LogarithmicOptions {
    fn default() -> Self {
        let distribution = Distribution::Hyperbolic { gamma: 1.5, choice: Choice::Greedy };
        Self { eps: 1e-2, x_max: 1.0, delta: 0.05, distribution, seed: 0 }
    }
}

/// Sizes of the blocks of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerCounts {
    /// Weights and biases of the target that had to be approximated, each once per side of its input.
    pub slots: usize,
    /// Categories; 0 with uniform weights.
    pub categories: usize,
    /// Neurons of the random layer.
    pub sampled: usize,
    /// Those that had been looked at when all slots were filled; with uniform weights all.
    pub looked_at: usize,
    /// Neurons that are kept.
    pub kept: usize,
    /// Output weights that are kept.
    pub links: usize,
    /// Largest error that a weight may have.
    pub precision: f64,
}

/// A pruned random network.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// One block per layer of the target.
    pub blocks: Vec<Block>,
    /// Sizes, per layer.
    pub counts: Vec<LayerCounts>,
}

/// Why there is no such network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogarithmicError {
    /// A number out of its range.
    #[error("{what} is {value}, expected {expected}")]
    Number {
        /// Which.
        what: &'static str,
        /// As given.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Layers that do not fit together, or numbers that are none.
    #[error("layer {layer}: {what}")]
    Target {
        /// Which.
        layer: usize,
        /// What is wrong.
        what: String,
    },
    /// The event of probability at most delta (hyperbolic weights), or a factor that is too small (uniform ones):
    /// another seed helps.
    #[error("layer {layer}, output {output}: the random network lacks {open} neurons; try another seed")]
    Unlucky {
        /// Layer of the target.
        layer: usize,
        /// Output of the layer.
        output: usize,
        /// How many are missing.
        open: usize,
    },
    /// Numbers that cannot be summed.
    #[error(transparent)]
    Subset(#[from] SubsetError),
    /// A limit was reached.
    #[error("stopped: {0}")]
    Stopped(Stop),
}

impl Built {
    /// Outputs of the pruned network.
    pub fn outputs(&self, x: &Array1<f64>) -> Array1<f64> {
        let mut x = x.clone();
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 {
                x.mapv_inplace(|value| value.max(0.0));
            }
            x = block.outputs(&x);
        }
        x
    }
}

/// Approximates dense layers, with ReLU between them, by pruning a random network of twice as many layers.
///
/// # Arguments
/// * `target`: the layers; their inputs and outputs fit together.
/// * `control`: limits; progress as the stage `prune random network`, in outputs.
///
/// # Errors
/// [`LogarithmicError`]. With probability at most [`LogarithmicOptions::delta`] it is [`LogarithmicError::Unlucky`].
///
/// # Complexity
/// With n weights per output and k categories O(k (n + ln k)) random neurons per output; memory O(weights x k).
pub fn prune(target: &[Dense], options: &LogarithmicOptions, control: &Control) -> Result<Built, LogarithmicError> {
    check(target, options)?;
    let precisions = precisions(target, options.x_max, options.eps);
    let total: u64 = target.iter().map(|layer| layer.bias.len() as u64).sum();
    let mut built = Built { blocks: Vec::new(), counts: Vec::new() };
    let delta = options.delta / target.len() as f64;
    let mut done = 0;
    for (index, (layer, precision)) in target.iter().zip(&precisions).enumerate() {
        let target = Target { layer, index, eps: precision.weight, seed: options.seed };
        let (block, counts) = match options.distribution {
            Distribution::Hyperbolic { gamma, choice } => {
                let report = |outputs: usize| control.report("prune random network", done + outputs as u64, total);
                hyperbolic(&target, delta, gamma, choice, &report, control)?
            }
            Distribution::Uniform { factor } => uniform_block(&target, factor, control)?,
        };
        done += layer.bias.len() as u64;
        control.report("prune random network", done, total);
        built.blocks.push(block);
        built.counts.push(counts);
    }
    Ok(built)
}

fn check(target: &[Dense], options: &LogarithmicOptions) -> Result<(), LogarithmicError> {
    let positive = |what: &'static str, value: f64| match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(LogarithmicError::Number { what, value, expected: "a positive number" }),
    };
    positive("eps", options.eps)?;
    positive("x_max", options.x_max)?;
    if let Distribution::Uniform { factor } = options.distribution {
        positive("factor", factor)?;
    }
    if !(options.delta > 0.0 && options.delta < 1.0) {
        let (value, expected) = (options.delta, "between 0 and 1");
        return Err(LogarithmicError::Number { what: "delta", value, expected });
    }
    let wrong = |layer: usize, what: String| Err(LogarithmicError::Target { layer, what });
    for (index, layer) in target.iter().enumerate() {
        if layer.bias.len() != layer.weight.nrows() {
            return wrong(index, format!("{} biases of {} outputs", layer.bias.len(), layer.weight.nrows()));
        }
        if index > 0 && layer.weight.ncols() != target[index - 1].bias.len() {
            return wrong(index, format!("{} inputs, expected {}", layer.weight.ncols(), target[index - 1].bias.len()));
        }
        if layer.weight.iter().chain(&layer.bias).any(|w| !w.is_finite()) {
            return wrong(index, "a weight is not finite".into());
        }
    }
    Ok(())
}

/// A layer to approximate.
pub(super) struct Target<'a> {
    pub(super) layer: &'a Dense,
    /// Its number, from 0; a stream of random numbers of its own.
    pub(super) index: usize,
    /// How far a weight may be off.
    pub(super) eps: f64,
    pub(super) seed: u64,
}

/// * `delta`: the largest probability with which it fails.
/// * `report`: is told how many outputs are done.
fn hyperbolic(
    target: &Target<'_>,
    delta: f64,
    gamma: f64,
    choice: Choice,
    report: &dyn Fn(usize),
    control: &Control,
) -> Result<(Block, LayerCounts), LogarithmicError> {
    let Target { layer, index, eps, seed } = *target;
    let (n_outputs, n_inputs) = layer.weight.dim();
    let mut block = Block { n_inputs, n_outputs, hidden: Vec::new(), links: Vec::new() };
    let scale = layer.largest();
    // Without weights any precision will do.
    let relative = if scale > 0.0 { eps / scale } else { 1.0 };
    let categories = Categories::new(gamma, relative)?;
    let mut counts = LayerCounts {
        slots: 0,
        categories: categories.count(),
        sampled: 0,
        looked_at: 0,
        kept: 0,
        links: 0,
        precision: eps,
    };
    for output in 0..n_outputs {
        control.check().map_err(LogarithmicError::Stopped)?;
        report(output);
        let slots = slots(layer, output, index == 0, scale, relative);
        if slots.is_empty() {
            continue;
        }
        counts.slots += slots.len();
        let sampled = categories.neurons(slots.len(), SUITS, delta / n_outputs as f64);
        let stream = (index as u64) << 32 | output as u64;
        let pool = Pool::fill(slots, &categories, sampled, seed, stream);
        counts.sampled += sampled;
        counts.looked_at += pool.looked_at;
        if pool.open > 0 {
            return Err(LogarithmicError::Unlucky { layer: index, output, open: pool.open });
        }
        for slot in &pool.slots {
            let chosen = match choice {
                Choice::Greedy => categories.greedy(slot.magnitude, &slot.numbers).0,
                // The greedy set is one, so there is one.
                Choice::Fewest => uniform::subset(&slot.numbers, slot.magnitude, relative, control)?
                    .unwrap_or_else(|| categories.greedy(slot.magnitude, &slot.numbers).0),
            };
            for category in chosen {
                block.links.push(Link {
                    hidden: block.hidden.len(),
                    output,
                    weight: slot.output_sign * slot.numbers[category] * scale,
                });
                block.hidden.push(Hidden { input: slot.input, weight: if slot.negative { -1.0 } else { 1.0 } });
            }
        }
    }
    (counts.kept, counts.links) = (block.hidden.len(), block.links.len());
    Ok((block, counts))
}

/// The weights of an output that are not small enough to be left out.
fn slots(layer: &Dense, output: usize, both_sides: bool, scale: f64, relative: f64) -> Vec<Slot> {
    let n_inputs = layer.weight.ncols();
    let mut slots = Vec::new();
    for (input, weight) in layer.weight.row(output).iter().chain([&layer.bias[output]]).enumerate() {
        let magnitude = if scale > 0.0 { weight.abs() / scale } else { 0.0 };
        if magnitude <= relative {
            continue;
        }
        let sides: &[bool] = if both_sides && input < n_inputs { &[false, true] } else { &[false] };
        for negative in sides {
            let output_sign = if (*weight < 0.0) == *negative { 1.0 } else { -1.0 };
            slots.push(Slot { input, negative: *negative, output_sign, magnitude, numbers: Vec::new() });
        }
    }
    slots
}

fn uniform_block(
    target: &Target<'_>,
    factor: f64,
    control: &Control,
) -> Result<(Block, LayerCounts), LogarithmicError> {
    let Target { layer, index, eps, .. } = *target;
    let (n_outputs, n_inputs) = layer.weight.dim();
    let scale = layer.largest().max(f64::MIN_POSITIVE);
    let width = uniform::uniform_width(n_inputs.max(1), n_outputs.max(1), eps / scale, factor);
    let block = uniform::layer(target, scale, width, control)?;
    let sampled = width * (n_inputs + 1);
    let counts = LayerCounts {
        slots: (n_inputs * if index == 0 { 2 } else { 1 } + 1) * n_outputs,
        categories: 0,
        sampled,
        looked_at: sampled,
        kept: block.hidden.len(),
        links: block.links.len(),
        precision: eps,
    };
    Ok((block, counts))
}
