use ndarray::Array2;
use secateur_methods::sixteen_heads::{HeadOptions, exact, one_head, sequence};
use secateur_neural::cpu::{Cpu, CpuTraining};
use secateur_neural::score::{Calibration, Importance, ImportanceOptions, Per, importance};
use secateur_neural::testing::{copying, decoder, encoder};
use secateur_neural::to_host;
use secateur_neural::units::{CostModel, Kept, UnitKind, Units};
use secateur_neural::*;
use secateur_program::{Control, Status};

const RAW: ImportanceOptions = ImportanceOptions { per: Per::Example, normalise: false };

fn estimate(network: &Network, units: &Units, batches: &[Batch], options: ImportanceOptions) -> Importance {
    let kinds = [UnitKind::Heads, UnitKind::Channels];
    let control = Control::new();
    importance(&Calibration::<CpuTraining>::new(network, batches, &control), units, &kinds, options).unwrap()
}

fn loss_of(network: &Network, batches: &[Batch]) -> f64 {
    let params = network.params::<Cpu>(&Default::default());
    evaluate(network, &params, batches, &Control::new()).unwrap().loss
}

/// A decoder that has learnt to copy, 8 heads without sharing.
fn trained() -> Network {
    let Config::Decoder(mut config) = decoder() else { unreachable!() };
    config.num_key_value_heads = None;
    let network = Network::random(Config::Decoder(config), 1).unwrap();
    let options = TrainOptions { steps: 300, learning_rate: 1e-2, ..TrainOptions::default() };
    train::<CpuTraining>(&network, copying, &options, &Default::default(), &Control::new()).unwrap().network
}

/// Scales a unit's output by scaling what reads it.
fn scaled(network: &Network, units: &Units, group: usize, unit: usize, by: f32) -> Network {
    let (config, mut weights) = network.clone().into_parts();
    let group = &units.groups()[group];
    let reader = format!("{}.weight", group.seen_by);
    let slice = group.owns.iter().find(|slice| slice.weight == reader).unwrap();
    let tensor = weights.get_mut(&reader).unwrap();
    for column in unit * slice.width..(unit + 1) * slice.width {
        tensor.index_axis_mut(ndarray::Axis(1), column).mapv_inplace(|value| value * by);
    }
    Network::new(config, weights).unwrap()
}

#[test]
fn importances_are_derivatives_by_masks() {
    let tokens = Array2::from_shape_vec((1, 4), vec![1, 2, 3, 4]).unwrap();
    let cases = [
        (decoder(), Batch { inputs: Inputs::tokens(tokens.clone()), labels: vec![2, 3, 4, 5] }),
        (encoder(), Batch { inputs: Inputs::tokens(tokens), labels: vec![2] }),
    ];
    for (config, batch) in cases {
        let network = Network::random(config, 3).unwrap();
        let units = Units::of(&network);
        let batches = [batch];
        let found = estimate(&network, &units, &batches, RAW);
        let n = batches[0].labels.len() as f64;
        let mut seen = 0;
        for (group, scores) in found.of_units.iter().enumerate() {
            let Some(scores) = scores else { continue };
            for (unit, score) in scores.iter().enumerate() {
                let at = |by: f32| n * loss_of(&scaled(&network, &units, group, unit, by), &batches);
                // Two central differences cancel their error of third order.
                let central = |step: f32| (at(1.0 + step) - at(1.0 - step)) / (2.0 * f64::from(step));
                let slope = (4.0 * central(0.05) - central(0.1)) / 3.0;
                assert!((slope.abs() - score).abs() < 1e-3 * score + 2e-4, "{group} {unit}: {slope} {score}");
                seen += 1;
            }
        }
        assert!(seen >= 20, "{seen}");
        // Token by token they are never less.
        let tokens = estimate(&network, &units, &batches, ImportanceOptions { per: Per::Token, normalise: false });
        for (token, example) in
            tokens.of_units.iter().flatten().flatten().zip(found.of_units.iter().flatten().flatten())
        {
            assert!(token * 4.0 >= example - 1e-6);
        }
        // Examples are averaged with their signs gone: twice another one, in one batch or in two.
        let other = match &batches[0].inputs {
            Inputs::Tokens { tokens, .. } => Batch {
                inputs: Inputs::tokens(tokens.mapv(|token| token + 1)),
                labels: batches[0].labels.iter().map(|label| 1 - label % 2).collect(),
            },
            _ => unreachable!("tokens"),
        };
        let alone = estimate(&network, &units, std::slice::from_ref(&other), RAW);
        let both = estimate(&network, &units, &[batches[0].clone(), other], RAW);
        let scores = |own: &Importance| -> Vec<f64> { own.of_units.iter().flatten().flatten().copied().collect() };
        for ((one, two), mean) in scores(&found).iter().zip(scores(&alone)).zip(scores(&both)) {
            assert!((mean - (one + two) / 2.0).abs() < 1e-5 * (1.0 + mean), "{one} {two} {mean}");
        }
        let normalised = estimate(&network, &units, &batches, ImportanceOptions::default());
        for scores in normalised.of_units.iter().flatten() {
            assert!((scores.iter().map(|score| score * score).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn padding_has_no_importance() {
    let network = Network::random(encoder(), 3).unwrap();
    let units = Units::of(&network);
    let batch = |tokens: Vec<u32>, length| Batch {
        inputs: Inputs::Tokens {
            tokens: Array2::from_shape_vec((1, tokens.len()), tokens).unwrap(),
            lengths: vec![length],
        },
        labels: vec![1],
    };
    for per in [Per::Token, Per::Example] {
        let options = ImportanceOptions { per, normalise: false };
        let short = estimate(&network, &units, &[batch(vec![1, 2, 3], 3)], options);
        let padded = estimate(&network, &units, &[batch(vec![1, 2, 3, 7, 7], 3)], options);
        for (a, b) in short.of_units.iter().flatten().flatten().zip(padded.of_units.iter().flatten().flatten()) {
            assert!((a - b).abs() < 1e-5 * (1.0 + a), "{a} {b}");
        }
    }
}

#[test]
fn important_heads_are_worth_more_than_chance() {
    let network = trained();
    let units = Units::of(&network);
    let batches: Vec<Batch> = (500..504).map(copying).collect();
    let options = HeadOptions { prune_percent: vec![50.0, 25.0], exact_pruning: true, ..HeadOptions::default() };
    let estimate_kept = |kept: &Kept| {
        let masked = units.mask(&network, kept).unwrap();
        Ok(estimate(&masked, &units, &batches, ImportanceOptions::default()))
    };
    let steps = sequence(&units, &options, estimate_kept).unwrap();
    let heads = [units.find("model.layers.0.heads").unwrap(), units.find("model.layers.1.heads").unwrap()];
    // Every subset of the 8 heads, by brute force.
    let loss_kept = |kept: &Kept| loss_of(&units.mask(&network, kept).unwrap(), &batches);
    for (step, gone) in steps.iter().zip([2, 4]) {
        assert_eq!(heads.map(|group| step.count(group)).iter().sum::<usize>(), 8 - gone);
        let losses: Vec<f64> = (0u32..256)
            .filter(|subset| subset.count_ones() as usize == gone)
            .map(|subset| {
                let mut kept = units.all_kept();
                (0..8)
                    .filter(|head| subset >> head & 1 == 1)
                    .for_each(|head| kept.set(heads[head / 4], head % 4, false));
                loss_kept(&kept)
            })
            .collect();
        let (mean, best) =
            (losses.iter().sum::<f64>() / losses.len() as f64, losses.iter().copied().fold(9.0, f64::min));
        let found = loss_kept(step);
        assert!(found <= mean && found - best < 0.5 * (mean - best), "{gone} gone: {found}, mean {mean}, best {best}");
        // Physically gone: the same.
        let (pruned, masked) = (units.prune(&network, step).unwrap(), units.mask(&network, step).unwrap());
        let logits = |network: &Network| {
            let params = network.params::<Cpu>(&Default::default());
            to_host(network.forward(&params, &batches[0].inputs, &mut Untouched).unwrap())
        };
        for (a, b) in logits(&pruned).iter().zip(logits(&masked)) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert!(pruned.weights().n_parameters() < network.weights().n_parameters());
    }
}

/// Importances made up.
fn scores(units: &Units, of: impl Fn(usize, usize) -> f64) -> Importance {
    let of_group = |(index, group): (usize, &units::Group)| {
        (group.kind == UnitKind::Heads).then(|| (0..group.n_units).map(|unit| of(index, unit)).collect())
    };
    let of_units = units.groups().iter().enumerate().map(of_group).collect();
    Importance { of_units, options: ImportanceOptions::default() }
}

#[test]
fn the_order_is_that_of_the_authors() {
    let network = Network::random(decoder(), 3).unwrap();
    let units = Units::of(&network);
    let [first, second] = [0, 1].map(|layer| units.find(&format!("model.layers.{layer}.heads")).unwrap());
    // Layer 0: 1 2 3 4, layer 1: 5 6 7 8.
    let made_up = scores(&units, |group, unit| (if group == first { 1 } else { 5 } + unit) as f64);
    let counts = |options: &HeadOptions| -> Vec<(usize, usize)> {
        let steps = sequence(&units, options, |_| Ok(made_up.clone())).unwrap();
        steps.iter().map(|kept| (kept.count(first), kept.count(second))).collect()
    };
    // int(8 p / 100): 2, 4, 7 heads.
    let options = HeadOptions { prune_percent: vec![90.0, 30.0, 55.0], ..HeadOptions::default() };
    assert_eq!(counts(&options), [(2, 4), (0, 4), (0, 1)]);
    let one_stays = HeadOptions { at_least_x_heads_per_layer: 1, ..options.clone() };
    assert_eq!(counts(&one_stays), [(2, 4), (1, 3), (1, 1)]);
    // A layer that has lost 2 of 4 heads: its scores stay (sqrt(2 / 2)); one that lost 1: times sqrt(1 / 2).
    let rescaled =
        HeadOptions { prune_percent: vec![12.5, 25.0, 37.5], rescale_by_number: true, ..HeadOptions::default() };
    assert_eq!(counts(&rescaled), [(3, 4), (2, 4), (1, 4)]);
    let kept = one_head(&units, &made_up);
    assert_eq!(
        (kept.group(first), kept.group(second)),
        (&[false, false, false, true][..], &[false, false, false, true][..])
    );
    // The key/value head of nobody went along.
    assert_eq!(kept.count(units.find("model.layers.0.kv_heads").unwrap()), 1);
}

#[test]
fn shared_key_value_heads_are_paid_once() {
    let network = Network::random(decoder(), 3).unwrap();
    let units = Units::of(&network);
    let costs = CostModel::Parameters.unit_costs(&network, &units);
    let groups: Vec<usize> = (0..units.groups().len()).filter(|g| units.groups()[*g].kind == UnitKind::Heads).collect();
    for seed in 0..20u64 {
        let score = |group: usize, unit: usize| ((seed * 31 + group as u64 * 17 + unit as u64 * 7) % 23) as f64;
        let made_up = scores(&units, score);
        for budget in [0.0, 150.0, 200.0, 300.0, 500.0, 1e6] {
            let found = exact(&units, &made_up, &costs, budget, &Control::new()).unwrap();
            // All 2^8 sets of heads; 96 parameters a head, 96 a key/value head.
            let best = (0u32..256)
                .filter_map(|set| {
                    let has = |head: usize| set >> head & 1 == 1;
                    let kv = (0..4).filter(|kv| has(2 * kv) || has(2 * kv + 1)).count();
                    let cost = 96.0 * (set.count_ones() as usize + kv) as f64;
                    let worth: f64 =
                        (0..8).filter(|head| has(*head)).map(|head| score(groups[head / 4], head % 4)).sum();
                    (cost <= budget).then_some(worth)
                })
                .fold(0.0, f64::max);
            assert_eq!((found.importance, found.status), (best, Status::Optimal), "seed {seed}, budget {budget}");
            assert_eq!(found.bound, best);
            units.prune(&network, &found.kept).unwrap();
        }
    }
}
