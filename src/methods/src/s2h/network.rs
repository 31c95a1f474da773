//! The soft and the hard network: one network, two masks on the outputs of its units.

use std::collections::BTreeMap;

use burn::tensor::activation::softmax;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use secateur_neural::Probe;

use super::counts::Counts;

/// A factor for every unit that a linear layer sees, by linear layer; shape (1, units).
#[derive(Debug, Clone)]
pub(super) struct UnitMasks<B: Backend>(pub(super) BTreeMap<String, Tensor<B, 2>>);

impl<B: Backend> Probe<B> for UnitMasks<B> {
    fn input(&mut self, linear: &str, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some(mask) = self.0.get(linear) else { return x };
        let ([rows, width], [_, n_units]) = (x.dims(), mask.dims());
        let mask = mask.clone().reshape([1, n_units, 1]);
        (x.reshape([rows, n_units, width / n_units]) * mask).reshape([rows, width])
    }
}

/// The masks of a group.
///
/// ```text
/// soft: w = the probability that a unit's place in the order is within the count
/// hard: m = (h - w) + w, the brackets a constant, h = 1 for the first N units
/// ```
///
/// Units beyond `N` are no part of the hard network: their mask is 0 and has no gradient.
///
/// * `logits`: shape (1, candidates).
/// * `order`: units, those that go last first.
/// * `hard`: `N`.
pub(super) fn masks<B: AutodiffBackend>(
    logits: Tensor<B, 2>,
    counts: &Counts,
    order: &[usize],
    hard: usize,
    temperature: f64,
) -> (Tensor<B, 2>, Tensor<B, 2>) {
    let device = logits.device();
    let (n_counts, n_units) = (counts.len(), order.len());
    // Candidate k keeps unit u.
    let mut keeps = vec![0.0f32; n_counts * n_units];
    let mut stays = vec![0.0f32; n_units];
    for (place, unit) in order.iter().enumerate() {
        for (k, count) in counts.candidates.iter().enumerate() {
            keeps[k * n_units + unit] = f32::from(u8::from(place < *count));
        }
        stays[*unit] = f32::from(u8::from(place < hard));
    }
    let keeps = Tensor::from_data(TensorData::new(keeps, [n_counts, n_units]), &device);
    let stays = Tensor::<B, 2>::from_data(TensorData::new(stays, [1, n_units]), &device);
    let soft = softmax(logits.div_scalar(temperature), 1).matmul(keeps);
    let through = (stays.clone() - soft.clone()).detach() + soft.clone();
    (soft, through * stays)
}
