use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, Array4};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::descent::tracked;
use secateur_neural::testing::{copying, decoder};
use secateur_neural::units::{CostModel, Units};
use secateur_neural::{
    Batch, BlockConfig, Config, ConvnetConfig, EncoderConfig, Inputs, MlpConfig, Network, Params, TrainOptions,
    Untouched, evaluate, to_host,
};
use secateur_program::{Control, Stop};

use super::balance::{data_scale, fused, length, recentre};
use super::counts::Counts;
use super::distil::Outputs;
use super::network::{UnitMasks, masks};
use super::*;

fn row(values: &[f64]) -> Tensor<CpuTraining, 2> {
    let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [1, n]), &Default::default())
}

fn close(a: f64, b: f64, within: f64) -> bool {
    (a - b).abs() <= within * (1.0 + b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Faithfulness 1.
    #[test]
    fn masks_are_nested_and_widths_have_their_gradient(
        n_units in 1..40usize,
        step in 1..9usize,
        temperature in 0.3..3.0f64,
        values in prop::collection::vec(-3.0..3.0f64, 40),
        turn in 0..40usize,
    ) {
        let counts = Counts::new(n_units, step);
        let logits = &values[..counts.len()];
        let p = Counts::probabilities(logits, temperature);
        prop_assert!(close(p.iter().sum(), 1.0, 1e-12));
        // Every bucket stays with the probabilities of the candidates from its own on.
        let mut w = p.clone();
        (0..w.len() - 1).rev().for_each(|k| w[k] += w[k + 1]);
        prop_assert!(close(w[0], 1.0, 1e-12) && w.windows(2).all(|pair| pair[1] <= pair[0]));
        let order: Vec<usize> = (0..n_units).map(|place| (place + turn) % n_units).collect();
        let tracked = row(logits).require_grad();
        let expected = counts.expected(&p);
        let hard = counts.rounded_up(expected);
        let (soft, through) = masks(tracked.clone(), &counts, &order, hard, temperature);
        let (of_soft, of_hard) = (to_host(soft), to_host(through.clone()));
        for (place, unit) in order.iter().enumerate() {
            prop_assert!(close(f64::from(of_soft[*unit]), w[place / step], 1e-5));
            prop_assert!(close(f64::from(of_hard[*unit]), f64::from(u8::from(place < hard)), 1e-6));
        }
        // Straight through for the units of the hard network, nothing for the others.
        let first: Vec<f64> = (0..n_units).map(|unit| f64::from(of_hard[unit].round())).collect();
        let other = row(logits).require_grad();
        let (own, _) = masks(other.clone(), &counts, &order, hard, temperature);
        let (a, b) = (through.sum().backward(), (own * row(&first)).sum().backward());
        let (a, b) = (to_host(tracked.grad(&a).unwrap()), to_host(other.grad(&b).unwrap()));
        prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4), "{a:?} {b:?}");
        // The soft width is the sum of the masks; its gradient three times.
        prop_assert!(close(of_soft.iter().copied().map(f64::from).sum(), expected, 1e-5));
        let by_formula = counts.expected_gradient(&p, temperature);
        let tracked = row(logits).require_grad();
        let (soft, _) = masks(tracked.clone(), &counts, &order, hard, temperature);
        let by_autodiff = to_host(tracked.grad(&soft.sum().backward()).unwrap());
        for k in 0..counts.len() {
            let moved = |by: f64| {
                let mut other = logits.to_vec();
                other[k] += by;
                counts.expected(&Counts::probabilities(&other, temperature))
            };
            prop_assert!(close(by_formula[k], (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-6));
            prop_assert!(close(by_formula[k], f64::from(by_autodiff[k]), 1e-4));
        }
        // Up to the next multiple, at most all.
        prop_assert!(hard as f64 >= expected - 1e-5 * step as f64 && (hard as f64) < expected + step as f64 + 1e-9);
        prop_assert!(hard == n_units || hard.is_multiple_of(step));
    }

    #[test]
    fn the_weaker_gradient_of_masks_is_lengthened(
        data in prop::collection::vec(-1.0..1.0f64, 5),
        resource in prop::collection::vec(-1.0..1.0f64, 5),
        of_data in 0.001..1000.0f64,
        s in 0.1..10.0f64,
    ) {
        let data: Vec<f64> = data.into_iter().map(|own| own * of_data).collect();
        let (a, b) = (length(&data), length(&resource));
        prop_assume!(a > 1e-9 && b > 1e-9);
        let sum = fused(&data, &resource, Some(s));
        let (more_data, more_resource) = if a < s * b { (s * b / a, 1.0) } else { (1.0, a / (s * b)) };
        prop_assert!(more_data >= 1.0 && more_resource >= 1.0);
        // |data| = s |resource| afterwards.
        prop_assert!(close(a * more_data, s * b * more_resource, 1e-9));
        for ((sum, data), resource) in sum.iter().zip(&data).zip(&resource) {
            prop_assert!(close(*sum, more_data * data + more_resource * resource, 1e-9));
        }
        prop_assert_eq!(fused(&data, &[0.0; 5], Some(s)), data.clone());
        prop_assert_eq!(fused(&[0.0; 5], &resource, Some(s)), resource.clone());
        let mut moved = data.clone();
        recentre(&mut moved);
        prop_assert!(moved.iter().sum::<f64>().abs() < 1e-9 * (1.0 + a));
        let (p, q) = (Counts::probabilities(&data, of_data), Counts::probabilities(&moved, of_data));
        prop_assert!(p.iter().zip(&q).all(|(p, q)| close(*p, *q, 1e-9)));
    }
}

#[test]
fn resources_have_all_their_weight_beyond_relax() {
    assert_eq!(data_scale(1.0, 0.5, 10.0), Some(0.5));
    assert_eq!(data_scale(-7.0, 0.5, 10.0), Some(0.5));
    assert_eq!(data_scale(0.5, 0.5, 10.0), Some(2.0));
    assert_eq!(data_scale(1e-6, 0.5, 10.0), Some(10.0));
    assert_eq!(data_scale(0.0, 0.5, 10.0), None);
}

/// Faithfulness 3.
#[test]
fn a_width_that_is_a_multiple_stays() {
    // All alike: E = d (K + 1) / 2, a multiple where K is odd, but for what sums of thirds, sevenths and so on round.
    for (n_counts, step) in (1..100).step_by(2).flat_map(|n| [1, 3, 4, 7].map(|step| (n, step))) {
        let counts = Counts::new(n_counts * step, step);
        let p = Counts::probabilities(&vec![0.3; counts.len()], 0.7);
        assert_eq!(counts.rounded_up(counts.expected(&p)), step * n_counts.div_ceil(2), "{n_counts} {step}");
        // One candidate alone: E is that one.
        for k in [0, n_counts / 3, n_counts - 1] {
            let mut logits = vec![0.0; counts.len()];
            logits[k] = 60.0;
            let p = Counts::probabilities(&logits, 1.0);
            assert_eq!(counts.rounded_up(counts.expected(&p)), counts.candidates[k], "{n_counts} {step} {k}");
        }
    }
    let counts = Counts::new(10, 4);
    let up = [0.5, 4.0 + 1e-9, 4.001, 8.5, 10.0, 99.0].map(|expected| counts.rounded_up(expected));
    assert_eq!(up, [4, 4, 8, 10, 10, 10]);
}

#[test]
fn the_first_widths_are_about_a_step_below_all() {
    for (n_units, step) in [(64, 4), (64, 8), (48, 4), (512, 16), (10, 4), (8, 8), (7, 8)] {
        let counts = Counts::new(n_units, step);
        for temperature in [0.5, 1.0, 4.0] {
            let logits = counts.wide_logits(temperature);
            let expected = counts.expected(&Counts::probabilities(&logits, temperature));
            assert!(logits.iter().sum::<f64>().abs() < 1e-9);
            assert!(expected <= n_units as f64 && expected >= n_units.saturating_sub(step) as f64, "{expected}");
        }
    }
    assert_eq!(Counts::new(10, 4).candidates, [4, 8, 10]);
    assert_eq!(Counts::new(3, 4).candidates, [3]);
}

fn mlp() -> Network {
    Network::random(Config::Mlp(MlpConfig { widths: vec![5, 12, 10, 3] }), 4).unwrap()
}

fn rows(seed: u64, n: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = Array2::from_shape_fn((n, 5), |_| rng.random_range(-1.0..1.0f32));
    let label = |row: ndarray::ArrayView1<'_, f32>| u32::from(row[0] > 0.0) + u32::from(row[1] * row[2] > 0.0);
    let labels = rows.rows().into_iter().map(label).collect();
    Batch { inputs: Inputs::Rows(rows), labels }
}

/// Leaves of one pass: its weights and the logits of its masks.
struct Pass {
    names: Vec<String>,
    weights: Params<CpuTraining>,
    logits: Vec<Tensor<CpuTraining, 2>>,
    outputs: Tensor<CpuTraining, 2>,
}

/// A pass of the soft or the hard network, with leaves that no other pass has.
fn pass(network: &Network, batch: &Batch, hard: bool, constant_weights: bool) -> Pass {
    let units = Units::of(network);
    let untracked: Params<CpuTraining> = network.params(&Default::default());
    let weights = if constant_weights { untracked } else { tracked(&untracked) };
    let mut logits = Vec::new();
    let mut own = UnitMasks(Default::default());
    for group in units.groups() {
        let counts = Counts::new(group.n_units, 2);
        let leaf = row(&(0..counts.len()).map(|k| 0.3 * k as f64).collect::<Vec<_>>()).require_grad();
        let order: Vec<usize> = (0..group.n_units).collect();
        let (soft, through) = masks(leaf.clone(), &counts, &order, counts.candidates[counts.len() - 2], 1.0);
        own.0.insert(group.seen_by.clone(), if hard { through } else { soft });
        logits.push(leaf);
    }
    let outputs = network.forward(&weights, &batch.inputs, &mut own).unwrap();
    let names = network.weights().iter().map(|(name, _)| name.to_owned()).collect();
    Pass { names, weights, logits, outputs }
}

/// Whether weights and masks of a pass have a gradient that is not 0; all of the masks, or none.
fn moved(pass: &Pass, gradients: &<CpuTraining as burn::tensor::backend::AutodiffBackend>::Gradients) -> (bool, bool) {
    let some = |gradient: Option<Tensor<Cpu, 2>>| gradient.is_some_and(|own| to_host(own).iter().any(|g| *g != 0.0));
    let of_masks: Vec<bool> = pass.logits.iter().map(|leaf| some(leaf.grad(gradients))).collect();
    assert!(of_masks.windows(2).all(|pair| pair[0] == pair[1]));
    let mut weights = pass.names.iter().filter_map(|name| pass.weights.get(name));
    (weights.any(|leaf| some(leaf.grad(gradients))), of_masks[0])
}

/// Faithfulness 2: what every term of every gap moves, (weights, masks) of the soft pass, the hard one, and the soft
/// one with constant weights.
#[test]
fn gradients_go_where_they_should() {
    let (network, batch) = (mlp(), rows(1, 16));
    let (none, both) = ((false, false), (true, true));
    let masks_alone = (false, true);
    for (gap, by_all, by_masks) in [
        (Gap::Decoupled, [none, both, none], Some([none, none, masks_alone])),
        (Gap::Coupled, [both, both, none], None),
        (Gap::DecoupledTowards, [none, both, none], Some([none, none, masks_alone])),
        (Gap::Symmetric, [both, both, none], None),
        (Gap::CoupledReversed, [both, both, none], None),
        (Gap::DecoupledReversed, [none, both, none], Some([none, none, masks_alone])),
    ] {
        for normalise in [false, true] {
            let run = || {
                let passes = [
                    pass(&network, &batch, false, false),
                    pass(&network, &batch, true, false),
                    pass(&network, &batch, false, true),
                ];
                let [soft, hard, soft_of_masks] = &passes;
                let outputs = Outputs {
                    soft: soft.outputs.clone(),
                    hard: hard.outputs.clone(),
                    soft_of_masks: Some(soft_of_masks.outputs.clone()),
                };
                let terms = gap.terms(&outputs, normalise);
                (passes, terms)
            };
            let (passes, terms) = run();
            let gradients = terms.all.backward();
            assert_eq!(passes.each_ref().map(|own| moved(own, &gradients)), by_all, "{gap:?} (a)");
            let (passes, terms) = run();
            let of_masks = terms.masks.map(|own| {
                let gradients = own.backward();
                passes.each_ref().map(|own| moved(own, &gradients))
            });
            assert_eq!(of_masks, by_masks, "{gap:?} (b)");
            assert_eq!(gap.is_decoupled(), by_masks.is_some());
        }
    }
}

#[test]
fn gaps_are_divergences() {
    let (network, batch) = (mlp(), rows(1, 16));
    let (soft, hard) = (pass(&network, &batch, false, false), pass(&network, &batch, true, false));
    let probabilities = |own: &Pass| -> Vec<Vec<f64>> {
        let logits = to_host(own.outputs.clone());
        logits
            .chunks(3)
            .map(|row| Counts::probabilities(&row.iter().copied().map(f64::from).collect::<Vec<_>>(), 1.0))
            .collect()
    };
    let (p, q) = (probabilities(&soft), probabilities(&hard));
    let apart = |p: &[Vec<f64>], q: &[Vec<f64>]| -> f64 {
        p.iter().flatten().zip(q.iter().flatten()).map(|(p, q)| p * (p / q).ln()).sum::<f64>() / 16.0
    };
    let (forward, backward) = (apart(&p, &q), apart(&q, &p));
    assert!(forward > 1e-3 && (forward - backward).abs() > 1e-6, "{forward} {backward}");
    let outputs =
        Outputs { soft: soft.outputs.clone(), hard: hard.outputs.clone(), soft_of_masks: Some(soft.outputs.clone()) };
    let value = |own: Tensor<CpuTraining, 1>| f64::from(to_host(own)[0]);
    for (gap, all, masks) in [
        (Gap::Decoupled, forward, Some(forward)),
        (Gap::Coupled, forward / 2.0, None),
        (Gap::DecoupledTowards, forward, Some(backward)),
        (Gap::Symmetric, (forward + backward) / 2.0, None),
        (Gap::CoupledReversed, backward / 2.0, None),
        (Gap::DecoupledReversed, backward, Some(backward)),
    ] {
        let terms = gap.terms(&outputs, false);
        assert!(close(value(terms.all), all, 1e-5), "{gap:?}");
        assert!(terms.masks.map(value).is_none_or(|own| close(own, masks.unwrap(), 1e-5)), "{gap:?}");
    }
    // With logits normalised, scale and place of logits make no difference.
    let others = Outputs {
        soft: outputs.soft.clone().mul_scalar(3.0).add_scalar(1.0),
        hard: outputs.hard.clone().mul_scalar(0.5),
        soft_of_masks: None,
    };
    let [a, b] = [&outputs, &others].map(|own| value(Gap::Decoupled.terms(own, true).all));
    assert!(close(a, b, 1e-4) && a > 1e-3, "{a} {b}");
}

/// Classes of images: bars along rows, along columns, along one diagonal or the other, under noise.
fn bars(seed: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
    let n = 32;
    let labels: Vec<u32> = (0..n).map(|_| rng.random_range(0..4)).collect();
    let phases: Vec<usize> = (0..n).map(|_| rng.random_range(0..4)).collect();
    let pixels = Array4::from_shape_fn((n, 1, 8, 8), |(image, _, y, x)| {
        let along = match labels[image] {
            0 => y,
            1 => x,
            2 => x + y,
            _ => x + 8 - y,
        };
        let bar = if (along + phases[image]) % 4 < 2 { 1.0 } else { -1.0 };
        bar + 1.5 * rng.random_range(-1.0..1.0f32)
    });
    Batch { inputs: Inputs::Images(pixels), labels }
}

fn convnet() -> Network {
    let block = |expanded, width, stride| BlockConfig { expanded, width, stride };
    let config = ConvnetConfig {
        in_channels: 1,
        image_size: 8,
        stem: 8,
        blocks: vec![block(24, 8, 1), block(24, 12, 1), block(32, 12, 2)],
        num_labels: 4,
    };
    Network::random(Config::Convnet(config), 2).unwrap()
}

fn quick(steps: usize, target: f64) -> S2hOptions {
    let training = TrainOptions { steps, learning_rate: 1e-2, weight_decay: 0.01, ..TrainOptions::default() };
    S2hOptions { training, target, step: 2, ..S2hOptions::default() }
}

/// Faithfulness 4 and 5.
#[test]
fn a_network_comes_to_its_target_and_its_halves_together() {
    let network = convnet();
    let test: Vec<Batch> = (10_000..10_008).map(bars).collect();
    let flops = CostModel::Flops { context: 0 };
    for target in [0.35, 0.55] {
        let run = |gap_weight: f64| {
            let options = S2hOptions { gap_weight, ..quick(200, target) };
            let mut learner = WidthLearner::<CpuTraining>::new(&network, options, &Default::default()).unwrap();
            assert!(learner.fraction() > 0.9, "{}", learner.fraction());
            let (losses, stop) = learner.run(usize::MAX, bars, &Control::new()).unwrap();
            assert_eq!((losses.len(), stop, learner.step()), (200, None, 200));
            let smaller = learner.export().unwrap();
            let fraction = flops.total(&smaller) / flops.total(&network);
            assert!((fraction - learner.fraction()).abs() < 1e-12, "{fraction} {}", learner.fraction());
            // Faithfulness 4.
            assert!(
                (fraction - target).abs() <= learner.options().relax,
                "{fraction} for {target}: {:?}",
                learner.report()
            );
            let quality = evaluate::<Cpu>(&smaller, &smaller.params(&Default::default()), &test, &Control::new());
            (learner.gap(&test, &Control::new()).unwrap(), quality.unwrap().accuracy, losses)
        };
        let ((gap, accuracy, losses), (gap_without, accuracy_without, losses_without)) = (run(1.0), run(0.0));
        // Faithfulness 5: without distillation the hard network is another one.
        assert!(gap < 0.5 * gap_without, "{gap}, without distillation {gap_without}");
        assert!(accuracy > 0.95 && accuracy > accuracy_without, "{accuracy} {accuracy_without}");
        let last = |losses: &[S2hLoss]| losses.last().copied().unwrap();
        assert!(last(&losses).task < 0.2 && last(&losses).gap > 0.0, "{:?}", last(&losses));
        assert!(last(&losses_without).task < 0.2 && last(&losses_without).gap == 0.0, "{:?}", last(&losses_without));
    }
}

/// (b) moves masks alone, in the steps themselves: gaps that differ in (b) only leave the same weights after a step,
/// and other masks.
#[test]
fn a_step_keeps_to_the_routing() {
    let network = mlp();
    let step = |gap: Gap, gap_weight: f64| {
        let options = S2hOptions { gap, gap_weight, resource_weight: 0.0, ..quick(10, 0.5) };
        let mut learner = WidthLearner::<CpuTraining>::new(&network, options, &Default::default()).unwrap();
        learner.run(1, |step| rows(step as u64, 32), &Control::new()).unwrap();
        (learner.whole().unwrap(), learner.expected())
    };
    let (decoupled, towards) = (step(Gap::Decoupled, 50.0), step(Gap::DecoupledTowards, 50.0));
    assert_eq!(decoupled.0, towards.0);
    assert_ne!(decoupled.1, towards.1);
    assert_ne!(step(Gap::Coupled, 50.0).0, decoupled.0);
    assert_ne!(step(Gap::Decoupled, 0.0).0, decoupled.0);
}

/// Of several kinds of networks.
fn networks() -> Vec<(Network, Batch)> {
    let tokens = Array2::from_shape_fn((4, 6), |(row, place)| ((row * 5 + place * 3) % 11) as u32);
    let encoder = EncoderConfig {
        vocab_size: 11,
        hidden_size: 12,
        intermediate_size: 10,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        head_dim: None,
        max_position_embeddings: 6,
        type_vocab_size: 1,
        layer_norm_eps: 1e-6,
        num_labels: 3,
    };
    let random = |config: Config| Network::random(config, 6).unwrap();
    let encoder = random(Config::Encoder(encoder));
    let sentences = Batch { inputs: Inputs::Tokens { tokens, lengths: vec![6, 3, 5, 4] }, labels: vec![0, 1, 2, 1] };
    vec![(mlp(), rows(3, 16)), (convnet(), bars(3)), (random(decoder()), copying(3)), (encoder, sentences)]
}

#[test]
fn the_smaller_network_says_what_the_hard_one_says() {
    for (network, batch) in networks() {
        for order in [Order::AtStart, Order::EveryStep] {
            let cost = CostModel::Flops { context: 6 };
            let options = S2hOptions { order, cost, mask_momentum: 0.5, ..quick(12, 0.7) };
            let mut learner = WidthLearner::<CpuTraining>::new(&network, options, &Default::default()).unwrap();
            learner.run(12, |_| batch.clone(), &Control::new()).unwrap();
            let smaller = learner.export().unwrap();
            let hard = to_host(learner.outputs(&batch).unwrap()[1].clone());
            let params = smaller.params::<Cpu>(&Default::default());
            let own = to_host(smaller.forward(&params, &batch.inputs, &mut Untouched).unwrap());
            assert!(hard.iter().zip(&own).all(|(a, b)| (a - b).abs() < 1e-3 * (1.0 + a.abs())), "{hard:?} {own:?}");
            assert!(learner.fraction() < 1.0, "{:?}", learner.report());
            // Key/value heads without query heads go, too: they are not counted on.
            assert!(cost.total(&smaller) <= cost.total(&network) * learner.fraction() * (1.0 + 1e-12));
            let groups = Units::of(&smaller)
                .groups()
                .iter()
                .filter(|own| !own.seen_by.is_empty())
                .map(|own| own.n_units)
                .collect::<Vec<_>>();
            assert_eq!(groups, learner.counts());
        }
    }
}

#[test]
fn resources_are_those_of_rounded_widths() {
    for (network, _) in networks() {
        let units = Units::of(&network);
        let groups: Vec<usize> = learner::masked_groups(&units).map(|(index, _)| index).collect();
        let costs = WidthCosts::new(&network, &units, &groups, CostModel::Flops { context: 6 });
        let widths: Vec<usize> = costs.units.iter().map(|n| n - 1).collect();
        assert!(close(costs.at(&costs.units), costs.total(), 1e-12));
        let penalty = costs.penalty(&widths, 0.5);
        let off = costs.at(&widths) / costs.total() - 0.5;
        assert!(close(penalty.value, off * off, 1e-12) && close(penalty.off, off, 1e-12));
        // Linear in every width: differences are derivatives.
        for (group, slope) in penalty.slopes.iter().enumerate() {
            let at = |width: usize| {
                let mut other = widths.clone();
                other[group] = width;
                costs.at(&other) / costs.total()
            };
            let difference = (at(widths[group] + 1) - at(widths[group] - 1)) / 2.0;
            assert!(difference > 0.0 && close(*slope, 2.0 * off * difference, 1e-9), "{slope} {difference}");
        }
    }
}

#[test]
fn a_stop_changes_nothing_but_when() {
    let network = mlp();
    let new = || WidthLearner::<CpuTraining>::new(&network, quick(30, 0.5), &Default::default()).unwrap();
    let batch = |step: usize| rows(step as u64, 16);
    let mut whole = new();
    let (losses, _) = whole.run(usize::MAX, batch, &Control::new()).unwrap();
    let mut parts = new();
    let control = Control::new();
    let cancel_at = |step: usize| {
        if step == 11 {
            control.cancel();
        }
        batch(step)
    };
    let (mut found, stop) = parts.run(25, cancel_at, &control).unwrap();
    assert_eq!((found.len(), stop, parts.step()), (12, Some(Stop::Cancelled), 12));
    let (rest, stop) = parts.run(100, batch, &Control::new()).unwrap();
    found.extend(rest);
    assert_eq!((found, stop), (losses, None));
    assert_eq!(parts.export().unwrap(), whole.export().unwrap());
    assert_eq!(parts.run(5, batch, &Control::new()).unwrap(), (Vec::new(), None));
}

#[test]
fn wrong_arguments_are_named() {
    let network = mlp();
    let message = |options: S2hOptions| match WidthLearner::<CpuTraining>::new(&network, options, &Default::default()) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    };
    let fine = quick(5, 0.5);
    assert_eq!(message(S2hOptions { step: 0, ..fine.clone() }), "step: 0, expected 1 or more");
    assert_eq!(
        message(S2hOptions { target: f64::NAN, ..fine.clone() }),
        "target: NaN, expected more than 0, at most 1"
    );
    assert_eq!(message(S2hOptions { relax: 0.0, ..fine.clone() }), "relax: 0, expected a positive number");
    // 5 x 2 + 2 x 2 + 2 x 3 of 5 x 12 + 12 x 10 + 10 x 3.
    let low = message(S2hOptions { target: 0.01, ..fine.clone() });
    assert_eq!(low, "target: 0.01, expected at least 0.0952, which the narrowest widths cost");
    let mut learner = WidthLearner::<CpuTraining>::new(&network, fine, &Default::default()).unwrap();
    let wrong = Batch { labels: vec![9; 16], ..rows(1, 16) };
    let error = learner.run(1, |_| wrong.clone(), &Control::new()).unwrap_err().to_string();
    assert_eq!(error, "label 9 at 0, but there are 3 classes");
    assert_eq!(learner.step(), 0);
    let table = learner.table();
    let error = table.within(1.0, &Control::new()).unwrap_err().to_string();
    assert_eq!(error, "the budget is 1, the cheapest levels cost 40");
    let error = table.ceil_then_trim(&[3.0], 1000.0).unwrap_err().to_string();
    assert_eq!(error, "number of widths: 1, expected 2");
    // A network without hidden layers has nothing to learn.
    let plain = Network::random(Config::Mlp(MlpConfig { widths: vec![5, 3] }), 1).unwrap();
    let error = WidthLearner::<CpuTraining>::new(&plain, quick(5, 0.5), &Default::default()).err().unwrap().to_string();
    assert_eq!(error, "target: 0.5, expected at least 1.0000, which the narrowest widths cost");
}
