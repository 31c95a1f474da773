//! Heads and channels.

use secateur_neural::Network;
use secateur_neural::cpu::{self, Cpu, CpuTraining};
use secateur_neural::score::{Calibration, Importance, ImportanceOptions, Per};
use secateur_neural::units::{CostModel, Group, Kept, UnitKind, Units};

use super::{Best, Cost, Layer, Method, Planned, What, Work};
use crate::allocate::LevelLoss;
use crate::seconds::{Timing, group_seconds};
use crate::slimgpt::{HeadChoice, SlimOptions, make_up, slim_gpt};
use crate::structured::{self, GroupCosts, GroupLevels, GroupOptions};
use crate::{MethodError, Sharing, sixteen_heads};

/// Levels of a group of channels.
const LEVELS: usize = 24;
/// Parts of a group at whose ends seconds are measured.
const PARTS: usize = 8;
/// Forward passes that an entry of a latency table is the median of.
const REPETITIONS: usize = 7;
/// Fraction of the first layer in SlimGPT's schedule (the authors' value).
const FIRST: f64 = 0.0625;

/// Groups of units, and what they cost.
struct Groups<'a> {
    units: &'a Units,
    costs: &'a GroupCosts,
}

impl Work<'_> {
    fn kinds(&self) -> Vec<UnitKind> {
        match self.plan.what {
            What::Heads => vec![UnitKind::Heads],
            _ => vec![UnitKind::Heads, UnitKind::Channels],
        }
    }

    pub(super) fn units(&self, best: &mut [Best]) -> Result<(), MethodError> {
        let units = Units::of(self.network);
        let model = match self.plan.cost {
            Cost::Flops => CostModel::Flops { context: self.sets.length / 2 },
            _ => CostModel::Parameters,
        };
        let of_units = model.unit_costs(self.network, &units);
        let costs = match self.plan.cost {
            Cost::Seconds => self.seconds(&units)?,
            _ => GroupCosts::of_units(&units, &of_units, Sharing::default()).of_kinds(&units, &self.kinds()),
        };
        let groups = Groups { units: &units, costs: &costs };
        if self.plan.method == Method::Exact {
            return self.exact_units(&groups, best);
        }
        let scores = match self.plan.method {
            Method::Importance => Some(self.importance(&units)?),
            _ => None,
        };
        let options = SlimOptions::default();
        for (budget, best) in self.plan.budgets.iter().zip(best) {
            let most = budget * costs.total();
            let fractions = match (&scores, self.plan.method) {
                (Some(scores), _) => {
                    best.only(self.important(&groups, *budget, &of_units, scores)?);
                    continue;
                }
                (None, Method::Logarithmic) => structured::logarithmic(&units, &costs, most, FIRST, &options),
                _ => structured::uniform(&units, &costs, most, &options),
            };
            best.only(self.slimmed(&groups, *budget, &fractions?, &options, None)?);
        }
        Ok(())
    }

    fn seconds(&self, units: &Units) -> Result<GroupCosts, MethodError> {
        let (inputs, device) = (&self.sets.valid[0].inputs, Default::default());
        let timing = Timing::<Cpu> { inputs, repetitions: REPETITIONS, device, control: self.control };
        group_seconds(&timing, self.network, units, &self.kinds(), PARTS)
    }

    fn done(
        &self,
        Groups { units, costs }: &Groups<'_>,
        budget: f64,
        network: &Network,
        kept: &Kept,
        promised: Option<f64>,
    ) -> Result<Planned, MethodError> {
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
        let network = units.prune(network, &kept)?;
        Ok(Planned { budget, network, left, promised, layers, candidates: 1, stopped: false, warning: None })
    }

    fn slimmed(
        &self,
        groups: &Groups<'_>,
        budget: f64,
        fractions: &[Option<f64>],
        options: &SlimOptions,
        promised: Option<f64>,
    ) -> Result<Planned, MethodError> {
        let found = slim_gpt(&self.calibration(), fractions, &self.scorer, options)?;
        self.done(groups, budget, &found.network, &found.kept, promised)
    }

    /// The best choices of three tables, and of all these the best network, for every budget.
    fn exact_units(&self, groups: &Groups<'_>, best: &mut [Best]) -> Result<(), MethodError> {
        let Groups { units, costs } = *groups;
        let options = SlimOptions { heads: HeadChoice::Best, ..SlimOptions::default() };
        let readers: Vec<String> = units.groups().iter().map(|group| group.seen_by.clone()).collect();
        let inputs = self.inputs(&readers)?;
        let calibration = self.for_rises();
        for loss in [LevelLoss::OutputError, LevelLoss::Divergence, LevelLoss::Rise] {
            let of_groups = GroupOptions { n_levels: LEVELS, loss, slim: options };
            let levels = GroupLevels::measure(&calibration, units, &inputs, costs, &of_groups)?;
            for (budget, best) in self.plan.budgets.iter().zip(best.iter_mut()) {
                let n = self.plan.candidates;
                for choice in levels.table.ranked(budget * costs.total(), n, self.control)? {
                    let fractions = levels.fractions(units, &choice.levels);
                    let planned = self.slimmed(groups, *budget, &fractions, &options, Some(choice.loss))?;
                    self.offer(best, planned)?;
                }
            }
        }
        Ok(())
    }

    fn importance(&self, units: &Units) -> Result<Importance, MethodError> {
        let options = ImportanceOptions { per: Per::Token, normalise: self.plan.what == What::Heads };
        let calibration = Calibration::<CpuTraining>::new(self.network, &self.sets.calibration, self.control);
        Ok(cpu::importance(&calibration, units, &self.kinds(), options)?)
    }

    /// The units of most summed importance, with the key/value heads that they share; what stays makes up for the
    /// others.
    fn important(
        &self,
        groups: &Groups<'_>,
        budget: f64,
        of_units: &[Vec<f64>],
        scores: &Importance,
    ) -> Result<Planned, MethodError> {
        let Groups { units, costs } = *groups;
        let chosen = sixteen_heads::exact(units, scores, of_units, budget * costs.total(), self.control);
        let chosen = chosen?;
        let made = make_up(&self.calibration(), &chosen.kept, &self.scorer, &SlimOptions::default())?;
        let planned = self.done(groups, budget, &made.network, &chosen.kept, Some(chosen.lost))?;
        // Key/value heads that serve nobody go here, where tables by number of heads count them until the last head
        // goes.
        let left = units.cost_of_kept(of_units, &chosen.kept, &self.kinds()) / costs.total();
        Ok(Planned { left, ..planned })
    }
}
