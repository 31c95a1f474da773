use std::collections::BTreeMap;

use burn::backend::Flex;
use ndarray::Array2;
use secateur_program::{Control, Status};

use super::forward::decoder;
use super::training::copying;
use crate::methods::allocate::*;
use crate::methods::als::{coefficients, independence, redundancy};
use crate::methods::dsa::{Expression, Joined};
use crate::methods::obs::Sparsity;
use crate::methods::weights::{Rule, prune_weights, scores};
use crate::score::{Inputs, Reference, calibrate, inputs_of};
use crate::{Batch, Config, Network};

fn network() -> Network {
    Network::random(decoder(), 4).unwrap()
}

fn batches() -> Vec<Batch> {
    vec![copying(0), copying(1)]
}

fn inputs(network: &Network) -> BTreeMap<String, Inputs> {
    let params = network.params::<Flex>(&Default::default());
    calibrate(network, &params, &batches(), |map| map.starts_with("model.layers"), &Reference, &Control::new()).unwrap()
}

fn scored(network: &Network, inputs: &BTreeMap<String, Inputs>, rule: Rule) -> BTreeMap<String, Array2<f32>> {
    scores(network, inputs, rule, &Reference).unwrap()
}

/// Share of all weights that goes.
fn overall(network: &Network, shares: &Shares) -> f64 {
    let sizes = n_weights(network);
    assert!(shares.keys().eq(sizes.keys()));
    let gone: f64 = sizes.iter().map(|(map, size)| shares[map] * *size as f64).sum();
    gone / sizes.values().sum::<usize>() as f64
}

#[test]
fn every_rule_spends_the_budget() {
    let network = network();
    let inputs = inputs(&network);
    let wanda = scored(&network, &inputs, Rule::Wanda);
    let magnitudes = scored(&network, &inputs, Rule::Magnitude);
    let released = Expression::released();
    let pruned_at = |shares: &Shares| {
        let (batches, device, control) = (batches(), Default::default(), Control::new());
        let sparsities = sparsities(shares);
        prune_weights::<Flex, _>(&network, &sparsities, Rule::Wanda, &batches, &Reference, &device, &control).unwrap()
    };
    for sparsity in [0.3, 0.5, 0.75] {
        let params = network.params::<Flex>(&Default::default());
        let seen = inputs_of(&network, &params, &batches(), |_| true, &Control::new()).unwrap();
        let rules = [
            uniform(&network, sparsity).unwrap(),
            owl(&network, &inputs, sparsity, 5.0, 0.08, &Reference).unwrap(),
            // Magnitudes, as Wanda's scores of this network lead into the trap.
            dsa_by(&released, Joined::Entries, &network, &magnitudes, sparsity, 0.08, &Control::new()).unwrap().0,
            als(&network, &seen, sparsity, (0.1, 0.9), &Reference).unwrap(),
            global(&network, &wanda, sparsity).unwrap(),
        ];
        for shares in rules {
            assert!((overall(&network, &shares) - sparsity).abs() < 1e-3, "{sparsity} {shares:?}");
            let pruned = pruned_at(&shares);
            // Up to a weight per row is rounded away.
            assert!((achieved(&pruned) - sparsity).abs() < 0.08, "{sparsity} {}", achieved(&pruned));
            // Every rule at the same count: the budget but for less than the least step, a weight of each of 8 rows.
            let pruned = pruned_at(&whole(&network, &shares, sparsity, Rule::Wanda));
            let n = n_weights(&network).values().sum::<usize>() as f64;
            let missing = (achieved(&pruned) - sparsity) * n;
            assert!((-1e-6..8.0).contains(&missing), "{sparsity} {missing}");
        }
    }
}

#[test]
fn als_keeps_in_blocks_what_it_gave_them() {
    let network = network();
    let params = network.params::<Flex>(&Default::default());
    let seen = inputs_of(&network, &params, &batches(), |_| true, &Control::new()).unwrap();
    let sizes = n_weights(&network);
    let bounds = (0.2, 0.7);
    let shares = als(&network, &seen, 0.5, bounds, &Reference).unwrap();
    // The first stage by itself: blocks, by the inputs of their first maps.
    let blocks = crate::units::blocks(&network);
    let of_blocks: Vec<f64> = blocks.iter().map(|block| block.maps.iter().map(|map| sizes[map] as f64).sum()).collect();
    let views: Vec<_> = blocks.iter().map(|block| seen[&block.maps[0]].view()).collect();
    let psi = redundancy(&views, &Reference).unwrap();
    let kept = crate::methods::als::shares(&coefficients(&independence(psi.view())), &of_blocks, 0.5, bounds);
    for ((block, size), kept) in blocks.iter().zip(&of_blocks).zip(kept.unwrap()) {
        let sum: f64 = block.maps.iter().map(|map| (1.0 - shares[map]) * sizes[map] as f64).sum();
        assert!((sum - kept * size).abs() < 1e-9 * size, "{}: {sum} {kept}", block.name);
    }
}

#[test]
fn a_layer_that_repeats_another_is_less_independent() {
    // Layer 1 adds nothing: layer 2 sees what layer 1 saw.
    let Config::Decoder(mut config) = decoder() else { unreachable!() };
    config.num_hidden_layers = 3;
    let (config, mut weights) = Network::random(Config::Decoder(config), 4).unwrap().into_parts();
    for map in ["self_attn.o_proj", "mlp.down_proj"] {
        let weight = weights.get_mut(&format!("model.layers.1.{map}.weight")).unwrap();
        weight.fill(0.0);
    }
    let network = Network::new(config, weights).unwrap();
    let params = network.params::<Flex>(&Default::default());
    let seen = inputs_of(&network, &params, &batches(), |_| true, &Control::new()).unwrap();
    let layers = [0, 1, 2].map(|layer| seen[&format!("model.layers.{layer}.self_attn.q_proj")].view());
    let psi = redundancy(&layers, &Reference).unwrap();
    assert!((psi[[1, 2]] - 1.0).abs() < 1e-9 && psi[[0, 1]] < 1.0 - 1e-3, "{psi}");
    let omega = independence(psi.view());
    assert!(omega[1] < omega[0] && omega[2] < omega[0] && (omega[1] - omega[2]).abs() < 1e-9, "{omega:?}");
}

#[test]
fn inputs_that_differ_much_lead_into_the_trap_of_dsa() {
    // The inputs of this network spread the logarithms of Wanda's scores beyond tan 1: the arcsine has no value, for any block.
    let network = network();
    let error = dsa(&network, &inputs(&network), 0.5, 0.08, &Reference, &Control::new()).unwrap_err();
    assert_eq!(error.to_string(), "all 2 blocks have importance 0: no share follows");
}

#[test]
fn one_threshold_for_all() {
    let network = network();
    let scores = scored(&network, &inputs(&network), Rule::Wanda);
    let shares = global(&network, &scores, 0.4).unwrap();
    let mut all: Vec<f32> = scores.values().flatten().copied().collect();
    all.sort_by(f32::total_cmp);
    let threshold = all[(all.len() as f64 * 0.4) as usize];
    for (map, own) in &scores {
        let below = own.iter().filter(|score| **score < threshold).count() as f64 / own.len() as f64;
        assert!((shares[map] - below).abs() < 1.5 / own.len() as f64, "{map}");
    }
}

#[test]
fn the_exact_choice_is_the_best_of_the_table_and_never_worse_than_the_rules_on_it() {
    let network = network();
    let inputs = inputs(&network);
    let shares = [0.0, 0.25, 0.5, 0.75].map(Sparsity::Share);
    let groups: Vec<Vec<String>> = crate::units::blocks(&network).into_iter().map(|block| block.maps).collect();
    for loss in [LevelLoss::OutputError, LevelLoss::Rise, LevelLoss::Divergence] {
        let levels = measure::<Flex, _>(
            &network,
            groups.clone(),
            &shares,
            Rule::Wanda,
            loss,
            &inputs,
            &batches(),
            &Reference,
            &Default::default(),
            &Control::new(),
        )
        .unwrap();
        // Nothing gone, nothing lost.
        assert!(levels.table.layers().iter().all(|own| own[0].loss.abs() < 1e-9), "{levels:?}");
        let (chosen, choice) = exact(&levels, &network, 0.5, &Control::new()).unwrap();
        assert_eq!(choice.status, Status::Optimal);
        assert!(overall(&network, &chosen.iter().map(|(map, own)| (map.clone(), own.share())).collect()) >= 0.5 - 1e-3);
        let own = levels.table.layers();
        assert!(loss == LevelLoss::Rise || own.iter().flatten().all(|level| level.loss >= 0.0));
        let mut best = f64::INFINITY;
        for a in 0..4 {
            for b in 0..4 {
                if own[0][a].cost + own[1][b].cost <= choice.cost.max(own[0][2].cost + own[1][2].cost) {
                    best = best.min(own[0][a].loss + own[1][b].loss);
                }
            }
        }
        assert!((choice.loss - best).abs() < 1e-9, "{choice:?} {best}");
        assert!(choice.loss <= own[0][2].loss + own[1][2].loss + 1e-12);
    }
}

#[test]
fn what_a_choice_of_levels_leaves_is_filled_up() {
    let network = network();
    let inputs = inputs(&network);
    let n = n_weights(&network).values().sum::<usize>() as f64;
    let maps: Vec<String> = n_weights(&network).into_keys().collect();
    for (rule, step) in [(Rule::Magnitude, 1.0), (Rule::Wanda, 8.0), (Rule::SparseGpt { damping: 0.01 }, 1.0)] {
        let levels = measure::<Flex, _>(
            &network,
            maps.iter().map(|map| vec![map.clone()]).collect(),
            &[0.0, 0.3, 0.6, 0.9].map(Sparsity::Share),
            rule,
            LevelLoss::OutputError,
            &inputs,
            &batches(),
            &Reference,
            &Default::default(),
            &Control::new(),
        )
        .unwrap();
        for sparsity in [0.47, 0.71] {
            let (_, exact) = exact(&levels, &network, sparsity, &Control::new()).unwrap();
            let (chosen, greedy) = levels.greedy(&network, sparsity).unwrap();
            assert!(greedy.loss >= exact.loss && chosen == levels.chosen(&greedy.levels));
            for choice in [exact, greedy] {
                let filled = levels.filled(&network, &choice, sparsity, rule).unwrap();
                let (batches, device, control) = (batches(), Default::default(), Control::new());
                let pruned =
                    prune_weights::<Flex, _>(&network, &filled, rule, &batches, &Reference, &device, &control).unwrap();
                let missing = (achieved(&pruned) - sparsity) * n;
                assert!((-1e-6..step).contains(&missing), "{rule:?} {sparsity} {missing}");
                // No map loses more than its level, and the table likes what is filled.
                for (map, own) in levels.chosen(&choice.levels) {
                    assert!(filled[&map].share() <= own.share(), "{map}");
                }
                assert!(levels.table.interpolated(&levels.costs(&pruned)) <= choice.loss + 1e-9);
                // Whole counts already: nothing to move.
                let shares: Shares = filled.iter().map(|(map, own)| (map.clone(), own.share())).collect();
                let again = prune_weights::<Flex, _>(
                    &network,
                    &sparsities(&whole(&network, &shares, sparsity, rule)),
                    rule,
                    &batches,
                    &Reference,
                    &device,
                    &control,
                );
                assert_eq!(levels.costs(&again.unwrap()), levels.costs(&pruned));
            }
        }
    }
}

#[test]
fn what_cannot_be_is_named() {
    let network = network();
    assert_eq!(uniform(&network, 1.5).unwrap_err().to_string(), "sparsity: 1.5, expected 0 to 1");
    let missing = owl(&network, &BTreeMap::new(), 0.5, 5.0, 0.08, &Reference).unwrap_err().to_string();
    assert_eq!(missing, "model.layers.0.self_attn.q_proj is no linear map of this network whose weights can be pruned");
    let unknown = Shares::from([("model.norm".to_owned(), 0.5)]);
    let error = prune_weights::<Flex, _>(
        &network,
        &sparsities(&unknown),
        Rule::Magnitude,
        &batches(),
        &Reference,
        &Default::default(),
        &Control::new(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "model.norm is no linear map of this network whose weights can be pruned"
    );
}
