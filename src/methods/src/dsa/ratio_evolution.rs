//! Evolution of the vector of ratios itself (`evo_lib.py`), without an expression.
//!
//! What the authors' text and their program say differ. The program sorts the vectors by ascending fitness, takes the
//! parents from the head of the list, the lowest, and overwrites its end, the highest, while it remembers the vector of
//! highest fitness: it breeds against what it looks for, and what it returns is nearly always the best of the random
//! vectors it started from. [`Rule`] has both.
//!
//! Nothing holds the mean ratio during the search; [`rescaled`] restores it afterwards, as far as it can.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, Stop};

/// Which vectors have children, and which go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// Those of highest fitness have children, that of lowest goes.
    #[default]
    Paper,
    /// Those of lowest fitness have children, that of highest goes; a fitness of -1 or less is never the best.
    Released,
}

/// What importances are summed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Worth {
    /// The fraction that stays: important blocks lose less. A line of the authors' program that is commented out.
    #[default]
    Kept,
    /// The fraction that goes, as in the program that runs: important blocks lose more.
    Gone,
}

/// How vectors are bred.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioOptions {
    /// Vectors, at least 1.
    pub population: usize,
    /// Children.
    pub iterations: usize,
    /// Step of a ratio; halved after a third of the iterations, and again after two thirds.
    pub delta: f64,
    /// Probability that a ratio of a child moves.
    pub mutation: f64,
    /// Fraction of the vectors that have children; one at least.
    pub parents: f64,
    /// Who has children, and who goes.
    pub rule: Rule,
    /// What importances are summed over.
    pub worth: Worth,
    /// Of all that is drawn.
    pub seed: u64,
}

impl Default for RatioOptions {
    fn default() -> Self {
        let (rule, worth) = (Rule::default(), Worth::default());
        Self { population: 100, iterations: 2000, delta: 0.005, mutation: 0.2, parents: 0.05, rule, worth, seed: 0 }
    }
}

/// What the evolution found.
#[derive(Debug, Clone, PartialEq)]
pub struct EvolvedRatios {
    /// Sparsity per block, of the vector of highest fitness; their mean is not held. Nothing if none was better than
    /// where the rule starts.
    pub sparsities: Option<Vec<f64>>,
    /// Highest fitness before every child.
    pub history: Vec<f64>,
    /// What ended the evolution early, if anything did.
    pub stop: Option<Stop>,
}

/// Breeds vectors of ratios.
///
/// # Arguments
/// * `importances`: per block. One that is no number makes every fitness so, and nothing is found.
/// * `sparsity`: where all ratios start, up to 0.005 above or below.
/// * `control`: limits, asked before every child; progress as the stage `evolve ratios`, in children.
///
/// # Complexity
/// O(iterations x population x log population + (iterations + population) x blocks).
pub fn evolve_ratios(importances: &[f64], sparsity: f64, options: &RatioOptions, control: &Control) -> EvolvedRatios {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let fitness = |ratios: &[f64]| -> f64 {
        let terms = importances.iter().zip(ratios);
        match options.worth {
            Worth::Gone => terms.map(|(importance, ratio)| importance * ratio).sum(),
            Worth::Kept => terms.map(|(importance, ratio)| importance * (1.0 - ratio)).sum(),
        }
    };
    let n_population = options.population.max(1);
    let n_parents = ((options.parents * n_population as f64) as usize).clamp(1, n_population);
    let start = |rng: &mut ChaCha8Rng| -> Vec<f64> {
        importances.iter().map(|_| sparsity + signed(0.005 * rng.random::<f64>(), rng)).collect()
    };
    let mut population: Vec<(f64, Vec<f64>)> = Vec::with_capacity(n_population);
    for _ in 0..n_population {
        let ratios = start(&mut rng);
        population.push((fitness(&ratios), ratios));
    }
    let mut best = match options.rule {
        Rule::Paper => f64::NEG_INFINITY,
        Rule::Released => -1.0,
    };
    let mut found = EvolvedRatios { sparsities: None, history: Vec::new(), stop: None };
    control.report("evolve ratios", 0, options.iterations as u64);
    for iteration in 0..options.iterations {
        found.stop = control.check().err();
        if found.stop.is_some() {
            break;
        }
        for (fitness, ratios) in &population {
            if *fitness > best {
                best = *fitness;
                found.sparsities = Some(ratios.clone());
            }
        }
        found.history.push(best);
        match options.rule {
            Rule::Paper => population.sort_by(|a, b| b.0.total_cmp(&a.0)),
            Rule::Released => population.sort_by(|a, b| a.0.total_cmp(&b.0)),
        }
        let delta = options.delta / [1.0, 2.0, 4.0][third(iteration, options.iterations)];
        let mut child = population[rng.random_range(0..n_parents)].1.clone();
        for ratio in &mut child {
            if rng.random::<f64>() < options.mutation {
                *ratio = (*ratio + signed(delta, &mut rng)).clamp(0.0, 1.0);
            }
        }
        population[n_population - 1] = (fitness(&child), child);
        control.report("evolve ratios", iteration as u64 + 1, options.iterations as u64);
    }
    found
}

/// 0, 1 or 2, as the iteration is in the first, second or last third.
fn third(iteration: usize, iterations: usize) -> usize {
    usize::from(iteration >= iterations / 3) + usize::from(iteration >= iterations.saturating_mul(2) / 3)
}

fn signed(value: f64, rng: &mut ChaCha8Rng) -> f64 {
    if rng.random::<bool>() { value } else { -value }
}

/// Ratios cut off at 0 and 1, multiplied so that their mean is `sparsity`, and cut off again; where that cuts anything,
/// the mean stays below. `None` where all are 0, and nothing can be multiplied.
pub fn rescaled(ratios: &[f64], sparsity: f64) -> Option<Vec<f64>> {
    let cut: Vec<f64> = ratios.iter().map(|ratio| ratio.clamp(0.0, 1.0)).collect();
    let sum: f64 = cut.iter().sum();
    let factor = sparsity * cut.len() as f64 / sum;
    (sum > 0.0).then(|| cut.into_iter().map(|ratio| (ratio * factor).clamp(0.0, 1.0)).collect())
}
