//! Fractions of OWL and DSA against what their authors' formulas give on the same weights and activations: numbers
//! computed beside this project, in double precision, by the programs' steps (Wanda's metric of all linear layers of a
//! block in a row, its outliers or the spread of its logarithms, the way to densities, the least fraction that goes).

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_methods::allocate::{Fractions, dsa, owl};
use secateur_neural::score::{Inputs, Reference};
use secateur_neural::units::blocks;
use secateur_neural::{Config, DecoderConfig, Network};
use secateur_program::Control;

const EXAMPLES: usize = 2;
const TOKENS: usize = 16;
/// How weights are spread: that of the last layer leads into the trap of DSA.
const POWERS: [f64; 3] = [0.6, 0.9, 1.2];

/// A number between -1 and 1 for a place.
fn at(layer: usize, linear: usize, row: usize, column: usize) -> f64 {
    let mixed =
        layer as u64 * 7919 + linear as u64 * 104_729 + row as u64 * 1_299_709 + column as u64 * 15_485_863 + 12_345;
    let mut n = ((mixed % (1 << 32)) * 2_654_435_761) % (1 << 32);
    n ^= n >> 15;
    n = (n * 2_246_822_519) % (1 << 32);
    n ^= n >> 13;
    (n as f64 + 0.5) / 2f64.powi(32) * 2.0 - 1.0
}

/// A decoder of three layers with these weights, and the inputs of its linear layers.
fn network() -> (Network, BTreeMap<String, Inputs>) {
    let config = DecoderConfig {
        vocab_size: 11,
        hidden_size: 16,
        intermediate_size: 24,
        num_hidden_layers: 3,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        head_dim: Some(4),
        max_position_embeddings: 16,
        rms_norm_eps: 1e-6,
        rope_theta: 10_000.0,
        tie_word_embeddings: false,
        kv_of_query: None,
    };
    let random = Network::random(Config::Decoder(config), 1).unwrap();
    let all = blocks(&random);
    let (config, mut weights) = random.into_parts();
    let mut inputs = BTreeMap::new();
    for (layer, block) in all.iter().enumerate() {
        for (index, linear) in block.linears.iter().enumerate() {
            let weight = weights.get_mut(&format!("{linear}.weight")).unwrap();
            for (place, value) in weight.indexed_iter_mut() {
                let own = at(layer, index, place[0], place[1]);
                *value = (own.abs().powf(POWERS[layer]) * own.signum()) as f32;
            }
            let columns = weight.shape()[1];
            let large = |column: usize| if column % 16 == 3 { 6.0 + 2.0 * layer as f64 } else { 1.0 };
            let rows = Array2::from_shape_fn((TOKENS, columns), |(token, column)| {
                at(layer + 50, index, token, column) * large(column)
            });
            let own = Inputs { moments: rows.t().dot(&rows), n_rows: TOKENS, n_examples: EXAMPLES };
            inputs.insert(linear.clone(), own);
        }
    }
    (Network::new(config, weights).unwrap(), inputs)
}

fn are(network: &Network, fractions: &Fractions, expected: [f64; 3]) {
    for (block, expected) in blocks(network).iter().zip(expected) {
        for linear in &block.linears {
            assert!((fractions[linear] - expected).abs() < 1e-6, "{linear}: {} {expected}", fractions[linear]);
        }
    }
}

#[test]
fn fractions_of_owl_are_those_of_the_release() {
    let (network, inputs) = network();
    for (sparsity, expected) in [
        (0.5, [0.5857971014492753, 0.4257971014492753, 0.48840579710144927]),
        (0.65, [0.7357971014492755, 0.5757971014492753, 0.6384057971014494]),
        // A block that would keep more than all loses a hundredth.
        (0.02, [0.10579710144927534, 0.01, 0.008405797101449286]),
    ] {
        are(&network, &owl(&network, &inputs, sparsity, 5.0, 0.08, &Reference).unwrap(), expected);
    }
}

#[test]
fn fractions_of_dsa_are_those_of_the_release() {
    let (network, inputs) = network();
    for (sparsity, expected) in [
        (0.5, [0.5081675104957126, 0.5759162447521438, 0.4159162447521437]),
        (0.65, [0.6581675104957126, 0.7259162447521437, 0.5659162447521437]),
        (0.02, [0.028167510495712644, 0.09591624475214366, 0.01]),
    ] {
        let (fractions, found) = dsa(&network, &inputs, sparsity, 0.08, &Reference, &Control::new()).unwrap();
        assert_eq!(found.not_numbers, [2]);
        for (value, expected) in found.values.iter().zip([0.580953499791228, 1.0076020010931548, 0.0]) {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
        are(&network, &fractions, expected);
    }
}
