//! A batch on its way through a network: before, between and after blocks (the blocks of [`crate::units::blocks`], in
//! their order).

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ndarray::Array2;

use super::layers::Run;
use super::{convnet, decoder, encoder, mlp};
use crate::Config;
use crate::batch::Inputs;

/// Activations, and what blocks see beside them.
#[derive(Clone)]
pub(crate) struct State<B: Backend> {
    x: Tensor<B, 2>,
    beside: Beside<B>,
}

#[derive(Clone)]
enum Beside<B: Backend> {
    Decoder(decoder::Places<B>),
    Encoder(encoder::Places<B>),
    Convnet(convnet::Places),
    Mlp,
}

/// Blocks of a network.
pub(crate) fn n_blocks(config: &Config) -> usize {
    match config {
        Config::Decoder(config) => config.num_hidden_layers,
        Config::Encoder(config) => config.num_hidden_layers,
        Config::Convnet(config) => config.blocks.len(),
        Config::Mlp(config) => config.widths.len() - 2,
    }
}

impl<B: Backend> State<B> {
    /// Before the first block. `inputs` are checked against the configuration.
    pub(crate) fn begin(config: &Config, run: &mut Run<'_, B>, inputs: &Inputs, device: &B::Device) -> Self {
        let (x, beside) = match (config, inputs) {
            (Config::Decoder(config), Inputs::Tokens { tokens, .. }) => {
                let (x, places) = decoder::begin(config, run, tokens_on(tokens, device));
                (x, Beside::Decoder(places))
            }
            (Config::Encoder(config), Inputs::Tokens { tokens, lengths }) => {
                let (x, places) = encoder::begin(config, run, tokens_on(tokens, device), lengths);
                (x, Beside::Encoder(places))
            }
            (Config::Convnet(_), Inputs::Images(images)) => {
                let (x, places) = convnet::begin(run, convnet::images(images, device));
                (x, Beside::Convnet(places))
            }
            (Config::Mlp(_), Inputs::Rows(rows)) => {
                let values: Vec<f32> = rows.iter().copied().collect();
                (Tensor::from_data(TensorData::new(values, [rows.nrows(), rows.ncols()]), device), Beside::Mlp)
            }
            _ => unreachable!("inputs are checked"),
        };
        Self { x, beside }
    }

    /// After a block.
    pub(crate) fn through(self, config: &Config, run: &mut Run<'_, B>, block: usize) -> Self {
        let Self { x, beside } = self;
        match (config, beside) {
            (Config::Decoder(config), Beside::Decoder(places)) => {
                Self { x: decoder::layer(config, run, block, &places, x), beside: Beside::Decoder(places) }
            }
            (Config::Encoder(config), Beside::Encoder(places)) => {
                Self { x: encoder::layer(config, run, block, &places, x), beside: Beside::Encoder(places) }
            }
            (Config::Convnet(config), Beside::Convnet(places)) => {
                let (x, places) = convnet::block(config, run, block, x, places, &mut convnet::Dense);
                Self { x, beside: Beside::Convnet(places) }
            }
            (Config::Mlp(_), Beside::Mlp) => Self { x: mlp::layer(run, block, x), beside: Beside::Mlp },
            _ => unreachable!("a state is of one network"),
        }
    }

    /// Logits from what comes after the last block.
    pub(crate) fn end(self, config: &Config, run: &mut Run<'_, B>) -> Tensor<B, 2> {
        match (config, self.beside) {
            (Config::Decoder(config), Beside::Decoder(_)) => decoder::end(config, run, self.x),
            (Config::Encoder(_), Beside::Encoder(places)) => encoder::end(run, &places, self.x),
            (Config::Convnet(_), Beside::Convnet(places)) => convnet::end(run, self.x, places),
            (Config::Mlp(config), Beside::Mlp) => mlp::layer(run, config.widths.len() - 2, self.x),
            _ => unreachable!("a state is of one network"),
        }
    }
}

fn tokens_on<B: Backend>(tokens: &Array2<u32>, device: &B::Device) -> Tensor<B, 2, Int> {
    let values: Vec<i64> = tokens.iter().map(|token| i64::from(*token)).collect();
    Tensor::from_data(TensorData::new(values, [tokens.nrows(), tokens.ncols()]), device)
}
