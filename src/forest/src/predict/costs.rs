//! What full rows pay at one operating point, without predicting them.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::examples::{ExampleError, Examples};
use crate::rows::{Rows, Walk};

/// What each example paid for at one operating point.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Cost of each example, shape (n_examples,): sources and splits; what is paid per model is not in it.
    pub per_example: Vec<f64>,
    /// Splits evaluated for each example.
    pub splits: Vec<u32>,
}

impl BudgetedForest {
    /// What each row pays at an operating point.
    ///
    /// # Errors
    /// [`ExampleError`] for rows that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel over rows.
    pub fn costs(&self, x: ArrayView2<'_, f64>, point: OperatingPoint) -> Result<Costs, ExampleError> {
        Examples::unlabelled(x, None)?.fit(self.forest())?;
        let rows = Rows::new(&x);
        let prices = self.prices();
        let paid: Vec<(f64, u32)> = (0..rows.len())
            .into_par_iter()
            .map(|row| {
                let mut bought = vec![false; prices.sources().len()];
                let (mut cost, mut splits) = (0.0, 0);
                for root in self.forest().roots() {
                    let mut walk = Walk::new(self.forest(), rows.row(row), root);
                    while self.keeps(walk.node(), point) {
                        let (_, feature) =
                            walk.step().map_err(|missing| missing.in_row(row))?.expect("kept nodes are splits");
                        splits += 1;
                        cost += prices.per_split();
                        for source in prices.needs(feature) {
                            if !std::mem::replace(&mut bought[source.index()], true) {
                                cost += prices.sources()[source.index()].per_example;
                            }
                        }
                    }
                }
                Ok((cost, splits))
            })
            .collect::<Result<_, ExampleError>>()?;
        let (per_example, splits) = paid.into_iter().unzip();
        Ok(Costs { per_example, splits })
    }
}
