//! Borrowed rows with their targets and weights: what everything that learns or measures takes.

use ndarray::{ArrayView1, ArrayView2};

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
        self.x.index_axis_move(ndarray::Axis(0), row)
    }

    /// The targets.
    pub fn target(&self) -> Option<TargetView<'a>> {
        self.target
    }

    /// The weights; `None` if each row counts once.
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
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
