//! The same scores on a device: the CPU through `Flex`, graphics cards through `Wgpu` and `Cuda`.
//!
//! From the host, weights and inputs pass through the device a few rows at a time, and second moments that are too
//! large for it are summed on the host: so a layer larger than the device's memory works. Tensors that are on the
//! device already are scored there.

use std::any::Any;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, ArrayView2, Axis};

use super::kernels::Kernels;
use super::moments::Moments;
use super::scorer::{ScoreError, Scorer, accumulate_from_host, check_pattern, same};
use crate::weights::to_host;

/// Scores on a device.
#[derive(Debug, Clone)]
pub struct OnDevice<B: Kernels> {
    device: B::Device,
    numbers_at_once: usize,
    numbers_kept: usize,
    tile_width: usize,
}

impl<B: Kernels> OnDevice<B> {
    /// 4 Mi numbers of an argument at once (16 MiB: allocators keep buffers of this size for the next, larger ones they
    /// return to the system); second moments of up to 32,768 inputs (half of 4 GiB).
    pub fn new(device: B::Device) -> Self {
        // Tiles of 16 MiB, large enough for arithmetic to be the limit of a product.
        Self { device, numbers_at_once: 1 << 22, numbers_kept: 1 << 30, tile_width: 2048 }
    }

    /// At most about this many numbers of an argument from the host are on the device at a time, but at least one row.
    pub fn with_numbers_at_once(self, numbers_at_once: usize) -> Self {
        Self { numbers_at_once, ..self }
    }

    /// Second moments of more numbers than this are summed on the host.
    pub fn with_numbers_kept(self, numbers_kept: usize) -> Self {
        Self { numbers_kept, ..self }
    }

    /// Second moments are summed in squares of this many rows and columns.
    pub fn with_tile_width(self, tile_width: usize) -> Self {
        Self { tile_width, ..self }
    }

    /// As [`Scorer::magnitude`], of a weight on the device.
    pub fn magnitude_of(&self, weight: Tensor<B, 2>) -> Tensor<B, 2> {
        B::magnitude_of(weight)
    }

    /// As [`Scorer::wanda`], of a weight on the device; norms of shape (1, inputs).
    ///
    /// # Errors
    /// As there.
    pub fn wanda_of(&self, weight: Tensor<B, 2>, norms: Tensor<B, 2>) -> Result<Tensor<B, 2>, ScoreError> {
        one_per_input("number of norms", &weight, &norms)?;
        Ok(if is_empty(&weight) { weight } else { B::wanda_of(weight, norms) })
    }

    /// As [`Scorer::second_order`], of a weight on the device; divisors of shape (1, inputs).
    ///
    /// # Errors
    /// As there.
    pub fn second_order_of(&self, weight: Tensor<B, 2>, divisors: Tensor<B, 2>) -> Result<Tensor<B, 2>, ScoreError> {
        one_per_input("number of divisors", &weight, &divisors)?;
        Ok(if is_empty(&weight) { weight } else { B::second_order_of(weight, divisors) })
    }

    /// As [`Scorer::pattern`], of scores on the device.
    ///
    /// # Errors
    /// As there.
    pub fn pattern_of(&self, scores: Tensor<B, 2>, n: usize, m: usize) -> Result<Tensor<B, 2>, ScoreError> {
        check_pattern(n, m)?;
        let [_, columns] = scores.dims();
        let (whole, rest) = (columns / m * m, columns % m);
        let part = |from: usize, length: usize| scores.clone().narrow(1, from, length);
        let last = || B::pattern_of(part(whole, rest), (n * rest).div_ceil(m), rest);
        Ok(match (whole, rest) {
            _ if is_empty(&scores) => scores,
            (0, _) => last(),
            (_, 0) => B::pattern_of(scores, n, m),
            _ => Tensor::cat(vec![B::pattern_of(part(0, whole), n, m), last()], 1),
        })
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
    fn by_rows(
        &self,
        x: ArrayView2<'_, f32>,
        map: impl Fn(Tensor<B, 2>) -> Result<Tensor<B, 2>, ScoreError>,
    ) -> Result<Array2<f32>, ScoreError> {
        let mut y = Vec::with_capacity(x.len());
        if !x.is_empty() {
            for rows in x.axis_chunks_iter(Axis(0), self.rows_at_once(x.ncols())) {
                y.extend_from_slice(&to_host(map(self.put(rows))?));
            }
        }
        Ok(Array2::from_shape_vec(x.dim(), y).expect("a map keeps the shape"))
    }
}

fn is_empty<B: Kernels>(tensor: &Tensor<B, 2>) -> bool {
    tensor.dims().contains(&0)
}

fn one_per_input<B: Kernels>(what: &'static str, weight: &Tensor<B, 2>, row: &Tensor<B, 2>) -> Result<(), ScoreError> {
    let [rows, columns] = row.dims();
    same("rows of what there is one of per input", 1, rows)?;
    same(what, weight.dims()[1], columns)
}

impl<B: Kernels> Scorer for OnDevice<B> {
    type Moments = Moments<B>;

    fn magnitude(&self, weight: ArrayView2<'_, f32>) -> Array2<f32> {
        self.by_rows(weight, |weight| Ok(self.magnitude_of(weight))).expect("any weight has a magnitude")
    }

    fn wanda(&self, weight: ArrayView2<'_, f32>, norms: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of norms", weight.ncols(), norms.len())?;
        let norms = self.row(norms);
        self.by_rows(weight, |weight| self.wanda_of(weight, norms.clone()))
    }

    fn second_order(&self, weight: ArrayView2<'_, f32>, divisors: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of divisors", weight.ncols(), divisors.len())?;
        let divisors = self.row(divisors);
        self.by_rows(weight, |weight| self.second_order_of(weight, divisors.clone()))
    }

    fn pattern(&self, scores: ArrayView2<'_, f32>, n: usize, m: usize) -> Result<Array2<f32>, ScoreError> {
        check_pattern(n, m)?;
        self.by_rows(scores, |scores| self.pattern_of(scores, n, m))
    }

    fn moments(&self, inputs: usize) -> Moments<B> {
        Moments::zeros(inputs, self.tile_width, self.numbers_kept, &self.device)
    }

    fn accumulate(&self, moments: &mut Moments<B>, x: ArrayView2<'_, f32>) -> Result<(), ScoreError> {
        same("number of inputs", moments.inputs(), x.ncols())?;
        if !x.is_empty() {
            x.axis_chunks_iter(Axis(0), self.rows_at_once(x.ncols())).for_each(|rows| moments.add(&self.put(rows)));
        }
        Ok(())
    }

    /// Stays on the device if it is a tensor of this back end.
    fn accumulate_tensor<C: Backend>(&self, moments: &mut Moments<B>, x: Tensor<C, 2>) -> Result<(), ScoreError> {
        match (&x as &dyn Any).downcast_ref::<Tensor<B, 2>>() {
            Some(x) if !is_empty(x) && x.device() == self.device => {
                same("number of inputs", moments.inputs(), x.dims()[1])?;
                moments.add(x);
                Ok(())
            }
            _ => accumulate_from_host(self, moments, x),
        }
    }

    fn read(&self, moments: &Moments<B>) -> Array2<f64> {
        moments.read()
    }

    fn overlap(&self, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Result<f64, ScoreError> {
        same("number of rows", a.nrows(), b.nrows())?;
        if a.is_empty() || b.is_empty() {
            return Ok(0.0);
        }
        let rows = self.rows_at_once(a.ncols().max(b.ncols()));
        let products = a.axis_chunks_iter(Axis(0), rows).zip(b.axis_chunks_iter(Axis(0), rows));
        let product = products.map(|(a, b)| B::product_of(self.put(a), self.put(b))).reduce(|sum, part| sum + part);
        let squares = product.map(|product| to_host(product.square().sum_dim(1))).unwrap_or_default();
        Ok(squares.into_iter().map(f64::from).sum())
    }
}
