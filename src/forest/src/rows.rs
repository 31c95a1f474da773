//! Rows laid out for walking, and the walk of one row down one tree.

use ndarray::{ArrayView2, CowArray, Ix2};

use super::model::Forest;
use secateur_datasets::DataError;

/// Rows in standard layout, so that each is a slice. Copies only if the caller's layout differs.
#[derive(Debug)]
pub struct Rows<'a> {
    x: CowArray<'a, f64, Ix2>,
}

impl<'a> Rows<'a> {
    /// Lays out rows.
    pub fn new(x: &'a ArrayView2<'_, f64>) -> Self {
        Self { x: x.as_standard_layout() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.x.ncols();
        let values = self.x.as_slice().expect("standard layout is one slice");
        &values[row * width..(row + 1) * width]
    }
}

/// The walk of one example down one tree: its splits from the root on, then the leaf.
#[derive(Debug)]
pub struct Walk<'a> {
    forest: &'a Forest,
    values: &'a [f64],
    node: usize,
}

impl<'a> Walk<'a> {
    /// Stands at a node, usually a root. `values` holds one value per feature of the forest.
    pub fn new(forest: &'a Forest, values: &'a [f64], root: usize) -> Self {
        Self { forest, values, node: root }
    }

    /// Where the walk stands.
    pub fn node(&self) -> usize {
        self.node
    }

    /// Takes one step. Returns the split just passed and its feature; `None` at a leaf.
    ///
    /// # Errors
    /// The feature whose value is missing where the model has no direction for it.
    pub fn step(&mut self) -> Result<Option<(usize, usize)>, MissingFeature> {
        let Some(feature) = self.forest.feature(self.node) else { return Ok(None) };
        let next = self.forest.next(self.node, self.values[feature]).ok_or(MissingFeature(feature))?;
        Ok(Some((std::mem::replace(&mut self.node, next), feature)))
    }
}

/// A feature's value is missing, and the model has no direction for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingFeature(
    /// The feature.
    pub usize,
);

impl MissingFeature {
    /// The error for a row.
    pub fn in_row(self, row: usize) -> DataError {
        DataError::Missing { row, feature: self.0 }
    }
}
