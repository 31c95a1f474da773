//! The reference predictor: slow, obviously right, the specification of the others.

use crate::budgeted::{BudgetedForest, OperatingPoint};
use secateur_datasets::DataError;

use super::outputs::{Outputs, Sum};

impl BudgetedForest {
    /// Predicts one row: class probabilities, or the value; shape (n_outputs,).
    ///
    /// # Errors
    /// [`DataError`] for a row of the wrong width, an infinite value, or a missing value where the model has no
    /// direction (row 0 is named).
    ///
    /// # Complexity
    /// O(trees x depth).
    pub fn predict_row(&self, values: &[f64], point: OperatingPoint) -> Result<Vec<f64>, DataError> {
        let forest = self.forest();
        check_row(values, forest.n_features())?;
        let ends: Vec<usize> = forest.roots().map(|root| self.end(values, root, point)).collect::<Result<_, _>>()?;
        let outputs = Outputs::of(forest, ends.iter().copied());
        let mut sum: Sum = outputs.sum();
        (0..ends.len()).for_each(|tree| sum.add(&outputs, tree));
        let mut out = vec![0.0; forest.n_outputs()];
        sum.write(&mut out);
        Ok(out)
    }

    /// The node at which a row ends in the tree with this root.
    fn end(&self, values: &[f64], root: usize, point: OperatingPoint) -> Result<usize, DataError> {
        let forest = self.forest();
        let mut node = root;
        while let Some(feature) = forest.feature(node).filter(|_| self.keeps(node, point)) {
            node = forest.next(node, values[feature]).ok_or(DataError::Missing { row: 0, feature })?;
        }
        Ok(node)
    }
}

pub(super) fn check_row(values: &[f64], expected: usize) -> Result<(), DataError> {
    if values.len() != expected {
        return Err(DataError::Width { found: values.len(), expected });
    }
    match values.iter().position(|value| value.is_infinite()) {
        Some(feature) => Err(DataError::Infinite { row: 0, feature }),
        None => Ok(()),
    }
}
