use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use ndarray::{Array1, Array2, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::models::gaussian;
use secateur_neural::score::{Calibration, Reference};
use secateur_neural::testing::{copying, decoder};
use secateur_neural::units::blocks;
use secateur_neural::{
    Batch, Config, DecoderConfig, Inputs, MlpConfig, Network, TrainOptions, evaluate, to_host, train,
};
use secateur_program::{Control, Stop};

use super::candidates::Candidates;
use super::options::At;
use super::prior::lean;
use super::soft::{gumbel, noise, soft};
use super::*;
use crate::obs::Sparsity;
use crate::weights::{Rule, prune_weights};

const TWO_OF_FOUR: Sparsity = Sparsity::Pattern { n: 2, m: 4 };

fn random(shape: (usize, usize), deviation: f64, seed: u64) -> Array2<f32> {
    let (mut rng, mut spare) = (ChaCha8Rng::seed_from_u64(seed), None);
    Array2::from_shape_simple_fn(shape, || (gaussian(&mut rng, &mut spare) * deviation) as f32)
}

fn tensor(array: &Array2<f32>) -> Tensor<CpuTraining, 2> {
    let values: Vec<f32> = array.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [array.nrows(), array.ncols()]), &Default::default())
}

#[test]
fn candidates_are_the_subsets_in_the_order_of_the_authors() {
    let rows = |n, m| {
        let own = Candidates::new(n, m).unwrap();
        (0..own.len()).map(|row| own.row(row).iter().map(|kept| if *kept { '1' } else { '0' }).collect()).collect()
    };
    let two: Vec<String> = rows(2, 4);
    assert_eq!(two, ["1100", "1010", "1001", "0110", "0101", "0011"]);
    let one: Vec<String> = rows(1, 4);
    assert_eq!(one, ["1000", "0100", "0010", "0001"]);
    assert_eq!(Candidates::new(4, 8).unwrap().len(), 70);
    for (n, m) in [(0, 4), (5, 4), (4, 9)] {
        let error = Candidates::new(n, m).unwrap_err().to_string();
        assert_eq!(error, format!("pattern {n}:{m}, expected 1 <= n <= m"));
    }
}

/// Of a loss that is linear in the masked weights, so that `d` is known.
#[test]
fn gradients_have_the_closed_form() {
    let at = At { scale: 120.0, temperature: 2.5, weight_reward: 0.0 };
    for (n, m) in [(2, 4), (1, 4), (2, 3)] {
        let candidates = Candidates::new(n, m).unwrap();
        let (blocks, k) = (7, candidates.len());
        let logits = random((blocks, k), 0.01, 1);
        let (weights, slopes) = (random((blocks, m), 1.0, 2), random((blocks, m), 1.0, 3));
        let noise = gumbel::<CpuTraining>([blocks, k], &mut noise(5, 0), &Default::default());
        let tracked = tensor(&logits).require_grad();
        let soft_of_block = soft(tracked.clone(), &noise, at);
        let mask = soft_of_block.clone().matmul(candidates.matrix(&Default::default()));
        let kept = to_host(mask.clone().sum_dim(1));
        assert!(kept.iter().all(|sum| (sum - n as f32).abs() < 1e-5), "{kept:?}");
        let gradients = (mask * tensor(&weights) * tensor(&slopes)).sum().backward();
        let found = to_host(tracked.grad(&gradients).unwrap());
        let y = Array2::from_shape_vec((blocks, k), to_host(soft_of_block)).unwrap();
        for block in 0..blocks {
            let d: Array1<f64> = (&weights.row(block) * &slopes.row(block)).mapv(f64::from);
            let along = |candidate: usize| -> f64 {
                candidates.row(candidate).iter().zip(&d).filter(|(kept, _)| **kept).map(|(_, d)| d).sum()
            };
            let mean: f64 = (0..k).map(|other| f64::from(y[[block, other]]) * along(other)).sum();
            for candidate in 0..k {
                let expected = at.scale / at.temperature * f64::from(y[[block, candidate]]) * (along(candidate) - mean);
                let own = f64::from(found[block * k + candidate]);
                assert!((own - expected).abs() < 1e-3 * (1.0 + expected.abs()), "{own} {expected}");
            }
        }
    }
}

#[test]
fn a_prior_decides_most_blocks_before_the_first_step() {
    let candidates = Candidates::new(2, 4).unwrap();
    let n_blocks = 40_000;
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let prior: Vec<usize> = (0..n_blocks).map(|_| rng.random_range(0..6)).collect();
    let places: Vec<bool> = prior.iter().flat_map(|own| candidates.row(*own)).copied().collect();
    let mask = Array2::from_shape_vec((n_blocks, 4), places).unwrap();
    for (strength, expected) in [(0.0, 1.0 / 6.0), (2.0, 0.79), (3.0, 0.945), (5.0, 0.999)] {
        let mut logits = random((n_blocks, 6), 0.01, 3);
        lean(&mut logits, &mask, &candidates, strength);
        let best = |row: ndarray::ArrayView1<'_, f32>| (0..6).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let same = logits.rows().into_iter().zip(&prior).filter(|(row, own)| best(*row) == **own).count();
        let fraction = same as f64 / n_blocks as f64;
        assert!((fraction - expected).abs() < 0.01, "{strength}: {fraction}, expected {expected}");
    }
}

#[test]
fn the_scale_decides_how_much_is_drawn_at_random() {
    let logits = random((2000, 6), 0.01, 1);
    let draw = |scale: f64, temperature: f64, step: usize| -> Vec<f32> {
        let noise = gumbel::<CpuTraining>([2000, 6], &mut noise(1, step), &Default::default());
        to_host(soft(tensor(&logits), &noise, At { scale, temperature, weight_reward: 0.0 }))
    };
    let winners = |drawn: &[f32]| -> Vec<usize> {
        drawn.chunks(6).map(|row| (0..6).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()).collect()
    };
    let moved = |scale: f64| {
        let (one, other) = (winners(&draw(scale, 4.0, 0)), winners(&draw(scale, 4.0, 1)));
        one.iter().zip(&other).filter(|(a, b)| a != b).count() as f64 / 2000.0
    };
    // Nothing but noise: five of six draws are another.
    assert!((moved(1e-3) - 5.0 / 6.0).abs() < 0.03, "{}", moved(1e-3));
    assert!(moved(1e5) < 0.01, "{}", moved(1e5));
    let largest = |drawn: &[f32]| {
        drawn.chunks(6).map(|row| f64::from(row.iter().copied().fold(0.0, f32::max))).sum::<f64>() / 2000.0
    };
    assert!(largest(&draw(500.0, 0.05, 0)) > 0.985);
    // Noise alone is nearly as sure of itself: no measure of what is learned.
    assert!(largest(&draw(1e-3, 0.05, 0)) > 0.95);
}

/// Two classes of points whose four coordinates matter differently.
fn points(seed: u64, n: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = Array2::from_shape_fn((n, 4), |_| rng.random_range(-1.0..1.0f32));
    let labels = rows.rows().into_iter().map(|row| u32::from(row[0] * row[1] + 0.6 * row[2] - 0.3 * row[3] > 0.0));
    let labels = labels.collect();
    Batch { inputs: Inputs::Rows(rows), labels }
}

fn loss_of(network: &Network, batches: &[Batch]) -> f64 {
    evaluate::<Cpu>(network, &network.params(&Default::default()), batches, &Control::new()).unwrap().loss
}

fn trained_points() -> Network {
    let network = Network::random(Config::Mlp(MlpConfig { widths: vec![4, 4, 2] }), 3).unwrap();
    let options = TrainOptions { steps: 400, learning_rate: 2e-2, ..TrainOptions::default() };
    train::<CpuTraining>(&network, |step| points(step as u64, 64), &options, &Default::default(), &Control::new())
        .unwrap()
        .network
}

fn quick(steps: usize, rate: f64, seed: u64) -> MaskOptions {
    let training = TrainOptions { steps, learning_rate: rate, ..MaskOptions::default().training };
    MaskOptions { training, seed, ..MaskOptions::default() }
}

#[test]
fn four_blocks_end_at_the_best_of_all_masks() {
    let network = trained_points();
    let batch = points(77, 512);
    let candidates = Candidates::new(2, 4).unwrap();
    let mut best = (f64::INFINITY, Masks::default());
    for code in 0..1296usize {
        let chosen = [code % 6, code / 6 % 6, code / 36 % 6, code / 216];
        let places = chosen.iter().flat_map(|own| candidates.row(*own)).copied().collect();
        let mask = Array2::from_shape_vec((4, 4), places).unwrap();
        let masks = Masks(BTreeMap::from([("layers.0".to_owned(), mask)]));
        let loss = loss_of(&masks.apply(&network).unwrap(), std::slice::from_ref(&batch));
        if loss < best.0 {
            best = (loss, masks);
        }
    }
    let patterns = BTreeMap::from([("layers.0".to_owned(), TWO_OF_FOUR)]);
    let learned = |seed: u64| {
        let options = quick(300, 5e-4, seed);
        let mut learner =
            MaskLearner::<CpuTraining>::new(&network, &patterns, None, options, &Default::default()).unwrap();
        learner.run(300, |_| batch.clone(), &Control::new()).unwrap();
        learner.masks()
    };
    let right = (0..7).filter(|seed| learned(*seed) == best.1).count();
    assert!(right >= 5, "{right} of 7");
}

/// All linear layers of blocks.
fn patterns_of(network: &Network) -> BTreeMap<String, Sparsity> {
    blocks(network).into_iter().flat_map(|block| block.linears).map(|linear| (linear, TWO_OF_FOUR)).collect()
}

#[test]
fn learned_masks_lose_less_than_magnitude_and_wanda() {
    // Every linear layer's rows are whole blocks of four.
    let Config::Decoder(shape) = decoder() else { unreachable!() };
    let config = DecoderConfig { intermediate_size: 24, hidden_size: 16, ..shape };
    let network = Network::random(Config::Decoder(config), 1).unwrap();
    let options = TrainOptions { steps: 400, learning_rate: 1e-2, ..TrainOptions::default() };
    let network =
        train::<CpuTraining>(&network, copying, &options, &Default::default(), &Control::new()).unwrap().network;
    let patterns = patterns_of(&network);
    let calibration: Vec<Batch> = (0..4).map(copying).collect();
    let test: Vec<Batch> = (10_000..10_004).map(copying).collect();
    let by = |rule: Rule| {
        let control = Control::new();
        prune_weights(&Calibration::<Cpu>::new(&network, &calibration, &control), &patterns, rule, &Reference).unwrap()
    };
    let (magnitude, wanda) = (by(Rule::Magnitude), by(Rule::Wanda));
    let prior = Masks::of(&wanda, patterns.keys().map(String::as_str)).unwrap();
    let mut learner =
        MaskLearner::<CpuTraining>::new(&network, &patterns, Some(&prior), quick(200, 2e-3, 0), &Default::default())
            .unwrap();
    let before = learner.report();
    let (losses, stop) = learner.run(200, |step| copying(1_000 + step), &Control::new()).unwrap();
    assert_eq!((losses.len(), stop, learner.step()), (200, None, 200));
    let masks = learner.masks();
    let learned = masks.apply(&network).unwrap();
    let [magnitude, wanda, found] = [&magnitude, &wanda, &learned].map(|own| loss_of(own, &test));
    assert!(found < magnitude && found < wanda, "learned {found}, magnitude {magnitude}, Wanda {wanda}");
    // Two of four in every linear layer, and what stays is untouched.
    for linear in patterns.keys() {
        assert!(masks.keeps(linear, 2, 4) && !masks.keeps(linear, 1, 4), "{linear}");
        let name = format!("{linear}.weight");
        let whole = network.weights().get(&name).unwrap();
        let kept = learned.weights().get(&name).unwrap();
        assert!(whole.iter().zip(kept).all(|(a, b)| *b == 0.0 || a.to_bits() == b.to_bits()), "{linear}");
    }
    assert_eq!(masks.apply(&learned).unwrap(), learned);
    // Learning decides: every linear layer is surer than before, and some blocks left the prior.
    let after = learner.report();
    for (old, new) in before.iter().zip(&after) {
        assert!((new.n, new.m) == (2, 4) && new.confidence > old.confidence && new.confidence > 0.9, "{old:?} {new:?}");
    }
    let as_prior = |reports: &[MapReport]| {
        let same: f64 = reports.iter().map(|own| own.as_prior.unwrap() * own.n_blocks as f64).sum();
        same / reports.iter().map(|own| own.n_blocks as f64).sum::<f64>()
    };
    assert!(as_prior(&before) > 0.9 && as_prior(&after) < 0.9, "{} {}", as_prior(&before), as_prior(&after));
}

#[test]
fn a_break_changes_nothing() {
    let network = trained_points();
    let patterns = BTreeMap::from([
        ("layers.0".to_owned(), Sparsity::Pattern { n: 1, m: 4 }),
        ("layers.1".to_owned(), Sparsity::Fraction(0.0)),
    ]);
    let new =
        || MaskLearner::<CpuTraining>::new(&network, &patterns, None, quick(40, 5e-3, 2), &Default::default()).unwrap();
    let batch = |step: usize| points(step as u64, 32);
    let mut whole = new();
    let (losses, _) = whole.run(usize::MAX, batch, &Control::new()).unwrap();
    let mut first = new();
    let (mut before, _) = first.run(17, batch, &Control::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    first.state().save(&path).unwrap();
    let state = MaskState::load(&path).unwrap();
    assert_eq!(state, first.state());
    let mut second =
        MaskLearner::<CpuTraining>::resume(&network, state, quick(40, 5e-3, 2), &Default::default()).unwrap();
    let control = Control::new();
    let cancel_at = |step: usize| {
        if step == 30 {
            control.cancel();
        }
        batch(step)
    };
    let (middle, stop) = second.run(100, cancel_at, &control).unwrap();
    assert_eq!((middle.len(), stop, second.step()), (14, Some(Stop::Cancelled), 31));
    let (after, stop) = second.run(100, batch, &Control::new()).unwrap();
    assert_eq!((after.len(), stop), (9, None));
    before.extend(middle.into_iter().chain(after));
    assert_eq!(before, losses);
    assert_eq!(second.state(), whole.state());
    assert!(second.masks().keeps("layers.0", 1, 4) && second.masks().get("layers.1").is_none());
}

#[test]
fn files_of_masks_come_back_and_damage_is_named() {
    let network = trained_points();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask_compressed.npz");
    let mask = array![
        [true, false, false, true],
        [false, true, true, false],
        [true, true, false, false],
        [false, false, true, true]
    ];
    let masks = Masks(BTreeMap::from([("layers.0".to_owned(), mask)]));
    masks.save(&path).unwrap();
    assert_eq!(Masks::load(&path, &network).unwrap(), masks);
    // As numpy.packbits has it, in a file that NumPy reads.
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name("layers.0.weight.mask.npy").unwrap(), &mut bytes).unwrap();
    assert_eq!((bytes.len() - 2) % 64, 0);
    assert_eq!(&bytes[bytes.len() - 2..], [0b1001_0110, 0b1100_0011]);

    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let message = Masks::load(&path, &network).unwrap_err().to_string();
        assert!(message.contains("mask_compressed.npz"), "{message}");
    }
    let other = Network::random(Config::Mlp(MlpConfig { widths: vec![4, 5, 2] }), 3).unwrap();
    std::fs::write(&path, &whole).unwrap();
    let message = Masks::load(&path, &other).unwrap_err().to_string();
    assert!(message.ends_with("layers.0: 2 bytes, expected 3"), "{message}");
    let message = Masks::load(&folder.path().join("none"), &network).unwrap_err().to_string();
    assert!(message.contains("none: No such file"), "{message}");
    std::fs::write(&path, b"no safetensors").unwrap();
    assert!(MaskState::load(&path).unwrap_err().to_string().contains("mask_compressed.npz: "));
}

#[test]
fn wrong_arguments_are_named() {
    let network = trained_points();
    let message = |linear: &str, pattern: Sparsity, prior: Option<&Masks>, options: MaskOptions| {
        let patterns = BTreeMap::from([(linear.to_owned(), pattern)]);
        match MaskLearner::<CpuTraining>::new(&network, &patterns, prior, options, &Default::default()) {
            Ok(_) => panic!("accepted"),
            Err(error) => error.to_string(),
        }
    };
    let fine = MaskOptions::default();
    let unknown = "layers.9 is no linear layer of this network whose weights can be pruned";
    assert_eq!(message("layers.9", TWO_OF_FOUR, None, fine.clone()), unknown);
    let fraction = "layers.0: fraction that goes: 0.5, expected 0, or a pattern";
    assert_eq!(message("layers.0", Sparsity::Fraction(0.5), None, fine.clone()), fraction);
    let ragged = "layers.0: inputs: 4, expected a multiple of 3";
    assert_eq!(message("layers.0", Sparsity::Pattern { n: 1, m: 3 }, None, fine.clone()), ragged);
    let pattern = "pattern 5:4, expected 1 <= n <= m";
    assert_eq!(message("layers.0", Sparsity::Pattern { n: 5, m: 4 }, None, fine.clone()), pattern);
    let without = "layers.0 is no linear layer of this network whose weights can be pruned";
    assert_eq!(message("layers.0", TWO_OF_FOUR, Some(&Masks::default()), fine.clone()), without);
    let cold = MaskOptions { temperature: (4.0, 0.0), ..fine.clone() };
    assert_eq!(message("layers.0", TWO_OF_FOUR, None, cold), "temperature: 0, expected a positive number");
    let patterns = BTreeMap::from([("layers.0".to_owned(), TWO_OF_FOUR)]);
    let mut learner =
        MaskLearner::<CpuTraining>::new(&network, &patterns, None, fine.clone(), &Default::default()).unwrap();
    let state = learner.state();
    let other = MaskOptions { seed: 7, ..fine };
    let error = MaskLearner::<CpuTraining>::resume(&network, state, other, &Default::default()).err().unwrap();
    assert_eq!(error.to_string(), "seed: 7, expected 0, as the state has it");
}
