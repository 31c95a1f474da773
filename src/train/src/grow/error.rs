//! Why no forest was grown.

use secateur_program::Stop;

use super::params::Criterion;
use secateur_forest::{DataError, ForestError};

/// Why no forest was grown. Rows and columns are indices of the data as given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GrowError {
    /// A parameter is outside its range.
    #[error("parameter `{name}` is {value}, outside {range}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// The range allowed.
        range: String,
    },
    /// The criterion belongs to the other kind of target.
    #[error("criterion {criterion:?} does not fit a target of {target}")]
    Criterion {
        /// The criterion asked for.
        criterion: Criterion,
        /// The target given: `classes` or `values`.
        target: &'static str,
    },
    /// There is nothing to learn from.
    #[error("the training data have no rows")]
    NoRows,
    /// There is nothing to split on.
    #[error("the training data have no features")]
    NoFeatures,
    /// More rows or features than 32-bit indices can name.
    #[error("the training data have {found} {what}, more than {limit}")]
    TooMany {
        /// `rows` or `features`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// Greatest number supported.
        limit: usize,
    },
    /// An array does not fit the number of rows, or of classes.
    #[error("`{array}` has {found} entries, expected {expected}")]
    Length {
        /// Name of the array.
        array: &'static str,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// A target of classes without a class.
    #[error("the target has no classes")]
    NoClasses,
    /// A label that names no class.
    #[error("row {row}: label {label} is outside 0..{n_classes}")]
    Label {
        /// Row index.
        row: usize,
        /// The label.
        label: u32,
        /// Number of classes.
        n_classes: usize,
    },
    /// A target value that is NaN or infinite.
    #[error("row {row}: the target value {value} is not a finite number")]
    TargetValue {
        /// Row index.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A weight that is negative, NaN, infinite, or so large that sums of weights overflow.
    #[error("row {row}: the weight {weight} is outside 0..={limit:e}")]
    Weight {
        /// Row index.
        row: usize,
        /// The weight.
        weight: f64,
        /// Greatest weight supported for this number of rows.
        limit: f64,
    },
    /// No row has a positive weight.
    #[error("all {rows} weights are zero")]
    NoWeight {
        /// Number of rows.
        rows: usize,
    },
    /// A feature value that is infinite. (NaN means missing and is allowed.)
    #[error("row {row}, column {column}: the value {value} is infinite")]
    Infinite {
        /// Row index.
        row: usize,
        /// Column index.
        column: usize,
        /// The value.
        value: f64,
    },
    /// The validation examples do not fit the training data.
    #[error("the validation examples do not fit: {0}")]
    Validation(#[from] DataError),
    /// The forest grew beyond what the model can hold.
    #[error("the grown trees are not a valid forest")]
    Forest(#[from] ForestError),
    /// The caller's time limit or cancellation.
    #[error(transparent)]
    Stopped(#[from] Stop),
}
