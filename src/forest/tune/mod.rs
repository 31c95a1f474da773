//! From data and prices to a budgeted model: many ways to spend a budget are tried, and held-out data choose.
//!
//! 1. **Policies**: forests that decide what is acquired, of very different cost. Boosted trees that pay for what they ask, at a
//!    dozen price levels, cut short after fewer and fewer trees, and pruned exactly on their recorded gains; bagged trees,
//!    pruned exactly on their Brier score or squared error. A policy is a recipe: what to grow, and the cost to cut it at.
//! 2. **Answers**: for each budget the most promising policies get forests that answer with whatever was acquired
//!    ([`StagedForest`]): boosted trees averaged over samples, and a random forest. The policy's own
//!    answer, and that with refitted leaves, stay in the race.
//! 3. **Choice**: for each budget, among all candidates whose mean cost on the held-out examples is within it, the one of
//!    least log-loss (or squared error) among those whose error is within one standard error of the least.
//! 4. **Caps**: what was chosen is measured under hard caps per example as well ([`Tuned::under_cap`]).
//! 5. **Models**: what was chosen is trained anew, on training and validation examples together, with the price
//!    level, the cost to cut at, the strengths and the numbers of trees that the held-out examples decided.
//!
//! Held out are the validation examples; for small data both sets are dealt into folds ([`TuneParams::folds`]), and every
//! example is held out once. Test data have no part in it. The same input gives the same models for any number of threads.
//!
//! | idea | file |
//! |---|---|
//! | how much is tried | `params` |
//! | what is fitted on and what is held out | `folds` |
//! | forests that can be cut to any cost | `paths` |
//! | recipes for policies, the shortlist | `policies` |
//! | forests that answer | `answers` |
//! | all of them judged; the chosen ones made | `race` |
//! | the rule of choice | `choose` |
//! | hard caps per example | `caps` |

mod answers;
mod caps;
mod choose;
mod error;
mod folds;
mod params;
mod paths;
mod policies;
mod race;
#[cfg(test)]
mod tests;

use secateur_program::Control;
use serde::{Deserialize, Serialize};

pub use caps::{CappedTrial, UnderCap};
pub use choose::best_within;
pub use error::TuneError;
pub use params::TuneParams;
pub use paths::Family;

use self::folds::Folds;
use self::policies::Pool;
use super::examples::{ExampleError, Examples};
use super::judge::Judged;
use super::metrics::{MetricError, Metrics};
use super::prices::PriceList;
use super::staged::StagedForest;

/// A model with what held-out examples say of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// How it was made, in words.
    pub origin: String,
    /// The model, trained on training and validation examples ([`TuneParams::retrain`]).
    pub model: StagedForest,
    /// What models made in the same way without them do on the held-out examples: the estimate of what this one does on
    /// new examples, as good as a choice among many leaves it.
    pub valid: Judged,
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
    /// The budget: the mean cost per example, both held out and on all the examples given, is at most this.
    pub budget: f64,
    /// Index into [`Tuned::models`].
    pub model: usize,
}

/// One model per budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The models chosen, each once, in the order of validation cost.
    pub models: Vec<Candidate>,
    /// For each budget, ascending, what was chosen.
    pub chosen: Vec<Chosen>,
    /// Folds that were held out in turn; 1: the validation examples.
    pub folds: usize,
    /// The models under hard caps, by cap, ascending; empty in files of releases that did not measure them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CappedTrial>,
    /// Whether a limit stopped the tuning, so that the models were chosen among what was ready; `None` if that was not
    /// recorded, as in files of older releases.
    #[serde(default)]
    pub stopped: Option<bool>,
}

/// A candidate that was measured: cost and metrics on the held-out examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// How it was made, in words.
    pub origin: String,
    /// What its policy is made of.
    pub family: Family,
    /// Whether it was in the race of answers; else it is a policy with its own answer.
    pub answered: bool,
    /// What it does on the held-out examples.
    pub valid: Measured,
}

/// Chooses one model per budget.
///
/// # Arguments
/// * `train`: examples with answers to grow on; `valid`: others to choose on, of the same columns. With
///   [`TuneParams::folds`] both do both.
/// * `class_names`: one per class; empty names them "0", "1", ... Ignored for values.
/// * `prices`: of the same features.
/// * `params`: budgets, effort, seed. Without budgets a spread of eight between nothing and what the dearest policy pays.
/// * `control`: limits; progress as stages `tune: policies`, `tune: answers`, `tune: models`. A stop while answers are
///   trained is no error: what is ready is chosen from, and not trained anew.
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
    let folds = Folds::new(train, valid, params.folds, params.seed)?;
    let rows = folds.folds[0].fit.len();
    let setting = Setting { rows, class_names, prices, params, control };
    let pool = Pool::grow(&setting, &folds)?;
    let wanted = pool.shortlist(params.policies);
    let held = folds.held();
    let entrants = race::run(&setting, &pool, &folds, &held, &wanted)?;
    let mut tried = pool.tried(&setting);
    tried.extend(entrants.iter().map(|entrant| entrant.tried(&pool, &setting)));
    Ok((choose::choose(&setting, &pool, &folds, &held, &entrants)?, tried))
}

/// What all steps need.
#[derive(Clone, Copy)]
struct Setting<'a> {
    /// Examples that are fitted on at a time.
    rows: usize,
    class_names: &'a [String],
    prices: &'a PriceList,
    params: &'a TuneParams,
    control: &'a Control,
}

impl Setting<'_> {
    /// Least rows of a leaf: fewer on few rows.
    fn min_leaf(&self) -> usize {
        if self.rows < 600 { 5 } else { 20 }
    }

    /// Whether there is enough to learn from for large trees.
    fn large(&self) -> bool {
        self.rows >= 10_000
    }
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
        Ok(Measured { cost: self.mean_cost(examples)?, metrics })
    }

    /// Mean cost per example, what is paid once per model included.
    ///
    /// # Errors
    /// [`ExampleError`] for rows that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests.
    pub fn mean_cost(&self, examples: Examples<'_>) -> Result<f64, ExampleError> {
        let costs = self.costs(examples.x())?.per_example;
        let paid: f64 = costs.iter().enumerate().map(|(row, cost)| cost * examples.weight(row)).sum();
        Ok(paid / examples.total_weight() + self.cost_per_model())
    }
}

impl Tuned {
    /// The model to use under a budget: that of the largest budget tuned for which is not above it; below the first budget
    /// the cheapest model, if its held-out cost is within.
    pub fn within(&self, budget: f64) -> Option<&Candidate> {
        let room = budget * (1.0 + 1e-12);
        let tuned_for = self.chosen.iter().rev().find(|chosen| chosen.budget <= room);
        let model = tuned_for.map_or(0, |chosen| chosen.model);
        self.models.get(model).filter(|candidate| candidate.valid.measured.cost <= room)
    }
}
