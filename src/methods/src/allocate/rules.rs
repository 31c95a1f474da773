//! Published rules.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_neural::Network;
use secateur_neural::score::{Inputs, ScoreError, Scorer};
use secateur_neural::units::{Block, blocks};
use secateur_program::Control;

use super::{Fractions, n_weights};
use crate::als as adaptive;
use crate::dsa::{Expression, FractionOptions, ImportanceOptions, Importances, Joined, importances, kept_fractions};
use crate::error::{MethodError, check_fraction};
use crate::ratios::{outliers, spread};
use crate::weights::{Rule, scores};

/// The same fraction of every linear layer.
///
/// # Errors
/// [`MethodError::Number`] for no fraction.
pub fn uniform(network: &Network, sparsity: f64) -> Result<Fractions, MethodError> {
    check_fraction(|| "sparsity".into(), sparsity)?;
    Ok(n_weights(network).into_keys().map(|linear| (linear, sparsity)).collect())
}

/// Outlier-weighed layers: a block keeps the more the larger the fraction of its scores above `times` their mean,
/// within `lambda` of the mean fraction on either side. The scores are Wanda's, whatever rule prunes by these
/// fractions, and the mean of fractions is over blocks, not weights: both as in the authors' programs.
///
/// # Arguments
/// * `inputs`: of every linear layer of the whole network, on calibration data ([`secateur_neural::score::calibrate`]).
/// * `times`: 5 in the paper. `lambda`: 0.08.
///
/// # Errors
/// [`MethodError::Linear`] for a linear layer without inputs; [`MethodError::Number`].
pub fn owl<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    sparsity: f64,
    times: f64,
    lambda: f64,
    scorer: &S,
) -> Result<Fractions, MethodError> {
    check_fraction(|| "sparsity".into(), sparsity)?;
    let scores = scores(network, inputs, Rule::Wanda, scorer)?;
    let mut of_blocks = Vec::new();
    for block in blocks(network) {
        let mut all = Vec::new();
        for linear in &block.linears {
            all.extend(
                scores.get(linear).ok_or_else(|| MethodError::Linear { linear: linear.clone() })?.iter().copied(),
            );
        }
        let n = all.len();
        let all = Array2::from_shape_vec((1, n), all).expect("one row of all");
        of_blocks.push(outliers(all.view(), times));
    }
    Ok(of_blocks_to_linears(network, &spread(&of_blocks, sparsity, lambda)))
}

/// DSA's released rule (NeurIPS 2024): a block keeps the more the less its scores are spread, on a scale of logarithms,
/// within `lambda` of the mean fraction on either side. The scores are Wanda's, whatever rule prunes by these
/// fractions, as in the released programs. The importances say which blocks gave no number
/// ([`Importances::not_numbers`]).
///
/// # Arguments
/// * `inputs`: of every linear layer of the whole network, on calibration data ([`secateur_neural::score::calibrate`]).
///   `lambda`: 0.08.
///
/// # Errors
/// [`MethodError::Linear`] for a linear layer without inputs; [`MethodError::Fraction`] where all blocks are alike; a
/// stop.
pub fn dsa<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Inputs>,
    sparsity: f64,
    lambda: f64,
    scorer: &S,
    control: &Control,
) -> Result<(Fractions, Importances), MethodError> {
    let scores = scores(network, inputs, Rule::Wanda, scorer)?;
    let spread = FractionOptions { sparsity, lamda: lambda, ..FractionOptions::default() };
    dsa_by(&Expression::released(), Joined::Entries, network, &scores, spread, control)
}

/// [`dsa()`] with another expression, as a search finds them ([`crate::dsa::evolve`]).
///
/// # Arguments
/// * `scores`: of every linear layer, Wanda's.
/// * `joined`: what the expression is evaluated on; those that ask for matrices have no value on entries.
///
/// # Errors
/// [`MethodError::Linear`] for a linear layer without scores; else as [`dsa()`].
pub fn dsa_by(
    expression: &Expression,
    joined: Joined,
    network: &Network,
    scores: &BTreeMap<String, Array2<f32>>,
    spread: FractionOptions,
    control: &Control,
) -> Result<(Fractions, Importances), MethodError> {
    let of = |linear: &String| {
        scores.get(linear).map(|own| own.view()).ok_or_else(|| MethodError::Linear { linear: linear.clone() })
    };
    let of_block = |block: Block| block.linears.iter().map(of).collect::<Result<Vec<_>, _>>();
    let views: Vec<_> = blocks(network).into_iter().map(of_block).collect::<Result<_, _>>()?;
    let options = ImportanceOptions { joined, ..ImportanceOptions::default() };
    let found = importances(expression, &views, options, control)?;
    let kept = kept_fractions(&found.values, spread)?;
    Ok((of_blocks_to_linears(network, &kept), found))
}

/// What goes of a block that is to keep all or more than all, as in the programs of OWL and DSA.
const LEAST_GONE: f64 = 0.01;

/// Every linear layer of a block the block's kept fraction.
fn of_blocks_to_linears(network: &Network, kept: &[f64]) -> Fractions {
    let of_block = |(block, kept): (Block, &f64)| {
        let gone = if *kept >= 1.0 { LEAST_GONE } else { (1.0 - kept).min(1.0) };
        block.linears.into_iter().map(move |linear| (linear, gone)).collect::<Vec<_>>()
    };
    blocks(network).into_iter().zip(kept).flat_map(of_block).collect()
}

/// Adaptive layer sparsity in two stages: kept fractions of blocks, by the redundancy of their inputs and their sizes;
/// then of the linear layers of each block within its fraction.
///
/// # Arguments
/// * `inputs`: of every linear layer, the same rows in all ([`secateur_neural::score::inputs_of`]). A block's input is
///   that of its first linear layer.
/// * `bounds`: least and largest kept fraction of a block or linear layer; a block is at a bound, but one, and so are
///   its linear layers. Bounds that its block has reached hold for a linear layer, too.
///
/// # Errors
/// [`MethodError`]: linear layers without inputs, fractions that no bounds allow.
pub fn als<S: Scorer>(
    network: &Network,
    inputs: &BTreeMap<String, Array2<f32>>,
    sparsity: f64,
    bounds: (f64, f64),
    scorer: &S,
) -> Result<Fractions, MethodError> {
    check_fraction(|| "sparsity".into(), sparsity)?;
    let sizes = n_weights(network);
    let blocks = blocks(network);
    let of = |linear: &String| inputs.get(linear).ok_or_else(|| MethodError::Linear { linear: linear.clone() });
    let first: Vec<&Array2<f32>> =
        blocks.iter().filter_map(|block| block.linears.first()).map(of).collect::<Result<_, _>>()?;
    let full: Vec<&Block> = blocks.iter().filter(|block| !block.linears.is_empty()).collect();
    let size = |block: &Block| block.linears.iter().map(|linear| sizes[linear] as f64).sum::<f64>();
    let of_blocks =
        stage(&first, &full.iter().map(|block| size(block)).collect::<Vec<_>>(), 1.0 - sparsity, bounds, scorer)?;
    let mut fractions = Fractions::new();
    for (block, kept) in full.iter().zip(of_blocks) {
        let own: Vec<&Array2<f32>> = block.linears.iter().map(of).collect::<Result<_, _>>()?;
        let own_sizes: Vec<f64> = block.linears.iter().map(|linear| sizes[linear] as f64).collect();
        let bounds = (bounds.0.min(kept), bounds.1.max(kept));
        let of_linears = stage(&own, &own_sizes, kept, bounds, scorer)?;
        fractions.extend(block.linears.iter().zip(of_linears).map(|(linear, kept)| (linear.clone(), 1.0 - kept)));
    }
    Ok(fractions)
}

/// Kept fractions of things with inputs and sizes.
fn stage<S: Scorer>(
    inputs: &[&Array2<f32>],
    sizes: &[f64],
    fraction: f64,
    bounds: (f64, f64),
    scorer: &S,
) -> Result<Vec<f64>, MethodError> {
    let views: Vec<_> = inputs.iter().map(|x| x.view()).collect();
    let psi = adaptive::redundancy(&views, scorer).map_err(|error: ScoreError| MethodError::Score(error))?;
    let coefficients = adaptive::coefficients(&adaptive::independence(psi.view()));
    adaptive::fractions(&coefficients, sizes, fraction, bounds).map_err(|error| MethodError::Number {
        what: "kept fraction".into(),
        value: error.fraction,
        expected: format!("{} to {}", error.least, error.most),
    })
}

/// One threshold on the scores of all linear layers: per linear layer the fraction that lies below it.
///
/// # Errors
/// [`MethodError::Linear`] for a linear layer without scores; [`MethodError::Number`].
///
/// # Complexity
/// O(weights).
pub fn global(
    network: &Network,
    scores: &BTreeMap<String, Array2<f32>>,
    sparsity: f64,
) -> Result<Fractions, MethodError> {
    check_fraction(|| "sparsity".into(), sparsity)?;
    let linears: Vec<String> = n_weights(network).into_keys().collect();
    let mut all: Vec<(f32, u32)> = Vec::new();
    for (index, linear) in linears.iter().enumerate() {
        let own = scores.get(linear).ok_or_else(|| MethodError::Linear { linear: linear.clone() })?;
        all.extend(own.iter().map(|score| (*score, index as u32)));
    }
    let gone = (all.len() as f64 * sparsity) as usize;
    if gone > 0 {
        all.select_nth_unstable_by(gone - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }
    let mut counts = vec![0usize; linears.len()];
    all[..gone].iter().for_each(|(_, linear)| counts[*linear as usize] += 1);
    let fraction = |(linear, count): (String, usize)| {
        let n = scores[&linear].len().max(1) as f64;
        (linear, count as f64 / n)
    };
    Ok(linears.into_iter().zip(counts).map(fraction).collect())
}
