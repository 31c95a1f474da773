//! SparseGPT (Frantar and Alistarh 2023): weights of a row go one column after the other, the columns to the right make
//! up for it.
//!
//! `U` is the upper Cholesky factor of the inverse, `H^-1 = U^T U`: row j of U is what is left of `H^-1` once the
//! inputs before j are fixed. Column j is scored by `w^2 / U_jj^2`, its errors `e = (w - v) / U_jj` go to the columns
//! after it as `-e U_j`, and sum up to the error of the linear layer.

use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::error::ObsError;
use super::inverse::{InverseHessian, alive, cholesky};

/// Columns of which the scores are compared at once, and whose updates to those on the right are done together (the
/// authors' value).
pub(crate) const SPARSE_GPT_BLOCK: usize = 128;

/// How many weights go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sparsity {
    /// This fraction of every block of columns, over all rows.
    Fraction(f64),
    /// Of every `m` neighbours of a row `n` stay.
    Pattern {
        /// Kept.
        n: usize,
        /// Of.
        m: usize,
    },
}

impl Sparsity {
    /// The fraction of weights that go.
    pub fn fraction(&self) -> f64 {
        match self {
            Sparsity::Fraction(fraction) => *fraction,
            Sparsity::Pattern { n, m } => 1.0 - *n as f64 / *m as f64,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ObsError> {
        match *self {
            Sparsity::Fraction(fraction) if !(0.0..=1.0).contains(&fraction) => {
                Err(ObsError::Number { what: "sparsity", value: fraction, expected: "0 to 1" })
            }
            Sparsity::Pattern { n, m } if n == 0 || n > m => Err(ObsError::Pattern { n, m }),
            _ => Ok(()),
        }
    }
}

/// A pruned weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparse {
    /// Shape (outputs, inputs); zero where weights went.
    pub weight: Array2<f32>,
    /// `tr((W - V) H (W - V)^T)` with the damped H, in double precision.
    pub error: f64,
}

/// Prunes the weight of one linear layer. At a fraction of 0 it is untouched, but for dead inputs.
///
/// # Arguments
/// * `weight`: shape (outputs, inputs).
///
/// # Errors
/// [`ObsError`]: sizes, numbers.
///
/// # Complexity
/// O(inputs^3 + outputs x inputs^2).
pub fn sparse_gpt(
    weight: ArrayView2<'_, f32>,
    hessian: &InverseHessian,
    sparsity: Sparsity,
) -> Result<Sparse, ObsError> {
    sparsity.check()?;
    let mut w = alive(weight, hessian)?;
    if w.is_empty() {
        return Ok(Sparse { weight: weight.to_owned(), error: 0.0 });
    }
    let upper = cholesky(hessian.inverse.view()).ok_or_else(|| hessian.singular())?.reversed_axes();
    let columns = w.ncols();
    let size = match sparsity {
        Sparsity::Fraction(_) => SPARSE_GPT_BLOCK,
        Sparsity::Pattern { m, .. } => (SPARSE_GPT_BLOCK / m).max(1) * m,
    };
    let mut error = 0.0;
    for start in (0..columns).step_by(size) {
        let end = (start + size).min(columns);
        let mut goes = match sparsity {
            Sparsity::Fraction(fraction) => least(&w, &upper, start..end, fraction),
            Sparsity::Pattern { .. } => Array2::from_elem((w.nrows(), end - start), false),
        };
        let mut errors = Array2::<f64>::zeros((w.nrows(), end - start));
        for j in start..end {
            if let Sparsity::Pattern { n, m } = sparsity
                && (j - start).is_multiple_of(m)
            {
                outside_pattern(&w, &upper, start, j..(j + m).min(end), (n, m), &mut goes);
            }
            for row in 0..w.nrows() {
                if goes[[row, j - start]] && w[[row, j]] != 0.0 {
                    let e = w[[row, j]] / upper[[j, j]];
                    for k in j + 1..end {
                        w[[row, k]] -= e * upper[[j, k]];
                    }
                    w[[row, j]] = 0.0;
                    errors[[row, j - start]] = e;
                    error += e * e;
                }
            }
        }
        if end < columns {
            let right = Slice::from(end..columns);
            let rows = upper.slice_axis(Axis(0), Slice::from(start..end));
            let change = errors.dot(&rows.slice_axis(Axis(1), right));
            let mut rest = w.slice_axis_mut(Axis(1), right);
            rest -= &change;
        }
    }
    Ok(Sparse { weight: w.mapv(|value| value as f32), error })
}

/// Of a block of columns the `int(weights * fraction)` of least score; ties by row and column.
fn least(w: &Array2<f64>, upper: &Array2<f64>, block: std::ops::Range<usize>, fraction: f64) -> Array2<bool> {
    let mut scored: Vec<(f64, usize, usize)> = Vec::with_capacity(w.nrows() * block.len());
    for row in 0..w.nrows() {
        scored.extend(block.clone().map(|j| ((w[[row, j]] / upper[[j, j]]).powi(2), row, j - block.start)));
    }
    let gone = (scored.len() as f64 * fraction) as usize;
    let mut goes = Array2::from_elem((w.nrows(), block.len()), false);
    if gone > 0 {
        let order =
            |a: &(f64, usize, usize), b: &(f64, usize, usize)| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)));
        scored.select_nth_unstable_by(gone - 1, order);
        scored[..gone].iter().for_each(|(_, row, column)| goes[[*row, *column]] = true);
    }
    goes
}

/// Marks in every row what goes of a group of neighbours, as they are now.
fn outside_pattern(
    w: &Array2<f64>,
    upper: &Array2<f64>,
    start: usize,
    group: std::ops::Range<usize>,
    (n, m): (usize, usize),
    goes: &mut Array2<bool>,
) {
    let n_kept = (n * group.len()).div_ceil(m);
    for row in 0..w.nrows() {
        let score = |j: usize| (w[[row, j]] / upper[[j, j]]).powi(2);
        let mut places: Vec<usize> = group.clone().collect();
        places.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
        places[n_kept..].iter().for_each(|j| goes[[row, j - start]] = true);
    }
}
