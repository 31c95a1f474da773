//! How much of every map goes: published rules, and the exact choice on the same measurements.
//!
//! | rule | share that goes |
//! |---|---|
//! | [`uniform`] | the same everywhere |
//! | [`owl`] (Yin et al. 2024) | per block, less where more scores are outliers |
//! | [`dsa()`] (NeurIPS 2024) | per block, less where scores are less spread; [`dsa_by`]: by any expression |
//! | [`als()`] (NeurIPS 2024) | per block, then per map, by redundancy of inputs |
//! | [`global`] | whatever lies below one threshold on all scores |
//! | [`exact`] | the least summed loss of a table of measured levels |
//!
//! OWL and DSA look at Wanda's scores, whatever rule prunes by their shares. All give the same overall share of weights, up to rounding; [`whole`] rounds shares so that
//! a budget is kept and spent, [`MapLevels::filled`] spends what a choice of levels leaves of it, and [`achieved`] counts.

mod exact;
mod rules;
mod steps;
mod whole;

pub use exact::{LevelLoss, MapLevels, exact, measure};
pub use rules::{als, dsa, dsa_by, global, owl, uniform};
pub use whole::whole;

use std::collections::BTreeMap;

use super::obs::Sparsity;
use crate::Network;
use crate::units::blocks;

/// Share of weights that goes, per map.
pub type Shares = BTreeMap<String, f64>;

/// What goes, per map, as [`super::weights::prune_weights`] takes it.
pub type Sparsities = BTreeMap<String, Sparsity>;

/// Shares as sparsities.
pub fn sparsities(shares: &Shares) -> Sparsities {
    shares.iter().map(|(map, share)| (map.clone(), Sparsity::Share(share.clamp(0.0, 1.0)))).collect()
}

/// Weights of the maps of all blocks: how many there are.
pub fn n_weights(network: &Network) -> BTreeMap<String, usize> {
    let size = |map: &String| network.weights().get(&format!("{map}.weight")).map_or(0, ndarray::ArrayBase::len);
    blocks(network).into_iter().flat_map(|block| block.maps).map(|map| (map.clone(), size(&map))).collect()
}

/// Weights that may stay of so many.
fn room(n_weights: usize, sparsity: f64) -> usize {
    (n_weights as f64 * (1.0 - sparsity) + 1e-6).floor() as usize
}

/// Share of the weights of all maps of blocks that are zero.
pub fn achieved(network: &Network) -> f64 {
    let (mut zeros, mut all) = (0usize, 0usize);
    for map in n_weights(network).keys() {
        let Some(weight) = network.weights().get(&format!("{map}.weight")) else { continue };
        zeros += weight.iter().filter(|value| **value == 0.0).count();
        all += weight.len();
    }
    zeros as f64 / all.max(1) as f64
}
