//! Heads and channels to a budget: how much of every layer goes, by schedule or exactly, for [`super::slimgpt`] to take out.
//!
//! | allocation | shares of layers |
//! |---|---|
//! | [`uniform`] | all the same |
//! | [`logarithmic`] | SlimGPT's schedule, its end chosen to meet the budget |
//! | [`GroupLevels`] | the least summed loss of a table with a level per group and number of units left: errors of second-order sweeps, or measured rises of the loss, or divergences |
//!
//! Costs are those of [`crate::units::CostModel`] per unit, or a table of measured seconds.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::damage::{Damage, Measure};
use super::error::{MethodError, check_share};
use super::obs::Sweep;
use super::pieces::{Pieces, Sharing, served};
use super::slimgpt::{SlimOptions, columns, incremental_ratios, layers_of, remove_units, slims, sweep};
use crate::Network;
use crate::batch::Batch;
use crate::levels::{Level, LevelChoice, LevelTable};
use crate::score::Inputs;
use crate::units::{Group, Kept, UnitKind, Units};

/// What a group costs by the number of its units that are left; key/value heads are counted with the query heads that they serve.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCosts(Vec<Option<Vec<f64>>>);

impl GroupCosts {
    /// From costs per unit ([`crate::units::CostModel::unit_costs`]). Key/value heads are counted while they serve a head that is left, as
    /// heads go by `sharing`; where that does not say which are left, at their most.
    pub fn of_units(units: &Units, costs: &[Vec<f64>], sharing: Sharing) -> Self {
        let of_group = |(index, group): (usize, &Group)| {
            slims(group).then(|| {
                let shared = units.needs().iter().filter(|need| need.of == index);
                let needed: Vec<(f64, usize)> =
                    shared.map(|need| (costs[need.on].iter().sum(), units.groups()[need.on].n_units)).collect();
                let mean = costs[index].iter().sum::<f64>() / group.n_units.max(1) as f64;
                let size = served(units, index).map_or(1, |served| served[0].len());
                let others = |left: usize| -> f64 {
                    let of_need = |(cost, n): &(f64, usize)| {
                        let needed = match sharing {
                            Sharing::Groups => left.div_ceil(size),
                            Sharing::OneOfEach if size > 1 => *n,
                            _ => left,
                        };
                        cost * needed.min(*n) as f64 / (*n).max(1) as f64
                    };
                    needed.iter().map(of_need).sum()
                };
                let of_count = |left: usize| if left == 0 { 0.0 } else { left as f64 * mean + others(left) };
                (0..=group.n_units).map(of_count).collect()
            })
        };
        Self(units.groups().iter().enumerate().map(of_group).collect())
    }

    /// From any table: per group the cost of 0, 1, ... units; `None` for groups that stay.
    ///
    /// # Errors
    /// [`MethodError::Number`] for another number of groups or units.
    pub fn new(units: &Units, costs: Vec<Option<Vec<f64>>>) -> Result<Self, MethodError> {
        let wrong = |what: String, value: usize, expected: usize| {
            Err(MethodError::Number { what, value: value as f64, expected: expected.to_string() })
        };
        if costs.len() != units.groups().len() {
            return wrong("number of groups with costs".into(), costs.len(), units.groups().len());
        }
        for (group, own) in units.groups().iter().zip(&costs) {
            if let Some(own) = own.as_ref().filter(|own| own.len() != group.n_units + 1) {
                return wrong(format!("{}: number of costs", group.name), own.len(), group.n_units + 1);
            }
        }
        Ok(Self(costs))
    }

    /// Of groups of these kinds only; the others stay.
    pub fn of_kinds(self, units: &Units, kinds: &[UnitKind]) -> Self {
        let wanted = |(group, own): (&Group, Option<Vec<f64>>)| own.filter(|_| kinds.contains(&group.kind));
        Self(units.groups().iter().zip(self.0).map(wanted).collect())
    }

    /// The cost of this many units of a group.
    pub fn of(&self, group: usize, left: usize) -> f64 {
        self.0[group].as_ref().map_or(0.0, |costs| costs[left])
    }

    /// The cost of what stays, over the groups with costs.
    pub fn of_kept(&self, kept: &Kept) -> f64 {
        (0..self.0.len()).map(|group| self.of(group, if self.0[group].is_some() { kept.count(group) } else { 0 })).sum()
    }

    /// The cost of everything.
    pub fn total(&self) -> f64 {
        self.0.iter().flatten().filter_map(|costs| costs.last()).sum()
    }

    /// The cost with shares of the groups gone, rounded as [`super::slimgpt::slim_gpt`] rounds.
    fn with_gone(&self, units: &Units, shares: &[Option<f64>], sharing: Sharing) -> f64 {
        let of_group = |group: usize| {
            let gone = Pieces::of(units, group, sharing).gone(shares[group].unwrap_or(0.0));
            self.of(group, units.groups()[group].n_units - gone)
        };
        (0..self.0.len()).filter(|group| self.0[*group].is_some()).map(of_group).sum()
    }
}

/// The least share of all layers that meets a budget. Groups without costs stay.
///
/// # Errors
/// [`MethodError::Number`] if the budget is below zero.
pub fn uniform(
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    let (layers, _) = layers_of(units);
    let same = |share: f64| layers.iter().map(|layer| layer.map(|_| share)).collect();
    least(same, units, costs, budget, options)
}

/// SlimGPT's schedule from `first` on: the least end that meets a budget; where even an end of 1 does not, or `first` alone goes beyond, `first` itself is moved.
///
/// # Errors
/// [`MethodError::Number`] if the budget is below zero, or `first` is no share.
pub fn logarithmic(
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    first: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    check_share(|| "share of the first layer".into(), first)?;
    let (layers, n) = layers_of(units);
    let schedule = |first: f64, last: f64| -> Vec<Option<f64>> {
        let ratios = incremental_ratios(first, last, n);
        layers.iter().map(|layer| layer.map(|layer| ratios[layer])).collect()
    };
    let fits = |shares: &[Option<f64>]| costs.with_gone(units, shares, options.sharing) <= budget;
    if fits(&schedule(first, 1.0)) && !fits(&schedule(first, first)) {
        return least(|share| schedule(first, first + share * (1.0 - first)), units, costs, budget, options);
    }
    // Beyond an end of 1 the beginning rises; before it has risen to `first`, it is as small as the budget allows.
    match fits(&schedule(first, first)) {
        true => least(|share| schedule(share * first, share * first), units, costs, budget, options),
        false => least(|share| schedule(first + share * (1.0 - first), 1.0), units, costs, budget, options),
    }
}

/// Bisection for the least parameter in 0 to 1 that meets the budget.
fn least(
    shares: impl Fn(f64) -> Vec<Option<f64>>,
    units: &Units,
    costs: &GroupCosts,
    budget: f64,
    options: &SlimOptions,
) -> Result<Vec<Option<f64>>, MethodError> {
    if budget.is_nan() || budget < 0.0 {
        return Err(MethodError::Number { what: "budget".into(), value: budget, expected: "at least 0".into() });
    }
    // Groups without costs stay.
    let priced = |share: &Option<f64>, costs: &Option<Vec<f64>>| share.filter(|_| costs.is_some());
    let shares = |parameter: f64| -> Vec<Option<f64>> {
        shares(parameter).iter().zip(&costs.0).map(|(share, costs)| priced(share, costs)).collect()
    };
    let fits = |share: f64| costs.with_gone(units, &shares(share), options.sharing) <= budget;
    let (mut low, mut high) = (0.0, 1.0);
    if fits(low) {
        return Ok(shares(low));
    }
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if fits(middle) { high = middle } else { low = middle }
    }
    Ok(shares(high))
}

/// A level per group and number of units left.
#[derive(Debug, Clone)]
pub struct GroupLevels {
    /// Groups with levels.
    pub groups: Vec<usize>,
    /// Units left at every level, per group.
    pub counts: Vec<Vec<usize>>,
    /// The order in which units go, per group.
    pub sweeps: Vec<Sweep>,
    /// Losses and costs.
    pub table: LevelTable,
}

/// What a level of a group loses.
pub enum GroupLoss<'a> {
    /// The squared change of the outputs of the map that reads it, as a share of their square.
    OutputError,
    /// By how much the loss of the network on these batches rises with units of this group gone and made up for: a pass per level.
    Rise(&'a [Batch]),
    /// How far the answers of the whole network are from those with units of this group gone and made up for
    /// ([`LevelLoss::Divergence`](super::allocate::LevelLoss::Divergence)): a pass per level.
    Divergence(&'a [Batch]),
}

impl GroupLevels {
    /// Sweeps every group, and measures its levels.
    ///
    /// # Arguments
    /// * `inputs`: of the maps that read the groups ([`crate::score::calibrate`]).
    /// * `n_levels`: about so many per group, evenly spaced, from all to none; heads of one step each at most ([`SlimOptions::sharing`]).
    /// * `control`: limits; progress as the stage `measure levels`, in groups.
    ///
    /// # Errors
    /// [`MethodError`].
    #[allow(clippy::too_many_arguments, reason = "each is one thing that is measured on")]
    pub fn measure<B: Backend>(
        network: &Network,
        units: &Units,
        inputs: &BTreeMap<String, Inputs>,
        costs: &GroupCosts,
        n_levels: usize,
        loss: &GroupLoss<'_>,
        options: &SlimOptions,
        device: &B::Device,
        control: &Control,
    ) -> Result<Self, MethodError> {
        let measure = match loss {
            GroupLoss::OutputError => None,
            GroupLoss::Rise(batches) => Some((Measure::Rise, *batches)),
            GroupLoss::Divergence(batches) => Some((Measure::Divergence, *batches)),
        };
        let damage = |(measure, batches)| Damage::<B>::new(network, batches, measure, device, control);
        let mut damage = measure.map(damage).transpose()?;
        let (mut groups, mut all_counts, mut sweeps, mut table) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, group) in units.groups().iter().enumerate() {
            control.report("measure levels", index as u64, units.groups().len() as u64);
            if costs.0[index].is_none() || group.n_units == 0 {
                continue;
            }
            let own = inputs.get(&group.seen_by).ok_or_else(|| MethodError::Map { map: group.seen_by.clone() })?;
            let pieces = Pieces::of(units, index, options.sharing);
            let at_once = group.n_units.div_ceil(n_levels.max(1));
            let mut columns = columns(network, group, own, options.damping)?;
            let sweep = sweep(columns.clone(), group, &pieces, at_once, control)?;
            let counts = left_at(group.n_units, &pieces.steps(), n_levels);
            let mut levels = Vec::new();
            let mut removed = 0;
            for left in &counts {
                let gone = group.n_units - left;
                let loss = match &mut damage {
                    None => {
                        let square = sweep.errors[group.n_units];
                        if square > 0.0 { sweep.errors[gone] / square } else { 0.0 }
                    }
                    Some(_) if gone == 0 => 0.0,
                    Some(damage) => {
                        remove_units(&mut columns, group, &sweep.order[removed..gone])?;
                        removed = gone;
                        damage.of(&[(&group.seen_by, &columns.weight())])?
                    }
                };
                levels.push(Level { loss, cost: costs.of(index, *left) });
            }
            table.push(levels);
            groups.push(index);
            all_counts.push(counts);
            sweeps.push(sweep);
        }
        Ok(Self { groups, counts: all_counts, sweeps, table: LevelTable::new(table)? })
    }

    /// The same losses with other costs.
    ///
    /// # Errors
    /// [`MethodError::Level`] for costs that are none.
    pub fn with_costs(&self, costs: &GroupCosts) -> Result<Self, MethodError> {
        let of_group = |((group, counts), levels): ((&usize, &Vec<usize>), &Vec<Level>)| {
            let priced = |(left, level): (&usize, &Level)| Level { cost: costs.of(*group, *left), ..*level };
            counts.iter().zip(levels).map(priced).collect()
        };
        let table = self.groups.iter().zip(&self.counts).zip(self.table.layers()).map(of_group).collect();
        Ok(Self { table: LevelTable::new(table)?, ..self.clone() })
    }

    /// Shares that go, for [`super::slimgpt::slim_gpt`], of the choice of least loss within a budget.
    ///
    /// # Errors
    /// [`MethodError::Level`].
    pub fn within(
        &self,
        units: &Units,
        budget: f64,
        control: &Control,
    ) -> Result<(Vec<Option<f64>>, LevelChoice), MethodError> {
        let choice = self.table.within(budget, control)?;
        Ok((self.shares(units, &choice.levels), choice))
    }

    /// Shares that go at these levels.
    ///
    /// # Panics
    /// If the levels are of another table.
    pub fn shares(&self, units: &Units, levels: &[usize]) -> Vec<Option<f64>> {
        let mut shares = vec![None; units.groups().len()];
        for ((group, counts), level) in self.groups.iter().zip(&self.counts).zip(levels) {
            let n = units.groups()[*group].n_units;
            shares[*group] = Some((n - counts[*level]) as f64 / n as f64);
        }
        shares
    }
}

/// Numbers of units left, from all to none: about `n_levels` of those that `steps` (units gone) leave.
fn left_at(n_units: usize, steps: &[usize], n_levels: usize) -> Vec<usize> {
    let n = n_levels.clamp(1, steps.len().max(1));
    let at = |step: usize| if step == 0 { 0 } else { steps[step - 1] };
    let mut gone: Vec<usize> = (0..=n).map(|level| at(level * steps.len() / n)).collect();
    gone.push(n_units);
    gone.dedup();
    gone.into_iter().map(|gone| n_units - gone).collect()
}
