//! Models that were chosen for several budgets, as a file holds them.

mod caps;

use serde::{Deserialize, Serialize};

use super::judge::Judged;
use super::staged::StagedForest;

pub use caps::{CappedTrial, UnderCap, better_capped};

/// A model with what held-out examples say of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// How it was made, in words.
    pub origin: String,
    /// The model, trained on training and validation examples ([`TuneParams::retrain`]).
    pub model: StagedForest,
    /// What models made in the same way without them do on the held-out examples: the estimate of what this one does on
    /// new examples, as good as a choice among many leaves it.
    pub valid: Judged,
}

/// What was chosen for one budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The budget: the mean cost per example, both held out and on all the examples given, is at most this.
    pub budget: f64,
    /// Index into [`Tuned::models`].
    pub model: usize,
}

/// One model per budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The models chosen, each once, in the order of validation cost.
    pub models: Vec<Candidate>,
    /// For each budget, ascending, what was chosen.
    pub chosen: Vec<Chosen>,
    /// Folds that were held out in turn; 1: the validation examples.
    pub folds: usize,
    /// The models under hard caps, by cap, ascending; empty in files of releases that did not measure them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CappedTrial>,
    /// Whether a limit stopped the tuning, so that the models were chosen among what was ready; `None` if that was not
    /// recorded, as in files of older releases.
    #[serde(default)]
    pub stopped: Option<bool>,
}

impl Tuned {
    /// The model to use under a budget: that of the largest budget tuned for which is not above it; below the first budget
    /// the cheapest model, if its held-out cost is within.
    pub fn within(&self, budget: f64) -> Option<&Candidate> {
        let room = budget * (1.0 + 1e-12);
        let tuned_for = self.chosen.iter().rev().find(|chosen| chosen.budget <= room);
        let model = tuned_for.map_or(0, |chosen| chosen.model);
        self.models.get(model).filter(|candidate| candidate.valid.measured.cost <= room)
    }
}
