use ndarray::{Array2, Array4};
use proptest::prelude::*;
use secateur_neural::cpu::Cpu;
use secateur_neural::testing::{convnet, decoder, encoder};
use secateur_neural::to_host;
use secateur_neural::units::{CostModel, Kept, UnitKind, Units};
use secateur_neural::*;
use secateur_program::{Control, brute_force_within, verify_path};
use secateur_selection::{BudgetOptions, solve_path, solve_within};

fn mlp() -> Config {
    Config::Mlp(MlpConfig { widths: vec![5, 6, 4, 3] })
}

fn inputs(config: &Config) -> Inputs {
    match config {
        Config::Decoder(_) => {
            Inputs::tokens(Array2::from_shape_fn((2, 5), |(row, place)| (row * 3 + place) as u32 % 11))
        }
        Config::Encoder(_) => Inputs::Tokens {
            tokens: Array2::from_shape_fn((2, 5), |(row, place)| (row * 3 + place) as u32 % 11),
            lengths: vec![5, 3],
        },
        Config::Convnet(_) => Inputs::Images(Array4::from_shape_fn((2, 2, 9, 9), |(n, c, y, x)| {
            ((n * 5 + c * 3 + y * x) % 7) as f32 / 7.0
        })),
        Config::Mlp(_) => {
            Inputs::Rows(Array2::from_shape_fn((3, 5), |(row, column)| (row as f32 - column as f32) / 3.0))
        }
        _ => unreachable!("there are four kinds of networks"),
    }
}

/// With biases and norms that are not their starting values.
fn network(config: Config) -> Network {
    let (config, mut weights) = Network::random(config, 11).unwrap().into_parts();
    let vectors: Vec<String> = weights.iter().filter(|(_, t)| t.ndim() == 1).map(|(name, _)| name.to_owned()).collect();
    for name in vectors {
        let vector = weights.get_mut(&name).unwrap();
        vector.iter_mut().enumerate().for_each(|(i, value)| *value += 0.1 * ((i % 5) as f32 - 1.5));
    }
    Network::new(config, weights).unwrap()
}

fn outputs(network: &Network) -> Vec<f32> {
    let params = network.params::<Cpu>(&Default::default());
    to_host(network.forward(&params, &inputs(network.config()), &mut Untouched).unwrap())
}

/// Keeps units by chance, and of key/value heads just those needed.
fn some_kept(units: &Units, chance: &[bool]) -> Kept {
    let mut kept = units.all_kept();
    let mut chance = chance.iter().cycle();
    for (index, group) in units.groups().iter().enumerate() {
        for unit in 0..group.n_units {
            let keep = match group.kind {
                UnitKind::KeyValueHeads => {
                    let need = units.needs().iter().find(|need| need.on == index).unwrap();
                    need.unit.iter().zip(kept.group(need.of)).any(|(kv, head)| *kv == unit && *head)
                }
                // The stream is never empty.
                UnitKind::Residual => unit == 0 || *chance.next().unwrap(),
                _ => *chance.next().unwrap(),
            };
            kept.set(index, unit, keep);
        }
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn smaller_networks_say_what_masked_ones_say(
        chance in prop::collection::vec(prop::bool::weighted(0.6), 97),
        which in 0..4usize,
    ) {
        let network = network([decoder(), encoder(), convnet(), mlp()][which].clone());
        let units = Units::of(&network);
        let kept = some_kept(&units, &chance);
        let (masked, pruned) = (units.mask(&network, &kept).unwrap(), units.prune(&network, &kept).unwrap());
        let (a, b) = (outputs(&masked), outputs(&pruned));
        prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 2e-4 * (1.0 + a.abs())), "{a:?} {b:?}");
        // Costs of units that go are what the network loses, as long as no residual channel goes.
        let stream = units.find("residual");
        if stream.is_none_or(|stream| kept.count(stream) == units.groups()[stream].n_units) {
            for model in [CostModel::Parameters, CostModel::Flops { context: 7 }] {
                let costs = model.unit_costs(&network, &units);
                let gone = |group: usize| costs[group].iter().zip(kept.group(group)).filter(|(_, kept)| !**kept);
                let lost: f64 = (0..units.groups().len()).flat_map(gone).map(|(cost, _)| cost).sum();
                let more = model.total(&pruned) - (model.total(&network) - lost);
                // Dense layers share their weights with the next: what both lose is counted twice.
                let shared = matches!(network.config(), Config::Mlp(_));
                prop_assert!(if shared { more > -1e-6 } else { more.abs() < 1e-6 }, "{model:?} {lost} {more}");
            }
        }
        // As products over groups, costs are those of the smaller network whatever goes.
        for model in [CostModel::Parameters, CostModel::Flops { context: 7 }, CostModel::Cache { per_number: 2.0 }] {
            let left = |group: &usize| kept.count(*group) as f64 / units.groups()[*group].n_units as f64;
            let products = model.products(&network, &units);
            let counted: f64 = products.iter().map(|p| p.cost * p.groups.iter().map(left).product::<f64>()).sum();
            prop_assert!((counted - model.total(&pruned)).abs() < 1e-6 * (1.0 + counted), "{model:?} {counted}");
        }
        // Directories keep it.
        let folder = tempfile::tempdir().unwrap();
        Checkpoint::from(pruned.clone()).save(folder.path(), &SaveOptions::default()).unwrap();
        prop_assert_eq!(Checkpoint::load(folder.path()).unwrap().network, pruned);
    }

    #[test]
    fn budgets_are_kept_with_the_most_gain(
        gains in prop::collection::vec(-3..20i32, 8),
        costs in prop::collection::vec(0..9u32, 12),
        fraction in 0.0..1.0f64,
    ) {
        // Two layers of four query heads on two key/value heads.
        let network = network(decoder());
        let units = Units::of(&network);
        let heads: Vec<usize> = (0..units.groups().len()).filter(|g| units.groups()[*g].kind == UnitKind::Heads).collect();
        let mut all_gains = vec![None; units.groups().len()];
        let mut all_costs: Vec<Vec<f64>> = units.groups().iter().map(|group| vec![1.0; group.n_units]).collect();
        for (layer, group) in heads.iter().enumerate() {
            all_gains[*group] = Some(gains[4 * layer..4 * layer + 4].iter().map(|gain| f64::from(*gain) / 4.0).collect());
            all_costs[*group] = costs[6 * layer..6 * layer + 4].iter().map(|cost| f64::from(*cost)).collect();
            all_costs[group + 1] = costs[6 * layer + 4..6 * layer + 6].iter().map(|cost| f64::from(*cost)).collect();
        }
        let lowered = units.lower(&all_gains, &all_costs).unwrap();
        let path = solve_path(&lowered.program, &Control::new());
        prop_assert!(verify_path(&lowered.program, &path.path, &path.flow).is_ok());
        let total: f64 = costs.iter().map(|cost| f64::from(*cost)).sum();
        let limit = lowered.limit(&all_costs, fraction * total).unwrap();
        let found = solve_within(&lowered.program, std::slice::from_ref(&limit), &BudgetOptions::default(), &Control::new());
        let best = brute_force_within(&lowered.program, &[limit]);
        prop_assert_eq!(found.gain, best.gain(&lowered.program));
        let kept = units.kept(&lowered, &found.selection);
        let mut paid = 0.0;
        for group in heads.iter().flat_map(|heads| [*heads, heads + 1]) {
            paid += all_costs[group].iter().zip(kept.group(group)).filter(|(_, kept)| **kept).map(|(cost, _)| cost).sum::<f64>();
        }
        prop_assert!(paid <= fraction * total + 1e-9, "{paid} {fraction} {total}");
        prop_assert!(units.prune(&network, &kept).is_ok());
    }
}

/// Gains of some kinds of units, all different.
fn gains(units: &Units, kinds: &[UnitKind]) -> Vec<Option<Vec<f64>>> {
    let gain = |group: usize, unit: usize| 1.0 + ((group * 37 + unit * 11) % 23) as f64;
    let of_group = |group: usize| (0..units.groups()[group].n_units).map(|unit| gain(group, unit)).collect();
    let wanted = |group: &usize| kinds.contains(&units.groups()[*group].kind);
    (0..units.groups().len()).map(|group| Some(group).filter(wanted).map(of_group)).collect()
}

fn assert_same_outputs(network: &Network, units: &Units, kept: &Kept) -> Network {
    let (masked, pruned) = (units.mask(network, kept).unwrap(), units.prune(network, kept).unwrap());
    let (a, b) = (outputs(&masked), outputs(&pruned));
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 2e-4 * (1.0 + a.abs())), "{a:?} {b:?}");
    pruned
}

#[test]
fn every_point_of_the_exact_path_is_a_smaller_network() {
    for config in [decoder(), encoder(), convnet()] {
        let network = network(config);
        let units = Units::of(&network);
        let costs = CostModel::Parameters.unit_costs(&network, &units);
        let lowered = units.lower(&gains(&units, &[UnitKind::Heads, UnitKind::Channels]), &costs).unwrap();
        let path = solve_path(&lowered.program, &Control::new());
        verify_path(&lowered.program, &path.path, &path.flow).unwrap();
        let mut sizes = Vec::new();
        for point in path.path.breakpoints() {
            let selection = path.path.selection_at(&lowered.program, point.lambda).unwrap();
            let kept = units.kept(&lowered, &selection);
            sizes.push(assert_same_outputs(&network, &units, &kept).weights().n_parameters());
        }
        // Nested: along the path networks shrink (or grow), and never both.
        assert!(sizes.len() > 5 && (sizes.is_sorted() || sizes.iter().rev().is_sorted()), "{sizes:?}");
    }
}

#[test]
fn two_budgets_at_once_hold_on_the_smaller_network() {
    let network = network(decoder());
    let units = Units::of(&network);
    let models = [CostModel::Parameters, CostModel::Cache { per_number: 2.0 }];
    let costs = models.map(|model| model.unit_costs(&network, &units));
    let lowered = units.lower(&gains(&units, &[UnitKind::Heads]), &costs[0]).unwrap();
    let kinds = [UnitKind::Heads, UnitKind::KeyValueHeads];
    let all = costs.each_ref().map(|own| units.cost_of_kept(own, &units.all_kept(), &kinds));
    for fractions in [[0.6, 1.0], [1.0, 0.5], [0.7, 0.5], [0.3, 0.3]] {
        let limits: Vec<_> =
            (0..2).map(|model| lowered.limit(&costs[model], fractions[model] * all[model]).unwrap()).collect();
        let found = solve_within(&lowered.program, &limits, &BudgetOptions::default(), &Control::new());
        let best = brute_force_within(&lowered.program, &limits);
        assert_eq!(found.gain, best.gain(&lowered.program), "{fractions:?}");
        let kept = units.kept(&lowered, &found.selection);
        let pruned = assert_same_outputs(&network, &units, &kept);
        for model in 0..2 {
            let gone = models[model].total(&network) - models[model].total(&pruned);
            assert!(all[model] - gone <= fractions[model] * all[model] + 1e-6, "{fractions:?} {model} {gone}");
        }
    }
}

#[test]
fn sizes_follow_where_layers_agree() {
    let network = network(decoder());
    let units = Units::of(&network);
    let mut kept = units.all_kept();
    for layer in 0..2 {
        let heads = units.find(&format!("model.layers.{layer}.heads")).unwrap();
        let channels = units.find(&format!("model.layers.{layer}.channels")).unwrap();
        // One query head of each key/value head.
        kept.set(heads, 1, false);
        kept.set(heads, 2, false);
        kept.set(channels, 3 + layer, false);
    }
    let Config::Decoder(config) = units.prune(&network, &kept).unwrap().config().clone() else { unreachable!() };
    assert_eq!((config.num_attention_heads, config.n_kv_heads(), config.intermediate_size), (2, 2, 9));
    assert_eq!((config.kv_of_query, config.head_dim), (None, Some(4)));
    // Unevenly left: the linear layer says who serves whom.
    kept.set(units.find("model.layers.0.heads").unwrap(), 1, true);
    let Config::Decoder(config) = units.prune(&network, &kept).unwrap().config().clone() else { unreachable!() };
    assert_eq!(config.kv_of_query, Some(vec![vec![0, 0, 1], vec![0, 1]]));
    assert_eq!((config.num_attention_heads, config.n_kv_heads()), (4, 2));
}

#[test]
fn the_first_unit_of_a_tile_pays_for_all() {
    let network = network(mlp());
    let mut units = Units::of(&network);
    let tiles = units.tile(0, 4).unwrap();
    assert_eq!(units.groups()[tiles].n_units, 2);
    let costs = CostModel::Parameters.unit_costs(&network, &units);
    // A hidden unit: 5 inputs, a bias, 4 outputs.
    assert_eq!((&costs[0], &costs[tiles]), (&vec![0.0; 6], &vec![40.0, 20.0]));
    let gains = vec![Some(vec![1.0, 0.0, 0.0, 2.0, 5.0, -1.0]), None, None];
    let lowered = units.lower(&gains, &costs).unwrap();
    let within = |budget: f64| {
        let limit = lowered.limit(&costs, budget).unwrap();
        let found = solve_within(&lowered.program, &[limit], &BudgetOptions::default(), &Control::new());
        let kept = units.kept(&lowered, &found.selection);
        (found.gain as f64 * lowered.program.scale().gain_unit, kept.count(0), kept.count(1), kept.count(tiles))
    };
    assert_eq!(within(39.0), (5.0, 1, 4, 1));
    assert_eq!(within(60.0).0, 8.0);
    assert_eq!(within(19.0), (0.0, 0, 4, 0));
}

#[test]
fn wrong_numbers_are_named() {
    let network = network(decoder());
    let units = Units::of(&network);
    let costs = CostModel::Parameters.unit_costs(&network, &units);
    let mut gains = vec![None; units.groups().len()];
    let refused = |gains: &[Option<Vec<f64>>], costs: &[Vec<f64>]| units.lower(gains, costs).unwrap_err().to_string();
    assert_eq!(refused(&gains[1..], &costs), "the list of gains has 6 numbers, expected 7");
    gains[0] = Some(vec![1.0, 2.0, f64::NAN, 3.0]);
    assert_eq!(refused(&gains, &costs), "model.layers.0.heads: gain NaN of unit 2, expected a finite number");
    gains[0] = Some(vec![1.0]);
    assert_eq!(refused(&gains, &costs), "model.layers.0.heads: gains has 1 numbers, expected 4");
    gains[0] = Some(vec![1.0; 4]);
    let mut negative = costs.clone();
    negative[2][1] = -1.0;
    assert_eq!(refused(&gains, &negative), "model.layers.0.channels: cost -1 of unit 1, expected a number >= 0");
    let lowered = units.lower(&gains, &costs).unwrap();
    assert_eq!(lowered.limit(&costs, -1.0).unwrap_err().to_string(), "budget -1, expected a number >= 0");
    let mut kept = units.all_kept();
    kept.set(1, 1, false);
    let message = units.prune(&network, &kept).unwrap_err().to_string();
    assert_eq!(
        message,
        "model.layers.0.heads: unit 2 stays, but unit 1 of model.layers.0.kv_heads that it needs does not"
    );
    let stream = units.find("residual").unwrap();
    let mut kept = units.all_kept();
    (0..12).for_each(|channel| kept.set(stream, channel, false));
    let message = units.prune(&network, &kept).unwrap_err().to_string();
    assert_eq!(message, "residual: no unit is left, and the network cannot run without");
}
