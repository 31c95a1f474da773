//! From importances to the fraction that every block keeps.

use crate::ratios::spread;

/// How importances become fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FractionOptions {
    /// Mean fraction of weights that go, in 0..=1.
    pub sparsity: f64,
    /// Half the range of the fractions.
    pub lamda: f64,
    /// Whether blocks of less importance keep more, as on the authors' search path.
    pub inverted: bool,
}

impl Default for FractionOptions {
    fn default() -> Self {
        Self { sparsity: 0.7, lamda: 0.08, inverted: true }
    }
}

/// Importances or options that give no fractions.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FractionError {
    /// Importances that are all the same: the scale divides 0 by 0. So it is where all blocks fell into the trap of
    /// [`super::Importances`].
    #[error("all {blocks} blocks have importance {value}: no fraction follows")]
    Same {
        /// How many.
        blocks: usize,
        /// Importance of all of them.
        value: f64,
    },
    /// No blocks.
    #[error("no blocks")]
    Empty,
    /// An importance that is no number, or infinite.
    #[error("block {block}: importance {value}")]
    Importance {
        /// The block.
        block: usize,
        /// As given.
        value: f64,
    },
    /// An option outside its range.
    #[error("{what} is {value}")]
    Option {
        /// Which one.
        what: &'static str,
        /// As given.
        value: f64,
    },
}

/// The fraction of weights that every block keeps; 1 less that is its sparsity. The mean is `1 - sparsity`, the range
/// `2 * lamda`. Nothing is cut off: at extreme sparsities a fraction may lie outside 0..=1.
///
/// # Arguments
/// * `importances`: per block, finite; two blocks at least, not all the same.
///
/// # Errors
/// [`FractionError`].
///
/// # Complexity
/// O(blocks).
pub fn kept_fractions(importances: &[f64], options: FractionOptions) -> Result<Vec<f64>, FractionError> {
    let FractionOptions { sparsity, lamda, inverted } = options;
    if !(0.0..=1.0).contains(&sparsity) {
        return Err(FractionError::Option { what: "sparsity", value: sparsity });
    }
    if !(lamda >= 0.0 && lamda.is_finite()) {
        return Err(FractionError::Option { what: "lamda", value: lamda });
    }
    if let Some(block) = importances.iter().position(|value| !value.is_finite()) {
        return Err(FractionError::Importance { block, value: importances[block] });
    }
    let Some(first) = importances.first() else { return Err(FractionError::Empty) };
    if importances.iter().all(|value| value == first) {
        return Err(FractionError::Same { blocks: importances.len(), value: *first });
    }
    // Halves: the difference of two finite numbers may run over.
    let sign = if inverted { -0.5 } else { 0.5 };
    let scores: Vec<f64> = importances.iter().map(|value| sign * value).collect();
    Ok(spread(&scores, sparsity, lamda))
}

/// The level of every block that keeps most and no more than its fraction; the least level where all keep more. Within
/// the fractions' budget unless that happens.
///
/// # Arguments
/// * `levels`: kept fractions, in any order, at least one; an index into them is returned per block.
///
/// # Complexity
/// O(blocks x levels).
pub fn rounded(kept: &[f64], levels: &[f64]) -> Vec<usize> {
    let least = (0..levels.len()).min_by(|a, b| levels[*a].total_cmp(&levels[*b])).unwrap_or(0);
    let nearest = |fraction: &f64| {
        // Fractions are sums of rounded numbers.
        let fit = (0..levels.len()).filter(|level| levels[*level] <= fraction + 1e-12);
        fit.max_by(|a, b| levels[*a].total_cmp(&levels[*b])).unwrap_or(least)
    };
    kept.iter().map(nearest).collect()
}
