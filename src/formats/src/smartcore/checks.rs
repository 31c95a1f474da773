//! What training asks of its inputs. smartcore panics on some of what is refused here.

use ndarray::ArrayView2;
use secateur_program::Stop;
use smartcore::error::Failed;

use super::convert::ConvertError;
use super::params::SplitCriterion;
use super::recount::RecountError;
use secateur_forest::ForestError;

/// Why no forest was trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// No rows or no columns.
    #[error("the table is empty: {rows} rows, {columns} columns")]
    Empty {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// More rows than smartcore can index.
    #[error("{rows} rows, more than {limit}")]
    TooManyRows {
        /// Number of rows.
        rows: usize,
        /// Greatest number supported.
        limit: usize,
    },
    /// The target has another length than the table.
    #[error("{targets} targets for {rows} rows")]
    Length {
        /// Number of targets.
        targets: usize,
        /// Number of rows.
        rows: usize,
    },
    /// smartcore takes no missing or infinite values.
    #[error("row {row}, column {column}: {value} is not a finite number")]
    Feature {
        /// Row index.
        row: usize,
        /// Column index.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A target to regress on is missing or infinite.
    #[error("row {row}: the target {value} is not a finite number")]
    Value {
        /// Row index.
        row: usize,
        /// The target.
        value: f64,
    },
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
    /// A parameter out of its range.
    #[error("parameter `{name}` is out of range: {value}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: usize,
    },
    /// [`SmartcoreEngine::RegressorOnBinary`](super::SmartcoreEngine::RegressorOnBinary) does not apply.
    #[error("the regressor cannot stand in for the classifier: {present} classes occur, criterion {criterion:?}")]
    Engine {
        /// Number of classes that occur.
        present: usize,
        /// The criterion asked for.
        criterion: SplitCriterion,
    },
    /// smartcore draws samples in a way that this version does not know.
    #[error("smartcore did not draw the expected sample; is it the pinned version?")]
    Bootstrap,
    /// smartcore refused.
    #[error("smartcore: {0}")]
    Smartcore(#[from] Failed),
    /// A trained tree could not be read, for instance because sums of huge targets overflowed.
    #[error("a trained tree: {0}")]
    Convert(#[from] ConvertError),
    /// Its values could not be counted.
    #[error(transparent)]
    Recount(#[from] RecountError),
    /// The trees together are not a forest: too many nodes.
    #[error(transparent)]
    Forest(#[from] ForestError),
    /// Time limit or cancellation, seen between trees.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Checks shapes and that all values are finite. O(rows x columns).
pub(super) fn check_table(x: ArrayView2<'_, f64>, targets: usize) -> Result<(), TrainError> {
    let (rows, columns) = x.dim();
    let limit = i32::MAX as usize; // its sort indexes with i32
    if targets != rows {
        return Err(TrainError::Length { targets, rows });
    }
    if rows == 0 || columns == 0 {
        return Err(TrainError::Empty { rows, columns });
    }
    if rows > limit {
        return Err(TrainError::TooManyRows { rows, limit });
    }
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => Err(TrainError::Feature { row, column, value }),
        None => Ok(()),
    }
}
