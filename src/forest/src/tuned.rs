//! Models that were chosen for several budgets, as a file holds them.

mod caps;

use serde::{Deserialize, Serialize};

use super::acquisition::AcquisitionModel;
use super::budget::within;
use super::evaluation::Evaluation;

pub use caps::{CappedTrial, UnderCap, better_capped};

/// A model with what held-out examples say of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedModel {
    /// How it was made, in words.
    pub origin: String,
    /// The model, trained on training and validation examples (unless tuning was told otherwise).
    pub model: AcquisitionModel,
    /// What models made in the same way without them do on the held-out examples: the estimate of what this one does on
    /// new examples, as good as a choice among many leaves it.
    pub valid: Evaluation,
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
    pub models: Vec<TunedModel>,
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
    pub fn within(&self, budget: f64) -> Option<&TunedModel> {
        let tuned_for = self.chosen.iter().rev().find(|chosen| within(chosen.budget, budget));
        let model = tuned_for.map_or(0, |chosen| chosen.model);
        self.models.get(model).filter(|candidate| within(candidate.valid.measured.cost, budget))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Aggregation, Forest, Interval, Measured, Metrics, Precision, PriceList, RawForest, RawTree, Task};

    use super::*;

    /// A model of one leaf that is said to cost so much.
    fn candidate(cost: f64) -> TunedModel {
        let leaf = RawTree {
            feature: vec![-1],
            threshold: vec![0.0],
            children_left: vec![-1],
            children_right: vec![-1],
            missing: Vec::new(),
            value: vec![cost],
            ..RawTree::default()
        };
        let raw = RawForest {
            task: Task::Regression,
            n_features: 1,
            precision: Precision::F64,
            aggregation: Aggregation::Mean,
            base: Vec::new(),
            trees: vec![leaf],
        };
        let prices = PriceList::uniform(&["a".to_owned()], 1.0).unwrap();
        let model = AcquisitionModel::new(Forest::new(raw).unwrap(), None, prices).unwrap();
        let interval = Interval { mean: cost, low: cost, high: cost, standard_error: 0.0 };
        let measured = Measured { cost, metrics: Metrics::default() };
        TunedModel {
            origin: String::new(),
            model,
            valid: Evaluation { measured, loss: interval, cost: interval, acquired: vec![1.0] },
        }
    }

    #[test]
    fn a_budget_gets_the_model_that_was_chosen_for_it() {
        let chosen = |(budget, model): (f64, usize)| Chosen { budget, model };
        let tuned = Tuned {
            models: [1.0, 1.5, 1.9].map(candidate).to_vec(),
            // The largest budget has a cheaper model than the one before.
            chosen: [(0.5, 0), (1.2, 0), (2.0, 2), (3.0, 1)].map(chosen).to_vec(),
            folds: 1,
            caps: Vec::new(),
            stopped: None,
        };
        let cost = |budget: f64| tuned.within(budget).map(|candidate| candidate.valid.measured.cost);
        assert_eq!([1.2, 2.0, 2.9, 3.0, 1e9].map(cost), [1.0, 1.9, 1.9, 1.5, 1.5].map(Some));
        // The cheapest model stands for a budget that it does not keep.
        assert_eq!([0.5, 0.9].map(cost), [None; 2]);
        assert_eq!(cost(1.0), Some(1.0));
    }
}
