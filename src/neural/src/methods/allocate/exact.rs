//! The exact choice: one level of every map from a measured table.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use ndarray::{Array, Array2, Dimension};
use secateur_program::Control;

use super::steps::Steps;
use super::{Sparsities, n_weights, room};
use crate::Network;
use crate::batch::Batch;
use crate::levels::{Level, LevelChoice, LevelTable};
use crate::methods::MethodError;
use crate::methods::damage::{Damage, Measure};
use crate::methods::error::check_share;
use crate::methods::obs::Sparsity;
use crate::methods::weights::{MapPruner, Rule, output_error};
use crate::score::{Inputs, Scorer};

/// What a level loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelLoss {
    /// The squared change of the map's outputs as a share of their square: no further pass over data.
    OutputError,
    /// By how much the loss of the whole network rises with only this map (this block) pruned: a pass over calibration data per level.
    Rise,
    /// How far the answers of the whole network are from those with only this map (this block) pruned, as the divergence of Kullback and Leibler
    /// (the sensitivity of ZeroQ, Cai et al. 2020): a pass per level as well. Never below zero, and no label's chance is in it.
    Divergence,
}

/// Levels of groups of maps: each group at one sparsity at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct MapLevels {
    /// The maps of each group.
    pub groups: Vec<Vec<String>>,
    /// Level k of a group has sparsity k.
    pub levels: Vec<Sparsity>,
    /// Loss per group and level; the cost is the number of weights that stay, counted.
    pub table: LevelTable,
}

/// Measures levels.
///
/// # Arguments
/// * `groups`: maps that have the same sparsity: single maps, or those of a block.
/// * `levels`: shares that may go, or patterns.
/// * `inputs`: of all maps, on calibration data ([`crate::score::calibrate`]).
/// * `batches`: what rises and divergences are measured on. As many predictions as tell rises of single maps apart: thousands of tokens; where a row
///   is a single prediction, hundreds of rows (of fewer, rises are noise, and what is chosen is the sum of its least values).
/// * `control`: limits; progress as the stage `measure levels`, in levels.
///
/// # Errors
/// [`MethodError`].
///
/// # Complexity
/// Pruning every map at every level, and but for [`LevelLoss::OutputError`] a forward pass from the group on over the batches per group and level.
#[allow(clippy::too_many_arguments, reason = "each is one thing that is measured on")]
pub fn measure<B: Backend, S: Scorer>(
    network: &Network,
    groups: Vec<Vec<String>>,
    levels: &[Sparsity],
    rule: Rule,
    loss: LevelLoss,
    inputs: &BTreeMap<String, Inputs>,
    batches: &[Batch],
    scorer: &S,
    device: &B::Device,
    control: &Control,
) -> Result<MapLevels, MethodError> {
    for level in levels {
        check_share(|| "share of a level".into(), level.share())?;
    }
    let sizes = n_weights(network);
    let measure = match loss {
        LevelLoss::OutputError => None,
        LevelLoss::Rise => Some(Measure::Rise),
        LevelLoss::Divergence => Some(Measure::Divergence),
    };
    let damage = |measure| Damage::<B>::new(network, batches, measure, device, control);
    let mut damage = measure.map(damage).transpose()?;
    let n_levels = (groups.len() * levels.len()) as u64;
    let mut table = Vec::new();
    for maps in &groups {
        let mut measured = Vec::new();
        let mut own = Vec::with_capacity(maps.len());
        for map in maps {
            let inputs = inputs.get(map).filter(|_| sizes.contains_key(map));
            let inputs = inputs.ok_or_else(|| MethodError::Map { map: map.clone() })?;
            own.push(Prepared::new(network, map, inputs, rule, scorer, loss)?);
        }
        for level in levels {
            control.report("measure levels", (table.len() * levels.len() + measured.len()) as u64, n_levels);
            control.check().map_err(crate::EvaluateError::from)?;
            let fewer = own.iter().map(|map| map.pruner.at(*level)).collect::<Result<Vec<_>, _>>()?;
            let cost = fewer.iter().map(left).sum::<usize>() as f64;
            let loss = match &mut damage {
                None => own.iter().zip(&fewer).map(|(map, fewer)| map.lost(fewer)).sum(),
                Some(_) if level.share() == 0.0 => 0.0,
                Some(damage) => {
                    let changes: Vec<_> = maps.iter().map(String::as_str).zip(&fewer).collect();
                    damage.of(&changes)?
                }
            };
            measured.push(Level { loss, cost });
        }
        table.push(measured);
    }
    control.report("measure levels", n_levels, n_levels);
    Ok(MapLevels { groups, levels: levels.to_vec(), table: LevelTable::new(table)? })
}

/// A map, and what all its levels need.
struct Prepared<'a, S> {
    pruner: MapPruner<'a, S>,
    inputs: &'a Inputs,
    /// The square of its outputs, where errors are shares of it.
    square: f64,
}

impl<'a, S: Scorer> Prepared<'a, S> {
    fn new(
        network: &Network,
        map: &'a str,
        inputs: &'a Inputs,
        rule: Rule,
        scorer: &'a S,
        loss: LevelLoss,
    ) -> Result<Self, MethodError> {
        let pruner = MapPruner::new(network, map, inputs, rule, scorer)?;
        let square = match loss {
            LevelLoss::OutputError => {
                let nothing = Array2::zeros(pruner.weight().dim());
                output_error(pruner.weight(), nothing.view(), inputs)
            }
            LevelLoss::Rise | LevelLoss::Divergence => 0.0,
        };
        Ok(Self { pruner, inputs, square })
    }

    /// The change of the outputs as a share of them.
    fn lost(&self, fewer: &Array2<f32>) -> f64 {
        output_error(self.pruner.weight(), fewer.view(), self.inputs) / self.square.max(f64::MIN_POSITIVE)
    }
}

/// The choice of least loss with at most a share of `1 - sparsity` of the weights left.
///
/// # Errors
/// [`MethodError`]: levels that are all too large for the budget.
pub fn exact(
    levels: &MapLevels,
    network: &Network,
    sparsity: f64,
    control: &Control,
) -> Result<(Sparsities, LevelChoice), MethodError> {
    let choice = levels.table.within(levels.budget(network, sparsity)?, control)?;
    Ok((levels.chosen(&choice.levels), choice))
}

/// Weights that stay.
fn left<D: Dimension>(weight: &Array<f32, D>) -> usize {
    weight.iter().filter(|value| **value != 0.0).count()
}

impl MapLevels {
    /// The best few choices with at most a share of `1 - sparsity` of the weights left, the best first.
    ///
    /// # Errors
    /// As [`exact`].
    pub fn ranked(
        &self,
        network: &Network,
        sparsity: f64,
        n: usize,
        control: &Control,
    ) -> Result<Vec<(Sparsities, LevelChoice)>, MethodError> {
        let choices = self.table.ranked(self.budget(network, sparsity)?, n, control)?;
        Ok(choices.into_iter().map(|choice| (self.chosen(&choice.levels), choice)).collect())
    }

    /// What each group costs in a pruned network, as levels are counted: what [`LevelTable::interpolated`] takes.
    pub fn costs(&self, pruned: &Network) -> Vec<f64> {
        let of_map = |map: &String| pruned.weights().get(&format!("{map}.weight")).map_or(0, left);
        self.groups.iter().map(|maps| maps.iter().map(of_map).sum::<usize>() as f64).collect()
    }

    /// This share of the weights of all groups, whole ones.
    fn budget(&self, network: &Network, sparsity: f64) -> Result<f64, MethodError> {
        check_share(|| "sparsity".into(), sparsity)?;
        let sizes = n_weights(network);
        let all: usize = self.groups.iter().flatten().map(|map| sizes.get(map).copied().unwrap_or(0)).sum();
        Ok(room(all, sparsity) as f64)
    }

    /// The choice that [`LevelTable::greedy`] makes with at most a share of `1 - sparsity` of the weights left: what [`exact`] is measured against.
    ///
    /// # Errors
    /// As [`exact`].
    pub fn greedy(&self, network: &Network, sparsity: f64) -> Result<(Sparsities, LevelChoice), MethodError> {
        let choice = self.table.greedy(self.budget(network, sparsity)?)?;
        Ok((self.chosen(&choice.levels), choice))
    }

    /// The sparsities of a choice, with what it leaves of the budget spent: levels are few, and the next one seldom fits. The group that saves most loss per
    /// weight on the way to a dearer level keeps as many more weights as fit, then the next group. No more stays where no dearer level loses less.
    ///
    /// Patterns stay as they are.
    ///
    /// # Arguments
    /// * `sparsity`: the share of the weights of all groups that is to go, within which the choice was made.
    /// * `rule`: what the levels were measured by.
    ///
    /// # Errors
    /// [`MethodError::Number`] for no share.
    ///
    /// # Panics
    /// If the choice is of another table.
    pub fn filled(
        &self,
        network: &Network,
        choice: &LevelChoice,
        sparsity: f64,
        rule: Rule,
    ) -> Result<Sparsities, MethodError> {
        let mut found = self.chosen(&choice.levels);
        let mut left = (self.budget(network, sparsity)? - choice.cost).max(0.0) as usize;
        let mut steps: Vec<(usize, usize, f64)> = (0..self.groups.len())
            .filter_map(|group| self.steepest(group, choice.levels[group]).map(|(to, slope)| (group, to, slope)))
            .collect();
        steps.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        for (group, to, _) in steps {
            let (Sparsity::Share(from), Sparsity::Share(to)) = (self.levels[choice.levels[group]], self.levels[to])
            else {
                continue;
            };
            for map in &self.groups[group] {
                let steps = Steps::of(network, map, rule);
                let now = steps.kept(from);
                let kept = steps.at_most((now + left).min(steps.kept(to)));
                if kept > now {
                    left -= kept - now;
                    found.insert(map.clone(), Sparsity::Share(steps.share(kept)));
                }
            }
        }
        Ok(found)
    }

    /// The dearer level of a group that saves most per weight, and how much.
    fn steepest(&self, group: usize, level: usize) -> Option<(usize, f64)> {
        let levels = &self.table.layers()[group];
        let (loss, cost) = (levels[level].loss, levels[level].cost);
        let saving = |(to, own): (usize, &Level)| {
            (own.cost > cost && own.loss < loss).then(|| (to, (loss - own.loss) / (own.cost - cost)))
        };
        levels.iter().enumerate().filter_map(saving).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The sparsities of a choice.
    ///
    /// # Panics
    /// If the choice is of another table.
    pub fn chosen(&self, levels: &[usize]) -> Sparsities {
        let of_group = |(maps, level): (&Vec<String>, &usize)| {
            let sparsity = self.levels[*level];
            maps.iter().map(move |map| (map.clone(), sparsity)).collect::<Vec<_>>()
        };
        self.groups.iter().zip(levels).flat_map(of_group).collect()
    }
}
