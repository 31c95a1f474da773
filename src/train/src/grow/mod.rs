//! Growing forests: CART trees on bootstrap samples, by histograms.
//!
//! [`grow`] makes bagged trees or random forests (Breiman 2001) of CART trees (Breiman, Friedman, Olshen and Stone 1984).
//! Features are cut into bins once; the split search of large nodes works on histograms (as in LightGBM: Ke et al. 2017),
//! that of small nodes on chains of examples. Where a feature has no more distinct values than `max_bins`, the trees are
//! those of an exact search, thresholds midway between neighbouring values of the node.
//!
//! | idea | file |
//! |---|---|
//! | parameters, errors | `params`, `error` |
//! | bins of features; codes of rows | `bins` |
//! | bootstrap and random draws | `sample` |
//! | what the search asks of a criterion | `statistic` |
//! | Gini on counts; Gini and entropy on weights; squared error | `gini`, `weighted`, `moments` |
//! | large nodes, small nodes | `histogram`, `chain` |
//! | the best split of a node, and a price on features | `split`, `price` |
//! | a tree | `tree` |
//!
//! **Same input, same forest**: each tree has random numbers of its own, derived from the seed and its index, so the number
//! of threads does not matter. Unweighted classification by Gini is computed in whole numbers throughout and does not
//! depend on the order of rows either, given the samples; other criteria sum in f64, and scores that differ by
//! rounding only count as equal.
//!
//! **Missing values** are NaN. Each split tries them on both sides and stores the better one. A split whose node had none
//! of its feature sends them to the heavier child (ties: left) if the training data lack any value at all; if they
//! lack none, [`MissingDirection::Refuse`](secateur_forest::MissingDirection::Refuse): nothing was learnt about them. A
//! split "everything known left, missing right" has the threshold `f64::MAX`.
//!
//! **Weights**: a row of weight 2 counts like two rows (but once in `min_samples_*`, and in draws). A row of weight zero
//! takes no part, not even in bins or draws: it is out of bag for every tree.

mod bins;
pub mod boost;
mod chain;
mod error;
mod gini;
mod histogram;
mod moments;
mod params;
mod price;
mod sample;
mod split;
mod statistic;
mod tree;
mod weighted;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::ArrayView2;
use rayon::prelude::*;
use secateur_program::Control;

pub use error::GrowError;
pub use params::{Criterion, GrowParams, SplitFeatures};

use self::bins::{Binned, Code, Columns};
use self::gini::Gini;
use self::histogram::Layout;
use self::moments::Moments;
use self::price::{Free, Price};
use self::sample::{Sampling, tree_rng};
use self::statistic::{LeafLimits, Statistic, power_of_two};
use self::tree::{Limits, Shared, TreeGrower};
use self::weighted::{Purity, Weights};
use secateur_forest::{Aggregation, DatasetView, Forest, InBag, Precision, RawForest, RawTree, TargetView, Task};

/// A forest and the samples its trees were grown on.
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    /// The forest. All nodes have values, inner ones too: class counts (weight times multiplicity) or means.
    pub forest: Forest,
    /// How often each row entered each tree's sample.
    pub in_bag: InBag,
}

/// Grows a forest.
///
/// # Arguments
/// * `x`: shape `(n_examples, n_features)`, NaN where a value is missing.
/// * `target`: one class or value per example. The criterion follows from it unless `params` name one.
/// * `class_names`: one per class, in the order of the labels; empty names the classes "0", "1", ... Ignored for values.
/// * `weights`: one per example, finite and >= 0; `None` weighs all alike.
/// * `control`: limits, and progress as stage `grow trees` in trees.
///
/// # Returns
/// The forest (class distributions or values averaged over trees, features compared in f64) and its samples.
///
/// # Errors
/// [`GrowError`]: bad parameters or data, named, or the reason if the work was stopped.
///
/// # Complexity
/// Time O(n_features n log n) for the bins, then O(trees x n_features x n x depth) at worst. Memory one or two bytes per
/// value, and per thread of the current rayon pool O(n) plus a few histograms.
///
/// # Example
/// ```
/// use ndarray::array;
/// use secateur_forest::TargetView;
/// use secateur_train::grow::{GrowParams, grow};
/// use secateur_program::Control;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let target = TargetView::Classes { labels: &[0, 0, 1, 1], n_classes: 2 };
/// let params = GrowParams { n_trees: 1, bootstrap: false, ..GrowParams::default() };
/// let grown = grow(x.view(), target, &[], None, &params, &Control::new())?;
/// assert_eq!(grown.forest.threshold(0), 1.5);
/// # Ok::<(), secateur_train::grow::GrowError>(())
/// ```
pub fn grow(
    x: ArrayView2<'_, f64>,
    target: TargetView<'_>,
    class_names: &[String],
    weights: Option<&[f64]>,
    params: &GrowParams,
    control: &Control,
) -> Result<Grown, GrowError> {
    grow_priced(DatasetView::trusted(x, target, weights), class_names, params, Free, control)
}

/// [`grow`] with a price on features.
fn grow_priced<P: Price>(
    examples: DatasetView<'_>,
    class_names: &[String],
    params: &GrowParams,
    price: P,
    control: &Control,
) -> Result<Grown, GrowError> {
    params.check()?;
    let (x, weights) = (examples.x(), examples.weights());
    let target = examples.target().expect("what is grown on has targets");
    let n_tried = check_shape(x, params)?;
    let task = check_target(x.nrows(), target, class_names)?;
    let criterion = criterion(target, params.criterion)?;
    let weights = Weighting::new(x.nrows(), weights)?;
    control.check()?;
    let binned = Binned::new(x, weights.given, params.max_bins)?;
    let job = Job { params, n_tried, binned: &binned, usable: &weights.usable, price, control };

    let leaf = LeafLimits { rows: params.min_samples_leaf as u64, weight: params.min_weight_leaf };
    let trees = match target {
        TargetView::Values(values) => {
            job.run(Moments::new(values, weights.given, weights.scale, &weights.usable, leaf))
        }
        TargetView::Classes { labels, n_classes } => {
            let whole = if criterion == Criterion::Gini { weights.whole(params) } else { None };
            let counts = whole.as_deref();
            if criterion == Criterion::Gini && (weights.given.is_none() || counts.is_some()) {
                job.run(Gini::new(labels, counts, n_classes, leaf))
            } else {
                let purity = if criterion == Criterion::Gini { Purity::Gini } else { Purity::Entropy };
                job.run(Weights::new(labels, weights.given, weights.scale, n_classes, purity, leaf))
            }
        }
    }?;
    let (trees, multiplicity): (Vec<RawTree>, Vec<Vec<u16>>) = trees.into_iter().unzip();
    let forest = Forest::new(RawForest {
        task,
        n_features: x.ncols(),
        precision: Precision::F64,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees,
    })?;
    let in_bag = InBag::new(x.nrows(), multiplicity).expect("every tree draws from the same rows");
    Ok(Grown { forest, in_bag })
}

/// What growing the trees needs, whatever the criterion.
struct Job<'a, P> {
    params: &'a GrowParams,
    n_tried: usize,
    binned: &'a Binned,
    usable: &'a [u32],
    price: P,
    control: &'a Control,
}

impl<P: Price> Job<'_, P> {
    fn run<S: Statistic>(self, statistic: S) -> Result<Vec<(RawTree, Vec<u16>)>, GrowError> {
        match &self.binned.columns {
            Columns::Narrow(columns) => self.trees(statistic, columns),
            Columns::Wide(columns) => self.trees(statistic, columns),
        }
    }

    /// Grows all trees, in parallel, in order.
    fn trees<S: Statistic, C: Code>(
        self,
        statistic: S,
        columns: &[Box<[C]>],
    ) -> Result<Vec<(RawTree, Vec<u16>)>, GrowError> {
        let Self { params, n_tried, binned, usable, price, control } = self;
        let n_rows = columns[0].len();
        let shared = Shared {
            features: &binned.features,
            columns,
            layout: Layout::new(&binned.features, statistic.lanes(), n_tried == columns.len()),
            price,
            n_tried,
            limits: Limits {
                max_depth: params.max_depth.unwrap_or(usize::MAX),
                max_leaves: params.max_leaves,
                min_samples_split: params.min_samples_split as u64,
                min_samples_leaf: params.min_samples_leaf as u64,
                min_decrease: statistic.scaled(params.min_impurity_decrease),
            },
            any_missing: binned.any_missing() || params.directions_everywhere,
            control,
        };
        let sampling = Sampling { with_replacement: params.bootstrap, fraction: params.max_samples };
        let n_done = AtomicU64::new(0);
        control.report("grow trees", 0, params.n_trees as u64);
        (0..params.n_trees)
            .into_par_iter()
            .map_init(
                || TreeGrower::new(&shared, statistic.clone()),
                |grower, tree| {
                    let mut rng = tree_rng(params.seed, tree);
                    let multiplicity = sampling.draw(n_rows, usable, &mut rng);
                    let raw = grower.grow(&multiplicity, &mut rng)?;
                    let done = n_done.fetch_add(1, Ordering::Relaxed) + 1;
                    control.report("grow trees", done, params.n_trees as u64);
                    Ok((raw, multiplicity))
                },
            )
            .collect()
    }
}

/// Checks the shape of the data and returns how many features each node tries.
fn check_shape(x: ArrayView2<'_, f64>, params: &GrowParams) -> Result<usize, GrowError> {
    check_shape_of(x)?;
    params.n_tried(x.ncols())
}

fn check_shape_of(x: ArrayView2<'_, f64>) -> Result<(), GrowError> {
    if x.nrows() == 0 {
        return Err(GrowError::NoRows);
    }
    if x.ncols() == 0 {
        return Err(GrowError::NoFeatures);
    }
    let limit = i32::MAX as usize;
    for (what, found) in [("rows", x.nrows()), ("features", x.ncols())] {
        if found > limit {
            return Err(GrowError::TooMany { what, found, limit });
        }
    }
    Ok(())
}

/// Checks the target and says what a forest on it predicts.
fn check_target(n_rows: usize, target: TargetView<'_>, class_names: &[String]) -> Result<Task, GrowError> {
    if target.len() != n_rows {
        return Err(GrowError::Length { array: "target", found: target.len(), expected: n_rows });
    }
    match target {
        TargetView::Values(values) => match values.iter().position(|value| !value.is_finite()) {
            Some(row) => Err(GrowError::TargetValue { row, value: values[row] }),
            None => Ok(Task::Regression),
        },
        TargetView::Classes { n_classes: 0, .. } => Err(GrowError::NoClasses),
        TargetView::Classes { labels, n_classes } => {
            if let Some(row) = labels.iter().position(|&label| label as usize >= n_classes) {
                return Err(GrowError::Label { row, label: labels[row], n_classes });
            }
            match class_names.len() {
                0 => Ok(Task::Classification { classes: (0..n_classes).map(|class| class.to_string()).collect() }),
                found if found != n_classes => {
                    Err(GrowError::Length { array: "class_names", found, expected: n_classes })
                }
                _ => Ok(Task::Classification { classes: class_names.to_vec() }),
            }
        }
    }
}

fn criterion(target: TargetView<'_>, asked: Option<Criterion>) -> Result<Criterion, GrowError> {
    match (target, asked) {
        (TargetView::Classes { .. }, None) => Ok(Criterion::Gini),
        (TargetView::Values(_), None) => Ok(Criterion::SquaredError),
        (TargetView::Classes { .. }, Some(criterion @ (Criterion::Gini | Criterion::Entropy)))
        | (TargetView::Values(_), Some(criterion @ Criterion::SquaredError)) => Ok(criterion),
        (TargetView::Classes { .. }, Some(criterion)) => Err(GrowError::Criterion { criterion, target: "classes" }),
        (TargetView::Values(_), Some(criterion)) => Err(GrowError::Criterion { criterion, target: "values" }),
    }
}

/// Example weights, checked.
struct Weighting<'a> {
    given: Option<&'a [f64]>,
    /// Rows of positive weight, ascending.
    usable: Vec<u32>,
    /// A power of two near the largest weight, 1 without weights.
    scale: f64,
}

impl<'a> Weighting<'a> {
    fn new(n_rows: usize, given: Option<&'a [f64]>) -> Result<Self, GrowError> {
        let Some(weights) = given else {
            return Ok(Self { given, usable: (0..n_rows as u32).collect(), scale: 1.0 });
        };
        if weights.len() != n_rows {
            return Err(GrowError::Length { array: "weights", found: weights.len(), expected: n_rows });
        }
        // A sample's weights sum to less than n_rows times the largest.
        let limit = f64::MAX / (2.0 * n_rows as f64);
        if let Some(row) = weights.iter().position(|weight| !(0.0..=limit).contains(weight)) {
            return Err(GrowError::Weight { row, weight: weights[row], limit });
        }
        let largest = weights.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(GrowError::NoWeight { rows: n_rows });
        }
        let scale = power_of_two(largest);
        // Weights that vanish beside the largest are no weights.
        let usable = (0u32..).zip(weights).filter(|&(_, weight)| weight / scale > 0.0).map(|(row, _)| row).collect();
        Ok(Self { given, usable, scale })
    }

    /// The weights as whole numbers, if they are and if counting by weight is the same as counting by rows.
    fn whole(&self, params: &GrowParams) -> Option<Vec<u32>> {
        let weights = self.given?;
        let largest = ((1u64 << 31) / (weights.len() as u64 + 1)) as f64;
        let whole = weights.iter().all(|&weight| weight.fract() == 0.0 && weight <= largest);
        (whole && params.min_samples_leaf == 1 && params.min_samples_split == 2)
            .then(|| weights.iter().map(|&weight| weight as u32).collect())
    }
}
