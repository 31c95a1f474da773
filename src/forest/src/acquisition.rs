//! Acquire, then predict: a policy that decides what to buy, and a predictor that works with all that was bought.
//!
//! The *policy* is a pruned forest: its kept splits acquire features example by example, and that is the whole cost. What has
//! been acquired may then be used by any split of any tree at no further cost, not only by the trees that bought it. So the
//! *predictor* is a second forest, trained on rows in which everything that the policy does not acquire is missing. Its splits
//! send missing values where that was best. The policy can be small and exact, the predictor as large as one likes.
//!
//! Cost of an example = prices of the sources that the policy acquires for it + price per split of both forests' splits.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::budgeted::{BudgetedError, BudgetedForest};
use super::model::{Forest, MissingDirection, Task};
use super::predict::{
    Acquired, Costs, FeatureSource, LazyError, LazyOptions, LazyPrediction, Predictions, Purse, WhenCut, predict_from,
};
use super::prices::{PriceList, Source};
use secateur_datasets::DataError;

/// A policy, which acquires, and a predictor, which predicts from what was acquired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct AcquisitionModel {
    policy: BudgetedForest,
    /// `None`: the policy predicts itself.
    predictor: Option<BudgetedForest>,
}

/// Rows that went through a policy: what was acquired for each, and what is known of it then.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed {
    costs: Costs,
    masked: Array2<f64>,
}

impl Routed {
    /// The sources acquired for each row.
    pub fn acquired(&self) -> &Acquired {
        &self.costs.acquired
    }

    /// The rows as a predictor sees them, shape (n_examples, n_features): NaN where a feature needs a source that was not
    /// acquired for the row.
    pub fn masked(&self) -> ArrayView2<'_, f64> {
        self.masked.view()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    policy: Forest,
    #[serde(rename = "answer")]
    predictor: Option<Forest>,
    prices: PriceList,
}

/// Why two forests are no policy and predictor.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AcquisitionError {
    /// The prices are for another number of features.
    #[error(transparent)]
    Prices(#[from] BudgetedError),
    /// The forests predict different things.
    #[error("the policy and the predictor predict different things")]
    Task,
    /// A split of the predictor that has no direction for missing values: whatever was not acquired is missing.
    #[error("node {node} of the predictor has no direction for missing values")]
    NoDirection {
        /// Node index.
        node: usize,
    },
}

impl AcquisitionModel {
    /// Puts the two together. Without `predictor`, the policy predicts itself.
    ///
    /// # Errors
    /// [`AcquisitionError`].
    pub fn new(policy: Forest, predictor: Option<Forest>, prices: PriceList) -> Result<Self, AcquisitionError> {
        if let Some(predictor) = &predictor {
            if predictor.task() != policy.task() {
                return Err(AcquisitionError::Task);
            }
            let refuses =
                |node: &usize| !predictor.is_leaf(*node) && predictor.missing(*node) == MissingDirection::Refuse;
            if let Some(node) = (0..predictor.n_nodes()).find(refuses) {
                return Err(AcquisitionError::NoDirection { node });
            }
        }
        let predictor = predictor.map(|predictor| BudgetedForest::whole(predictor, prices.clone())).transpose()?;
        Ok(Self { policy: BudgetedForest::whole(policy, prices)?, predictor })
    }

    /// The forest that decides what is acquired.
    pub fn policy(&self) -> &Forest {
        self.policy.forest()
    }

    /// The forest that predicts; `None` if the policy does.
    pub fn predictor(&self) -> Option<&Forest> {
        self.predictor.as_ref().map(BudgetedForest::forest)
    }

    /// The prices.
    pub fn prices(&self) -> &PriceList {
        self.policy.prices()
    }

    /// What is predicted.
    pub fn task(&self) -> &Task {
        self.policy().task()
    }

    /// Sends rows through the policy.
    ///
    /// # Errors
    /// [`DataError`] for rows that the policy cannot read.
    ///
    /// # Complexity
    /// O(rows x (policy trees x depth + features)), parallel over rows.
    pub fn route(&self, x: ArrayView2<'_, f64>) -> Result<Routed, DataError> {
        let costs = self.policy.costs(x, self.policy.unpruned())?;
        let masked = costs.acquired.masked(x, self.prices());
        Ok(Routed { costs, masked })
    }

    /// Predictions, costs and acquisitions of rows that went through this policy before, or through one with the same splits.
    ///
    /// # Errors
    /// [`DataError`] names the first row and feature that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of the forest that predicts, parallel.
    pub fn serve_routed(&self, rows: &Routed) -> Result<Predictions, DataError> {
        let Routed { costs, masked } = rows;
        let mut costs = costs.clone();
        if let Some(predictor) = self.predictor.as_ref().filter(|_| self.prices().per_split() > 0.0) {
            self.add_predictor(predictor, masked.view(), &mut costs)?;
        }
        // What the policy asks for is acquired, so it reads masked rows as it reads whole ones.
        let predictor = self.predictor.as_ref().unwrap_or(&self.policy);
        let outputs = predictor.compile(predictor.unpruned()).predict(masked.view())?;
        Ok(Predictions { outputs, costs: costs.per_example, acquired: costs.acquired })
    }

    /// Predictions, costs and acquisitions of all rows, each of which goes through the policy once.
    ///
    /// # Errors
    /// [`DataError`] names the first row and feature that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth) of both forests, parallel.
    pub fn serve(&self, x: ArrayView2<'_, f64>) -> Result<Predictions, DataError> {
        match self.predictor {
            Some(_) => self.serve_routed(&self.route(x)?),
            None => self.policy.serve(x, self.policy.unpruned()),
        }
    }

    /// The predictor's splits ask only for what is there: they cost their evaluation.
    fn add_predictor(
        &self,
        predictor: &BudgetedForest,
        masked: ArrayView2<'_, f64>,
        costs: &mut Costs,
    ) -> Result<(), DataError> {
        for (row, splits) in predictor.costs(masked, predictor.unpruned())?.splits.into_iter().enumerate() {
            costs.splits[row] += splits;
            costs.per_example[row] += self.prices().per_split() * f64::from(splits);
        }
        Ok(())
    }

    /// Class probabilities, or values, for all rows; shape (n_examples, n_outputs).
    ///
    /// # Errors
    /// [`DataError`] names the first row and feature that cannot be predicted.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, DataError> {
        match &self.predictor {
            Some(predictor) => predictor.compile(predictor.unpruned()).predict(self.route(x)?.masked.view()),
            None => self.policy.compile(self.policy.unpruned()).predict(x),
        }
    }

    /// What each row acquires and pays. What is paid once per model is not in it: [`AcquisitionModel::cost_per_model`].
    ///
    /// # Errors
    /// [`DataError`] for rows that cannot be predicted.
    pub fn costs(&self, x: ArrayView2<'_, f64>) -> Result<Costs, DataError> {
        match &self.predictor {
            None => self.policy.costs(x, self.policy.unpruned()),
            Some(predictor) => {
                let Routed { mut costs, masked } = self.route(x)?;
                self.add_predictor(predictor, masked.view(), &mut costs)?;
                Ok(costs)
            }
        }
    }

    /// Cost per example of what is paid once per model: sources that any split of the policy uses, and splits kept.
    pub fn cost_per_model(&self) -> f64 {
        let sources = self.used().map(|source| source.per_model);
        let splits = self.policy().n_splits() + self.predictor().map_or(0, Forest::n_splits);
        sources.sum::<f64>() + self.prices().per_node() * splits as f64
    }

    /// The sources that any split of the policy needs.
    fn used(&self) -> impl Iterator<Item = &Source> {
        let mut used = vec![false; self.prices().sources().len()];
        let features = (0..self.policy().n_nodes()).filter_map(|node| self.policy().feature(node));
        features.flat_map(|feature| self.prices().needs(feature)).for_each(|source| used[source.index()] = true);
        self.prices().sources().iter().zip(used).filter_map(|(source, used)| used.then_some(source))
    }

    /// The most that an example can cost: every source that any split of the policy needs, and every split of the longest path of each
    /// tree. Few examples, if any, cost that much.
    ///
    /// # Complexity
    /// O(nodes).
    pub fn most_cost(&self) -> f64 {
        let sources = self.used().map(|source| source.per_example);
        let splits = longest_paths(self.policy()) + self.predictor().map_or(0, longest_paths);
        sources.sum::<f64>() + self.prices().per_split() * splits as f64
    }

    /// Predicts one example, acquiring features as the policy needs them; then the predictor works with what is there.
    ///
    /// [`LazyOptions::stop_when_settled`] has no effect with a predictor: its trees cost nothing to ask. Under a cap, [`LazyOptions::when_cut`]
    /// says which forest predicts where the policy could not buy all it wanted; [`Tuned::under_cap`](super::Tuned::under_cap) knows what
    /// held-out examples say of either.
    ///
    /// # Errors
    /// [`LazyError`]: the source failed, or a value cannot be used.
    ///
    /// # Complexity
    /// O((policy trees + predictor trees) x depth) besides the acquisitions.
    pub fn predict_lazy<S: FeatureSource + ?Sized>(
        &self,
        source: &mut S,
        options: LazyOptions,
    ) -> Result<LazyPrediction, LazyError<S::Error>> {
        let Some(forest) = self.predictor() else {
            return self.policy.predict_lazy(source, self.policy.unpruned(), options);
        };
        let policy = self.policy();
        let mut purse = Purse::new(self.prices(), source, options.cap);
        let ends: Vec<usize> =
            policy.roots().map(|root| purse.end(policy, root, |_| true)).collect::<Result<_, _>>()?;
        let cut = purse.cut();
        if cut && options.when_cut == WhenCut::Policy {
            return Ok(predict_from(policy, &ends, purse.into_bill(), cut));
        }
        let ends: Vec<usize> =
            forest.roots().map(|root| purse.end_with_bought(forest, root)).collect::<Result<_, _>>()?;
        let cut = purse.cut();
        Ok(predict_from(forest, &ends, purse.into_bill(), cut))
    }
}

/// Splits on the longest path of each tree, all trees together.
fn longest_paths(forest: &Forest) -> usize {
    let mut depth = vec![0; forest.n_nodes()];
    // Parents come before their children.
    for node in 0..forest.n_nodes() {
        for child in forest.children(node).into_iter().flatten() {
            depth[child] = depth[node] + 1;
        }
    }
    (0..forest.n_trees()).map(|tree| depth[forest.tree(tree)].iter().max().copied().unwrap_or(0)).sum()
}

impl From<AcquisitionModel> for Stored {
    fn from(model: AcquisitionModel) -> Self {
        Self { policy: model.policy().clone(), predictor: model.predictor().cloned(), prices: model.prices().clone() }
    }
}

impl TryFrom<Stored> for AcquisitionModel {
    type Error = AcquisitionError;

    fn try_from(data: Stored) -> Result<Self, AcquisitionError> {
        Self::new(data.policy, data.predictor, data.prices)
    }
}
