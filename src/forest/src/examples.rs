//! Rows with their answers: what losses and costs are counted on.

use ndarray::{ArrayView1, ArrayView2};

use super::model::{Forest, Task};
use super::target::Target;

/// Examples: feature rows, answers, and optionally weights. Borrowed; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    x: ArrayView2<'a, f64>,
    target: Option<Target<'a>>,
    weights: Option<&'a [f64]>,
}

/// Why rows do not fit each other or a forest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExampleError {
    /// No rows.
    #[error("there are no examples")]
    Empty,
    /// Parallel arrays of different lengths.
    #[error("{found} {what} for {expected} examples")]
    Length {
        /// "answers", "weights", "queries" or "values".
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
    #[error("row {row}: answer {value} is not a finite number")]
    Answer {
        /// Row index from 0.
        row: usize,
        /// The answer.
        value: f64,
    },
    /// Answers of the wrong kind.
    #[error("the forest predicts {expected}, the answers are {found}")]
    Kind {
        /// What the forest predicts.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// Answers are needed.
    #[error("the examples have no answers")]
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

impl<'a> Examples<'a> {
    /// Rows with answers; `weights` count each row that often (`None`: once).
    ///
    /// # Errors
    /// [`ExampleError`] for lengths that differ, bad weights, infinite values, no rows.
    pub fn new(x: ArrayView2<'a, f64>, target: Target<'a>, weights: Option<&'a [f64]>) -> Result<Self, ExampleError> {
        if target.len() != x.nrows() {
            return Err(ExampleError::Length { what: "answers", found: target.len(), expected: x.nrows() });
        }
        Self { x, target: Some(target), weights }.checked()
    }

    /// Rows without answers: enough for counting costs.
    ///
    /// # Errors
    /// As [`Examples::new`].
    pub fn unlabelled(x: ArrayView2<'a, f64>, weights: Option<&'a [f64]>) -> Result<Self, ExampleError> {
        Self { x, target: None, weights }.checked()
    }

    /// Rows and answers of examples that were checked before.
    pub fn trusted(x: ArrayView2<'a, f64>, target: Target<'a>, weights: Option<&'a [f64]>) -> Self {
        Self { x, target: Some(target), weights }
    }

    fn checked(self) -> Result<Self, ExampleError> {
        let rows = self.x.nrows();
        if rows == 0 {
            return Err(ExampleError::Empty);
        }
        check_weights(self.weights, rows)?;
        if let Some(((row, feature), _)) = self.x.indexed_iter().find(|(_, value)| value.is_infinite()) {
            return Err(ExampleError::Infinite { row, feature });
        }
        if let Some(Target::Values(values)) = self.target
            && let Some(row) = values.iter().position(|value| !value.is_finite())
        {
            return Err(ExampleError::Answer { row, value: values[row] });
        }
        Ok(self)
    }

    /// Checks that a forest can read these rows, and that answers, if there are any, are of its kind.
    ///
    /// # Errors
    /// [`ExampleError`].
    pub fn fit(&self, forest: &Forest) -> Result<(), ExampleError> {
        if self.x.ncols() != forest.n_features() {
            return Err(ExampleError::Width { found: self.x.ncols(), expected: forest.n_features() });
        }
        match (forest.task(), self.target) {
            (Task::Classification { classes }, Some(Target::Classes { labels, .. })) => {
                let classes = classes.len();
                match labels.iter().position(|label| *label as usize >= classes) {
                    Some(row) => Err(ExampleError::Class { row, class: labels[row], classes }),
                    None => Ok(()),
                }
            }
            (Task::Classification { .. }, Some(Target::Values(_))) => {
                Err(ExampleError::Kind { expected: "classes", found: "numbers" })
            }
            (Task::Regression, Some(Target::Classes { .. })) => {
                Err(ExampleError::Kind { expected: "numbers", found: "classes" })
            }
            (Task::Regression, Some(Target::Values(_))) | (_, None) => Ok(()),
        }
    }

    /// The same examples, borrowed from this value (views of rows cannot be shortened by the compiler).
    pub fn reborrow(&self) -> Examples<'_> {
        Examples { x: self.x.view(), target: self.target, weights: self.weights }
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

    /// The answers.
    pub fn target(&self) -> Option<Target<'a>> {
        self.target
    }

    /// The weights; `None` if each row counts once.
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
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

/// Checks that there is one finite weight >= 0 per row, and that their sum is positive and finite.
///
/// # Errors
/// [`ExampleError`].
pub fn check_weights(weights: Option<&[f64]>, rows: usize) -> Result<(), ExampleError> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(ExampleError::Length { what: "weights", found: weights.len(), expected: rows });
    }
    if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(ExampleError::Weight { row, weight: weights[row] });
    }
    let total: f64 = weights.iter().sum();
    if total == 0.0 || total.is_infinite() { Err(ExampleError::NoWeight) } else { Ok(()) }
}
