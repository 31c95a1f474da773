//! Sums of gradients, curvatures and rows by bin.
//!
//! Layout: bin b of feature f is `stride = 2 n_scores + 1` numbers from `(offset[f] + b) * stride`: gradient and curvature
//! of each score by turns, then the number of rows. Codes lie row by row, so that a leaf's few rows touch few cache lines.

use super::super::bins::{Binned, Columns, FeatureBins};

/// Bins of all values, row-major `(rows, n_features)`.
#[derive(Debug)]
pub(super) struct Codes {
    codes: Vec<u8>,
    n_features: usize,
    /// First bin of each feature among the bins of all, and their number.
    pub(super) offset: Vec<usize>,
}

impl Codes {
    /// The codes of the rows named.
    pub(super) fn new(binned: &Binned, rows: &[u32]) -> Self {
        let n_features = binned.features.len();
        let mut codes = vec![0; rows.len() * n_features];
        let Columns::Narrow(columns) = &binned.columns else {
            unreachable!("at most 255 bins and one for missing values")
        };
        for (feature, column) in columns.iter().enumerate() {
            for (place, &row) in rows.iter().enumerate() {
                codes[place * n_features + feature] = column[row as usize];
            }
        }
        let mut offset = vec![0];
        offset.extend(binned.features.iter().map(FeatureBins::n_bins).scan(0, |sum, bins| {
            *sum += bins;
            Some(*sum)
        }));
        Self { codes, n_features, offset }
    }

    pub(super) fn row(&self, row: u32) -> &[u8] {
        &self.codes[row as usize * self.n_features..][..self.n_features]
    }

    pub(super) fn n_bins(&self) -> usize {
        self.offset[self.n_features]
    }

    /// Counts the rows into zeroed cells. O(rows x features x scores).
    pub(super) fn count(&self, rows: &[u32], derivatives: &[f64], n_scores: usize, cells: &mut [f64]) {
        cells.fill(0.0);
        if n_scores == 1 {
            for &row in rows {
                let [g, h] = [derivatives[2 * row as usize], derivatives[2 * row as usize + 1]];
                for (&code, &offset) in self.row(row).iter().zip(&self.offset) {
                    let cell = &mut cells[(offset + code as usize) * 3..][..3];
                    cell[0] += g;
                    cell[1] += h;
                    cell[2] += 1.0;
                }
            }
        } else {
            let (width, stride) = (2 * n_scores, 2 * n_scores + 1);
            for &row in rows {
                let own = &derivatives[width * row as usize..][..width];
                for (&code, &offset) in self.row(row).iter().zip(&self.offset) {
                    let cell = &mut cells[(offset + code as usize) * stride..][..stride];
                    cell.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
                    cell[width] += 1.0;
                }
            }
        }
    }
}

/// Sums over all rows of a leaf, from the cells of one feature.
pub(super) fn totals(cells: &[f64], bins: usize, stride: usize) -> Vec<f64> {
    let mut totals = vec![0.0; stride];
    for cell in cells[..bins * stride].chunks_exact(stride) {
        totals.iter_mut().zip(cell).for_each(|(total, value)| *total += value);
    }
    totals
}
