//! The lazy predictor: it asks for a feature only when a kept split needs it, and pays each source once.

use serde::{Deserialize, Serialize};

use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::model::Forest;
use crate::prices::SourceId;

use super::outputs::{ONE, Outputs, Sum, fixed_above};
use super::purse::Purse;

/// Where the features of one example come from.
///
/// Any `FnMut(usize) -> f64` is one that cannot fail: it is called at most once per feature.
pub trait FeatureSource {
    /// What can go wrong.
    type Error;

    /// Acquires a source (runs the test, makes the call), given with its name in the price list. Called at most once per
    /// example and source, before [`FeatureSource::value`] of any feature that needs it.
    ///
    /// # Errors
    /// Ends the prediction.
    fn acquire(&mut self, source: SourceId, name: &str) -> Result<(), Self::Error> {
        let _ = (source, name);
        Ok(())
    }

    /// The value of a feature whose sources have been acquired; NaN if it is missing. Called at most once per feature.
    ///
    /// # Errors
    /// Ends the prediction.
    fn value(&mut self, feature: usize) -> Result<f64, Self::Error>;
}

impl<F: FnMut(usize) -> f64> FeatureSource for F {
    type Error = std::convert::Infallible;

    fn value(&mut self, feature: usize) -> Result<f64, Self::Error> {
        Ok(self(feature))
    }
}

/// When to stop early.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LazyOptions {
    /// Never pay more than this for one example: a split whose sources would exceed it predicts as a leaf. `None`: no cap.
    pub cap: Option<f64>,
    /// Stop as soon as the remaining trees cannot change the predicted class. Probabilities then are those of the trees seen.
    pub stop_when_settled: bool,
    /// Which forest of an [`AcquisitionModel`](crate::AcquisitionModel) predicts for an example that the cap cut short.
    pub when_cut: WhenCut,
}

/// Which forest of an [`AcquisitionModel`](crate::AcquisitionModel) predicts for an example for which its policy wanted to buy more than the
/// cap allows. Examples that stay within the cap are predicted as without one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenCut {
    /// The second forest, with what was bought. It was trained on all that the policy buys, and may never have seen an example
    /// that lacks the rest.
    #[default]
    #[serde(rename = "answer")]
    Predictor,
    /// The policy: splits beyond the cap predict as leaves.
    Policy,
}

/// What one prediction bought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bill {
    /// Sources in the order of acquisition.
    pub sources: Vec<SourceId>,
    /// Splits evaluated.
    pub splits: usize,
    /// Prices per example of the sources, plus the price per split times the splits.
    pub total: f64,
}

/// A prediction and its price.
#[derive(Debug, Clone, PartialEq)]
pub struct LazyPrediction {
    /// Class probabilities, or the value; shape (n_outputs,).
    pub outputs: Vec<f64>,
    /// The most probable class (ties: the lowest index); 0 for regression.
    pub class: usize,
    /// What was paid.
    pub bill: Bill,
    /// Trees looked at: fewer than all if the class was settled before.
    pub trees: usize,
    /// Whether the cap kept a split from being asked.
    pub cut: bool,
}

/// Why a lazy prediction failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LazyError<E> {
    /// The feature source failed.
    #[error("feature {feature} could not be acquired")]
    Source {
        /// The feature wanted.
        feature: usize,
        /// What the source said.
        #[source]
        error: E,
    },
    /// A missing value where the model has no direction for it.
    #[error("feature {feature} is missing, and the model has no direction for missing values there")]
    Missing {
        /// The feature.
        feature: usize,
    },
    /// An infinite value.
    #[error("feature {feature} is infinite")]
    Infinite {
        /// The feature.
        feature: usize,
    },
}

impl BudgetedForest {
    /// Predicts one example, acquiring features as they are needed.
    ///
    /// ```
    /// # use secateur_forest::{Aggregation, BudgetedForest, Forest, Precision, PriceList, RawForest, RawTree, Task};
    /// # let tree = RawTree {
    /// #     feature: vec![1, -1, -1],
    /// #     threshold: vec![6.0, 0.0, 0.0],
    /// #     children_left: vec![1, -1, -1],
    /// #     children_right: vec![2, -1, -1],
    /// #     missing: vec![],
    /// #     value: vec![1.0, 1.0, 1.0, 0.0, 0.0, 1.0],
    /// #     ..RawTree::default()
    /// # };
    /// # let task = Task::Classification { classes: vec!["low".into(), "high".into()] };
    /// # let (precision, aggregation) = (Precision::F64, Aggregation::Mean);
    /// # let raw = RawForest { task, n_features: 2, precision, aggregation, base: vec![], trees: vec![tree] };
    /// # let prices = PriceList::uniform(&["a", "b"].map(String::from), 1.0)?;
    /// # let model = BudgetedForest::whole(Forest::new(raw)?, prices)?;
    /// let mut asked = Vec::new();
    /// let mut source = |feature: usize| { asked.push(feature); [2.5, 6.5][feature] }; // a measurement, a query, a call
    /// let prediction = model.predict_lazy(&mut source, model.unpruned(), Default::default())?;
    /// assert_eq!((prediction.class, prediction.bill.total), (1, 1.0));
    /// assert_eq!(asked, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LazyError`]: the source failed, or a value cannot be used.
    ///
    /// # Complexity
    /// O(trees x depth) besides the acquisitions.
    pub fn predict_lazy<S: FeatureSource + ?Sized>(
        &self,
        source: &mut S,
        point: OperatingPoint,
        options: LazyOptions,
    ) -> Result<LazyPrediction, LazyError<S::Error>> {
        let forest = self.forest();
        let mut purse = Purse::new(self.prices(), source, options.cap);
        let mut ends = Vec::with_capacity(forest.n_trees());
        let mut votes: Option<Sum> = None;
        for (tree, root) in forest.roots().enumerate() {
            let end = purse.end(forest, root, |node| self.keeps(node, point))?;
            ends.push(end);
            if options.stop_when_settled {
                let output = Outputs::of(forest, std::iter::once(end));
                let votes = votes.get_or_insert_with(|| output.sum());
                votes.add(&output, 0);
                if settled(votes, forest, tree + 1) {
                    break;
                }
            }
        }
        let cut = purse.cut();
        Ok(predict_from(forest, &ends, purse.into_bill(), cut))
    }
}

/// The prediction of a forest whose trees, or the first of them, end at these nodes.
pub(crate) fn predict_from(forest: &Forest, ends: &[usize], bill: Bill, cut: bool) -> LazyPrediction {
    let outputs = Outputs::of(forest, ends.iter().copied());
    let mut sum = outputs.sum();
    (0..ends.len()).for_each(|tree| sum.add(&outputs, tree));
    let mut probabilities = vec![0.0; forest.n_outputs()];
    sum.write(&mut probabilities);
    LazyPrediction { outputs: probabilities, class: sum.class(), bill, trees: ends.len(), cut }
}

/// Whether the trees from `next` on cannot change the class, whatever they say.
fn settled(votes: &Sum, forest: &Forest, next: usize) -> bool {
    let (sums, reach) = match votes {
        Sum::Probabilities(probabilities) => (probabilities, (forest.n_trees() - next) as i64 * ONE),
        Sum::Scores(scores) => (scores, fixed_above(forest.reach(next))),
        Sum::Value { .. } | Sum::Term(_) => return false,
    };
    let leader = votes.class();
    sums.iter().enumerate().filter(|(class, _)| *class != leader).all(|(class, probability)| {
        let lead = sums[leader] - probability;
        lead > reach || (lead == reach && leader < class)
    })
}
