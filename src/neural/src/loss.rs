//! What networks are trained and evaluated by.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use secateur_program::{Control, Stop};

use super::batch::Batch;
use super::models::Untouched;
use super::weights::{Params, to_host};
use super::{Network, NetworkError};

/// How a network does on examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Mean cross-entropy per label, in nats.
    pub loss: f64,
    /// Fraction of labels that have the largest logit (ties: the lowest class).
    pub accuracy: f64,
    /// How many labels.
    pub n_labels: usize,
}

impl Quality {
    /// `exp(loss)`: per token of the network's own vocabulary, which is not the perplexity per word.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }
}

/// Cross-entropy of every row, in nats; shape (rows).
pub fn cross_entropies<B: Backend>(logits: Tensor<B, 2>, labels: &[u32]) -> Tensor<B, 1> {
    let rows = labels.len();
    let labels: Vec<i64> = labels.iter().map(|label| i64::from(*label)).collect();
    let labels = Tensor::<B, 2, Int>::from_data(TensorData::new(labels, [rows, 1]), &logits.device());
    log_softmax(logits, 1).gather(1, labels).neg().reshape([rows])
}

/// `D(P, Q) = sum P log(P / Q)`, mean over rows, for the softmax of two logits.
pub fn divergence<B: Backend>(p: Tensor<B, 2>, q: Tensor<B, 2>) -> Tensor<B, 1> {
    let rows = p.dims()[0] as f64;
    let apart = log_softmax(p.clone(), 1) - log_softmax(q, 1);
    (softmax(p, 1) * apart).sum().div_scalar(rows)
}

/// Evaluates a network on batches.
///
/// # Arguments
/// * `params`: of this network, possibly masked.
/// * `control`: limits; progress as the stage `evaluate`, in batches.
///
/// # Errors
/// [`NetworkError`] for a batch that does not fit; [`EvaluateError::Stopped`] at a limit.
///
/// # Complexity
/// One forward pass.
pub fn evaluate<B: Backend>(
    network: &Network,
    params: &Params<B>,
    batches: &[Batch],
    control: &Control,
) -> Result<Quality, EvaluateError> {
    let (mut loss, mut right, mut n_labels) = (0.0, 0usize, 0usize);
    control.report("evaluate", 0, batches.len() as u64);
    for (index, batch) in batches.iter().enumerate() {
        control.check()?;
        batch.check(network.config())?;
        let logits = network.forward(params, &batch.inputs, &mut Untouched)?;
        let losses = to_host(cross_entropies(logits.clone(), &batch.labels));
        loss += losses.into_iter().map(f64::from).sum::<f64>();
        let classes = network.config().n_classes();
        let best = to_host(logits);
        right +=
            best.chunks(classes).zip(&batch.labels).filter(|(row, label)| largest(row) == **label as usize).count();
        n_labels += batch.labels.len();
        control.report("evaluate", index as u64 + 1, batches.len() as u64);
    }
    let n = n_labels.max(1) as f64;
    Ok(Quality { loss: loss / n, accuracy: right as f64 / n, n_labels })
}

fn largest(row: &[f32]) -> usize {
    (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0)
}

/// Why networks could not be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A batch that does not fit the network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A limit was reached.
    #[error("stopped: {0}")]
    Stopped(Stop),
}

impl From<Stop> for EvaluateError {
    fn from(stop: Stop) -> Self {
        EvaluateError::Stopped(stop)
    }
}
