//! Soft masks: a step's draw of every block.

use std::collections::BTreeMap;

use burn::tensor::activation::softmax;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_neural::Params;

use super::candidates::Candidates;
use super::options::At;

/// A linear layer that is masked.
pub(super) struct Masked<B: AutodiffBackend> {
    pub(super) candidates: Candidates,
    /// Shape (candidates, places).
    pub(super) matrix: Tensor<B, 2>,
    /// The candidate of every block that is closest to a prior mask, if there was one.
    pub(super) prior: Option<Vec<usize>>,
}

/// The weights times soft masks, and the sum of the squares of these.
pub(super) fn masked<B: AutodiffBackend>(
    frozen: &Params<B>,
    logits: &Params<B>,
    linears: &BTreeMap<String, Masked<B>>,
    at: At,
    rng: &mut ChaCha8Rng,
    device: &B::Device,
) -> (Params<B>, Option<Tensor<B, 1>>) {
    let mut masked = frozen.clone();
    let mut squares: Option<Tensor<B, 1>> = None;
    for (linear, own) in linears {
        let name = format!("{linear}.weight");
        let weight = frozen.of(&name);
        let mask =
            soft(logits.of(linear), &gumbel(logits.of(linear).dims(), rng, device), at).matmul(own.matrix.clone());
        let product = weight.clone() * mask.reshape(weight.dims());
        let own = product.clone().square().sum();
        squares = Some(match squares {
            Some(sum) => sum + own,
            None => own,
        });
        masked.replace(&name, product);
    }
    (masked, squares)
}

/// `softmax((kappa pi + g) / tau)` of every row.
pub(super) fn soft<B: AutodiffBackend>(logits: Tensor<B, 2>, noise: &Tensor<B, 2>, at: At) -> Tensor<B, 2> {
    softmax((logits.mul_scalar(at.scale) + noise.clone()).div_scalar(at.temperature), 1)
}

/// A stream of its own for every step: a break changes nothing.
pub(super) fn noise(seed: u64, step: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(step as u64 + 1);
    rng
}

/// `-log(-log U)` of uniform numbers strictly between 0 and 1.
pub(super) fn gumbel<B: AutodiffBackend>(shape: [usize; 2], rng: &mut ChaCha8Rng, device: &B::Device) -> Tensor<B, 2> {
    let one = |_| {
        let uniform = (f64::from(rng.random::<u32>()) + 0.5) / 4_294_967_296.0;
        -(-uniform.ln()).ln() as f32
    };
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(one).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
