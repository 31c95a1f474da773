//! The families `heads` and `units`: heads, or heads and channels, go, and the network becomes smaller.

use std::time::Duration;

use burn::backend::Autodiff;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use secateur::neural::Network;
use secateur::neural::latency::group_seconds;
use secateur::neural::methods::sixteen_heads::{self, HeadOptions, sequence};
use secateur::neural::methods::slimgpt::{HeadChoice, SlimOptions, make_up, slim_gpt};
use secateur::neural::methods::structured::{GroupCosts, GroupLevels, GroupLoss, logarithmic, uniform};
use secateur::neural::score::{Importance, ImportanceOptions, Per, importance};
use secateur::neural::units::{CostModel, Kept, UnitKind};
use secateur_program::Control;

use super::outcome::Outcome;
use super::setup::{Pruned, Setup, timed};
use super::trained::Cpu;
use crate::workloads::Failure;

/// Shares of the cost of heads, or of heads and channels, that stay.
const BUDGETS: [f64; 4] = [0.8, 0.6, 0.4, 0.25];
/// Levels of a group of channels.
const LEVELS: usize = 12;
/// Best choices of each table that are judged as whole networks.
const RANKED: usize = 3;
/// Time for an exact choice of units.
const PATIENCE: Duration = Duration::from_secs(20);
/// Share of the first layer in SlimGPT's schedule.
const FIRST: f64 = 0.0625;

/// What is removed, and what it costs.
struct Costs {
    family: &'static str,
    kinds: Vec<UnitKind>,
    of_units: Vec<Vec<f64>>,
    of_groups: GroupCosts,
}

impl Costs {
    fn new(setup: &Setup<'_>, family: &'static str) -> Result<Self, Failure> {
        let kinds = match family {
            "heads" => vec![UnitKind::Heads],
            _ => vec![UnitKind::Heads, UnitKind::Channels],
        };
        let model = match setup.task.name {
            "mnist" => CostModel::Flops { context: 0 },
            _ => CostModel::Parameters,
        };
        let of_units = model.unit_costs(&setup.network, &setup.units);
        let of_groups = GroupCosts::of_units(&setup.units, &of_units).of_kinds(&setup.units, &kinds);
        Ok(Self { family, kinds, of_units, of_groups })
    }

    /// Cost of what stays, with the key/value heads that are left.
    fn of(&self, setup: &Setup<'_>, kept: &Kept) -> f64 {
        setup.units.cost_of_kept(&self.of_units, kept, &self.kinds)
    }

    fn total(&self, setup: &Setup<'_>) -> f64 {
        self.of(setup, &setup.units.all_kept())
    }
}

pub(super) fn outcomes(setup: &Setup<'_>, family: &'static str) -> Result<Vec<Outcome>, Failure> {
    let costs = Costs::new(setup, family)?;
    let mut found = by_importance(setup, &costs)?;
    found.extend(by_second_order(setup, &costs)?);
    Ok(found)
}

fn pruned(
    setup: &Setup<'_>,
    costs: &Costs,
    method: &str,
    budget: f64,
    network: &Network,
    kept: &Kept,
) -> Result<Pruned, Failure> {
    let kept = setup.units.without_idle(kept.clone());
    let network = setup.units.prune(network, &kept)?;
    let left = costs.of(setup, &kept) / costs.total(setup);
    let (method, promised, seconds) = (method.to_owned(), None, 0.0);
    Ok(Pruned { family: costs.family, method, budget, left, promised, network, smaller: true, seconds })
}

/// Units ranked, or chosen exactly, by the sensitivity of the loss to masks on them.
fn by_importance(setup: &Setup<'_>, costs: &Costs) -> Result<Vec<Outcome>, Failure> {
    let estimate =
        |network: &Network, per: Per, normalise: bool| -> Result<Importance, secateur::neural::EvaluateError> {
            let options = ImportanceOptions { per, normalise };
            let (batches, control) = (&setup.task.calibration, Control::new());
            importance::<Autodiff<Cpu>>(
                network,
                &setup.units,
                &costs.kinds,
                batches,
                options,
                &Default::default(),
                &control,
            )
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
            found.push(
                setup.outcome(&Pruned { seconds, ..pruned(setup, costs, method, budget, &setup.network, &kept)? })?,
            );
        }
        let control = Control::new().with_time_limit(PATIENCE);
        let exact = sixteen_heads::exact(&setup.units, &once, &costs.of_units, budget * total, &control)?;
        let (kept, promised) = (exact.kept, Some(exact.lost));
        let own = pruned(setup, costs, "importance, exact", budget, &setup.network, &kept)?;
        found.push(setup.outcome(&Pruned { promised, seconds, ..own })?);
        let (device, control) = (Default::default(), Control::new());
        let (made, more) = timed(|| {
            let options = SlimOptions::default();
            Ok(make_up::<Cpu, _>(
                &setup.network,
                &kept,
                &setup.task.calibration,
                &setup.scorer,
                &options,
                &device,
                &control,
            )?)
        })?;
        let own = pruned(setup, costs, "importance, exact, made up for", budget, &made.network, &kept)?;
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
            let Some(kept) = steps.iter().find(|kept| costs.of(setup, kept) <= budget * total * (1.0 + 1e-9)) else {
                continue;
            };
            let own = pruned(setup, costs, "importance, iterative", budget, &setup.network, kept)?;
            found.push(setup.outcome(&Pruned { seconds, ..own })?);
        }
    }
    Ok(found)
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

/// SlimGPT's columns by second order, with schedules and with exact choices.
fn by_second_order(setup: &Setup<'_>, costs: &Costs) -> Result<Vec<Outcome>, Failure> {
    let faithful = SlimOptions::default();
    let best = SlimOptions { heads: HeadChoice::Best, ..faithful };
    let (units, device) = (&setup.units, Default::default());
    let few = &setup.task.calibration[..1];
    let table = |loss: GroupLoss<'_>| {
        timed(|| {
            let control = Control::new();
            Ok(GroupLevels::measure::<Cpu>(
                &setup.network,
                units,
                &setup.inputs,
                &costs.of_groups,
                LEVELS,
                &loss,
                &best,
                &device,
                &control,
            )?)
        })
    };
    let slim = |shares: &[Option<f64>], options: &SlimOptions| -> Result<(Network, Kept), Failure> {
        let (calibration, control) = (&setup.task.calibration, Control::new());
        let found = slim_gpt::<Cpu, _>(&setup.network, shares, calibration, &setup.scorer, options, &device, &control)?;
        Ok((found.network, found.kept))
    };
    let errors = table(GroupLoss::OutputError)?;
    let rises = table(GroupLoss::Rise(few))?;
    let inputs = &setup.task.valid[0].inputs;
    let (in_seconds, seconds) = timed(|| {
        let (kinds, control) = (&costs.kinds, Control::new());
        Ok(group_seconds::<Cpu>(&setup.network, units, kinds, 4, inputs, 5, &device, &control)?)
    })?;
    let by_seconds = (rises.0.with_costs(&in_seconds)?, rises.1 + seconds);
    let total = costs.of_groups.total();
    let mut found = Vec::new();
    for budget in BUDGETS {
        let schedules = [
            ("SlimGPT, uniform", uniform(units, &costs.of_groups, budget * total, &faithful)?),
            ("SlimGPT, logarithmic", logarithmic(units, &costs.of_groups, budget * total, FIRST, &faithful)?),
        ];
        for (method, shares) in schedules {
            let ((network, kept), seconds) = timed(|| slim(&shares, &faithful))?;
            found.push(setup.outcome(&Pruned { seconds, ..pruned(setup, costs, method, budget, &network, &kept)? })?);
        }
        let mut winner: Option<(f64, Pruned)> = None;
        for (method, (levels, before)) in [("exact on output error", &errors), ("exact on rise", &rises)] {
            for (rank, choice) in levels.table.ranked(budget * total, RANKED, &Control::new())?.into_iter().enumerate()
            {
                let ((network, kept), seconds) = timed(|| slim(&levels.shares(units, &choice.levels), &best))?;
                let own = pruned(setup, costs, method, budget, &network, &kept)?;
                let own = Pruned { promised: Some(choice.loss), seconds: seconds + before, ..own };
                let loss = setup.valid(&own.network)?.loss;
                if rank == 0 {
                    found.push(setup.outcome(&own)?);
                }
                if winner.as_ref().is_none_or(|(least, _)| loss < *least) {
                    winner = Some((loss, own));
                }
            }
        }
        let (_, winner) = winner.ok_or("no choice within the budget")?;
        found.push(setup.outcome(&Pruned { method: "exact, re-scored".into(), ..winner })?);
        let (levels, before) = &by_seconds;
        let (shares, choice) = levels.within(units, budget * in_seconds.total(), &Control::new())?;
        let ((network, kept), seconds) = timed(|| slim(&shares, &best))?;
        let own = pruned(setup, costs, "exact on rise, in seconds", budget, &network, &kept)?;
        found.push(setup.outcome(&Pruned { promised: Some(choice.cost), seconds: seconds + before, ..own })?);
    }
    Ok(found)
}
