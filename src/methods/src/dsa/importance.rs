//! Importance of blocks by an expression of their metrics.

use ndarray::{Array1, ArrayD, ArrayView2};
use secateur_program::{Control, Stop};

use super::expression::Expression;
use super::operators::evaluate;

/// What an expression is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Joined {
    /// One vector of all entries of a block, as in the released programs. Operators that ask for a matrix then give NaN
    /// (they end the released programs).
    #[default]
    Entries,
    /// Every matrix of a block by itself; the block has the mean of the values.
    Matrices,
}

/// What becomes of a block whose value is NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trap {
    /// NaN becomes 0, infinities -1, as in the released programs; the blocks are named in the result.
    #[default]
    Released,
    /// An error.
    Refused,
}

/// How importances are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportanceOptions {
    /// What an expression is evaluated on.
    pub joined: Joined,
    /// What becomes of NaN and infinities.
    pub trap: Trap,
}

/// Importance of every block.
///
/// A warning is due where `not_numbers` is not empty. Under the released expression a block falls into this trap when
/// the variance of its logarithms is above tan 1 = 1.557, as the arcsine has no value above 1. Gaussian weights alone
/// have pi^2 / 8 = 1.234, so input norms whose logarithms have a variance of 0.324 suffice. Its importance 0 is the
/// lowest, and the inverted scale ([`super::kept_fractions`]) keeps the most of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Importances {
    /// Per block, all finite.
    pub values: Vec<f64>,
    /// Blocks whose value is NaN, here 0.
    pub not_numbers: Vec<usize>,
    /// Blocks whose value is infinite, here -1.
    pub infinite: Vec<usize>,
}

/// Why importances could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportanceError {
    /// A value that is no number or infinite ([`Trap::Refused`]).
    #[error("block {block}: {expression} is {value}")]
    Value {
        /// The block.
        block: usize,
        /// The expression.
        expression: Expression,
        /// NaN or an infinity.
        value: f64,
    },
    /// A limit was reached.
    #[error("stopped: {0}")]
    Stopped(Stop),
}

/// Importance of every block.
///
/// # Arguments
/// * `blocks`: per block the metrics of its linear layers, in any shapes. The authors take Wanda's `|w_ij| ||x_j||`,
///   where `||x_j||^2` is a sum over the tokens of a calibration row and a mean over rows: the norms of
///   [`secateur_neural::score::Inputs::norms`] times the root of the number of tokens per row. The released expression
///   is the same for any factor.
/// * `control`: limits, asked before every matrix; progress as the stage `importance`, in blocks.
///
/// # Errors
/// [`ImportanceError`].
///
/// # Complexity
/// That of [`evaluate`] per block or matrix; a block is copied.
pub fn importances(
    expression: &Expression,
    blocks: &[Vec<ArrayView2<'_, f32>>],
    options: ImportanceOptions,
    control: &Control,
) -> Result<Importances, ImportanceError> {
    let mut found = Importances { values: Vec::new(), not_numbers: Vec::new(), infinite: Vec::new() };
    control.report("importance", 0, blocks.len() as u64);
    for (block, matrices) in blocks.iter().enumerate() {
        let value = match options.joined {
            Joined::Entries => {
                control.check().map_err(ImportanceError::Stopped)?;
                let entries: Array1<f64> = matrices.iter().flatten().map(|entry| f64::from(*entry)).collect();
                evaluate(expression, entries.into_dyn())
            }
            Joined::Matrices => {
                let mut sum = 0.0;
                for matrix in matrices {
                    control.check().map_err(ImportanceError::Stopped)?;
                    let matrix: ArrayD<f64> = matrix.mapv(f64::from).into_dyn();
                    sum += evaluate(expression, matrix);
                }
                sum / matrices.len() as f64
            }
        };
        if options.trap == Trap::Refused && !value.is_finite() {
            return Err(ImportanceError::Value { block, expression: expression.clone(), value });
        }
        if value.is_nan() {
            found.not_numbers.push(block);
        } else if value.is_infinite() {
            found.infinite.push(block);
        }
        found.values.push(match value {
            value if value.is_nan() => 0.0,
            value if value.is_infinite() => -1.0,
            value => value,
        });
        control.report("importance", block as u64 + 1, blocks.len() as u64);
    }
    Ok(found)
}
