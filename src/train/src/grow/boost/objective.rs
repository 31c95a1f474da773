//! Losses with their gradients and curvatures.
//!
//! Per example, with weight w and scores s: logistic (two classes, one score s for the second class) `g = w (p - y)`,
//! `h = w p (1 - p)`; multinomial `g_k = w (p_k - [y = k])`, `h_k = w p_k (1 - p_k) K / (K - 1)`; squared error `g = 2 w (s - y)`,
//! `h = 2 w`. Weights sum to one, so sums are means.

use secateur_forest::TargetView;

/// Probabilities below this count as this in the loss.
const LEAST_PROBABILITY: f64 = 1e-15;

/// Scores of the training examples, and the derivatives of the loss there.
#[derive(Debug)]
pub(super) struct Objective {
    targets: Targets,
    /// Scores per example: 1 for two classes or values, else one per class.
    pub(super) n_scores: usize,
    base: Vec<f64>,
    /// Row-major `(n, n_scores)`.
    pub(super) scores: Vec<f64>,
    /// Gradient and curvature by turns, row-major `(n, 2 * n_scores)`.
    pub(super) derivatives: Vec<f64>,
}

#[derive(Debug)]
enum Targets {
    Classes { labels: Vec<u32>, n_classes: usize },
    Values(Vec<f64>),
}

impl Objective {
    pub(super) fn new(target: TargetView<'_>, rows: &[u32], weights: &[f64]) -> Self {
        let (targets, base) = match target {
            TargetView::Classes { labels, n_classes } => {
                let labels: Vec<u32> = rows.iter().map(|&row| labels[row as usize]).collect();
                let mut prior = vec![0.0; n_classes];
                labels.iter().zip(weights).for_each(|(&label, weight)| prior[label as usize] += weight);
                // A class without examples gets the prior of a fraction of one.
                let least = 0.1 / rows.len() as f64;
                let logs: Vec<f64> = prior.iter().map(|fraction| fraction.max(least).ln()).collect();
                let base = match n_classes {
                    2 => vec![logs[1] - logs[0]],
                    _ => logs,
                };
                (Targets::Classes { labels, n_classes }, base)
            }
            TargetView::Values(values) => {
                let values: Vec<f64> = rows.iter().map(|&row| values[row as usize]).collect();
                let mean = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
                (Targets::Values(values), vec![mean])
            }
        };
        let n_scores = base.len();
        let scores = base.iter().copied().cycle().take(rows.len() * n_scores).collect();
        Self { targets, n_scores, base, scores, derivatives: vec![0.0; rows.len() * 2 * n_scores] }
    }

    /// The score of an example before the first tree, as a forest's outputs.
    pub(super) fn base_outputs(&self) -> Vec<f64> {
        self.outputs(&self.base)
    }

    /// Scores as a forest's outputs: two classes have scores 0 and s.
    pub(super) fn outputs(&self, scores: &[f64]) -> Vec<f64> {
        match self.targets {
            Targets::Classes { n_classes: 2, .. } => vec![0.0, scores[0]],
            _ => scores.to_vec(),
        }
    }

    /// Gradients and curvatures at the present scores. O(n x n_scores).
    pub(super) fn differentiate(&mut self, weights: &[f64]) {
        let n_scores = self.n_scores;
        let rows = self.scores.chunks_exact(n_scores).zip(self.derivatives.chunks_exact_mut(2 * n_scores)).zip(weights);
        match &self.targets {
            Targets::Classes { labels, n_classes: 2 } => {
                for (((scores, derivatives), weight), &label) in rows.zip(labels) {
                    let p = 1.0 / (1.0 + (-scores[0]).exp());
                    derivatives[0] = weight * (p - f64::from(label));
                    derivatives[1] = weight * (p * (1.0 - p)).max(1e-16);
                }
            }
            Targets::Classes { labels, n_classes } => {
                let factor = *n_classes as f64 / (*n_classes as f64 - 1.0).max(1.0);
                let mut p = vec![0.0; *n_classes];
                for (((scores, derivatives), weight), &label) in rows.zip(labels) {
                    softmax(scores, &mut p);
                    for (class, &p) in p.iter().enumerate() {
                        derivatives[2 * class] = weight * (p - f64::from(u8::from(class == label as usize)));
                        derivatives[2 * class + 1] = weight * (factor * p * (1.0 - p)).max(1e-16);
                    }
                }
            }
            Targets::Values(values) => {
                for (((scores, derivatives), weight), value) in rows.zip(values) {
                    derivatives[0] = 2.0 * weight * (scores[0] - value);
                    derivatives[1] = 2.0 * weight;
                }
            }
        }
    }
}

fn softmax(scores: &[f64], out: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    out.iter_mut().zip(scores).for_each(|(out, score)| *out = (score - largest).exp());
    let total: f64 = out.iter().sum();
    out.iter_mut().for_each(|out| *out /= total);
}

/// Loss of one example at a forest's output scores: log-loss or squared error.
pub(super) fn loss(scores: &[f64], target: TargetView<'_>, row: usize) -> f64 {
    match target {
        TargetView::Classes { labels, .. } => {
            let mut p = vec![0.0; scores.len()];
            softmax(scores, &mut p);
            -p[labels[row] as usize].max(LEAST_PROBABILITY).ln()
        }
        TargetView::Values(values) => (scores[0] - values[row]).powi(2),
    }
}
