//! The decoder.

use burn::tensor::activation::silu;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::attention::{Hidden, Rotary, attend, served_in_turn, split_heads};
use super::layers::Run;
use crate::config::DecoderConfig;
use crate::network::Shapes;
use crate::{NetworkError, Weights};

const EMBEDDING: &str = "model.embed_tokens";
const NORM: &str = "model.norm";
const HEAD: &str = "lm_head";

/// Name of a part of a layer.
pub(crate) fn part(layer: usize, part: &str) -> String {
    format!("model.layers.{layer}.{part}")
}

/// Names of the weights of all norms.
pub(crate) fn norms(n_layers: usize) -> Vec<String> {
    let of_layer = |layer| ["input_layernorm.weight", "post_attention_layernorm.weight"].map(|norm| part(layer, norm));
    (0..n_layers).flat_map(of_layer).chain([format!("{NORM}.weight")]).collect()
}

/// The shapes that go with the configuration; heads and channels as the weights have them.
pub(crate) fn shapes(config: &DecoderConfig, weights: &Weights) -> Result<Shapes, NetworkError> {
    let (hidden, dim) = (config.hidden_size, config.head_dim());
    let mut shapes = Shapes::default();
    shapes.expect(format!("{EMBEDDING}.weight"), vec![config.vocab_size, hidden]);
    for layer in 0..config.num_hidden_layers {
        let name = |rest: &str| format!("{}.weight", part(layer, rest));
        let queries = shapes.free(weights, &name("self_attn.q_proj"), dim)?;
        let keys = shapes.free(weights, &name("self_attn.k_proj"), dim)?;
        let channels = shapes.free(weights, &name("mlp.gate_proj"), 1)?;
        shapes.expect(name("self_attn.q_proj"), vec![queries, hidden]);
        shapes.expect(name("self_attn.k_proj"), vec![keys, hidden]);
        shapes.expect(name("self_attn.v_proj"), vec![keys, hidden]);
        shapes.expect(name("self_attn.o_proj"), vec![hidden, queries]);
        shapes.expect(name("mlp.gate_proj"), vec![channels, hidden]);
        shapes.expect(name("mlp.up_proj"), vec![channels, hidden]);
        shapes.expect(name("mlp.down_proj"), vec![hidden, channels]);
        shapes.expect(name("input_layernorm"), vec![hidden]);
        shapes.expect(name("post_attention_layernorm"), vec![hidden]);
        check_heads(config, layer, queries / dim, keys / dim)?;
    }
    shapes.expect(format!("{NORM}.weight"), vec![hidden]);
    if !config.tie_word_embeddings {
        shapes.expect(format!("{HEAD}.weight"), vec![config.vocab_size, hidden]);
    }
    Ok(shapes)
}

fn check_heads(config: &DecoderConfig, layer: usize, heads: usize, kv_heads: usize) -> Result<(), NetworkError> {
    let wrong = |what: String| Err(NetworkError::Config { what: format!("layer {layer}: {what}") });
    match &config.kv_of_query {
        Some(layers) if layers[layer].len() != heads => {
            wrong(format!("kv_of_query names {} query heads, the weights have {heads}", layers[layer].len()))
        }
        Some(layers) if layers[layer].iter().any(|kv| *kv >= kv_heads) => {
            wrong(format!("kv_of_query names a key/value head beyond the {kv_heads} of the weights"))
        }
        None if heads > 0 && (kv_heads == 0 || !heads.is_multiple_of(kv_heads)) => wrong(format!(
            "{heads} query heads do not share {kv_heads} key/value heads evenly, and kv_of_query is absent"
        )),
        _ => Ok(()),
    }
}

/// The key/value head of every query head of a layer.
pub(crate) fn kv_of_query(config: &DecoderConfig, layer: usize, heads: usize, kv_heads: usize) -> Vec<usize> {
    match &config.kv_of_query {
        Some(layers) => layers[layer].clone(),
        None => served_in_turn(heads, kv_heads),
    }
}

/// What all layers see of a batch beside activations.
#[derive(Clone)]
pub(crate) struct Places<B: Backend> {
    rotary: Rotary<B>,
    later: Hidden<B>,
}

/// Activations before the first layer, shape (batch x length, hidden).
pub(crate) fn begin<B: Backend>(
    config: &DecoderConfig,
    run: &mut Run<'_, B>,
    tokens: Tensor<B, 2, Int>,
) -> (Tensor<B, 2>, Places<B>) {
    let [batch, length] = tokens.dims();
    let device = tokens.device();
    let x = run.param(&format!("{EMBEDDING}.weight")).select(0, tokens.reshape([batch * length]));
    let rotary = Rotary::new(length, config.head_dim(), config.rope_theta, &device);
    (x, Places { rotary, later: Hidden::later(length, &device) })
}

/// Activations after a layer.
pub(crate) fn layer<B: Backend>(
    config: &DecoderConfig,
    run: &mut Run<'_, B>,
    layer: usize,
    places: &Places<B>,
    x: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let x = attention(config, run, layer, places, x);
    feed_forward(config, run, layer, x)
}

/// Logits of the next token, shape (batch x length, vocabulary).
pub(crate) fn end<B: Backend>(config: &DecoderConfig, run: &mut Run<'_, B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
    let x = run.rms_norm(NORM, x, config.rms_norm_eps);
    if config.tie_word_embeddings {
        run.probe.input(HEAD, x).matmul(run.param(&format!("{EMBEDDING}.weight")).transpose())
    } else {
        run.linear(HEAD, x)
    }
}

fn attention<B: Backend>(
    config: &DecoderConfig,
    run: &mut Run<'_, B>,
    layer: usize,
    Places { rotary, later }: &Places<B>,
    x: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let name = |rest: &str| part(layer, rest);
    // A layer whose heads are all gone.
    if run.params.get(&name("self_attn.q_proj.weight")).is_none() {
        return x;
    }
    let (length, dim) = (rotary.length(), config.head_dim());
    let normed = run.rms_norm(&name("input_layernorm"), x.clone(), config.rms_norm_eps);
    let mut heads = |rest: &str| split_heads(run.linear(&name(rest), normed.clone()), length, dim);
    let q = rotary.rotate(heads("self_attn.q_proj"));
    let k = rotary.rotate(heads("self_attn.k_proj"));
    let v = heads("self_attn.v_proj");
    let served = kv_of_query(config, layer, q.dims()[1], k.dims()[1]);
    let context = attend(q, k, v, &served, later);
    x + run.linear(&name("self_attn.o_proj"), context)
}

fn feed_forward<B: Backend>(
    config: &DecoderConfig,
    run: &mut Run<'_, B>,
    layer: usize,
    x: Tensor<B, 2>,
) -> Tensor<B, 2> {
    let name = |rest: &str| part(layer, rest);
    if run.params.get(&name("mlp.gate_proj.weight")).is_none() {
        return x;
    }
    let normed = run.rms_norm(&name("post_attention_layernorm"), x.clone(), config.rms_norm_eps);
    let gate = run.linear(&name("mlp.gate_proj"), normed.clone());
    let up = run.linear(&name("mlp.up_proj"), normed);
    x + run.linear(&name("mlp.down_proj"), silu(gate) * up)
}
