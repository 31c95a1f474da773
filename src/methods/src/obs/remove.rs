//! Whole columns: what a set of them is worth, their removal, and sweeps that remove all.

use ndarray::{Array2, ArrayView2, Axis};
use secateur_program::{Control, Stop};

use super::error::{ObsError, same};
use super::inverse::{InverseHessian, alive, cholesky};

/// What a set of columns is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupScore {
    /// `tr(W_S ((H^-1)_SS)^-1 W_S^T)`: the error that its removal makes.
    #[default]
    Exact,
    /// `sum_j ||W_j||^2 / L_jj^2` with `L L^T = (H^-1)_SS`: SlimGPT's score of a head, which leaves out that columns of
    /// the set make up for one another.
    Shortcut,
}

/// The columns of the weight of one linear layer, some of them gone and made up for.
#[derive(Debug, Clone)]
pub struct Columns {
    pub(super) weight: Array2<f64>,
    /// The inverse of H restricted to the columns that are left; zero elsewhere.
    pub(super) inverse: Array2<f64>,
    gone: Vec<bool>,
    error: f64,
    damping: f64,
}

impl Columns {
    /// All columns, none gone.
    ///
    /// # Arguments
    /// * `weight`: shape (outputs, inputs).
    ///
    /// # Errors
    /// [`ObsError`]: another number of inputs, numbers that are none.
    pub fn new(weight: ArrayView2<'_, f32>, hessian: &InverseHessian) -> Result<Self, ObsError> {
        let weight = alive(weight, hessian)?;
        let gone = vec![false; weight.ncols()];
        Ok(Self { weight, inverse: hessian.inverse.clone(), gone, error: 0.0, damping: hessian.damping })
    }

    /// The weight as it is: zero in columns that are gone.
    pub fn weight(&self) -> Array2<f32> {
        self.weight.mapv(|value| value as f32)
    }

    /// `tr((W - V) H (W - V)^T)` with the damped H: what all removals cost so far.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// How many columns.
    pub fn n_columns(&self) -> usize {
        self.gone.len()
    }

    /// What the removal of a set is scored.
    ///
    /// # Errors
    /// [`ObsError::Column`]; [`ObsError::Singular`].
    ///
    /// # Complexity
    /// O(set^2 x (set + outputs)).
    pub fn score(&self, set: &[usize], score: GroupScore) -> Result<f64, ObsError> {
        let lower = self.factor(set)?;
        Ok(match score {
            GroupScore::Exact => self.solved(set, &lower).iter().map(|value| value * value).sum(),
            GroupScore::Shortcut => {
                let of = |(place, column): (usize, &usize)| {
                    self.weight.column(*column).iter().map(|w| w * w).sum::<f64>() / lower[[place, place]].powi(2)
                };
                set.iter().enumerate().map(of).sum()
            }
        })
    }

    /// Removes a set; the columns left make up for it.
    ///
    /// # Returns
    /// By how much each column of the set, in its order, raised [`Columns::error`]. The sum does not depend on the
    /// order.
    ///
    /// # Errors
    /// [`ObsError::Column`]; [`ObsError::Singular`]: nothing is changed.
    ///
    /// # Complexity
    /// O(set x columns x (columns + outputs)).
    pub fn remove(&mut self, set: &[usize]) -> Result<Vec<f64>, ObsError> {
        let lower = self.factor(set)?;
        // Rows of the inverse with L^-1 in front: Z^T Z is what the inverse loses, Y^T Z the weight.
        let y = self.solved(set, &lower);
        let z = forward(&lower, self.inverse.select(Axis(0), set));
        let raised: Vec<f64> = y.rows().into_iter().map(|row| row.iter().map(|value| value * value).sum()).collect();
        self.weight -= &y.t().dot(&z);
        self.inverse -= &z.t().dot(&z);
        for column in set {
            self.weight.column_mut(*column).fill(0.0);
            self.inverse.column_mut(*column).fill(0.0);
            self.inverse.row_mut(*column).fill(0.0);
            self.gone[*column] = true;
        }
        self.error += raised.iter().sum::<f64>();
        Ok(raised)
    }

    fn factor(&self, set: &[usize]) -> Result<Array2<f64>, ObsError> {
        let mut seen = self.gone.clone();
        for column in set {
            if seen.get(*column).copied().unwrap_or(true) {
                return Err(ObsError::Column { column: *column, columns: self.gone.len() });
            }
            seen[*column] = true;
        }
        let square = self.inverse.select(Axis(0), set).select(Axis(1), set);
        cholesky(square.view()).ok_or(ObsError::Singular { inputs: self.gone.len(), damping: self.damping })
    }

    /// `L^-1 W_S^T`, shape (set, outputs).
    fn solved(&self, set: &[usize], lower: &Array2<f64>) -> Array2<f64> {
        forward(lower, self.weight.select(Axis(1), set).reversed_axes())
    }
}

/// `L^-1 B` by forward substitution.
fn forward(lower: &Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    for i in 0..lower.nrows() {
        let (done, mut rest) = b.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for (k, solved) in done.rows().into_iter().enumerate() {
            row.scaled_add(-lower[[i, k]], &solved);
        }
        row /= lower[[i, i]];
    }
    b
}

/// All units of a linear layer in the order in which they went.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Units, first gone first.
    pub order: Vec<usize>,
    /// Shape (units + 1): the error with the first k of them gone. Never falls.
    pub errors: Vec<f64>,
}

impl Columns {
    /// Removes units greedily, the least score first.
    ///
    /// # Arguments
    /// * `units`: the columns of each.
    /// * `classes`: of each unit.
    /// * `quota`: how many go of every class; more than there are: all.
    /// * `at_once`: how many of every class go before the others are scored anew, given how many are still to go; at
    ///   least 1.
    ///
    /// # Returns
    /// What went, and why it was not all.
    ///
    /// # Errors
    /// [`ObsError`].
    ///
    /// # Complexity
    /// With n columns in units of d: O(count / at_once x n x (d^2 + d outputs) + count x d x n (n + outputs)).
    pub fn sweep(
        &mut self,
        units: &[Vec<usize>],
        classes: &[usize],
        quota: &[usize],
        score: GroupScore,
        mut at_once: impl FnMut(usize) -> usize,
        control: &Control,
    ) -> Result<(Sweep, Option<Stop>), ObsError> {
        same("number of classes of units", units.len(), classes.len())?;
        if let Some(class) = classes.iter().find(|class| **class >= quota.len()) {
            return Err(ObsError::Extent { what: "number of classes", expected: quota.len(), found: class + 1 });
        }
        let mut sweep = Sweep { order: Vec::new(), errors: vec![self.error] };
        let mut left: Vec<usize> = (0..units.len()).collect();
        let mut quota = quota.to_vec();
        loop {
            left.retain(|unit| quota[classes[*unit]] > 0);
            if left.is_empty() {
                return Ok((sweep, None));
            }
            if let Err(stop) = control.check() {
                return Ok((sweep, Some(stop)));
            }
            let mut scored = Vec::with_capacity(left.len());
            for unit in &left {
                scored.push((self.score(&units[*unit], score)?, *unit));
            }
            scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let most = at_once(quota.iter().sum()).max(1);
            let mut taken = vec![0usize; quota.len()];
            let mut chosen = Vec::new();
            for (_, unit) in scored {
                let class = classes[unit];
                if quota[class] > 0 && taken[class] < most {
                    quota[class] -= 1;
                    taken[class] += 1;
                    chosen.push(unit);
                }
            }
            let mut error = self.error;
            let columns: Vec<usize> = chosen.iter().flat_map(|unit| units[*unit].iter().copied()).collect();
            let mut raised = self.remove(&columns)?.into_iter();
            for unit in &chosen {
                error += raised.by_ref().take(units[*unit].len()).sum::<f64>();
                sweep.errors.push(error);
            }
            left.retain(|unit| !chosen.contains(unit));
            sweep.order.extend(chosen);
        }
    }
}
