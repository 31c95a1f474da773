//! What stays, decided and done.

use std::collections::BTreeMap;

use burn::backend::Autodiff;
use secateur::neural::latency::latency_table;
use secateur::neural::methods::MethodError;
use secateur::neural::methods::allocate::{
    LevelLoss, Shares, achieved, als, global, measure, n_weights, owl, sparsities, uniform,
};
use secateur::neural::methods::slimgpt::{HeadChoice, SlimOptions, make_up, slim_gpt};
use secateur::neural::methods::structured::{self, GroupCosts, GroupLevels, GroupLoss};
use secateur::neural::methods::weights::{Rule, prune_weights, scores};
use secateur::neural::score::{
    CalibrateError, ImportanceOptions, Inputs, OnDevice, Per, calibrate, importance, inputs_of,
};
use secateur::neural::units::{CostModel, Kept, UnitKind, Units, blocks};
use secateur::neural::{EvaluateError, Network, evaluate};
use secateur_program::Control;
use secateur_selection::{BudgetOptions, solve_within};

use super::data::Sets;
use super::{Allocate, Cost, Cpu, Method, WeightRule, What};
use crate::cli::failure::Failure;

/// Shares that go of the levels of a map.
const LEVELS: usize = 20;
/// Levels of a group of channels.
const GROUP_LEVELS: usize = 24;
/// Forward passes that an entry of a latency table is the median of.
const REPETITIONS: usize = 7;

/// The pruned network.
pub(super) struct Planned {
    pub(super) network: Network,
    /// Share of the cost of what could go that stays.
    pub(super) left: f64,
    /// What the exact choice promised to lose.
    pub(super) promised: Option<f64>,
    /// Per layer or map: name, what stays, of how much.
    pub(super) layers: Vec<(String, usize, usize)>,
    /// Networks that were compared.
    pub(super) candidates: usize,
    /// A limit ended the search.
    pub(super) stopped: bool,
}

pub(super) fn failure(error: impl Into<MethodError>) -> Failure {
    match error.into() {
        MethodError::Evaluate(EvaluateError::Stopped(stop))
        | MethodError::Calibrate(CalibrateError::Evaluate(EvaluateError::Stopped(stop))) => Failure::stopped(stop),
        other => Failure::input(other),
    }
}

pub(super) fn plan(
    arguments: &Allocate,
    network: &Network,
    sets: &Sets,
    control: &Control,
) -> Result<Planned, Failure> {
    let scorer = OnDevice::<Cpu>::new(Default::default());
    let params = network.params::<Cpu>(&Default::default());
    let inputs = calibrate(network, &params, &sets.calibration, |_| true, &scorer, control).map_err(failure)?;
    let work = Work { arguments, network, sets, inputs, scorer, control };
    match arguments.what {
        What::Weights => work.weights(),
        What::Units | What::Heads => work.units(),
    }
}

struct Work<'a> {
    arguments: &'a Allocate,
    network: &'a Network,
    sets: &'a Sets,
    inputs: BTreeMap<String, Inputs>,
    scorer: OnDevice<Cpu>,
    control: &'a Control,
}

/// The best of the candidates so far.
#[derive(Default)]
struct Best {
    loss: f64,
    found: Option<Planned>,
    n: usize,
}

impl Best {
    /// Whether there is something to show although a limit was reached.
    fn or_stop(self, error: Failure) -> Result<Planned, Failure> {
        match (self.found, error) {
            (Some(planned), Failure::Refused(_)) => Ok(Planned { candidates: self.n, stopped: true, ..planned }),
            (_, error) => Err(error),
        }
    }
}

impl Work<'_> {
    fn rule(&self) -> Rule {
        match self.arguments.rule {
            WeightRule::Magnitude => Rule::Magnitude,
            WeightRule::Wanda => Rule::Wanda,
            WeightRule::Sparsegpt => Rule::SparseGpt { damping: 0.01 },
        }
    }

    fn loss(&self, network: &Network) -> Result<f64, Failure> {
        let params = network.params::<Cpu>(&Default::default());
        Ok(evaluate(network, &params, &self.sets.valid, self.control).map_err(failure)?.loss)
    }

    /// Keeps what does best as a whole network.
    fn offer(&self, best: &mut Best, planned: Planned) -> Result<(), Failure> {
        let loss = self.loss(&planned.network)?;
        best.n += 1;
        if best.found.is_none() || loss < best.loss {
            best.loss = loss;
            best.found = Some(planned);
        }
        Ok(())
    }

    fn weights(&self) -> Result<Planned, Failure> {
        let (network, sparsity, rule) = (self.network, 1.0 - self.arguments.budget, self.rule());
        let maps: Vec<String> = blocks(network).into_iter().flat_map(|block| block.maps).collect();
        let all_scores = || {
            let of = |map: &String| Ok((map.clone(), scores(network, map, &self.inputs[map], rule, &self.scorer)?));
            maps.iter().map(of).collect::<Result<BTreeMap<_, _>, MethodError>>()
        };
        let shares = match self.arguments.method {
            Method::Exact => return self.exact_weights(&maps, sparsity),
            Method::Owl => all_scores().and_then(|scores| owl(network, &scores, sparsity, 5.0, 0.08)),
            Method::Global => all_scores().and_then(|scores| global(network, &scores, sparsity)),
            Method::Als => {
                let params = network.params::<Cpu>(&Default::default());
                let few = &self.sets.calibration[..1];
                let wanted = |map: &str| maps.iter().any(|own| own == map);
                let seen = inputs_of(network, &params, few, wanted, self.control).map_err(failure)?;
                let wide = 0.2f64.min(self.arguments.budget).min(sparsity);
                let bounds = (self.arguments.budget - wide, self.arguments.budget + wide);
                als(network, &seen, sparsity, bounds, &self.scorer)
            }
            _ => uniform(network, sparsity),
        };
        self.with_shares(&shares.map_err(failure)?, None)
    }

    fn with_shares(&self, shares: &Shares, promised: Option<f64>) -> Result<Planned, Failure> {
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let sparse = sparsities(shares);
        let pruned = prune_weights::<Cpu, _>(
            self.network,
            &sparse,
            self.rule(),
            calibration,
            &self.scorer,
            &device,
            self.control,
        )
        .map_err(failure)?;
        let layer = |(map, size): (String, usize)| {
            let weight = pruned.weights().get(&format!("{map}.weight"));
            let left = weight.map_or(0, |weight| weight.iter().filter(|value| **value != 0.0).count());
            (map, left, size)
        };
        let layers = n_weights(&pruned).into_iter().map(layer).collect();
        let left = 1.0 - achieved(&pruned);
        Ok(Planned { network: pruned, left, promised, layers, candidates: 1, stopped: false })
    }

    /// The best choices of two tables, and of all these the best network.
    fn exact_weights(&self, maps: &[String], sparsity: f64) -> Result<Planned, Failure> {
        let few = &self.sets.calibration[..1];
        let mut shares: Vec<f64> = (0..LEVELS).map(|level| level as f64 / LEVELS as f64).chain([sparsity]).collect();
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        let same = shares.iter().position(|share| *share == sparsity).expect("the share of the budget is a level");
        let mut best = Best::default();
        for loss in [LevelLoss::OutputError, LevelLoss::Rise] {
            let tried = (|| {
                let groups = maps.iter().map(|map| vec![map.clone()]).collect();
                let device = Default::default();
                let levels = measure::<Cpu, _>(
                    self.network,
                    groups,
                    &shares,
                    self.rule(),
                    loss,
                    &self.inputs,
                    few,
                    &self.scorer,
                    &device,
                    self.control,
                )
                .map_err(failure)?;
                let budget = levels.table.layers().iter().map(|own| own[same].cost).sum();
                let n = usize::from(self.arguments.candidates);
                for choice in levels.table.ranked(budget, n, self.control).map_err(failure)? {
                    let planned = self.with_shares(&levels.chosen(&choice.levels), Some(choice.loss))?;
                    self.offer(&mut best, planned)?;
                }
                Ok(())
            })();
            if let Err(error) = tried {
                return best.or_stop(error);
            }
        }
        let n = best.n;
        let found = best.found.expect("every table has a choice within the budget");
        Ok(Planned { candidates: n, ..found })
    }

    fn kinds(&self) -> Vec<UnitKind> {
        match self.arguments.what {
            What::Heads => vec![UnitKind::Heads],
            _ => vec![UnitKind::Heads, UnitKind::Channels],
        }
    }

    fn units(&self) -> Result<Planned, Failure> {
        let units = Units::of(self.network);
        let model = match self.arguments.cost {
            Cost::Flops => CostModel::Flops { context: self.sets.length / 2 },
            _ => CostModel::Parameters,
        };
        let of_units = model.unit_costs(self.network, &units);
        let costs = match self.arguments.cost {
            Cost::Seconds => self.seconds(&units)?,
            _ => self.of_kinds(&units, &GroupCosts::of_units(&units, &of_units))?,
        };
        let budget = self.arguments.budget * costs.total();
        let faithful = SlimOptions::default();
        let shares = match self.arguments.method {
            Method::Exact => return self.exact_units(&units, &costs, budget),
            Method::Importance => return self.important(&units, &costs, &of_units),
            Method::Logarithmic => structured::logarithmic(&units, &costs, budget, 0.0625, &faithful),
            _ => structured::uniform(&units, &costs, budget, &faithful),
        };
        self.slimmed(&units, &costs, &shares.map_err(failure)?, &faithful, None)
    }

    /// Costs of the groups that may go.
    fn of_kinds(&self, units: &Units, costs: &GroupCosts) -> Result<GroupCosts, Failure> {
        let kinds = self.kinds();
        let of = |index: usize| {
            let group = &units.groups()[index];
            kinds.contains(&group.kind).then(|| (0..=group.n_units).map(|left| costs.of(index, left)).collect())
        };
        GroupCosts::new(units, (0..units.groups().len()).map(of).collect()).map_err(failure)
    }

    fn seconds(&self, units: &Units) -> Result<GroupCosts, Failure> {
        let inputs = &self.sets.valid[0].inputs;
        let mut all = Vec::new();
        for (index, group) in units.groups().iter().enumerate() {
            self.control.report("measure seconds", index as u64, units.groups().len() as u64);
            if !self.kinds().contains(&group.kind) {
                all.push(None);
                continue;
            }
            let mut counts: Vec<usize> = (0..=8).map(|eighth| group.n_units * eighth / 8).collect();
            counts.dedup();
            let device = Default::default();
            let table =
                latency_table::<Cpu>(self.network, units, index, &counts, inputs, REPETITIONS, &device, self.control);
            all.push(Some(table.map_err(failure)?.of_all_counts(group.n_units)));
        }
        GroupCosts::new(units, all).map_err(failure)
    }

    fn done(
        &self,
        units: &Units,
        costs: &GroupCosts,
        network: &Network,
        kept: &Kept,
        promised: Option<f64>,
    ) -> Result<Planned, Failure> {
        let kept = units.without_idle(kept.clone());
        let groups = units.groups().iter().enumerate();
        let shown = groups.filter(|(_, group)| !matches!(group.kind, UnitKind::Residual | UnitKind::Tiles));
        let layers = shown.map(|(index, group)| (group.name.clone(), kept.count(index), group.n_units)).collect();
        let left = costs.of_kept(&kept) / costs.total();
        let network = units.prune(network, &kept).map_err(failure)?;
        Ok(Planned { network, left, promised, layers, candidates: 1, stopped: false })
    }

    fn slimmed(
        &self,
        units: &Units,
        costs: &GroupCosts,
        shares: &[Option<f64>],
        options: &SlimOptions,
        promised: Option<f64>,
    ) -> Result<Planned, Failure> {
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let found = slim_gpt::<Cpu, _>(self.network, shares, calibration, &self.scorer, options, &device, self.control)
            .map_err(failure)?;
        self.done(units, costs, &found.network, &found.kept, promised)
    }

    fn exact_units(&self, units: &Units, costs: &GroupCosts, budget: f64) -> Result<Planned, Failure> {
        let options = SlimOptions { heads: HeadChoice::Best, ..SlimOptions::default() };
        let few = &self.sets.calibration[..1];
        let mut best = Best::default();
        for loss in [GroupLoss::OutputError, GroupLoss::Rise(few)] {
            let tried = (|| {
                let device = Default::default();
                let levels = GroupLevels::measure::<Cpu>(
                    self.network,
                    units,
                    &self.inputs,
                    costs,
                    GROUP_LEVELS,
                    &loss,
                    &options,
                    &device,
                    self.control,
                )
                .map_err(failure)?;
                let n = usize::from(self.arguments.candidates);
                for choice in levels.table.ranked(budget, n, self.control).map_err(failure)? {
                    let shares = levels.shares(units, &choice.levels);
                    let planned = self.slimmed(units, costs, &shares, &options, Some(choice.loss))?;
                    self.offer(&mut best, planned)?;
                }
                Ok(())
            })();
            if let Err(error) = tried {
                return best.or_stop(error);
            }
        }
        let n = best.n;
        let found = best.found.expect("every table has a choice within the budget");
        Ok(Planned { candidates: n, ..found })
    }

    /// The units of most summed importance, with the key/value heads that they share; what stays makes up for the others.
    fn important(&self, units: &Units, costs: &GroupCosts, of_units: &[Vec<f64>]) -> Result<Planned, Failure> {
        let heads_only = self.arguments.what == What::Heads;
        let options = ImportanceOptions { per: Per::Token, normalise: heads_only };
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let found = importance::<Autodiff<Cpu>>(
            self.network,
            units,
            &self.kinds(),
            calibration,
            options,
            &device,
            self.control,
        )
        .map_err(failure)?;
        let lowered = units.lower(&found.of_units, of_units).map_err(failure)?;
        let limit = lowered.limit(of_units, self.arguments.budget * costs.total()).map_err(failure)?;
        let chosen = solve_within(&lowered.program, &[limit], &BudgetOptions::default(), self.control);
        let kept = units.kept(&lowered, &chosen.selection);
        let promised = (chosen.bound - chosen.gain) as f64 * lowered.program.scale().gain_unit;
        let made = make_up::<Cpu, _>(
            self.network,
            &kept,
            calibration,
            &self.scorer,
            &SlimOptions::default(),
            &device,
            self.control,
        )
        .map_err(failure)?;
        self.done(units, costs, &made.network, &kept, Some(promised))
    }
}
