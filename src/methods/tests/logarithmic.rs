//! Trained networks rebuilt from random ones.

use ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_methods::logarithmic::{Choice, Distribution, LogarithmicOptions, layers_of, network_of, outputs, prune};
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::testing::decoder;
use secateur_neural::to_host;
use secateur_neural::*;
use secateur_program::Control;

/// Points of the square, by the side of a wave.
fn points(seed: u64, n: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = Array2::from_shape_fn((n, 2), |_| rng.random_range(-1.0..1.0f32));
    let labels = rows.rows().into_iter().map(|row| u32::from(row[1] > (3.0 * row[0]).sin() / 2.0)).collect();
    Batch { inputs: Inputs::Rows(rows), labels }
}

fn logits(network: &Network, batch: &Batch) -> Vec<f64> {
    let params = network.params::<Cpu>(&Default::default());
    let logits = network.forward(&params, &batch.inputs, &mut Untouched).unwrap();
    to_host(logits).into_iter().map(f64::from).collect()
}

#[test]
fn a_trained_network_is_rebuilt_from_a_random_one() {
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![2, 12, 8, 2] }), 1).unwrap();
    let options = TrainOptions { steps: 1500, learning_rate: 1e-2, weight_decay: 0.5, ..TrainOptions::default() };
    let batch = |step: usize| points(step as u64, 64);
    let trained =
        train::<CpuTraining>(&network, batch, &options, &Default::default(), &Control::new()).unwrap().network;
    let held_out = points(1_000_000, 1000);
    let params = trained.params::<Cpu>(&Default::default());
    let quality = evaluate(&trained, &params, std::slice::from_ref(&held_out), &Control::new()).unwrap();
    assert!(quality.accuracy > 0.95, "{quality:?}");

    let target = layers_of(&trained).unwrap();
    let expected = logits(&trained, &held_out);
    let Inputs::Rows(rows) = &held_out.inputs else { unreachable!() };
    // The layers are those of the network.
    for (row, logits) in rows.rows().into_iter().zip(expected.chunks(2)) {
        let own: Array1<f64> = outputs(&target, &row.mapv(f64::from));
        assert!(own.iter().zip(logits).all(|(a, b)| (a - b).abs() < 1e-4));
    }
    let mut sizes = Vec::new();
    for eps in [1e-1, 1e-2, 1e-3, 1e-4] {
        for choice in [Choice::Greedy, Choice::Fewest] {
            let distribution = Distribution::Hyperbolic { gamma: 1.5, choice };
            let options = LogarithmicOptions { eps, distribution, ..LogarithmicOptions::default() };
            let built = prune(&target, &options, &Control::new()).unwrap();
            let apart = |row: ndarray::ArrayView1<'_, f32>| {
                let x = row.mapv(f64::from);
                (built.outputs(&x) - outputs(&target, &x)).iter().fold(0.0, |most: f64, d| most.max(d.abs()))
            };
            let worst = rows.rows().into_iter().map(apart).fold(0.0, f64::max);
            assert!(worst <= eps, "{worst} above {eps}");
            // As a network in single precision: off by its rounding, too.
            let rebuilt = network_of(&built).unwrap();
            let found = logits(&rebuilt, &held_out);
            let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst <= eps + 1e-4, "{worst} above {eps}");
            sizes.push(built.counts.iter().map(|counts| counts.kept).sum::<usize>());
        }
    }
    assert!(sizes.chunks(2).all(|pair| pair[1] < pair[0]), "{sizes:?}");

    let other = Network::random(decoder(), 1).unwrap();
    assert_eq!(layers_of(&other).unwrap_err().to_string(), "layer 0: model_type is llama, expected secateur-mlp");
}
