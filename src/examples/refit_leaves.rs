//! New leaf values for a pruned forest, fitted jointly: a better answer at the same acquisition cost.
//!
//! Look at the two losses: the splits are the same, so every example pays the same, and only the leaves have changed.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::forest::refit::{L2_GRID, RefitOptions, refit_best};
use secateur::{Bagging, Budget, BudgetedForest, Control, Prices, Pruner};

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::breast_cancer()?;
    let [train, valid, test] = data.split(6, [0.5, 0.25, 0.25])?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();
    let forest = Bagging::default().trees(50).fit(&train, &control)?;
    let pruned = Pruner::new(&prices).fit(forest, &train, &control)?;
    let point = pruned.budgeted.at_budget(Budget::mean(2.0))?;
    let (small, _) = pruned.budgeted.pruned(point);

    // L2 is chosen on validation data.
    let best = refit_best(&small, train.view()?, valid.view()?, &L2_GRID, &RefitOptions::default(), &control)?;
    let measure = |forest| -> Result<_, Box<dyn Error>> {
        let model = BudgetedForest::whole(forest, prices.clone())?;
        Ok(*model.curve(test.view()?, &control)?.at(model.unpruned()))
    };
    let (before, after) = (measure(small)?, measure(best.refitted.forest)?);
    println!("before: test log-loss {:.4}, cost {:.3}", before.log_loss.unwrap_or(f64::NAN), before.cost);
    println!("after:  test log-loss {:.4}, cost {:.3}", after.log_loss.unwrap_or(f64::NAN), after.cost);
    println!("l2 {:e}, chosen from {} trials", best.l2, best.trials.len());

    assert_eq!(before.cost, after.cost, "refitting acquires nothing");
    assert!(best.trials.iter().all(|trial| trial.loss >= 0.0));
    Ok(())
}
