//! What full rows acquire and pay at one operating point, without predicting them.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::acquired::Acquired;
use super::bought::Bought;
use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::rows::{Rows, Walk};
use secateur_datasets::{DataError, DatasetView};

/// What each example paid for at one operating point.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Cost of each example, shape (n_examples,): sources and splits; what is paid per model is not in it.
    pub per_example: Vec<f64>,
    /// Splits evaluated for each example.
    pub splits: Vec<u32>,
    /// The sources acquired for each example.
    pub acquired: Acquired,
}

/// Predictions of full rows, with what they acquired and cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Class probabilities, or values; shape (n_examples, n_outputs).
    pub outputs: Array2<f64>,
    /// Cost of each example, shape (n_examples,): sources and splits; what is paid per model is not in it.
    pub costs: Vec<f64>,
    /// The sources acquired for each example.
    pub acquired: Acquired,
}

impl BudgetedForest {
    /// Predictions, costs and acquisitions of all rows at an operating point.
    ///
    /// # Errors
    /// [`DataError`] names the first row and feature that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel.
    pub fn serve(&self, x: ArrayView2<'_, f64>, point: OperatingPoint) -> Result<Predictions, DataError> {
        let costs = self.costs(x, point)?;
        let outputs = self.compile(point).predict(x)?;
        Ok(Predictions { outputs, costs: costs.per_example, acquired: costs.acquired })
    }

    /// What each row acquires and pays at an operating point.
    ///
    /// # Errors
    /// [`DataError`] for rows that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel over rows.
    pub fn costs(&self, x: ArrayView2<'_, f64>, point: OperatingPoint) -> Result<Costs, DataError> {
        self.forest().check(DatasetView::unlabelled(x, None)?)?;
        let rows = Rows::new(&x);
        let prices = self.prices();
        let per_row: Vec<(f64, u32, Vec<u64>)> = (0..rows.len())
            .into_par_iter()
            .map(|row| {
                let mut bought = Bought::nothing(prices);
                let (mut cost, mut splits) = (0.0, 0);
                for root in self.forest().roots() {
                    let mut walk = Walk::new(self.forest(), rows.row(row), root);
                    while self.keeps(walk.node(), point) {
                        let step = walk.step().map_err(|missing| missing.in_row(row))?;
                        let (_, feature) = step.expect("kept nodes are splits");
                        splits += 1;
                        cost += prices.per_split();
                        bought.buy(feature, &mut cost);
                    }
                }
                Ok((cost, splits, Acquired::bits(&bought.has)))
            })
            .collect::<Result<_, DataError>>()?;
        Ok(Costs {
            per_example: per_row.iter().map(|(cost, ..)| *cost).collect(),
            splits: per_row.iter().map(|(_, splits, _)| *splits).collect(),
            acquired: Acquired::of_rows(prices.sources().len(), per_row.iter().map(|(.., bits)| bits.as_slice())),
        })
    }
}
