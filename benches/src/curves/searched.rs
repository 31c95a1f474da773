//! The family `searched`: DSA's search for an expression on this network, by evolution and at random, judged by the loss of the pruned network on
//! calibration data; the expression that is found gives shares at every budget.

use std::collections::HashMap;

use secateur::neural::EvaluateError;
use secateur::neural::methods::MethodError;
use secateur::neural::methods::allocate::{Fractions, dsa_by, sparsities, whole};
use secateur::neural::methods::dsa::{Expression, FractionOptions, Joined, SearchOptions, evolve, random_search};
use secateur::neural::methods::weights::{Rule, scores};
use secateur_program::Control;

use super::outcome::Outcome;
use super::setup::{Pruned, Setup, timed};
use super::trained::judge;
use super::weights::{BUDGETS, prune, pruned};
use crate::workloads::Failure;

/// The budget that expressions are judged at.
const BUDGET: f64 = 0.35;
/// Half the range of shares, as in the paper.
const LAMBDA: f64 = 0.08;

pub(super) fn outcomes(setup: &Setup<'_>) -> Result<Vec<Outcome>, Failure> {
    let network = &setup.network;
    let all = scores(network, &setup.inputs, Rule::Wanda, &setup.scorer)?;
    let shares = |expression: &Expression, budget: f64| -> Result<Option<Fractions>, MethodError> {
        let spread = FractionOptions { sparsity: 1.0 - budget, lamda: LAMBDA, ..FractionOptions::default() };
        match dsa_by(expression, Joined::Matrices, network, &all, spread, &Control::new()) {
            Ok((shares, _)) => Ok(Some(whole(network, &shares, 1.0 - budget, Rule::Wanda))),
            Err(MethodError::Fraction(_)) => Ok(None),
            Err(error) => Err(error),
        }
    };
    // Expressions of the same shares lose the same.
    let mut known: HashMap<Vec<u64>, f64> = HashMap::new();
    let mut failed: Option<Failure> = None;
    let mut loss = |expression: &Expression| -> Result<f64, EvaluateError> {
        let mut judged = || -> Result<f64, Failure> {
            let Some(shares) = shares(expression, BUDGET)? else { return Ok(f64::NAN) };
            let bits: Vec<u64> = shares.values().map(|share| share.to_bits()).collect();
            if let Some(loss) = known.get(&bits) {
                return Ok(*loss);
            }
            let loss = judge(&prune(setup, &sparsities(&shares), Rule::Wanda)?, &setup.task.rises)?.loss;
            known.insert(bits, loss);
            Ok(loss)
        };
        Ok(judged().unwrap_or_else(|error| {
            failed.get_or_insert(error);
            f64::NAN
        }))
    };
    let options = SearchOptions { evaluations: 100, population: 12, parents: 3, mutation: 1.0, seed: setup.seed };
    let control = Control::new();
    let (bred, evolving) = timed(|| Ok(evolve(&options, &mut loss, &control)?))?;
    let (drawn, drawing) = timed(|| Ok(random_search(&options, &mut loss, &control)?))?;
    if let Some(error) = failed {
        return Err(error);
    }
    let mut found = Vec::new();
    for (name, searched, before) in [("evolved", bred, evolving), ("drawn", drawn, drawing)] {
        let (expression, least) = searched.best.ok_or("nothing was judged")?;
        println!("{} {}: {name} {expression}, calibration loss {least:.4}", setup.task.name, setup.seed);
        for budget in BUDGETS {
            let Some(shares) = shares(&expression, budget)? else { continue };
            let (small, seconds) = timed(|| prune(setup, &sparsities(&shares), Rule::Wanda))?;
            let own = pruned(format!("Wanda, DSA {name}"), budget, small, seconds + before);
            found.push(setup.outcome(&Pruned { family: "searched", ..own })?);
        }
    }
    Ok(found)
}
