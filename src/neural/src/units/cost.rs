//! What units cost.

use super::{Group, Kept, UnitKind, Units};
use crate::models::convnet;
use crate::{Config, Network};

/// What is counted. Costs are those of the network as it is: a unit of two coupled groups (a channel and the residual
/// stream) costs less once the other group has shrunk, so that what is achieved after pruning both is at most what was
/// counted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum CostModel {
    /// Numbers in the weights.
    Parameters,
    /// Bytes of the weights.
    Bytes {
        /// Bytes per number: 4 for single precision, 2 for half.
        per_number: f64,
    },
    /// Floating-point operations, a multiplication and an addition being two; per token, or per image.
    Flops {
        /// Places that a query looks at; images and dense networks: not looked at.
        context: usize,
    },
    /// Bytes of keys and values kept per token.
    Cache {
        /// Bytes per number.
        per_number: f64,
    },
}

impl CostModel {
    /// The cost of every unit, per group and unit. Tiles have the cost of their units, and these none.
    ///
    /// # Complexity
    /// O(units + slices).
    pub fn unit_costs(&self, network: &Network, units: &Units) -> Vec<Vec<f64>> {
        let mut costs: Vec<Vec<f64>> =
            units.groups().iter().map(|group| vec![self.of_unit(network, group); group.n_units]).collect();
        for need in units.needs().iter().filter(|need| units.groups()[need.on].kind == UnitKind::Tiles) {
            for (unit, tile) in need.unit.iter().enumerate() {
                costs[need.on][*tile] += costs[need.of][unit];
            }
            costs[need.of].fill(0.0);
        }
        costs
    }

    /// The cost of the whole network.
    pub fn total(&self, network: &Network) -> f64 {
        match self {
            CostModel::Parameters => network.weights().n_parameters() as f64,
            CostModel::Bytes { per_number } => per_number * network.weights().n_parameters() as f64,
            CostModel::Flops { .. } => {
                let linears =
                    network.weights().iter().map(|(name, tensor)| flops_per_entry(network, name) * tensor.len() as f64);
                let heads = Units::of(network).groups.into_iter().filter(|group| group.kind == UnitKind::Heads);
                linears.sum::<f64>() + heads.map(|group| group.n_units as f64 * self.of_attention(network)).sum::<f64>()
            }
            CostModel::Cache { .. } => {
                let groups = Units::of(network).groups.into_iter();
                groups.map(|group| group.n_units as f64 * self.of_unit(network, &group)).sum()
            }
        }
    }

    pub(super) fn of_unit(&self, network: &Network, group: &Group) -> f64 {
        let owned = |of_entry: fn(&Network, &str) -> f64| -> f64 {
            let entries = |slice: &super::Slice| {
                let shape = network.weights().shape(&slice.weight).expect("units are of this network");
                let others = shape.iter().enumerate().filter(|(axis, _)| *axis != slice.axis);
                (slice.width * others.map(|(_, extent)| extent).product::<usize>()) as f64
            };
            group.owns.iter().map(|slice| entries(slice) * of_entry(network, &slice.weight)).sum()
        };
        match self {
            CostModel::Parameters => owned(|_, _| 1.0),
            CostModel::Bytes { per_number } => per_number * owned(|_, _| 1.0),
            CostModel::Flops { .. } => {
                let mixing = if group.kind == UnitKind::Heads { self.of_attention(network) } else { 0.0 };
                owned(flops_per_entry) + mixing
            }
            CostModel::Cache { per_number } => match group.kind {
                UnitKind::KeyValueHeads => per_number * 2.0 * head_dim(network) as f64,
                _ => 0.0,
            },
        }
    }

    /// Scores and mixture of one head, per token.
    pub(super) fn of_attention(&self, network: &Network) -> f64 {
        let CostModel::Flops { context } = self else { return 0.0 };
        4.0 * *context as f64 * head_dim(network) as f64
    }
}

impl Units {
    /// The cost of what stays of groups of these kinds, and of the key/value heads that stay.
    ///
    /// # Arguments
    /// * `costs`: per group and unit ([`CostModel::unit_costs`]).
    ///
    /// # Panics
    /// If costs or kept units are of another network.
    pub fn cost_of_kept(&self, costs: &[Vec<f64>], kept: &Kept, kinds: &[UnitKind]) -> f64 {
        let counted = |kind: UnitKind| kinds.contains(&kind) || kind == UnitKind::KeyValueHeads;
        let groups = self.groups.iter().enumerate().filter(|(_, group)| counted(group.kind));
        let stays = |(index, _): (usize, &Group)| -> f64 {
            costs[index].iter().zip(kept.group(index)).map(|(cost, kept)| if *kept { *cost } else { 0.0 }).sum()
        };
        groups.map(stays).sum()
    }
}

fn head_dim(network: &Network) -> usize {
    match network.config() {
        Config::Decoder(config) => config.head_dim(),
        Config::Encoder(config) => config.head_dim(),
        Config::Convnet(_) | Config::Mlp(_) => 0,
    }
}

/// Operations per token (image) for an entry of a weight: two in a linear layer, as often as it is applied; none in
/// tables, biases and norms.
pub(super) fn flops_per_entry(network: &Network, weight: &str) -> f64 {
    let matrix = network.weights().shape(weight).is_some_and(|shape| shape.len() >= 2);
    let per_token = match network.config() {
        Config::Decoder(config) => !weight.contains("embed_tokens") || config.tie_word_embeddings,
        Config::Encoder(_) => weight.contains(".layer."),
        Config::Convnet(config) => {
            return if matrix { 2.0 * convnet::places(config, weight) as f64 } else { 0.0 };
        }
        Config::Mlp(_) => true,
    };
    if matrix && per_token { 2.0 } else { 0.0 }
}
