//! Training with smartcore, one tree per task.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::ArrayView2;
use rayon::prelude::*;
use secateur_program::Control;
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::error::Failed;
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::bootstrap::{Generator, agree, tree_seed};
use super::checks::{TrainError, check_table};
use super::convert::{Converted, from_classifier, from_regressor};
use super::params::{SmartcoreEngine, SmartcoreParams, SplitCriterion};
use super::pure::{cut_at, pure_nodes};
use super::recount::{Majority, RecountError, recount};
use secateur_forest::{Aggregation, Forest, InBag, MissingDirection, Precision, RawForest, RawTree, TargetView, Task};

/// A trained forest and what its trees have seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The forest. Node values are exact: class counts (or the mean) of the tree's sample, repetitions counted.
    pub forest: Forest,
    /// How often each training row entered each tree's sample.
    pub in_bag: InBag,
}

/// Trains a random forest for classification.
///
/// - `x`: examples `(n_rows, n_features)`, finite. `labels`: one index into `classes` per row; classes that do not occur
///   are allowed, and so is a single class: trees are then single leaves.
///
/// Each tree is grown on its own bootstrap sample of `n_rows` draws. The result depends on the arguments only, not on
/// the number of threads, and is the same on all 64-bit machines. (An application that turns on smartcore's feature
/// `std_rand` gets other samples.)
///
/// # Errors
/// [`TrainError`]; inputs are checked before smartcore, which panics on some of them, sees them.
///
/// # Complexity
/// Parallel over trees. Per tree about O(features x rows x depth) with the regressor and O(features x rows x nodes) with
/// the classifier, which makes it quadratic in rows. The limits of `control` are checked between trees.
pub fn train_classifier(
    x: ArrayView2<'_, f64>,
    labels: &[u32],
    classes: &[String],
    params: &SmartcoreParams,
    control: &Control,
) -> Result<Trained, TrainError> {
    check_table(x, labels.len())?;
    params.check(x.ncols())?;
    let n_classes = classes.len();
    if let Some(row) = labels.iter().position(|&label| label as usize >= n_classes) {
        return Err(TrainError::Label { row, label: labels[row], n_classes });
    }
    let mut groups = vec![Vec::new(); n_classes];
    for (row, &label) in labels.iter().enumerate() {
        groups[label as usize].push(row as u32);
    }
    groups.retain(|group| !group.is_empty());

    let matrix = dense(x)?;
    let (trees, in_bag) = if use_regressor(params, groups.len())? {
        let positive = labels.iter().max().copied();
        let y: Vec<f64> = labels.iter().map(|&label| f64::from(u8::from(Some(label) == positive))).collect();
        grow_with_regressor(&matrix, &y, x.ncols(), params, control)?
    } else {
        let y = labels.to_vec();
        let fit = |seed| {
            let parameters = RandomForestClassifierParameters {
                criterion: params.criterion.smartcore(),
                max_depth: params.levels(),
                min_samples_leaf: params.min_samples_leaf,
                min_samples_split: params.min_samples_split,
                n_trees: 1,
                m: Some(params.features_tried(x.ncols())),
                keep_samples: true,
                seed,
            };
            Ok(from_classifier(&RandomForestClassifier::fit(&matrix, &y, parameters)?)?)
        };
        let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
        grow(fit, &groups, labels.len(), params, control)?
    };
    let task = Task::Classification { classes: classes.to_vec() };
    let target = TargetView::Classes { labels, n_classes };
    finish(x, target, task, params.aggregation, trees, in_bag)
}

/// Trains a random forest for regression on finite targets `y`, length `n_rows`; otherwise as [`train_classifier`].
///
/// # Errors
/// As [`train_classifier`].
///
/// # Complexity
/// As [`train_classifier`] with the regressor.
pub fn train_regressor(
    x: ArrayView2<'_, f64>,
    y: &[f64],
    params: &SmartcoreParams,
    control: &Control,
) -> Result<Trained, TrainError> {
    check_table(x, y.len())?;
    params.check(x.ncols())?;
    if let Some(row) = y.iter().position(|value| !value.is_finite()) {
        return Err(TrainError::Value { row, value: y[row] });
    }
    let (trees, in_bag) = grow_with_regressor(&dense(x)?, &y.to_vec(), x.ncols(), params, control)?;
    finish(x, TargetView::Values(y), Task::Regression, Aggregation::Mean, trees, in_bag)
}

fn grow_with_regressor(
    matrix: &DenseMatrix<f64>,
    y: &Vec<f64>,
    n_features: usize,
    params: &SmartcoreParams,
    control: &Control,
) -> Result<(Vec<RawTree>, InBag), TrainError> {
    let fit = |seed| {
        let parameters = RandomForestRegressorParameters {
            max_depth: params.levels(),
            min_samples_leaf: params.min_samples_leaf,
            min_samples_split: params.min_samples_split,
            n_trees: 1,
            m: Some(params.features_tried(n_features)),
            keep_samples: true,
            seed,
        };
        Ok(from_regressor(&RandomForestRegressor::fit(matrix, y, parameters)?)?)
    };
    let all: Vec<u32> = (0..y.len() as u32).collect();
    grow(fit, &[&all], y.len(), params, control)
}

/// Fits forests of one tree, in parallel, and finds the sample of each.
fn grow(
    fit: impl Fn(u64) -> Result<Converted, TrainError> + Sync,
    groups: &[&[u32]],
    n_rows: usize,
    params: &SmartcoreParams,
    control: &Control,
) -> Result<(Vec<RawTree>, InBag), TrainError> {
    let generator = Generator::detect().ok_or(TrainError::Bootstrap)?;
    let done = AtomicU64::new(0);
    let grown = (0..params.n_trees).into_par_iter().map(|tree| {
        control.check()?;
        let seed = tree_seed(params.seed, tree);
        let Converted { forest, in_bag } = fit(seed)?;
        let multiplicity = generator.draw(seed, groups, n_rows);
        if !in_bag.is_some_and(|marks| agree(&multiplicity, &marks)) {
            return Err(TrainError::Bootstrap);
        }
        control.report("grow trees", done.fetch_add(1, Ordering::Relaxed) + 1, params.n_trees as u64);
        Ok((forest.to_raw().trees, multiplicity))
    });
    let (trees, multiplicity): (Vec<_>, Vec<_>) = grown.collect::<Result<Vec<_>, TrainError>>()?.into_iter().unzip();
    let in_bag = InBag::new(n_rows, multiplicity).ok_or(TrainError::Bootstrap)?;
    Ok((trees.concat(), in_bag))
}

/// Gives the trees their exact values and cuts off what splits nothing.
fn finish(
    x: ArrayView2<'_, f64>,
    target: TargetView<'_>,
    task: Task,
    aggregation: Aggregation,
    mut trees: Vec<RawTree>,
    in_bag: InBag,
) -> Result<Trained, TrainError> {
    for tree in &mut trees {
        // Trees were fitted on the classes that occur; every value is counted below.
        tree.value = vec![1.0; tree.feature.len() * task.n_outputs()];
        tree.missing = vec![MissingDirection::Right; tree.feature.len()];
    }
    let n_features = x.ncols();
    let grown =
        Forest::new(RawForest { task, n_features, precision: Precision::F64, aggregation, base: Vec::new(), trees })?;
    let pure = match target {
        TargetView::Classes { labels, .. } => pure_nodes(&grown, x, |row| f64::from(labels[row]), &in_bag),
        TargetView::Values(values) => pure_nodes(&grown, x, |row| values[row], &in_bag),
    };
    let cut = cut_at(&grown, &pure.map_err(RecountError::from)?)?;
    let forest = recount(&cut, x, target, None, Some(&in_bag), Majority::Recounted)?;
    Ok(Trained { forest, in_bag })
}

fn use_regressor(params: &SmartcoreParams, present: usize) -> Result<bool, TrainError> {
    let applies = present <= 2 && params.criterion == SplitCriterion::Gini;
    match params.engine {
        SmartcoreEngine::Auto => Ok(applies || present == 1),
        SmartcoreEngine::Classifier => Ok(present == 1),
        SmartcoreEngine::RegressorOnBinary if applies => Ok(true),
        SmartcoreEngine::RegressorOnBinary => Err(TrainError::Engine { present, criterion: params.criterion }),
    }
}

/// A copy for smartcore, column by column as it reads.
fn dense(x: ArrayView2<'_, f64>) -> Result<DenseMatrix<f64>, Failed> {
    DenseMatrix::new(x.nrows(), x.ncols(), x.t().iter().copied().collect(), true)
}
