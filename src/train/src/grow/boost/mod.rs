//! Boosting trees that pay for what they ask: gradient boosting with a price on features.
//!
//! Trees are grown one after the other, each on the gradient of the loss at the scores so far (Friedman 2001), with second-order
//! gains and leaf scores (Chen and Guestrin 2016), leaf by leaf, the best leaf first. Every training example keeps a record of the
//! sources that the trees so far have acquired for it. A split is worth
//!
//! ```text
//! gain  -  lambda * (price per example of the sources it needs, summed over the leaf's examples that have not paid yet
//!                    + price per model of the sources that no tree has used yet + prices per split and per node)
//! ```
//!
//! both sides as means over the training examples, and only splits worth more than nothing are made (cost-efficient gradient
//! boosting: Peter, Diego, Hamprecht and Nadler 2017; unlike there, sources may be shared by features). What a split
//! really gained, without the price, is recorded for each node ([`Boosted::gains`]): the surrogate by which the boosted
//! forest is then pruned *exactly*.
//!
//! Classes get one tree per round with a score for every class in each leaf (a single score for two classes), so that one
//! acquisition serves all classes. Curvature is the diagonal one, times `K / (K - 1)` for K > 2 classes.
//!
//! | idea | file |
//! |---|---|
//! | parameters | `params` |
//! | losses, gradients, curvatures | `objective` |
//! | who has paid for what | `ledger` |
//! | sums by bin | `cells` |
//! | the best split of a leaf | `split` |
//! | a tree, leaf by leaf | `tree` |
//!
//! Everything is sequential and in a fixed order: the same input gives the same forest. Call it for several values of lambda
//! at once to use several cores.

mod cells;
mod ledger;
mod objective;
mod params;
mod split;
mod tree;

#[cfg(test)]
mod tests;

use ndarray::ArrayView2;
use secateur_program::Control;

pub use params::BoostParams;

use self::cells::Codes;
use self::ledger::Ledger;
use self::objective::Objective;
use self::tree::TreeBuilder;
use super::bins::{Binned, FeatureBins};
use super::error::GrowError;
use super::sample::{Sampling, tree_rng};
use super::{Weighting, check_shape_of, check_target};
use secateur_forest::rows::{MissingFeature, Rows};
use secateur_forest::{
    Aggregation, DataError, DatasetView, Forest, MissingDirection, Precision, PriceList, RawForest, RawTree,
    TargetView, Task,
};

/// Training data in bins, for boosting at any number of values of lambda.
#[derive(Debug)]
pub struct BoostData<'a> {
    features: Vec<FeatureBins>,
    codes: Codes,
    /// Rows of positive weight, ascending: those that `codes` holds.
    rows: Vec<u32>,
    /// Their weights, summing to one.
    weights: Vec<f64>,
    target: TargetView<'a>,
    task: Task,
    prices: &'a PriceList,
}

/// A boosted forest and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// The forest: scores that add up ([`Aggregation::Sum`]); inner nodes have scores, too.
    pub forest: Forest,
    /// What the split at each node lowered the mean training loss by, to second order, at the time it was made and at
    /// the learning rate used; 0 at leaves.
    pub gains: Vec<f64>,
    /// Mean cost of a training example after each tree kept: what it has paid for sources and splits, and its fraction of what is
    /// paid per model.
    pub costs: Vec<f64>,
    /// Mean loss on the validation examples, before the first tree and after each tree kept; empty if none were watched.
    pub valid_losses: Vec<f64>,
}

impl<'a> BoostData<'a> {
    /// Checks and bins training data.
    ///
    /// # Arguments
    /// * `x`: shape `(n_examples, n_features)`, NaN where a value is missing.
    /// * `target`, `class_names`, `weights`: as for [`grow`](super::grow).
    /// * `prices`: for the same features.
    /// * `max_bins`: most bins of a feature, `2..=255`.
    ///
    /// # Errors
    /// [`GrowError`] names what is wrong.
    ///
    /// # Complexity
    /// O(n_features n log n) time, one byte per value.
    pub fn new(
        x: ArrayView2<'_, f64>,
        target: TargetView<'a>,
        class_names: &[String],
        weights: Option<&[f64]>,
        prices: &'a PriceList,
        max_bins: usize,
    ) -> Result<Self, GrowError> {
        check_shape_of(x)?;
        let task = check_target(x.nrows(), target, class_names)?;
        if prices.n_features() != x.ncols() {
            return Err(GrowError::Length { array: "prices", found: prices.n_features(), expected: x.ncols() });
        }
        if !(2..=255).contains(&max_bins) {
            return Err(GrowError::Parameter {
                name: "max_bins",
                value: max_bins.to_string(),
                range: "2..=255".into(),
            });
        }
        let weighting = Weighting::new(x.nrows(), weights)?;
        let binned = Binned::new(x, weights, max_bins)?;
        let rows = weighting.usable;
        let weight = |row: &u32| weights.map_or(1.0, |weights| weights[*row as usize] / weighting.scale);
        let total: f64 = rows.iter().map(weight).sum();
        let weights = rows.iter().map(|row| weight(row) / total).collect();
        let codes = Codes::new(&binned, &rows);
        Ok(Self { features: binned.features, codes, rows, weights, target, task, prices })
    }

    /// Boosts trees at one lambda.
    ///
    /// `valid`: validation examples; after each tree their loss is recorded, and boosting ends when it has not fallen for
    /// `patience` trees; the trees after the best are dropped. A stop by `control` before the first tree is an error;
    /// later it ends the boosting with the trees so far.
    ///
    /// # Errors
    /// [`GrowError`]: a bad parameter, validation examples that do not fit, or a stop.
    ///
    /// # Complexity
    /// O(trees x rows x (features + sources) x depth), and O(leaves x bins) memory for one tree.
    pub fn boost(
        &self,
        params: &BoostParams,
        valid: Option<DatasetView<'_>>,
        control: &Control,
    ) -> Result<Boosted, GrowError> {
        params.check()?;
        control.check()?;
        let n = self.rows.len();
        let mut objective = Objective::new(self.target, &self.rows, &self.weights);
        let base = objective.base_outputs();
        let mut stopping = valid.map(|examples| EarlyStopping::new(examples, self, &base)).transpose()?;
        let mut ledger = Ledger::new(self.prices, n);
        let mut builder = TreeBuilder::new(self, params);
        let (mut trees, mut gains): (Vec<RawTree>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        let mut costs = Vec::new();
        let sampling = Sampling { with_replacement: false, fraction: params.subsample };
        let all: Vec<u32> = (0..n as u32).collect();
        for tree in 0..params.n_trees {
            if tree > 0 && control.check().is_err() {
                break;
            }
            objective.differentiate(&self.weights);
            let sample = if params.subsample < 1.0 {
                let drawn = sampling.draw(n, &all, &mut tree_rng(params.seed, tree));
                all.iter().copied().filter(|&row| drawn[row as usize] > 0).collect()
            } else {
                all.clone()
            };
            let Some(grown) = builder.grow(&sample, &objective, &mut ledger) else { break };
            builder.route(&grown, sample.len() < n, &mut objective, &mut ledger);
            if let Some(stopping) = &mut stopping {
                stopping.add(&grown.raw)?;
            }
            costs.push(ledger.mean_cost(&self.weights));
            trees.push(grown.raw);
            gains.push(grown.gains);
            control.report("boost trees", trees.len() as u64, params.n_trees as u64);
            if stopping.as_ref().is_some_and(|stopping| stopping.since_best() >= params.patience) {
                break;
            }
        }
        let mut losses = Vec::new();
        if let Some(stopping) = stopping {
            let kept = stopping.best();
            trees.truncate(kept);
            gains.truncate(kept);
            costs.truncate(kept);
            losses = stopping.losses;
            losses.truncate(kept + 1);
        }
        if trees.is_empty() {
            trees.push(stump(self.task.n_outputs()));
            gains.push(vec![0.0]);
            costs.push(0.0);
        }
        let forest = Forest::new(RawForest {
            task: self.task.clone(),
            n_features: self.features.len(),
            precision: Precision::F64,
            aggregation: Aggregation::Sum,
            base,
            trees,
        })?;
        Ok(Boosted { forest, gains: gains.into_iter().flatten().collect(), costs, valid_losses: losses })
    }
}

/// A tree that adds nothing: what is left when no split is worth its price.
fn stump(n_outputs: usize) -> RawTree {
    RawTree {
        feature: vec![-1],
        threshold: vec![0.0],
        children_left: vec![-1],
        children_right: vec![-1],
        missing: Vec::new(),
        value: vec![0.0; n_outputs],
        ..RawTree::default()
    }
}

/// The leaf of a row, as the forest of this tree would find it.
fn leaf(tree: &RawTree, values: &[f64]) -> Result<usize, MissingFeature> {
    let mut node = 0;
    while tree.feature[node] >= 0 {
        let feature = tree.feature[node] as usize;
        let value = values[feature];
        let left = match tree.missing.get(node) {
            _ if !value.is_nan() => value <= tree.threshold[node],
            Some(MissingDirection::Left) => true,
            Some(MissingDirection::Right) => false,
            _ => return Err(MissingFeature(feature)),
        };
        node = if left { tree.children_left[node] } else { tree.children_right[node] } as usize;
    }
    Ok(node)
}

/// Validation examples and their scores: what tells when more trees no longer help.
struct EarlyStopping<'a> {
    examples: DatasetView<'a>,
    n_outputs: usize,
    scores: Vec<f64>,
    losses: Vec<f64>,
}

impl<'a> EarlyStopping<'a> {
    fn new(examples: DatasetView<'a>, data: &BoostData<'_>, base: &[f64]) -> Result<Self, GrowError> {
        let probe = Forest::new(RawForest {
            task: data.task.clone(),
            n_features: data.features.len(),
            precision: Precision::F64,
            aggregation: Aggregation::Sum,
            base: Vec::new(),
            trees: vec![stump(base.len())],
        })?;
        probe.check(examples)?;
        if examples.target().is_none() {
            return Err(DataError::NoTarget.into());
        }
        let scores = base.iter().copied().cycle().take(examples.len() * base.len()).collect();
        let mut stopping = Self { examples, n_outputs: base.len(), scores, losses: Vec::new() };
        stopping.losses.push(stopping.loss());
        Ok(stopping)
    }

    fn add(&mut self, tree: &RawTree) -> Result<(), GrowError> {
        let view = self.examples.x();
        let rows = Rows::new(&view);
        for (row, scores) in self.scores.chunks_exact_mut(self.n_outputs).enumerate() {
            let node = leaf(tree, rows.row(row)).map_err(|missing| missing.in_row(row))?;
            let values = &tree.value[node * self.n_outputs..][..self.n_outputs];
            scores.iter_mut().zip(values).for_each(|(score, value)| *score += value);
        }
        self.losses.push(self.loss());
        Ok(())
    }

    fn loss(&self) -> f64 {
        let target = self.examples.target().expect("checked when early stopping began");
        let loss = |(row, scores)| self.examples.weight(row) * objective::loss(scores, target, row);
        self.scores.chunks_exact(self.n_outputs).enumerate().map(loss).sum::<f64>() / self.examples.total_weight()
    }

    /// Trees after which the loss was least.
    fn best(&self) -> usize {
        let mut best = 0;
        for (trees, loss) in self.losses.iter().enumerate() {
            if *loss < self.losses[best] {
                best = trees;
            }
        }
        best
    }

    fn since_best(&self) -> usize {
        self.losses.len() - 1 - self.best()
    }
}
