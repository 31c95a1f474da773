//! What each example's prediction loses.

use ndarray::ArrayView2;

use super::MetricError;
use crate::loss::Loss;
use crate::model::argmax;
use secateur_datasets::{DataError, TargetView};

/// Probabilities below this count as this in the log-loss, here and in curves.
pub(crate) const LEAST_PROBABILITY: f64 = 1e-15;

/// The loss of every row; shape (n_examples,). Of equally probable classes the one with the lowest index is predicted; a
/// probability below 1e-15 counts as 1e-15 in the log-loss.
///
/// # Errors
/// [`MetricError`]: predictions that are not finite, another number of targets or outputs, a loss of the other task.
///
/// # Complexity
/// O(n x outputs).
pub fn example_losses(
    outputs: ArrayView2<'_, f64>,
    target: TargetView<'_>,
    loss: Loss,
) -> Result<Vec<f64>, MetricError> {
    check(outputs, target)?;
    let rows = outputs.rows().into_iter();
    match (target, loss) {
        (TargetView::Classes { labels, .. }, Loss::Misclassification | Loss::LogLoss | Loss::Brier) => {
            let mut probabilities = vec![0.0; outputs.ncols()];
            let losses = rows.zip(labels).map(|(row, &label)| {
                probabilities.iter_mut().zip(row).for_each(|(probability, value)| *probability = *value);
                class_loss(&probabilities, label as usize, loss)
            });
            Ok(losses.collect())
        }
        (TargetView::Values(targets), Loss::SquaredError) => {
            Ok(rows.zip(targets).map(|(row, target)| (row[0] - target).powi(2)).collect())
        }
        _ => Err(MetricError::Loss { loss }),
    }
}

fn class_loss(probabilities: &[f64], label: usize, loss: Loss) -> f64 {
    match loss {
        Loss::LogLoss => -probabilities[label].max(LEAST_PROBABILITY).ln(),
        Loss::Brier => {
            let indicator = |class| f64::from(u8::from(class == label));
            probabilities.iter().enumerate().map(|(class, probability)| (probability - indicator(class)).powi(2)).sum()
        }
        _ => f64::from(u8::from(argmax(probabilities) != label)),
    }
}

/// Checks predictions and targets against each other.
fn check(outputs: ArrayView2<'_, f64>, target: TargetView<'_>) -> Result<(), MetricError> {
    let (found, expected) = (target.len(), outputs.nrows());
    if expected == 0 {
        return Err(DataError::Empty.into());
    }
    if found != expected {
        return Err(DataError::Length { what: "targets", found, expected }.into());
    }
    if let Some(((row, _), _)) = outputs.indexed_iter().find(|(_, output)| !output.is_finite()) {
        return Err(MetricError::Output { row });
    }
    let found = outputs.ncols();
    match target {
        TargetView::Classes { labels, n_classes } => {
            if found != n_classes {
                return Err(MetricError::Outputs { found, expected: n_classes });
            }
            match labels.iter().position(|label| *label as usize >= n_classes) {
                Some(row) => Err(DataError::Class { row, class: labels[row], classes: n_classes }.into()),
                None => Ok(()),
            }
        }
        TargetView::Values(targets) => {
            if found != 1 {
                return Err(MetricError::Outputs { found, expected: 1 });
            }
            match targets.iter().position(|target| !target.is_finite()) {
                Some(row) => Err(DataError::Target { row, value: targets[row] }.into()),
                None => Ok(()),
            }
        }
    }
}
