//! Dense layers.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;

use super::layers::Run;
use crate::config::MlpConfig;
use crate::network::Shapes;
use crate::{NetworkError, Weights};

/// Name of a layer.
pub fn part(layer: usize) -> String {
    format!("layers.{layer}")
}

/// The shapes that go with the configuration; hidden widths as the weights have them.
pub(crate) fn shapes(config: &MlpConfig, weights: &Weights) -> Result<Shapes, NetworkError> {
    let mut shapes = Shapes::default();
    let n_layers = config.widths.len() - 1;
    let mut inputs = config.widths[0];
    for layer in 0..n_layers {
        let outputs = if layer + 1 == n_layers {
            config.widths[n_layers]
        } else {
            shapes.free(weights, &format!("{}.weight", part(layer)), 1)?
        };
        shapes.linear(&part(layer), outputs, inputs);
        inputs = outputs;
    }
    Ok(shapes)
}

/// Activations (of the last layer: logits) after a layer, shape (rows, outputs); what comes before the first layer is
/// the input.
pub(crate) fn layer<B: Backend>(run: &mut Run<'_, B>, layer: usize, x: Tensor<B, 2>) -> Tensor<B, 2> {
    let x = if layer > 0 { relu(x) } else { x };
    match run.params.get(&format!("{}.weight", part(layer))) {
        Some(_) => run.linear(&part(layer), x),
        // A layer without inputs is its bias; one without outputs leaves nothing to the next.
        None => match run.params.get(&format!("{}.bias", part(layer))) {
            Some(bias) => bias.clone().expand([x.dims()[0], bias.dims()[1]]),
            None => x,
        },
    }
}
