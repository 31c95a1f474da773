//! The same scores as tensor operations: on the CPU through `Flex`, on graphics cards through `Wgpu` and `Cuda`.
//!
//! Weights and inputs pass through the device a few rows at a time, so that a layer larger than its memory works; what stays there is the second moments.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::scorer::{ScoreError, Scorer, check_pattern, same};
use crate::neural::weights::to_host;

/// Scores on a device.
#[derive(Debug, Clone)]
pub struct OnDevice<B: Backend> {
    device: B::Device,
    numbers_at_once: usize,
}

impl<B: Backend> OnDevice<B> {
    /// 64 Mi numbers at once (256 MiB).
    pub fn new(device: B::Device) -> Self {
        Self { device, numbers_at_once: 1 << 26 }
    }

    /// At most about this many numbers of an argument are on the device at a time, but at least one row.
    pub fn with_numbers_at_once(self, numbers_at_once: usize) -> Self {
        Self { numbers_at_once, ..self }
    }

    fn put(&self, x: ArrayView2<'_, f32>) -> Tensor<B, 2> {
        let (rows, columns) = x.dim();
        let values: Vec<f32> = match x.as_slice() {
            Some(values) => values.to_vec(),
            None => x.iter().copied().collect(),
        };
        Tensor::from_data(TensorData::new(values, [rows, columns]), &self.device)
    }

    fn row(&self, values: &[f32]) -> Tensor<B, 2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), &self.device)
    }

    fn rows_at_once(&self, columns: usize) -> usize {
        (self.numbers_at_once / columns.max(1)).max(1)
    }

    /// Applies a map to a few rows at a time.
    fn by_rows(&self, x: ArrayView2<'_, f32>, map: impl Fn(Tensor<B, 2>) -> Tensor<B, 2>) -> Array2<f32> {
        let mut y = Array2::zeros(x.dim());
        let rows = self.rows_at_once(x.ncols());
        if !x.is_empty() {
            for (from, mut to) in x.axis_chunks_iter(Axis(0), rows).zip(y.axis_chunks_iter_mut(Axis(0), rows)) {
                let values = to_host(map(self.put(from)));
                to.iter_mut().zip(values).for_each(|(to, value)| *to = value);
            }
        }
        y
    }
}

impl<B: Backend> Scorer for OnDevice<B> {
    type Moments = Tensor<B, 2>;

    fn magnitude(&self, weight: ArrayView2<'_, f32>) -> Array2<f32> {
        self.by_rows(weight, Tensor::abs)
    }

    fn wanda(&self, weight: ArrayView2<'_, f32>, norms: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of norms", weight.ncols(), norms.len())?;
        let norms = self.row(norms);
        Ok(self.by_rows(weight, |weight| weight.abs() * norms.clone()))
    }

    fn second_order(&self, weight: ArrayView2<'_, f32>, divisors: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of divisors", weight.ncols(), divisors.len())?;
        let divisors = self.row(divisors);
        Ok(self.by_rows(weight, |weight| weight.square() / divisors.clone()))
    }

    fn pattern(&self, scores: ArrayView2<'_, f32>, n: usize, m: usize) -> Result<Array2<f32>, ScoreError> {
        check_pattern(n, m)?;
        let columns = scores.ncols();
        let whole = columns / m * m;
        let mut mask = Array2::zeros(scores.dim());
        for (start, end, group) in [(0, whole, m), (whole, columns, columns - whole)] {
            if start < end {
                let n_kept = (n * group).div_ceil(m);
                let columns_of = Slice::from(start..end);
                let part =
                    self.by_rows(scores.slice_axis(Axis(1), columns_of), |scores| largest(scores, n_kept, group));
                mask.slice_axis_mut(Axis(1), columns_of).assign(&part);
            }
        }
        Ok(mask)
    }

    fn moments(&self, inputs: usize) -> Tensor<B, 2> {
        Tensor::zeros([inputs, inputs], &self.device)
    }

    fn accumulate(&self, moments: &mut Tensor<B, 2>, x: ArrayView2<'_, f32>) -> Result<(), ScoreError> {
        same("number of inputs", moments.dims()[1], x.ncols())?;
        if x.is_empty() {
            return Ok(());
        }
        for rows in x.axis_chunks_iter(Axis(0), self.rows_at_once(x.ncols())) {
            let rows = self.put(rows);
            *moments = moments.clone() + rows.clone().transpose().matmul(rows);
        }
        Ok(())
    }

    fn read(&self, moments: &Tensor<B, 2>) -> Array2<f64> {
        let [inputs, _] = moments.dims();
        let values = to_host(moments.clone()).into_iter().map(f64::from).collect();
        Array2::from_shape_vec((inputs, inputs), values).expect("a square of values")
    }

    fn overlap(&self, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Result<f64, ScoreError> {
        same("number of rows", a.nrows(), b.nrows())?;
        if a.is_empty() || b.is_empty() {
            return Ok(0.0);
        }
        let rows = self.rows_at_once(a.ncols().max(b.ncols()));
        let products = a.axis_chunks_iter(Axis(0), rows).zip(b.axis_chunks_iter(Axis(0), rows));
        let product = products.map(|(a, b)| self.put(a).transpose().matmul(self.put(b))).reduce(|sum, part| sum + part);
        let squares = product.map(|product| to_host(product.square().sum_dim(1))).unwrap_or_default();
        Ok(squares.into_iter().map(f64::from).sum())
    }
}

/// Of every `m` neighbours the `n` of largest score. A place stays if fewer than `n` others come before it: those with a larger score, and
/// those of the same score at a lower place. M comparisons per number and no sorting: what the memory delivers is the limit.
fn largest<B: Backend>(scores: Tensor<B, 2>, n: usize, m: usize) -> Tensor<B, 2> {
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
