//! Our own methods.

use std::sync::Arc;

use secateur::forest::baseline::{cost_complexity as weakest_links, greedy_features, price_levels, primal_dual_50};
use secateur::forest::grow::boost::{BoostData, BoostParams};
use secateur::forest::grow::{GrowParams, Grown, grow};
use secateur::forest::refit::{L2_GRID, RefitOptions, refit_best};
use secateur::forest::tune::{Chosen, TuneParams, tune};
use secateur::forest::{
    AcquisitionModel, BudgetedForest, Forest, InBag, Loss, LossOn, Lowered, TargetView, Task, lower, node_losses, prune,
};
use secateur_program::Control;

use super::choose::{Candidate, Model};
use super::meter::Measured;
use super::methods::Trial;
use super::problem::{Metric, Problem};
use crate::workloads::Failure;

/// Trees of a bagged forest, as many as the peers' forests have.
const TREES: usize = 100;

/// Values of lambda of methods that solve one at a time.
const LEVELS: usize = 16;

/// Operating points whose leaves are refitted.
const REFITTED: usize = 24;

/// [`tune`] with its defaults for data of this size: for each budget what it chose, trained on training and validation data.
pub(super) fn tuned(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    tuned_by(trial, |params| params)
}

/// The same with one part to train on and one to choose on, as all other methods have it.
pub(super) fn tuned_on_train(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    tuned_by(trial, |params| TuneParams { folds: 1, retrain: false, ..params })
}

fn tuned_by(trial: &Trial<'_>, change: fn(TuneParams) -> TuneParams) -> Result<Vec<Candidate>, Failure> {
    let problem = trial.problem;
    let (train, valid) = (problem.train.view()?, problem.valid.view()?);
    let classes = problem.train.class_names();
    let scores = if classes.len() > 2 { classes.len() } else { 1 };
    let params = change(TuneParams {
        budgets: problem.budgets.clone(),
        seed: problem.seed,
        ..TuneParams::for_size(train.len(), problem.train.n_features(), scores)
    });
    if problem.judged == Metric::Ranking {
        // Relevances are regressed on; the ranking chooses among what that yields, on validation data that nothing was trained on.
        let params = TuneParams { folds: 1, retrain: false, ..params };
        let (tuned, _) = tune(train, valid, classes, &problem.prices, &params, &Control::new())?;
        return tuned.models.into_iter().map(|found| trial.staged(found.origin, found.model)).collect();
    }
    let (tuned, _) = tune(train, valid, classes, &problem.prices, &params, &Control::new())?;
    let candidate = |chosen: &Chosen| {
        let found = &tuned.models[chosen.model];
        let (model, measured) = (Model::Staged(Arc::new(found.model.clone())), found.valid.measured);
        let valid = Measured { cost: measured.cost, metrics: measured.metrics };
        Candidate { label: found.origin.clone(), model, valid, chosen_for: Some(chosen.budget) }
    };
    Ok(tuned.chosen.iter().map(candidate).collect())
}

/// Our boosting with prices, as LightGBM's lazy penalties: every lambda, cut short after so many trees.
pub(super) fn boosted(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let problem = trial.problem;
    let (train, control) = (&problem.train, Control::new());
    let (target, weights) = (answers(problem)?, None);
    let data = BoostData::new(train.features.view(), target, train.class_names(), weights, &problem.prices, 255)?;
    let valid = problem.valid.view()?;
    let least = if train.n_examples() < 600 { 5 } else { 20 };
    let params = BoostParams { min_samples_leaf: least, ..BoostParams::default() };
    let nothing = data.boost(&BoostParams { n_trees: 1, ..params }, Some(valid), &control)?.valid_losses[0];
    let all: f64 = problem.prices.sources().iter().map(|source| source.per_example + source.per_model).sum();
    let mut candidates = Vec::new();
    for level in (-8..=4).map(|power| nothing / all * 2f64.powi(power)).chain([0.0]) {
        let forest = data.boost(&BoostParams { price_level: level, ..params }, Some(valid), &control)?.forest;
        for trees in [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300] {
            if trees <= forest.n_trees() {
                candidates
                    .push(trial.whole(format!("price level {level:.3e}, {trees} trees"), forest.first_trees(trees))?);
            }
        }
        candidates.push(trial.whole(format!("price level {level:.3e}"), forest)?);
    }
    Ok(candidates)
}

/// Bagged trees (all features at every split), pruned exactly on the Brier score or squared error counted in and out of bag; what
/// acquisition costs is counted on the training rows. Every point of the path is a candidate.
pub(super) fn exact_gini(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    trial.curve("exact", exactly(trial)?)
}

/// [`exact_gini`] at points spread over the path, each with its leaves refitted, the strength chosen on validation data.
pub(super) fn exact_refit(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let (model, problem) = (exactly(trial)?, trial.problem);
    let (train, valid) = (problem.train.view()?, problem.valid.view()?);
    let costs = model.curve(valid, &Control::new())?.points;
    let most = costs.last().map_or(0.0, |point| point.cost);
    let mut candidates = Vec::new();
    for step in 0..REFITTED {
        // By equal ratios of cost, from a hundredth of the whole on.
        let cost = most * 100f64.powf((step + 1) as f64 / REFITTED as f64 - 1.0);
        let Some(at) = costs.iter().rev().find(|point| point.cost <= cost * (1.0 + 1e-9)) else { continue };
        let forest = model.pruned(at.point).0;
        let best = refit_best(&forest, train, valid, &L2_GRID, &RefitOptions::default(), &Control::new())?;
        let label = format!("exact, lambda {:.3e}, refitted at strength {:.0e}", at.lambda, best.l2);
        let staged = AcquisitionModel::new(best.refitted.forest, None, problem.prices.clone())?;
        candidates.push(trial.staged(label, staged)?);
    }
    Ok(candidates)
}

/// The same forest, every tree pruned by its own cost-complexity at one alpha for all.
pub(super) fn cost_complexity(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let (forest, loss, lowered) = lowered(trial, None)?;
    trial.curve("alpha", weakest_links(forest, &trial.problem.prices, loss, &lowered, &Control::new())?)
}

/// The same forest, features dropped everywhere one after the other.
pub(super) fn greedy(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let (forest, loss, lowered) = lowered(trial, None)?;
    trial.curve("greedy", greedy_features(forest, &trial.problem.prices, loss, &lowered, &Control::new())?)
}

/// The same forest, by the authors' algorithm: misclassifications counted in the trees' bags, 50 passes per lambda.
pub(super) fn primal_dual(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let (forest, _, lowered) = lowered(trial, Some(Loss::Misclassification))?;
    let levels = price_levels(&lowered, LEVELS, &Control::new())?;
    let solved = primal_dual_50(&forest, &lowered, &levels, &Control::new())?;
    solved.into_iter().map(|level| trial.whole(format!("lambda {:.3e}", level.lambda), level.forest)).collect()
}

fn answers(problem: &Problem) -> Result<TargetView<'_>, Failure> {
    Ok(problem.train.target_view().ok_or("a training part without answers")?)
}

/// The bagged forest of a trial, the same for every method.
fn bagged(problem: &Problem) -> Result<(Forest, InBag), Failure> {
    let params = GrowParams { n_trees: TREES, seed: problem.seed, ..GrowParams::default() };
    let train = &problem.train;
    let (x, classes) = (train.features.view(), train.class_names());
    let Grown { forest, in_bag } = grow(x, answers(problem)?, classes, None, &params, &Control::new())?;
    Ok((forest, in_bag))
}

fn exactly(trial: &Trial<'_>) -> Result<BudgetedForest, Failure> {
    let problem = trial.problem;
    let (forest, in_bag) = bagged(problem)?;
    let examples = problem.train.view()?;
    let loss = Loss::default_for(forest.task());
    let counted = LossOn::InAndOutOfBag(examples, &in_bag);
    Ok(prune(forest, loss, counted, examples, &problem.prices, &Control::new())?.budgeted)
}

/// The forest and its program, with the loss named for classes (default: as for exact pruning) counted in the bags.
fn lowered(trial: &Trial<'_>, loss: Option<Loss>) -> Result<(Forest, Loss, Lowered), Failure> {
    let problem = trial.problem;
    let (forest, in_bag) = bagged(problem)?;
    let examples = problem.train.view()?;
    let loss = match forest.task() {
        Task::Classification { .. } => loss.unwrap_or(Loss::Brier),
        Task::Regression => Loss::SquaredError,
    };
    let control = Control::new();
    let losses = node_losses(&forest, LossOn::InBag(examples, &in_bag), loss, &control)?;
    let lowered = lower(&forest, &losses, examples, &problem.prices, &control)?;
    Ok((forest, loss, lowered))
}
