//! Networks of dense layers in and out.

use ndarray::{Array1, Array2, ArrayD, Ix1, Ix2};
use secateur_neural::models::mlp;
use secateur_neural::{Config, MlpConfig, Network, NetworkError, Weights};

use super::LogarithmicError;
use super::block::Block;
use super::build::Built;
use super::precision::Dense;

/// The layers of a dense network.
///
/// # Errors
/// [`LogarithmicError::Target`] for a network of another kind, or one that has lost whole layers.
pub fn layers_of(network: &Network) -> Result<Vec<Dense>, LogarithmicError> {
    let Config::Mlp(config) = network.config() else {
        let what = format!("model_type is {}, expected secateur-mlp", network.config().model_type());
        return Err(LogarithmicError::Target { layer: 0, what });
    };
    let layer = |layer: usize| {
        let tensor = |name: &str| {
            let name = format!("{}.{name}", mlp::part(layer));
            let found = network.weights().get(&name).map(|tensor| tensor.mapv(f64::from));
            found.ok_or_else(|| LogarithmicError::Target { layer, what: format!("{name} is missing") })
        };
        let matrix = |tensor: ArrayD<f64>| tensor.into_dimensionality::<Ix2>();
        let vector = |tensor: ArrayD<f64>| tensor.into_dimensionality::<Ix1>();
        let shape = |_| LogarithmicError::Target { layer, what: "a weight of another shape".into() };
        Ok(Dense { weight: matrix(tensor("weight")?).map_err(shape)?, bias: vector(tensor("bias")?).map_err(shape)? })
    };
    (0..config.widths.len() - 1).map(layer).collect()
}

/// The pruned random network as one of dense layers, in single precision. Memory: hidden neurons x (inputs + outputs)
/// of every block.
///
/// # Errors
/// [`NetworkError`] if nothing was built.
pub fn network_of(built: &Built) -> Result<Network, NetworkError> {
    let mut widths = vec![built.blocks.first().map_or(0, |block| block.n_inputs)];
    let mut weights = Weights::default();
    for (index, layer) in built.blocks.iter().flat_map(Block::to_dense).enumerate() {
        widths.push(layer.bias.len());
        let (weight, bias): (Array2<f32>, Array1<f32>) =
            (layer.weight.mapv(|w| w as f32), layer.bias.mapv(|b| b as f32));
        weights.insert(format!("{}.weight", mlp::part(index)), weight.into_dyn());
        weights.insert(format!("{}.bias", mlp::part(index)), bias.into_dyn());
    }
    Network::new(Config::Mlp(MlpConfig { widths }), weights)
}
