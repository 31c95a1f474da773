//! The one meter: what a model costs per example, and how good its answers are.
//!
//! Cost is the mean over examples of the prices of the sources that the example's paths need, each paid once however many trees
//! and features use it, and of the splits it passes if those have a price; plus what is priced per model, once. Answers
//! are those of the batch engine. Neither knows where a model comes from.

use secateur::forest::metrics::Metrics;
use secateur::forest::{BudgetedForest, MetricError, OperatingPoint};
use secateur_datasets::Dataset;
use serde::{Deserialize, Serialize};

use super::choose::Model;
use super::metrics::metrics;
use super::problem::Metric;

/// Cost and metrics on one table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Mean cost per example.
    pub cost: f64,
    /// How good the answers are.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// Measures a model.
///
/// # Errors
/// For rows that the model cannot predict.
///
/// # Complexity
/// O(rows x trees x depth), twice.
pub fn measure(model: &Model, table: &Dataset, judged: Metric) -> Result<Measured, MetricError> {
    match model {
        Model::Pruned(model, point) => measure_pruned(model, *point, table, judged),
        Model::Staged(model) => {
            let x = table.features.view();
            let paid = model.costs(x)?.per_example;
            let cost = paid.iter().sum::<f64>() / paid.len() as f64 + model.cost_per_model();
            Ok(Measured { cost, metrics: metrics(&model.predict(x)?, table, judged)? })
        }
    }
}

/// Measures a pruned forest at an operating point.
///
/// # Errors
/// For rows that the model cannot predict.
///
/// # Complexity
/// O(rows x trees x depth), twice.
pub fn measure_pruned(
    model: &BudgetedForest,
    point: OperatingPoint,
    table: &Dataset,
    judged: Metric,
) -> Result<Measured, MetricError> {
    let outputs = model.compile(point).predict(table.features.view())?;
    let paid = model.costs(table.features.view(), point)?.per_example;
    let per_example = paid.iter().sum::<f64>() / paid.len() as f64;
    let cost = per_example + cost_of_model(model, point);
    Ok(Measured { cost, metrics: metrics(&outputs, table, judged)? })
}

/// What is paid once, on average over the examples served: sources that a kept split uses, and kept splits.
fn cost_of_model(model: &BudgetedForest, point: OperatingPoint) -> f64 {
    let (forest, prices) = (model.forest(), model.prices());
    let mut used = vec![false; prices.sources().len()];
    let mut splits = 0u64;
    for node in (0..forest.n_nodes()).filter(|&node| model.keeps(node, point)) {
        let feature = forest.feature(node).expect("kept nodes are splits");
        prices.needs(feature).iter().for_each(|source| used[source.index()] = true);
        splits += 1;
    }
    let sources = prices.sources().iter().zip(&used).filter(|(_, used)| **used);
    sources.map(|(source, _)| source.per_model).sum::<f64>() + prices.per_node() * splits as f64
}
