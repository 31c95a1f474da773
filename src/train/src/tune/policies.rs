//! Policies: forests that decide what to acquire, from nearly nothing to everything.
//!
//! A policy trial is a job (what to grow, at which lambda), a family (how it is cut), and the cost it is cut at. So
//! the same trial can be made on every fold, and on all examples together.

use secateur_forest::within;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::folds::{Fold, Folds, target};
use super::paths::{Family, Job, MAX_BINS, Made};
use super::{Measured, Setting, Trial, TuneError};
use crate::grow::boost::{BoostData, BoostParams};
use secateur_forest::metrics::Metrics;
use secateur_forest::{DatasetView, Forest};

/// Costs at which paths are cut, as fractions of each budget: what is held out may cost more than what was fitted.
const FRACTIONS: [f64; 7] = [1.0, 0.97, 0.93, 0.88, 0.8, 0.7, 0.55];

/// What the folds pay for the same policy trial may differ by this factor.
const MOST_SPREAD: f64 = 1.25;

/// How to come to a policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PolicyTrial {
    /// Index into [`Pool::jobs`].
    pub(super) job: usize,
    pub(super) family: Family,
    /// Cost at which the path is cut.
    pub(super) cost: f64,
    /// Mean cost on the examples fitted on: at most that.
    pub(super) fit_cost: f64,
    /// What held-out examples say of its own predictions.
    held: Measured,
}

/// All policies, measured.
pub(super) struct Pool {
    pub(super) jobs: Vec<Job>,
    /// By job, what was made on each fold; `None` if it was not ready when the work was stopped.
    made: Vec<Option<Vec<Made>>>,
    pub(super) policy_trials: Vec<PolicyTrial>,
    /// The budgets, ascending.
    pub(super) budgets: Vec<f64>,
}

/// Training data of a fold in bins.
pub(super) fn binned<'b>(setting: &'b Setting<'_>, fit: DatasetView<'b>) -> Result<BoostData<'b>, TuneError> {
    Ok(BoostData::new(fit.x(), target(&fit), setting.class_names, fit.weights(), setting.prices, MAX_BINS)?)
}

impl Pool {
    /// Grows and prunes forests at all lambdas and on all folds, in parallel.
    pub(super) fn grow(setting: &Setting<'_>, folds: &Folds<'_>) -> Result<Self, TuneError> {
        let data: Vec<BoostData<'_>> =
            folds.iter().map(|fold| binned(setting, fold.fit)).collect::<Result<_, TuneError>>()?;
        let jobs = jobs(setting, &data[0], folds.fold(0))?;
        let (total, done) = ((jobs.len() * folds.len()) as u64, AtomicU64::new(0));
        setting.control.report("tune: policies", 0, total);
        let pairs: Vec<(usize, usize)> =
            (0..jobs.len()).flat_map(|job| (0..folds.len()).map(move |fold| (job, fold))).collect();
        let made: Vec<Option<Made>> = pairs
            .into_par_iter()
            .map(|(job, fold)| {
                let Fold { fit, held } = folds.fold(fold);
                let made = match jobs[job].run(setting, fit, &data[fold], Some(held), setting.params.policy_rounds) {
                    Ok(made) => Some(made),
                    Err(error) if error.stop().is_some() => None,
                    Err(error) => return Err(error),
                };
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                setting.control.report("tune: policies", done, total);
                Ok(made)
            })
            .collect::<Result<_, TuneError>>()?;
        let mut made = made.into_iter();
        let made: Vec<Option<Vec<Made>>> =
            jobs.iter().map(|_| made.by_ref().take(folds.len()).collect::<Vec<_>>().into_iter().collect()).collect();
        // Once stopped, what is ready on all folds is the pool.
        if made.iter().all(Option::is_none) {
            setting.control.check()?;
        }
        let mut pool = Self { jobs, made, policy_trials: Vec::new(), budgets: setting.params.budgets.clone() };
        if pool.budgets.is_empty() {
            pool.budgets = pool.spread(8, folds);
        }
        pool.budgets.sort_by(f64::total_cmp);
        pool.budgets.dedup();
        pool.write_policy_trials(folds);
        Ok(pool)
    }

    /// `n` budgets spread by equal ratios up to what the dearest policy costs held-out examples.
    fn spread(&self, n: usize, folds: &Folds<'_>) -> Vec<f64> {
        let whole = |made: &[Made], family: Family| {
            let points = made.iter().map(|made| measured(made.path(family).held.last().expect("a path has a point")));
            mean(points.zip(weights(folds))).cost
        };
        let ready = self.jobs.iter().zip(&self.made).filter_map(|(job, made)| Some((job, made.as_ref()?)));
        let costs = ready.flat_map(|(job, made)| job.families().iter().map(|family| whole(made, *family)));
        let dearest = costs.fold(0.0, f64::max);
        (0..n).rev().map(|step| dearest * 0.6f64.powi(step as i32)).collect()
    }

    /// Every job, family and cost once; costs that name the same policies on all folds count as one.
    fn write_policy_trials(&mut self, folds: &Folds<'_>) {
        let mut costs: Vec<f64> = self
            .budgets
            .iter()
            .flat_map(|budget| FRACTIONS.map(|fraction| fraction * budget))
            .chain([f64::INFINITY])
            .collect();
        costs.sort_by(f64::total_cmp);
        costs.dedup();
        for (job, made) in self.made.iter().enumerate() {
            let Some(made) = made else { continue };
            for &family in self.jobs[job].families() {
                let paths = || made.iter().map(|made| made.path(family));
                let mut seen = HashSet::new();
                for &cost in &costs {
                    let points: Vec<usize> = paths().map(|path| path.point(cost)).collect();
                    let costs: Vec<f64> = paths().map(|path| path.fit_cost(cost)).collect();
                    // Boosting without a tree is what pruning everything away is, too.
                    let something = family != Family::Boosted || !points.contains(&0);
                    if something && alike(&costs) && seen.insert(points.clone()) {
                        let held = paths().zip(&points).map(|(path, &point)| path.held[point]);
                        let held = mean(held.map(|point| measured(&point)).zip(weights(folds)));
                        let fit_cost = costs.iter().sum::<f64>() / costs.len() as f64;
                        self.policy_trials.push(PolicyTrial { job, family, cost, fit_cost, held });
                    }
                }
            }
        }
    }

    /// For each budget the most promising policy trials: of least log-loss (squared error) overall and in each family, and
    /// of least error. Every policy trial once, ascending.
    pub(super) fn shortlist(&self, per_budget: usize) -> Vec<usize> {
        let all = || 0..self.policy_trials.len();
        let cost = |policy_trial: usize| {
            self.policy_trials[policy_trial].held.cost.max(self.policy_trials[policy_trial].fit_cost)
        };
        let loss = |policy_trial: usize| self.policy_trials[policy_trial].held.metrics.smooth_loss();
        let error = |policy_trial: usize| {
            self.policy_trials[policy_trial].held.metrics.error.unwrap_or_else(|| loss(policy_trial))
        };
        let mut wanted = Vec::new();
        // What is free can always be had.
        wanted.extend(all().min_by(|a, b| cost(*a).total_cmp(&cost(*b))));
        for &budget in &self.budgets {
            let within = |family: Option<Family>| {
                let affordable = move |policy_trial: &usize| {
                    within(cost(*policy_trial), budget)
                        && family.is_none_or(|family| self.policy_trials[*policy_trial].family == family)
                };
                all().filter(affordable)
            };
            let by_loss = |family| within(family).min_by(|a, b| loss(*a).total_cmp(&loss(*b)));
            let by_error = within(None).min_by(|a, b| error(*a).total_cmp(&error(*b)));
            let families = [Family::PrunedBoosted, Family::Boosted, Family::PrunedBagged];
            let order =
                [by_loss(None), by_error].into_iter().chain(families.into_iter().map(|family| by_loss(Some(family))));
            let mut own: Vec<usize> = Vec::new();
            for policy_trial in order.flatten() {
                if own.len() < per_budget && !own.contains(&policy_trial) {
                    own.push(policy_trial);
                }
            }
            wanted.extend(own);
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// A policy of a fold, as a forest of its own.
    pub(super) fn policy(&self, policy_trial: usize, fold: usize) -> Forest {
        let PolicyTrial { job, family, cost, .. } = self.policy_trials[policy_trial];
        self.made[job].as_ref().expect("policy_trials are of what was made")[fold].path(family).cut(cost)
    }

    /// Trees that were boosted for a policy trial, on average over the folds.
    pub(super) fn rounds(&self, policy_trial: usize) -> usize {
        let made =
            self.made[self.policy_trials[policy_trial].job].as_ref().expect("policy_trials are of what was made");
        made.iter().map(|made| made.rounds).sum::<usize>().div_ceil(made.len())
    }

    pub(super) fn origin(&self, policy_trial: usize, setting: &Setting<'_>) -> String {
        let PolicyTrial { job, family, cost, .. } = self.policy_trials[policy_trial];
        let name = self.jobs[job].name(setting);
        let how = if family == Family::Boosted { "cut short" } else { "pruned exactly" };
        if cost.is_finite() { format!("{name}, {how} at cost {cost:.4}") } else { format!("{name}, whole") }
    }

    /// All that was measured.
    pub(super) fn tried(&self, setting: &Setting<'_>) -> Vec<Trial> {
        let tried = |policy_trial: usize| Trial {
            origin: self.origin(policy_trial, setting),
            family: self.policy_trials[policy_trial].family,
            with_predictor: false,
            valid: self.policy_trials[policy_trial].held,
        };
        (0..self.policy_trials.len()).map(tried).collect()
    }
}

/// Most leaves of a policy's boosted trees, and of small ones: they ask less of every example.
const LEAVES: [usize; 2] = [31, 8];

/// The bagged forest, and boosted ones: geometric lambdas around the one at which the loss of knowing nothing would pay
/// for everything once, then 0; and for each budget a few levels with the budget as cap, which fill what the levels leave.
fn jobs(setting: &Setting<'_>, data: &BoostData<'_>, fold: Fold<'_>) -> Result<Vec<Job>, TuneError> {
    let Setting { prices, params, control, .. } = *setting;
    let all: f64 = prices.sources().iter().map(|source| source.per_example + source.per_model).sum::<f64>()
        + prices.per_split()
        + prices.per_node();
    if all <= 0.0 {
        return Ok(vec![Job::Bagged, Job::Boosted { level: 0.0, cap: f64::INFINITY, leaves: LEAVES[0] }]);
    }
    let nothing = BoostParams { n_trees: 1, ..BoostParams::default() };
    let loss = data.boost(&nothing, Some(fold.held), control)?.valid_losses[0];
    let unit = loss / all;
    let count = params.price_levels;
    // From 2^-8 to 2^4 of the unit.
    let step = |level: usize| 2f64.powf(4.0 - 12.0 * level as f64 / (count.max(2) - 1) as f64);
    let mut jobs = vec![Job::Bagged];
    for leaves in LEAVES.into_iter().take(params.policy_sizes) {
        let levels = (0..count).map(|level| unit * step(level)).chain([0.0]);
        jobs.extend(levels.map(|level| Job::Boosted { level, cap: f64::INFINITY, leaves }));
    }
    let capped = [0.0625, 1.0, 0.0].into_iter().take(params.capped_levels);
    for (&cap, factor) in params.budgets.iter().flat_map(|cap| capped.clone().map(move |factor| (cap, factor))) {
        jobs.push(Job::Boosted { level: factor * unit, cap, leaves: LEAVES[0] });
    }
    Ok(jobs)
}

/// Whether what folds pay is about the same. Where paths have a gap, some folds stand before it and some behind: their mean is
/// the cost of no policy.
fn alike(costs: &[f64]) -> bool {
    let (least, most) =
        costs.iter().fold((f64::INFINITY, 0.0f64), |(least, most), &cost| (least.min(cost), most.max(cost)));
    most <= MOST_SPREAD * least
}

fn weights(folds: &Folds<'_>) -> impl Iterator<Item = f64> {
    folds.iter().map(|fold| fold.held.total_weight())
}

fn measured(point: &secateur_forest::CurvePoint) -> Measured {
    let metrics = Metrics {
        error: point.error,
        log_loss: point.log_loss,
        brier: point.brier,
        squared_error: point.squared_error,
        ..Metrics::default()
    };
    Measured { cost: point.cost, metrics }
}

/// The weighted mean over folds of what is a mean over their examples.
fn mean(folds: impl Iterator<Item = (Measured, f64)>) -> Measured {
    let folds: Vec<(Measured, f64)> = folds.collect();
    let total: f64 = folds.iter().map(|(_, weight)| weight).sum();
    let of = |value: fn(&Measured) -> Option<f64>| -> Option<f64> {
        folds.iter().map(|(fold, weight)| Some(value(fold)? * weight / total)).sum()
    };
    let metrics = Metrics {
        error: of(|fold| fold.metrics.error),
        log_loss: of(|fold| fold.metrics.log_loss),
        brier: of(|fold| fold.metrics.brier),
        squared_error: of(|fold| fold.metrics.squared_error),
        ..Metrics::default()
    };
    Measured { cost: of(|fold| Some(fold.cost)).expect("every fold has a cost"), metrics }
}
