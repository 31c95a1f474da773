//! Borrowed rows with their targets and weights: what everything that learns or measures takes.

use ndarray::{ArrayView1, ArrayView2, Axis, concatenate};

use crate::dataset::{Dataset, Target};

/// True targets of a set of examples, one per row, with optional weights per example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TargetView<'a> {
    /// Class indices in `0..n_classes`.
    Classes {
        /// One class per example.
        labels: &'a [u32],
        /// Number of classes.
        n_classes: usize,
    },
    /// Numbers to regress on.
    Values(&'a [f64]),
}

impl TargetView<'_> {
    /// Number of examples.
    pub fn len(&self) -> usize {
        match self {
            TargetView::Classes { labels, .. } => labels.len(),
            TargetView::Values(values) => values.len(),
        }
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Examples: feature rows, targets, and optionally weights. Borrowed; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct DatasetView<'a> {
    x: ArrayView2<'a, f64>,
    target: Option<TargetView<'a>>,
    weights: Option<&'a [f64]>,
}

/// Why rows do not fit each other or a forest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// No rows.
    #[error("there are no examples")]
    Empty,
    /// Parallel arrays of different lengths.
    #[error("{found} {what} for {expected} examples")]
    Length {
        /// "targets", "weights", "queries" or "values".
        what: &'static str,
        /// Length found.
        found: usize,
        /// Number of rows.
        expected: usize,
    },
    /// Rows of another width than the forest was trained on.
    #[error("rows have {found} features, the forest has {expected}")]
    Width {
        /// Columns of the rows.
        found: usize,
        /// Features of the forest.
        expected: usize,
    },
    /// A weight that is negative, NaN or infinite.
    #[error("row {row}: weight {weight} is not a finite number >= 0")]
    Weight {
        /// Row index from 0.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// All weights are zero, or their sum is infinite.
    #[error("the weights sum to zero or to infinity")]
    NoWeight,
    /// A class index that the forest does not know.
    #[error("row {row}: class {class} is outside 0..{classes}")]
    Class {
        /// Row index from 0.
        row: usize,
        /// The class.
        class: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A number to regress on that is NaN or infinite.
    #[error("row {row}: target {value} is not a finite number")]
    Target {
        /// Row index from 0.
        row: usize,
        /// The target.
        value: f64,
    },
    /// Targets of the wrong kind.
    #[error("the forest predicts {expected}, the targets are {found}")]
    Kind {
        /// What the forest predicts.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Targets are needed.
    #[error("the examples have no targets")]
    NoTarget,
    /// A missing value where the model has no direction for it.
    #[error("row {row}: feature {feature} is missing, and the model has no direction for missing values there")]
    Missing {
        /// Row index from 0.
        row: usize,
        /// Feature index.
        feature: usize,
    },
    /// An infinite value.
    #[error("row {row}: feature {feature} is infinite")]
    Infinite {
        /// Row index from 0.
        row: usize,
        /// Feature index.
        feature: usize,
    },
}

impl<'a> DatasetView<'a> {
    /// Rows with targets; `weights` count each row that often (`None`: once).
    ///
    /// # Errors
    /// [`DataError`] for lengths that differ, bad weights, infinite values, no rows.
    pub fn new(x: ArrayView2<'a, f64>, target: TargetView<'a>, weights: Option<&'a [f64]>) -> Result<Self, DataError> {
        if target.len() != x.nrows() {
            return Err(DataError::Length { what: "targets", found: target.len(), expected: x.nrows() });
        }
        Self { x, target: Some(target), weights }.checked()
    }

    /// Rows without targets: enough for counting costs.
    ///
    /// # Errors
    /// As [`DatasetView::new`].
    pub fn unlabelled(x: ArrayView2<'a, f64>, weights: Option<&'a [f64]>) -> Result<Self, DataError> {
        Self { x, target: None, weights }.checked()
    }

    /// Rows and targets of examples that were checked before.
    pub fn trusted(x: ArrayView2<'a, f64>, target: TargetView<'a>, weights: Option<&'a [f64]>) -> Self {
        Self { x, target: Some(target), weights }
    }

    fn checked(self) -> Result<Self, DataError> {
        let rows = self.x.nrows();
        if rows == 0 {
            return Err(DataError::Empty);
        }
        check_weights(self.weights, rows)?;
        if let Some(((row, feature), _)) = self.x.indexed_iter().find(|(_, value)| value.is_infinite()) {
            return Err(DataError::Infinite { row, feature });
        }
        if let Some(TargetView::Values(values)) = self.target
            && let Some(row) = values.iter().position(|value| !value.is_finite())
        {
            return Err(DataError::Target { row, value: values[row] });
        }
        Ok(self)
    }

    /// The same examples, borrowed from this value (views of rows cannot be shortened by the compiler).
    pub fn reborrow(&self) -> DatasetView<'_> {
        DatasetView { x: self.x.view(), target: self.target, weights: self.weights }
    }

    /// Number of rows, at least one.
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// Never true: examples are not empty.
    pub fn is_empty(&self) -> bool {
        self.x.nrows() == 0
    }

    /// The rows, shape (n_examples, n_features).
    pub fn x(&self) -> ArrayView2<'a, f64> {
        self.x
    }

    /// One row.
    pub fn row(&self, row: usize) -> ArrayView1<'a, f64> {
        self.x.index_axis_move(Axis(0), row)
    }

    /// The targets.
    pub fn target(&self) -> Option<TargetView<'a>> {
        self.target
    }

    /// The weights; `None` if each row counts once.
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// The given rows in the given order, copied; a row may be repeated. Features and classes, which have no names in a
    /// view, are named by their numbers.
    ///
    /// # Panics
    /// If a row is not below [`len`](Self::len).
    pub fn select(&self, rows: &[usize]) -> Dataset {
        let pick = |values: &[f64]| rows.iter().map(|&row| values[row]).collect();
        let target = match self.target {
            Some(TargetView::Classes { labels, n_classes }) => {
                Target::Classes { labels: rows.iter().map(|&row| labels[row]).collect(), names: numbered(n_classes) }
            }
            Some(TargetView::Values(values)) => Target::Values(pick(values)),
            None => Target::None,
        };
        Dataset {
            features: self.x.select(Axis(0), rows),
            feature_names: numbered(self.x.ncols()),
            target,
            weights: self.weights.map(pick),
            groups: None,
        }
    }

    /// The rows of all views, one after the other, copied; named as by [`select`](Self::select). Where some have weights, rows of
    /// the others count once.
    ///
    /// # Panics
    /// If there is no view, or they differ in their number of features, kind of target, or number of classes.
    pub fn joined(views: &[DatasetView<'_>]) -> Dataset {
        let features: Vec<_> = views.iter().map(|view| view.x).collect();
        let features = concatenate(Axis(0), &features).expect("views of as many features");
        let mut target = views[0].select(&[]).target;
        let mut weights = views.iter().any(|view| view.weights.is_some()).then(Vec::new);
        for view in views {
            match (&mut target, view.target) {
                (Target::Classes { labels, names }, Some(TargetView::Classes { labels: more, n_classes })) => {
                    assert_eq!(names.len(), n_classes, "number of classes");
                    labels.extend_from_slice(more);
                }
                (Target::Values(values), Some(TargetView::Values(more))) => values.extend_from_slice(more),
                (Target::None, None) => {}
                _ => panic!("targets of different kinds"),
            }
            if let Some(weights) = &mut weights {
                weights.extend((0..view.len()).map(|row| view.weight(row)));
            }
        }
        Dataset { features, feature_names: numbered(views[0].x.ncols()), target, weights, groups: None }
    }

    /// The same rows, each counting once.
    #[must_use]
    pub fn unweighted(self) -> Self {
        Self { weights: None, ..self }
    }

    /// Weight of a row.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Sum of the weights, more than zero.
    pub fn total_weight(&self) -> f64 {
        self.weights.map_or(self.len() as f64, |weights| weights.iter().sum())
    }
}

impl Dataset {
    /// The targets; `None` if there are none.
    pub fn target_view(&self) -> Option<TargetView<'_>> {
        match &self.target {
            Target::Classes { labels, names } => Some(TargetView::Classes { labels, n_classes: names.len() }),
            Target::Values(values) => Some(TargetView::Values(values)),
            Target::None => None,
        }
    }

    /// The rows with their targets, if there are any, and weights.
    ///
    /// # Errors
    /// As [`DatasetView::new`].
    pub fn view(&self) -> Result<DatasetView<'_>, DataError> {
        match self.target_view() {
            Some(target) => DatasetView::new(self.features.view(), target, self.weights.as_deref()),
            None => DatasetView::unlabelled(self.features.view(), self.weights.as_deref()),
        }
    }
}

fn numbered(n: usize) -> Vec<String> {
    (0..n).map(|index| index.to_string()).collect()
}

/// Checks that there is one finite weight >= 0 per row, and that their sum is positive and finite.
///
/// # Errors
/// [`DataError`].
pub fn check_weights(weights: Option<&[f64]>, rows: usize) -> Result<(), DataError> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(DataError::Length { what: "weights", found: weights.len(), expected: rows });
    }
    if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(DataError::Weight { row, weight: weights[row] });
    }
    let total: f64 = weights.iter().sum();
    if total == 0.0 || total.is_infinite() { Err(DataError::NoWeight) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn rows_are_picked_and_put_together_with_their_weights() {
        let (x, labels) = (array![[1.0], [2.0], [3.0]], [0, 2, 1]);
        let target = TargetView::Classes { labels: &labels, n_classes: 3 };
        let plain = DatasetView::new(x.view(), target, None).unwrap();
        let weighted = DatasetView::new(x.view(), target, Some(&[0.5, 0.0, 2.0])).unwrap();
        let names = numbered(3);
        let picked = weighted.select(&[2, 0, 2]);
        assert_eq!(picked.features, array![[3.0], [1.0], [3.0]]);
        assert_eq!(picked.target, Target::Classes { labels: vec![1, 0, 1], names: names.clone() });
        assert_eq!((picked.weights, plain.select(&[1]).weights), (Some(vec![2.0, 0.5, 2.0]), None));
        let joined = DatasetView::joined(&[plain.reborrow(), weighted.reborrow()]);
        assert_eq!(joined.features.column(0).to_vec(), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
        assert_eq!(joined.target, Target::Classes { labels: vec![0, 2, 1, 0, 2, 1], names });
        assert_eq!(joined.weights, Some(vec![1.0, 1.0, 1.0, 0.5, 0.0, 2.0]));
        assert_eq!(DatasetView::joined(&[plain]).weights, None);
    }

    #[test]
    #[should_panic(expected = "targets of different kinds")]
    fn views_of_different_kinds_are_not_put_together() {
        let (x, values) = (array![[1.0]], [1.0]);
        let numbers = DatasetView::new(x.view(), TargetView::Values(&values), None).unwrap();
        let _ = DatasetView::joined(&[numbers, DatasetView::unlabelled(x.view(), None).unwrap()]);
    }
}
