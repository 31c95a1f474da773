//! The method from end to end.

use ndarray::Array2;
use secateur_neural::Network;

use super::layers::{SeparableLayer, separable_layers};
use super::recalibrate::recalibrate;
use super::seconds::SecondsTables;
use super::{Fractions, LayerPlan, Plan, Vectors};
use crate::MethodError;
use crate::error::check_fraction;
use crate::ratios::{Within, keep_best};

/// Vectors that hardware computes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiles {
    /// Columns of a product.
    pub columns: usize,
    /// Filters of a projection.
    pub filters: usize,
}

impl Default for Tiles {
    /// 32, as in the paper.
    fn default() -> Self {
        Self { columns: 32, filters: 32 }
    }
}

/// Which of the paper's three.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variant<'a> {
    /// DEPrune: DCP, and filters.
    Threshold,
    /// DEPrune-B: equal counts in all products of a layer (BWT).
    Balanced,
    /// DEPrune-BH: counts recalibrated to full tiles (HSR), too.
    Recalibrated {
        /// Sizes of tiles.
        tiles: Tiles,
        /// Measured ([`super::measure_seconds`]).
        seconds: &'a SecondsTables,
    },
}

/// Decides what stays. Every layer has the same fractions; what comes of them after rounding, balancing and
/// recalibrating is told by [`Plan::gone`].
///
/// # Arguments
/// * `gone`: fractions that go, 0 to 1.
///
/// # Errors
/// [`MethodError`]: a network without depthwise-separable layers, numbers that are no fractions, tiles of 0, seconds of
/// another network.
///
/// # Complexity
/// O(weights log weights).
///
/// # Example
/// ```
/// use secateur_neural::cpu::{Cpu, CpuTraining};
/// use ndarray::Array4;
/// use secateur_methods::deprune::{Compact, Fractions, Tiles, Variant, exact_tiles, measure_seconds, prune};
/// use secateur_methods::deprune::TileCost;
/// use secateur_neural::{Batch, BlockConfig, Config, ConvnetConfig, Inputs, Network, TrainOptions, train_masked};
/// use secateur_program::Control;
///
/// let block = |expanded, stride| BlockConfig { expanded, width: 8, stride };
/// let blocks = vec![block(40, 1), block(64, 2)];
/// let network = Network::random(Config::Convnet(ConvnetConfig { in_channels: 1, image_size: 8, stem: 8, blocks, num_labels: 2 }), 1)?;
/// let (device, control) = (Default::default(), Control::new());
/// // Seconds by count, measured here; then three quarters of the depthwise weights and half of the filters go.
/// let tiles = Tiles { columns: 32, filters: 4 };
/// let seconds = measure_seconds::<Cpu>(&network, tiles, 2, 1, &device, &control)?;
/// let gone = Fractions { columns: 0.75, filters: 0.5 };
/// let plan = prune(&network, gone, Variant::Recalibrated { tiles, seconds: &seconds })?;
/// assert!(plan.layers.iter().all(|layer| layer.counts().iter().all(|count| count % 32 == 0)));
/// // No choice of as many tiles keeps more.
/// let exact = exact_tiles(&network, &plan, tiles, TileCost::Tiles, &control)?;
/// assert!(exact.plan.column_tiles(32) <= plan.column_tiles(32));
///
/// // Fine-tuned with what went held at zero, then run without it.
/// let batch = Batch { inputs: Inputs::Images(Array4::ones((2, 1, 8, 8))), labels: vec![0, 1] };
/// let options = TrainOptions { steps: 2, ..TrainOptions::default() };
/// let tuned = train_masked::<CpuTraining>(&network, &plan.masks(), |_| batch.clone(), &options, &device, &control)?.network;
/// assert_eq!(plan.apply(&tuned)?, tuned);
/// let logits = Compact::<Cpu>::new(&tuned, &plan, &device)?.forward(&batch.inputs)?;
/// assert_eq!(logits.dims(), [2, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prune(network: &Network, gone: Fractions, variant: Variant<'_>) -> Result<Plan, MethodError> {
    check_fraction(|| "fraction of columns that go".into(), gone.columns)?;
    check_fraction(|| "fraction of filters that go".into(), gone.filters)?;
    let layers = separable_layers(network)?;
    let (columns, filters) = vectors_of(&layers);
    let counts = |vectors: &[Vectors], fraction: f64| -> Result<Vec<usize>, MethodError> {
        vectors.iter().map(|own| own.count_at(fraction)).collect()
    };
    let (mut of_columns, mut of_filters) = (counts(&columns, gone.columns)?, counts(&filters, gone.filters)?);
    if let Variant::Recalibrated { tiles, seconds } = variant {
        let most = |vectors: &[Vectors]| -> Vec<usize> { vectors.iter().map(Vectors::most).collect() };
        of_columns = recalibrate(&of_columns, &most(&columns), &seconds.columns, tiles.columns)?;
        of_filters = recalibrate(&of_filters, &most(&filters), &seconds.filters, tiles.filters)?;
    }
    let mut plan = plan_of(&layers, (&columns, &of_columns), (&filters, &of_filters));
    if variant == Variant::Threshold {
        for (own, layer) in plan.layers.iter_mut().zip(&layers) {
            own.columns = keep_best(layer.depthwise.mapv(f32::abs).view(), gone.columns, Within::Layer);
        }
    }
    Ok(plan)
}

/// The columns and the filters of layers.
pub(super) fn vectors_of(layers: &[SeparableLayer]) -> (Vec<Vectors>, Vec<Vectors>) {
    layers
        .iter()
        .map(|layer| (Vectors::columns(layer.depthwise.view()), Vectors::filters(layer.project.view())))
        .unzip()
}

/// The plan that keeps these counts.
pub(super) fn plan_of(
    layers: &[SeparableLayer],
    columns: (&[Vectors], &[usize]),
    filters: (&[Vectors], &[usize]),
) -> Plan {
    let of_layer = |(index, layer): (usize, &SeparableLayer)| LayerPlan {
        block: layer.block,
        columns: Array2::from_shape_vec(layer.depthwise.dim(), columns.0[index].kept(columns.1[index]))
            .expect("every weight is a column"),
        filters: filters.0[index].kept(filters.1[index]),
    };
    Plan { layers: layers.iter().enumerate().map(of_layer).collect() }
}
