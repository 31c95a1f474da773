//! What scores start from and are drawn to.

use super::{Prior, RefitError};
use secateur_forest::{Aggregation, DatasetView, Forest, TargetView, Task};

/// Weight of the uniform distribution in class probabilities, so that a class without examples has a logarithm.
const UNIFORM: f64 = 1e-6;

/// Numbers beyond this are refused: sums of squares of as many as a forest has trees must stay finite.
const MAX_NUMBER: f64 = 1e140;

/// Score before the first tree, per output.
pub(super) fn base(forest: &Forest, examples: DatasetView<'_>, target: TargetView<'_>, prior: Prior) -> Vec<f64> {
    if prior == Prior::Current && forest.aggregation() == Aggregation::Sum {
        return forest.base().to_vec();
    }
    let total = examples.total_weight();
    let weight = |row: usize| examples.weight(row) / total;
    match target {
        // The forest's answers are means: they add up from zero on.
        TargetView::Values(_) if prior == Prior::Current => vec![0.0],
        TargetView::Values(values) => vec![values.iter().enumerate().map(|(row, y)| weight(row) * y).sum()],
        TargetView::Classes { labels, .. } => {
            let classes = forest.n_outputs();
            let mut probabilities = vec![0.0; classes];
            labels.iter().enumerate().for_each(|(row, &label)| probabilities[label as usize] += weight(row));
            let smooth = |probability: f64| ((1.0 - UNIFORM) * probability + UNIFORM / classes as f64).ln();
            let logs: Vec<f64> = probabilities.into_iter().map(smooth).collect();
            // Two classes: the first has score 0.
            if classes == 2 { vec![0.0, logs[1] - logs[0]] } else { logs }
        }
    }
}

/// Scores that a node is drawn to, per output.
pub(super) fn of_node(forest: &Forest, node: usize, base: &[f64], prior: Prior) -> Vec<f64> {
    let (value, trees) = (forest.value(node), forest.n_trees() as f64);
    match (prior, forest.aggregation(), forest.task()) {
        (Prior::Zero, ..) => vec![0.0; value.len()],
        (Prior::Current, Aggregation::Sum, _) => value.to_vec(),
        (Prior::Current, _, Task::Regression) => vec![value[0] / trees],
        (Prior::Current, _, Task::Classification { .. }) => {
            let scores = value.iter().zip(base).map(|(count, base)| ((count + 1.0).ln() - base) / trees);
            let scores: Vec<f64> = scores.collect();
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            scores.into_iter().map(|score| score - mean).collect()
        }
    }
}

/// A power of two near the largest of the numbers; 1 if all are zero.
pub(super) fn scale(numbers: impl Iterator<Item = f64>) -> Result<f64, RefitError> {
    let largest = numbers.fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest > MAX_NUMBER {
        return Err(RefitError::Magnitude { value: largest, limit: MAX_NUMBER });
    }
    // Exponents of normal numbers only, so that dividing by the scale is exact.
    let exponent = largest.max(f64::MIN_POSITIVE).log2().ceil();
    Ok(if largest == 0.0 { 1.0 } else { exponent.max(-1000.0).exp2() })
}
