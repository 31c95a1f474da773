//! Scores of weights, computed anywhere.
//!
//! | score | formula | source |
//! |---|---|---|
//! | magnitude | `|w_ij|` | Han et al. 2015 |
//! | Wanda | `|w_ij| * ||x_j||` | Sun et al. 2023, eq. 1 |
//! | second order | `w_ij^2 / d_j` | Hassibi and Stork 1993; with d_j from the inverse of the second moments, Frantar and Alistarh 2023 |
//! | pattern | of every M neighbours of a row the N of largest score | Mishra et al. 2021 |
//! | moments | `X^T X` | input of Wanda (its diagonal) and of the second order |
//! | overlap | `||A^T B||_F^2` | linear CKA without centring: Kornblith et al. 2019 |

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use ndarray::{Array2, ArrayView2};

use crate::weights::to_host;

/// What a scorer cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// Extents that do not go together.
    #[error("{what}: {found}, expected {expected}")]
    Extent {
        /// Which extent.
        what: &'static str,
        /// As the other argument has it.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// A pattern that keeps more than there is, or nothing to choose from.
    #[error("pattern {n}:{m}, expected 1 <= n <= m")]
    Pattern {
        /// Kept.
        n: usize,
        /// Of.
        m: usize,
    },
}

/// Computes scores. All implementations agree with [`super::Reference`] up to rounding; a battery of tests says how far.
///
/// Weights have shape (outputs, inputs), inputs of a linear layer (rows, inputs).
pub trait Scorer {
    /// Second moments being summed, where the scorer computes.
    type Moments;

    /// `|w|`, of the shape of the weight.
    fn magnitude(&self, weight: ArrayView2<'_, f32>) -> Array2<f32>;

    /// `|w_ij| norms_j`.
    ///
    /// # Errors
    /// [`ScoreError::Extent`] for another number of norms than inputs.
    fn wanda(&self, weight: ArrayView2<'_, f32>, norms: &[f32]) -> Result<Array2<f32>, ScoreError>;

    /// `w_ij^2 / divisors_j`.
    ///
    /// # Errors
    /// [`ScoreError::Extent`] for another number of divisors than inputs.
    fn second_order(&self, weight: ArrayView2<'_, f32>, divisors: &[f32]) -> Result<Array2<f32>, ScoreError>;

    /// Of every `m` neighbours of a row the `n` of largest score: 1, else 0. Ties go to the lower place. The last
    /// neighbours of a row may be fewer than `m`; of these the same fraction stays, rounded up.
    ///
    /// # Errors
    /// [`ScoreError::Pattern`].
    fn pattern(&self, scores: ArrayView2<'_, f32>, n: usize, m: usize) -> Result<Array2<f32>, ScoreError>;

    /// Zero moments of this many inputs.
    fn moments(&self, inputs: usize) -> Self::Moments;

    /// Adds `x^T x`.
    ///
    /// # Errors
    /// [`ScoreError::Extent`] for another number of columns.
    fn accumulate(&self, moments: &mut Self::Moments, x: ArrayView2<'_, f32>) -> Result<(), ScoreError>;

    /// Adds `x^T x` of a matrix on a device; through the host, unless the scorer computes on that device.
    ///
    /// # Errors
    /// As [`Scorer::accumulate`].
    fn accumulate_tensor<B: Backend>(&self, moments: &mut Self::Moments, x: Tensor<B, 2>) -> Result<(), ScoreError> {
        accumulate_from_host(self, moments, x)
    }

    /// The moments, shape (inputs, inputs).
    fn read(&self, moments: &Self::Moments) -> Array2<f64>;

    /// `||a^T b||_F^2` of matrices with the same rows.
    ///
    /// # Errors
    /// [`ScoreError::Extent`] for other numbers of rows.
    fn overlap(&self, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Result<f64, ScoreError>;
}

pub(super) fn accumulate_from_host<S: Scorer + ?Sized, B: Backend>(
    scorer: &S,
    moments: &mut S::Moments,
    x: Tensor<B, 2>,
) -> Result<(), ScoreError> {
    let [rows, columns] = x.dims();
    let values = to_host(x);
    scorer
        .accumulate(moments, ArrayView2::from_shape((rows, columns), &values).expect("as many values as the shape has"))
}

pub(super) fn same(what: &'static str, expected: usize, found: usize) -> Result<(), ScoreError> {
    if expected == found { Ok(()) } else { Err(ScoreError::Extent { what, expected, found }) }
}

pub(super) fn check_pattern(n: usize, m: usize) -> Result<(), ScoreError> {
    if n >= 1 && n <= m { Ok(()) } else { Err(ScoreError::Pattern { n, m }) }
}
