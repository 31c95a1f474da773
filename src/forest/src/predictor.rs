//! [`Predictor`]: a model opened at a budget, a lambda or an operating point, whatever kind of model it is.

mod open;

use ndarray::ArrayView2;
use secateur_datasets::Encoding;
#[cfg(feature = "intervals")]
use secateur_program::Control;

use super::budgeted::{BudgetedForest, OperatingPoint};
use super::model::{Forest, Task};
use super::predict::{FeatureSource, LazyError, LazyOptions, LazyPrediction, Predictions};
use super::prices::PriceList;
use super::tuned::{CappedTrial, TunedModel};
#[cfg(feature = "intervals")]
use super::{DatasetView, EvaluateError, Evaluation, IntervalOptions};
use secateur_datasets::DataError;

pub use open::{OpenError, Opening};

/// A model opened at a budget, a lambda or an operating point: what is served.
///
/// ```
/// use secateur_forest::{Budget, BudgetedForest, LazyOptions, PriceList};
/// # use secateur_forest::{Aggregation, Forest, Model, ModelFile, Opening, Precision, RawForest, RawTree, Task};
/// # let tree = RawTree {
/// #     feature: vec![0, -1, -1],
/// #     threshold: vec![0.5, 0.0, 0.0],
/// #     children_left: vec![1, -1, -1],
/// #     children_right: vec![2, -1, -1],
/// #     missing: vec![],
/// #     value: vec![1.5, 1.0, 2.0],
/// #     ..RawTree::default()
/// # };
/// # let (task, precision, aggregation) = (Task::Regression, Precision::F64, Aggregation::Mean);
/// # let raw = RawForest { task, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] };
/// # let prices = PriceList::uniform(&["x".to_owned()], 3.0)?;
/// # let forest = BudgetedForest::whole(Forest::new(raw)?, prices)?;
/// # let encoding = secateur_datasets::Encoding::numeric(["x".to_owned()], None);
/// # let model = Model::Budgeted { forest, chosen: None, gains: None, lightgbm: None };
/// # let file = ModelFile { encoding, model };
/// let predictor = file.open(Opening::Unpruned)?; // usually: ModelFile::load(path)?.open(Budget::mean(5.0))?
/// let rows = ndarray::array![[0.2], [0.7]];
/// let predictions = predictor.predict(rows.view())?;
/// assert_eq!((predictions.outputs[[1, 0]], predictions.costs[1]), (2.0, 3.0));
///
/// // One example, whose features are fetched as they are needed.
/// let prediction = predictor.predict_lazy(&mut |_feature: usize| 0.7, LazyOptions::default())?;
/// assert_eq!((prediction.outputs[0], prediction.bill.total), (2.0, 3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Predictor {
    encoding: Encoding,
    served: Served,
    /// How single examples are served unless a caller says otherwise: the cap of the budget.
    options: LazyOptions,
}

/// What predicts.
#[derive(Debug, Clone)]
enum Served {
    Budgeted { forest: Box<BudgetedForest>, point: OperatingPoint },
    Tuned { candidate: Box<TunedModel>, trial: Option<CappedTrial> },
}

impl Predictor {
    /// How columns of data become features, and the target's name and classes.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// What is predicted.
    pub fn task(&self) -> &Task {
        match &self.served {
            Served::Budgeted { forest, .. } => forest.forest().task(),
            Served::Tuned { candidate, .. } => candidate.model.task(),
        }
    }

    /// The prices that costs are counted in.
    pub fn prices(&self) -> &PriceList {
        match &self.served {
            Served::Budgeted { forest, .. } => forest.prices(),
            Served::Tuned { candidate, .. } => candidate.model.prices(),
        }
    }

    /// The budgeted forest and its operating point; `None` if a tuned model is served.
    pub fn budgeted(&self) -> Option<(&BudgetedForest, OperatingPoint)> {
        match &self.served {
            Served::Budgeted { forest, point } => Some((forest, *point)),
            Served::Tuned { .. } => None,
        }
    }

    /// The tuned model; `None` if a budgeted forest is served.
    pub fn candidate(&self) -> Option<&TunedModel> {
        match &self.served {
            Served::Budgeted { .. } => None,
            Served::Tuned { candidate, .. } => Some(candidate),
        }
    }

    /// What held-out examples say of the tuned model under the budget's cap; `None` without a cap, or if that was not measured.
    pub fn capped_trial(&self) -> Option<&CappedTrial> {
        match &self.served {
            Served::Budgeted { .. } => None,
            Served::Tuned { trial, .. } => trial.as_ref(),
        }
    }

    /// How single examples are served under the budget it was opened at.
    pub fn lazy_options(&self) -> LazyOptions {
        self.options
    }

    /// By feature: whether a split that is kept asks for it. Other features may be absent.
    ///
    /// # Complexity
    /// O(nodes).
    pub fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.encoding.columns.len()];
        let mut mark = |forest: &Forest, keeps: &dyn Fn(usize) -> bool| {
            let kept = (0..forest.n_nodes()).filter(|node| keeps(*node));
            kept.filter_map(|node| forest.feature(node)).for_each(|feature| needed[feature] = true);
        };
        match &self.served {
            Served::Budgeted { forest, point } => mark(forest.forest(), &|node| forest.keeps(node, *point)),
            Served::Tuned { candidate, .. } => {
                mark(candidate.model.policy(), &|_| true);
                candidate.model.predictor().into_iter().for_each(|predictor| mark(predictor, &|_| true));
            }
        }
        needed
    }

    /// What every example pays for the model as it is: prices per model and per node kept. O(nodes).
    pub fn cost_per_model(&self) -> f64 {
        match &self.served {
            Served::Budgeted { forest, point } => forest.cost_per_model(*point),
            Served::Tuned { candidate, .. } => candidate.model.cost_per_model(),
        }
    }

    /// Predictions, costs and acquisitions of full rows, shape (n_examples, n_features). A cap does not apply here: it is for
    /// examples that are served one by one.
    ///
    /// # Errors
    /// [`DataError`] names the first row and feature that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Predictions, DataError> {
        match &self.served {
            Served::Budgeted { forest, point } => forest.serve(x, *point),
            Served::Tuned { candidate, .. } => candidate.model.serve(x),
        }
    }

    /// Predicts one example, acquiring features as they are needed; see [`BudgetedForest::predict_lazy`]. Begin with
    /// [`Predictor::lazy_options`] to keep the cap of the budget.
    ///
    /// # Errors
    /// [`LazyError`]: the source failed, or a value cannot be used.
    pub fn predict_lazy<S: FeatureSource + ?Sized>(
        &self,
        source: &mut S,
        options: LazyOptions,
    ) -> Result<LazyPrediction, LazyError<S::Error>> {
        match &self.served {
            Served::Budgeted { forest, point } => forest.predict_lazy(source, *point, options),
            Served::Tuned { candidate, .. } => candidate.model.predict_lazy(source, options),
        }
    }

    /// Metrics, cost, intervals and acquisitions on examples with targets.
    ///
    /// # Errors
    /// [`EvaluateError`].
    #[cfg(feature = "intervals")]
    pub fn evaluate(
        &self,
        examples: DatasetView<'_>,
        options: &IntervalOptions,
        control: &Control,
    ) -> Result<Evaluation, EvaluateError> {
        match &self.served {
            Served::Budgeted { forest, point } => forest.evaluate(*point, examples, options, control),
            Served::Tuned { candidate, .. } => candidate.model.evaluate(examples, options, control),
        }
    }
}
