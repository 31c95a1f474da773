//! Neural networks: what to prune in them, what each part is worth and costs, and how much of each layer to keep.
//!
//! | module | |
//! |---|---|
//! | [`Network`], [`Config`], [`Weights`] | networks as named tensors; decoder, encoder, convolutions, dense layers |
//! | [`train()`], [`train_masked`], [`evaluate`] | training in-process, with pruned weights held at zero; cross-entropy, perplexity, accuracy |
//! | [`units`] | what can be removed, what goes with it, what it costs; as a selection program; masked and smaller networks |
//! | [`score`] | what units are worth, measured on calibration data |
//! | [`cpu`] | training, evaluation and measurements on the processor, compiled once |
//! | [`latency`] | seconds measured on this machine |
//! | [`walk`], [`descent`], [`models`] | what methods of pruning are made of: batches on their way, steps of training, parts of networks |
//! | [`levels`] | one level per layer: the exact choice within a budget |
//! | [`Checkpoint`] | directories as Hugging Face's libraries have them |
//! | [`Tokens`], [`random_windows`], [`consecutive_windows`], [`padded_rows`] | text for language models and encoders |
//! | [`Probe`] | sees, and may change, the input of every linear layer |
//!
//! Published methods that prune with these are in the crate `secateur-methods`. Everything that computes is generic
//! over burn's `Backend`: `Flex` on the CPU, `Wgpu` or `Cuda` (features `wgpu`, `cuda`) on graphics cards. On an NVIDIA
//! card through CUDA burn multiplies matrices on tensor cores, which round factors to 10 bits; scores do not.

mod batch;
mod config;
pub mod cpu;
pub mod descent;
mod error;
mod hub;
pub mod latency;
pub mod levels;
mod loss;
pub mod models;
mod network;
mod program;
pub mod score;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tokens;
mod train;
pub mod units;
pub mod walk;
mod weights;

pub use batch::{Batch, Inputs};
pub use config::{BlockConfig, Config, ConvnetConfig, DecoderConfig, EncoderConfig, MlpConfig};
pub use error::NetworkError;
pub use hub::{Checkpoint, Format, HubError, SaveOptions};
pub use loss::{EvaluateError, Quality, cross_entropies, divergence, evaluate};
pub use models::{Probe, Untouched};
pub use network::Network;
pub use tokens::{TokenError, Tokens, consecutive_windows, padded_rows, random_windows};
pub use train::{TrainOptions, Trained, masked, train, train_masked};
pub use weights::{Params, Weights, to_host};
