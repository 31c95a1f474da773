//! A random forest that an application holds as a smartcore model, pruned to a budget.
//!
//! Look at the two lines of the output: the pruned forest asks for a fraction of what the whole one asks for.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::smartcore::{Majority, from_classifier, recount};
use secateur::{Budget, Control, Prices, Pruner, Target, TrainedForest};
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::breast_cancer()?;
    let [train, valid] = data.split(3, [0.6, 0.4])?;
    let Target::Classes { labels, .. } = &train.target else { return Err("tumours have classes".into()) };

    // What the application does already: labels are numbers, rows are vectors.
    let rows: Vec<Vec<f64>> = train.features.rows().into_iter().map(|row| row.to_vec()).collect();
    let parameters = RandomForestClassifierParameters::default().with_n_trees(30).with_seed(7);
    let model = RandomForestClassifier::fit(&DenseMatrix::from_2d_vec(&rows)?, labels, parameters)?;

    // smartcore keeps no class counts: they are counted anew on the training rows. Each tree has a vote.
    let view = train.view()?;
    let target = view.target().ok_or("no target")?;
    let forest = recount(&from_classifier(&model)?.forest, view.x(), target, None, None, Majority::Stored)?;

    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();
    let trained = TrainedForest { forest, in_bag: None, gains: None };
    let pruned = Pruner::new(&prices).fit(trained, &valid, &control)?; // losses on rows that no tree has seen
    pruned.verify()?;

    let point = pruned.budgeted.at_budget(Budget::mean(3.0))?;
    let curve = pruned.curve(&valid, &control)?;
    let (whole, small) = (curve.at(pruned.budgeted.unpruned()), curve.at(point));
    for (name, at) in [("whole forest", whole), ("pruned", small)] {
        println!("{name}: {} splits, {:.2} measurements, error {:.3}", at.splits, at.cost, at.error.unwrap_or(1.0));
    }
    assert!(small.cost <= 3.0 && small.cost < whole.cost && small.splits < whole.splits);
    Ok(())
}
