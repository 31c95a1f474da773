//! Choosing an operating point on validation data, and saying on other data how far its figures can be trusted.
//!
//! Look at the interval of the difference: it is of pairs on the same rows, and so is narrower than that of the error.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::forest::{Interval, IntervalOptions};
use secateur::{Bagging, Budget, Control, Prices, Pruner};

fn show(name: &str, interval: Interval) {
    println!("{name:36} {:7.4}, 95 % interval {:7.4} to {:7.4}", interval.mean, interval.low, interval.high);
}

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::breast_cancer()?;
    let [train, valid, test] = data.split(2, [0.4, 0.3, 0.3])?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();
    let forest = Bagging::default().trees(60).fit(&train, &control)?;
    let pruned = Pruner::new(&prices).fit(forest, &train, &control)?;

    // Every breakpoint on validation data; the best of those that cost at most 3. Nothing is chosen on test data.
    let curve = pruned.curve(&valid, &control)?;
    let point = curve.best_within(Budget::mean(3.0))?;
    println!("{} breakpoints, chosen lambda {:.5}", curve.points.len(), curve.at(point).lambda);

    let intervals = pruned.budgeted.intervals(point, test.view()?, &IntervalOptions::default(), &control)?;
    let (loss, difference) = (intervals.loss.ok_or("no target")?, intervals.loss_above_unpruned.ok_or("no target")?);
    show("test error", loss);
    show("test cost", intervals.cost);
    show("error above that of the whole forest", difference);
    show("cost above that of the whole forest", intervals.cost_above_unpruned);

    assert!(curve.at(point).cost <= 3.0);
    assert!(loss.low <= loss.mean && loss.mean <= loss.high);
    assert!(difference.high - difference.low < loss.high - loss.low, "pairs vary less than the losses themselves");
    assert!(intervals.cost_above_unpruned.high < 0.0, "the pruned forest is cheaper beyond doubt");
    Ok(())
}
