//! Published rules.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_program::Control;

use super::{Shares, n_weights};
use crate::Network;
use crate::methods::als as linear;
use crate::methods::dsa::{Expression, ImportanceOptions, Importances, Joined, ShareOptions, importances, kept_shares};
use crate::methods::error::{MethodError, check_share};
use crate::methods::ratios::{outliers, spread};
use crate::methods::weights::{Rule, scores};
use crate::score::{Inputs, ScoreError, Scorer};
use crate::units::{Block, blocks};

/// The same share of every map.
///
/// # Errors
/// [`MethodError::Number`] for no share.
pub fn uniform(network: &Network, sparsity: f64) -> Result<Shares, MethodError> {
    check_share(|| "sparsity".into(), sparsity)?;
    Ok(n_weights(network).into_keys().map(|map| (map, sparsity)).collect())
}

/// Outlier-weighed layers: a block keeps the more the larger the share of its scores above `times` their mean, within `lambda` of the mean share on either side.
/// The scores are Wanda's, whatever rule prunes by these shares, and the mean of shares is over blocks, not weights: both as in the authors' programs.
///
/// # Arguments
/// * `inputs`: of every map of the whole network, on calibration data ([`crate::score::calibrate`]).
/// * `times`: 5 in the paper. `lambda`: 0.08.
///
/// # Errors
/// [`MethodError::Map`] for a map without inputs; [`MethodError::Number`].
pub fn owl<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    sparsity: f64,
    times: f64,
    lambda: f64,
    scorer: &S,
) -> Result<Shares, MethodError> {
    check_share(|| "sparsity".into(), sparsity)?;
    let scores = scores(network, inputs, Rule::Wanda, scorer)?;
    let mut of_blocks = Vec::new();
    for block in blocks(network) {
        let mut all = Vec::new();
        for map in &block.maps {
            all.extend(scores.get(map).ok_or_else(|| MethodError::Map { map: map.clone() })?.iter().copied());
        }
        let n = all.len();
        let all = Array2::from_shape_vec((1, n), all).expect("one row of all");
        of_blocks.push(outliers(all.view(), times));
    }
    Ok(of_blocks_to_maps(network, &spread(&of_blocks, sparsity, lambda)))
}

/// DSA's released rule (NeurIPS 2024): a block keeps the more the less its scores are spread, on a scale of logarithms, within `lambda` of the mean share on either side. The
/// scores are Wanda's, whatever rule prunes by these shares, as in the released programs. The importances say which blocks gave no number
/// ([`Importances::not_numbers`]).
///
/// # Arguments
/// * `inputs`: of every map of the whole network, on calibration data ([`crate::score::calibrate`]). `lambda`: 0.08.
///
/// # Errors
/// [`MethodError::Map`] for a map without inputs; [`MethodError::Share`] where all blocks are alike; a stop.
pub fn dsa<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    sparsity: f64,
    lambda: f64,
    scorer: &S,
    control: &Control,
) -> Result<(Shares, Importances), MethodError> {
    let scores = scores(network, inputs, Rule::Wanda, scorer)?;
    dsa_by(&Expression::released(), Joined::Entries, network, &scores, sparsity, lambda, control)
}

/// [`dsa()`] with another expression, as a search finds them ([`crate::methods::dsa::evolve`]).
///
/// # Arguments
/// * `scores`: of every map, Wanda's.
/// * `joined`: what the expression is evaluated on; those that ask for matrices have no value on entries.
///
/// # Errors
/// [`MethodError::Map`] for a map without scores; else as [`dsa()`].
pub fn dsa_by(
    expression: &Expression,
    joined: Joined,
    network: &Network,
    scores: &BTreeMap<String, Array2<f32>>,
    sparsity: f64,
    lambda: f64,
    control: &Control,
) -> Result<(Shares, Importances), MethodError> {
    let of = |map: &String| scores.get(map).map(|own| own.view()).ok_or_else(|| MethodError::Map { map: map.clone() });
    let of_block = |block: Block| block.maps.iter().map(of).collect::<Result<Vec<_>, _>>();
    let views: Vec<_> = blocks(network).into_iter().map(of_block).collect::<Result<_, _>>()?;
    let options = ImportanceOptions { joined, ..ImportanceOptions::default() };
    let found = importances(expression, &views, options, control)?;
    let kept = kept_shares(&found.values, ShareOptions { sparsity, lamda: lambda, ..ShareOptions::default() })?;
    Ok((of_blocks_to_maps(network, &kept), found))
}

/// What goes of a block that is to keep all or more than all, as in the programs of OWL and DSA.
const LEAST_GONE: f64 = 0.01;

/// Every map of a block the block's kept share.
fn of_blocks_to_maps(network: &Network, kept: &[f64]) -> Shares {
    let of_block = |(block, kept): (Block, &f64)| {
        let gone = if *kept >= 1.0 { LEAST_GONE } else { (1.0 - kept).min(1.0) };
        block.maps.into_iter().map(move |map| (map, gone)).collect::<Vec<_>>()
    };
    blocks(network).into_iter().zip(kept).flat_map(of_block).collect()
}

/// Adaptive layer sparsity in two stages: kept shares of blocks, by the redundancy of their inputs and their sizes; then of the maps of each block within its share.
///
/// # Arguments
/// * `inputs`: of every map, the same rows in all ([`crate::score::inputs_of`]). A block's input is that of its first map.
/// * `bounds`: least and largest kept share of a block or map; a block is at a bound, but one, and so are its maps. Bounds that its block has reached hold for
///   a map, too.
///
/// # Errors
/// [`MethodError`]: maps without inputs, shares that no bounds allow.
pub fn als<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Array2<f32>>,
    sparsity: f64,
    bounds: (f64, f64),
    scorer: &S,
) -> Result<Shares, MethodError> {
    check_share(|| "sparsity".into(), sparsity)?;
    let sizes = n_weights(network);
    let blocks = blocks(network);
    let of = |map: &String| inputs.get(map).ok_or_else(|| MethodError::Map { map: map.clone() });
    let first: Vec<&Array2<f32>> =
        blocks.iter().filter_map(|block| block.maps.first()).map(of).collect::<Result<_, _>>()?;
    let full: Vec<&Block> = blocks.iter().filter(|block| !block.maps.is_empty()).collect();
    let size = |block: &Block| block.maps.iter().map(|map| sizes[map] as f64).sum::<f64>();
    let of_blocks =
        stage(&first, &full.iter().map(|block| size(block)).collect::<Vec<_>>(), 1.0 - sparsity, bounds, scorer)?;
    let mut shares = Shares::new();
    for (block, kept) in full.iter().zip(of_blocks) {
        let own: Vec<&Array2<f32>> = block.maps.iter().map(of).collect::<Result<_, _>>()?;
        let own_sizes: Vec<f64> = block.maps.iter().map(|map| sizes[map] as f64).collect();
        let bounds = (bounds.0.min(kept), bounds.1.max(kept));
        let of_maps = stage(&own, &own_sizes, kept, bounds, scorer)?;
        shares.extend(block.maps.iter().zip(of_maps).map(|(map, kept)| (map.clone(), 1.0 - kept)));
    }
    Ok(shares)
}

/// Kept shares of things with inputs and sizes.
fn stage<S: Scorer>(
    inputs: &[&Array2<f32>],
    sizes: &[f64],
    share: f64,
    bounds: (f64, f64),
    scorer: &S,
) -> Result<Vec<f64>, MethodError> {
    let views: Vec<_> = inputs.iter().map(|x| x.view()).collect();
    let psi = linear::redundancy(&views, scorer).map_err(|error: ScoreError| MethodError::Score(error))?;
    let coefficients = linear::coefficients(&linear::independence(psi.view()));
    linear::shares(&coefficients, sizes, share, bounds).map_err(|error| MethodError::Number {
        what: "kept share".into(),
        value: error.share,
        expected: format!("{} to {}", error.least, error.most),
    })
}

/// One threshold on the scores of all maps: per map the share that lies below it.
///
/// # Errors
/// [`MethodError::Map`] for a map without scores; [`MethodError::Number`].
///
/// # Complexity
/// O(weights).
pub fn global(network: &Network, scores: &BTreeMap<String, Array2<f32>>, sparsity: f64) -> Result<Shares, MethodError> {
    check_share(|| "sparsity".into(), sparsity)?;
    let maps: Vec<String> = n_weights(network).into_keys().collect();
    let mut all: Vec<(f32, u32)> = Vec::new();
    for (index, map) in maps.iter().enumerate() {
        let own = scores.get(map).ok_or_else(|| MethodError::Map { map: map.clone() })?;
        all.extend(own.iter().map(|score| (*score, index as u32)));
    }
    let gone = (all.len() as f64 * sparsity) as usize;
    if gone > 0 {
        all.select_nth_unstable_by(gone - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    let mut counts = vec![0usize; maps.len()];
    all[..gone].iter().for_each(|(_, map)| counts[*map as usize] += 1);
    let share = |(map, count): (String, usize)| {
        let n = scores[&map].len().max(1) as f64;
        (map, count as f64 / n)
    };
    Ok(maps.into_iter().zip(counts).map(share).collect())
}
