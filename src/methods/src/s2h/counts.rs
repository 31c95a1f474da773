//! How many units stay: candidates, a distribution over them, and the width that it gives.

/// Fraction of a step by which an expected width may exceed a multiple of the step and still count as it: sums of
/// probabilities are not exact.
const SLACK: f64 = 1e-6;

/// Candidate counts of a group: multiples of a step, and all units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counts {
    /// `ch_k`, ascending; the last is the number of units.
    pub(super) candidates: Vec<usize>,
    step: usize,
}

impl Counts {
    /// * `n_units`, `step`: at least 1.
    pub(super) fn new(n_units: usize, step: usize) -> Self {
        let mut candidates: Vec<usize> = (1..=n_units / step).map(|k| k * step).collect();
        if candidates.last() != Some(&n_units) {
            candidates.push(n_units);
        }
        Self { candidates, step }
    }

    /// Candidates.
    pub(super) fn len(&self) -> usize {
        self.candidates.len()
    }

    /// All units.
    pub(super) fn n_units(&self) -> usize {
        self.candidates[self.len() - 1]
    }

    /// `p = softmax(u / T)`.
    pub(super) fn probabilities(logits: &[f64], temperature: f64) -> Vec<f64> {
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let raised: Vec<f64> = logits.iter().map(|logit| ((logit - largest) / temperature).exp()).collect();
        let sum: f64 = raised.iter().sum();
        raised.into_iter().map(|value| value / sum).collect()
    }

    /// `E = sum_k p_k ch_k`.
    pub(super) fn expected(&self, p: &[f64]) -> f64 {
        self.candidates.iter().zip(p).map(|(count, p)| *count as f64 * p).sum()
    }

    /// `dE / du_k = (p_k / T) (ch_k - E)`.
    pub(super) fn expected_gradient(&self, p: &[f64], temperature: f64) -> Vec<f64> {
        let expected = self.expected(p);
        self.candidates.iter().zip(p).map(|(count, p)| p / temperature * (*count as f64 - expected)).collect()
    }

    /// `N`: an expected width, up to the next candidate.
    pub(super) fn rounded_up(&self, expected: f64) -> usize {
        let steps = (expected / self.step as f64 - SLACK).ceil().max(1.0) as usize;
        steps.saturating_mul(self.step).min(self.n_units())
    }

    /// Logits that make the expected width close to one step below all units: all 0 but the last, which has the
    /// fraction `(C - d) / C`; mean 0.
    pub(super) fn wide_logits(&self, temperature: f64) -> Vec<f64> {
        let mut logits = vec![0.0; self.len()];
        if self.len() > 1 {
            let (all, step) = (self.n_units() as f64, self.step as f64);
            let others = self.len() as f64 - 1.0;
            logits[self.len() - 1] = temperature * (others * (all - step) / step).ln();
            super::balance::recentre(&mut logits);
        }
        logits
    }
}
