//! The family `weights`: single weights go, shapes stay; every rule of scores with every rule of shares. All allocations of a budget keep as many weights, but for
//! less than a step of the rule of scores.

use std::collections::BTreeMap;

use secateur::neural::Network;
use secateur::neural::levels::LevelChoice;
use secateur::neural::methods::MethodError;
use secateur::neural::methods::allocate::{
    Fractions, LevelLoss, LevelOptions, LinearLevels, Sparsities, achieved, als, dsa, global, measure, n_weights, owl,
    sparsities, uniform, whole,
};
use secateur::neural::methods::obs::Sparsity;
use secateur::neural::methods::weights::{Rule, prune_weights, scores};
use secateur::neural::score::{Calibration, inputs_of};
use secateur::neural::units::blocks;
use secateur_program::Control;

use super::evolved;
use super::outcome::Outcome;
use super::setup::{Pruned, Setup, timed};
use super::trained::Cpu;
use crate::workloads::Failure;

/// Fractions of weights that stay.
pub(super) const BUDGETS: [f64; 3] = [0.5, 0.35, 0.2];
/// Fractions that go of the levels of the exact choice.
const LEVELS: [f64; 9] = [0.0, 0.2, 0.35, 0.5, 0.575, 0.65, 0.725, 0.8, 0.9];
/// The table of divergences among all: the greedy choice is made on it.
const DIVERGENCE: usize = 2;
/// Best choices of each table that are judged as whole networks.
const RANKED: usize = 3;

const SPARSE_GPT: Rule = Rule::SparseGpt { damping: 0.01 };

pub(super) fn outcomes(setup: &Setup<'_>) -> Result<Vec<Outcome>, Failure> {
    let mut found = Vec::new();
    for (name, rule) in [("magnitude", Rule::Magnitude), ("Wanda", Rule::Wanda), ("SparseGPT", SPARSE_GPT)] {
        let pattern = |map: String| (map, Sparsity::Pattern { n: 2, m: 4 });
        let maps = blocks(&setup.network).into_iter().flat_map(|block| block.linears).map(pattern).collect();
        let (network, seconds) = timed(|| prune(setup, &maps, rule))?;
        found.push(setup.outcome(&pruned(format!("{name}, 2:4"), 0.5, network, seconds))?);
    }
    for (name, rule) in [("Wanda", Rule::Wanda), ("SparseGPT", SPARSE_GPT)] {
        found.extend(allocated(setup, name, rule)?);
    }
    for budget in BUDGETS {
        let shares = whole(&setup.network, &uniform(&setup.network, 1.0 - budget)?, 1.0 - budget, Rule::Magnitude);
        let (network, seconds) = timed(|| prune(setup, &sparsities(&shares), Rule::Magnitude))?;
        found.push(setup.outcome(&pruned("magnitude, uniform".into(), budget, network, seconds))?);
    }
    Ok(found)
}

pub(super) fn pruned(method: String, budget: f64, network: Network, seconds: f64) -> Pruned {
    let left = 1.0 - achieved(&network);
    let (family, promised, on_tables, valid) = ("weights", None, BTreeMap::new(), None);
    Pruned { family, method, budget, left, promised, on_tables, valid, network, smaller: false, seconds }
}

pub(super) fn prune(setup: &Setup<'_>, sparsity: &BTreeMap<String, Sparsity>, rule: Rule) -> Result<Network, Failure> {
    let control = Control::new();
    let calibration = Calibration::<Cpu>::new(&setup.network, &setup.task.calibration, &control);
    Ok(prune_weights(&calibration, sparsity, rule, &setup.scorer)?)
}

/// Every rule of shares with one rule of scores.
fn allocated(setup: &Setup<'_>, name: &str, rule: Rule) -> Result<Vec<Outcome>, Failure> {
    let network = &setup.network;
    let maps: Vec<String> = blocks(network).into_iter().flat_map(|block| block.linears).collect();
    let all_scores = scores(network, &setup.inputs, rule, &setup.scorer)?;
    let params = network.params::<Cpu>(&Default::default());
    let (few, control) = (&setup.task.calibration[..1], Control::new());
    let seen = inputs_of(network, &params, few, |map| maps.iter().any(|own| own == map), &Control::new())?;
    let table = |loss: LevelLoss| {
        timed(|| {
            let groups = maps.iter().map(|map| vec![map.clone()]).collect();
            let control = Control::new();
            let calibration = Calibration::<Cpu>::new(network, &setup.task.rises, &control);
            let options = LevelOptions { levels: &LEVELS.map(Sparsity::Fraction), rule, loss };
            Ok(measure(&calibration, groups, &setup.inputs, &setup.scorer, &options)?)
        })
    };
    let tables = [
        ("output error", table(LevelLoss::OutputError)?),
        ("rise", table(LevelLoss::Rise)?),
        ("divergence", table(LevelLoss::Divergence)?),
    ];
    let on_tables = |pruned: &Network| -> BTreeMap<String, f64> {
        let loss = |(levels, _): &(LinearLevels, f64)| levels.table.interpolated(&levels.costs(pruned));
        tables.iter().map(|(which, table)| ((*which).to_owned(), loss(table))).collect()
    };
    let few = evolved::part(&setup.task.rises);
    let (mut search, prepared) = timed(|| evolved::Search::new(setup, rule, &maps, &few, &control))?;
    // What a choice of levels leaves of a budget is spent by its table, and what that refuses by moving all shares.
    let spent = |levels: &LinearLevels, choice: &LevelChoice, sparsity: f64| -> Result<Sparsities, Failure> {
        let filled = levels.filled(network, choice, sparsity, rule)?;
        let shares = filled.iter().map(|(map, own)| (map.clone(), own.fraction())).collect();
        Ok(sparsities(&whole(network, &shares, sparsity, rule)))
    };
    let mut found = Vec::new();
    for budget in BUDGETS {
        let sparsity = 1.0 - budget;
        // Least and largest kept share: as far from the mean as the nearer end allows, at most 0.2.
        let wide = 0.2f64.min(budget - 0.05).min(0.95 - budget);
        let rules: [(&str, Result<Fractions, MethodError>); 5] = [
            ("uniform", uniform(network, sparsity)),
            ("OWL", owl(network, &setup.inputs, sparsity, 5.0, 0.08, &setup.scorer)),
            ("DSA", dsa(network, &setup.inputs, sparsity, 0.08, &setup.scorer, &control).map(|(shares, _)| shares)),
            ("ALS", als(network, &seen, sparsity, (budget - wide, budget + wide), &setup.scorer)),
            ("global threshold", global(network, &all_scores, sparsity)),
        ];
        for (allocation, shares) in rules {
            // DSA's expression may give no number on any block: then the rule has no row.
            let shares = match shares {
                Err(error @ MethodError::Fraction(_)) => {
                    println!("{} {}: {name}, {allocation} at {budget}: {error}", setup.task.name, setup.seed);
                    continue;
                }
                shares => shares?,
            };
            let shares = whole(network, &shares, sparsity, rule);
            let (small, seconds) = timed(|| prune(setup, &sparsities(&shares), rule))?;
            let own = pruned(format!("{name}, {allocation}"), budget, small, seconds);
            found.push(setup.outcome(&Pruned { on_tables: on_tables(&own.network), ..own })?);
        }
        let (small, seconds) = timed(|| prune(setup, &sparsities(&search.shares(sparsity)?), rule))?;
        let own = pruned(format!("{name}, EvoPress, 400 trials"), budget, small, seconds + prepared);
        found.push(setup.outcome(&Pruned { on_tables: on_tables(&own.network), ..own })?);
        let (levels, before) = &tables[DIVERGENCE].1;
        let (_, choice) = levels.greedy(network, sparsity)?;
        let (small, seconds) = timed(|| prune(setup, &spent(levels, &choice, sparsity)?, rule))?;
        let own = pruned(format!("{name}, greedy on divergence"), budget, small, seconds + before);
        let (promised, on_tables_of) = (Some(choice.loss), on_tables(&own.network));
        found.push(setup.outcome(&Pruned { promised, on_tables: on_tables_of, ..own })?);
        let mut candidates = Vec::new();
        for (which, (levels, before)) in &tables {
            let ranked = levels.ranked(network, sparsity, RANKED, &control)?;
            for (rank, (_, choice)) in ranked.into_iter().enumerate() {
                if rank == 0 {
                    // Rises below zero let more go than they must.
                    let all = n_weights(network).values().sum::<usize>() as f64;
                    let left = choice.cost / all;
                    println!(
                        "{} {}: {name}, exact on {which} at {budget}: {left:.4} chosen",
                        setup.task.name, setup.seed
                    );
                }
                let (small, seconds) = timed(|| prune(setup, &spent(levels, &choice, sparsity)?, rule))?;
                let (promised, on_tables) = (Some(choice.loss), on_tables(&small));
                let own = pruned(format!("{name}, exact on {which}"), budget, small, seconds + before);
                let own = setup.candidate(Pruned { promised, on_tables, ..own })?;
                if rank == 0 {
                    found.push(setup.outcome(&own)?);
                }
                candidates.push(own);
            }
        }
        found.push(setup.best(candidates, format!("{name}, exact, re-scored"))?);
    }
    Ok(found)
}
