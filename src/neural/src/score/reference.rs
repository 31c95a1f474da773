//! The specification: plain loops in double precision.

use ndarray::{Array2, ArrayView2, Axis};

use super::scorer::{ScoreError, Scorer, check_pattern, same};

/// Scores by their definitions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reference;

impl Scorer for Reference {
    type Moments = Array2<f64>;

    fn magnitude(&self, weight: ArrayView2<'_, f32>) -> Array2<f32> {
        weight.mapv(f32::abs)
    }

    fn wanda(&self, weight: ArrayView2<'_, f32>, norms: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of norms", weight.ncols(), norms.len())?;
        Ok(Array2::from_shape_fn(weight.dim(), |at| (f64::from(weight[at].abs()) * f64::from(norms[at.1])) as f32))
    }

    fn second_order(&self, weight: ArrayView2<'_, f32>, divisors: &[f32]) -> Result<Array2<f32>, ScoreError> {
        same("number of divisors", weight.ncols(), divisors.len())?;
        let square = |at: (usize, usize)| f64::from(weight[at]).powi(2);
        Ok(Array2::from_shape_fn(weight.dim(), |at| (square(at) / f64::from(divisors[at.1])) as f32))
    }

    fn pattern(&self, scores: ArrayView2<'_, f32>, n: usize, m: usize) -> Result<Array2<f32>, ScoreError> {
        check_pattern(n, m)?;
        let mut mask = Array2::zeros(scores.dim());
        for (row, mut kept) in scores.rows().into_iter().zip(mask.rows_mut()) {
            for start in (0..row.len()).step_by(m) {
                let mut places: Vec<usize> = (start..row.len().min(start + m)).collect();
                let n_kept = (n * places.len()).div_ceil(m);
                // Plus zero: both zeros are equal.
                places.sort_by(|a, b| (row[*b] + 0.0).total_cmp(&(row[*a] + 0.0)).then(a.cmp(b)));
                places.iter().take(n_kept).for_each(|place| kept[*place] = 1.0);
            }
        }
        Ok(mask)
    }

    fn moments(&self, inputs: usize) -> Array2<f64> {
        Array2::zeros((inputs, inputs))
    }

    fn accumulate(&self, moments: &mut Array2<f64>, x: ArrayView2<'_, f32>) -> Result<(), ScoreError> {
        same("number of inputs", moments.ncols(), x.ncols())?;
        for row in x.axis_iter(Axis(0)) {
            for ((i, j), sum) in moments.indexed_iter_mut() {
                *sum += f64::from(row[i]) * f64::from(row[j]);
            }
        }
        Ok(())
    }

    fn read(&self, moments: &Array2<f64>) -> Array2<f64> {
        moments.clone()
    }

    fn overlap(&self, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Result<f64, ScoreError> {
        same("number of rows", a.nrows(), b.nrows())?;
        let dot = |i: usize, j: usize| -> f64 {
            a.column(i).iter().zip(b.column(j)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        Ok((0..a.ncols()).flat_map(|i| (0..b.ncols()).map(move |j| (i, j))).map(|(i, j)| dot(i, j).powi(2)).sum())
    }
}
