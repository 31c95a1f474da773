//! Random weights to train from.

use ndarray::{ArrayD, IxDyn};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{convnet, decoder, encoder, mlp};
use crate::config::{Config, ConvnetConfig, DecoderConfig, EncoderConfig, MlpConfig};
use crate::weights::Weights;

pub(crate) fn random(config: &Config, seed: u64) -> Weights {
    let mut init = Init { rng: ChaCha8Rng::seed_from_u64(seed), weights: Weights::default() };
    match config {
        Config::Decoder(config) => init.decoder(config),
        Config::Encoder(config) => init.encoder(config),
        Config::Convnet(config) => init.convnet(config),
        Config::Mlp(config) => init.mlp(config),
    }
    init.weights
}

struct Init {
    rng: ChaCha8Rng,
    weights: Weights,
}

impl Init {
    fn normal(&mut self, name: String, shape: &[usize], deviation: f64) {
        let mut spare = None;
        let values =
            ArrayD::from_shape_simple_fn(IxDyn(shape), || (gaussian(&mut self.rng, &mut spare) * deviation) as f32);
        self.weights.insert(name, values);
    }

    fn full(&mut self, name: String, width: usize, value: f32) {
        self.weights.insert(name, ArrayD::from_elem(IxDyn(&[width]), value));
    }

    /// Variance `scale / inputs`; bias 0.
    fn linear(&mut self, name: &str, shape: &[usize], scale: f64) {
        let inputs: usize = shape[1..].iter().product();
        self.normal(format!("{name}.weight"), shape, (scale / inputs.max(1) as f64).sqrt());
        self.full(format!("{name}.bias"), shape[0], 0.0);
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.full(format!("{name}.weight"), width, 1.0);
        self.full(format!("{name}.bias"), width, 0.0);
    }

    fn decoder(&mut self, config: &DecoderConfig) {
        let (hidden, dim) = (config.hidden_size, config.head_dim());
        let (queries, keys) = (config.num_attention_heads * dim, config.n_kv_heads() * dim);
        let channels = config.intermediate_size;
        let branch = 1.0 / (2.0 * config.num_hidden_layers.max(1) as f64).sqrt();
        let deviation = |inputs: usize| 1.0 / (inputs.max(1) as f64).sqrt();
        let embedding = if config.tie_word_embeddings { deviation(hidden) } else { 0.02 };
        self.normal("model.embed_tokens.weight".into(), &[config.vocab_size, hidden], embedding);
        for layer in 0..config.num_hidden_layers {
            let name = |rest: &str| format!("{}.weight", decoder::part(layer, rest));
            self.normal(name("self_attn.q_proj"), &[queries, hidden], deviation(hidden));
            self.normal(name("self_attn.k_proj"), &[keys, hidden], deviation(hidden));
            self.normal(name("self_attn.v_proj"), &[keys, hidden], deviation(hidden));
            self.normal(name("self_attn.o_proj"), &[hidden, queries], branch * deviation(queries));
            self.normal(name("mlp.gate_proj"), &[channels, hidden], deviation(hidden));
            self.normal(name("mlp.up_proj"), &[channels, hidden], deviation(hidden));
            self.normal(name("mlp.down_proj"), &[hidden, channels], branch * deviation(channels));
            self.full(name("input_layernorm"), hidden, 1.0);
            self.full(name("post_attention_layernorm"), hidden, 1.0);
        }
        self.full("model.norm.weight".into(), hidden, 1.0);
        if !config.tie_word_embeddings {
            self.normal("lm_head.weight".into(), &[config.vocab_size, hidden], deviation(hidden));
        }
    }

    fn encoder(&mut self, config: &EncoderConfig) {
        let hidden = config.hidden_size;
        let heads = config.num_attention_heads * config.head_dim();
        let channels = config.intermediate_size;
        let embedding = |part: &str| format!("bert.embeddings.{part}.weight");
        self.normal(embedding("word_embeddings"), &[config.vocab_size, hidden], 0.02);
        self.normal(embedding("position_embeddings"), &[config.max_position_embeddings, hidden], 0.02);
        self.normal(embedding("token_type_embeddings"), &[config.type_vocab_size, hidden], 0.02);
        self.norm("bert.embeddings.LayerNorm", hidden);
        let branch = 1.0 / (2.0 * config.num_hidden_layers.max(1) as f64);
        for layer in 0..config.num_hidden_layers {
            let name = |rest: &str| encoder::part(layer, rest);
            for linear in ["query", "key", "value"] {
                self.linear(&name(&format!("attention.self.{linear}")), &[heads, hidden], 1.0);
            }
            self.linear(&name("attention.output.dense"), &[hidden, heads], branch);
            self.norm(&name("attention.output.LayerNorm"), hidden);
            self.linear(&name("intermediate.dense"), &[channels, hidden], 1.0);
            self.linear(&name("output.dense"), &[hidden, channels], branch);
            self.norm(&name("output.LayerNorm"), hidden);
        }
        self.linear("bert.pooler.dense", &[hidden, hidden], 1.0);
        self.linear("classifier", &[config.num_labels, hidden], 1.0);
    }

    fn convnet(&mut self, config: &ConvnetConfig) {
        let kernel = convnet::KERNEL;
        self.linear("stem", &[config.stem, config.in_channels, kernel, kernel], 2.0);
        let mut inputs = config.stem;
        for (index, block) in config.blocks.iter().enumerate() {
            let name = |rest: &str| convnet::part(index, rest);
            self.linear(&name("expand"), &[block.expanded, inputs, 1, 1], 2.0);
            self.linear(&name("depthwise"), &[block.expanded, 1, kernel, kernel], 2.0);
            self.linear(&name("project"), &[block.width, block.expanded, 1, 1], 1.0);
            inputs = block.width;
        }
        self.linear("classifier", &[config.num_labels, inputs], 1.0);
    }

    fn mlp(&mut self, config: &MlpConfig) {
        for (layer, sizes) in config.widths.windows(2).enumerate() {
            let scale = if layer == 0 { 1.0 } else { 2.0 };
            self.linear(&mlp::part(layer), &[sizes[1], sizes[0]], scale);
        }
    }
}

/// Normal with deviation 1: Box and Muller (1958), who give two at a time. The second one waits in `spare`.
pub fn gaussian(rng: &mut ChaCha8Rng, spare: &mut Option<f64>) -> f64 {
    use rand::RngExt;
    if let Some(value) = spare.take() {
        return value;
    }
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
    *spare = Some(radius * sin);
    radius * cos
}
