//! Counts as multiples of the tile: HSR, hardware-aware sparsity recalibration (DEPrune, section 3).

use crate::MethodError;

/// The counts that fill their tiles: multiples of `tile` from one tile on, and the whole.
///
/// # Errors
/// [`MethodError::Number`] for a tile of 0.
pub fn aligned(most: usize, tile: usize) -> Result<Vec<usize>, MethodError> {
    check_tile(tile)?;
    Ok((1..most.div_ceil(tile)).map(|tiles| tiles * tile).chain([most]).collect())
}

pub(super) fn check_tile(tile: usize) -> Result<(), MethodError> {
    match tile {
        0 => Err(MethodError::Number { what: "vectors of a tile".into(), value: 0.0, expected: "1 or more".into() }),
        _ => Ok(()),
    }
}

/// Moves counts to multiples of the tile. Per layer with `epsilon = c mod tile` vectors in a tile that is not full
///
/// ```text
/// alpha = T(c) - T(c - epsilon),    beta = alpha / epsilon
/// ```
///
/// and the half with the largest beta (rounded down, ties: the earlier layer) gives up those vectors, the other half
/// fills the tile. Counts that are multiples, none, or all of a layer stay; a layer that has less than a tile fills it.
/// No count moves by as much as a tile.
///
/// # Arguments
/// * `counts`: vectors that stay, per layer.
/// * `most`: vectors that there are, per layer.
/// * `seconds`: per layer the seconds at the counts 0, 1, ... all.
/// * `tile`: vectors of a tile.
///
/// # Errors
/// [`MethodError::Number`] for a tile of 0; [`MethodError::Other`] for lists of other lengths.
///
/// # Complexity
/// O(layers log layers).
pub fn recalibrate(
    counts: &[usize],
    most: &[usize],
    seconds: &[Vec<f64>],
    tile: usize,
) -> Result<Vec<usize>, MethodError> {
    check_tile(tile)?;
    let same = |what: String, expected: usize, found: usize| match expected == found {
        true => Ok(()),
        false => Err(MethodError::Other { what, found, expected }),
    };
    same("layers with vectors".into(), counts.len(), most.len())?;
    same("layers with seconds".into(), counts.len(), seconds.len())?;
    for (layer, (own, most)) in seconds.iter().zip(most).enumerate() {
        same(format!("layer {layer}: counts with seconds"), most + 1, own.len())?;
    }
    let beta = |layer: usize| {
        let (count, own) = (counts[layer], &seconds[layer]);
        let epsilon = count % tile;
        match count == epsilon {
            true => f64::NEG_INFINITY,
            false => (own[count] - own[count - epsilon]) / epsilon as f64,
        }
    };
    let open = |layer: &usize| !counts[*layer].is_multiple_of(tile) && counts[*layer] < most[*layer];
    let mut ranked: Vec<(usize, f64)> = (0..counts.len()).filter(open).map(|layer| (layer, beta(layer))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut moved = counts.to_vec();
    let half = ranked.len() / 2;
    for (rank, (layer, beta)) in ranked.into_iter().enumerate() {
        let down = counts[layer] / tile * tile;
        let gives_up = rank < half && beta > f64::NEG_INFINITY;
        moved[layer] = if gives_up { down } else { (down + tile).min(most[layer]) };
    }
    Ok(moved)
}
