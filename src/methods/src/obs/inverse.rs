//! Second moments, inverted.

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2};

use super::error::{ObsError, same};

/// `H^-1` of the inputs of one linear layer.
#[derive(Debug, Clone, PartialEq)]
pub struct InverseHessian {
    /// Shape (inputs, inputs).
    pub(super) inverse: Array2<f64>,
    /// Inputs that were always zero.
    pub(super) dead: Vec<bool>,
    /// Fraction of the mean of the diagonal that was added.
    pub(super) damping: f64,
}

impl InverseHessian {
    /// Inverts `H + damping * mean(diag H) I`. Inputs that were always zero get a 1 on the diagonal first; weights on
    /// them do nothing.
    ///
    /// # Arguments
    /// * `hessian`: shape (inputs, inputs), symmetric, any positive multiple of the second moments.
    /// * `damping`: at least 0; SparseGPT and SlimGPT take 0.01.
    ///
    /// # Errors
    /// [`ObsError`]: not square, not finite, or singular.
    ///
    /// # Complexity
    /// O(inputs^3).
    pub fn new(hessian: ArrayView2<'_, f64>, damping: f64) -> Result<Self, ObsError> {
        same("number of columns of the second moments", hessian.nrows(), hessian.ncols())?;
        if !(damping.is_finite() && damping >= 0.0) {
            return Err(ObsError::Number { what: "damping", value: damping, expected: "at least 0" });
        }
        if hessian.iter().any(|value| !value.is_finite()) {
            return Err(ObsError::NotFinite { what: "the matrix of second moments" });
        }
        let inputs = hessian.nrows();
        let dead: Vec<bool> = hessian.diag().iter().map(|value| *value == 0.0).collect();
        let mut damped = hessian.to_owned();
        damped.diag_mut().iter_mut().zip(&dead).filter(|(_, dead)| **dead).for_each(|(value, _)| *value = 1.0);
        let more = damping * damped.diag().mean().unwrap_or(0.0);
        damped.diag_mut().mapv_inplace(|value| value + more);
        let inverse = inverted(damped.view()).ok_or(ObsError::Singular { inputs, damping })?;
        Ok(Self { inverse, dead, damping })
    }

    /// How many inputs.
    pub fn n_inputs(&self) -> usize {
        self.dead.len()
    }

    /// Inputs that were always zero.
    pub fn dead(&self) -> &[bool] {
        &self.dead
    }

    /// The inverse, shape (inputs, inputs).
    pub fn inverse(&self) -> ArrayView2<'_, f64> {
        self.inverse.view()
    }

    /// `(H^-1)_jj`: what the square of a weight is divided by for its score as the only one that goes
    /// ([`secateur_neural::score::Scorer::second_order`]).
    pub fn divisors(&self) -> Vec<f32> {
        self.inverse.diag().iter().map(|value| *value as f32).collect()
    }

    pub(super) fn singular(&self) -> ObsError {
        ObsError::Singular { inputs: self.n_inputs(), damping: self.damping }
    }
}

/// The weight in double precision, zero on dead inputs.
pub(super) fn alive(weight: ArrayView2<'_, f32>, hessian: &InverseHessian) -> Result<Array2<f64>, ObsError> {
    same("number of inputs of the weight", hessian.n_inputs(), weight.ncols())?;
    if weight.iter().any(|value| !value.is_finite()) {
        return Err(ObsError::NotFinite { what: "the weight" });
    }
    let mut weight = weight.mapv(f64::from);
    for (mut column, dead) in weight.columns_mut().into_iter().zip(&hessian.dead) {
        if *dead {
            column.fill(0.0);
        }
    }
    Ok(weight)
}

/// L with `L L^T = a`, lower triangular; `None` if `a` is not positive definite.
pub(super) fn cholesky(a: ArrayView2<'_, f64>) -> Option<Array2<f64>> {
    let found = to_faer(a).llt(Side::Lower).ok()?;
    let lower = found.L();
    let of = |(i, j): (usize, usize)| if i >= j { lower[(i, j)] } else { 0.0 };
    Some(Array2::from_shape_fn(a.dim(), of)).filter(|lower| lower.iter().all(|value| value.is_finite()))
}

fn inverted(a: ArrayView2<'_, f64>) -> Option<Array2<f64>> {
    let found = to_faer(a).llt(Side::Lower).ok()?.inverse();
    // Both halves the same, to the last bit.
    let of = |(i, j): (usize, usize)| found[(i.max(j), i.min(j))];
    Some(Array2::from_shape_fn(a.dim(), of)).filter(|inverse| inverse.iter().all(|value| value.is_finite()))
}

fn to_faer(a: ArrayView2<'_, f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
}
