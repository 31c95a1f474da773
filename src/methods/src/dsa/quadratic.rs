//! The quadratic program of `ompq_lib.py`: sparsities near a mean, more where the score is larger.
//!
//! ```text
//! maximise    sum_i P_i x_i - penalty * sum_i (x_i - S)^2
//! subject to  mean x <= S,  0 <= x_i <= 1
//! ```
//!
//! The authors hand it to SLSQP. It is separable and concave: with a multiplier nu of the mean,
//! `x_i = clip(S + (P_i - nu) / (2 penalty), 0, 1)`, and nu is the least number >= 0 for which the mean holds. The sum
//! falls with nu in straight pieces between the 2n places where an x_i reaches a bound, so nu is found exactly.
//!
//! x is the fraction that goes: a block of larger score loses more. The scores that the authors' other programs call
//! importance are meant the other way round.

/// What the authors set.
pub const PENALTY: f64 = 8.0;

/// The optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct QuadraticFractions {
    /// Sparsity per block.
    pub sparsities: Vec<f64>,
    /// Multiplier of the summed sparsity; 0 where the mean is below S.
    pub multiplier: f64,
}

/// Numbers that make no program.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuadraticError {
    /// A score that is no number, or infinite.
    #[error("block {block}: score {value}")]
    Score {
        /// The block.
        block: usize,
        /// As given.
        value: f64,
    },
    /// A sparsity outside 0..=1, or a penalty that is not above 0.
    #[error("{what} is {value}")]
    Option {
        /// Which one.
        what: &'static str,
        /// As given.
        value: f64,
    },
}

/// Solves the program by water-filling.
///
/// # Arguments
/// * `scores`: P, per block, finite.
/// * `sparsity`: S, largest mean, in 0..=1.
/// * `penalty`: [`PENALTY`] in the authors' program; > 0.
///
/// # Errors
/// [`QuadraticError`].
///
/// # Complexity
/// O(blocks log blocks).
///
/// # Example
/// ```
/// use secateur_methods::dsa::{PENALTY, quadratic};
///
/// let found = quadratic(&[1.0, 3.0], 0.5, PENALTY)?;
/// // As far from 0.5 as the scores are from their mean, over 16.
/// assert_eq!(found.sparsities, [0.5 - 1.0 / 16.0, 0.5 + 1.0 / 16.0]);
/// assert_eq!(found.multiplier, 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quadratic(scores: &[f64], sparsity: f64, penalty: f64) -> Result<QuadraticFractions, QuadraticError> {
    if let Some(block) = scores.iter().position(|score| !score.is_finite()) {
        return Err(QuadraticError::Score { block, value: scores[block] });
    }
    if !(0.0..=1.0).contains(&sparsity) {
        return Err(QuadraticError::Option { what: "sparsity", value: sparsity });
    }
    let width = 2.0 * penalty;
    if !(width > 0.0 && width.is_finite()) {
        return Err(QuadraticError::Option { what: "penalty", value: penalty });
    }
    let multiplier = multiplier(scores, sparsity, width);
    let fraction = |score: &f64| (sparsity + (score - multiplier) / width).clamp(0.0, 1.0);
    Ok(QuadraticFractions { sparsities: scores.iter().map(fraction).collect(), multiplier })
}

/// The least multiplier >= 0 for which the mean holds. `width`: how far the multiplier goes while a sparsity falls from
/// 1 to 0.
fn multiplier(scores: &[f64], sparsity: f64, width: f64) -> f64 {
    // Where a sparsity leaves 1, and where it reaches 0.
    let mut bends: Vec<(f64, bool)> = Vec::with_capacity(2 * scores.len());
    for score in scores {
        bends.push((score - (1.0 - sparsity) * width, true));
        bends.push((score + sparsity * width, false));
    }
    bends.sort_by(|a, b| a.0.total_cmp(&b.0));
    // From the left, where all are 1, to where the sum is what it may be.
    let mut excess = scores.len() as f64 * (1.0 - sparsity);
    let (mut falling, mut at) = (0usize, f64::NEG_INFINITY);
    for (place, leaves) in bends {
        let fall = if falling > 0 { falling as f64 * (place - at) / width } else { 0.0 };
        if excess <= fall {
            break;
        }
        excess -= fall;
        at = place;
        falling = if leaves { falling + 1 } else { falling - 1 };
    }
    let rest = if falling > 0 { excess * width / falling as f64 } else { 0.0 };
    (at + rest).max(0.0)
}
