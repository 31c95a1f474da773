//! Configurations, with the field names of Hugging Face's `config.json`.

use serde::{Deserialize, Serialize};

use super::NetworkError;

/// What kind of network, and its sizes. `model_type` tells them apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type")]
#[non_exhaustive]
pub enum Config {
    /// A decoder in the style of LLaMA.
    #[serde(rename = "llama")]
    Decoder(DecoderConfig),
    /// An encoder in the style of BERT with a classifier.
    #[serde(rename = "bert")]
    Encoder(EncoderConfig),
    /// Depthwise-separable convolutions.
    #[serde(rename = "secateur-convnet")]
    Convnet(ConvnetConfig),
    /// Dense layers.
    #[serde(rename = "secateur-mlp")]
    Mlp(MlpConfig),
}

/// RMSNorm, rotary embedding, SwiGLU, grouped-query attention (Touvron et al. 2023; Ainslie et al. 2023).
///
/// Widths are those of the unpruned network: what a layer has left is told by the shapes of its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecoderConfig {
    /// Tokens.
    pub vocab_size: usize,
    /// Residual channels.
    pub hidden_size: usize,
    /// Channels of a feed-forward layer.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Query heads of a layer.
    pub num_attention_heads: usize,
    /// Key/value heads of a layer; absent: as many as query heads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_key_value_heads: Option<usize>,
    /// Channels of a head, even; absent: `hidden_size / num_attention_heads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// Longest row.
    #[serde(default = "default_positions")]
    pub max_position_embeddings: usize,
    /// Added under the root of the norm.
    #[serde(default = "default_rms_norm_eps")]
    pub rms_norm_eps: f64,
    /// Base of the rotary angles.
    #[serde(default = "default_rope_theta")]
    pub rope_theta: f64,
    /// Whether the output layer is the embedding.
    #[serde(default)]
    pub tie_word_embeddings: bool,
    /// Per layer the key/value head of every query head, where key/value heads serve different numbers of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_of_query: Option<Vec<Vec<usize>>>,
}

fn default_positions() -> usize {
    2048
}

fn default_rms_norm_eps() -> f64 {
    1e-6
}

fn default_rope_theta() -> f64 {
    10_000.0
}

impl DecoderConfig {
    /// Channels of a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Key/value heads of an unpruned layer.
    pub fn n_kv_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }
}

/// Learned positions, attention and GELU with biases, layer norm after each, pooled first token (Devlin et al. 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Tokens.
    pub vocab_size: usize,
    /// Residual channels.
    pub hidden_size: usize,
    /// Channels of a feed-forward layer.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of a layer.
    pub num_attention_heads: usize,
    /// Channels of a head; absent: `hidden_size / num_attention_heads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// Longest row.
    pub max_position_embeddings: usize,
    /// Kinds of tokens; all are of the first.
    #[serde(default = "default_token_types")]
    pub type_vocab_size: usize,
    /// Added under the root of the norm.
    #[serde(default = "default_layer_norm_eps")]
    pub layer_norm_eps: f64,
    /// Classes.
    #[serde(default = "default_labels")]
    pub num_labels: usize,
}

fn default_token_types() -> usize {
    2
}

fn default_layer_norm_eps() -> f64 {
    1e-12
}

fn default_labels() -> usize {
    2
}

impl EncoderConfig {
    /// Channels of a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }
}

/// A 3x3 convolution of stride 2, then blocks (1x1 expansion, 3x3 depthwise, 1x1 projection; Sandler et al. 2018), mean
/// over places, a dense layer. Biases, no batch norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvnetConfig {
    /// Channels of an image.
    pub in_channels: usize,
    /// Rows and columns of an image.
    pub image_size: usize,
    /// Channels after the first convolution.
    pub stem: usize,
    /// Blocks in order.
    pub blocks: Vec<BlockConfig>,
    /// Classes.
    pub num_labels: usize,
}

/// One block. Input is added to output where both have the same channels and the stride is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockConfig {
    /// Channels of the depthwise convolution.
    pub expanded: usize,
    /// Channels after the block.
    pub width: usize,
    /// 1 or 2.
    pub stride: usize,
}

/// Dense layers with ReLU between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MlpConfig {
    /// Inputs, hidden widths, outputs: at least two numbers.
    pub widths: Vec<usize>,
}

impl Config {
    /// `model_type`.
    pub fn model_type(&self) -> &'static str {
        match self {
            Config::Decoder(_) => "llama",
            Config::Encoder(_) => "bert",
            Config::Convnet(_) => "secateur-convnet",
            Config::Mlp(_) => "secateur-mlp",
        }
    }

    /// Columns of the logits: tokens or classes.
    pub fn n_classes(&self) -> usize {
        match self {
            Config::Decoder(config) => config.vocab_size,
            Config::Encoder(config) => config.num_labels,
            Config::Convnet(config) => config.num_labels,
            Config::Mlp(config) => config.widths.last().copied().unwrap_or(0),
        }
    }

    /// Refuses sizes of zero and sizes that do not go together.
    ///
    /// # Errors
    /// [`NetworkError::Config`] naming the field.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        match self {
            Config::Decoder(config) => {
                positive("vocab_size", config.vocab_size)?;
                positive("hidden_size", config.hidden_size)?;
                positive("max_position_embeddings", config.max_position_embeddings)?;
                positive("num_attention_heads", config.num_attention_heads)?;
                positive("num_key_value_heads", config.n_kv_heads())?;
                positive("head_dim", config.head_dim())?;
                if config.head_dim() % 2 != 0 {
                    return wrong(format!("head_dim {} is odd, rotary embedding needs pairs", config.head_dim()));
                }
                if config.num_attention_heads % config.n_kv_heads() != 0 {
                    return wrong(format!(
                        "num_attention_heads {} is no multiple of num_key_value_heads {}",
                        config.num_attention_heads,
                        config.n_kv_heads()
                    ));
                }
                if config.kv_of_query.as_ref().is_some_and(|layers| layers.len() != config.num_hidden_layers) {
                    return wrong("kv_of_query has not one list per layer".into());
                }
                finite("rms_norm_eps", config.rms_norm_eps)?;
                finite("rope_theta", config.rope_theta)
            }
            Config::Encoder(config) => {
                positive("vocab_size", config.vocab_size)?;
                positive("hidden_size", config.hidden_size)?;
                positive("max_position_embeddings", config.max_position_embeddings)?;
                positive("num_attention_heads", config.num_attention_heads)?;
                positive("head_dim", config.head_dim())?;
                positive("type_vocab_size", config.type_vocab_size)?;
                positive("num_labels", config.num_labels)?;
                finite("layer_norm_eps", config.layer_norm_eps)
            }
            Config::Convnet(config) => {
                positive("in_channels", config.in_channels)?;
                positive("image_size", config.image_size)?;
                positive("stem", config.stem)?;
                positive("num_labels", config.num_labels)?;
                for (index, block) in config.blocks.iter().enumerate() {
                    positive(&format!("blocks[{index}].width"), block.width)?;
                    if !matches!(block.stride, 1 | 2) {
                        return wrong(format!("blocks[{index}].stride is {}, expected 1 or 2", block.stride));
                    }
                }
                Ok(())
            }
            Config::Mlp(config) => {
                if config.widths.len() < 2 {
                    return wrong(format!("widths has {} numbers, expected at least 2", config.widths.len()));
                }
                positive("widths[0]", config.widths[0])?;
                positive("the last of widths", self.n_classes())
            }
        }
    }
}

fn positive(name: &str, value: usize) -> Result<(), NetworkError> {
    if value == 0 { wrong(format!("{name} is 0")) } else { Ok(()) }
}

fn finite(name: &str, value: f64) -> Result<(), NetworkError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        wrong(format!("{name} is {value}, expected a positive number"))
    }
}

fn wrong(what: String) -> Result<(), NetworkError> {
    Err(NetworkError::Config { what })
}
