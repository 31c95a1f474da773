//! Candidates and the rule by which one of them is chosen for each budget, on validation data only.

use std::cmp::Ordering;
use std::sync::Arc;

use secateur::forest::{AcquisitionModel, BudgetedForest, OperatingPoint, within};

use super::meter::Measured;
use super::metrics::loss;
use super::problem::Metric;

/// Something that answers at a cost.
#[derive(Debug, Clone)]
pub enum Model {
    /// A pruned forest, and how far it is opened.
    Pruned(Arc<BudgetedForest>, OperatingPoint),
    /// A forest that acquires and a forest that answers.
    Staged(Arc<AcquisitionModel>),
}

/// A model, measured on validation data. Test data is measured for chosen ones only.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What it is, for the report: the settings that made it.
    pub label: String,
    /// The model.
    pub model: Model,
    /// Cost and metrics on validation data.
    pub valid: Measured,
    /// The budget that the method itself chose it for, if it does that.
    pub chosen_for: Option<f64>,
}

/// What the method itself chose for the budget. Else, among candidates whose validation cost is within the budget, the one of least
/// validation loss; ties: of less log-loss, of less cost, the first. `None` if no candidate is within the budget.
pub fn choose(candidates: &[Candidate], budget: f64, judged: Metric) -> Option<&Candidate> {
    if let Some(own) = candidates.iter().find(|candidate| candidate.chosen_for == Some(budget)) {
        return Some(own);
    }
    let affordable = |candidate: &&Candidate| within(candidate.valid.cost, budget);
    candidates.iter().filter(affordable).min_by(|a, b| compare(&a.valid, &b.valid, judged))
}

fn compare(a: &Measured, b: &Measured, judged: Metric) -> Ordering {
    let log_loss = |measured: &Measured| measured.metrics.log_loss.unwrap_or(0.0);
    let loss = |measured: &Measured| loss(&measured.metrics, judged);
    loss(a).total_cmp(&loss(b)).then(log_loss(a).total_cmp(&log_loss(b))).then(a.cost.total_cmp(&b.cost))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secateur::forest::metrics::Metrics;
    use secateur::forest::{Aggregation, Forest, Precision, PriceList, RawForest, RawTree, Task};

    fn model() -> Arc<BudgetedForest> {
        let leaf = RawTree {
            feature: vec![-1],
            threshold: vec![0.0],
            children_left: vec![-1],
            children_right: vec![-1],
            missing: Vec::new(),
            value: vec![1.0],
            ..RawTree::default()
        };
        let forest = Forest::new(RawForest {
            task: Task::Regression,
            n_features: 1,
            precision: Precision::F64,
            aggregation: Aggregation::Mean,
            base: Vec::new(),
            trees: vec![leaf],
        });
        Arc::new(BudgetedForest::whole(forest.unwrap(), PriceList::uniform(&["a".into()], 1.0).unwrap()).unwrap())
    }

    #[test]
    fn the_best_within_the_budget_and_ties_in_order() {
        let model = model();
        let candidate = |label: &str, cost, error, log_loss| Candidate {
            label: label.into(),
            model: Model::Pruned(Arc::clone(&model), model.unpruned()),
            valid: Measured {
                cost,
                metrics: Metrics { error: Some(error), log_loss: Some(log_loss), ..Metrics::default() },
            },
            chosen_for: None,
        };
        let all = [
            candidate("free", 0.0, 0.5, 0.7),
            candidate("cheap", 1.0, 0.3, 0.6),
            candidate("surer", 2.0, 0.3, 0.5),
            candidate("dearer", 2.5, 0.3, 0.5),
            candidate("twin", 2.0, 0.3, 0.5),
            candidate("best", 5.0, 0.1, 0.9),
        ];
        let label = |budget| choose(&all, budget, Metric::Error).map(|candidate| candidate.label.as_str());
        assert_eq!(label(0.0), Some("free"));
        assert_eq!(label(1.0), Some("cheap"));
        assert_eq!(label(1.999), Some("cheap"));
        assert_eq!(label(4.9), Some("surer"));
        assert_eq!(label(5.0), Some("best"));
        assert!(choose(&all[1..], 0.5, Metric::Error).is_none());
        // A method's own choice stands.
        let own = Candidate { chosen_for: Some(5.0), ..candidate("own", 4.0, 0.2, 0.5) };
        let with_own = [&all[..], &[own]].concat();
        assert_eq!(choose(&with_own, 5.0, Metric::Error).map(|found| found.label.as_str()), Some("own"));
        assert_eq!(choose(&with_own, 6.0, Metric::Error).map(|found| found.label.as_str()), Some("best"));
        // A loss that was not measured never wins.
        assert_eq!(choose(&all[..2], 9.0, Metric::Ranking).map(|found| found.valid.cost), Some(1.0));
    }
}
