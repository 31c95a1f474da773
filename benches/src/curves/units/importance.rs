//! Units by the sensitivity of the loss to masks on them: ranked, at random beside, chosen exactly, and one tenth after the other.

use std::time::Duration;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use secateur::neural::Network;
use secateur::neural::cpu::CpuTraining;
use secateur::neural::methods::sixteen_heads::{self, HeadOptions, sequence};
use secateur::neural::methods::slimgpt::{SlimOptions, make_up};
use secateur::neural::score::{Calibration, Importance, ImportanceOptions, Per, importance};
use secateur::neural::units::Kept;
use secateur_program::Control;

use super::super::outcome::Outcome;
use super::super::setup::{Pruned, Setup, timed};
use super::super::trained::Cpu;
use super::{BUDGETS, Costs, Work};
use crate::workloads::Failure;

/// Time for an exact choice of units.
const PATIENCE: Duration = Duration::from_secs(20);

impl Work<'_> {
    /// Units ranked, or chosen exactly, by the sensitivity of the loss to masks on them.
    pub(super) fn by_importance(&self) -> Result<Vec<Outcome>, Failure> {
        let (setup, costs) = (self.setup, &self.costs);
        let estimate =
            |network: &Network, per: Per, normalise: bool| -> Result<Importance, secateur::neural::EvaluateError> {
                let options = ImportanceOptions { per, normalise };
                let control = Control::new();
                let calibration = Calibration::<CpuTraining>::new(network, &setup.task.calibration, &control);
                importance(&calibration, &setup.units, &costs.kinds, options)
            };
        let heads_only = costs.family == "heads";
        let ((once, example), seconds) = timed(|| {
            Ok((estimate(&setup.network, Per::Token, heads_only)?, estimate(&setup.network, Per::Example, heads_only)?))
        })?;
        let mut orders: Vec<(String, Vec<(usize, usize)>)> = vec![
            ("importance per token".into(), ranking(setup, costs, &once)),
            ("importance per example".into(), ranking(setup, costs, &example)),
        ];
        let mut random: Vec<(usize, usize)> = orders[0].1.clone();
        random.sort_unstable();
        random.shuffle(&mut ChaCha8Rng::seed_from_u64(setup.seed));
        orders.push(("random".into(), random));
        let mut found = Vec::new();
        let total = costs.total(setup);
        for budget in BUDGETS {
            for (method, order) in &orders {
                let kept = until(setup, costs, order, budget * total);
                found.push(setup.outcome(&Pruned { seconds, ..self.pruned(method, budget, &setup.network, &kept)? })?);
            }
            let control = Control::new().with_time_limit(PATIENCE);
            let exact = sixteen_heads::exact(&setup.units, &once, &costs.of_units, budget * total, &control)?;
            let (kept, promised) = (exact.kept, Some(exact.lost));
            let own = self.pruned("importance, exact", budget, &setup.network, &kept)?;
            found.push(setup.outcome(&Pruned { promised, seconds, ..own })?);
            let control = Control::new();
            let (made, more) = timed(|| {
                let calibration = Calibration::<Cpu>::new(&setup.network, &setup.task.calibration, &control);
                Ok(make_up(&calibration, &kept, &setup.scorer, &SlimOptions::default())?)
            })?;
            let own = self.pruned("importance, exact, made up for", budget, &made.network, &kept)?;
            found.push(setup.outcome(&Pruned { promised, seconds: seconds + more, ..own })?);
        }
        if heads_only {
            // Estimated anew before every tenth of the heads.
            let options = HeadOptions {
                prune_percent: (1..=9).map(|tenth| 10.0 * f64::from(tenth)).collect(),
                exact_pruning: true,
                ..HeadOptions::default()
            };
            let anew = |kept: &Kept| {
                let masked = setup.units.mask(&setup.network, kept).expect("kept units of this network");
                estimate(&masked, Per::Token, true)
            };
            let (steps, seconds) = timed(|| Ok(sequence(&setup.units, &options, anew)?))?;
            for budget in BUDGETS {
                let Some(kept) = steps.iter().find(|kept| costs.of(setup, kept) <= budget * total * (1.0 + 1e-9))
                else {
                    continue;
                };
                let own = self.pruned("importance, iterative", budget, &setup.network, kept)?;
                found.push(setup.outcome(&Pruned { seconds, ..own })?);
            }
        }
        Ok(found)
    }
}

/// Units by importance per cost, least first; heads alone by importance, as in the paper.
fn ranking(setup: &Setup<'_>, costs: &Costs, importance: &Importance) -> Vec<(usize, usize)> {
    let mut scored = Vec::new();
    for (group, scores) in importance.of_units.iter().enumerate() {
        for (unit, score) in scores.iter().flatten().enumerate() {
            let per = if costs.family == "heads" { 1.0 } else { costs.of_units[group][unit] };
            scored.push((score / per, group, unit));
        }
    }
    debug_assert!(scored.iter().all(|(_, group, _)| costs.kinds.contains(&setup.units.groups()[*group].kind)));
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    scored.into_iter().map(|(_, group, unit)| (group, unit)).collect()
}

/// Removes units in order until the budget is kept.
fn until(setup: &Setup<'_>, costs: &Costs, order: &[(usize, usize)], budget: f64) -> Kept {
    let mut kept = setup.units.all_kept();
    for (group, unit) in order {
        if costs.of(setup, &setup.units.without_idle(kept.clone())) <= budget * (1.0 + 1e-9) {
            break;
        }
        kept.set(*group, *unit, false);
    }
    setup.units.without_idle(kept)
}
