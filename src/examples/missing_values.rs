//! Missing values: where a split sends them is grown with the tree, stays through pruning, and is used in serving.
//!
//! Look at the last lines: a row with a hole is answered, and a forest without directions refuses it by name.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Bagging, Budget, Control, LazyError, LazyOptions, PriceList, Pruner};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut data, _) = embedded::iris()?;
    let control = Control::new();
    let prices = PriceList::uniform(&data.feature_names, 1.0)?;

    // Without directions: the data that the forest was grown on lack no value.
    let whole = Pruner::new(&prices).fit(Bagging::default().trees(20).fit(&data, &control)?, &data, &control)?;
    let mut nothing = |_feature: usize| f64::NAN;
    let asked = whole.budgeted.predict_lazy(&mut nothing, whole.budgeted.unpruned(), LazyOptions::default());
    let refusal = asked.expect_err("there is no direction for a missing value");
    println!("refused: {refusal}");
    assert!(matches!(refusal, LazyError::Missing { .. }));

    // Every fifth petal length is lost: a missing value is NaN.
    let petal = data.feature_names.iter().position(|name| name == "petal_length").ok_or("iris has petals")?;
    data.features.column_mut(petal).iter_mut().step_by(5).for_each(|value| *value = f64::NAN);
    let mut bagging = Bagging::default().trees(20);
    bagging.params.directions_everywhere = true; // also where the tree's own sample lacks no value
    let pruned = Pruner::new(&prices).fit(bagging.fit(&data, &control)?, &data, &control)?;
    pruned.verify()?;

    let point = pruned.budgeted.at_budget(Budget::mean(2.0))?;
    let at = *pruned.curve(&data, &control)?.at(point);
    println!("with holes: error {:.3} at {:.2} features per flower", at.error.unwrap_or(1.0), at.cost);
    let prediction = pruned.budgeted.predict_lazy(&mut nothing, point, LazyOptions::default())?;
    println!("a flower of which nothing is known: class {}", prediction.class);
    assert!(at.cost <= 2.0 && at.error.is_some_and(|error| error < 0.1));
    Ok(())
}
