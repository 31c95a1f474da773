//! The families `heads` and `units`: heads, or heads and channels, go, and the network becomes smaller.

mod importance;
mod second_order;

use std::collections::BTreeMap;

use secateur::neural::Network;
use secateur::neural::methods::Sharing;
use secateur::neural::methods::allocate::LevelLoss;
use secateur::neural::methods::slimgpt::{HeadChoice, SlimOptions};
use secateur::neural::methods::structured::{GroupCosts, GroupLevels, GroupOptions};
use secateur::neural::score::Calibration;
use secateur::neural::units::{CostModel, Kept, UnitKind};
use secateur_program::Control;

use super::outcome::Outcome;
use super::setup::{Pruned, Setup, timed};
use super::trained::Cpu;
use crate::workloads::Failure;

/// Fractions of the cost of heads, or of heads and channels, that stay.
const BUDGETS: [f64; 4] = [0.8, 0.6, 0.4, 0.25];
/// Levels of a group of channels.
const LEVELS: usize = 12;

/// How query heads go where several share a key/value head: all results so far are of this way.
const SHARING: Sharing = Sharing::OneOfEach;

/// SlimGPT with the best set of heads by branch and bound.
fn best_heads() -> SlimOptions {
    SlimOptions { heads: HeadChoice::Best, sharing: SHARING, ..SlimOptions::default() }
}

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
        let of_groups = GroupCosts::of_units(&setup.units, &of_units, SHARING).of_kinds(&setup.units, &kinds);
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

/// Measured once: losses by the number of units that a group has left.
struct Tables {
    named: [(&'static str, GroupLevels, f64); 3],
}

impl Tables {
    fn new(setup: &Setup<'_>, costs: &Costs) -> Result<Self, Failure> {
        let rises = &setup.task.rises;
        let table = |name: &'static str, loss: LevelLoss| {
            let (levels, seconds) = timed(|| {
                let control = Control::new();
                let calibration = Calibration::<Cpu>::new(&setup.network, rises, &control);
                let options = GroupOptions { n_levels: LEVELS, loss, slim: best_heads() };
                Ok(GroupLevels::measure(&calibration, &setup.units, &setup.inputs, &costs.of_groups, &options)?)
            })?;
            Ok::<_, Failure>((name, levels, seconds))
        };
        let named = [
            table("output error", LevelLoss::OutputError)?,
            table("rise", LevelLoss::Rise)?,
            table("divergence", LevelLoss::Divergence)?,
        ];
        Ok(Self { named })
    }

    /// What each says of as many units.
    fn say(&self, costs: &Costs, kept: &Kept) -> BTreeMap<String, f64> {
        let loss = |levels: &GroupLevels| {
            let of_groups: Vec<f64> =
                levels.groups.iter().map(|group| costs.of_groups.of(*group, kept.count(*group))).collect();
            levels.table.interpolated(&of_groups)
        };
        self.named.iter().map(|(name, levels, _)| ((*name).to_owned(), loss(levels))).collect()
    }
}

/// What units are pruned with.
struct Work<'a> {
    setup: &'a Setup<'a>,
    costs: Costs,
    tables: Tables,
}

pub(super) fn outcomes(setup: &Setup<'_>, family: &'static str) -> Result<Vec<Outcome>, Failure> {
    let costs = Costs::new(setup, family)?;
    let tables = Tables::new(setup, &costs)?;
    let work = Work { setup, costs, tables };
    let mut found = work.by_importance()?;
    found.extend(work.by_second_order()?);
    Ok(found)
}

impl Work<'_> {
    /// A network without what is not kept.
    fn pruned(&self, method: &str, budget: f64, network: &Network, kept: &Kept) -> Result<Pruned, Failure> {
        let (setup, costs) = (self.setup, &self.costs);
        let kept = setup.units.without_idle(kept.clone());
        Ok(Pruned {
            family: costs.family,
            method: method.to_owned(),
            budget,
            left: costs.of(setup, &kept) / costs.total(setup),
            promised: None,
            on_tables: self.tables.say(costs, &kept),
            valid: None,
            network: setup.units.prune(network, &kept)?,
            smaller: true,
            seconds: 0.0,
        })
    }
}
