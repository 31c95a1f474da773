//! The exact choice of tiles: at the cost of another plan, the counts that keep the most magnitude.

use secateur_neural::Network;
use secateur_neural::levels::{Level, LevelChoice, LevelTable};
use secateur_program::Control;

use super::prune::{plan_of, vectors_of};
use super::recalibrate::aligned;
use super::{Plan, SecondsTables, Tiles, Vectors};
use crate::MethodError;

/// What a count costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TileCost<'a> {
    /// Tiles, of all products: `parts * ceil(c / tile)`.
    Tiles,
    /// Measured seconds.
    Seconds(&'a SecondsTables),
}

/// What is best at the cost of another plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactTiles {
    /// What stays.
    pub plan: Plan,
    /// The choice of columns; what it loses is magnitude that goes.
    pub columns: LevelChoice,
    /// The choice of filters.
    pub filters: LevelChoice,
}

/// The counts of most kept magnitude that cost no more than those of a plan, columns and filters each by themselves.
/// Levels of a layer are its multiples of the tile from one tile on, the whole, and the plan's own count, so this keeps
/// at least what the plan keeps.
///
/// # Arguments
/// * `like`: what may be spent; of a layer the count of its longest product counts.
/// * `control`: limits; at a stop the best choices found, with their bounds.
///
/// # Errors
/// [`MethodError`]: a plan or seconds of another network, a tile of 0.
///
/// # Complexity
/// That of [`LevelTable::within`] on two tables with a level per tile.
pub fn exact_tiles(
    network: &Network,
    like: &Plan,
    tiles: Tiles,
    cost: TileCost<'_>,
    control: &Control,
) -> Result<ExactTiles, MethodError> {
    let layers = like.layers_of(network)?;
    let (columns, filters) = vectors_of(&layers);
    let longest = like.layers.iter().map(|layer| layer.counts().into_iter().max().unwrap_or(0)).collect::<Vec<_>>();
    let n_filters = like.layers.iter().map(super::LayerPlan::n_filters).collect::<Vec<_>>();
    let (of_columns, of_filters) = match cost {
        TileCost::Tiles => (None, None),
        TileCost::Seconds(tables) => (Some(tables.columns.as_slice()), Some(tables.filters.as_slice())),
    };
    let (column_counts, columns_choice) = most_kept(&columns, &longest, tiles.columns, of_columns, control)?;
    let (filter_counts, filters_choice) = most_kept(&filters, &n_filters, tiles.filters, of_filters, control)?;
    let plan = plan_of(&layers, (&columns, &column_counts), (&filters, &filter_counts));
    Ok(ExactTiles { plan, columns: columns_choice, filters: filters_choice })
}

/// The counts of most kept magnitude at the cost of other counts.
pub(super) fn most_kept(
    vectors: &[Vectors],
    counts: &[usize],
    tile: usize,
    seconds: Option<&[Vec<f64>]>,
    control: &Control,
) -> Result<(Vec<usize>, LevelChoice), MethodError> {
    let cost = |layer: usize, count: usize| -> Result<f64, MethodError> {
        let most = vectors[layer].most();
        match seconds {
            None => Ok((vectors[layer].n_parts() * count.div_ceil(tile)) as f64),
            Some(tables) => match tables.get(layer).filter(|own| own.len() == most + 1) {
                Some(own) => Ok(own[count]),
                None => {
                    let (what, found) =
                        (format!("layer {layer}: counts with seconds"), tables.get(layer).map_or(0, Vec::len));
                    Err(MethodError::Other { what, found, expected: most + 1 })
                }
            },
        }
    };
    let (mut levels, mut table, mut budget) = (Vec::new(), Vec::new(), 0.0);
    for (layer, (own, count)) in vectors.iter().zip(counts).enumerate() {
        let mut of_layer = aligned(own.most(), tile)?;
        of_layer.push(*count);
        of_layer.sort_unstable();
        of_layer.dedup();
        let kept = own.kept_magnitudes();
        let all = kept[own.most()];
        let level = |count: &usize| Ok(Level { loss: all - kept[*count], cost: cost(layer, *count)? });
        table.push(of_layer.iter().map(level).collect::<Result<Vec<_>, MethodError>>()?);
        budget += cost(layer, *count)?;
        levels.push(of_layer);
    }
    // Costs become integers rounded: what the counts themselves cost shall fit.
    let choice = LevelTable::new(table)?.within(budget * (1.0 + 1e-12), control)?;
    let chosen = levels.iter().zip(&choice.levels).map(|(own, level)| own[*level]).collect();
    Ok((chosen, choice))
}
