//! The subsets of `n` of `m` places.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use secateur_neural::score::ScoreError;

/// Largest block: 70 candidates for 4:8.
const LARGEST: usize = 8;

/// The candidates of a block, in descending order as binary numbers: 1100, 1010, 1001, 0110, 0101, 0011.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) n: usize,
    pub(super) m: usize,
    rows: Vec<Vec<bool>>,
}

impl Candidates {
    /// # Errors
    /// [`ScoreError::Pattern`] unless `1 <= n <= m <= 8`.
    pub(super) fn new(n: usize, m: usize) -> Result<Self, ScoreError> {
        if n == 0 || n > m || m > LARGEST {
            return Err(ScoreError::Pattern { n, m });
        }
        let of = |bits: u32| {
            (bits.count_ones() as usize == n).then(|| (0..m).rev().map(|place| bits >> place & 1 == 1).collect())
        };
        Ok(Self { n, m, rows: (0..1 << m).rev().filter_map(of).collect() })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, candidate: usize) -> &[bool] {
        &self.rows[candidate]
    }

    /// How many places of a mask a candidate shares with it.
    pub(super) fn overlap(&self, candidate: usize, mask: &[bool]) -> usize {
        self.rows[candidate].iter().zip(mask).filter(|(own, other)| **own && **other).count()
    }

    /// Shape (candidates, places).
    pub(super) fn matrix<B: Backend>(&self, device: &B::Device) -> Tensor<B, 2> {
        let values: Vec<f32> = self.rows.iter().flatten().map(|kept| f32::from(u8::from(*kept))).collect();
        Tensor::from_data(TensorData::new(values, [self.len(), self.m]), device)
    }
}
