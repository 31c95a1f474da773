//! The family `masks`: learned N:M masks (MaskLLM) with weights frozen, from several beginnings; and which maps are dense, 2:4 or 1:4: the last
//! block skipped, as the authors do by hand, or the exact choice at the same cost.

use std::collections::BTreeMap;

use secateur::neural::cpu::CpuTraining;
use secateur::neural::methods::allocate::{LevelLoss, LevelOptions, Sparsities, achieved, measure};
use secateur::neural::methods::mask_llm::{MaskLearner, MaskOptions, Masks};
use secateur::neural::methods::obs::Sparsity;
use secateur::neural::methods::weights::{Rule, prune_weights};
use secateur::neural::score::Calibration;
use secateur::neural::units::blocks;
use secateur::neural::{Network, TrainOptions};
use secateur_program::Control;

use super::outcome::Outcome;
use super::setup::{Pruned, Setup, timed};
use super::trained::Cpu;
use crate::workloads::Failure;

/// Steps of learning: of the same batches as training, from beyond its last.
const STEPS: usize = 300;

const DENSE: Sparsity = Sparsity::Fraction(0.0);
const TWO: Sparsity = Sparsity::Pattern { n: 2, m: 4 };
const ONE: Sparsity = Sparsity::Pattern { n: 1, m: 4 };

pub(super) fn outcomes(setup: &Setup<'_>) -> Result<Vec<Outcome>, Failure> {
    let network = &setup.network;
    let blocks = blocks(network);
    let maps: Vec<String> = blocks.iter().flat_map(|block| block.linears.clone()).collect();
    let all: Sparsities = maps.iter().map(|map| (map.clone(), TWO)).collect();
    let mut found = Vec::new();
    let mut tell = |method: &str, budget: f64, promised: Option<f64>, (network, seconds): (Network, f64)| {
        let (left, method) = (1.0 - achieved(&network), method.to_owned());
        let (family, on_tables, valid) = ("masks", BTreeMap::new(), None);
        let own = Pruned { family, method, budget, left, promised, on_tables, valid, network, smaller: false, seconds };
        found.push(setup.outcome(&own)?);
        Ok::<(), Failure>(())
    };

    let sparse_gpt = Rule::SparseGpt { damping: 0.01 };
    for (name, rule) in [("magnitude", Rule::Magnitude), ("Wanda", Rule::Wanda), ("SparseGPT", sparse_gpt)] {
        let pruned = timed(|| by_rule(setup, &all, rule))?;
        let prior = Masks::of(&pruned.0, maps.iter().map(String::as_str))?;
        tell(&format!("{name}, 2:4"), 0.5, None, pruned)?;
        tell(&format!("MaskLLM, prior {name}"), 0.5, None, timed(|| learned(setup, &all, Some(&prior)))?)?;
    }
    tell("MaskLLM, no prior", 0.5, None, timed(|| learned(setup, &all, None))?)?;

    // The last block dense, and exact choices that keep as many weights as that, or as 2:4 everywhere.
    let mut skipping = all.clone();
    let last = blocks.last().ok_or("the network has no blocks")?;
    skipping.extend(last.linears.iter().map(|map| (map.clone(), DENSE)));
    let groups = maps.iter().map(|map| vec![map.clone()]).collect();
    let few = &setup.task.rises;
    let (levels, before) = timed(|| {
        let control = Control::new();
        let calibration = Calibration::<Cpu>::new(network, few, &control);
        let options = LevelOptions { levels: &[ONE, TWO, DENSE], rule: Rule::Wanda, loss: LevelLoss::Divergence };
        Ok(measure(&calibration, groups, &setup.inputs, &setup.scorer, &options)?)
    })?;
    let kept = |sparsities: &Sparsities| {
        let sizes = secateur::neural::methods::allocate::n_weights(network);
        let left: f64 = sparsities.iter().map(|(map, own)| sizes[map] as f64 * (1.0 - own.fraction())).sum();
        left / sizes.values().sum::<usize>() as f64
    };
    let skipped = kept(&skipping);
    let choice = |budget: f64| -> Result<(Sparsities, f64), Failure> {
        let ranked = levels.ranked(network, 1.0 - budget, 1, &Control::new())?;
        let (sparsities, choice) = ranked.into_iter().next().ok_or("no choice within the budget")?;
        Ok((sparsities, choice.loss))
    };
    let mut chosen = vec![("last block dense", skipped, skipping, None)];
    for budget in [0.5, skipped] {
        let (sparsities, promised) = choice(budget)?;
        chosen.push(("exact levels", budget, sparsities, Some(promised)));
    }
    for (name, budget, sparsities, promised) in chosen {
        let masked: BTreeMap<String, Sparsity> =
            sparsities.iter().filter(|(_, own)| **own != DENSE).map(|(map, own)| (map.clone(), *own)).collect();
        let (wanda, seconds) = timed(|| by_rule(setup, &masked, Rule::Wanda))?;
        let prior = Masks::of(&wanda, masked.keys().map(String::as_str))?;
        tell(&format!("Wanda, {name}"), budget, promised, (wanda, seconds + before))?;
        let (network, seconds) = timed(|| learned(setup, &masked, Some(&prior)))?;
        tell(&format!("MaskLLM, {name}"), budget, promised, (network, seconds + before))?;
    }
    Ok(found)
}

fn by_rule(setup: &Setup<'_>, sparsities: &Sparsities, rule: Rule) -> Result<Network, Failure> {
    let control = Control::new();
    let calibration = Calibration::<Cpu>::new(&setup.network, &setup.task.calibration, &control);
    Ok(prune_weights(&calibration, sparsities, rule, &setup.scorer)?)
}

fn learned(setup: &Setup<'_>, sparsities: &Sparsities, prior: Option<&Masks>) -> Result<Network, Failure> {
    // As many steps as there are need a larger rate than the authors' 2,000: the sum of the rates is about theirs.
    let training = TrainOptions { steps: STEPS, learning_rate: 2e-3, ..MaskOptions::default().training };
    let options = MaskOptions { training, seed: setup.seed, ..MaskOptions::default() };
    let (network, device) = (&setup.network, Default::default());
    let mut learner = MaskLearner::<CpuTraining>::new(network, sparsities, prior, options, &device)?;
    let first = setup.task.options.steps;
    learner.run(STEPS, |step| setup.task.batch(setup.seed, first + step), &Control::new())?;
    Ok(learner.masks().apply(network)?)
}
