//! The choice: per budget one candidate, by held-out examples alone.

use super::caps;
use super::folds::Folds;
use super::policies::Pool;
use super::trials::{self, Candidate};
use super::{Chosen, Measured, Setting, TuneError, Tuned, TunedModel};
use secateur_forest::DatasetView;

/// Errors that differ by less than this many standard errors count as equal; the log-loss decides among them.
const EQUAL: f64 = 1.0;

/// Chooses, makes the chosen models, and puts them in order of cost.
pub(super) fn choose(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    held: DatasetView<'_>,
    candidates: &[Candidate],
) -> Result<Tuned, TuneError> {
    // A budget is to hold on the examples held out and on those fitted on.
    let dearer = |candidate: &Candidate| Measured { cost: candidate.cost(pool), ..candidate.valid };
    let measured: Vec<Measured> = candidates.iter().map(dearer).collect();
    let cheapest = (0..measured.len()).min_by(|a, b| measured[*a].cost.total_cmp(&measured[*b].cost)).unwrap_or(0);
    let picks: Vec<usize> = pool
        .budgets
        .iter()
        .map(|&budget| best_within(&measured, budget, held.len() as f64).unwrap_or(cheapest))
        .collect();
    let mut order: Vec<usize> = picks.clone();
    order.sort_by(|a, b| measured[*a].cost.total_cmp(&measured[*b].cost).then(a.cmp(b)));
    order.dedup();
    let least_budget = |candidate: usize| -> f64 {
        let budgets =
            pool.budgets.iter().zip(&picks).filter(|(_, pick)| **pick == candidate).map(|(budget, _)| *budget);
        budgets.fold(f64::INFINITY, f64::min)
    };
    let chosen: Vec<(&Candidate, f64)> =
        order.iter().map(|&candidate| (&candidates[candidate], least_budget(candidate))).collect();
    let models = trials::models(setting, pool, folds, &chosen)?;
    let models: Vec<TunedModel> = chosen
        .iter()
        .zip(models)
        .map(|((candidate, _), model)| {
            let valid = candidate.evaluated(held, setting.params.seed)?;
            Ok(TunedModel { origin: candidate.origin(pool, setting), model, valid })
        })
        .collect::<Result<_, TuneError>>()?;
    let candidates: Vec<&Candidate> = chosen.iter().map(|(candidate, _)| *candidate).collect();
    let caps = caps::trials(setting, pool, folds, &candidates)?;
    let chosen = pool.budgets.iter().zip(picks).map(|(&budget, pick)| {
        let model = order.iter().position(|&candidate| candidate == pick).expect("every pick is in the order");
        Chosen { budget, model }
    });
    let stopped = Some(setting.control.check().is_err());
    Ok(Tuned { chosen: chosen.collect(), models, folds: folds.len(), caps, stopped })
}

/// The rule of choice: among what costs at most `budget` on `rows` examples, the least log-loss (squared error) of those whose error is
/// within one standard error of the least; ties go to the lower cost, then to the first. `None`: nothing is within the budget.
///
/// # Complexity
/// O(candidates).
pub fn best_within(measured: &[Measured], budget: f64, rows: f64) -> Option<usize> {
    let loss = |index: &usize| measured[*index].metrics.smooth_loss();
    let error = |index: &usize| measured[*index].metrics.error.unwrap_or(0.0);
    let within = || (0..measured.len()).filter(|index| secateur_forest::within(measured[*index].cost, budget));
    let least = within().map(|index| error(&index)).fold(f64::INFINITY, f64::min);
    let room = EQUAL * (least * (1.0 - least) / rows).max(0.0).sqrt();
    let close = within().filter(|index| error(index) <= least + room);
    close.min_by(|a, b| loss(a).total_cmp(&loss(b)).then(measured[*a].cost.total_cmp(&measured[*b].cost)))
}
