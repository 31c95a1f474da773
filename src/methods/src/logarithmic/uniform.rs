//! Uniform weights (Pensia et al. 2020): every input has neurons of its own, with input weights uniform in [-1, 1],
//! which all outputs share; for every weight of the target some subset of the products of input and output weights sums
//! up to it (Lueker 1998: `O(log(1 / eps))` of them suffice).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::Control;
use secateur_subset::fewest;

use super::LogarithmicError;
use super::block::{Block, Hidden, Link};
use super::build::Target;

/// Numbers are rounded to this part of one for the subset solver, which is exact.
const SCALE: f64 = (1u64 << 44) as f64;

/// Random neurons of every input: `ceil(factor * ln(2 inputs outputs / eps))`, as the lemma has it up to its constant.
pub fn uniform_width(inputs: usize, outputs: usize, eps: f64, factor: f64) -> usize {
    (factor * (2.0 * inputs as f64 * outputs as f64 / eps).ln()).ceil().max(1.0) as usize
}

/// A set of the products whose sum is within `eps` of a weight, as few as possible. Sums may be off by roundings of
/// `1 / SCALE` per number, which are taken off `eps`.
pub(super) fn subset(
    products: &[f64],
    weight: f64,
    eps: f64,
    control: &Control,
) -> Result<Option<Vec<usize>>, LogarithmicError> {
    let rounded: Vec<i64> = products.iter().map(|product| (product * SCALE).round() as i64).collect();
    let eps = (eps * SCALE - products.len() as f64).max(0.0);
    let (low, high) = ((weight * SCALE - eps).ceil() as i64, (weight * SCALE + eps).floor() as i64);
    let found = fewest(&rounded, low..=high, control)?;
    match found.stop {
        Some(stop) => Err(LogarithmicError::Stopped(stop)),
        None => Ok(found.subset),
    }
}

/// One layer; weights of the target within [-`scale`, `scale`]. Inputs of the first layer have both signs, those of the
/// others come out of a ReLU.
pub(super) fn layer(
    Target { layer, index, eps, seed }: &Target<'_>,
    scale: f64,
    width: usize,
    control: &Control,
) -> Result<Block, LogarithmicError> {
    let (n_outputs, n_inputs) = layer.weight.dim();
    let both_signs = *index == 0;
    let mut rng = ChaCha8Rng::seed_from_u64(*seed);
    rng.set_stream(*index as u64);
    let mut block = Block { n_inputs, n_outputs, hidden: Vec::new(), links: Vec::new() };
    for input in 0..=n_inputs {
        let a: Vec<f64> = (0..width).map(|_| rng.random_range(-1.0..=1.0)).collect();
        let mut place = vec![None; width];
        for output in 0..n_outputs {
            let b: Vec<f64> = (0..width).map(|_| rng.random_range(-1.0..=1.0)).collect();
            let weight = layer.weight.get((output, input)).copied().unwrap_or(layer.bias[output]) / scale;
            let sides: &[bool] = if both_signs && input < n_inputs { &[false, true] } else { &[false] };
            for negative in sides {
                let own: Vec<usize> = (0..width).filter(|j| (a[*j] < 0.0) == *negative).collect();
                let products: Vec<f64> = own.iter().map(|j| a[*j] * b[*j]).collect();
                let found = subset(&products, weight, eps / scale, control)?;
                let Some(found) = found else {
                    return Err(LogarithmicError::Unlucky { layer: *index, output, open: 1 });
                };
                for j in found.into_iter().map(|index| own[index]) {
                    let hidden = *place[j].get_or_insert_with(|| {
                        block.hidden.push(Hidden { input, weight: a[j] });
                        block.hidden.len() - 1
                    });
                    block.links.push(Link { hidden, output, weight: b[j] * scale });
                }
            }
        }
    }
    Ok(block)
}
