//! Depthwise convolution as dense products, of which only the columns that stay are computed (diagonal-wise
//! refactorisation, Qin et al. 2018; DEPrune, section 3).

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ndarray::{Array2, ArrayView2};

use super::layers::{GROUP, SeparableLayer, groups};
use crate::MethodError;

/// What stays of the product of a group of 32 channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubGemm {
    /// Channel and tap of every column, tap after tap.
    pub columns: Vec<(usize, usize)>,
}

/// The products of a depthwise convolution with the columns that stay. What fills up the last group is no column.
///
/// # Arguments
/// * `kept`: shape (channels, taps).
pub fn sub_gemms(kept: ArrayView2<'_, bool>) -> Vec<SubGemm> {
    let of_group = |group: std::ops::Range<usize>| {
        let all = (0..kept.ncols()).flat_map(|tap| group.clone().map(move |channel| (channel, tap)));
        SubGemm { columns: all.filter(|place| kept[*place]).collect() }
    };
    groups(kept.nrows()).map(of_group).collect()
}

impl SubGemm {
    /// The left factor: shape (32, columns), one weight in every column.
    ///
    /// # Panics
    /// If the weight is of another layer.
    pub fn matrix(&self, depthwise: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut matrix = Array2::zeros((GROUP, self.columns.len()));
        for (column, place) in self.columns.iter().enumerate() {
            matrix[[place.0 % GROUP, column]] = depthwise[*place];
        }
        matrix
    }
}

/// A lowered depthwise convolution on a device. Its products run as one batch, so every one is as long as the longest:
/// shorter ones are filled with zeros.
#[derive(Debug, Clone)]
pub struct Lowered<B: Backend> {
    /// Shape (products, 32, longest).
    weight: Tensor<B, 3>,
    /// Shape (products x longest x places of the output): which entry of the input; the one after the last is zero.
    from: Tensor<B, 1, Int>,
    /// Shape (1, channels).
    bias: Tensor<B, 2>,
    channels: usize,
    n_products: usize,
    longest: usize,
    side: usize,
    side_after: usize,
}

impl<B: Backend> Lowered<B> {
    /// Lowers a layer.
    ///
    /// # Arguments
    /// * `kept`: which weights stay, shape (channels, taps).
    /// * `bias`: of the channels, shape (1, channels).
    ///
    /// # Errors
    /// [`MethodError::Other`] if what stays is of another layer.
    ///
    /// # Complexity
    /// O(products x longest x (32 + places of the output)).
    pub fn new(
        layer: &SeparableLayer,
        kept: ArrayView2<'_, bool>,
        bias: Tensor<B, 2>,
        device: &B::Device,
    ) -> Result<Self, MethodError> {
        let (channels, taps) = layer.depthwise.dim();
        let same = |what: &str, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(MethodError::Other { what: format!("block {}: {what}", layer.block), found, expected }),
        };
        same("channels of columns that stay", channels, kept.nrows())?;
        same("taps of columns that stay", taps, kept.ncols())?;
        same("biases of channels", channels, bias.dims()[1])?;
        let products = sub_gemms(kept);
        let longest = products.iter().map(|product| product.columns.len()).max().unwrap_or(0);
        let (n_products, places) = (products.len(), layer.side_after().pow(2));
        let mut weights = vec![0f32; n_products * GROUP * longest];
        let mut from = vec![zero_row(layer); n_products * longest * places];
        for (index, product) in products.iter().enumerate() {
            for ((row, column), value) in product.matrix(layer.depthwise.view()).indexed_iter() {
                weights[(index * GROUP + row) * longest + column] = *value;
            }
            for (column, place) in product.columns.iter().enumerate() {
                let first = (index * longest + column) * places;
                from[first..first + places]
                    .iter_mut()
                    .zip(sources(layer, *place))
                    .for_each(|(own, entry)| *own = entry);
            }
        }
        let n_entries = from.len();
        Ok(Self {
            weight: Tensor::from_data(TensorData::new(weights, [n_products, GROUP, longest]), device),
            from: Tensor::from_data(TensorData::new(from, [n_entries]), device),
            bias,
            channels,
            n_products,
            longest,
            side: layer.side,
            side_after: layer.side_after(),
        })
    }

    /// Columns of every product, zeros that fill it up included: what the time depends on.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Applies it.
    ///
    /// # Arguments
    /// * `x`: shape (batch x places of the input, channels).
    ///
    /// # Returns
    /// Shape (batch x places of the output, channels).
    ///
    /// # Panics
    /// If the input is of another shape.
    ///
    /// # Complexity
    /// O(batch x places of the output x products x longest x 32).
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let (before, after) = (self.side * self.side, self.side_after * self.side_after);
        let batch = x.dims()[0] / before.max(1);
        if self.longest == 0 {
            return self.bias.clone().expand([batch * after, self.channels]);
        }
        // Entries of an image as rows, images as columns: a row of X_g is then copied whole.
        let entries =
            x.reshape([batch, before, self.channels]).permute([2, 1, 0]).reshape([self.channels * before, batch]);
        let zeros = Tensor::zeros([1, batch], &entries.device());
        let gathered = Tensor::cat(vec![entries, zeros], 0).select(0, self.from.clone());
        let y = self.weight.clone().matmul(gathered.reshape([self.n_products, self.longest, after * batch]));
        let y = y.reshape([self.n_products * GROUP, after, batch]).narrow(0, 0, self.channels);
        y.permute([2, 1, 0]).reshape([batch * after, self.channels]) + self.bias.clone()
    }
}

/// The row of zeros behind all entries of an image.
fn zero_row(layer: &SeparableLayer) -> i64 {
    (layer.depthwise.nrows() * layer.side * layer.side) as i64
}

/// The entries of an image that a column's row of the right factor holds, place after place of the output; the row of
/// zeros beyond the border.
fn sources(layer: &SeparableLayer, (channel, tap): (usize, usize)) -> impl Iterator<Item = i64> {
    let (side, after, stride) = (layer.side, layer.side_after(), layer.stride);
    let kernel = layer.depthwise.ncols().isqrt().max(1);
    let (row, column, pad) = (tap / kernel, tap % kernel, kernel / 2);
    let beyond = zero_row(layer);
    (0..after * after).map(move |place| {
        let (y, x) = (place / after * stride + row, place % after * stride + column);
        match (pad..side + pad).contains(&y) && (pad..side + pad).contains(&x) {
            true => ((channel * side + y - pad) * side + x - pad) as i64,
            false => beyond,
        }
    })
}
