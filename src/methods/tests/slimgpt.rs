use secateur_methods::Sharing;
use secateur_methods::allocate::LevelLoss;
use secateur_methods::obs::GroupScore;
use secateur_methods::slimgpt::*;
use secateur_methods::structured::{GroupCosts, GroupLevels, GroupOptions, logarithmic, uniform};
use secateur_neural::cpu::Cpu;
use secateur_neural::score::{Calibration, OnDevice, Reference, calibrate};
use secateur_neural::testing::{batch_for, convnet, copying, decoder, encoder};
use secateur_neural::units::{CostModel, UnitKind, Units};
use secateur_neural::*;
use secateur_neural::{Untouched, to_host};
use secateur_program::Control;

fn slimmed(network: &Network, gone: &[Option<f64>], batches: &[Batch], options: &SlimOptions) -> Slimmed {
    let scorer = OnDevice::<Cpu>::new(Default::default());
    let control = Control::new();
    slim_gpt(&Calibration::<Cpu>::new(network, batches, &control), gone, &scorer, options).unwrap()
}

fn logits(network: &Network, batch: &Batch) -> Vec<f32> {
    let params = network.params::<Cpu>(&Default::default());
    to_host(network.forward(&params, &batch.inputs, &mut Untouched).unwrap())
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
    assert_eq!(message, "number of fractions: 1, expected 2 layers");
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
                    // A key/value head goes with the query heads that it serves; residual channels stay.
                    UnitKind::KeyValueHeads => assert_eq!(left, group.n_units / 2),
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
    // Of the first layer's heads two, which share a key/value head.
    let mut gone = vec![None; units.groups().len()];
    gone[0] = Some(0.5);
    let linear = &units.groups()[0].seen_by;
    let params = network.params::<Cpu>(&Default::default());
    let inputs = calibrate(&network, &params, &batches, |name| name == linear, &Reference, &Control::new()).unwrap();
    let mut errors = Vec::new();
    for heads in [HeadChoice::Best, HeadChoice::Greedy(GroupScore::Exact), HeadChoice::Greedy(GroupScore::Shortcut)] {
        let options = SlimOptions { heads, damping: 1e-9, ..SlimOptions::default() };
        let found = slimmed(&network, &gone, &batches, &options);
        let weight = |network: &Network| network.weights().matrix(&format!("{linear}.weight")).unwrap().mapv(f64::from);
        let change = weight(&network) - weight(&found.network);
        let measured = (change.dot(&inputs[linear].hessian()) * &change).sum();
        assert!((found.errors[0] - measured).abs() < 1e-3 * measured, "{} {measured}", found.errors[0]);
        errors.push(found.errors[0]);
    }
    assert!(errors[0] <= errors[1] * (1.0 + 1e-9) && errors[0] <= errors[2] * (1.0 + 1e-9), "{errors:?}");
    // Without regard to sharing the choice is freer.
    let free = SlimOptions { heads: HeadChoice::Best, sharing: Sharing::Any, damping: 1e-9 };
    assert!(slimmed(&network, &gone, &batches, &free).errors[0] <= errors[0] * (1.0 + 1e-9));
}

#[test]
fn levels_to_a_budget() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let batches = [copying(0), copying(1)];
    let device = Default::default();
    let params = network.params::<Cpu>(&device);
    let inputs = calibrate(&network, &params, &batches, |_| true, &Reference, &Control::new()).unwrap();
    let costs = GroupCosts::of_units(&units, &CostModel::Parameters.unit_costs(&network, &units), Sharing::default());
    let options = SlimOptions { heads: HeadChoice::Greedy(GroupScore::Exact), ..SlimOptions::default() };
    assert_eq!(costs.of_kept(&units.all_kept()), costs.total());
    let control = Control::new();
    let calibration = Calibration::<Cpu>::new(&network, &batches, &control);
    for loss in [LevelLoss::OutputError, LevelLoss::Rise, LevelLoss::Divergence] {
        let of_groups = GroupOptions { n_levels: 10, loss, slim: options };
        let levels = GroupLevels::measure(&calibration, &units, &inputs, &costs, &of_groups).unwrap();
        assert_eq!(levels.groups, [0, 2, 3, 5]);
        // Heads two at a time, with the key/value head that they share; channels one at a time.
        assert_eq!((levels.counts[0].as_slice(), levels.counts[1].len()), ([4, 2, 0].as_slice(), 11));
        for own in levels.table.layers() {
            assert_eq!(own[0].loss, 0.0);
            assert!(own.windows(2).all(|pair| pair[0].cost > pair[1].cost), "{own:?}");
            if loss == LevelLoss::OutputError {
                assert!(own.windows(2).all(|pair| pair[0].loss <= pair[1].loss) && own.last().unwrap().loss == 1.0);
            }
        }
        for fraction in [0.2, 0.5, 0.8] {
            let budget = fraction * costs.total();
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

/// A decoder whose every query head has a key/value head of its own, or shares one with `shared` - 1 others.
fn heads_of(shared: usize) -> Config {
    let Config::Decoder(config) = decoder() else { unreachable!() };
    Config::Decoder(DecoderConfig { num_attention_heads: 8, num_key_value_heads: Some(8 / shared), ..config })
}

/// Heads left per layer, and what stays of the cost of all heads, exactly and by a uniform fraction.
fn heads_left(config: Config, sharing: Sharing, budget: f64) -> [(Vec<usize>, f64); 2] {
    let network = Network::random(config, 5).unwrap();
    let units = Units::of(&network);
    let batches = [copying(0), copying(1)];
    let device = Default::default();
    let params = network.params::<Cpu>(&device);
    let inputs = calibrate(&network, &params, &batches, |_| true, &Reference, &Control::new()).unwrap();
    let of_units = CostModel::Parameters.unit_costs(&network, &units);
    let costs = GroupCosts::of_units(&units, &of_units, sharing).of_kinds(&units, &[UnitKind::Heads]);
    let options = SlimOptions { heads: HeadChoice::Best, sharing, ..SlimOptions::default() };
    let control = Control::new();
    let calibration = Calibration::<Cpu>::new(&network, &batches, &control);
    let of_groups = GroupOptions { n_levels: 24, loss: LevelLoss::Divergence, slim: options };
    let levels = GroupLevels::measure(&calibration, &units, &inputs, &costs, &of_groups).unwrap();
    let expected: Vec<usize> = match (sharing, units.groups()[1].n_units) {
        (_, 8) | (Sharing::Any, _) => (0..=8).rev().collect(),
        (Sharing::Groups, kv) => (0..=kv).rev().map(|left| left * (8 / kv)).collect(),
        (Sharing::OneOfEach, kv) => (0..=8 / kv).rev().map(|left| left * kv).collect(),
    };
    assert!(levels.counts.iter().all(|counts| *counts == expected), "{sharing:?} {:?}", levels.counts);
    let most = budget * costs.total();
    let exact = levels.within(&units, most, &control).unwrap().0;
    let same = uniform(&units, &costs, most, &options).unwrap();
    [exact, same].map(|fractions| {
        let found = slimmed(&network, &fractions, &batches, &options);
        let small = units.prune(&found.network, &found.kept).unwrap();
        let gone = (network.weights().n_parameters() - small.weights().n_parameters()) as f64;
        let left = units.cost_of_kept(&of_units, &found.kept, &[UnitKind::Heads]);
        // What is counted is what is gone, and it is within the budget.
        assert!((gone - (costs.total() - left)).abs() < 1e-9 && left <= costs.of_kept(&found.kept) + 1e-9);
        assert!(costs.of_kept(&found.kept) <= most + 1e-9);
        ([0, 3].map(|group| found.kept.count(group)).to_vec(), left / costs.total())
    })
}

#[test]
fn heads_with_keys_and_values_of_their_own_go_one_at_a_time() {
    for (budget, exact, same) in [(0.9, 14, [7, 7]), (0.7, 11, [5, 5]), (0.5, 8, [4, 4])] {
        for sharing in [Sharing::Groups, Sharing::OneOfEach, Sharing::Any] {
            let [by_loss, uniform] = heads_left(heads_of(1), sharing, budget);
            assert_eq!(by_loss.0.iter().sum::<usize>(), exact, "{budget} {by_loss:?}");
            assert!((by_loss.1 - exact as f64 / 16.0).abs() < 1e-9);
            assert_eq!(uniform.0, same, "{budget}");
        }
    }
}

#[test]
fn heads_that_share_keys_and_values_go_with_them_or_one_of_each() {
    for (sharing, budget, exact, same) in [
        (Sharing::Groups, 0.9, 14, [6, 6]),
        (Sharing::Groups, 0.7, 10, [4, 4]),
        (Sharing::Groups, 0.5, 8, [4, 4]),
        // Two of three parts are query heads; of each layer half of them go, or all with the keys and values.
        (Sharing::OneOfEach, 0.9, 12, [4, 4]),
        (Sharing::OneOfEach, 0.7, 8, [4, 4]),
    ] {
        let [by_loss, uniform] = heads_left(heads_of(2), sharing, budget);
        assert_eq!(by_loss.0.iter().sum::<usize>(), exact, "{sharing:?} {budget} {by_loss:?}");
        assert_eq!(uniform.0, same, "{sharing:?} {budget}");
        if sharing == Sharing::Groups {
            assert!((by_loss.1 - exact as f64 / 16.0).abs() < 1e-9, "{by_loss:?}");
        }
    }
}

#[test]
fn schedules_meet_the_budget_as_closely_as_units_allow() {
    let network = Network::random(decoder(), 5).unwrap();
    let units = Units::of(&network);
    let costs = GroupCosts::of_units(&units, &CostModel::Parameters.unit_costs(&network, &units), Sharing::default());
    let options = SlimOptions::default();
    for fraction in [0.0, 0.1, 0.3, 0.6, 0.9, 1.0] {
        let budget = fraction * costs.total();
        for (name, fractions) in [
            ("uniform", uniform(&units, &costs, budget, &options).unwrap()),
            ("logarithmic", logarithmic(&units, &costs, budget, 0.0625, &options).unwrap()),
        ] {
            let found = slimmed(&network, &fractions, &[copying(0)], &options);
            let cost = costs.of_kept(&found.kept);
            assert!(cost <= budget + 1e-9, "{name} {fraction}: {cost} of {budget}");
            let firsts: Vec<f64> = [0, 3].map(|group| fractions[group].unwrap()).to_vec();
            assert!(
                firsts[0] <= firsts[1] && (name != "uniform" || firsts[0] == firsts[1]),
                "{name} {fraction} {firsts:?}"
            );
            // All heads of a layer and their key/value heads are the largest step.
            let largest = (0..units.groups().len())
                .map(|group| costs.of(group, units.groups()[group].n_units))
                .fold(0.0, f64::max);
            assert!(cost >= budget - 2.0 * largest, "{name} {fraction}: {cost} of {budget}");
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
    let control = Control::new();
    let found = make_up(&Calibration::<Cpu>::new(&network, &batches, &control), &kept, &scorer, &options).unwrap();
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
