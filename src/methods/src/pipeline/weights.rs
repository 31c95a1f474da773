//! Single weights.

use std::collections::BTreeMap;

use ndarray::Array2;
use secateur_neural::cpu;
use secateur_neural::score::Inputs;
use secateur_neural::units::{Block, blocks};

use super::{Best, Layer, Method, Planned, Work};
use crate::MethodError;
use crate::allocate::{
    Fractions, LevelLoss, LevelOptions, Sparsities, achieved, als, dsa, global, measure, n_weights, owl, sparsities,
    uniform, whole,
};
use crate::obs::Sparsity;
use crate::weights::{prune_weights, scores};

/// Levels of a linear layer, evenly spaced, beside those of the budgets.
const LEVELS: usize = 20;

/// What rules of fractions look at, per linear layer.
enum Measured {
    /// Second moments of inputs.
    Moments(BTreeMap<String, Inputs>),
    /// Scores of weights, or the inputs themselves.
    Rows(BTreeMap<String, Array2<f32>>),
}

impl Work<'_> {
    pub(super) fn weights(&self, best: &mut [Best]) -> Result<(), MethodError> {
        let linears: Vec<String> = blocks(self.network).into_iter().flat_map(|block| block.linears).collect();
        if self.plan.method == Method::Exact {
            return self.exact_weights(&linears, best);
        }
        let measured = self.measured(&linears)?;
        for (budget, best) in self.plan.budgets.iter().zip(best) {
            let (fractions, warning) = self.fractions(&measured, *budget)?;
            let fractions = whole(self.network, &fractions, 1.0 - budget, self.plan.rule);
            let planned = self.with_sparsities(*budget, &sparsities(&fractions), None)?;
            best.only(Planned { warning, ..planned });
        }
        Ok(())
    }

    /// What the rule looks at, the same for every budget.
    fn measured(&self, linears: &[String]) -> Result<Measured, MethodError> {
        Ok(match self.plan.method {
            Method::Owl | Method::Dsa => Measured::Moments(self.inputs(linears)?),
            Method::Global => {
                Measured::Rows(scores(self.network, &self.inputs(linears)?, self.plan.rule, &self.scorer)?)
            }
            Method::Als => {
                let wanted = |linear: &str| linears.iter().any(|own| own == linear);
                Measured::Rows(cpu::inputs_of(self.network, &self.sets.calibration[..1], &wanted, self.control)?)
            }
            _ => Measured::Rows(BTreeMap::new()),
        })
    }

    /// Fractions of a published rule, and what is odd about them.
    fn fractions(&self, measured: &Measured, budget: f64) -> Result<(Fractions, Option<String>), MethodError> {
        let (network, sparsity) = (self.network, 1.0 - budget);
        let mut warning = None;
        let fractions = match (self.plan.method, measured) {
            (Method::Owl, Measured::Moments(inputs)) => owl(network, inputs, sparsity, 5.0, 0.08, &self.scorer),
            (Method::Dsa, Measured::Moments(inputs)) => {
                dsa(network, inputs, sparsity, 0.08, &self.scorer, self.control).map(|(fractions, found)| {
                    warning = trapped(&blocks(network), &found.not_numbers);
                    fractions
                })
            }
            (Method::Global, Measured::Rows(scores)) => global(network, scores, sparsity),
            (Method::Als, Measured::Rows(seen)) => {
                let wide = 0.2f64.min(budget).min(sparsity);
                als(network, seen, sparsity, (budget - wide, budget + wide), &self.scorer)
            }
            _ => uniform(network, sparsity),
        };
        Ok((fractions?, warning))
    }

    fn with_sparsities(
        &self,
        budget: f64,
        sparsity: &Sparsities,
        promised: Option<f64>,
    ) -> Result<Planned, MethodError> {
        let network = prune_weights(&self.calibration(), sparsity, self.plan.rule, &self.scorer)?;
        let layer = |(linear, of): (String, usize)| {
            let weight = network.weights().get(&format!("{linear}.weight"));
            let left = weight.map_or(0, |weight| weight.iter().filter(|value| **value != 0.0).count());
            Layer { name: linear, left, of, kept: None }
        };
        let layers = n_weights(&network).into_iter().map(layer).collect();
        let left = 1.0 - achieved(&network);
        Ok(Planned { budget, network, left, promised, layers, candidates: 1, stopped: false, warning: None })
    }

    /// The best choices of three tables, and of all these the best network, for every budget.
    fn exact_weights(&self, linears: &[String], best: &mut [Best]) -> Result<(), MethodError> {
        let sparsity = |budget: &f64| 1.0 - budget;
        let even = (0..LEVELS).map(|level| level as f64 / LEVELS as f64);
        let mut fractions: Vec<f64> = even.chain(self.plan.budgets.iter().map(sparsity)).collect();
        fractions.sort_by(f64::total_cmp);
        fractions.dedup();
        let fractions: Vec<Sparsity> = fractions.into_iter().map(Sparsity::Fraction).collect();
        let inputs = self.inputs(linears)?;
        for loss in [LevelLoss::OutputError, LevelLoss::Divergence, LevelLoss::Rise] {
            let groups = linears.iter().map(|linear| vec![linear.clone()]).collect();
            let options = LevelOptions { levels: &fractions, rule: self.plan.rule, loss };
            let levels = measure(&self.for_rises(), groups, &inputs, &self.scorer, &options)?;
            for (budget, best) in self.plan.budgets.iter().zip(best.iter_mut()) {
                let n = self.plan.candidates;
                let ranked = levels.ranked(self.network, sparsity(budget), n, self.control);
                for (_, choice) in ranked? {
                    let filled = levels.filled(self.network, &choice, sparsity(budget), self.plan.rule)?;
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
    let block = |name: &str| Block { name: name.into(), linears: Vec::new() };
    let blocks = ["first", "second", "third"].map(block);
    assert_eq!(trapped(&blocks, &[]), None);
    assert!(trapped(&blocks, &[0, 2]).unwrap().starts_with("first, third: DSA's expression gives no number"));
}
