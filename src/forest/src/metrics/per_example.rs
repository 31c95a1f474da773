//! A budgeted forest on examples, one by one.

use ndarray::Array2;

use super::{MetricError, QueryScores, RankingOptions, example_losses, query_scores};
use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::loss::Loss;
use crate::predict::Predictions;
use secateur_datasets::{DataError, DatasetView, TargetView};

/// Outputs, losses and costs of every example at one operating point. Weighted means of losses and costs are those of the
/// curve.
#[derive(Debug, Clone, PartialEq)]
pub struct PerExample {
    /// Class probabilities, or values; shape (n_examples, n_outputs).
    pub outputs: Array2<f64>,
    /// The loss that the forest is evaluated by (error, or squared error), shape (n_examples,); `None` without targets.
    pub losses: Option<Vec<f64>>,
    /// Cost of each example, shape (n_examples,): sources and splits, and what is paid per model and per node kept, which
    /// is the same for all.
    pub costs: Vec<f64>,
}

impl BudgetedForest {
    /// Predicts every example at an operating point, and says what each loses and costs.
    ///
    /// # Errors
    /// [`MetricError`] for examples that do not fit the forest.
    ///
    /// # Complexity
    /// O(nodes + rows x trees x depth), parallel over rows.
    pub fn per_example(&self, point: OperatingPoint, examples: DatasetView<'_>) -> Result<PerExample, MetricError> {
        self.forest().check(examples)?;
        let Predictions { outputs, mut costs, .. } = self.serve(examples.x(), point)?;
        let losses = examples
            .target()
            .map(|target| example_losses(outputs.view(), target, Loss::of_predictions(target)))
            .transpose()?;
        let per_model = self.cost_per_model(point);
        costs.iter_mut().for_each(|cost| *cost += per_model);
        Ok(PerExample { outputs, losses, costs })
    }

    /// Evaluates a regression forest as a ranker at some operating points: its values are the scores, the targets the
    /// relevances, `groups` the query of each row.
    ///
    /// # Errors
    /// [`MetricError`], also for a forest of classes or examples without targets.
    ///
    /// # Complexity
    /// For each point O(rows x (trees x depth + log rows)).
    pub fn query_scores(
        &self,
        points: &[OperatingPoint],
        examples: DatasetView<'_>,
        groups: &[u64],
        options: &RankingOptions,
    ) -> Result<Vec<QueryScores>, MetricError> {
        self.forest().check(examples)?;
        let relevance = match examples.target() {
            Some(TargetView::Values(relevance)) => relevance,
            Some(TargetView::Classes { .. }) => {
                return Err(DataError::Kind { expected: "classes", found: "relevances" }.into());
            }
            None => return Err(DataError::NoTarget.into()),
        };
        let evaluate = |&point: &OperatingPoint| {
            let outputs = self.compile(point).predict(examples.x())?;
            query_scores(&outputs.column(0).to_vec(), relevance, groups, options)
        };
        points.iter().map(evaluate).collect()
    }

    /// What every example pays for the model as it is at an operating point: prices per model and per node kept. O(nodes).
    pub fn cost_per_model(&self, point: OperatingPoint) -> f64 {
        let prices = self.prices();
        let mut bought = vec![false; prices.sources().len()];
        let mut splits = 0u64;
        for node in (0..self.forest().n_nodes()).filter(|&node| self.keeps(node, point)) {
            splits += 1;
            for source in self.forest().feature(node).map(|feature| prices.needs(feature)).into_iter().flatten() {
                bought[source.index()] = true;
            }
        }
        let sources = prices.sources().iter().zip(&bought).filter(|(_, bought)| **bought);
        sources.map(|(source, _)| source.per_model).sum::<f64>() + prices.per_node() * splits as f64
    }
}
