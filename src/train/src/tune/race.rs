//! The race: every promising policy with every answer, on every fold, judged by the examples held out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, Axis, concatenate};
use rayon::prelude::*;

use super::answers::{Answers, Kind, Settled};
use super::folds::{Folds, Part};
use super::policies::{Pool, binned};
use super::{Measured, Setting, Trial, TuneError};
use secateur_forest::bands::{BandOptions, bands};
use secateur_forest::metrics::{ExampleLoss, Metrics, example_losses};
use secateur_forest::{Evaluation, Predictions, StagedForest};
use secateur_program::Control;

/// A policy and an answer.
pub(super) struct Entrant {
    pub(super) recipe: usize,
    pub(super) kind: Kind,
    settled: Settled,
    /// On all examples held out, fold by fold: shape (n_examples, n_outputs).
    outputs: Array2<f64>,
    /// Likewise, what each example costs, what is paid per model included.
    costs: Vec<f64>,
    /// Share of the held-out examples for which each source is acquired.
    acquired: Vec<f64>,
    /// Trained on the first fold.
    first: StagedForest,
    pub(super) valid: Measured,
}

/// One answer on one fold.
struct Leg {
    settled: Settled,
    outputs: Array2<f64>,
    costs: Vec<f64>,
    model: Option<StagedForest>,
}

/// What held-out examples say of a policy's acquisitions on one fold, and its answers by kind.
struct Heat {
    acquired: Vec<f64>,
    legs: Vec<Option<Leg>>,
}

/// Trains and judges all answers of the recipes wanted, in parallel. Once stopped, what is ready on all folds.
pub(super) fn run(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    held: &Part<'_>,
    wanted: &[usize],
) -> Result<Vec<Entrant>, TuneError> {
    let n_folds = folds.folds.len();
    let (total, done) = ((wanted.len() * n_folds) as u64, AtomicU64::new(0));
    setting.control.report("tune: answers", 0, total);
    let pairs: Vec<(usize, usize)> =
        wanted.iter().flat_map(|&recipe| (0..n_folds).map(move |fold| (recipe, fold))).collect();
    let heats: Vec<Heat> = pairs
        .into_par_iter()
        .map(|(recipe, fold)| {
            let heat = heat(setting, pool, folds, recipe, fold)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            setting.control.report("tune: answers", done, total);
            Ok(heat)
        })
        .collect::<Result<_, TuneError>>()?;
    let mut heats = heats.into_iter();
    let mut entrants = Vec::new();
    for &recipe in wanted {
        let mut own: Vec<Heat> = heats.by_ref().take(n_folds).collect();
        let weights: Vec<f64> = folds.folds.iter().map(|fold| fold.held.examples().total_weight()).collect();
        let weight: f64 = weights.iter().sum();
        let share = |source: usize| -> f64 {
            own.iter().zip(&weights).map(|(heat, part)| heat.acquired[source] * part).sum::<f64>() / weight
        };
        let acquired: Vec<f64> = (0..setting.prices.sources().len()).map(share).collect();
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            let legs: Option<Vec<Leg>> = own.iter_mut().map(|heat| heat.legs[index].take()).collect();
            if let Some(legs) = legs {
                entrants.push(entrant(recipe, kind, legs, acquired.clone(), held)?);
            }
        }
    }
    Ok(entrants)
}

fn heat(setting: &Setting<'_>, pool: &Pool, folds: &Folds<'_>, recipe: usize, fold: usize) -> Result<Heat, TuneError> {
    let part = &folds.folds[fold];
    let answers = Answers::new(setting, pool.policy(recipe, fold), &part.fit, Some(&part.held))?;
    let acquired = answers.routed().acquired().fractions(part.held.weights());
    let mut legs = Vec::new();
    let mut stopped = false;
    for kind in Kind::ALL {
        let trained = match answers.train(kind, None) {
            _ if stopped => None,
            Ok(trained) => trained,
            Err(error) if error.stop().is_some() => {
                stopped = true;
                None
            }
            Err(error) => return Err(error),
        };
        let leg = trained.map(|(model, settled)| {
            let Predictions { outputs, costs, .. } = model.serve_routed(answers.routed())?;
            let per_model = model.cost_per_model();
            let costs = costs.into_iter().map(|cost| cost + per_model).collect();
            Ok::<_, TuneError>(Leg { settled, outputs, costs, model: (fold == 0).then_some(model) })
        });
        legs.push(leg.transpose()?);
    }
    Ok(Heat { acquired, legs })
}

fn entrant(
    recipe: usize,
    kind: Kind,
    legs: Vec<Leg>,
    acquired: Vec<f64>,
    held: &Part<'_>,
) -> Result<Entrant, TuneError> {
    let views: Vec<_> = legs.iter().map(|leg| leg.outputs.view()).collect();
    let outputs = concatenate(Axis(0), &views).expect("all folds have the same outputs");
    let settled: Vec<Settled> = legs.iter().map(|leg| leg.settled.clone()).collect();
    let costs: Vec<f64> = legs.iter().flat_map(|leg| &leg.costs).copied().collect();
    let first = legs.into_iter().find_map(|leg| leg.model).expect("the first fold has its model");
    let examples = held.examples();
    let paid: f64 = costs.iter().enumerate().map(|(row, cost)| cost * examples.weight(row)).sum();
    let metrics = Metrics::of(outputs.view(), held.target(), held.weights())?;
    let valid = Measured { cost: paid / examples.total_weight(), metrics };
    Ok(Entrant { recipe, kind, settled: Settled::together(&settled), outputs, costs, acquired, first, valid })
}

impl Entrant {
    /// Mean cost on the examples held out, or on those fitted on if that is more.
    pub(super) fn cost(&self, pool: &Pool) -> f64 {
        self.valid.cost.max(pool.recipes[self.recipe].fit_cost)
    }

    pub(super) fn origin(&self, pool: &Pool, setting: &Setting<'_>) -> String {
        format!("{}; {}", pool.origin(self.recipe, setting), self.kind.name())
    }

    pub(super) fn tried(&self, pool: &Pool, setting: &Setting<'_>) -> Trial {
        let family = pool.recipes[self.recipe].family;
        Trial { origin: self.origin(pool, setting), family, answered: true, valid: self.valid }
    }

    /// The model of the first fold.
    pub(super) fn first(&self) -> &StagedForest {
        &self.first
    }

    /// The model of a fold, as it was measured: trained again, but for the first.
    pub(super) fn on_fold(
        &self,
        setting: &Setting<'_>,
        pool: &Pool,
        folds: &Folds<'_>,
        fold: usize,
    ) -> Result<StagedForest, TuneError> {
        if fold == 0 {
            return Ok(self.first.clone());
        }
        setting.control.check()?;
        let part = &folds.folds[fold];
        let answers = Answers::new(setting, pool.policy(self.recipe, fold), &part.fit, Some(&part.held))?;
        let trained = answers.train(self.kind, None)?;
        Ok(trained.map_or_else(|| answers.alone().clone(), |(model, _)| model))
    }

    /// What the held-out examples say, with bands.
    pub(super) fn judged(&self, held: &Part<'_>, seed: u64) -> Result<Evaluation, TuneError> {
        let target = held.target();
        let losses = example_losses(self.outputs.view(), target, ExampleLoss::default_for(target))?;
        let options = BandOptions { seed, ..BandOptions::default() };
        // A stop does not take away what is ready.
        let bands = bands(&[&losses, &self.costs], held.weights(), &options, &Control::new())?;
        Ok(Evaluation { measured: self.valid, loss: bands[0], cost: bands[1], acquired: self.acquired.clone() })
    }
}

/// A policy trained anew may cost this share of what it did on the folds; if it costs less, a path had a gap there.
const LEAST_SHARE: f64 = 0.97;

/// The entrants chosen, ready to use: trained anew on all examples, each cut at a cost that its budget allows, unless there
/// is no time left or that is not wanted; else as they are from the first fold.
///
/// If there is one fold only, a policy that another forest answers for is the very one that was measured.
///
/// `chosen`: entrants, each with the least budget that it was chosen for.
pub(super) fn models(
    setting: &Setting<'_>,
    pool: &Pool,
    folds: &Folds<'_>,
    chosen: &[(&Entrant, f64)],
) -> Result<Vec<StagedForest>, TuneError> {
    let as_they_are = || chosen.iter().map(|(entrant, _)| entrant.first.clone()).collect();
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
    chosen: &[(&Entrant, f64)],
) -> Result<Vec<StagedForest>, TuneError> {
    let all = folds.all();
    let data = binned(setting, &all)?;
    let stays =
        |entrant: &Entrant| folds.folds.len() == 1 && matches!(entrant.kind, Kind::Boosted | Kind::RandomForest);
    // A job serves all its recipes.
    let mut jobs: Vec<(usize, usize)> = Vec::new();
    for (entrant, _) in chosen.iter().filter(|(entrant, _)| !stays(entrant)) {
        let recipe = &pool.recipes[entrant.recipe];
        if jobs.iter().all(|(job, _)| *job != recipe.job) {
            jobs.push((recipe.job, pool.rounds(entrant.recipe)));
        }
    }
    let (total, done) = ((jobs.len() + chosen.len()) as u64, AtomicU64::new(0));
    setting.control.report("tune: models", 0, total);
    let step = || setting.control.report("tune: models", done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let made: HashMap<usize, _> = jobs
        .into_par_iter()
        .map(|(job, rounds)| {
            let made = pool.jobs[job].run(setting, &all, &data, None, rounds.max(1))?;
            step();
            Ok((job, made))
        })
        .collect::<Result<_, TuneError>>()?;
    chosen
        .par_iter()
        .map(|(entrant, budget)| {
            let recipe = &pool.recipes[entrant.recipe];
            let cost = recipe.cost.min(*budget);
            let measured = || entrant.first.policy().clone();
            let policy = if stays(entrant) {
                measured()
            } else {
                let path = made[&recipe.job].path(recipe.family);
                let gap = path.fit_cost(cost) < LEAST_SHARE * recipe.fit_cost;
                let allowed = || Ok::<_, TuneError>(entrant.first.mean_cost(all.examples())? <= *budget);
                if gap && allowed()? { measured() } else { path.cut(cost) }
            };
            let answers = Answers::new(setting, policy, &all, None)?;
            let model = answers.train(entrant.kind, Some(&entrant.settled))?;
            step();
            // A policy that acquires nothing has no answer but its own.
            Ok(model.map_or_else(|| answers.alone().clone(), |(model, _)| model))
        })
        .collect()
}
