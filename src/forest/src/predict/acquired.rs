//! Which sources were acquired for which rows.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::prices::{PriceList, SourceId};
use crate::rows::Rows;

/// For each row of a batch, the sources that were acquired for it. One bit per row and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acquired {
    n_rows: usize,
    n_sources: usize,
    /// Row by row, `words` words each.
    bits: Vec<u64>,
}

impl Acquired {
    /// From what was bought for each row, source by source.
    pub(crate) fn of_rows<'a>(n_sources: usize, rows: impl ExactSizeIterator<Item = &'a [u64]>) -> Self {
        let n_rows = rows.len();
        Self { n_rows, n_sources, bits: rows.flatten().copied().collect() }
    }

    /// The bits of one row.
    pub(crate) fn bits(has: &[bool]) -> Vec<u64> {
        let word = |chunk: &[bool]| chunk.iter().enumerate().fold(0, |word, (bit, has)| word | u64::from(*has) << bit);
        has.chunks(64).map(word).collect()
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of sources.
    pub fn n_sources(&self) -> usize {
        self.n_sources
    }

    /// Whether a source was acquired for a row.
    ///
    /// # Panics
    /// If there is no such row or source.
    pub fn has(&self, row: usize, source: SourceId) -> bool {
        let source = source.index();
        assert!(source < self.n_sources, "source {source} of {}", self.n_sources);
        self.bits[row * self.n_sources.div_ceil(64) + source / 64] >> (source % 64) & 1 == 1
    }

    /// The sources acquired for a row, ascending.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn of(&self, row: usize) -> impl Iterator<Item = SourceId> + '_ {
        (0..self.n_sources as u32).map(SourceId).filter(move |source| self.has(row, *source))
    }

    /// Fraction of rows (by weight) for which each source was acquired, shape (n_sources,). `weights` has one entry per
    /// row (`None`: all one).
    pub fn fractions(&self, weights: Option<&[f64]>) -> Vec<f64> {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let total: f64 = (0..self.n_rows).map(weight).sum();
        let mut fractions = vec![0.0; self.n_sources];
        for row in 0..self.n_rows {
            self.of(row).for_each(|source| fractions[source.index()] += weight(row));
        }
        fractions.iter_mut().for_each(|fraction| *fraction /= total);
        fractions
    }

    /// The rows with NaN for every feature that needs a source which was not acquired. Parallel over rows.
    ///
    /// # Panics
    /// If there is another number of rows, or the prices have other sources.
    pub fn masked(&self, x: ArrayView2<'_, f64>, prices: &PriceList) -> Array2<f64> {
        assert_eq!((x.nrows(), prices.sources().len()), (self.n_rows, self.n_sources));
        let rows = Rows::new(&x);
        let known = |row: usize, feature: usize| prices.needs(feature).iter().all(|source| self.has(row, *source));
        let masked: Vec<Vec<f64>> = (0..rows.len())
            .into_par_iter()
            .map(|row| {
                let values = rows.row(row).iter().enumerate();
                values.map(|(feature, value)| if known(row, feature) { *value } else { f64::NAN }).collect()
            })
            .collect();
        Array2::from_shape_vec(x.raw_dim(), masked.concat()).expect("one value per row and feature")
    }
}
