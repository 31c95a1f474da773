//! The trials: every promising policy with every predictor, on every fold, evaluated on the examples held out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;

use super::folds::{Folds, target, view};
use super::policies::{Pool, binned};
use super::predictors::{HyperParameters, Kind, Predictors};
use super::{Measured, Setting, Trial, TuneError};
use secateur_forest::intervals::{IntervalOptions, intervals};
use secateur_forest::metrics::{Metrics, example_losses};
use secateur_forest::{AcquisitionModel, DatasetView, Evaluation, Loss, Predictions};
use secateur_program::Control;

/// A policy and a predictor.
pub(super) struct Candidate {
    pub(super) policy_trial: usize,
    pub(super) kind: Kind,
    hyper: HyperParameters,
    /// On all examples held out, fold by fold: shape (n_examples, n_outputs).
    outputs: Array2<f64>,
    /// Likewise, what each example costs, what is paid per model included.
    costs: Vec<f64>,
    /// Fraction of the held-out examples for which each source is acquired.
    acquired: Vec<f64>,
    /// Trained on the first fold.
    first: AcquisitionModel,
    pub(super) valid: Measured,
}

/// One predictor on one fold.
struct FoldResult {
    hyper: HyperParameters,
    outputs: Array2<f64>,
    costs: Vec<f64>,
    model: Option<AcquisitionModel>,
}

/// What held-out examples say of a policy's acquisitions on one fold, and its predictors by kind.
struct FoldTrials {
    acquired: Vec<f64>,
    results: Vec<Option<FoldResult>>,
}

/// Trains and evaluates all predictors of the policy trials wanted, in parallel. Once stopped, what is ready on all folds.
pub(super) fn run(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    held: DatasetView<'_>,
    wanted: &[usize],
) -> Result<Vec<Candidate>, TuneError> {
    let n_folds = folds.len();
    let (total, done) = ((wanted.len() * n_folds) as u64, AtomicU64::new(0));
    setting.control.report("tune: predictors", 0, total);
    let pairs: Vec<(usize, usize)> =
        wanted.iter().flat_map(|&policy_trial| (0..n_folds).map(move |fold| (policy_trial, fold))).collect();
    let fold_trials: Vec<FoldTrials> = pairs
        .into_par_iter()
        .map(|(policy_trial, fold)| {
            let on_fold = trials_on(setting, pool, folds, policy_trial, fold)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            setting.control.report("tune: predictors", done, total);
            Ok(on_fold)
        })
        .collect::<Result<_, TuneError>>()?;
    let mut fold_trials = fold_trials.into_iter();
    let mut candidates = Vec::new();
    for &policy_trial in wanted {
        let mut own: Vec<FoldTrials> = fold_trials.by_ref().take(n_folds).collect();
        let weights: Vec<f64> = folds.iter().map(|fold| fold.held.total_weight()).collect();
        let weight: f64 = weights.iter().sum();
        let fraction = |source: usize| -> f64 {
            own.iter().zip(&weights).map(|(on_fold, part)| on_fold.acquired[source] * part).sum::<f64>() / weight
        };
        let acquired: Vec<f64> = (0..setting.prices.sources().len()).map(fraction).collect();
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            let results: Option<Vec<FoldResult>> =
                own.iter_mut().map(|on_fold| on_fold.results[index].take()).collect();
            if let Some(results) = results {
                candidates.push(candidate(policy_trial, kind, results, acquired.clone(), held)?);
            }
        }
    }
    Ok(candidates)
}

fn trials_on(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    policy_trial: usize,
    fold: usize,
) -> Result<FoldTrials, TuneError> {
    let part = folds.fold(fold);
    let predictors = Predictors::new(setting, pool.policy(policy_trial, fold), part.fit, Some(part.held))?;
    let acquired = predictors.routed().acquired().fractions(part.held.weights());
    let mut results = Vec::new();
    let mut stopped = false;
    for kind in Kind::ALL {
        let trained = match predictors.train(kind, None) {
            _ if stopped => None,
            Ok(trained) => trained,
            Err(error) if error.stop().is_some() => {
                stopped = true;
                None
            }
            Err(error) => return Err(error),
        };
        let result = trained.map(|(model, hyper)| {
            let Predictions { outputs, costs, .. } = model.serve_routed(predictors.routed())?;
            let per_model = model.cost_per_model();
            let costs = costs.into_iter().map(|cost| cost + per_model).collect();
            Ok::<_, TuneError>(FoldResult { hyper, outputs, costs, model: (fold == 0).then_some(model) })
        });
        results.push(result.transpose()?);
    }
    Ok(FoldTrials { acquired, results })
}

fn candidate(
    policy_trial: usize,
    kind: Kind,
    results: Vec<FoldResult>,
    acquired: Vec<f64>,
    held: DatasetView<'_>,
) -> Result<Candidate, TuneError> {
    let views: Vec<_> = results.iter().map(|result| result.outputs.view()).collect();
    let outputs = concatenate(Axis(0), &views).expect("all folds have the same outputs");
    let hyper: Vec<HyperParameters> = results.iter().map(|result| result.hyper.clone()).collect();
    let costs: Vec<f64> = results.iter().flat_map(|result| &result.costs).copied().collect();
    let first = results.into_iter().find_map(|result| result.model).expect("the first fold has its model");
    let paid: f64 = costs.iter().enumerate().map(|(row, cost)| cost * held.weight(row)).sum();
    let metrics = Metrics::of(outputs.view(), target(&held), held.weights())?;
    let valid = Measured { cost: paid / held.total_weight(), metrics };
    Ok(Candidate {
        policy_trial,
        kind,
        hyper: HyperParameters::together(&hyper),
        outputs,
        costs,
        acquired,
        first,
        valid,
    })
}

impl Candidate {
    /// Mean cost on the examples held out, or on those fitted on if that is more.
    pub(super) fn cost(&self, pool: &Pool) -> f64 {
        self.valid.cost.max(pool.policy_trials[self.policy_trial].fit_cost)
    }

    pub(super) fn origin(&self, pool: &Pool, setting: &Setting<'_>) -> String {
        format!("{}; {}", pool.origin(self.policy_trial, setting), self.kind.name())
    }

    pub(super) fn tried(&self, pool: &Pool, setting: &Setting<'_>) -> Trial {
        let family = pool.policy_trials[self.policy_trial].family;
        Trial { origin: self.origin(pool, setting), family, with_predictor: true, valid: self.valid }
    }

    /// The model of the first fold.
    pub(super) fn first(&self) -> &AcquisitionModel {
        &self.first
    }

    /// The model of a fold, as it was measured: trained again, but for the first.
    pub(super) fn on_fold(
        &self,
        setting: &Setting<'_>,
        pool: &Pool,
        folds: &Folds<'_>,
        fold: usize,
    ) -> Result<AcquisitionModel, TuneError> {
        if fold == 0 {
            return Ok(self.first.clone());
        }
        setting.control.check()?;
        let part = folds.fold(fold);
        let predictors = Predictors::new(setting, pool.policy(self.policy_trial, fold), part.fit, Some(part.held))?;
        let trained = predictors.train(self.kind, None)?;
        Ok(trained.map_or_else(|| predictors.alone().clone(), |(model, _)| model))
    }

    /// What the held-out examples say, with intervals.
    pub(super) fn evaluated(&self, held: DatasetView<'_>, seed: u64) -> Result<Evaluation, TuneError> {
        let target = target(&held);
        let losses = example_losses(self.outputs.view(), target, Loss::of_predictions(target))?;
        let options = IntervalOptions { seed, ..IntervalOptions::default() };
        // A stop does not take away what is ready.
        let intervals = intervals(&[&losses, &self.costs], held.weights(), &options, &Control::new())?;
        Ok(Evaluation { measured: self.valid, loss: intervals[0], cost: intervals[1], acquired: self.acquired.clone() })
    }
}

/// A policy trained anew may cost this fraction of what it did on the folds; if it costs less, a path had a gap there.
const LEAST_SHARE: f64 = 0.97;

/// The candidates chosen, ready to use: trained anew on all examples, each cut at a cost that its budget allows, unless there
/// is no time left or that is not wanted; else as they are from the first fold.
///
/// If there is one fold only, a policy that another forest answers for is the very one that was measured.
///
/// `chosen`: candidates, each with the least budget that it was chosen for.
pub(super) fn models(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    chosen: &[(&Candidate, f64)],
) -> Result<Vec<AcquisitionModel>, TuneError> {
    let as_they_are = || chosen.iter().map(|(candidate, _)| candidate.first.clone()).collect();
    if !setting.params.retrain || setting.control.check().is_err() {
        return Ok(as_they_are());
    }
    match retrained(setting, pool, folds, chosen) {
        Err(error) if error.stop().is_some() => Ok(as_they_are()),
        // A stop cuts boosting short without an error.
        Ok(_) if setting.control.check().is_err() => Ok(as_they_are()),
        models => models,
    }
}

fn retrained(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    chosen: &[(&Candidate, f64)],
) -> Result<Vec<AcquisitionModel>, TuneError> {
    let all = folds.all();
    let all = view(&all);
    let data = binned(setting, all)?;
    let stays =
        |candidate: &Candidate| folds.len() == 1 && matches!(candidate.kind, Kind::Boosted | Kind::RandomForest);
    // A job serves all its policy trials.
    let mut jobs: Vec<(usize, usize)> = Vec::new();
    for (candidate, _) in chosen.iter().filter(|(candidate, _)| !stays(candidate)) {
        let policy_trial = &pool.policy_trials[candidate.policy_trial];
        if jobs.iter().all(|(job, _)| *job != policy_trial.job) {
            jobs.push((policy_trial.job, pool.rounds(candidate.policy_trial)));
        }
    }
    let (total, done) = ((jobs.len() + chosen.len()) as u64, AtomicU64::new(0));
    setting.control.report("tune: models", 0, total);
    let step = || setting.control.report("tune: models", done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let made: HashMap<usize, _> = jobs
        .into_par_iter()
        .map(|(job, rounds)| {
            let made = pool.jobs[job].run(setting, all, &data, None, rounds.max(1))?;
            step();
            Ok((job, made))
        })
        .collect::<Result<_, TuneError>>()?;
    chosen
        .par_iter()
        .map(|(candidate, budget)| {
            let policy_trial = &pool.policy_trials[candidate.policy_trial];
            let cost = policy_trial.cost.min(*budget);
            let measured = || candidate.first.policy().clone();
            let policy = if stays(candidate) {
                measured()
            } else {
                let path = made[&policy_trial.job].path(policy_trial.family);
                let gap = path.fit_cost(cost) < LEAST_SHARE * policy_trial.fit_cost;
                let allowed = || Ok::<_, TuneError>(candidate.first.mean_cost(all)? <= *budget);
                if gap && allowed()? { measured() } else { path.cut(cost) }
            };
            let predictors = Predictors::new(setting, policy, all, None)?;
            let model = predictors.train(candidate.kind, Some(&candidate.hyper))?;
            step();
            // A policy that acquires nothing has no predictor but itself.
            Ok(model.map_or_else(|| predictors.alone().clone(), |(model, _)| model))
        })
        .collect()
}
