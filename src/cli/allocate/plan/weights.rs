//! Single weights.

use std::collections::BTreeMap;

use secateur::neural::methods::MethodError;
use secateur::neural::methods::allocate::{
    LevelLoss, Shares, achieved, als, dsa, global, measure, n_weights, owl, sparsities, uniform,
};
use secateur::neural::methods::weights::{Rule, prune_weights, scores};
use secateur::neural::score::inputs_of;
use secateur::neural::units::blocks;

use super::{Best, Planned, Work, failure};
use crate::cli::allocate::{Cpu, Method, WeightRule};
use crate::cli::failure::{Failure, Outcome};

/// Levels of a map, evenly spaced, beside those of the budgets.
const LEVELS: usize = 20;

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
        for (budget, best) in self.arguments.budget.iter().zip(best) {
            let (shares, warning) = self.shares(&maps, *budget)?;
            best.only(Planned { warning, ..self.with_shares(*budget, &shares, None)? });
        }
        Ok(())
    }

    /// Shares of a published rule, and what is odd about them.
    fn shares(&self, maps: &[String], budget: f64) -> Result<(Shares, Option<String>), Failure> {
        let (network, sparsity) = (self.network, 1.0 - budget);
        let all_scores = || {
            let of =
                |map: &String| Ok((map.clone(), scores(network, map, &self.inputs[map], self.rule(), &self.scorer)?));
            maps.iter().map(of).collect::<Result<BTreeMap<_, _>, MethodError>>()
        };
        let shares = match self.arguments.method {
            Method::Owl => all_scores().and_then(|scores| owl(network, &scores, sparsity, 5.0, 0.08)),
            Method::Dsa => all_scores().and_then(|scores| Ok(dsa(network, &scores, sparsity, 0.08, self.control)?.0)),
            Method::Global => all_scores().and_then(|scores| global(network, &scores, sparsity)),
            Method::Als => {
                let params = network.params::<Cpu>(&Default::default());
                let wanted = |map: &str| maps.iter().any(|own| own == map);
                let seen = inputs_of(network, &params, self.few(), wanted, self.control).map_err(failure)?;
                let wide = 0.2f64.min(budget).min(sparsity);
                als(network, &seen, sparsity, (budget - wide, budget + wide), &self.scorer)
            }
            _ => uniform(network, sparsity),
        };
        Ok((shares.map_err(failure)?, None))
    }

    fn with_shares(&self, budget: f64, shares: &Shares, promised: Option<f64>) -> Result<Planned, Failure> {
        let (calibration, device) = (&self.sets.calibration, Default::default());
        let (rule, sparsity) = (self.rule(), sparsities(shares));
        let network =
            prune_weights::<Cpu, _>(self.network, &sparsity, rule, calibration, &self.scorer, &device, self.control)
                .map_err(failure)?;
        let layer = |(map, size): (String, usize)| {
            let weight = network.weights().get(&format!("{map}.weight"));
            let left = weight.map_or(0, |weight| weight.iter().filter(|value| **value != 0.0).count());
            (map, left, size)
        };
        let layers = n_weights(&network).into_iter().map(layer).collect();
        let left = 1.0 - achieved(&network);
        Ok(Planned { budget, network, left, promised, layers, candidates: 1, stopped: false, warning: None })
    }

    /// The best choices of two tables, and of all these the best network, for every budget.
    fn exact_weights(&self, maps: &[String], best: &mut [Best]) -> Outcome {
        let sparsity = |budget: &f64| 1.0 - budget;
        let even = (0..LEVELS).map(|level| level as f64 / LEVELS as f64);
        let mut shares: Vec<f64> = even.chain(self.arguments.budget.iter().map(sparsity)).collect();
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        for loss in [LevelLoss::OutputError, LevelLoss::Rise] {
            let groups = maps.iter().map(|map| vec![map.clone()]).collect();
            let (rule, device) = (self.rule(), Default::default());
            let levels = measure::<Cpu, _>(
                self.network,
                groups,
                &shares,
                rule,
                loss,
                &self.inputs,
                self.few(),
                &self.scorer,
                &device,
                self.control,
            )
            .map_err(failure)?;
            for (budget, best) in self.arguments.budget.iter().zip(best.iter_mut()) {
                let same = shares.iter().position(|share| *share == sparsity(budget));
                let same = same.expect("the share of a budget is a level");
                let most = levels.table.layers().iter().map(|own| own[same].cost).sum();
                let n = usize::from(self.arguments.candidates);
                for choice in levels.table.ranked(most, n, self.control).map_err(failure)? {
                    let planned = self.with_shares(*budget, &levels.chosen(&choice.levels), Some(choice.loss))?;
                    self.offer(best, planned)?;
                }
            }
        }
        Ok(())
    }
}
