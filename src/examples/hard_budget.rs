//! A hard budget: what the path offers within it, and what lies between two of its points, with a proven bound.
//!
//! Look at the columns: the pruning between the points is never worse than that of the path, and never far from a bound
//! that no pruning within the budget can beat.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Bagging, Budget, BudgetOptions, Control, Prices, Pruner};

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::breast_cancer()?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();
    let forest = Bagging::default().trees(30).fit(&data, &control)?;
    let pruned = Pruner::new(&prices).fit(forest, &data, &control)?;

    println!("budget | loss of the path | loss between points | bound on every pruning | cost");
    for amount in [1.0, 1.5, 2.0, 3.0, 4.0] {
        let budget = Budget::mean(amount);
        let point = pruned.budgeted.at_budget(budget)?;
        let (on_path, _) = pruned.budgeted.on_pruning_data(point);
        let between = pruned.within_budget(budget, &BudgetOptions::default(), &control)?;
        println!(
            "{amount:6.1} | {on_path:16.5} | {:19.5} | {:22.5} | {:.3}",
            between.loss, between.loss_bound, between.cost
        );
        assert!(budget.allows_mean(between.cost), "a hard budget holds on the pruning data");
        assert!(between.loss <= on_path + 1e-12 && between.loss_bound <= between.loss + 1e-12);
    }
    Ok(())
}
