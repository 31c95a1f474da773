//! From data and prices to a budgeted model: many ways to spend a budget are tried, and validation data choose.
//!
//! 1. **Policies**: forests that decide what is acquired, of very different cost. Boosted trees that pay for what they ask, at a
//!    dozen price levels, cut short after fewer and fewer trees, and pruned exactly on their recorded gains; bagged trees,
//!    pruned exactly on their Brier score or squared error. Every candidate is measured on the validation examples.
//! 2. **Answers**: for each budget the most promising policies get forests that answer with whatever was acquired
//!    ([`StagedForest`]): boosted trees averaged over samples, and a random forest. The policy's own
//!    answer, and that with refitted leaves, stay in the race.
//! 3. **Choice**: for each budget, among all candidates whose mean cost on the validation examples is within it, the one of
//!    least log-loss (or squared error) among those whose error is within one standard error of the least.
//!
//! Test data have no part in it. The same input gives the same models for any number of threads.

mod answers;
mod choose;
mod params;
mod policies;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use secateur_program::{Control, Stop};
use serde::{Deserialize, Serialize};

pub use choose::best_within;
pub use params::TuneParams;

use self::answers::Answers;
use self::policies::Pool;
use super::bands::Band;
use super::examples::{ExampleError, Examples};
use super::grow::GrowError;
use super::judge::JudgeError;
use super::loss::LossError;
use super::metrics::{MetricError, Metrics};
use super::prices::PriceList;
use super::prune::PruneError;
use super::raw::ForestError;
use super::refit::RefitError;
use super::staged::{StagedError, StagedForest};

/// A model with what validation data say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// How it was made, in words.
    pub origin: String,
    /// The model.
    pub model: StagedForest,
    /// What it does on the validation examples.
    pub valid: Measured,
}

/// Cost and metrics on a set of examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Mean cost per example, prices per model and per node included.
    pub cost: f64,
    /// Metrics.
    pub metrics: Metrics,
}

/// What was chosen for one budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The budget: mean cost per example on the validation examples is at most this.
    pub budget: f64,
    /// Index into [`Tuned::models`].
    pub model: usize,
    /// Bootstrap band of the error (or squared error) on the validation examples.
    pub loss_band: Option<Band>,
    /// Bootstrap band of the cost on the validation examples.
    pub cost_band: Option<Band>,
}

/// One model per budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The models chosen, each once, in the order of validation cost.
    pub models: Vec<Candidate>,
    /// For each budget, ascending, what was chosen.
    pub chosen: Vec<Chosen>,
}

/// A candidate that was measured but not chosen: cost and metrics on the validation examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// How it was made, in words.
    pub origin: String,
    /// What it does on the validation examples.
    pub valid: Measured,
}

/// Why tuning failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TuneError {
    /// The examples are malformed or have no answers.
    #[error(transparent)]
    Examples(#[from] ExampleError),
    /// A budget that is negative or no number.
    #[error("the budget {budget} is not a number >= 0")]
    Budget {
        /// The budget.
        budget: f64,
    },
    /// The prices are for another number of features.
    #[error("the prices cover {found} features, the examples have {expected}")]
    Prices {
        /// Features of the price list.
        found: usize,
        /// Features of the examples.
        expected: usize,
    },
    /// A forest could not be grown.
    #[error(transparent)]
    Grow(#[from] GrowError),
    /// A forest could not be pruned.
    #[error(transparent)]
    Prune(#[from] PruneError),
    /// Predictions could not be judged.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// Leaves could not be refitted.
    #[error(transparent)]
    Refit(#[from] RefitError),
    /// Stopped before anything could be chosen.
    #[error(transparent)]
    Stopped(#[from] Stop),
    /// A model that was put together is not valid: a defect of this library.
    #[error("a model put together while tuning is not valid, please report this: {message}")]
    Defect {
        /// What is wrong with it.
        message: String,
    },
}

macro_rules! defects {
    ($($error:ty),*) => {$(
        impl From<$error> for TuneError {
            fn from(error: $error) -> Self {
                TuneError::Defect { message: error.to_string() }
            }
        }
    )*};
}

defects!(StagedError, ForestError, LossError, JudgeError);

/// Chooses one model per budget.
///
/// # Arguments
/// * `train`: examples with answers to grow on; `valid`: others to choose on, of the same columns.
/// * `class_names`: one per class; empty names them "0", "1", ... Ignored for values.
/// * `prices`: of the same features.
/// * `params`: budgets, effort, seed. Without budgets a spread of eight between nothing and what the dearest policy pays.
/// * `control`: limits; progress as stages `tune: policies` and `tune: answers`. A stop while answers are trained is no
///   error: what is ready is chosen from.
///
/// # Returns
/// The models, and every candidate that was measured.
///
/// # Errors
/// [`TuneError`].
pub fn tune(
    train: Examples<'_>,
    valid: Examples<'_>,
    class_names: &[String],
    prices: &PriceList,
    params: &TuneParams,
    control: &Control,
) -> Result<(Tuned, Vec<Tried>), TuneError> {
    let (train, valid) = (train.reborrow(), valid.reborrow());
    for examples in [train, valid] {
        examples.target().ok_or(ExampleError::NoTarget)?;
    }
    let (found, expected) = (prices.n_features(), train.x().ncols());
    if found != expected {
        return Err(TuneError::Prices { found, expected });
    }
    if let Some(&budget) = params.budgets.iter().find(|budget| budget.is_nan() || **budget < 0.0) {
        return Err(TuneError::Budget { budget });
    }
    let setting = Setting { train, valid, class_names, prices, params, control };
    let pool = Pool::grow(&setting)?;
    let mut budgets = if params.budgets.is_empty() { pool.spread(8) } else { params.budgets.clone() };
    budgets.sort_by(f64::total_cmp);
    budgets.dedup();
    let wanted = pool.shortlist(&budgets, params.policies);
    let done = std::sync::atomic::AtomicU64::new(0);
    control.report("tune: answers", 0, wanted.len() as u64);
    let answered: Vec<Vec<Candidate>> = wanted
        .par_iter()
        .map(|&entry| {
            let candidates = Answers::new(&setting, pool.policy(entry), pool.origin(entry)).train()?;
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            control.report("tune: answers", done, wanted.len() as u64);
            Ok(candidates)
        })
        .collect::<Result<_, TuneError>>()?;
    let candidates: Vec<Candidate> = answered.into_iter().flatten().collect();
    let mut tried = pool.tried();
    tried.extend(candidates.iter().map(|candidate| Tried { origin: candidate.origin.clone(), valid: candidate.valid }));
    Ok((choose::choose(candidates, &budgets, &setting)?, tried))
}

/// What all steps need.
#[derive(Clone, Copy)]
struct Setting<'a> {
    train: Examples<'a>,
    valid: Examples<'a>,
    class_names: &'a [String],
    prices: &'a PriceList,
    params: &'a TuneParams,
    control: &'a Control,
}

impl StagedForest {
    /// Mean cost and metrics on examples with answers.
    ///
    /// # Errors
    /// [`MetricError`] if the examples do not fit, or have no answers.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn measure(&self, examples: Examples<'_>) -> Result<Measured, MetricError> {
        let target = examples.target().ok_or(ExampleError::NoTarget)?;
        let outputs = self.predict(examples.x())?;
        let metrics = Metrics::of(outputs.view(), target, examples.weights())?;
        let costs = self.costs(examples.x())?;
        let paid: f64 = costs.per_example.iter().enumerate().map(|(row, cost)| cost * examples.weight(row)).sum();
        Ok(Measured { cost: paid / examples.total_weight() + self.cost_per_model(), metrics })
    }
}

impl Tuned {
    /// The model to use under a budget: that of the largest budget tuned for which is not above it; below the first budget
    /// the cheapest model, if its validation cost is within.
    pub fn within(&self, budget: f64) -> Option<&Candidate> {
        let room = budget * (1.0 + 1e-12);
        let tuned_for = self.chosen.iter().rev().find(|chosen| chosen.budget <= room);
        let model = tuned_for.map_or(0, |chosen| chosen.model);
        self.models.get(model).filter(|candidate| candidate.valid.cost <= room)
    }
}
