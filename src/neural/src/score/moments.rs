//! Sums of `x^T x` in square tiles: those on and above the diagonal, half of the work of the whole; on the device, or
//! on the host when they are too many.

use std::ops::Range;

use burn::tensor::Tensor;
use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::kernels::Kernels;
use crate::weights::to_host;

/// Second moments being summed by [`super::OnDevice`].
#[derive(Debug, Clone)]
pub struct Moments<B: Kernels> {
    inputs: usize,
    width: usize,
    /// Row by row, each row from the diagonal on.
    tiles: Vec<Tile<B>>,
}

#[derive(Debug, Clone)]
enum Tile<B: Kernels> {
    OnDevice(Tensor<B, 2>),
    OnHost(Array2<f32>),
}

impl<B: Kernels> Moments<B> {
    /// Zeros in tiles of `width` squared; on the device if they are no more than `kept` numbers.
    pub(super) fn zeros(inputs: usize, width: usize, kept: usize, device: &B::Device) -> Self {
        let mut zeros = Self { inputs, width, tiles: Vec::new() };
        let on_device = inputs.saturating_mul(inputs) <= kept;
        let tile = |(rows, columns): (Range<usize>, Range<usize>)| match on_device {
            true => Tile::OnDevice(Tensor::zeros([rows.len(), columns.len()], device)),
            false => Tile::OnHost(Array2::zeros((rows.len(), columns.len()))),
        };
        zeros.tiles = zeros.places().map(tile).collect();
        zeros
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + Clone + use<B> {
        let (inputs, width) = (self.inputs, self.width);
        (0..inputs).step_by(width).map(move |start| start..inputs.min(start + width))
    }

    /// Rows and columns of each tile.
    fn places(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<B> {
        let blocks = self.blocks();
        blocks
            .clone()
            .enumerate()
            .flat_map(move |(i, rows)| blocks.clone().skip(i).map(move |columns| (rows.clone(), columns)))
    }

    /// Adds `x^T x` of at least one row with a column per input.
    pub(super) fn add(&mut self, x: &Tensor<B, 2>) {
        let blocks: Vec<_> = self.blocks().map(|block| x.clone().narrow(1, block.start, block.len())).collect();
        let places = self.places();
        for (tile, (rows, columns)) in self.tiles.iter_mut().zip(places) {
            let block = |range: Range<usize>| blocks[range.start / self.width].clone();
            let product = B::product_of(block(rows), block(columns));
            match tile {
                Tile::OnDevice(sum) => sum.inplace(|sum| sum + product),
                Tile::OnHost(sum) => sum.iter_mut().zip(to_host(product)).for_each(|(sum, value)| *sum += value),
            }
        }
    }

    /// The whole symmetric matrix.
    pub(super) fn read(&self) -> Array2<f64> {
        let mut whole = Array2::zeros((self.inputs, self.inputs));
        for (tile, (rows, columns)) in self.tiles.iter().zip(self.places()) {
            let values: Vec<f32> = match tile {
                Tile::OnDevice(sum) => to_host(sum.clone()),
                Tile::OnHost(sum) => sum.iter().copied().collect(),
            };
            let tile =
                Array2::from_shape_vec((rows.len(), columns.len()), values).expect("as many values as the tile has");
            let mut put = |rows: &Range<usize>, columns: &Range<usize>, values: ArrayView2<'_, f32>| {
                let mut place = whole.slice_axis_mut(Axis(0), Slice::from(rows.clone()));
                place.slice_axis_mut(Axis(1), Slice::from(columns.clone())).assign(&values.mapv(f64::from));
            };
            put(&rows, &columns, tile.view());
            put(&columns, &rows, tile.t());
        }
        whole
    }
}
