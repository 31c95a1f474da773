//! The choice: per budget one candidate, by validation data alone.

use super::policies::smooth_loss;
use super::{Candidate, Chosen, Measured, Setting, TuneError, Tuned};
use crate::forest::bands::{Band, BandOptions};
use secateur_program::Control;

/// Errors that differ by less than this many standard errors count as equal; the log-loss decides among them.
const EQUAL: f64 = 1.0;

/// Chooses, and puts the chosen models in order of cost.
pub(super) fn choose(candidates: Vec<Candidate>, budgets: &[f64], setting: &Setting<'_>) -> Result<Tuned, TuneError> {
    let n = setting.valid.len() as f64;
    let picks: Vec<usize> = budgets.iter().map(|&budget| best(&candidates, budget, n)).collect();
    let mut order: Vec<usize> = picks.clone();
    order.sort_by(|a, b| candidates[*a].valid.cost.total_cmp(&candidates[*b].valid.cost).then(a.cmp(b)));
    order.dedup();
    let models: Vec<Candidate> = order.iter().map(|&index| candidates[index].clone()).collect();
    let bands: Vec<(Band, Band)> = models.iter().map(|model| bands_of(model, setting)).collect::<Result<_, _>>()?;
    let chosen = budgets.iter().zip(picks).map(|(&budget, pick)| {
        let model = order.iter().position(|&index| index == pick).expect("every pick is in the order");
        let (loss_band, cost_band) = bands[model];
        Chosen { budget, model, loss_band: Some(loss_band), cost_band: Some(cost_band) }
    });
    Ok(Tuned { chosen: chosen.collect(), models })
}

/// The best candidate within a budget; the cheapest one if none is.
fn best(candidates: &[Candidate], budget: f64, n: f64) -> usize {
    let measured: Vec<Measured> = candidates.iter().map(|candidate| candidate.valid).collect();
    let cheapest = || (0..measured.len()).min_by(|a, b| measured[*a].cost.total_cmp(&measured[*b].cost));
    best_within(&measured, budget, n).or_else(cheapest).unwrap_or(0)
}

/// The rule of choice: among what costs at most `budget` on `rows` examples, the least log-loss (squared error) of those whose error is
/// within one standard error of the least; ties go to the lower cost, then to the first. `None`: nothing is within the budget.
///
/// # Complexity
/// O(candidates).
pub fn best_within(measured: &[Measured], budget: f64, rows: f64) -> Option<usize> {
    let loss = |index: &usize| smooth_loss(&measured[*index].metrics);
    let error = |index: &usize| measured[*index].metrics.error.unwrap_or(0.0);
    let within = || (0..measured.len()).filter(|index| measured[*index].cost <= budget * (1.0 + 1e-12));
    let least = within().map(|index| error(&index)).fold(f64::INFINITY, f64::min);
    let room = EQUAL * (least * (1.0 - least) / rows).max(0.0).sqrt();
    let close = within().filter(|index| error(index) <= least + room);
    close.min_by(|a, b| loss(a).total_cmp(&loss(b)).then(measured[*a].cost.total_cmp(&measured[*b].cost)))
}

fn bands_of(candidate: &Candidate, setting: &Setting<'_>) -> Result<(Band, Band), TuneError> {
    let options = BandOptions { seed: setting.params.seed, ..BandOptions::default() };
    // A stop does not take away what is ready.
    let judged = candidate.model.judge(setting.valid, &options, &Control::new())?;
    Ok((judged.loss, judged.cost))
}
