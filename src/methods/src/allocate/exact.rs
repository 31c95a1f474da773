//! The exact choice: one level of every linear layer from a measured table.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use ndarray::{Array, Array2, Dimension};
use secateur_neural::Network;
use secateur_neural::levels::{Level, LevelChoice, LevelTable};
use secateur_neural::score::{Calibration, Inputs, Scorer};
use secateur_program::Control;

use super::steps::Steps;
use super::{Sparsities, n_weights, room};
use crate::MethodError;
use crate::damage::Damage;
use crate::error::check_fraction;
use crate::obs::Sparsity;
use crate::weights::{LinearPruner, Rule, output_error};

/// What a level loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelLoss {
    /// The squared change of the linear layer's outputs as a fraction of their square: no further pass over data.
    OutputError,
    /// By how much the loss of the whole network rises with only this linear layer (this block) pruned: a pass over
    /// calibration data per level.
    Rise,
    /// How far the predictions of the whole network are from those with only this linear layer (this block) pruned, as
    /// the divergence of Kullback and Leibler (the sensitivity of ZeroQ, Cai et al. 2020): a pass per level as well.
    /// Never below zero, and no label's chance is in it.
    Divergence,
}

/// Which levels are measured, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelOptions<'a> {
    /// Fractions that may go, or patterns.
    pub levels: &'a [Sparsity],
    /// How the weights that go are chosen.
    pub rule: Rule,
    /// What a level loses.
    pub loss: LevelLoss,
}

/// Levels of groups of linear layers: each group at one sparsity at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLevels {
    /// The linear layers of each group.
    pub groups: Vec<Vec<String>>,
    /// Level k of a group has sparsity k.
    pub levels: Vec<Sparsity>,
    /// Loss per group and level; the cost is the number of weights that stay, counted.
    pub table: LevelTable,
}

/// Measures levels.
///
/// # Arguments
/// * `groups`: linear layers that have the same sparsity: single linear layers, or those of a block.
/// * `calibration`: its batches are what rises and divergences are measured on. As many predictions as tell rises of
///   single linear layers apart: thousands of tokens; where a row is a single prediction, hundreds of rows (of fewer,
///   rises are noise, and what is chosen is the sum of its least values). Progress is reported as the stage
///   `measure levels`, in levels.
/// * `inputs`: of all linear layers, on calibration data ([`secateur_neural::score::calibrate`]); these may be more
///   batches.
///
/// # Errors
/// [`MethodError`].
///
/// # Complexity
/// Pruning every linear layer at every level, and but for [`LevelLoss::OutputError`] a forward pass from the group on
/// over the batches per group and level.
pub fn measure<B: Backend, S: Scorer>(
    calibration: &Calibration<'_, B>,
    groups: Vec<Vec<String>>,
    inputs: &BTreeMap<String, Inputs>,
    scorer: &S,
    options: &LevelOptions<'_>,
) -> Result<LinearLevels, MethodError> {
    let Calibration { network, control, .. } = *calibration;
    let LevelOptions { levels, rule, loss } = *options;
    for level in levels {
        check_fraction(|| "fraction of a level".into(), level.fraction())?;
    }
    let sizes = n_weights(network);
    let mut damage = Damage::of_level(calibration, loss)?;
    let n_levels = (groups.len() * levels.len()) as u64;
    let mut table = Vec::new();
    for linears in &groups {
        let mut measured = Vec::new();
        let mut own = Vec::with_capacity(linears.len());
        for linear in linears {
            let inputs = inputs.get(linear).filter(|_| sizes.contains_key(linear));
            let inputs = inputs.ok_or_else(|| MethodError::Linear { linear: linear.clone() })?;
            own.push(Prepared::new(network, linear, inputs, rule, scorer, loss)?);
        }
        for level in levels {
            control.report("measure levels", (table.len() * levels.len() + measured.len()) as u64, n_levels);
            control.check().map_err(secateur_neural::EvaluateError::from)?;
            let fewer = own.iter().map(|linear| linear.pruner.at(*level)).collect::<Result<Vec<_>, _>>()?;
            let cost = fewer.iter().map(left).sum::<usize>() as f64;
            let loss = match &mut damage {
                None => own.iter().zip(&fewer).map(|(linear, fewer)| linear.lost(fewer)).sum(),
                Some(_) if level.fraction() == 0.0 => 0.0,
                Some(damage) => {
                    let changes: Vec<_> = linears.iter().map(String::as_str).zip(&fewer).collect();
                    damage.of(&changes)?
                }
            };
            measured.push(Level { loss, cost });
        }
        table.push(measured);
    }
    control.report("measure levels", n_levels, n_levels);
    Ok(LinearLevels { groups, levels: levels.to_vec(), table: LevelTable::new(table)? })
}

/// A linear layer, and what all its levels need.
struct Prepared<'a, S> {
    pruner: LinearPruner<'a, S>,
    inputs: &'a Inputs,
    /// The square of its outputs, where errors are fractions of it.
    square: f64,
}

impl<'a, S: Scorer> Prepared<'a, S> {
    fn new(
        network: &Network,
        linear: &'a str,
        inputs: &'a Inputs,
        rule: Rule,
        scorer: &'a S,
        loss: LevelLoss,
    ) -> Result<Self, MethodError> {
        let pruner = LinearPruner::new(network, linear, inputs, rule, scorer)?;
        let square = match loss {
            LevelLoss::OutputError => {
                let nothing = Array2::zeros(pruner.weight().dim());
                output_error(pruner.weight(), nothing.view(), inputs)
            }
            LevelLoss::Rise | LevelLoss::Divergence => 0.0,
        };
        Ok(Self { pruner, inputs, square })
    }

    /// The change of the outputs as a fraction of them.
    fn lost(&self, fewer: &Array2<f32>) -> f64 {
        output_error(self.pruner.weight(), fewer.view(), self.inputs) / self.square.max(f64::MIN_POSITIVE)
    }
}

/// The choice of least loss with at most a fraction of `1 - sparsity` of the weights left.
///
/// # Errors
/// [`MethodError`]: levels that are all too large for the budget.
pub fn exact(
    levels: &LinearLevels,
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

impl LinearLevels {
    /// The best few choices with at most a fraction of `1 - sparsity` of the weights left, the best first.
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
        let of_linear = |linear: &String| pruned.weights().get(&format!("{linear}.weight")).map_or(0, left);
        self.groups.iter().map(|linears| linears.iter().map(of_linear).sum::<usize>() as f64).collect()
    }

    /// This fraction of the weights of all groups, whole ones.
    fn budget(&self, network: &Network, sparsity: f64) -> Result<f64, MethodError> {
        check_fraction(|| "sparsity".into(), sparsity)?;
        let sizes = n_weights(network);
        let all: usize = self.groups.iter().flatten().map(|linear| sizes.get(linear).copied().unwrap_or(0)).sum();
        Ok(room(all, sparsity) as f64)
    }

    /// The choice that [`LevelTable::greedy`] makes with at most a fraction of `1 - sparsity` of the weights left: what
    /// [`exact`] is measured against.
    ///
    /// # Errors
    /// As [`exact`].
    pub fn greedy(&self, network: &Network, sparsity: f64) -> Result<(Sparsities, LevelChoice), MethodError> {
        let choice = self.table.greedy(self.budget(network, sparsity)?)?;
        Ok((self.chosen(&choice.levels), choice))
    }

    /// The sparsities of a choice, with what it leaves of the budget spent: levels are few, and the next one seldom
    /// fits. The group that saves most loss per weight on the way to a dearer level keeps as many more weights as fit,
    /// then the next group. No more stays where no dearer level loses less.
    ///
    /// Patterns stay as they are.
    ///
    /// # Arguments
    /// * `sparsity`: the fraction of the weights of all groups that is to go, within which the choice was made.
    /// * `rule`: what the levels were measured by.
    ///
    /// # Errors
    /// [`MethodError::Number`] for no fraction.
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
            let (Sparsity::Fraction(from), Sparsity::Fraction(to)) =
                (self.levels[choice.levels[group]], self.levels[to])
            else {
                continue;
            };
            for linear in &self.groups[group] {
                let steps = Steps::of(network, linear, rule);
                let now = steps.kept(from);
                let kept = steps.at_most((now + left).min(steps.kept(to)));
                if kept > now {
                    left -= kept - now;
                    found.insert(linear.clone(), Sparsity::Fraction(steps.fraction(kept)));
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
        let of_group = |(linears, level): (&Vec<String>, &usize)| {
            let sparsity = self.levels[*level];
            linears.iter().map(move |linear| (linear.clone(), sparsity)).collect::<Vec<_>>()
        };
        self.groups.iter().zip(levels).flat_map(of_group).collect()
    }
}
