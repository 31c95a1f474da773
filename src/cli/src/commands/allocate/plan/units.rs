//! Heads and channels.

use burn::backend::Autodiff;
use secateur_neural::Network;
use secateur_neural::latency::group_seconds;
use secateur_neural::methods::slimgpt::{HeadChoice, SlimOptions, make_up, slim_gpt};
use secateur_neural::methods::structured::{self, GroupCosts, GroupLevels, GroupLoss};
use secateur_neural::methods::{Sharing, sixteen_heads};
use secateur_neural::score::{Importance, ImportanceOptions, Per, importance};
use secateur_neural::units::{CostModel, Group, Kept, UnitKind, Units};

use super::{Best, Layer, Planned, Work, failure};
use crate::commands::allocate::{Cost, Cpu, Method, What};
use crate::commands::failure::{Failure, Outcome};

/// Levels of a group of channels.
const LEVELS: usize = 24;
/// Parts of a group at whose ends seconds are measured.
const PARTS: usize = 8;
/// Forward passes that an entry of a latency table is the median of.
const REPETITIONS: usize = 7;
/// Share of the first layer in SlimGPT's schedule (the authors' value).
const FIRST: f64 = 0.0625;

impl Work<'_> {
    fn kinds(&self) -> Vec<UnitKind> {
        match self.arguments.what {
            What::Heads => vec![UnitKind::Heads],
            _ => vec![UnitKind::Heads, UnitKind::Channels],
        }
    }

    pub(super) fn units(&self, best: &mut [Best]) -> Outcome {
        let units = Units::of(self.network);
        let model = match self.arguments.cost {
            Cost::Flops => CostModel::Flops { context: self.sets.length / 2 },
            _ => CostModel::Parameters,
        };
        let of_units = model.unit_costs(self.network, &units);
        let costs = match self.arguments.cost {
            Cost::Seconds => self.seconds(&units)?,
            _ => GroupCosts::of_units(&units, &of_units, Sharing::default()).of_kinds(&units, &self.kinds()),
        };
        if self.arguments.method == Method::Exact {
            return self.exact_units(&units, &costs, best);
        }
        let scores = match self.arguments.method {
            Method::Importance => Some(self.importance(&units)?),
            _ => None,
        };
        let options = SlimOptions::default();
        for (budget, best) in self.arguments.budget.iter().zip(best) {
            let most = budget * costs.total();
            let shares = match (&scores, self.arguments.method) {
                (Some(scores), _) => {
                    best.only(self.important(*budget, &units, &costs, &of_units, scores)?);
                    continue;
                }
                (None, Method::Logarithmic) => structured::logarithmic(&units, &costs, most, FIRST, &options),
                _ => structured::uniform(&units, &costs, most, &options),
            };
            best.only(self.slimmed(*budget, &units, &costs, &shares.map_err(failure)?, &options, None)?);
        }
        Ok(())
    }

    fn seconds(&self, units: &Units) -> Result<GroupCosts, Failure> {
        let (inputs, device) = (&self.sets.valid[0].inputs, Default::default());
        let (kinds, control) = (self.kinds(), self.control);
        group_seconds::<Cpu>(self.network, units, &kinds, PARTS, inputs, REPETITIONS, &device, control).map_err(failure)
    }

    fn done(
        &self,
        budget: f64,
        units: &Units,
        costs: &GroupCosts,
        network: &Network,
        kept: &Kept,
        promised: Option<f64>,
    ) -> Result<Planned, Failure> {
        let kept = units.without_idle(kept.clone());
        let groups = units.groups().iter().enumerate();
        let shown = groups.filter(|(_, group)| !matches!(group.kind, UnitKind::Residual | UnitKind::Tiles));
        let layer = |(index, group): (usize, &Group)| Layer {
            name: group.name.clone(),
            left: kept.count(index),
            of: group.n_units,
            kept: Some((0..group.n_units).filter(|unit| kept.group(index)[*unit]).collect()),
        };
        let layers = shown.map(layer).collect();
        let left = costs.of_kept(&kept) / costs.total();
        let network = units.prune(network, &kept).map_err(failure)?;
        Ok(Planned { budget, network, left, promised, layers, candidates: 1, stopped: false, warning: None })
    }

    fn slimmed(
        &self,
        budget: f64,
        units: &Units,
        costs: &GroupCosts,
        shares: &[Option<f64>],
        options: &SlimOptions,
        promised: Option<f64>,
    ) -> Result<Planned, Failure> {
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let found = slim_gpt::<Cpu, _>(self.network, shares, calibration, &self.scorer, options, &device, self.control)
            .map_err(failure)?;
        self.done(budget, units, costs, &found.network, &found.kept, promised)
    }

    /// The best choices of three tables, and of all these the best network, for every budget.
    fn exact_units(&self, units: &Units, costs: &GroupCosts, best: &mut [Best]) -> Outcome {
        let options = SlimOptions { heads: HeadChoice::Best, ..SlimOptions::default() };
        let readers: Vec<String> = units.groups().iter().map(|group| group.seen_by.clone()).collect();
        let inputs = self.inputs(&readers)?;
        let batches = self.for_rises();
        for loss in [GroupLoss::OutputError, GroupLoss::Divergence(batches), GroupLoss::Rise(batches)] {
            let device = Default::default();
            let levels = GroupLevels::measure::<Cpu>(
                self.network,
                units,
                &inputs,
                costs,
                LEVELS,
                &loss,
                &options,
                &device,
                self.control,
            )
            .map_err(failure)?;
            for (budget, best) in self.arguments.budget.iter().zip(best.iter_mut()) {
                let n = usize::from(self.arguments.candidates);
                for choice in levels.table.ranked(budget * costs.total(), n, self.control).map_err(failure)? {
                    let shares = levels.shares(units, &choice.levels);
                    let planned = self.slimmed(*budget, units, costs, &shares, &options, Some(choice.loss))?;
                    self.offer(best, planned)?;
                }
            }
        }
        Ok(())
    }

    fn importance(&self, units: &Units) -> Result<Importance, Failure> {
        let options = ImportanceOptions { per: Per::Token, normalise: self.arguments.what == What::Heads };
        let (kinds, calibration, device) = (self.kinds(), &self.sets.calibration, Default::default());
        importance::<Autodiff<Cpu>>(self.network, units, &kinds, calibration, options, &device, self.control)
            .map_err(failure)
    }

    /// The units of most summed importance, with the key/value heads that they share; what stays makes up for the others.
    fn important(
        &self,
        budget: f64,
        units: &Units,
        costs: &GroupCosts,
        of_units: &[Vec<f64>],
        scores: &Importance,
    ) -> Result<Planned, Failure> {
        let chosen = sixteen_heads::exact(units, scores, of_units, budget * costs.total(), self.control);
        let chosen = chosen.map_err(failure)?;
        let (calibration, options, device) = (&self.sets.calibration, SlimOptions::default(), Default::default());
        let made =
            make_up::<Cpu, _>(self.network, &chosen.kept, calibration, &self.scorer, &options, &device, self.control)
                .map_err(failure)?;
        let planned = self.done(budget, units, costs, &made.network, &chosen.kept, Some(chosen.lost))?;
        // Key/value heads that serve nobody go here, where tables by number of heads count them until the last head goes.
        let left = units.cost_of_kept(of_units, &chosen.kept, &self.kinds()) / costs.total();
        Ok(Planned { left, ..planned })
    }
}
