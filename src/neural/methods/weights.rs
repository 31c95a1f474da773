//! Single weights, block after block: magnitude, Wanda, SparseGPT; at a share of each map, or N of M neighbours.
//!
//! | rule | score | what goes | what stays |
//! |---|---|---|---|
//! | magnitude (Han et al. 2015) | `abs(w_ij)` | the least of the map | unchanged |
//! | Wanda (Sun et al. 2023) | `abs(w_ij) norm(x_j)` | the least of each output | unchanged |
//! | SparseGPT (Frantar and Alistarh 2023) | `w_ij^2 / U_jj^2` | the least of each block of 128 inputs | makes up for it |

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use ndarray::{Array2, ArrayView2};
use secateur_program::Control;

use super::error::{MethodError, check_share};
use super::obs::{InverseHessian, Sparsity, sparse_gpt};
use super::ratios::{Within, keep_best};
use super::slimgpt::{matrix, with_weight};
use crate::neural::Network;
use crate::neural::batch::Batch;
use crate::neural::score::{Inputs, ScoreError, Scorer, calibrate};
use crate::neural::units::blocks;

/// Which weights go, and what becomes of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The smallest.
    Magnitude,
    /// Those of least product with their input's norm.
    Wanda,
    /// By second order; the others make up for them.
    SparseGpt {
        /// Share of the mean of the diagonal of the second moments that is added to it; the authors take 0.01.
        damping: f64,
    },
}

impl Rule {
    /// Wanda, SparseGPT, magnitude: the names of the tool.
    pub const NAMES: [&'static str; 3] = ["magnitude", "wanda", "sparsegpt"];

    /// The rule of a name of [`Rule::NAMES`].
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "magnitude" => Some(Rule::Magnitude),
            "wanda" => Some(Rule::Wanda),
            "sparsegpt" => Some(Rule::SparseGpt { damping: 0.01 }),
            _ => None,
        }
    }
}

/// Scores of the weights of one map before anything is pruned: what global thresholds and proportional rules look at. For SparseGPT `w^2 / (H^-1)_jj`.
///
/// # Errors
/// [`MethodError`].
pub fn scores<S: Scorer>(
    network: &Network,
    map: &str,
    inputs: &Inputs,
    rule: Rule,
    scorer: &S,
) -> Result<Array2<f32>, MethodError> {
    let weight = matrix(network, map)?;
    Ok(match rule {
        Rule::Magnitude => scorer.magnitude(weight.view()),
        Rule::Wanda => scorer.wanda(weight.view(), &inputs.norms())?,
        Rule::SparseGpt { damping } => {
            let inverse = InverseHessian::new(inputs.hessian().view(), damping).map_err(MethodError::of_map(map))?;
            scorer.second_order(weight.view(), &inverse.divisors())?
        }
    })
}

/// The pruned weight of one map, shape (outputs, inputs).
///
/// # Arguments
/// * `inputs`: of the map, on calibration data.
///
/// # Errors
/// [`MethodError`].
///
/// # Complexity
/// O(weights log weights); SparseGPT: O(inputs^3 + outputs x inputs^2).
pub fn prune_map<S: Scorer>(
    network: &Network,
    map: &str,
    inputs: &Inputs,
    rule: Rule,
    sparsity: Sparsity,
    scorer: &S,
) -> Result<Array2<f32>, MethodError> {
    let fails = MethodError::of_map(map);
    sparsity.check().map_err(&fails)?;
    let weight = matrix(network, map)?;
    if let Rule::SparseGpt { damping } = rule {
        let inverse = InverseHessian::new(inputs.hessian().view(), damping).map_err(&fails)?;
        return Ok(sparse_gpt(weight.view(), &inverse, sparsity).map_err(&fails)?.weight);
    }
    let scores = scores(network, map, inputs, rule, scorer)?;
    masked(weight, scores, rule, sparsity, scorer).map_err(MethodError::from)
}

/// The weight without its entries of least score.
fn masked<S: Scorer>(
    mut weight: Array2<f32>,
    scores: Array2<f32>,
    rule: Rule,
    sparsity: Sparsity,
    scorer: &S,
) -> Result<Array2<f32>, ScoreError> {
    match sparsity {
        Sparsity::Pattern { n, m } => weight *= &scorer.pattern(scores.view(), n, m)?,
        Sparsity::Share(share) => {
            let within = if rule == Rule::Magnitude { Within::Layer } else { Within::Row };
            let kept = keep_best(scores.view(), share, within);
            weight.zip_mut_with(&kept, |value, kept| *value = if *kept { *value } else { 0.0 });
        }
    }
    Ok(weight)
}

/// `tr((W - V) X X^T (W - V)^T)`: the squared change of a map's outputs, summed over calibration rows.
pub fn output_error(weight: ArrayView2<'_, f32>, pruned: ArrayView2<'_, f32>, inputs: &Inputs) -> f64 {
    let change = weight.mapv(f64::from) - pruned.mapv(f64::from);
    (change.dot(&inputs.moments) * &change).sum()
}

/// Prunes the weights of a network block after block; every block sees what the blocks pruned before it give.
///
/// # Arguments
/// * `sparsity`: per map of [`blocks`]; maps that are not named stay.
/// * `batches`: calibration data.
/// * `control`: limits; progress as the stage `prune weights`, in blocks.
///
/// # Errors
/// [`MethodError`]; [`MethodError::Map`] for a name that is none.
///
/// # Complexity
/// A forward pass per block, and [`prune_map`].
pub fn prune_weights<B: Backend, S: Scorer>(
    network: &Network,
    sparsity: &BTreeMap<String, Sparsity>,
    rule: Rule,
    batches: &[Batch],
    scorer: &S,
    device: &B::Device,
    control: &Control,
) -> Result<Network, MethodError> {
    let blocks = blocks(network);
    if let Some(map) = sparsity.keys().find(|map| !blocks.iter().any(|block| block.maps.contains(map))) {
        return Err(MethodError::Map { map: map.clone() });
    }
    for (map, sparsity) in sparsity {
        check_share(|| format!("{map}: share that goes"), sparsity.share())?;
    }
    let mut pruned = network.clone();
    for (index, block) in blocks.iter().enumerate() {
        control.report("prune weights", index as u64, blocks.len() as u64);
        let wanted = |map: &str| sparsity.contains_key(map) && block.maps.iter().any(|own| own == map);
        let params = pruned.params::<B>(device);
        let inputs = calibrate(&pruned, &params, batches, wanted, scorer, control)?;
        for (map, inputs) in &inputs {
            let weight = prune_map(&pruned, map, inputs, rule, sparsity[map], scorer)?;
            pruned = with_weight(pruned, map, &weight)?;
        }
    }
    control.report("prune weights", blocks.len() as u64, blocks.len() as u64);
    Ok(pruned)
}
