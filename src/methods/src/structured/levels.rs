//! Levels of groups, measured, and the exact choice among them.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use secateur_neural::levels::{Level, LevelChoice, LevelTable};
use secateur_neural::score::{Calibration, Inputs};
use secateur_neural::units::{Group, Units};
use secateur_program::Control;

use super::GroupCosts;
use crate::MethodError;
use crate::allocate::LevelLoss;
use crate::damage::Damage;
use crate::obs::{Columns, Sweep};
use crate::pieces::Pieces;
use crate::slimgpt::{SlimOptions, columns, remove_units, sweep};

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

/// Which levels of groups are measured, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupOptions {
    /// About so many levels per group, evenly spaced, from all units to none; heads of one step each at most
    /// ([`SlimOptions::sharing`]).
    pub n_levels: usize,
    /// What a level loses, with the units made up for.
    pub loss: LevelLoss,
    /// How units go.
    pub slim: SlimOptions,
}

impl GroupLevels {
    /// Sweeps every group, and measures its levels.
    ///
    /// # Arguments
    /// * `calibration`: its batches are what rises and divergences are measured on; progress is reported as the stage
    ///   `measure levels`, in groups.
    /// * `inputs`: of the linear layers that read the groups ([`secateur_neural::score::calibrate`]); these may be of
    ///   more batches.
    ///
    /// # Errors
    /// [`MethodError`].
    pub fn measure<B: Backend>(
        calibration: &Calibration<'_, B>,
        units: &Units,
        inputs: &BTreeMap<String, Inputs>,
        costs: &GroupCosts,
        options: &GroupOptions,
    ) -> Result<Self, MethodError> {
        let Calibration { network, control, .. } = *calibration;
        let GroupOptions { n_levels, loss, slim } = *options;
        let mut damage = Damage::of_level(calibration, loss)?;
        let (mut groups, mut all_counts, mut sweeps, mut table) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, group) in units.groups().iter().enumerate() {
            control.report("measure levels", index as u64, units.groups().len() as u64);
            if costs.0[index].is_none() || group.n_units == 0 {
                continue;
            }
            let own =
                inputs.get(&group.seen_by).ok_or_else(|| MethodError::Linear { linear: group.seen_by.clone() })?;
            let pieces = Pieces::of(units, index, slim.sharing);
            let at_once = group.n_units.div_ceil(n_levels.max(1));
            let columns = columns(network, group, own, slim.damping)?;
            let sweep = sweep(columns.clone(), group, &pieces, at_once, control)?;
            let counts = left_at(group.n_units, &pieces.steps(), n_levels);
            let losses = losses(columns, group, &sweep, &counts, damage.as_mut())?;
            let level = |(left, loss): (&usize, f64)| Level { loss, cost: costs.of(index, *left) };
            table.push(counts.iter().zip(losses).map(level).collect::<Vec<_>>());
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

    /// Fractions that go, for [`crate::slimgpt::slim_gpt`], of the choice of least loss within a budget.
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
        Ok((self.fractions(units, &choice.levels), choice))
    }

    /// Fractions that go at these levels.
    ///
    /// # Panics
    /// If the levels are of another table.
    pub fn fractions(&self, units: &Units, levels: &[usize]) -> Vec<Option<f64>> {
        let mut fractions = vec![None; units.groups().len()];
        for ((group, counts), level) in self.groups.iter().zip(&self.counts).zip(levels) {
            let n = units.groups()[*group].n_units;
            fractions[*group] = Some((n - counts[*level]) as f64 / n as f64);
        }
        fractions
    }
}

/// What a group loses with each of these counts of units left, which are in descending order.
///
/// * `columns`: of the linear layer that reads the group, nothing gone.
/// * `damage`: where the loss is measured on the whole network; else errors of the sweep as fractions of the last.
fn losses<B: Backend>(
    mut columns: Columns,
    group: &Group,
    sweep: &Sweep,
    counts: &[usize],
    mut damage: Option<&mut Damage<'_, B>>,
) -> Result<Vec<f64>, MethodError> {
    let mut losses = Vec::with_capacity(counts.len());
    let mut removed = 0;
    for left in counts {
        let gone = group.n_units - left;
        losses.push(match &mut damage {
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
        });
    }
    Ok(losses)
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
