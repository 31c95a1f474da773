//! Policies: forests that decide what to acquire, from nearly nothing to everything.

use rayon::prelude::*;

use super::{Measured, Setting, Tried, TuneError};
use crate::forest::budgeted::{BudgetedForest, OperatingPoint};
use crate::forest::curve::CurvePoint;
use crate::forest::grow::boost::{BoostData, BoostParams};
use crate::forest::grow::{GrowParams, grow};
use crate::forest::loss::{Loss, LossOn, NodeLosses};
use crate::forest::metrics::Metrics;
use crate::forest::model::Forest;
use crate::forest::prune::{PruneError, prune, prune_by};
use crate::forest::refit::RefitError;
use crate::forest::target::Target;

/// Boosted policies are measured after so many trees, and after all.
const PREFIXES: [usize; 12] = [1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200];

/// Bins of a feature while boosting.
pub(super) const MAX_BINS: usize = 255;

/// Most operating points that one pruned forest contributes.
const MOST_POINTS: usize = 64;

/// Where a policy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    /// The first trees of a boosted forest.
    Trees(usize),
    /// An operating point of a pruned forest.
    Point(u32),
}

/// What a family of policies is made of: decides only how the shortlist is mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Boosted,
    PrunedBoosted,
    PrunedBagged,
}

struct Entry {
    family: Family,
    model: usize,
    cut: Cut,
    valid: Measured,
}

/// All policies, measured.
pub(super) struct Pool {
    /// Pruned forests; a boosted forest and its pruning are one model.
    models: Vec<(String, BudgetedForest)>,
    entries: Vec<Entry>,
}

impl Pool {
    /// Grows and prunes forests at all price levels, in parallel.
    pub(super) fn grow(setting: &Setting<'_>) -> Result<Self, TuneError> {
        let target = setting.train.target().expect("checked before");
        let (x, prices) = (setting.train.x(), setting.prices);
        let data = BoostData::new(x, target, setting.class_names, setting.train.weights(), prices, MAX_BINS)?;
        let jobs = jobs(setting, &data)?;
        let total = jobs.len() as u64;
        let done = std::sync::atomic::AtomicU64::new(0);
        setting.control.report("tune: policies", 0, total);
        let made: Vec<Option<(String, BudgetedForest, Vec<Entry>)>> = jobs
            .par_iter()
            .map(|&job| {
                let made = match job {
                    Job::Bagged => bagged(setting),
                    Job::Boosted { level, cap } => boosted(setting, &data, level, cap),
                };
                let made = match made {
                    Ok(made) => Some(made),
                    Err(error) if error.stop().is_some() => None,
                    Err(error) => return Err(error),
                };
                let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                setting.control.report("tune: policies", done, total);
                Ok(made)
            })
            .collect::<Result<_, TuneError>>()?;
        // Once stopped, what is ready is the pool.
        if made.iter().all(Option::is_none) {
            setting.control.check()?;
        }
        let mut pool = Self { models: Vec::new(), entries: Vec::new() };
        for (origin, model, entries) in made.into_iter().flatten() {
            let index = pool.models.len();
            pool.entries.extend(entries.into_iter().map(|entry| Entry { model: index, ..entry }));
            pool.models.push((origin, model));
        }
        Ok(pool)
    }

    /// `n` budgets spread by equal ratios up to the cost of the dearest policy.
    pub(super) fn spread(&self, n: usize) -> Vec<f64> {
        let dearest = self.entries.iter().map(|entry| entry.valid.cost).fold(0.0, f64::max);
        let ratio = 0.6f64;
        (0..n).rev().map(|step| dearest * ratio.powi(step as i32)).collect()
    }

    /// For each budget the most promising policies: of least log-loss (squared error) overall and in each family, and
    /// of least error. Every policy once, ascending.
    pub(super) fn shortlist(&self, budgets: &[f64], per_budget: usize) -> Vec<usize> {
        let mut wanted = Vec::new();
        // What is free can always be had.
        let cheapest = (0..self.entries.len()).min_by(|a, b| self.cost(*a).total_cmp(&self.cost(*b)));
        wanted.extend(cheapest);
        for &budget in budgets {
            let within = |family: Option<Family>| {
                let affordable = move |entry: &usize| {
                    self.cost(*entry) <= budget * (1.0 + 1e-12)
                        && family.is_none_or(|family| self.entries[*entry].family == family)
                };
                (0..self.entries.len()).filter(affordable)
            };
            let by_loss = |family| within(family).min_by(|a, b| self.loss(*a).total_cmp(&self.loss(*b)));
            let by_error = within(None).min_by(|a, b| self.error(*a).total_cmp(&self.error(*b)));
            let families = [Family::PrunedBoosted, Family::Boosted, Family::PrunedBagged];
            let order =
                [by_loss(None), by_error].into_iter().chain(families.into_iter().map(|family| by_loss(Some(family))));
            let mut own: Vec<usize> = Vec::new();
            for entry in order.flatten() {
                if own.len() < per_budget && !own.contains(&entry) {
                    own.push(entry);
                }
            }
            wanted.extend(own);
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    fn cost(&self, entry: usize) -> f64 {
        self.entries[entry].valid.cost
    }

    fn loss(&self, entry: usize) -> f64 {
        smooth_loss(&self.entries[entry].valid.metrics)
    }

    fn error(&self, entry: usize) -> f64 {
        self.entries[entry].valid.metrics.error.unwrap_or_else(|| self.loss(entry))
    }

    /// A policy as a forest of its own.
    pub(super) fn policy(&self, entry: usize) -> Forest {
        let Entry { model, cut, .. } = self.entries[entry];
        let model = &self.models[model].1;
        match cut {
            Cut::Trees(trees) => model.forest().first_trees(trees),
            Cut::Point(point) => model.pruned(OperatingPoint(point)).0,
        }
    }

    pub(super) fn origin(&self, entry: usize) -> String {
        let Entry { model, cut, .. } = self.entries[entry];
        let origin = &self.models[model].0;
        match cut {
            Cut::Trees(trees) => format!("{origin}, first {trees} trees"),
            Cut::Point(point) => format!("{origin}, pruned to point {point}"),
        }
    }

    /// All that was measured.
    pub(super) fn tried(&self) -> Vec<Tried> {
        let tried = |(entry, measured): (usize, &Entry)| Tried { origin: self.origin(entry), valid: measured.valid };
        self.entries.iter().enumerate().map(tried).collect()
    }
}

/// The loss that does not jump: log-loss, or squared error.
pub(super) fn smooth_loss(metrics: &Metrics) -> f64 {
    metrics.log_loss.or(metrics.squared_error).unwrap_or(f64::INFINITY)
}

/// A forest to grow and prune.
#[derive(Debug, Clone, Copy)]
enum Job {
    Bagged,
    /// At a price level, with a cap on what a training example pays.
    Boosted {
        level: f64,
        cap: f64,
    },
}

/// The bagged forest, and boosted ones: geometric price levels around the one at which the loss of knowing nothing would pay
/// for everything once, then 0; and for each budget a few levels with the budget as cap, which fill what the levels leave.
fn jobs(setting: &Setting<'_>, data: &BoostData<'_>) -> Result<Vec<Job>, TuneError> {
    let all: f64 = setting.prices.sources().iter().map(|source| source.per_example + source.per_model).sum::<f64>()
        + setting.prices.per_split()
        + setting.prices.per_node();
    if all <= 0.0 {
        return Ok(vec![Job::Bagged, Job::Boosted { level: 0.0, cap: f64::INFINITY }]);
    }
    let nothing = BoostParams { n_trees: 1, ..BoostParams::default() };
    let loss = data.boost(&nothing, Some(setting.valid), setting.control)?.watched[0];
    let unit = loss / all;
    let count = setting.params.price_levels;
    // From 2^-8 to 2^4 of the unit.
    let step = |level: usize| 2f64.powf(4.0 - 12.0 * level as f64 / (count.max(2) - 1) as f64);
    let levels = (0..count).map(|level| unit * step(level)).chain([0.0]);
    let mut jobs = vec![Job::Bagged];
    jobs.extend(levels.map(|level| Job::Boosted { level, cap: f64::INFINITY }));
    let capped = [0.0625, 1.0, 0.0].into_iter().take(setting.params.capped_levels);
    for (&cap, factor) in setting.params.budgets.iter().flat_map(|cap| capped.clone().map(move |factor| (cap, factor)))
    {
        jobs.push(Job::Boosted { level: factor * unit, cap });
    }
    Ok(jobs)
}

/// Least rows of a leaf: fewer on few rows.
pub(super) fn min_leaf(rows: usize) -> usize {
    if rows < 600 { 5 } else { 20 }
}

fn boosted(
    setting: &Setting<'_>,
    data: &BoostData<'_>,
    level: f64,
    cap: f64,
) -> Result<(String, BudgetedForest, Vec<Entry>), TuneError> {
    let Setting { train, valid, prices, params, control, .. } = *setting;
    let boost = BoostParams {
        price_level: level,
        cap,
        n_trees: params.policy_rounds,
        min_samples_leaf: min_leaf(train.len()),
        seed: params.seed,
        ..BoostParams::default()
    };
    let boosted = data.boost(&boost, Some(valid), control)?;
    let capped = if cap.is_finite() { format!(", cap {cap}") } else { String::new() };
    let origin = format!("boosted at price level {level:.3e}{capped}");
    let mut entries = Vec::new();
    let n_trees = boosted.forest.n_trees();
    for trees in PREFIXES.into_iter().filter(|trees| *trees < n_trees).chain([n_trees]) {
        let whole = BudgetedForest::whole(boosted.forest.first_trees(trees), prices.clone())
            .map_err(|error| TuneError::Defect { message: error.to_string() })?;
        let curve = whole.curve(valid, control)?;
        entries.push(entry(Family::Boosted, Cut::Trees(trees), curve.at(whole.unpruned())));
    }
    let losses = NodeLosses::from_gains(&boosted.forest, &boosted.gains, 1.0)?;
    let loss = match boosted.forest.task() {
        crate::forest::Task::Classification { .. } => Loss::LogLoss,
        crate::forest::Task::Regression => Loss::SquaredError,
    };
    let model = prune_by(boosted.forest, &losses, loss, train, prices, control)?.budgeted;
    entries.extend(points(&model, Family::PrunedBoosted, setting)?);
    Ok((origin, model, entries))
}

fn bagged(setting: &Setting<'_>) -> Result<(String, BudgetedForest, Vec<Entry>), TuneError> {
    let Setting { train, class_names, prices, params, control, .. } = *setting;
    let target = train.target().expect("checked before");
    let grow_params = GrowParams {
        n_trees: params.policy_trees.max(1),
        min_samples_leaf: if matches!(target, Target::Values(_)) { 3 } else { 1 },
        directions_everywhere: true,
        seed: params.seed,
        ..GrowParams::default()
    };
    let grown = grow(train.x(), target, class_names, train.weights(), &grow_params, control)?;
    let loss = Loss::default_for(grown.forest.task());
    let counted = LossOn::InAndOutOfBag(train.reborrow(), &grown.in_bag);
    let model = prune(grown.forest, loss, counted, train.reborrow(), prices, control)?.budgeted;
    let entries = points(&model, Family::PrunedBagged, setting)?;
    Ok((format!("{} bagged trees", params.policy_trees), model, entries))
}

/// Operating points of a pruned forest, thinned to about equal ratios of cost.
fn points(model: &BudgetedForest, family: Family, setting: &Setting<'_>) -> Result<Vec<Entry>, TuneError> {
    let curve = model.curve(setting.valid, setting.control)?;
    let most = curve.points.last().map_or(0.0, |point| point.cost);
    // From a thousandth of the largest cost on.
    let step = 1000f64.powf(1.0 / MOST_POINTS as f64);
    let mut kept: Vec<Entry> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    for point in curve.points.iter().rev() {
        let next = last == f64::NEG_INFINITY || point.cost * step <= last || point.cost <= most / 1000.0;
        if next && kept.last().is_none_or(|entry| entry.valid.cost != point.cost) {
            last = point.cost;
            kept.push(entry(family, Cut::Point(point.point.0), point));
        }
    }
    Ok(kept)
}

fn entry(family: Family, cut: Cut, point: &CurvePoint) -> Entry {
    let metrics = Metrics {
        error: point.error,
        log_loss: point.log_loss,
        brier: point.brier,
        squared_error: point.squared_error,
        ..Metrics::default()
    };
    Entry { family, model: 0, cut, valid: Measured { cost: point.cost, metrics } }
}

impl From<crate::forest::CurveError> for TuneError {
    fn from(error: crate::forest::CurveError) -> Self {
        match error {
            crate::forest::CurveError::Stopped(stop) => TuneError::Stopped(stop),
            crate::forest::CurveError::Examples(error) => TuneError::Examples(error),
        }
    }
}

impl TuneError {
    /// The stop that ended the work, if that is what happened.
    pub fn stop(&self) -> Option<secateur_program::Stop> {
        match self {
            TuneError::Stopped(stop) | TuneError::Grow(crate::forest::grow::GrowError::Stopped(stop)) => Some(*stop),
            TuneError::Prune(error) => PruneError::stop(error),
            TuneError::Refit(RefitError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}
