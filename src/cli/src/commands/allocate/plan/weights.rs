//! Single weights.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_neural::methods::allocate::{
    LevelLoss, Shares, Sparsities, achieved, als, dsa, global, measure, n_weights, owl, sparsities, uniform, whole,
};
use secateur_neural::methods::obs::Sparsity;
use secateur_neural::methods::weights::{Rule, prune_weights, scores};
use secateur_neural::score::{Inputs, inputs_of};
use secateur_neural::units::{Block, blocks};

use super::{Best, Layer, Planned, Work, failure};
use crate::commands::allocate::{Cpu, Method, WeightRule};
use crate::commands::failure::{Failure, Outcome};

/// Levels of a map, evenly spaced, beside those of the budgets.
const LEVELS: usize = 20;

/// What rules of shares look at, per map.
enum Measured {
    /// Second moments of inputs.
    Moments(BTreeMap<String, Inputs>),
    /// Scores of weights, or the inputs themselves.
    Rows(BTreeMap<String, Array2<f32>>),
}

impl Work<'_> {
    fn rule(&self) -> Rule {
        match self.arguments.rule {
            WeightRule::Magnitude => Rule::Magnitude,
            WeightRule::Wanda => Rule::Wanda,
            WeightRule::Sparsegpt => Rule::SparseGpt { damping: 0.01 },
        }
    }

    pub(super) fn weights(&self, best: &mut [Best]) -> Outcome {
        let maps: Vec<String> = blocks(self.network).into_iter().flat_map(|block| block.maps).collect();
        if self.arguments.method == Method::Exact {
            return self.exact_weights(&maps, best);
        }
        let measured = self.measured(&maps)?;
        for (budget, best) in self.arguments.budget.iter().zip(best) {
            let (shares, warning) = self.shares(&measured, *budget)?;
            let shares = whole(self.network, &shares, 1.0 - budget, self.rule());
            let planned = self.with_sparsities(*budget, &sparsities(&shares), None)?;
            best.only(Planned { warning, ..planned });
        }
        Ok(())
    }

    /// What the rule looks at, the same for every budget.
    fn measured(&self, maps: &[String]) -> Result<Measured, Failure> {
        Ok(match self.arguments.method {
            Method::Owl | Method::Dsa => Measured::Moments(self.inputs(maps)?),
            Method::Global => {
                Measured::Rows(scores(self.network, &self.inputs(maps)?, self.rule(), &self.scorer).map_err(failure)?)
            }
            Method::Als => {
                let params = self.network.params::<Cpu>(&Default::default());
                let wanted = |map: &str| maps.iter().any(|own| own == map);
                let seen = inputs_of(self.network, &params, &self.sets.calibration[..1], wanted, self.control);
                Measured::Rows(seen.map_err(failure)?)
            }
            _ => Measured::Rows(BTreeMap::new()),
        })
    }

    /// Shares of a published rule, and what is odd about them.
    fn shares(&self, measured: &Measured, budget: f64) -> Result<(Shares, Option<String>), Failure> {
        let (network, sparsity) = (self.network, 1.0 - budget);
        let mut warning = None;
        let shares = match (self.arguments.method, measured) {
            (Method::Owl, Measured::Moments(inputs)) => owl(network, inputs, sparsity, 5.0, 0.08, &self.scorer),
            (Method::Dsa, Measured::Moments(inputs)) => {
                dsa(network, inputs, sparsity, 0.08, &self.scorer, self.control).map(|(shares, found)| {
                    warning = trapped(&blocks(network), &found.not_numbers);
                    shares
                })
            }
            (Method::Global, Measured::Rows(scores)) => global(network, scores, sparsity),
            (Method::Als, Measured::Rows(seen)) => {
                let wide = 0.2f64.min(budget).min(sparsity);
                als(network, seen, sparsity, (budget - wide, budget + wide), &self.scorer)
            }
            _ => uniform(network, sparsity),
        };
        Ok((shares.map_err(failure)?, warning))
    }

    fn with_sparsities(&self, budget: f64, sparsity: &Sparsities, promised: Option<f64>) -> Result<Planned, Failure> {
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let rule = self.rule();
        let network =
            prune_weights::<Cpu, _>(self.network, sparsity, rule, calibration, &self.scorer, &device, self.control)
                .map_err(failure)?;
        let layer = |(map, of): (String, usize)| {
            let weight = network.weights().get(&format!("{map}.weight"));
            let left = weight.map_or(0, |weight| weight.iter().filter(|value| **value != 0.0).count());
            Layer { name: map, left, of, kept: None }
        };
        let layers = n_weights(&network).into_iter().map(layer).collect();
        let left = 1.0 - achieved(&network);
        Ok(Planned { budget, network, left, promised, layers, candidates: 1, stopped: false, warning: None })
    }

    /// The best choices of three tables, and of all these the best network, for every budget.
    fn exact_weights(&self, maps: &[String], best: &mut [Best]) -> Outcome {
        let sparsity = |budget: &f64| 1.0 - budget;
        let even = (0..LEVELS).map(|level| level as f64 / LEVELS as f64);
        let mut shares: Vec<f64> = even.chain(self.arguments.budget.iter().map(sparsity)).collect();
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        let shares: Vec<Sparsity> = shares.into_iter().map(Sparsity::Share).collect();
        let inputs = self.inputs(maps)?;
        for loss in [LevelLoss::OutputError, LevelLoss::Divergence, LevelLoss::Rise] {
            let groups = maps.iter().map(|map| vec![map.clone()]).collect();
            let (rule, device) = (self.rule(), Default::default());
            let levels = measure::<Cpu, _>(
                self.network,
                groups,
                &shares,
                rule,
                loss,
                &inputs,
                self.for_rises(),
                &self.scorer,
                &device,
                self.control,
            )
            .map_err(failure)?;
            for (budget, best) in self.arguments.budget.iter().zip(best.iter_mut()) {
                let n = usize::from(self.arguments.candidates);
                let ranked = levels.ranked(self.network, sparsity(budget), n, self.control);
                for (_, choice) in ranked.map_err(failure)? {
                    let filled = levels.filled(self.network, &choice, sparsity(budget), rule).map_err(failure)?;
                    let planned = self.with_sparsities(*budget, &filled, Some(choice.loss))?;
                    self.offer(best, planned)?;
                }
            }
        }
        Ok(())
    }
}

/// Blocks whose importance is no number keep the most under DSA's released rule.
fn trapped(blocks: &[Block], places: &[usize]) -> Option<String> {
    let names: Vec<&str> = places.iter().map(|place| blocks[*place].name.as_str()).collect();
    let them = "DSA's expression gives no number there, and its released program keeps the most of such blocks";
    (!names.is_empty()).then(|| format!("{}: {them}", names.join(", ")))
}

#[test]
fn trapped_blocks_are_named() {
    let block = |name: &str| Block { name: name.into(), maps: Vec::new() };
    let blocks = ["first", "second", "third"].map(block);
    assert_eq!(trapped(&blocks, &[]), None);
    assert!(trapped(&blocks, &[0, 2]).unwrap().starts_with("first, third: DSA's expression gives no number"));
}
