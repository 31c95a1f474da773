//! The sums of a block of rows, in flat arrays.

use super::outputs::{Outputs, softmax, write_probabilities};

/// For each row of a block what the trees so far have added to it: in the order of trees, as [`super::Sum`] for one
/// row.
pub(super) enum Sums {
    /// In fixed point, row-major `(rows, classes)`.
    Fixed { classes: usize, sums: Vec<i64> },
    /// One number per row.
    Real(Vec<f64>),
}

impl Sums {
    /// Before the first tree.
    pub(super) fn new(outputs: &Outputs, rows: usize) -> Self {
        match outputs {
            Outputs::Probabilities { classes, .. } => Sums::Fixed { classes: *classes, sums: vec![0; rows * classes] },
            Outputs::Scores { base, .. } => Sums::Fixed { classes: base.len(), sums: base.repeat(rows) },
            Outputs::Values(_) => Sums::Real(vec![0.0; rows]),
            Outputs::Terms { base, .. } => Sums::Real(vec![*base; rows]),
        }
    }

    /// Adds one tree's contributions to rows `first`, `first + 1`, ...: rows `ends` of the outputs.
    #[inline]
    pub(super) fn add(&mut self, outputs: &Outputs, first: usize, ends: &[u32]) {
        match (self, outputs) {
            (
                Sums::Fixed { classes, sums },
                Outputs::Probabilities { probabilities: terms, .. } | Outputs::Scores { scores: terms, .. },
            ) => {
                let sums = sums[first * *classes..].chunks_exact_mut(*classes);
                for (sums, &end) in sums.zip(ends) {
                    let terms = &terms[end as usize * *classes..][..*classes];
                    sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
                }
            }
            (Sums::Real(sums), Outputs::Values(terms) | Outputs::Terms { terms, .. }) => {
                sums[first..].iter_mut().zip(ends).for_each(|(sum, &end)| *sum += terms[end as usize]);
            }
            _ => unreachable!("sums are made for their outputs"),
        }
    }

    /// What the rows are predicted by so many trees; `out` is row-major.
    pub(super) fn write(&self, outputs: &Outputs, trees: usize, out: &mut [f64]) {
        match (self, outputs) {
            (Sums::Fixed { classes, sums }, outputs) => {
                let write = if matches!(outputs, Outputs::Scores { .. }) { softmax } else { write_probabilities };
                let rows = sums.chunks_exact(*classes).zip(out.chunks_exact_mut(*classes));
                rows.for_each(|(sums, out)| write(sums, out));
            }
            (Sums::Real(sums), Outputs::Values(_)) => {
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum / trees as f64);
            }
            (Sums::Real(sums), _) => out.copy_from_slice(sums),
        }
    }
}
