//! The exact choice: one level of every map from a measured table.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use secateur_program::Control;

use super::{Shares, n_weights};
use crate::neural::batch::Batch;
use crate::neural::levels::{Level, LevelChoice, LevelTable};
use crate::neural::methods::MethodError;
use crate::neural::methods::error::check_share;
use crate::neural::methods::obs::Sparsity;
use crate::neural::methods::slimgpt::{matrix, with_weight};
use crate::neural::methods::weights::{Rule, output_error, prune_map};
use crate::neural::score::{Inputs, Scorer};
use crate::neural::{Network, evaluate};

/// What a level loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelLoss {
    /// The squared change of the map's outputs as a share of their square: no further pass over data.
    OutputError,
    /// By how much the loss of the whole network rises with only this map (this block) pruned: a pass over calibration data per level.
    Rise,
}

/// Levels of groups of maps: each group at one share at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct MapLevels {
    /// The maps of each group.
    pub groups: Vec<Vec<String>>,
    /// Shares that go, in ascending order; level k of a group has share k.
    pub shares: Vec<f64>,
    /// Loss per group and level; the cost is the nominal number of weights that stay.
    pub table: LevelTable,
}

/// Measures levels.
///
/// # Arguments
/// * `groups`: maps that have the same share: single maps, or those of a block.
/// * `shares`: that may go.
/// * `inputs`: of all maps, on calibration data ([`crate::neural::score::calibrate`]).
/// * `batches`: what rises are measured on.
/// * `control`: limits; progress as the stage `measure levels`, in levels.
///
/// # Errors
/// [`MethodError`].
///
/// # Complexity
/// Pruning every map at every level, and for [`LevelLoss::Rise`] a forward pass over the batches per group and level.
#[allow(clippy::too_many_arguments, reason = "each is one thing that is measured on")]
pub fn measure<B: Backend, S: Scorer>(
    network: &Network,
    groups: Vec<Vec<String>>,
    shares: &[f64],
    rule: Rule,
    loss: LevelLoss,
    inputs: &BTreeMap<String, Inputs>,
    batches: &[Batch],
    scorer: &S,
    device: &B::Device,
    control: &Control,
) -> Result<MapLevels, MethodError> {
    for share in shares {
        check_share(|| "share of a level".into(), *share)?;
    }
    let sizes = n_weights(network);
    let quality = |network: &Network| -> Result<f64, MethodError> {
        Ok(evaluate(network, &network.params::<B>(device), batches, control)?.loss)
    };
    let whole = if loss == LevelLoss::Rise { quality(network)? } else { 0.0 };
    let n_levels = (groups.len() * shares.len()) as u64;
    let mut table = Vec::new();
    for maps in &groups {
        let mut levels = Vec::new();
        for share in shares {
            control.report("measure levels", (table.len() * shares.len() + levels.len()) as u64, n_levels);
            control.check().map_err(crate::neural::EvaluateError::from)?;
            let mut pruned = network.clone();
            let (mut lost, mut stays) = (0.0, 0.0);
            for map in maps {
                let unknown = || MethodError::Map { map: map.clone() };
                let own = inputs.get(map).ok_or_else(unknown)?;
                let size = *sizes.get(map).ok_or_else(unknown)?;
                let weight = matrix(network, map)?;
                let fewer = prune_map(network, map, own, rule, Sparsity::Share(*share), scorer)?;
                stays += left(size, *share);
                if loss == LevelLoss::OutputError {
                    let square = output_error(weight.view(), ndarray::Array2::zeros(weight.dim()).view(), own);
                    lost += output_error(weight.view(), fewer.view(), own) / square.max(f64::MIN_POSITIVE);
                }
                pruned = with_weight(pruned, map, &fewer)?;
            }
            if loss == LevelLoss::Rise {
                lost = quality(&pruned)? - whole;
            }
            levels.push(Level { loss: lost, cost: stays });
        }
        table.push(levels);
    }
    control.report("measure levels", n_levels, n_levels);
    Ok(MapLevels { groups, shares: shares.to_vec(), table: LevelTable::new(table)? })
}

/// The choice of least loss with at most as many weights left as [`super::uniform`] leaves.
///
/// # Errors
/// [`MethodError`]: levels that are all too large for the budget.
pub fn exact(
    levels: &MapLevels,
    network: &Network,
    sparsity: f64,
    control: &Control,
) -> Result<(Shares, LevelChoice), MethodError> {
    check_share(|| "sparsity".into(), sparsity)?;
    let sizes = n_weights(network);
    let of_map = |map: &String| left(sizes.get(map).copied().unwrap_or(0), sparsity);
    let budget = levels.groups.iter().flatten().map(of_map).sum();
    let choice = levels.table.within(budget, control)?;
    Ok((levels.chosen(&choice.levels), choice))
}

/// Weights that stay, whole ones: the nominal number. (Rows and blocks of columns round each for itself.)
fn left(size: usize, share: f64) -> f64 {
    (size as f64 * (1.0 - share)).round()
}

impl MapLevels {
    /// The shares of a choice.
    ///
    /// # Panics
    /// If the choice is of another table.
    pub fn chosen(&self, levels: &[usize]) -> Shares {
        let of_group = |(maps, level): (&Vec<String>, &usize)| {
            let share = self.shares[*level];
            maps.iter().map(move |map| (map.clone(), share)).collect::<Vec<_>>()
        };
        self.groups.iter().zip(levels).flat_map(of_group).collect()
    }
}
