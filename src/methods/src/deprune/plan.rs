//! What stays of every layer.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_neural::models::convnet::part;
use secateur_neural::{Network, NetworkError, masked};

use super::layers::{SeparableLayer, separable_layers};
use super::lowering::sub_gemms;
use crate::MethodError;

/// Fractions that go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fractions {
    /// Of the weights of depthwise convolutions: columns of their products.
    pub columns: f64,
    /// Of the filters of projections.
    pub filters: f64,
}

/// What stays of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerPlan {
    /// The block of the network.
    pub block: usize,
    /// Weights of the depthwise convolution, shape (channels, taps).
    pub columns: Array2<bool>,
    /// Filters of the projection.
    pub filters: Vec<bool>,
}

impl LayerPlan {
    /// Everything stays.
    pub(super) fn whole(layer: &SeparableLayer) -> Self {
        let columns = Array2::from_elem(layer.depthwise.dim(), true);
        Self { block: layer.block, columns, filters: vec![true; layer.project.nrows()] }
    }

    /// Columns that stay, per product of 32 channels.
    pub fn counts(&self) -> Vec<usize> {
        sub_gemms(self.columns.view()).iter().map(|product| product.columns.len()).collect()
    }

    /// Filters that stay.
    pub fn n_filters(&self) -> usize {
        self.filters.iter().filter(|stays| **stays).count()
    }
}

/// What stays of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Layers in order, those of [`super::separable_layers`].
    pub layers: Vec<LayerPlan>,
}

impl Plan {
    /// Everything stays.
    ///
    /// # Errors
    /// [`MethodError::Nothing`] for a network without depthwise-separable layers.
    pub fn whole(network: &Network) -> Result<Self, MethodError> {
        Ok(Self { layers: separable_layers(network)?.iter().map(LayerPlan::whole).collect() })
    }

    /// The fractions that go, counted.
    pub fn gone(&self) -> Fractions {
        let fraction = |all: usize, kept: usize| (all - kept) as f64 / all.max(1) as f64;
        let columns = || self.layers.iter().map(|layer| &layer.columns);
        let kept = columns().flatten().filter(|stays| **stays).count();
        let filters = self.layers.iter().map(|layer| layer.filters.len()).sum();
        Fractions {
            columns: fraction(columns().map(Array2::len).sum(), kept),
            filters: fraction(filters, self.layers.iter().map(LayerPlan::n_filters).sum()),
        }
    }

    /// Tiles of columns: products run side by side, so all of a layer have as many as the longest.
    pub fn column_tiles(&self, tile: usize) -> usize {
        let of_layer =
            |counts: Vec<usize>| counts.len() * counts.iter().max().map_or(0, |most| most.div_ceil(tile.max(1)));
        self.layers.iter().map(|layer| of_layer(layer.counts())).sum()
    }

    /// Tiles of filters.
    pub fn filter_tiles(&self, tile: usize) -> usize {
        self.layers.iter().map(|layer| layer.n_filters().div_ceil(tile.max(1))).sum()
    }

    /// Masks of the weights that are pruned, as [`secateur_neural::train_masked`] takes them to fine-tune what stays:
    /// kernels, rows of projections, and their biases.
    pub fn masks(&self) -> BTreeMap<String, Array2<bool>> {
        let of_layer = |layer: &LayerPlan| {
            let (filters, channels) = (layer.filters.len(), layer.columns.nrows());
            [
                (part(layer.block, "depthwise.weight"), layer.columns.clone()),
                (
                    part(layer.block, "project.weight"),
                    Array2::from_shape_fn((filters, channels), |(filter, _)| layer.filters[filter]),
                ),
                (
                    part(layer.block, "project.bias"),
                    Array2::from_shape_fn((1, filters), |(_, filter)| layer.filters[filter]),
                ),
            ]
        };
        self.layers.iter().flat_map(of_layer).collect()
    }

    /// The network with zeros for what goes; all else is the same to the last bit.
    ///
    /// # Errors
    /// [`NetworkError`] if this is a plan for another network.
    ///
    /// # Complexity
    /// O(parameters).
    pub fn apply(&self, network: &Network) -> Result<Network, NetworkError> {
        masked(network, &self.masks())
    }

    /// The layers of the network, if this is a plan for it.
    pub(super) fn layers_of(&self, network: &Network) -> Result<Vec<SeparableLayer>, MethodError> {
        let layers = separable_layers(network)?;
        let same = |what: String, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(MethodError::Other { what, found, expected }),
        };
        same("layers of the plan".into(), layers.len(), self.layers.len())?;
        for (layer, own) in layers.iter().zip(&self.layers) {
            let block = layer.block;
            same("block of the plan".into(), block, own.block)?;
            same(format!("block {block}: channels of the plan"), layer.depthwise.nrows(), own.columns.nrows())?;
            same(format!("block {block}: taps of the plan"), layer.depthwise.ncols(), own.columns.ncols())?;
            same(format!("block {block}: filters of the plan"), layer.project.nrows(), own.filters.len())?;
        }
        Ok(layers)
    }
}
