//! Small networks and their batches, for the tests of this crate and of those that use it.

use ndarray::{Array2, Array4};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Batch, BlockConfig, Config, ConvnetConfig, DecoderConfig, EncoderConfig, Inputs, Network};

/// A decoder of two layers, two query heads to a key/value head.
pub fn decoder() -> Config {
    Config::Decoder(DecoderConfig {
        vocab_size: 11,
        hidden_size: 12,
        intermediate_size: 10,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        head_dim: Some(4),
        max_position_embeddings: 16,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        tie_word_embeddings: false,
        kv_of_query: None,
    })
}

/// An encoder of two layers with three labels.
pub fn encoder() -> Config {
    Config::Encoder(EncoderConfig {
        vocab_size: 11,
        hidden_size: 12,
        intermediate_size: 10,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        head_dim: None,
        max_position_embeddings: 16,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        num_labels: 3,
    })
}

/// Two separable blocks.
pub fn convnet() -> Config {
    let block = |expanded, width, stride| BlockConfig { expanded, width, stride };
    Config::Convnet(ConvnetConfig {
        in_channels: 2,
        image_size: 9,
        stem: 4,
        blocks: vec![block(6, 4, 1), block(8, 5, 2)],
        num_labels: 3,
    })
}

/// Copies: the second half of a row repeats the first.
pub fn copying(step: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
    let mut tokens = Array2::zeros((16, 8));
    for mut row in tokens.rows_mut() {
        for place in 0..4 {
            row[place] = rng.random_range(0..10u32);
            row[place + 4] = row[place];
        }
    }
    let next = |(row, place): (usize, usize)| if place < 7 { tokens[[row, place + 1]] } else { 10 };
    let labels = (0..16).flat_map(|row| (0..8).map(move |place| (row, place))).map(next).collect();
    Batch { inputs: Inputs::tokens(tokens), labels }
}

/// A batch that a network takes.
pub fn batch_for(network: &Network) -> Batch {
    match network.config() {
        Config::Convnet(config) => {
            let shape = (3, config.in_channels, config.image_size, config.image_size);
            let pixels =
                Array4::from_shape_fn(shape, |(a, b, c, d)| ((a * 7 + b * 5 + c * 3 + d) % 11) as f32 / 5.0 - 1.0);
            Batch { inputs: Inputs::Images(pixels), labels: vec![0; 3] }
        }
        Config::Encoder(_) => {
            let tokens = Array2::from_shape_fn((4, 5), |(row, place)| (row * 3 + place) as u32 % 7);
            Batch { inputs: Inputs::tokens(tokens), labels: vec![0; 4] }
        }
        _ => copying(3),
    }
}
