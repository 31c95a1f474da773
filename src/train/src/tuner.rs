//! [`Tuner`]: data and prices to one model per budget.

use secateur_forest::{Dataset, PriceList, Tuned};
use secateur_program::Control;

use super::tune::{Trial, TuneError, TuneParams, tune};

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Seconds.
    Quick,
    /// Less the more data there are: minutes on two cores.
    #[default]
    Standard,
    /// The same for all sizes.
    Thorough,
}

impl Effort {
    /// The parameters of tuning for data of a shape; `classes` is 0 for regression.
    pub fn params(self, rows: usize, features: usize, classes: usize) -> TuneParams {
        let scores = if classes <= 2 { 1 } else { classes };
        match self {
            Effort::Standard => TuneParams::for_size(rows, features, scores),
            Effort::Thorough => TuneParams::default(),
            Effort::Quick => TuneParams {
                folds: 3,
                price_levels: 5,
                policy_sizes: 1,
                policy_trees: 20,
                policy_rounds: 30,
                policies: 1,
                bags: 1,
                predictor_rounds: 60,
                predictor_trees: 30,
                ..TuneParams::default()
            },
        }
    }
}

/// Tunes models for budgets.
///
/// ```
/// # use secateur_datasets::embedded;
/// # use secateur_forest::{Budget, ModelFile, PriceList};
/// # use secateur_program::Control;
/// use secateur_train::{Effort, Tuner};
///
/// let (data, encoding) = embedded::iris()?;
/// let [train, valid] = data.split(1, [0.6, 0.4])?;
/// let prices = PriceList::uniform(&data.feature_names, 1.0)?;
/// let tuner = Tuner::new(&prices).budgets([1.0, 2.0]).effort(Effort::Quick);
/// let tuned = tuner.fit(&train, &valid, &Control::new())?;
/// assert!(tuned.within(1.0).is_some_and(|model| model.valid.measured.cost <= 1.0));
///
/// // Saved, loaded and served as any model: `ModelFile::save`, `ModelFile::load`, `open`.
/// let served = ModelFile::new(encoding, tuned).open(Budget::mean(2.0))?;
/// assert!(served.candidate().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tuner<'a> {
    prices: &'a PriceList,
    budgets: Vec<f64>,
    effort: Effort,
    seed: u64,
}

impl<'a> Tuner<'a> {
    /// Tunes for these prices.
    pub fn new(prices: &'a PriceList) -> Self {
        Self { prices, budgets: Vec::new(), effort: Effort::default(), seed: 0 }
    }

    /// Mean costs per example to find a model for. Default: eight, up to what the dearest model pays.
    #[must_use]
    pub fn budgets(mut self, budgets: impl IntoIterator<Item = f64>) -> Self {
        self.budgets = budgets.into_iter().collect();
        self
    }

    /// How much is tried. Default [`Effort::Standard`].
    #[must_use]
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Seed of everything random. Default 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Chooses one model per budget, on validation data or on folds of both.
    ///
    /// # Errors
    /// [`TuneError`].
    pub fn fit(&self, train: &Dataset, valid: &Dataset, control: &Control) -> Result<Tuned, TuneError> {
        Ok(self.fit_with_trials(train, valid, control)?.0)
    }

    /// The same, with every candidate that was measured.
    ///
    /// # Errors
    /// [`TuneError`].
    pub fn fit_with_trials(
        &self,
        train: &Dataset,
        valid: &Dataset,
        control: &Control,
    ) -> Result<(Tuned, Vec<Trial>), TuneError> {
        let names = train.class_names();
        let params = self.effort.params(train.n_examples(), train.n_features(), names.len());
        let params = TuneParams { budgets: self.budgets.clone(), seed: self.seed, ..params };
        tune(train.view()?, valid.view()?, names, self.prices, &params, control)
    }
}
