//! The depthwise-separable layers of a network.

use std::ops::Range;

use ndarray::Array2;
use secateur_neural::models::convnet::{part, sides};
use secateur_neural::{Config, Network};

use crate::MethodError;
use crate::slimgpt::matrix;

/// Channels of a product: a warp's width.
pub const GROUP: usize = 32;

/// A depthwise convolution and the projection after it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeparableLayer {
    /// The block of the network.
    pub block: usize,
    /// Kernels, shape (channels, taps); a kernel of k x k has its `k^2` taps row by row.
    pub depthwise: Array2<f32>,
    /// Weight of the projection, shape (filters, channels).
    pub project: Array2<f32>,
    /// Rows and columns of the images that it gets.
    pub side: usize,
    /// 1 or 2.
    pub stride: usize,
}

/// The depthwise-separable layers of a network, in order; blocks that have lost all their channels are none.
///
/// # Errors
/// [`MethodError::Nothing`] if there is none.
///
/// # Complexity
/// O(their weights).
pub fn separable_layers(network: &Network) -> Result<Vec<SeparableLayer>, MethodError> {
    let mut layers = Vec::new();
    if let Config::Convnet(config) = network.config() {
        for (block, (own, (side, _))) in config.blocks.iter().zip(sides(config)).enumerate() {
            let depthwise = matrix(network, &part(block, "depthwise"))?;
            if depthwise.is_empty() {
                continue;
            }
            let project = matrix(network, &part(block, "project"))?;
            layers.push(SeparableLayer { block, depthwise, project, side, stride: own.stride });
        }
    }
    match layers.is_empty() {
        true => Err(MethodError::Nothing { method: "DEPrune", what: "depthwise-separable convolutions" }),
        false => Ok(layers),
    }
}

impl SeparableLayer {
    /// Rows and columns of the images that it gives.
    pub fn side_after(&self) -> usize {
        self.side.div_ceil(self.stride)
    }
}

/// Channels of each product; the last may have fewer.
pub(super) fn groups(channels: usize) -> impl Iterator<Item = Range<usize>> {
    (0..channels).step_by(GROUP).map(move |first| first..(first + GROUP).min(channels))
}
