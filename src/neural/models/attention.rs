//! Attention of query heads over the key/value heads that serve them.

use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};

/// Not minus infinity: a row without any place to attend to stays finite.
const MASKED: f64 = -1e9;

/// Which key/value head serves each query head.
pub(in crate::neural) fn served_in_turn(n_heads: usize, n_kv_heads: usize) -> Vec<usize> {
    (0..n_heads).map(|head| head * n_kv_heads / n_heads).collect()
}

/// Matrix (batch x length, heads x dim) to (batch, heads, length, dim).
pub(in crate::neural) fn split_heads<B: Backend>(x: Tensor<B, 2>, length: usize, dim: usize) -> Tensor<B, 4> {
    let [rows, width] = x.dims();
    x.reshape([rows / length, length, width / dim, dim]).swap_dims(1, 2)
}

/// `softmax(q k^T / sqrt(dim)) v` per head, as a matrix (batch x length, heads x dim).
///
/// `mask`: true where a query may not look, shape (batch or 1, 1, length, length).
pub(in crate::neural) fn attend<B: Backend>(
    q: Tensor<B, 4>,
    k: Tensor<B, 4>,
    v: Tensor<B, 4>,
    kv_of_query: &[usize],
    mask: Option<Tensor<B, 4, Bool>>,
) -> Tensor<B, 2> {
    let [batch, heads, length, dim] = q.dims();
    let [_, kv_heads, _, _] = k.dims();
    let (k, v) = if kv_heads == heads && kv_of_query.iter().enumerate().all(|(head, kv)| head == *kv) {
        (k, v)
    } else {
        let indices: Vec<i64> = kv_of_query.iter().map(|head| *head as i64).collect();
        let indices = Tensor::<B, 1, Int>::from_data(TensorData::new(indices, [heads]), &q.device());
        (k.select(1, indices.clone()), v.select(1, indices))
    };
    let scores = q.matmul(k.transpose()) / (dim as f64).sqrt();
    let scores = match mask {
        Some(mask) => scores.mask_fill(mask.expand([batch, heads, length, length]), MASKED),
        None => scores,
    };
    softmax(scores, 3).matmul(v).swap_dims(1, 2).reshape([batch * length, heads * dim])
}

/// True above the diagonal.
pub(in crate::neural) fn causal<B: Backend>(length: usize, device: &B::Device) -> Tensor<B, 4, Bool> {
    Tensor::<B, 2, Bool>::tril_mask([length, length], 0, device).reshape([1, 1, length, length])
}

/// True beyond each row's length, for every query.
pub(in crate::neural) fn padding<B: Backend>(
    lengths: &[usize],
    length: usize,
    device: &B::Device,
) -> Tensor<B, 4, Bool> {
    let beyond: Vec<bool> = lengths.iter().flat_map(|own| (0..length).map(move |place| place >= *own)).collect();
    Tensor::<B, 2, Bool>::from_data(TensorData::new(beyond, [lengths.len(), length]), device)
        .reshape([lengths.len(), 1, 1, length])
        .expand([lengths.len(), 1, length, length])
}

/// Rotates pairs (i, i + dim/2) by position * theta^(-2i/dim) (Su et al. 2021).
pub(in crate::neural) struct Rotary<B: Backend> {
    cos: Tensor<B, 4>,
    sin: Tensor<B, 4>,
}

impl<B: Backend> Rotary<B> {
    pub(in crate::neural) fn new(length: usize, dim: usize, theta: f64, device: &B::Device) -> Self {
        let angle = |place: usize, i: usize| place as f64 * theta.powf(-2.0 * (i % (dim / 2)) as f64 / dim as f64);
        let table = |of: fn(f64) -> f64| -> Tensor<B, 4> {
            let places = (0..length).flat_map(|place| (0..dim).map(move |i| (place, i)));
            let values: Vec<f32> = places.map(|(place, i)| of(angle(place, i)) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, 1, length, dim]), device)
        };
        Self { cos: table(f64::cos), sin: table(f64::sin) }
    }

    pub(in crate::neural) fn rotate(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let half = x.dims()[3] / 2;
        let turned = Tensor::cat(vec![x.clone().narrow(3, half, half).neg(), x.clone().narrow(3, 0, half)], 3);
        x * self.cos.clone() + turned * self.sin.clone()
    }
}
