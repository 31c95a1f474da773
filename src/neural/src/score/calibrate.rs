//! What calibration data says of the inputs of every linear layer.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use ndarray::{Array1, Array2};
use secateur_program::Control;

use super::scorer::{ScoreError, Scorer};
use crate::batch::Batch;
use crate::models::Probe;
use crate::walk::Walk;
use crate::weights::to_host;
use crate::{EvaluateError, Network, Params};

/// The inputs of one linear layer over all calibration data.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    /// Summed `x x^T` over rows, shape (inputs, inputs).
    pub moments: Array2<f64>,
    /// Rows: tokens, places of images, or examples; padding is not counted.
    pub n_rows: usize,
    /// Examples.
    pub n_examples: usize,
}

impl Inputs {
    /// `||x_j||` per row: the root of the mean square, which orders as Wanda's norm does.
    pub fn norms(&self) -> Vec<f32> {
        let rows = self.n_rows.max(1) as f64;
        self.moments.diag().iter().map(|sum| (sum / rows).sqrt() as f32).collect()
    }

    /// `(2 / n) X X^T` with n examples (Frantar and Alistarh 2023).
    pub fn hessian(&self) -> Array2<f64> {
        &self.moments * (2.0 / self.n_examples.max(1) as f64)
    }

    /// Mean square of every input.
    pub fn mean_squares(&self) -> Array1<f64> {
        self.moments.diag().mapv(|sum| sum / self.n_rows.max(1) as f64)
    }
}

/// Sums the second moments of the inputs of the linear layers that are wanted, in one forward pass over the batches.
/// Linear layers that read the same input (query, key, value) are each summed.
///
/// # Arguments
/// * `params`: of the network, on the device where it runs.
/// * `wanted`: names of linear layers, as the [`crate::Probe`] has them.
/// * `scorer`: sums, wherever it computes.
/// * `control`: limits; progress as the stage `calibrate`, in batches.
///
/// # Errors
/// [`CalibrateError`].
///
/// # Complexity
/// A forward pass, and rows x inputs^2 per linear layer.
pub fn calibrate<B: Backend, S: Scorer>(
    network: &Network,
    params: &Params<B>,
    batches: &[Batch],
    wanted: impl Fn(&str) -> bool,
    scorer: &S,
    control: &Control,
) -> Result<BTreeMap<String, Inputs>, CalibrateError> {
    let pass = |_: usize, batch: &Batch, probe: &mut dyn Probe<B>| {
        network.forward(params, &batch.inputs, probe)?;
        Ok(())
    };
    summed(batches, &wanted, scorer, control, &pass)
}

/// The same for linear layers of the block that the batches are before.
///
/// # Errors
/// As [`calibrate`].
pub fn calibrate_at<B: Backend, S: Scorer>(
    walk: &Walk<'_, B>,
    params: &Params<B>,
    wanted: impl Fn(&str) -> bool,
    scorer: &S,
    control: &Control,
) -> Result<BTreeMap<String, Inputs>, CalibrateError> {
    let pass = |index: usize, _: &Batch, probe: &mut dyn Probe<B>| {
        walk.look(index, params, probe);
        Ok(())
    };
    summed(walk.batches(), &wanted, scorer, control, &pass)
}

/// Shows what linear layers are applied to, for a batch and its number.
type Pass<'a, B> = dyn Fn(usize, &Batch, &mut dyn Probe<B>) -> Result<(), EvaluateError> + 'a;

/// Not generic over `wanted` and `pass`, so that every caller runs the same machine code.
fn summed<B: Backend, S: Scorer>(
    batches: &[Batch],
    wanted: &dyn Fn(&str) -> bool,
    scorer: &S,
    control: &Control,
    pass: &Pass<'_, B>,
) -> Result<BTreeMap<String, Inputs>, CalibrateError> {
    let mut sums: BTreeMap<String, (S::Moments, usize, usize)> = BTreeMap::new();
    control.report("calibrate", 0, batches.len() as u64);
    for (index, batch) in batches.iter().enumerate() {
        control.check().map_err(EvaluateError::from)?;
        let mut failed = None;
        let mut probe = |linear: &str, x: Tensor<B, 2>| {
            if wanted(linear) && failed.is_none() {
                let x = without_padding(x.clone(), batch);
                let [rows, columns] = x.dims();
                let entry = sums.entry(linear.to_owned());
                let (moments, n_rows, n_examples) = entry.or_insert_with(|| (scorer.moments(columns), 0, 0));
                failed = scorer.accumulate_tensor(moments, x).err();
                *n_rows += rows;
                *n_examples += batch.inputs.len();
            }
            x
        };
        pass(index, batch, &mut probe)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        control.report("calibrate", index as u64 + 1, batches.len() as u64);
    }
    let read = |(name, (moments, n_rows, n_examples)): (String, (S::Moments, usize, usize))| {
        (name, Inputs { moments: scorer.read(&moments), n_rows, n_examples })
    };
    Ok(sums.into_iter().map(read).collect())
}

/// Rows of a linear layer's input that are no padding. Linear layers that are applied to a row per token have it; those
/// of whole examples have none.
fn without_padding<B: Backend>(x: Tensor<B, 2>, batch: &Batch) -> Tensor<B, 2> {
    let crate::Inputs::Tokens { tokens, lengths } = &batch.inputs else { return x };
    let padded = lengths.iter().any(|length| *length < tokens.ncols());
    if !padded || x.dims()[0] != tokens.len() {
        return x;
    }
    let real = |(row, length): (usize, &usize)| (0..*length).map(move |place| (row * tokens.ncols() + place) as i32);
    let rows: Vec<i32> = lengths.iter().enumerate().flat_map(real).collect();
    let rows = Tensor::<B, 1, Int>::from_data(rows.as_slice(), &x.device());
    x.select(0, rows)
}

/// The inputs themselves, row after row of all batches, without padding: what comparisons between layers need. Memory:
/// rows x inputs of every linear layer that is wanted.
///
/// # Errors
/// [`EvaluateError`].
pub fn inputs_of<B: Backend>(
    network: &Network,
    params: &Params<B>,
    batches: &[Batch],
    wanted: impl Fn(&str) -> bool,
    control: &Control,
) -> Result<BTreeMap<String, Array2<f32>>, EvaluateError> {
    rows_of(network, params, batches, &wanted, control)
}

fn rows_of<B: Backend>(
    network: &Network,
    params: &Params<B>,
    batches: &[Batch],
    wanted: &dyn Fn(&str) -> bool,
    control: &Control,
) -> Result<BTreeMap<String, Array2<f32>>, EvaluateError> {
    let mut rows: BTreeMap<String, (usize, Vec<f32>)> = BTreeMap::new();
    for batch in batches {
        control.check()?;
        let mut probe = |linear: &str, x: Tensor<B, 2>| {
            if wanted(linear) {
                let entry = rows.entry(linear.to_owned()).or_insert_with(|| (x.dims()[1], Vec::new()));
                entry.1.extend(to_host(without_padding(x.clone(), batch)));
            }
            x
        };
        network.forward(params, &batch.inputs, &mut probe)?;
    }
    let matrix = |(name, (columns, values)): (String, (usize, Vec<f32>))| {
        let rows = values.len() / columns.max(1);
        (name, Array2::from_shape_vec((rows, columns), values).expect("whole rows"))
    };
    Ok(rows.into_iter().map(matrix).collect())
}

/// Why inputs could not be summed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// A batch that does not fit, or a limit.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The scorer failed.
    #[error(transparent)]
    Score(#[from] ScoreError),
}
