//! What a device computes: tensor operations that every back end has. `cube.rs` has kernels of our own for graphics
//! cards.

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::weights::to_host;

/// A back end that scores. Every method has tensor operations as its default: `impl Kernels for Other {}` is enough for
/// one more.
///
/// [`super::OnDevice`] calls these and has checked the extents. Weights have shape (outputs, inputs).
pub trait Kernels: Backend {
    /// `|w|`.
    fn magnitude_of(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight.abs()
    }

    /// `|w_ij| norms_j`, norms of shape (1, inputs).
    fn wanda_of(weight: Tensor<Self, 2>, norms: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight.abs() * norms
    }

    /// `w_ij^2 / divisors_j`, divisors of shape (1, inputs).
    fn second_order_of(weight: Tensor<Self, 2>, divisors: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight.square() / divisors
    }

    /// Of every `m` neighbours the `n` of largest score: 1, else 0; `m` divides the columns.
    fn pattern_of(scores: Tensor<Self, 2>, n: usize, m: usize) -> Tensor<Self, 2> {
        largest(scores, n, m)
    }

    /// `a^T b` of matrices with the same rows, in single precision throughout.
    fn product_of(a: Tensor<Self, 2>, b: Tensor<Self, 2>) -> Tensor<Self, 2> {
        a.transpose().matmul(b)
    }
}

impl Kernels for Flex {
    /// The usual groups in one pass; tensor operations read and write all numbers several times for each of the `m`.
    fn pattern_of(scores: Tensor<Self, 2>, n: usize, m: usize) -> Tensor<Self, 2> {
        let keep = match m {
            2 => largest_of::<2>,
            4 => largest_of::<4>,
            8 => largest_of::<8>,
            16 => largest_of::<16>,
            _ => return largest(scores, n, m),
        };
        let (shape, device) = (scores.dims(), scores.device());
        let mut values = to_host(scores);
        keep(&mut values, n);
        Tensor::from_data(TensorData::new(values, shape), &device)
    }
}

/// As [`largest`], with unrolled comparisons; the mask takes the place of the scores.
fn largest_of<const M: usize>(scores: &mut [f32], n: usize) {
    for kept in scores.as_chunks_mut::<M>().0 {
        let group = *kept;
        for place in 0..M {
            let comes_before = |other: usize| match other < place {
                true => group[other] >= group[place],
                false => group[other] > group[place],
            };
            let before: u32 = (0..M).map(|other| u32::from(comes_before(other))).sum();
            kept[place] = f32::from(u8::from((before as usize) < n));
        }
    }
}

/// Of every `m` neighbours the `n` of largest score, by tensor operations. A place stays if fewer than `n` others come
/// before it: those with a larger score, and those of the same score at a lower place. M comparisons per number and no
/// sorting: what the memory delivers is the limit.
pub(super) fn largest<B: Backend>(scores: Tensor<B, 2>, n: usize, m: usize) -> Tensor<B, 2> {
    let [rows, columns] = scores.dims();
    let grouped = scores.reshape([rows * columns / m, m]);
    let mut before = grouped.zeros_like();
    for other in 0..m {
        let rival = grouped.clone().narrow(1, other, 1).expand(grouped.dims());
        let larger = rival.clone().greater(grouped.clone()).float();
        before = before + larger;
        if other + 1 < m {
            // Places after the rival's.
            let after = before.clone().narrow(1, other + 1, m - other - 1);
            let same = rival.equal(grouped.clone()).float().narrow(1, other + 1, m - other - 1);
            before = before.slice_assign([0..rows * columns / m, other + 1..m], after + same);
        }
    }
    before.lower_elem(n as f64).float().reshape([rows, columns])
}
