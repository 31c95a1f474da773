//! Sensitivity of the loss to masks on units (Michel, Levy and Neubig 2019, section 4.1; for channels Molchanov et al.
//! 2017).
//!
//! Every unit's output is multiplied by a mask xi that is 1 everywhere; the gradient of the loss by xi at a token is
//! the product of output and gradient, summed over the unit's entries. No second pass is needed, and nothing of the
//! network changes.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use super::Calibration;
use crate::batch::{Batch, Inputs};
use crate::loss::cross_entropies;
use crate::units::{UnitKind, Units};
use crate::weights::to_host;
use crate::{Config, EvaluateError, Network, Params};

/// Where the absolute value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Per {
    /// `sum_tokens |dL/dxi|`, as the authors' programs do.
    #[default]
    Token,
    /// `|sum_tokens dL/dxi|` for each example, as the paper's formula reads with one mask per example.
    Example,
}

/// How importances are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportanceOptions {
    /// Where the absolute value is taken.
    pub per: Per,
    /// Whether the importances of every group are divided by their Euclidean length (plus 1e-20).
    pub normalise: bool,
}

impl Default for ImportanceOptions {
    fn default() -> Self {
        Self { per: Per::Token, normalise: true }
    }
}

/// Importance of every unit whose output is seen by a linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// Per group and unit; `None` where outputs are not seen.
    pub of_units: Vec<Option<Vec<f64>>>,
    /// How they were estimated.
    pub options: ImportanceOptions,
}

/// Estimates the importance of units on batches with labels.
///
/// Sums are divided by the number of tokens that are no padding, or by that of examples [`Per::Example`]. In an
/// encoder's last layer only the first token has a gradient: there the divisor is always the number of examples.
///
/// # Arguments
/// * `kinds`: of which groups.
/// * `calibration`: batches with labels; progress is reported as the stage `importance`, in batches.
///
/// # Errors
/// [`EvaluateError`]: a batch that does not fit the network, a limit.
///
/// # Complexity
/// A forward and a backward pass.
pub fn importance<B: AutodiffBackend>(
    calibration: &Calibration<'_, B>,
    units: &Units,
    kinds: &[UnitKind],
    options: ImportanceOptions,
) -> Result<Importance, EvaluateError> {
    let Calibration { network, batches, control, .. } = *calibration;
    let params = calibration.params();
    let seen: BTreeMap<&str, usize> = units
        .groups()
        .iter()
        .enumerate()
        .filter(|(_, group)| kinds.contains(&group.kind) && group.n_units > 0 && !group.seen_by.is_empty())
        .map(|(index, group)| (group.seen_by.as_str(), index))
        .collect();
    let mut sums: BTreeMap<usize, Vec<f64>> =
        seen.values().map(|group| (*group, vec![0.0; units.groups()[*group].n_units])).collect();
    let (mut n_tokens, mut n_examples) = (0usize, 0usize);
    control.report("importance", 0, batches.len() as u64);
    for (index, batch) in batches.iter().enumerate() {
        control.check()?;
        batch.check(network.config())?;
        let rows = Rows::of(&batch.inputs);
        for (group, gradients) in mask_gradients(network, units, &seen, &params, batch)? {
            let sums = sums.get_mut(&group).expect("every group that is seen has its sums");
            rows.add(&gradients, options.per, sums);
        }
        n_tokens += rows.n_tokens();
        n_examples += rows.lengths.len();
        control.report("importance", index as u64 + 1, batches.len() as u64);
    }
    let last = match network.config() {
        Config::Encoder(config) => config.num_hidden_layers.checked_sub(1).map(|layer| format!(".layer.{layer}.")),
        _ => None,
    };
    let mut of_units = vec![None; units.groups().len()];
    for (group, mut sums) in sums {
        let pooled = last.as_ref().is_some_and(|last| units.groups()[group].name.contains(last.as_str()));
        let n = if pooled || options.per == Per::Example { n_examples } else { n_tokens };
        sums.iter_mut().for_each(|sum| *sum /= n.max(1) as f64);
        if options.normalise {
            let length = sums.iter().map(|value| value * value).sum::<f64>().sqrt() + 1e-20;
            sums.iter_mut().for_each(|value| *value /= length);
        }
        of_units[group] = Some(sums);
    }
    Ok(Importance { of_units, options })
}

/// Gradient of the summed loss by the mask of every row and unit, per group: shape (rows, units), row-major.
fn mask_gradients<B: AutodiffBackend>(
    network: &Network,
    units: &Units,
    seen: &BTreeMap<&str, usize>,
    params: &Params<B>,
    batch: &Batch,
) -> Result<Vec<(usize, Vec<f32>)>, EvaluateError> {
    let mut masks: Vec<(usize, Tensor<B, 3>)> = Vec::new();
    let mut probe = |linear: &str, x: Tensor<B, 2>| {
        let Some(group) = seen.get(linear) else { return x };
        let [rows, width] = x.dims();
        let n_units = units.groups()[*group].n_units;
        let mask = Tensor::<B, 3>::ones([rows, n_units, 1], &x.device()).require_grad();
        masks.push((*group, mask.clone()));
        (x.reshape([rows, n_units, width / n_units]) * mask).reshape([rows, width])
    };
    let logits = network.forward(params, &batch.inputs, &mut probe)?;
    // The sum: importances of batches then add up.
    let gradients = cross_entropies(logits, &batch.labels).sum().backward();
    let of_mask = |(group, mask): (usize, Tensor<B, 3>)| {
        let gradient = mask.grad(&gradients).map_or_else(|| vec![0.0; mask.dims().iter().product()], to_host);
        (group, gradient)
    };
    Ok(masks.into_iter().map(of_mask).collect())
}

/// How the rows of activations belong to examples.
struct Rows {
    /// Rows per example, padding included.
    per_example: Option<usize>,
    /// Rows per example that count; `usize::MAX`: all of them.
    lengths: Vec<usize>,
}

impl Rows {
    fn of(inputs: &Inputs) -> Self {
        match inputs {
            Inputs::Tokens { tokens, lengths } => Self { per_example: Some(tokens.ncols()), lengths: lengths.clone() },
            // Places of an image: as many as the layer has.
            other => Self { per_example: None, lengths: vec![usize::MAX; other.len()] },
        }
    }

    /// Tokens that are no padding; an image is one.
    fn n_tokens(&self) -> usize {
        self.lengths.iter().map(|length| if *length == usize::MAX { 1 } else { *length }).sum()
    }

    fn add(&self, gradients: &[f32], per: Per, sums: &mut [f64]) {
        let n_units = sums.len();
        let rows = gradients.len() / n_units;
        let per_example = self.per_example.unwrap_or(rows / self.lengths.len());
        for (example, length) in gradients.chunks(per_example * n_units).zip(&self.lengths) {
            let counted = || example.chunks(n_units).take(*length);
            for (unit, sum) in sums.iter_mut().enumerate() {
                let of_rows = counted().map(|row| f64::from(row[unit]));
                *sum += match per {
                    Per::Token => of_rows.map(f64::abs).sum::<f64>(),
                    Per::Example => of_rows.sum::<f64>().abs(),
                };
            }
        }
    }
}
