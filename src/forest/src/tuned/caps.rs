//! Tuned models under hard caps per example: what was measured, and what to serve.

use crate::budget::within;
use serde::{Deserialize, Serialize};

use super::{Tuned, TunedModel};
use crate::evaluation::Measured;
use crate::predict::{LazyOptions, WhenCut};

/// A chosen model under a cap, on held-out examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CappedTrial {
    /// The most that an example paid, per-example prices and splits together.
    pub cap: f64,
    /// Index into [`Tuned::models`].
    pub model: usize,
    /// Which forest predicted for examples cut short: the better one of the two.
    pub when_cut: WhenCut,
    /// Fraction of the examples that the cap cut short.
    pub cut: f64,
    /// Mean cost, prices per model included, and metrics.
    pub valid: Measured,
}

/// How to serve examples under a cap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnderCap<'a> {
    /// What was measured.
    pub trial: &'a CappedTrial,
    /// The model to serve.
    pub candidate: &'a TunedModel,
    /// Options for [`AcquisitionModel::predict_lazy`](crate::AcquisitionModel::predict_lazy): its cap is at most the one asked for.
    pub options: LazyOptions,
}

impl Tuned {
    /// How to serve examples none of which may cost more than `cap`, at a mean cost of at most `budget` (infinite: any).
    ///
    /// Taken is what erred least on held-out examples among all models and caps measured within both; ties go to the lower log-loss, then to
    /// the lower cost. So a higher cap never errs more there, and neither does a cap err more than the cheapest model that it allows.
    /// `None`: the models were tuned by a release that did not measure caps, `cap` is negative or no number, or nothing measured is within
    /// the budget.
    ///
    /// # Complexity
    /// O(caps measured).
    pub fn under_cap(&self, cap: f64, budget: f64) -> Option<UnderCap<'_>> {
        let allowed = self.caps.iter().filter(|trial| within(trial.cap, cap) && within(trial.valid.cost, budget));
        let trial = allowed.min_by(|a, b| better_capped(a, b))?;
        // An example that costs more than any held-out one may use what else the cap allows.
        let cap = if trial.cut == 0.0 { cap } else { trial.cap };
        let options = LazyOptions { cap: Some(cap), when_cut: trial.when_cut, ..LazyOptions::default() };
        Some(UnderCap { trial, candidate: self.models.get(trial.model)?, options })
    }
}

/// What is served rather, of two: the lower error, then the lower smooth loss, cost, and cap.
pub fn better_capped(a: &CappedTrial, b: &CappedTrial) -> std::cmp::Ordering {
    let key = |trial: &CappedTrial| {
        let metrics = &trial.valid.metrics;
        [metrics.error.unwrap_or(0.0), metrics.smooth_loss(), trial.valid.cost, trial.cap]
    };
    let pairs = key(a).into_iter().zip(key(b));
    pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}
