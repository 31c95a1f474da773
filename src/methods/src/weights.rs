//! Single weights, block after block: magnitude, Wanda, SparseGPT; at a fraction of each linear layer, or N of M
//! neighbours.
//!
//! | rule | score | what goes | what stays |
//! |---|---|---|---|
//! | magnitude (Han et al. 2015) | `abs(w_ij)` | the least of the linear layer | unchanged |
//! | Wanda (Sun et al. 2023) | `abs(w_ij) norm(x_j)` | the least of each output | unchanged |
//! | SparseGPT (Frantar and Alistarh 2023) | `w_ij^2 / U_jj^2` | the least of each block of 128 inputs | makes up for it |

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use ndarray::{Array2, ArrayView2};
use secateur_neural::Network;
use secateur_neural::score::{Calibration, Inputs, Scorer, calibrate_at};
use secateur_neural::units::blocks;
use secateur_neural::walk::Walk;

use super::error::{MethodError, check_fraction};
use super::obs::{InverseHessian, Sparsity, sparse_gpt};
use super::ratios::{Within, keep_best};
use super::slimgpt::{matrix, with_weight};

/// Which weights go, and what becomes of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// The smallest.
    Magnitude,
    /// Those of least product with their input's norm.
    Wanda,
    /// By second order; the others make up for them.
    SparseGpt {
        /// Fraction of the mean of the diagonal of the second moments that is added to it; the authors take 0.01.
        damping: f64,
    },
}

/// Scores of the weights of all linear layers of [`blocks`] before anything is pruned: what global thresholds and
/// proportional rules look at. For SparseGPT `w^2 / (H^-1)_jj`.
///
/// # Arguments
/// * `inputs`: of every linear layer, on calibration data ([`secateur_neural::score::calibrate`]).
///
/// # Errors
/// [`MethodError`]; [`MethodError::Linear`] for a linear layer without inputs.
pub fn scores<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    rule: Rule,
    scorer: &S,
) -> Result<BTreeMap<String, Array2<f32>>, MethodError> {
    let of_linear = |linear: String| {
        let own = inputs.get(&linear).ok_or_else(|| MethodError::Linear { linear: linear.clone() })?;
        let weight = matrix(network, &linear)?;
        let scores = match rule {
            Rule::Magnitude => scorer.magnitude(weight.view()),
            Rule::Wanda => scorer.wanda(weight.view(), &own.norms())?,
            Rule::SparseGpt { damping } => {
                let inverse =
                    InverseHessian::new(own.hessian().view(), damping).map_err(MethodError::of_linear(&linear))?;
                scorer.second_order(weight.view(), &inverse.divisors())?
            }
        };
        Ok((linear, scores))
    };
    blocks(network).into_iter().flat_map(|block| block.linears).map(of_linear).collect()
}

/// A linear layer to be pruned, at any sparsity: what does not depend on it is computed once.
pub struct LinearPruner<'a, S> {
    linear: &'a str,
    weight: Array2<f32>,
    by: By,
    scorer: &'a S,
}

enum By {
    Scores(Array2<f32>, Within),
    SecondOrder(InverseHessian),
}

impl<'a, S: Scorer> LinearPruner<'a, S> {
    /// Scores the linear layer.
    ///
    /// # Arguments
    /// * `inputs`: of the linear layer, on calibration data.
    ///
    /// # Errors
    /// [`MethodError`].
    ///
    /// # Complexity
    /// O(weights); SparseGPT: O(inputs^3).
    pub fn new(
        network: &Network,
        linear: &'a str,
        inputs: &Inputs,
        rule: Rule,
        scorer: &'a S,
    ) -> Result<Self, MethodError> {
        let weight = matrix(network, linear)?;
        let by = match rule {
            Rule::Magnitude => By::Scores(scorer.magnitude(weight.view()), Within::Layer),
            Rule::Wanda => By::Scores(scorer.wanda(weight.view(), &inputs.norms())?, Within::Row),
            Rule::SparseGpt { damping } => {
                let inverse = InverseHessian::new(inputs.hessian().view(), damping);
                By::SecondOrder(inverse.map_err(MethodError::of_linear(linear))?)
            }
        };
        Ok(Self { linear, weight, by, scorer })
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
        let fails = MethodError::of_linear(self.linear);
        sparsity.check().map_err(&fails)?;
        match (&self.by, sparsity) {
            (By::SecondOrder(inverse), _) => {
                Ok(sparse_gpt(self.weight.view(), inverse, sparsity).map_err(&fails)?.weight)
            }
            (By::Scores(scores, _), Sparsity::Pattern { n, m }) => {
                Ok(&self.weight * &self.scorer.pattern(scores.view(), n, m)?)
            }
            (By::Scores(scores, within), Sparsity::Fraction(fraction)) => {
                let mut weight = self.weight.clone();
                let kept = keep_best(scores.view(), fraction, *within);
                weight.zip_mut_with(&kept, |value, kept| *value = if *kept { *value } else { 0.0 });
                Ok(weight)
            }
        }
    }
}

/// `tr((W - V) X X^T (W - V)^T)`: the squared change of a linear layer's outputs, summed over calibration rows.
pub fn output_error(weight: ArrayView2<'_, f32>, pruned: ArrayView2<'_, f32>, inputs: &Inputs) -> f64 {
    let change = weight.mapv(f64::from) - pruned.mapv(f64::from);
    (change.dot(&inputs.moments) * &change).sum()
}

/// Prunes the weights of a network block after block; every block sees what the blocks pruned before it give.
///
/// # Arguments
/// * `sparsity`: per linear layer of [`blocks`]; linear layers that are not named stay.
///
/// Progress is reported as the stage `prune weights`, in blocks.
///
/// # Errors
/// [`MethodError`]; [`MethodError::Linear`] for a name that is none.
///
/// # Complexity
/// Two forward passes, whatever the number of blocks, and [`LinearPruner`].
pub fn prune_weights<B: Backend, S: Scorer>(
    calibration: &Calibration<'_, B>,
    sparsity: &BTreeMap<String, Sparsity>,
    rule: Rule,
    scorer: &S,
) -> Result<Network, MethodError> {
    let Calibration { network, batches, control, .. } = *calibration;
    let blocks = blocks(network);
    if let Some(linear) = sparsity.keys().find(|linear| !blocks.iter().any(|block| block.linears.contains(linear))) {
        return Err(MethodError::Linear { linear: linear.clone() });
    }
    for (linear, sparsity) in sparsity {
        check_fraction(|| format!("{linear}: fraction that goes"), sparsity.fraction())?;
    }
    let mut pruned = network.clone();
    let mut params = calibration.params();
    // Magnitudes look at no data.
    let data = if rule == Rule::Magnitude { &[] } else { batches };
    let nothing = Inputs { moments: Array2::zeros((0, 0)), n_rows: 0, n_examples: 0 };
    let mut walk = Walk::begin(network, &params, data, control)?;
    for (index, block) in blocks.iter().enumerate() {
        control.report("prune weights", index as u64, blocks.len() as u64);
        let own: Vec<&String> = block.linears.iter().filter(|linear| sparsity.contains_key(*linear)).collect();
        if own.is_empty() {
            continue;
        }
        walk.go_to(&params, index, control)?;
        let wanted = |linear: &str| own.iter().any(|own| *own == linear);
        let inputs = calibrate_at(&walk, &params, wanted, scorer, control)?;
        for linear in own {
            let inputs = inputs.get(linear).unwrap_or(&nothing);
            let weight = LinearPruner::new(&pruned, linear, inputs, rule, scorer)?.at(sparsity[linear])?;
            pruned = with_weight(pruned, linear, &weight)?;
            params.renew(pruned.weights(), &format!("{linear}.weight"));
        }
    }
    control.report("prune weights", blocks.len() as u64, blocks.len() as u64);
    Ok(pruned)
}
