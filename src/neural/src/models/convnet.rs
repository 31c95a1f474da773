//! Depthwise-separable convolutions. Between layers activations are matrices (batch x rows x columns, channels).

use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, TensorData};
use ndarray::Array4;

use super::layers::Run;
use crate::config::{BlockConfig, ConvnetConfig};
use crate::network::Shapes;
use crate::{NetworkError, Weights};

/// Side of the kernels.
pub(crate) const KERNEL: usize = 3;

/// Name of a part of a block.
pub fn part(block: usize, part: &str) -> String {
    format!("blocks.{block}.{part}")
}

/// The shapes that go with the configuration; channels inside blocks as the weights have them.
pub(crate) fn shapes(config: &ConvnetConfig, weights: &Weights) -> Result<Shapes, NetworkError> {
    let mut shapes = Shapes::default();
    shapes.convolution("stem", config.stem, config.in_channels, KERNEL);
    let mut inputs = config.stem;
    for (index, block) in config.blocks.iter().enumerate() {
        let name = |rest: &str| part(index, rest);
        let expanded = shapes.free(weights, &name("expand.weight"), 1)?;
        shapes.convolution(&name("expand"), expanded, inputs, 1);
        shapes.convolution(&name("depthwise"), expanded, 1, KERNEL);
        shapes.convolution(&name("project"), block.width, expanded, 1);
        inputs = block.width;
    }
    shapes.linear("classifier", config.num_labels, inputs);
    Ok(shapes)
}

/// Rows and columns of an image between layers.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    batch: usize,
    side: usize,
}

impl Places {
    fn image<B: Backend>(self, x: Tensor<B, 2>) -> Tensor<B, 4> {
        let channels = x.dims()[1];
        x.reshape([self.batch, self.side, self.side, channels]).permute([0, 3, 1, 2])
    }

    fn matrix<B: Backend>(image: Tensor<B, 4>) -> (Tensor<B, 2>, Self) {
        let [batch, channels, side, _] = image.dims();
        (image.permute([0, 2, 3, 1]).reshape([batch * side * side, channels]), Self { batch, side })
    }
}

/// How the two linear layers of a block that are pruned inside are computed. Activations are matrices (batch x rows x
/// columns, channels).
pub trait Inside<B: Backend> {
    /// The depthwise convolution of a block, on `batch` images of `side` rows and columns.
    fn depthwise(
        &mut self,
        run: &mut Run<'_, B>,
        block: usize,
        x: Tensor<B, 2>,
        images: (usize, usize),
        stride: usize,
    ) -> Tensor<B, 2>;

    /// The projection of a block.
    fn project(&mut self, run: &mut Run<'_, B>, block: usize, x: Tensor<B, 2>) -> Tensor<B, 2>;
}

/// All weights, zeros too.
pub(crate) struct Dense;

impl<B: Backend> Inside<B> for Dense {
    fn depthwise(
        &mut self,
        run: &mut Run<'_, B>,
        block: usize,
        x: Tensor<B, 2>,
        (batch, side): (usize, usize),
        stride: usize,
    ) -> Tensor<B, 2> {
        let channels = x.dims()[1];
        convolve(run, &part(block, "depthwise"), x, Places { batch, side }, stride, channels).0
    }

    fn project(&mut self, run: &mut Run<'_, B>, block: usize, x: Tensor<B, 2>) -> Tensor<B, 2> {
        run.linear(&part(block, "project"), x)
    }
}

/// Activations before the first block; images of shape (batch, channels, rows, columns).
pub(crate) fn begin<B: Backend>(run: &mut Run<'_, B>, images: Tensor<B, 4>) -> (Tensor<B, 2>, Places) {
    let (x, places) = Places::matrix(images);
    let (x, places) = convolve(run, "stem", x, places, 2, 1);
    (relu(x), places)
}

/// Activations after a block.
pub(crate) fn block<B: Backend>(
    config: &ConvnetConfig,
    run: &mut Run<'_, B>,
    index: usize,
    before: Tensor<B, 2>,
    mut places: Places,
    inside: &mut dyn Inside<B>,
) -> (Tensor<B, 2>, Places) {
    let block = &config.blocks[index];
    let name = |rest: &str| part(index, rest);
    let side = places.side;
    places.side = side.div_ceil(block.stride);
    let x = if run.params.get(&name("expand.weight")).is_some() {
        let expanded = relu(run.linear(&name("expand"), before.clone()));
        let filtered = inside.depthwise(run, index, expanded, (places.batch, side), block.stride);
        inside.project(run, index, relu(filtered))
    } else {
        // Without channels inside the bias remains.
        run.param(&name("project.bias")).expand([places.batch * places.side * places.side, block.width])
    };
    let residual = before.dims() == x.dims() && block.stride == 1;
    (if residual { x + before } else { x }, places)
}

/// Logits, shape (batch, classes).
pub(crate) fn end<B: Backend>(run: &mut Run<'_, B>, x: Tensor<B, 2>, places: Places) -> Tensor<B, 2> {
    let channels = x.dims()[1];
    let pooled = x.reshape([places.batch, places.side * places.side, channels]).mean_dim(1);
    run.linear("classifier", pooled.reshape([places.batch, channels]))
}

/// Logits from images, with another way through the blocks.
pub fn forward<B: Backend>(
    config: &ConvnetConfig,
    run: &mut Run<'_, B>,
    images: Tensor<B, 4>,
    inside: &mut dyn Inside<B>,
) -> Tensor<B, 2> {
    let (mut x, mut places) = begin(run, images);
    for index in 0..config.blocks.len() {
        (x, places) = block(config, run, index, x, places, inside);
    }
    end(run, x, places)
}

fn convolve<B: Backend>(
    run: &mut Run<'_, B>,
    name: &str,
    x: Tensor<B, 2>,
    places: Places,
    stride: usize,
    groups: usize,
) -> (Tensor<B, 2>, Places) {
    let x = run.probe.input(name, x);
    let weight = run.param(&format!("{name}.weight"));
    let [outputs, width] = weight.dims();
    let kernel = weight.reshape([outputs, width / (KERNEL * KERNEL), KERNEL, KERNEL]);
    let bias = run.param(&format!("{name}.bias")).reshape([outputs]);
    let pad = KERNEL / 2;
    let options = ConvOptions::new([stride, stride], [pad, pad], [1, 1], groups);
    Places::matrix(conv2d(places.image(x), kernel, Some(bias), options))
}

/// How many places of an image a linear layer is applied at.
pub(crate) fn places(config: &ConvnetConfig, weight: &str) -> usize {
    if weight.starts_with("stem.") {
        return config.image_size.div_ceil(2).pow(2);
    }
    for (index, (before, after)) in sides(config).into_iter().enumerate() {
        if weight == part(index, "expand.weight") {
            return before * before;
        }
        if weight.starts_with(&part(index, "")) {
            return after * after;
        }
    }
    1
}

/// Rows and columns of the images that each block gets and gives.
pub fn sides(config: &ConvnetConfig) -> Vec<(usize, usize)> {
    let mut side = config.image_size.div_ceil(2);
    let of_block = |block: &BlockConfig| {
        let before = side;
        side = side.div_ceil(block.stride);
        (before, side)
    };
    config.blocks.iter().map(of_block).collect()
}

/// Images on a device.
pub fn images<B: Backend>(images: &Array4<f32>, device: &B::Device) -> Tensor<B, 4> {
    let (batch, channels, rows, columns) = images.dim();
    let pixels: Vec<f32> = images.iter().copied().collect();
    Tensor::from_data(TensorData::new(pixels, [batch, channels, rows, columns]), device)
}
