use std::collections::BTreeMap;

use burn::backend::Flex;
use ndarray::Array2;
use secateur_program::{Control, Status};

use super::forward::decoder;
use super::training::copying;
use crate::neural::methods::allocate::*;
use crate::neural::methods::als::{coefficients, independence, redundancy};
use crate::neural::methods::obs::Sparsity;
use crate::neural::methods::weights::{Rule, prune_weights, scores};
use crate::neural::score::{Inputs, Reference, calibrate, inputs_of};
use crate::neural::{Batch, Config, Network};

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
            owl(&network, &wanda, sparsity, 5.0, 0.08).unwrap(),
            dsa(&network, &magnitudes, sparsity, 0.08, &Control::new()).unwrap().0,
            als(&network, &seen, sparsity, (0.1, 0.9), &Reference).unwrap(),
            global(&network, &wanda, sparsity).unwrap(),
        ];
        for shares in rules {
            assert!((overall(&network, &shares) - sparsity).abs() < 1e-3, "{sparsity} {shares:?}");
            let pruned = pruned_at(&shares);
            // Up to a weight per row is rounded away.
            assert!((achieved(&pruned) - sparsity).abs() < 0.08, "{sparsity} {}", achieved(&pruned));
            let pruned = pruned_at(&whole(&network, &shares, Rule::Wanda));
            let gone = overall(&network, &shares);
            assert!((gone - 1e-9..gone + 0.08).contains(&achieved(&pruned)), "{gone} {}", achieved(&pruned));
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
    let blocks = crate::neural::units::blocks(&network);
    let of_blocks: Vec<f64> = blocks.iter().map(|block| block.maps.iter().map(|map| sizes[map] as f64).sum()).collect();
    let views: Vec<_> = blocks.iter().map(|block| seen[&block.maps[0]].view()).collect();
    let psi = redundancy(&views, &Reference).unwrap();
    let kept = crate::neural::methods::als::shares(&coefficients(&independence(psi.view())), &of_blocks, 0.5, bounds);
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
    let wanda = scored(&network, &inputs(&network), Rule::Wanda);
    let error = dsa(&network, &wanda, 0.5, 0.08, &Control::new()).unwrap_err();
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
    let groups: Vec<Vec<String>> = crate::neural::units::blocks(&network).into_iter().map(|block| block.maps).collect();
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
fn what_cannot_be_is_named() {
    let network = network();
    assert_eq!(uniform(&network, 1.5).unwrap_err().to_string(), "sparsity: 1.5, expected 0 to 1");
    let missing = owl(&network, &BTreeMap::new(), 0.5, 5.0, 0.08).unwrap_err().to_string();
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
