//! The processor: one back end, named once, and what is done on it most.
//!
//! Functions of this crate are generic over burn's `Backend` and are compiled where they are called. Those of this
//! module are not: they are compiled once, here, for [`Cpu`] and [`CpuTraining`]. A caller that only needs the
//! processor names no back end and compiles no tensor operation.
//!
//! ```
//! use ndarray::array;
//! use secateur_neural::{Batch, Config, Inputs, MlpConfig, Network, TrainOptions, cpu};
//! use secateur_program::Control;
//!
//! let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 16, 2] }), 1)?;
//! let xor = Batch { inputs: Inputs::Rows(array![[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), labels: vec![0, 1, 1, 0] };
//! let options = TrainOptions { steps: 200, learning_rate: 0.02, ..TrainOptions::default() };
//! let trained = cpu::train(&network, &mut |_| xor.clone(), &options, &Control::new())?;
//! assert_eq!(cpu::evaluate(&trained.network, &[xor], &Control::new())?.accuracy, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_program::Control;

use crate::score::{CalibrateError, OnDevice};
use crate::units::{UnitKind, Units};
use crate::{Batch, EvaluateError, Inputs, Network, NetworkError, Quality, TrainOptions, Trained, Untouched, score};

/// The back end: burn's `Flex`.
pub type Cpu = burn::backend::Flex;

/// The back end that computes gradients too.
pub type CpuTraining = burn::backend::Autodiff<Cpu>;

/// As [`crate::train()`].
///
/// # Errors
/// As there.
pub fn train(
    network: &Network,
    batch_of: &mut dyn FnMut(usize) -> Batch,
    options: &TrainOptions,
    control: &Control,
) -> Result<Trained, NetworkError> {
    crate::train::<CpuTraining>(network, batch_of, options, &Default::default(), control)
}

/// As [`crate::train_masked`].
///
/// # Errors
/// As there.
pub fn train_masked(
    network: &Network,
    masks: &BTreeMap<String, Array2<bool>>,
    batch_of: &mut dyn FnMut(usize) -> Batch,
    options: &TrainOptions,
    control: &Control,
) -> Result<Trained, NetworkError> {
    crate::train_masked::<CpuTraining>(network, masks, batch_of, options, &Default::default(), control)
}

/// As [`crate::evaluate`], with the network's own weights.
///
/// # Errors
/// As there.
pub fn evaluate(network: &Network, batches: &[Batch], control: &Control) -> Result<Quality, EvaluateError> {
    crate::evaluate(network, &network.params::<Cpu>(&Default::default()), batches, control)
}

/// Logits, a row per label, as [`Network::forward`] gives them.
///
/// # Errors
/// As there.
pub fn logits(network: &Network, inputs: &Inputs) -> Result<Array2<f32>, NetworkError> {
    let params = network.params::<Cpu>(&Default::default());
    let logits = network.forward(&params, inputs, &mut Untouched)?;
    let shape = logits.dims();
    Ok(Array2::from_shape_vec(shape, crate::to_host(logits)).expect("as many values as the shape has"))
}

/// As [`score::calibrate()`], summed on the processor.
///
/// # Errors
/// As there.
pub fn calibrate(
    network: &Network,
    batches: &[Batch],
    wanted: &dyn Fn(&str) -> bool,
    control: &Control,
) -> Result<BTreeMap<String, score::Inputs>, CalibrateError> {
    let (params, scorer) = (network.params::<Cpu>(&Default::default()), OnDevice::<Cpu>::new(Default::default()));
    score::calibrate(network, &params, batches, wanted, &scorer, control)
}

/// As [`score::inputs_of`].
///
/// # Errors
/// As there.
pub fn inputs_of(
    network: &Network,
    batches: &[Batch],
    wanted: &dyn Fn(&str) -> bool,
    control: &Control,
) -> Result<BTreeMap<String, Array2<f32>>, EvaluateError> {
    score::inputs_of(network, &network.params::<Cpu>(&Default::default()), batches, wanted, control)
}

/// As [`score::importance()`].
///
/// # Errors
/// As there.
pub fn importance(
    calibration: &score::Calibration<'_, CpuTraining>,
    units: &Units,
    kinds: &[UnitKind],
    options: score::ImportanceOptions,
) -> Result<score::Importance, EvaluateError> {
    score::importance(calibration, units, kinds, options)
}

/// As [`crate::latency::latencies`].
///
/// # Errors
/// As there.
pub fn latencies(
    networks: &[&Network],
    inputs: &Inputs,
    repetitions: usize,
    control: &Control,
) -> Result<Vec<f64>, EvaluateError> {
    crate::latency::latencies::<Cpu>(networks, inputs, repetitions, &Default::default(), control)
}
