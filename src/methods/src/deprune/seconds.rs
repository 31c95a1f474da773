//! Measured seconds: by count for tables, by plan for what comes of them.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use ndarray::Array2;
use secateur_neural::latency::in_turn;
use secateur_neural::models::convnet::part;
use secateur_neural::{Network, Params};
use secateur_program::Control;

use super::compact::Projection;
use super::layers::{SeparableLayer, separable_layers};
use super::prune::vectors_of;
use super::recalibrate::aligned;
use super::{Lowered, Plan, Tiles, Vectors};
use crate::MethodError;
use crate::seconds::LatencyTable;

/// Seconds by count, per layer of [`separable_layers`].
#[derive(Debug, Clone, PartialEq)]
pub struct SecondsTables {
    /// Of the depthwise convolution with 0, 1, ... all columns in every product.
    pub columns: Vec<Vec<f64>>,
    /// Of the projection with 0, 1, ... all filters.
    pub filters: Vec<Vec<f64>>,
}

/// Seconds of the parts of a network that are pruned, summed over layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartSeconds {
    /// Depthwise convolutions.
    pub depthwise: f64,
    /// Projections.
    pub project: f64,
}

/// Measures tables on a device: at every multiple of the tile and one vector beyond it, where a step would be; straight
/// lines between, made never to fall.
///
/// Works of a layer are done in turn, and medians are taken. The time of a product does not depend on which columns
/// stay, only on how many.
///
/// # Arguments
/// * `batch`: images.
/// * `repetitions`: at least 1 is done, after one that is not counted.
/// * `control`: limits; progress as the stage `measure seconds`, in layers.
///
/// # Errors
/// [`MethodError`]: a network without depthwise-separable layers, a tile or a batch of 0, a limit.
///
/// # Complexity
/// Two works per tile and repetition.
pub fn measure_seconds<B: Backend>(
    network: &Network,
    tiles: Tiles,
    batch: usize,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<SecondsTables, MethodError> {
    check_batch(batch)?;
    let layers = separable_layers(network)?;
    let (columns, filters) = vectors_of(&layers);
    let params: Params<B> = network.params(device);
    let mut tables = SecondsTables { columns: Vec::new(), filters: Vec::new() };
    for (index, layer) in layers.iter().enumerate() {
        control.report("measure seconds", index as u64, layers.len() as u64);
        let (before, after) = inputs_of::<B>(layer, batch, device);
        let lowered = |count: usize| lower(&params, layer, columns[index].kept(count), device);
        let own =
            by_count(&columns[index], tiles.columns, lowered, |own| own.forward(before.clone()), repetitions, control)?;
        tables.columns.push(own);
        let projected = |count: usize| Ok(Projection::new(&params, layer.block, &filters[index].kept(count), device));
        let own = by_count(
            &filters[index],
            tiles.filters,
            projected,
            |own| own.forward(after.clone()),
            repetitions,
            control,
        )?;
        tables.filters.push(own);
    }
    control.report("measure seconds", layers.len() as u64, layers.len() as u64);
    Ok(tables)
}

/// Seconds at the counts 0, 1, ... all of one part of a layer.
fn by_count<B: Backend, W>(
    vectors: &Vectors,
    tile: usize,
    with: impl Fn(usize) -> Result<W, MethodError>,
    run: impl Fn(&W) -> Tensor<B, 2>,
    repetitions: usize,
    control: &Control,
) -> Result<Vec<f64>, MethodError> {
    let most = vectors.most();
    let mut counts: Vec<usize> =
        [0, 1].into_iter().chain(aligned(most, tile)?.into_iter().flat_map(|own| [own, own + 1])).collect();
    counts.retain(|count| *count <= most);
    counts.sort_unstable();
    counts.dedup();
    let works = counts.iter().map(|count| with(*count)).collect::<Result<Vec<W>, _>>()?;
    let seconds = in_turn(works.len(), repetitions, control, |index| Ok(run(&works[index])))?;
    Ok(LatencyTable { counts, seconds }.of_all_counts(most))
}

/// Measures the pruned parts of plans, in turn.
///
/// # Arguments
/// As [`measure_seconds`].
///
/// # Errors
/// [`MethodError`]: plans for another network, a batch of 0, a limit.
pub fn part_seconds<B: Backend>(
    network: &Network,
    plans: &[&Plan],
    batch: usize,
    repetitions: usize,
    device: &B::Device,
    control: &Control,
) -> Result<Vec<PartSeconds>, MethodError> {
    check_batch(batch)?;
    let layers = separable_layers(network)?;
    let params: Params<B> = network.params(device);
    let mut all = vec![PartSeconds { depthwise: 0.0, project: 0.0 }; plans.len()];
    for plan in plans {
        plan.layers_of(network)?;
    }
    for (index, layer) in layers.iter().enumerate() {
        let (before, after) = inputs_of::<B>(layer, batch, device);
        let own = || plans.iter().map(|plan| &plan.layers[index]);
        let lowered = own().map(|own| lower(&params, layer, own.columns.iter().copied().collect(), device));
        let lowered = lowered.collect::<Result<Vec<_>, MethodError>>()?;
        let projected: Vec<_> = own().map(|own| Projection::new(&params, layer.block, &own.filters, device)).collect();
        let depthwise = in_turn(plans.len(), repetitions, control, |plan| Ok(lowered[plan].forward(before.clone())))?;
        let project = in_turn(plans.len(), repetitions, control, |plan| Ok(projected[plan].forward(after.clone())))?;
        for (own, (depthwise, project)) in all.iter_mut().zip(depthwise.into_iter().zip(project)) {
            own.depthwise += depthwise;
            own.project += project;
        }
    }
    Ok(all)
}

/// The lowered convolution with these columns, by place.
fn lower<B: Backend>(
    params: &Params<B>,
    layer: &SeparableLayer,
    kept: Vec<bool>,
    device: &B::Device,
) -> Result<Lowered<B>, MethodError> {
    let kept = Array2::from_shape_vec(layer.depthwise.dim(), kept).expect("every weight is a column");
    Lowered::new(layer, kept.view(), params.of(&part(layer.block, "depthwise.bias")), device)
}

/// Inputs of the convolution and of the projection; what they hold does not matter.
fn inputs_of<B: Backend>(layer: &SeparableLayer, batch: usize, device: &B::Device) -> (Tensor<B, 2>, Tensor<B, 2>) {
    let of = |side: usize| Tensor::ones([batch * side * side, layer.depthwise.nrows()], device);
    (of(layer.side), of(layer.side_after()))
}

fn check_batch(batch: usize) -> Result<(), MethodError> {
    match batch {
        0 => Err(MethodError::Number { what: "images of a batch".into(), value: 0.0, expected: "1 or more".into() }),
        _ => Ok(()),
    }
}
