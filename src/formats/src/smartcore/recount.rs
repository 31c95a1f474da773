//! Class counts and means of every node, found by routing data through a finished forest.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::route::{Missing, fold_up, for_each_leaf};
use secateur_forest::{Forest, ForestError, InBag, TargetView, Task, argmax};

/// Which class a node votes for when the data routed through it disagree with the value it had.
///
/// They disagree when the data are not exactly the bag the tree was grown on: smartcore does not reveal how often a row
/// was drawn, so even with the training rows and their in-bag marks the counts of a node are off by repetitions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Majority {
    /// The class the node had before; predictions by vote do not change. Its count is raised to the largest of the
    /// node (and by one unit in the last place more where a smaller class index would win the tie), the least change
    /// that makes it win.
    #[default]
    Stored,
    /// The most frequent class of the data. Right when the bag is known exactly, or for data of one's own.
    Recounted,
}

/// Why the values of a forest could not be recounted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecountError {
    /// An array has another length than the others require.
    #[error("{array}: length {found}, expected {expected}")]
    Length {
        /// What was too long or too short.
        array: &'static str,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// Classes for a regression forest, or numbers for a classification forest.
    #[error("the target is of another kind than the forest predicts")]
    WrongTask,
    /// A label is not the index of a class.
    #[error("row {row}: label {label} is outside 0..{n_classes}")]
    Label {
        /// Row index.
        row: usize,
        /// The label.
        label: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// A weight that is negative or not finite.
    #[error("row {row}: weight {weight} is not a finite number >= 0")]
    Weight {
        /// Row index.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// A value is missing and the forest has no direction for missing values.
    #[error("row {row}, column {column}: the value is missing and the forest does not say where it goes")]
    Missing {
        /// Row index.
        row: usize,
        /// Column index.
        column: usize,
    },
    /// The new values are not valid, for instance because a sum overflowed.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

impl From<Missing> for RecountError {
    fn from(Missing { row, column }: Missing) -> Self {
        RecountError::Missing { row, column }
    }
}

/// The same trees with values counted anew: class counts, or means for regression.
///
/// - `x`: examples `(n_rows, n_features)`, `target`: their targets, length `n_rows`. Labels index the classes of the
///   forest's [`Task`], which for a converted classifier are smartcore's labels in ascending order.
/// - `weights`: one factor per row, none means 1. `in_bag`: how often each row counts in each tree, none means once.
/// - `majority`: see [`Majority`]; regression ignores it.
///
/// A node that no example reaches keeps its value. Results do not depend on the number of threads.
///
/// # Errors
/// [`RecountError`] when sizes or values do not fit the forest.
///
/// # Complexity
/// O(trees x rows x depth) time, parallel over trees; O(nodes x classes) memory.
pub fn recount(
    forest: &Forest,
    x: ArrayView2<'_, f64>,
    target: TargetView<'_>,
    weights: Option<&[f64]>,
    in_bag: Option<&InBag>,
    majority: Majority,
) -> Result<Forest, RecountError> {
    check(forest, x, target, weights, in_bag)?;
    let mut raw = forest.to_raw();
    raw.trees.par_iter_mut().enumerate().try_for_each(|(tree, raw_tree)| {
        let mass = |row: usize| {
            weights.map_or(1.0, |weights| weights[row]) * in_bag.map_or(1.0, |bag| f64::from(bag.tree(tree)[row]))
        };
        match target {
            TargetView::Classes { labels, n_classes } => {
                let counts = sums(forest, tree, x, n_classes, mass, |row| (labels[row] as usize, 1.0))?;
                for (old, new) in raw_tree.value.chunks_exact_mut(n_classes).zip(counts.chunks_exact(n_classes)) {
                    if new.iter().any(|&count| count > 0.0) {
                        let stored = argmax(old);
                        old.copy_from_slice(new);
                        if majority == Majority::Stored {
                            raise(old, stored);
                        }
                    }
                }
            }
            TargetView::Values(values) => {
                let total = sums(forest, tree, x, 1, mass, |row| (0, values[row]))?;
                let count = sums(forest, tree, x, 1, mass, |_| (0, 1.0))?;
                for (old, (total, count)) in raw_tree.value.iter_mut().zip(total.into_iter().zip(count)) {
                    if count > 0.0 {
                        *old = total / count;
                    }
                }
            }
        }
        Ok::<_, RecountError>(())
    })?;
    Ok(Forest::new(raw)?)
}

/// Sums over the examples of each node of one tree, `(nodes of the tree, width)`: example `row` adds `mass * amount` to
/// column `slot`, where `(slot, amount) = entry(row)`.
fn sums(
    forest: &Forest,
    tree: usize,
    x: ArrayView2<'_, f64>,
    width: usize,
    mass: impl Fn(usize) -> f64,
    entry: impl Fn(usize) -> (usize, f64),
) -> Result<Vec<f64>, Missing> {
    let nodes = forest.tree(tree);
    let mut sums = vec![0.0; nodes.len() * width];
    for_each_leaf(
        forest,
        tree,
        x,
        |row| mass(row) > 0.0,
        |row, leaf| {
            let (slot, amount) = entry(row);
            sums[(leaf - nodes.start) * width + slot] += mass(row) * amount;
        },
    )?;
    fold_up(forest, tree, |parent, child| {
        for slot in 0..width {
            sums[(parent - nodes.start) * width + slot] += sums[(child - nodes.start) * width + slot];
        }
    });
    Ok(sums)
}

/// Makes `class` the majority by the least increase of its count.
fn raise(counts: &mut [f64], class: usize) {
    let best = argmax(counts);
    if class != best {
        counts[class] = if class < best { counts[best] } else { counts[best].next_up() };
    }
}

fn check(
    forest: &Forest,
    x: ArrayView2<'_, f64>,
    target: TargetView<'_>,
    weights: Option<&[f64]>,
    in_bag: Option<&InBag>,
) -> Result<(), RecountError> {
    let n_rows = x.nrows();
    let lengths = [
        ("columns of x", x.ncols(), forest.n_features()),
        ("target", target.len(), n_rows),
        ("weights", weights.map_or(n_rows, <[f64]>::len), n_rows),
        ("rows of the bag", in_bag.map_or(n_rows, InBag::n_rows), n_rows),
        ("trees of the bag", in_bag.map_or(forest.n_trees(), InBag::n_trees), forest.n_trees()),
    ];
    for (array, found, expected) in lengths {
        if found != expected {
            return Err(RecountError::Length { array, found, expected });
        }
    }
    match (forest.task(), target) {
        (Task::Classification { classes }, TargetView::Classes { labels, n_classes }) => {
            if n_classes != classes.len() {
                return Err(RecountError::Length { array: "classes", found: n_classes, expected: classes.len() });
            }
            if let Some(row) = labels.iter().position(|&label| label as usize >= n_classes) {
                return Err(RecountError::Label { row, label: labels[row], n_classes });
            }
        }
        (Task::Regression, TargetView::Values(_)) => {}
        _ => return Err(RecountError::WrongTask),
    }
    for (row, &weight) in weights.unwrap_or_default().iter().enumerate() {
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(RecountError::Weight { row, weight });
        }
    }
    Ok(())
}
