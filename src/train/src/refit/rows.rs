//! Losses of examples and their derivatives in the margins, block by block.
//!
//! A margin is what the scores on an example's paths add up to, base included. Numbers of one block are laid out by
//! plane, then row. Weights are fractions: they sum to one, so losses are means whatever the number of rows.

use super::leaves::BLOCK;
use secateur_forest::{DatasetView, TargetView};

/// What the examples ask for.
#[derive(Debug)]
enum Targets {
    /// Numbers, with the base taken off, in units of the scale. Loss: half the squared error.
    Values(Vec<f64>),
    /// Two classes: one margin, of class 1 against class 0. Loss: `ln(1 + exp(-+margin))`.
    Two(Vec<u32>),
    /// Any other number of classes: one margin each. Loss: `ln sum_k exp(margin_k) - margin_y`.
    Many(Vec<u32>),
}

/// Weighted losses of a set of examples.
#[derive(Debug)]
pub(super) struct RowLosses {
    targets: Targets,
    weights: Vec<f64>,
}

impl RowLosses {
    /// `base` and `scale` are for numbers: the loss is of `(y - base) / scale`. The examples have targets that fit
    /// `planes`.
    pub(super) fn new(examples: DatasetView<'_>, target: TargetView<'_>, planes: usize, base: f64, scale: f64) -> Self {
        let total = examples.total_weight();
        Self {
            targets: match target {
                TargetView::Values(values) => Targets::Values(values.iter().map(|y| (y - base) / scale).collect()),
                TargetView::Classes { labels, n_classes: 2 } if planes == 1 => Targets::Two(labels.to_vec()),
                TargetView::Classes { labels, .. } => Targets::Many(labels.to_vec()),
            },
            weights: (0..examples.len()).map(|row| examples.weight(row) / total).collect(),
        }
    }

    pub(super) fn is_quadratic(&self) -> bool {
        matches!(self.targets, Targets::Values(_))
    }

    /// Weights of a block's rows.
    fn weights(&self, block: usize) -> &[f64] {
        &self.weights[block * BLOCK..self.weights.len().min((block + 1) * BLOCK)]
    }

    /// The weights as numbers of examples, the same in every plane.
    pub(super) fn weights_by_plane(&self, planes: usize) -> Vec<f64> {
        self.weights.chunks(BLOCK).flat_map(|block| std::iter::repeat_n(block, planes).flatten()).copied().collect()
    }

    /// Summed loss of a block.
    pub(super) fn loss(&self, block: usize, margins: &[f64]) -> f64 {
        let (weights, first) = (self.weights(block), block * BLOCK);
        let rows = weights.len();
        let losses = weights.iter().enumerate();
        match &self.targets {
            Targets::Values(values) => {
                losses.map(|(row, weight)| 0.5 * weight * (margins[row] - values[first + row]).powi(2)).sum()
            }
            Targets::Two(labels) => losses
                .map(|(row, weight)| {
                    let against = if labels[first + row] == 1 { -margins[row] } else { margins[row] };
                    weight * (against.max(0.0) + (-against.abs()).exp().ln_1p())
                })
                .sum(),
            Targets::Many(labels) => losses
                .map(|(row, weight)| {
                    let of_row = || margins[row..].iter().step_by(rows);
                    let largest = of_row().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = of_row().map(|margin| (margin - largest).exp()).sum();
                    weight * (largest - margins[labels[first + row] as usize * rows + row] + sum.ln())
                })
                .sum(),
        }
    }

    /// Gradient in the margins, and what [`RowLosses::curve`] needs: curvatures, or probabilities of many classes.
    pub(super) fn linearise(&self, block: usize, margins: &[f64], gradient: &mut [f64], state: &mut [f64]) {
        let (weights, first) = (self.weights(block), block * BLOCK);
        let rows = weights.len();
        for (row, &weight) in weights.iter().enumerate() {
            match &self.targets {
                Targets::Values(values) => {
                    gradient[row] = weight * (margins[row] - values[first + row]);
                    state[row] = weight;
                }
                Targets::Two(labels) => {
                    // The smaller probability and the larger one, both to full precision.
                    let small = (-margins[row].abs()).exp();
                    let (small, large) = (small / (1.0 + small), 1.0 / (1.0 + small));
                    let target_is_likelier = (margins[row] >= 0.0) == (labels[first + row] == 1);
                    let wrong = if target_is_likelier { small } else { large };
                    gradient[row] = if labels[first + row] == 1 { -weight * wrong } else { weight * wrong };
                    state[row] = weight * small * large;
                }
                Targets::Many(labels) => {
                    let of_row = || (row..margins.len()).step_by(rows);
                    let largest = of_row().map(|at| margins[at]).fold(f64::NEG_INFINITY, f64::max);
                    let mut sum = 0.0;
                    for at in of_row() {
                        state[at] = (margins[at] - largest).exp();
                        sum += state[at];
                    }
                    for at in of_row() {
                        state[at] /= sum;
                        gradient[at] = weight * state[at];
                    }
                    let target = labels[first + row] as usize * rows + row;
                    // 1 - p as a sum of the others: no cancellation where p is nearly 1.
                    gradient[target] = -weight * of_row().filter(|&at| at != target).map(|at| state[at]).sum::<f64>();
                }
            }
        }
    }

    /// Hessian in the margins times `numbers`, in place.
    pub(super) fn curve(&self, block: usize, state: &[f64], numbers: &mut [f64]) {
        let Targets::Many(_) = &self.targets else {
            numbers.iter_mut().zip(state).for_each(|(number, curvature)| *number *= curvature);
            return;
        };
        let weights = self.weights(block);
        for (row, &weight) in weights.iter().enumerate() {
            let of_row = || (row..state.len()).step_by(weights.len());
            let mean: f64 = of_row().map(|at| state[at] * numbers[at]).sum();
            of_row().for_each(|at| numbers[at] = weight * state[at] * (numbers[at] - mean));
        }
    }

    /// Diagonal of the Hessian in the margins.
    pub(super) fn diagonal(&self, block: usize, state: &[f64], out: &mut [f64]) {
        let Targets::Many(_) = &self.targets else {
            out.copy_from_slice(state);
            return;
        };
        let weights = self.weights(block).iter().cycle();
        for ((out, p), weight) in out.iter_mut().zip(state).zip(weights) {
            *out = weight * p * (1.0 - p);
        }
    }
}
