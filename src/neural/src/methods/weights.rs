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
use crate::Network;
use crate::batch::Batch;
use crate::score::{Inputs, Scorer, calibrate_at};
use crate::units::blocks;
use crate::walk::Walk;

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

/// Scores of the weights of all maps of [`blocks`] before anything is pruned: what global thresholds and proportional rules look at. For SparseGPT
/// `w^2 / (H^-1)_jj`.
///
/// # Arguments
/// * `inputs`: of every map, on calibration data ([`crate::score::calibrate`]).
///
/// # Errors
/// [`MethodError`]; [`MethodError::Map`] for a map without inputs.
pub fn scores<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    rule: Rule,
    scorer: &S,
) -> Result<BTreeMap<String, Array2<f32>>, MethodError> {
    let of_map = |map: String| {
        let own = inputs.get(&map).ok_or_else(|| MethodError::Map { map: map.clone() })?;
        let weight = matrix(network, &map)?;
        let scores = match rule {
            Rule::Magnitude => scorer.magnitude(weight.view()),
            Rule::Wanda => scorer.wanda(weight.view(), &own.norms())?,
            Rule::SparseGpt { damping } => {
                let inverse = InverseHessian::new(own.hessian().view(), damping).map_err(MethodError::of_map(&map))?;
                scorer.second_order(weight.view(), &inverse.divisors())?
            }
        };
        Ok((map, scores))
    };
    blocks(network).into_iter().flat_map(|block| block.maps).map(of_map).collect()
}

/// A map to be pruned, at any sparsity: what does not depend on it is computed once.
pub struct MapPruner<'a, S> {
    map: &'a str,
    weight: Array2<f32>,
    by: By,
    scorer: &'a S,
}

enum By {
    Scores(Array2<f32>, Within),
    SecondOrder(InverseHessian),
}

impl<'a, S: Scorer> MapPruner<'a, S> {
    /// Scores the map.
    ///
    /// # Arguments
    /// * `inputs`: of the map, on calibration data.
    ///
    /// # Errors
    /// [`MethodError`].
    ///
    /// # Complexity
    /// O(weights); SparseGPT: O(inputs^3).
    pub fn new(
        network: &Network,
        map: &'a str,
        inputs: &Inputs,
        rule: Rule,
        scorer: &'a S,
    ) -> Result<Self, MethodError> {
        let weight = matrix(network, map)?;
        let by = match rule {
            Rule::Magnitude => By::Scores(scorer.magnitude(weight.view()), Within::Layer),
            Rule::Wanda => By::Scores(scorer.wanda(weight.view(), &inputs.norms())?, Within::Row),
            Rule::SparseGpt { damping } => {
                let inverse = InverseHessian::new(inputs.hessian().view(), damping);
                By::SecondOrder(inverse.map_err(MethodError::of_map(map))?)
            }
        };
        Ok(Self { map, weight, by, scorer })
    }

    /// The whole weight, shape (outputs, inputs).
    pub fn weight(&self) -> ArrayView2<'_, f32> {
        self.weight.view()
    }

    /// The pruned weight.
    ///
    /// # Errors
    /// [`MethodError`].
    ///
    /// # Complexity
    /// O(weights log weights); SparseGPT: O(inputs^3 + outputs x inputs^2).
    pub fn at(&self, sparsity: Sparsity) -> Result<Array2<f32>, MethodError> {
        let fails = MethodError::of_map(self.map);
        sparsity.check().map_err(&fails)?;
        match (&self.by, sparsity) {
            (By::SecondOrder(inverse), _) => {
                Ok(sparse_gpt(self.weight.view(), inverse, sparsity).map_err(&fails)?.weight)
            }
            (By::Scores(scores, _), Sparsity::Pattern { n, m }) => {
                Ok(&self.weight * &self.scorer.pattern(scores.view(), n, m)?)
            }
            (By::Scores(scores, within), Sparsity::Share(share)) => {
                let mut weight = self.weight.clone();
                let kept = keep_best(scores.view(), share, *within);
                weight.zip_mut_with(&kept, |value, kept| *value = if *kept { *value } else { 0.0 });
                Ok(weight)
            }
        }
    }
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
/// Two forward passes, whatever the number of blocks, and [`MapPruner`].
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
    let mut params = network.params::<B>(device);
    // Magnitudes look at no data.
    let data = if rule == Rule::Magnitude { &[] } else { batches };
    let nothing = Inputs { moments: Array2::zeros((0, 0)), n_rows: 0, n_examples: 0 };
    let mut walk = Walk::begin(network, &params, data, control)?;
    for (index, block) in blocks.iter().enumerate() {
        control.report("prune weights", index as u64, blocks.len() as u64);
        let own: Vec<&String> = block.maps.iter().filter(|map| sparsity.contains_key(*map)).collect();
        if own.is_empty() {
            continue;
        }
        walk.go_to(&params, index, control)?;
        let wanted = |map: &str| own.iter().any(|own| *own == map);
        let inputs = calibrate_at(&walk, &params, wanted, scorer, control)?;
        for map in own {
            let inputs = inputs.get(map).unwrap_or(&nothing);
            let weight = MapPruner::new(&pruned, map, inputs, rule, scorer)?.at(sparsity[map])?;
            pruned = with_weight(pruned, map, &weight)?;
            params.renew(pruned.weights(), &format!("{map}.weight"));
        }
    }
    control.report("prune weights", blocks.len() as u64, blocks.len() as u64);
    Ok(pruned)
}
