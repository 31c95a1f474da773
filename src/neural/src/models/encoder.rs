//! The encoder with a classifier on its first token.

use burn::tensor::activation::{gelu, tanh};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::attention::{Hidden, attend, split_heads};
use super::layers::Run;
use crate::config::EncoderConfig;
use crate::network::Shapes;
use crate::{NetworkError, Weights};

const EMBEDDINGS: &str = "bert.embeddings";
const POOLER: &str = "bert.pooler.dense";
const CLASSIFIER: &str = "classifier";

/// Name of a part of a layer.
pub(crate) fn part(layer: usize, part: &str) -> String {
    format!("bert.encoder.layer.{layer}.{part}")
}

/// The shapes that go with the configuration; heads and channels as the weights have them.
pub(crate) fn shapes(config: &EncoderConfig, weights: &Weights) -> Result<Shapes, NetworkError> {
    let (hidden, dim) = (config.hidden_size, config.head_dim());
    let mut shapes = Shapes::default();
    shapes.expect(format!("{EMBEDDINGS}.word_embeddings.weight"), vec![config.vocab_size, hidden]);
    shapes.expect(format!("{EMBEDDINGS}.position_embeddings.weight"), vec![config.max_position_embeddings, hidden]);
    shapes.expect(format!("{EMBEDDINGS}.token_type_embeddings.weight"), vec![config.type_vocab_size, hidden]);
    shapes.norm(&format!("{EMBEDDINGS}.LayerNorm"), hidden);
    for layer in 0..config.num_hidden_layers {
        let name = |rest: &str| part(layer, rest);
        let heads = shapes.free(weights, &name("attention.self.query.weight"), dim)?;
        let channels = shapes.free(weights, &name("intermediate.dense.weight"), 1)?;
        for linear in ["query", "key", "value"] {
            shapes.linear(&name(&format!("attention.self.{linear}")), heads, hidden);
        }
        shapes.linear(&name("attention.output.dense"), hidden, heads);
        shapes.norm(&name("attention.output.LayerNorm"), hidden);
        shapes.linear(&name("intermediate.dense"), channels, hidden);
        shapes.linear(&name("output.dense"), hidden, channels);
        shapes.norm(&name("output.LayerNorm"), hidden);
    }
    shapes.linear(POOLER, hidden, hidden);
    shapes.linear(CLASSIFIER, config.num_labels, hidden);
    Ok(shapes)
}

/// What all layers see of a batch beside activations.
#[derive(Clone)]
pub(crate) struct Places<B: Backend> {
    batch: usize,
    length: usize,
    beyond: Hidden<B>,
}

/// Activations before the first layer, shape (batch x length, hidden). `lengths`: tokens of each row that are no
/// padding.
pub(crate) fn begin<B: Backend>(
    config: &EncoderConfig,
    run: &mut Run<'_, B>,
    tokens: Tensor<B, 2, Int>,
    lengths: &[usize],
) -> (Tensor<B, 2>, Places<B>) {
    let [batch, length] = tokens.dims();
    let beyond = Hidden::beyond(lengths, length, &tokens.device());
    let embedding = |part: &str| run.param(&format!("{EMBEDDINGS}.{part}.weight"));
    let hidden = config.hidden_size;
    let places = embedding("position_embeddings").narrow(0, 0, length).reshape([1, length, hidden]);
    let places = places.expand([batch, length, hidden]).reshape([batch * length, hidden]);
    let words = embedding("word_embeddings").select(0, tokens.reshape([batch * length]));
    let x = words + places + embedding("token_type_embeddings").narrow(0, 0, 1);
    let x = run.layer_norm(&format!("{EMBEDDINGS}.LayerNorm"), x, config.layer_norm_eps);
    (x, Places { batch, length, beyond })
}

/// Activations after a layer.
pub(crate) fn layer<B: Backend>(
    config: &EncoderConfig,
    run: &mut Run<'_, B>,
    layer: usize,
    places: &Places<B>,
    x: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let name = |rest: &str| part(layer, rest);
    let mixed = attention(config, run, layer, places, x.clone());
    let x = run.layer_norm(&name("attention.output.LayerNorm"), x + mixed, config.layer_norm_eps);
    let fed = feed_forward(run, layer, x.clone());
    run.layer_norm(&name("output.LayerNorm"), x + fed, config.layer_norm_eps)
}

/// Logits, shape (batch, classes).
pub(crate) fn end<B: Backend>(run: &mut Run<'_, B>, places: &Places<B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
    let firsts: Vec<i64> = (0..places.batch).map(|row| (row * places.length) as i64).collect();
    let firsts = Tensor::from_data(TensorData::new(firsts, [places.batch]), &x.device());
    let pooled = tanh(run.linear(POOLER, x.select(0, firsts)));
    run.linear(CLASSIFIER, pooled)
}

fn attention<B: Backend>(
    config: &EncoderConfig,
    run: &mut Run<'_, B>,
    layer: usize,
    places: &Places<B>,
    x: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let name = |rest: &str| part(layer, rest);
    let dim = config.head_dim();
    // Without heads the bias of the output remains.
    if run.params.get(&name("attention.self.query.weight")).is_none() {
        return x.zeros_like() + run.param(&name("attention.output.dense.bias"));
    }
    let mut heads = |linear: &str| {
        split_heads(run.linear(&name(&format!("attention.self.{linear}")), x.clone()), places.length, dim)
    };
    let (q, k, v) = (heads("query"), heads("key"), heads("value"));
    let own: Vec<usize> = (0..q.dims()[1]).collect();
    let context = attend(q, k, v, &own, &places.beyond);
    run.linear(&name("attention.output.dense"), context)
}

fn feed_forward<B: Backend>(run: &mut Run<'_, B>, layer: usize, x: Tensor<B, 2>) -> Tensor<B, 2> {
    let name = |rest: &str| part(layer, rest);
    if run.params.get(&name("intermediate.dense.weight")).is_none() {
        return x.zeros_like() + run.param(&name("output.dense.bias"));
    }
    let inner = gelu(run.linear(&name("intermediate.dense"), x));
    run.linear(&name("output.dense"), inner)
}
