//! From data and prices to a budgeted model: many ways to spend a budget are tried, and held-out data choose.
//!
//! 1. **Policies**: forests that decide what is acquired, of very different cost. Boosted trees that pay for what they ask, at a
//!    dozen lambdas, cut short after fewer and fewer trees, and pruned exactly on their recorded gains; bagged trees,
//!    pruned exactly on their Brier score or squared error. A policy trial says what to grow, and the cost to cut it at.
//! 2. **Predictors**: for each budget the most promising policies get forests that predict from whatever was acquired
//!    ([`AcquisitionModel`](secateur_forest::AcquisitionModel)): boosted trees averaged over samples, and a random forest. The policy's own
//!    prediction, and that with refitted leaves, are tried, too.
//! 3. **Choice**: for each budget, among all candidates whose mean cost on the held-out examples is within it, the one of
//!    least log-loss (or squared error) among those whose error is within one standard error of the least.
//! 4. **Caps**: what was chosen is measured under hard caps per example as well ([`Tuned::under_cap`]).
//! 5. **Models**: what was chosen is trained anew, on training and validation examples together, with the
//!    lambda, the cost to cut at, the l2 and the numbers of trees that the held-out examples decided.
//!
//! Held out are the validation examples; for small data both sets are dealt into folds ([`TuneParams::folds`]), and every
//! example is held out once. Test data have no part in it. The same input gives the same models for any number of threads.
//!
//! | idea | file |
//! |---|---|
//! | how much is tried | `params` |
//! | what is fitted on and what is held out | `folds` |
//! | forests that can be cut to any cost | `paths` |
//! | trials of policies, the shortlist | `policies` |
//! | forests that predict | `predictors` |
//! | all of them evaluated; the chosen ones made | `trials` |
//! | the rule of choice | `choose` |
//! | hard caps per example | `caps` |

mod caps;
mod choose;
mod error;
mod folds;
mod params;
mod paths;
mod policies;
mod predictors;
#[cfg(test)]
mod tests;
mod trials;

use secateur_program::Control;

pub use choose::best_within;
pub use error::TuneError;
pub use params::TuneParams;
pub use paths::Family;
pub use secateur_forest::{CappedTrial, Chosen, Measured, Tuned, TunedModel, UnderCap};

use self::folds::Folds;
use self::policies::Pool;
use secateur_forest::{DataError, DatasetView, PriceList};

/// A candidate that was measured: cost and metrics on the held-out examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// How it was made, in words.
    pub origin: String,
    /// What its policy is made of.
    pub family: Family,
    /// Whether it was tried with a predictor; else it is a policy that predicts itself.
    pub with_predictor: bool,
    /// What it does on the held-out examples.
    pub valid: Measured,
}

/// Chooses one model per budget.
///
/// # Arguments
/// * `train`: examples with targets to grow on; `valid`: others to choose on, of the same columns. With
///   [`TuneParams::folds`] both do both.
/// * `class_names`: one per class; empty names them "0", "1", ... Ignored for values.
/// * `prices`: of the same features.
/// * `params`: budgets, effort, seed. Without budgets a spread of eight between nothing and what the dearest policy pays.
/// * `control`: limits; progress as stages `tune: policies`, `tune: predictors`, `tune: models`. A stop while predictors are
///   trained is no error: what is ready is chosen from, and not trained anew.
///
/// # Returns
/// The models, and every candidate that was measured.
///
/// # Errors
/// [`TuneError`].
pub fn tune(
    train: DatasetView<'_>,
    valid: DatasetView<'_>,
    class_names: &[String],
    prices: &PriceList,
    params: &TuneParams,
    control: &Control,
) -> Result<(Tuned, Vec<Trial>), TuneError> {
    let (train, valid) = (train.reborrow(), valid.reborrow());
    for examples in [train, valid] {
        examples.target().ok_or(DataError::NoTarget)?;
    }
    let (found, expected) = (prices.n_features(), train.x().ncols());
    if found != expected {
        return Err(TuneError::Prices { found, expected });
    }
    if let Some(&budget) = params.budgets.iter().find(|budget| budget.is_nan() || **budget < 0.0) {
        return Err(TuneError::Budget { budget });
    }
    let folds = Folds::new(train, valid, params.folds, params.seed)?;
    let rows = folds.fold(0).fit.len();
    let setting = Setting { rows, class_names, prices, params, control };
    let pool = Pool::grow(&setting, &folds)?;
    let wanted = pool.shortlist(params.policies);
    let held = folds.held();
    let held = folds::view(&held);
    let candidates = trials::run(&setting, &pool, &folds, held, &wanted)?;
    let mut tried = pool.tried(&setting);
    tried.extend(candidates.iter().map(|candidate| candidate.tried(&pool, &setting)));
    Ok((choose::choose(&setting, &pool, &folds, held, &candidates)?, tried))
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
