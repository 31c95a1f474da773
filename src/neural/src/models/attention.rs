//! Attention of query heads over the key/value heads that serve them.

use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};

/// Not minus infinity: a row without any place to attend to stays finite.
const MASKED: f64 = -1e9;

/// Which key/value head serves each query head.
pub(crate) fn served_in_turn(n_heads: usize, n_kv_heads: usize) -> Vec<usize> {
    (0..n_heads).map(|head| head * n_kv_heads / n_heads).collect()
}

/// Matrix (batch x length, heads x dim) to (batch, heads, length, dim).
pub(crate) fn split_heads<B: Backend>(x: Tensor<B, 2>, length: usize, dim: usize) -> Tensor<B, 4> {
    let [rows, width] = x.dims();
    x.reshape([rows / length, length, width / dim, dim]).swap_dims(1, 2)
}

/// Places that queries may not look at, as what is added to scores there: a tensor of scores is much larger than those
/// it comes from, and each further pass over it (a filled copy, a mask of its shape) costs about as much as the
/// products do.
#[derive(Clone)]
pub(crate) enum Hidden<B: Backend> {
    /// None.
    Nothing,
    /// For every query and place, shape (1, length x length).
    PerPair(Tensor<B, 2>),
    /// For every row's places, shape (batch, 1, length, 1).
    PerKey(Tensor<B, 4>),
}

impl<B: Backend> Hidden<B> {
    /// Places after the query's own.
    pub(crate) fn later(length: usize, device: &B::Device) -> Self {
        let hidden = Tensor::<B, 2, Bool>::tril_mask([length, length], 0, device);
        Self::PerPair(hidden.float().mul_scalar(MASKED).reshape([1, length * length]))
    }

    /// Places beyond each row's length.
    pub(crate) fn beyond(lengths: &[usize], length: usize, device: &B::Device) -> Self {
        if lengths.iter().all(|own| *own >= length) {
            return Self::Nothing;
        }
        let places = lengths.iter().flat_map(|own| (0..length).map(move |place| place < *own));
        let bias: Vec<f32> = places.map(|own| if own { 0.0 } else { MASKED as f32 }).collect();
        Self::PerKey(Tensor::from_data(TensorData::new(bias, [lengths.len(), 1, length, 1]), device))
    }

    /// `q k^T`, and at hidden places so little that softmax makes it zero.
    fn scores(&self, q: Tensor<B, 4>, k: Tensor<B, 4>) -> Tensor<B, 4> {
        let [batch, heads, length, _] = q.dims();
        match self {
            Self::Nothing => q.matmul(k.transpose()),
            Self::PerPair(bias) => {
                let scores = q.matmul(k.transpose()).reshape([batch * heads, length * length]);
                (scores + bias.clone()).reshape([batch, heads, length, length])
            }
            // One more channel, which is 1 for queries.
            Self::PerKey(bias) => {
                let ones = Tensor::ones([batch, heads, length, 1], &q.device());
                let bias = bias.clone().expand([batch, heads, length, 1]);
                Tensor::cat(vec![q, ones], 3).matmul(Tensor::cat(vec![k, bias], 3).transpose())
            }
        }
    }
}

/// `softmax(q k^T / sqrt(dim)) v` per head, as a matrix (batch x length, heads x dim).
pub(crate) fn attend<B: Backend>(
    q: Tensor<B, 4>,
    k: Tensor<B, 4>,
    v: Tensor<B, 4>,
    kv_of_query: &[usize],
    hidden: &Hidden<B>,
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
    let scores = hidden.scores(q / (dim as f64).sqrt(), k);
    softmax(scores, 3).matmul(v).swap_dims(1, 2).reshape([batch * length, heads * dim])
}

/// Rotates pairs (i, i + dim/2) by position * theta^(-2i/dim) (Su et al. 2021).
#[derive(Clone)]
pub(crate) struct Rotary<B: Backend> {
    cos: Tensor<B, 4>,
    sin: Tensor<B, 4>,
}

impl<B: Backend> Rotary<B> {
    pub(crate) fn new(length: usize, dim: usize, theta: f64, device: &B::Device) -> Self {
        let angle = |place: usize, i: usize| place as f64 * theta.powf(-2.0 * (i % (dim / 2)) as f64 / dim as f64);
        let table = |of: fn(f64) -> f64| -> Tensor<B, 4> {
            let places = (0..length).flat_map(|place| (0..dim).map(move |i| (place, i)));
            let values: Vec<f32> = places.map(|(place, i)| of(angle(place, i)) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, 1, length, dim]), device)
        };
        Self { cos: table(f64::cos), sin: table(f64::sin) }
    }

    /// Places.
    pub(crate) fn length(&self) -> usize {
        self.cos.dims()[2]
    }

    pub(crate) fn rotate(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let half = x.dims()[3] / 2;
        let turned = Tensor::cat(vec![x.clone().narrow(3, half, half).neg(), x.clone().narrow(3, 0, half)], 3);
        x * self.cos.clone() + turned * self.sin.clone()
    }
}
