//! Costs by how much of every group is left: sums of products.

use std::collections::BTreeMap;

use super::cost::flops_per_entry;
use super::{CostModel, UnitKind, Units};
use crate::Network;

/// A part of the cost of a network, that of weights whose entries belong to a unit of each of these groups:
///
/// ```text
/// cost * product over its groups of (units left / units)
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CostProduct {
    /// With all units.
    pub cost: f64,
    /// Indices of groups, ascending; none: a part that stays.
    pub groups: Vec<usize>,
}

impl CostModel {
    /// The cost of a network as a function of how many units of every group are left. Where weights lie between two
    /// groups (dense layers; the channels of a decoder and its residual stream) it is bilinear in them, which no cost
    /// per unit is. The products sum to [`CostModel::total`], and with units left to that of the network pruned to
    /// these.
    ///
    /// # Complexity
    /// O(weights times slices).
    pub fn products(&self, network: &Network, units: &Units) -> Vec<CostProduct> {
        let mut parts: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for (name, tensor) in network.weights().iter() {
            let owns = |index: &usize| units.groups()[*index].owns.iter().any(|slice| slice.weight == name);
            let groups = (0..units.groups().len()).filter(owns).collect();
            let per_entry = match self {
                CostModel::Parameters => 1.0,
                CostModel::Bytes { per_number } => *per_number,
                CostModel::Flops { .. } => flops_per_entry(network, name),
                CostModel::Cache { .. } => 0.0,
            };
            *parts.entry(groups).or_default() += per_entry * tensor.len() as f64;
        }
        for (index, group) in units.groups().iter().enumerate() {
            let per_unit = match (self, group.kind) {
                (CostModel::Flops { .. }, UnitKind::Heads) => self.of_attention(network),
                (CostModel::Cache { .. }, _) => self.of_unit(network, group),
                _ => 0.0,
            };
            *parts.entry(vec![index]).or_default() += per_unit * group.n_units as f64;
        }
        let part = |(groups, cost)| CostProduct { cost, groups };
        parts.into_iter().map(part).filter(|part| part.cost > 0.0).collect()
    }
}
