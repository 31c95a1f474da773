use burn::backend::Flex;
use secateur_program::Control;

use super::forward::{convnet, decoder, encoder};
use super::training::copying;
use crate::neural::methods::obs::GroupScore;
use crate::neural::methods::slimgpt::*;
use crate::neural::methods::structured::{GroupCosts, GroupLevels, GroupLoss, logarithmic, uniform};
use crate::neural::models::Untouched;
use crate::neural::score::{OnDevice, Reference, calibrate};
use crate::neural::units::{CostModel, UnitKind, Units};
use crate::neural::weights::to_host;
use crate::neural::*;

fn slimmed(network: &Network, gone: &[Option<f64>], batches: &[Batch], options: &SlimOptions) -> Slimmed {
    let scorer = OnDevice::<Flex>::new(Default::default());
    slim_gpt::<Flex, _>(network, gone, batches, &scorer, options, &Default::default(), &Control::new()).unwrap()
}

fn logits(network: &Network, batch: &Batch) -> Vec<f32> {
    let params = network.params::<Flex>(&Default::default());
    to_host(network.forward(&params, &batch.inputs, &mut Untouched).unwrap())
}

pub(super) fn batch_for(network: &Network) -> Batch {
    match network.config() {
        Config::Convnet(config) => {
            let shape = (3, config.in_channels, config.image_size, config.image_size);
            let pixels = ndarray::Array4::from_shape_fn(shape, |(a, b, c, d)| {
                ((a * 7 + b * 5 + c * 3 + d) % 11) as f32 / 5.0 - 1.0
            });
            Batch { inputs: Inputs::Images(pixels), labels: vec![0; 3] }
        }
        Config::Encoder(_) => {
            let tokens = ndarray::Array2::from_shape_fn((4, 5), |(row, place)| (row * 3 + place) as u32 % 7);
            Batch { inputs: Inputs::tokens(tokens), labels: vec![0; 4] }
        }
        _ => copying(3),
    }
}

#[test]
fn the_schedule_of_the_paper() {
    let ratios = incremental_ratios(0.0625, 0.25, 32);
    assert_eq!((ratios[0], ratios.len()), (0.0625, 32));
    assert!((ratios[31] - 0.25).abs() < 1e-12 && ratios.windows(2).all(|pair| pair[0] < pair[1]));
    assert!((ratios.iter().sum::<f64>() / 32.0 - 0.2004).abs() < 5e-5);
    assert_eq!(incremental_ratios(0.3, 0.6, 1), [0.3]);
    let sizes: Vec<usize> = block_sizes(4096).take(5).collect();
    // 1792, 640, 64, then below: between 64 and 1024 each.
    assert_eq!(sizes, [1024, 640, 64, 64, 64]);
    assert_eq!(block_sizes(3).next(), Some(64));
}

#[test]
fn nothing_gone_is_nothing_changed() {
    let network = Network::random(decoder(), 1).unwrap();
    let units = Units::of(&network);
    let none = by_layer(&units, &[0.0, 0.0]).unwrap();
    let found = slimmed(&network, &none, &[copying(0)], &SlimOptions::default());
    assert_eq!(found.network, network);
    assert_eq!(found.kept, units.all_kept());
    let message = by_layer(&units, &[0.1]).unwrap_err().to_string();
    assert_eq!(message, "number of shares: 1, expected 2 layers");
}

#[test]
fn smaller_networks_do_what_masked_ones_do() {
    let heads = [HeadChoice::Greedy(GroupScore::Shortcut), HeadChoice::Greedy(GroupScore::Exact), HeadChoice::Best];
    for (config, layers) in [(decoder(), 2), (encoder(), 2), (convnet(), 2)] {
        let network = Network::random(config, 2).unwrap();
        let units = Units::of(&network);
        let batches = [batch_for(&network)];
        let gone = by_layer(&units, &vec![0.5; layers]).unwrap();
        for heads in heads {
            let options = SlimOptions { heads, ..SlimOptions::default() };
            let found = slimmed(&network, &gone, &batches, &options);
            let small = units.prune(&found.network, &found.kept).unwrap();
            assert!(small.weights().n_parameters() < network.weights().n_parameters());
            let (a, b) = (logits(&found.network, &batches[0]), logits(&small, &batches[0]));
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4), "{heads:?}");
            for (index, group) in units.groups().iter().enumerate() {
                let left = found.kept.count(index);
                match group.kind {
                    UnitKind::Heads | UnitKind::Channels => {
                        let all = group.n_units as f64;
                        assert_eq!(left as f64, all - (all * 0.5).round_ties_even(), "{}", group.name);
                        assert!(found.errors[index] > 0.0);
                    }
                    // One query head of each key/value head is left, so all of these.
                    _ => assert_eq!(left, group.n_units),
                }
            }
        }
    }
}

#[test]
fn errors_are_those_of_the_outputs_and_better_choices_make_less() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let batches = [copying(0), copying(1), copying(2)];
    // Of the first layer's heads one of every two that share a key/value head.
    let mut gone = vec![None; units.groups().len()];
    gone[0] = Some(0.5);
    let map = &units.groups()[0].seen_by;
    let params = network.params::<Flex>(&Default::default());
    let inputs = calibrate(&network, &params, &batches, |name| name == map, &Reference, &Control::new()).unwrap();
    let mut errors = Vec::new();
    for heads in [HeadChoice::Best, HeadChoice::Greedy(GroupScore::Exact), HeadChoice::Greedy(GroupScore::Shortcut)] {
        let options = SlimOptions { heads, damping: 1e-9, ..SlimOptions::default() };
        let found = slimmed(&network, &gone, &batches, &options);
        let weight = |network: &Network| network.weights().matrix(&format!("{map}.weight")).unwrap().mapv(f64::from);
        let change = weight(&network) - weight(&found.network);
        let measured = (change.dot(&inputs[map].hessian()) * &change).sum();
        assert!((found.errors[0] - measured).abs() < 1e-3 * measured, "{} {measured}", found.errors[0]);
        errors.push(found.errors[0]);
    }
    assert!(errors[0] <= errors[1] * (1.0 + 1e-9) && errors[0] <= errors[2] * (1.0 + 1e-9), "{errors:?}");
    // Without regard to sharing the choice is freer.
    let free = SlimOptions { heads: HeadChoice::Best, even: false, damping: 1e-9 };
    assert!(slimmed(&network, &gone, &batches, &free).errors[0] <= errors[0] * (1.0 + 1e-9));
}

#[test]
fn levels_to_a_budget() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let batches = [copying(0), copying(1)];
    let device = Default::default();
    let params = network.params::<Flex>(&device);
    let inputs = calibrate(&network, &params, &batches, |_| true, &Reference, &Control::new()).unwrap();
    let costs = GroupCosts::of_units(&units, &CostModel::Parameters.unit_costs(&network, &units));
    let options = SlimOptions { heads: HeadChoice::Greedy(GroupScore::Exact), ..SlimOptions::default() };
    assert_eq!(costs.of_kept(&units.all_kept()), costs.total());
    for loss in [GroupLoss::OutputError, GroupLoss::Rise(&batches), GroupLoss::Divergence(&batches)] {
        let levels = GroupLevels::measure::<Flex>(
            &network,
            &units,
            &inputs,
            &costs,
            10,
            &loss,
            &options,
            &device,
            &Control::new(),
        )
        .unwrap();
        assert_eq!(levels.groups, [0, 2, 3, 5]);
        // Heads two at a time, one of each key/value head; channels one at a time.
        assert_eq!((levels.counts[0].as_slice(), levels.counts[1].len()), ([4, 2, 0].as_slice(), 11));
        for own in levels.table.layers() {
            assert_eq!(own[0].loss, 0.0);
            assert!(own.windows(2).all(|pair| pair[0].cost > pair[1].cost), "{own:?}");
            if let GroupLoss::OutputError = loss {
                assert!(own.windows(2).all(|pair| pair[0].loss <= pair[1].loss) && own.last().unwrap().loss == 1.0);
            }
        }
        for share in [0.2, 0.5, 0.8] {
            let budget = share * costs.total();
            let (exact, choice) = levels.within(&units, budget, &Control::new()).unwrap();
            let found = slimmed(&network, &exact, &batches, &options);
            assert!(costs.of_kept(&found.kept) <= budget);
            assert!((costs.of_kept(&found.kept) - choice.cost).abs() < 1e-9, "{choice:?}");
            // The numbers of the choice, and what they promised, are achieved.
            let small = units.prune(&found.network, &found.kept).unwrap();
            let gone = (network.weights().n_parameters() - small.weights().n_parameters()) as f64;
            assert!((gone - (costs.total() - choice.cost)).abs() < 1e-9);
        }
    }
}

#[test]
fn schedules_meet_the_budget_as_closely_as_units_allow() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let costs = GroupCosts::of_units(&units, &CostModel::Parameters.unit_costs(&network, &units));
    let options = SlimOptions::default();
    for share in [0.0, 0.1, 0.3, 0.6, 0.9, 1.0] {
        let budget = share * costs.total();
        for (name, shares) in [
            ("uniform", uniform(&units, &costs, budget, &options).unwrap()),
            ("logarithmic", logarithmic(&units, &costs, budget, 0.0625, &options).unwrap()),
        ] {
            let found = slimmed(&network, &shares, &[copying(0)], &options);
            let cost = costs.of_kept(&found.kept);
            assert!(cost <= budget + 1e-9, "{name} {share}: {cost} of {budget}");
            let firsts: Vec<f64> = [0, 3].map(|group| shares[group].unwrap()).to_vec();
            assert!(
                firsts[0] <= firsts[1] && (name != "uniform" || firsts[0] == firsts[1]),
                "{name} {share} {firsts:?}"
            );
            // All heads of a layer and their key/value heads are the largest step.
            let largest = (0..units.groups().len())
                .map(|group| costs.of(group, units.groups()[group].n_units))
                .fold(0.0, f64::max);
            assert!(cost >= budget - 2.0 * largest, "{name} {share}: {cost} of {budget}");
        }
    }
    assert!(uniform(&units, &costs, -1.0, &options).is_err());
}

#[test]
fn units_chosen_by_others_are_made_up_for() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let batches = [copying(0), copying(1)];
    let mut kept = units.all_kept();
    [(0, 1), (0, 2), (2, 4), (5, 0)].into_iter().for_each(|(group, unit)| kept.set(group, unit, false));
    let scorer = Reference;
    let options = SlimOptions { damping: 1e-6, ..SlimOptions::default() };
    let found =
        make_up::<Flex, _>(&network, &kept, &batches, &scorer, &options, &Default::default(), &Control::new()).unwrap();
    assert_eq!(found.kept, kept);
    let distance = |other: &Network| -> f32 {
        batches
            .iter()
            .map(|batch| {
                let (a, b) = (logits(&network, batch), logits(other, batch));
                a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
            })
            .sum()
    };
    let (own, masked) = (distance(&found.network), distance(&units.mask(&network, &kept).unwrap()));
    assert!(own < masked, "{own} {masked}");
    let small = units.prune(&found.network, &kept).unwrap();
    assert!(
        logits(&small, &batches[0]).iter().zip(logits(&found.network, &batches[0])).all(|(a, b)| (a - b).abs() < 1e-4)
    );
}
