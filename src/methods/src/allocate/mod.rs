//! How much of every linear layer goes: published rules, and the exact choice on the same measurements.
//!
//! | rule | fraction that goes |
//! |---|---|
//! | [`uniform`] | the same everywhere |
//! | [`owl`] (Yin et al. 2024) | per block, less where more scores are outliers |
//! | [`dsa()`] (NeurIPS 2024) | per block, less where scores are less spread; [`dsa_by`]: by any expression |
//! | [`als()`] (NeurIPS 2024) | per block, then per linear layer, by redundancy of inputs |
//! | [`global`] | whatever lies below one threshold on all scores |
//! | [`exact`] | the least summed loss of a table of measured levels |
//!
//! OWL and DSA look at Wanda's scores, whatever rule prunes by their fractions. All give the same overall fraction of
//! weights, up to rounding; [`whole`] rounds fractions so that a budget is kept and spent, [`LinearLevels::filled`]
//! spends what a choice of levels leaves of it, and [`achieved`] counts.

mod exact;
mod rules;
mod steps;
mod whole;

pub use exact::{LevelLoss, LevelOptions, LinearLevels, exact, measure};
pub use rules::{als, dsa, dsa_by, global, owl, uniform};
pub use whole::whole;

use std::collections::BTreeMap;

use secateur_neural::Network;
use secateur_neural::units::blocks;

use super::obs::Sparsity;

/// Fraction of weights that goes, per linear layer.
pub type Fractions = BTreeMap<String, f64>;

/// What goes, per linear layer, as [`super::weights::prune_weights`] takes it.
pub type Sparsities = BTreeMap<String, Sparsity>;

/// Fractions as sparsities.
pub fn sparsities(fractions: &Fractions) -> Sparsities {
    fractions.iter().map(|(linear, fraction)| (linear.clone(), Sparsity::Fraction(fraction.clamp(0.0, 1.0)))).collect()
}

/// Weights of the linear layers of all blocks: how many there are.
pub fn n_weights(network: &Network) -> BTreeMap<String, usize> {
    let size = |linear: &String| network.weights().get(&format!("{linear}.weight")).map_or(0, ndarray::ArrayBase::len);
    blocks(network).into_iter().flat_map(|block| block.linears).map(|linear| (linear.clone(), size(&linear))).collect()
}

/// Weights that may stay of so many.
fn room(n_weights: usize, sparsity: f64) -> usize {
    (n_weights as f64 * (1.0 - sparsity) + 1e-6).floor() as usize
}

/// Fraction of the weights of all linear layers of blocks that are zero.
pub fn achieved(network: &Network) -> f64 {
    let (mut zeros, mut all) = (0usize, 0usize);
    for linear in n_weights(network).keys() {
        let Some(weight) = network.weights().get(&format!("{linear}.weight")) else { continue };
        zeros += weight.iter().filter(|value| **value == 0.0).count();
        all += weight.len();
    }
    zeros as f64 / all.max(1) as f64
}
