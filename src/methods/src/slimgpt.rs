//! SlimGPT (NeurIPS 2024): heads and inner channels go layer after layer, by second order, and what stays makes up for
//! them.
//!
//! A unit is a set of input columns of the linear layer that reads it (the output projection of attention, the second
//! linear layer of a feed-forward layer). Layer after layer, with the inputs that the network pruned so far gives:
//!
//! 1. `H = (2 / n) X X^T` of the linear layer's inputs, damped, inverted;
//! 2. heads go one at a time (with the key/value head that they share: [`Sharing`]), channels some at a time
//!    ([`block_sizes`]), by score;
//! 3. the columns left make up for each removal, and the rows that wrote what is gone go as well.
//!
//! How much of each layer goes is given: [`incremental_ratios`] is the paper's schedule; [`super::structured`] has
//! others, and the exact choice.

use burn::tensor::backend::Backend;
use ndarray::Array2;
use secateur_neural::score::{Calibration, Inputs, Scorer, calibrate_at};
use secateur_neural::units::{Group, Kept, UnitKind, Units};
use secateur_neural::walk::{Walk, block_of};
use secateur_neural::{EvaluateError, Network};
use secateur_program::Control;

use super::error::{MethodError, check_fraction};
use super::obs::{Columns, GroupScore, InverseHessian, Sweep, best_set};
use super::pieces::{Pieces, Sharing};

/// Which heads go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadChoice {
    /// One after the other by the least score.
    Greedy(GroupScore),
    /// The set that makes the least error, by branch and bound.
    Best,
}

/// How SlimGPT prunes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlimOptions {
    /// Fraction of the mean of the diagonal that is added to it.
    pub damping: f64,
    /// Which heads go.
    pub heads: HeadChoice,
    /// Which query heads go together.
    pub sharing: Sharing,
}

impl Default for SlimOptions {
    /// As the authors have it; where query heads share key/value heads, which the authors do not treat, whole groups
    /// go.
    fn default() -> Self {
        Self { damping: 0.01, heads: HeadChoice::Greedy(GroupScore::Shortcut), sharing: Sharing::default() }
    }
}

/// A network from which units are gone and made up for.
#[derive(Debug, Clone)]
pub struct Slimmed {
    /// Of the shape of the original; [`Units::prune`] makes it smaller.
    pub network: Network,
    /// What stays.
    pub kept: Kept,
    /// Per group the error of the linear layer that reads it, `tr((W - V) H (W - V)^T)`; 0 where nothing went.
    pub errors: Vec<f64>,
}

/// The schedule of the paper: `r_i = r_0 + (r_last - r_0) ln(i + 1) / ln n` for layers i = 0 .. n - 1. One layer:
/// `r_0`.
pub fn incremental_ratios(first: f64, last: f64, n_layers: usize) -> Vec<f64> {
    let whole = (n_layers as f64).ln();
    let of = |layer: usize| if layer == 0 { first } else { first + (last - first) * ((layer + 1) as f64).ln() / whole };
    (0..n_layers).map(of).collect()
}

/// Channels that go at once: blocks `b_1 = (target - 512) / 2`, `b_{i+1} = (b_i - 512) / 2` rounded down, each brought
/// between 64 and 1024. The last one may be more than are to go.
pub fn block_sizes(target: usize) -> impl Iterator<Item = usize> {
    let next = |size: &i64| Some((size - 512).div_euclid(2).max(-512));
    std::iter::successors(Some((target as i64 - 512).div_euclid(2)), next).map(|size| size.clamp(64, 1024) as usize)
}

/// Layers of a network, and the fraction of each for its heads and channels: per group, `None` for groups that belong
/// to no layer.
///
/// # Errors
/// [`MethodError::Number`] for another number of fractions than there are layers.
pub fn by_layer(units: &Units, fractions: &[f64]) -> Result<Vec<Option<f64>>, MethodError> {
    let (layers, n_layers) = layers_of(units);
    if n_layers != fractions.len() {
        let (what, value) = ("number of fractions".into(), fractions.len() as f64);
        return Err(MethodError::Number { what, value, expected: format!("{n_layers} layers") });
    }
    Ok(layers.into_iter().map(|layer| layer.map(|layer| fractions[layer])).collect())
}

/// The layer of every group of heads and channels, and how many layers there are.
pub(super) fn layers_of(units: &Units) -> (Vec<Option<usize>>, usize) {
    let mut layers: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for group in units.groups() {
        if !slims(group) {
            found.push(None);
            continue;
        }
        let layer = group.name.rsplit_once('.').map_or(group.name.as_str(), |(layer, _)| layer);
        if layers.last() != Some(&layer) {
            layers.push(layer);
        }
        found.push(Some(layers.len() - 1));
    }
    (found, layers.len())
}

/// Whether units of a group are columns of a linear layer.
pub(super) fn slims(group: &Group) -> bool {
    matches!(group.kind, UnitKind::Heads | UnitKind::Channels) && !group.seen_by.is_empty()
}

/// The columns of each unit of a group in the linear layer that reads it.
pub(super) fn columns_of(group: &Group) -> Vec<Vec<usize>> {
    let weight = format!("{}.weight", group.seen_by);
    let width = group.owns.iter().find(|slice| slice.weight == weight).map_or(1, |slice| slice.width);
    (0..group.n_units).map(|unit| (unit * width..(unit + 1) * width).collect()).collect()
}

/// Prunes a network.
///
/// # Arguments
/// * `gone`: per group the fraction of its pieces that goes ([`SlimOptions::sharing`] says what goes in one piece),
///   ties to even; `None`: all stay.
/// * `scorer`: sums second moments.
///
/// Progress is reported as the stage `slimgpt`, in groups.
///
/// # Errors
/// [`MethodError`]; a limit is [`MethodError::Evaluate`].
///
/// # Complexity
/// A forward pass per group, and per group the cost of [`Columns::sweep`].
pub fn slim_gpt<B: Backend, S: Scorer>(
    calibration: &Calibration<'_, B>,
    gone: &[Option<f64>],
    scorer: &S,
    options: &SlimOptions,
) -> Result<Slimmed, MethodError> {
    let units = Units::of(calibration.network);
    let groups = units.groups();
    if gone.len() != groups.len() {
        let (what, value) = ("number of fractions".into(), gone.len() as f64);
        return Err(MethodError::Number { what, value, expected: format!("{} groups", groups.len()) });
    }
    for (group, fraction) in groups.iter().zip(gone) {
        fraction
            .map_or(Ok(()), |fraction| check_fraction(|| format!("{}: fraction that goes", group.name), fraction))?;
    }
    let fraction = |index: usize| gone[index].unwrap_or(0.0);
    let pieces = |index: usize| Pieces::of(&units, index, options.sharing);
    let wanted = |index: usize| pieces(index).quota(fraction(index)).iter().any(|count| *count > 0);
    let take = |columns: &mut Columns, index: usize| {
        remove(columns, &groups[index], &pieces(index), fraction(index), options, calibration.control)
    };
    group_by_group(calibration, &units, &wanted, &take, scorer, options.damping)
}

/// Removes units of a group and says which.
type Take<'a> = dyn Fn(&mut Columns, usize) -> Result<Vec<usize>, MethodError> + 'a;

/// Takes units out of one group after the other, each with the inputs that the network pruned so far gives.
///
/// `wanted`: whether any unit of a group goes; `take`: removes them, and says which.
fn group_by_group<B: Backend, S: Scorer>(
    calibration: &Calibration<'_, B>,
    units: &Units,
    wanted: &dyn Fn(usize) -> bool,
    take: &Take<'_>,
    scorer: &S,
    damping: f64,
) -> Result<Slimmed, MethodError> {
    let Calibration { network, batches, control, .. } = *calibration;
    let groups = units.groups();
    let mut slimmed = Slimmed { network: network.clone(), kept: units.all_kept(), errors: vec![0.0; groups.len()] };
    let mut params = calibration.params();
    let mut walk = Walk::begin(network, &params, batches, control)?;
    for (index, group) in groups.iter().enumerate() {
        control.report("slimgpt", index as u64, groups.len() as u64);
        if !slims(group) || !wanted(index) {
            continue;
        }
        walk.go_to(&params, block_of(network, &group.seen_by), control)?;
        let found = calibrate_at(&walk, &params, |linear| linear == group.seen_by, scorer, control)?;
        // A layer that is left out altogether sees nothing.
        let Some(inputs) = found.get(&group.seen_by) else { continue };
        let mut columns = columns(&slimmed.network, group, inputs, damping)?;
        take(&mut columns, index)?.into_iter().for_each(|unit| slimmed.kept.set(index, unit, false));
        slimmed.errors[index] = columns.error();
        slimmed.network = with_weight(slimmed.network, &group.seen_by, &columns.weight())?;
        slimmed.kept = units.without_idle(slimmed.kept);
        slimmed.network = units.mask(&slimmed.network, &slimmed.kept)?;
        params = slimmed.network.params(&calibration.device);
    }
    control.report("slimgpt", groups.len() as u64, groups.len() as u64);
    Ok(slimmed)
}

/// The linear layer that reads a group, nothing gone.
pub(super) fn columns(network: &Network, group: &Group, inputs: &Inputs, damping: f64) -> Result<Columns, MethodError> {
    let fails = MethodError::of_linear(&group.seen_by);
    let inverse = InverseHessian::new(inputs.hessian().view(), damping).map_err(&fails)?;
    Columns::new(matrix(network, &group.seen_by)?.view(), &inverse).map_err(&fails)
}

/// Removes the units of one group; which ones.
fn remove(
    columns: &mut Columns,
    group: &Group,
    pieces: &Pieces,
    fraction: f64,
    options: &SlimOptions,
    control: &Control,
) -> Result<Vec<usize>, MethodError> {
    let fails = MethodError::of_linear(&group.seen_by);
    let of_pieces = pieces.columns(&columns_of(group));
    let classes = pieces.classes();
    let counts = pieces.quota(fraction);
    let (heads, score) = match (group.kind, options.heads) {
        (UnitKind::Heads, HeadChoice::Best) => {
            let most = counts.iter().copied().max().unwrap_or(0);
            let set = best_set(columns, &of_pieces, classes, most, control).map_err(&fails)?.units;
            let set = pieces.units(&set);
            remove_units(columns, group, &set)?;
            return Ok(set);
        }
        (UnitKind::Heads, HeadChoice::Greedy(score)) => (true, score),
        _ => (false, GroupScore::Exact),
    };
    let mut sizes = block_sizes(counts.iter().sum());
    let at_once = |_: usize| if heads { 1 } else { sizes.next().unwrap_or(64) };
    let (sweep, stop) = columns.sweep(&of_pieces, classes, &counts, score, at_once, control).map_err(&fails)?;
    match stop {
        Some(stop) => Err(EvaluateError::Stopped(stop).into()),
        None => Ok(pieces.units(&sweep.order)),
    }
}

/// All units of a group in the order in which they go, the least exact error first, and the error at each point.
///
/// # Arguments
/// * `columns`: of the linear layer that reads the group, nothing gone.
/// * `at_once`: channels that go before the others are scored anew; heads go one piece at a time, or one of every
///   class.
pub(super) fn sweep(
    mut columns: Columns,
    of: &Group,
    pieces: &Pieces,
    at_once: usize,
    control: &Control,
) -> Result<Sweep, MethodError> {
    let at_once = if of.kind == UnitKind::Heads { 1 } else { at_once };
    let (sweep, stop) = columns
        .sweep(
            &pieces.columns(&columns_of(of)),
            pieces.classes(),
            &pieces.quota(1.0),
            GroupScore::Exact,
            |_| at_once,
            control,
        )
        .map_err(MethodError::of_linear(&of.seen_by))?;
    match stop {
        Some(stop) => Err(EvaluateError::Stopped(stop).into()),
        None => Ok(pieces.sweep_of_units(&sweep)),
    }
}

/// Prunes exactly these units and makes up for them, layer after layer: for units that something else has chosen.
///
/// # Arguments
/// * `kept`: what stays; other groups than heads and channels are masked only.
///
/// # Errors
/// [`MethodError`].
pub fn make_up<B: Backend, S: Scorer>(
    calibration: &Calibration<'_, B>,
    kept: &Kept,
    scorer: &S,
    options: &SlimOptions,
) -> Result<Slimmed, MethodError> {
    let network = calibration.network;
    let units = Units::of(network);
    // Kept units of another network are refused before anything is done.
    units.mask(network, kept)?;
    let gone = |index: usize| (0..units.groups()[index].n_units).filter(move |unit| !kept.group(index)[*unit]);
    let take = |columns: &mut Columns, index: usize| {
        let (group, gone) = (&units.groups()[index], gone(index).collect::<Vec<_>>());
        remove_units(columns, group, &gone)?;
        Ok(gone)
    };
    let wanted = |index: usize| gone(index).next().is_some();
    let mut slimmed = group_by_group(calibration, &units, &wanted, &take, scorer, options.damping)?;
    slimmed.network = units.mask(&slimmed.network, kept)?;
    slimmed.kept = kept.clone();
    Ok(slimmed)
}

/// Removes these units of a group.
pub(super) fn remove_units(columns: &mut Columns, group: &Group, gone: &[usize]) -> Result<(), MethodError> {
    let units = columns_of(group);
    let all: Vec<usize> = gone.iter().flat_map(|unit| units[*unit].iter().copied()).collect();
    columns.remove(&all).map_err(MethodError::of_linear(&group.seen_by))?;
    Ok(())
}

/// The weight of a linear layer as a matrix (outputs, inputs).
pub(super) fn matrix(network: &Network, linear: &str) -> Result<Array2<f32>, MethodError> {
    let missing = || MethodError::Linear { linear: linear.to_owned() };
    let tensor = network.weights().get(&format!("{linear}.weight")).ok_or_else(missing)?;
    let outputs = tensor.shape().first().copied().unwrap_or(0);
    let inputs = tensor.len() / outputs.max(1);
    Array2::from_shape_vec((outputs, inputs), tensor.iter().copied().collect()).map_err(|_| missing())
}

/// The network with another weight in a linear layer, of the same shape.
pub(super) fn with_weight(network: Network, linear: &str, weight: &Array2<f32>) -> Result<Network, MethodError> {
    let values: Vec<f32> = weight.iter().copied().collect();
    Ok(network.with_values(&format!("{linear}.weight"), &values)?)
}
