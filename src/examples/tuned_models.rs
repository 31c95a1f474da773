//! One model per budget, chosen on held-out data, and served under a hard cap per example.
//!
//! Look at the table: a larger budget is never served by a model that errs more on held-out data, and under a cap no
//! example pays more than the cap.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Budget, Control, Effort, ModelFile, Prices, Tuner};

fn main() -> Result<(), Box<dyn Error>> {
    let (data, encoding) = embedded::breast_cancer()?;
    let [train, valid, test] = data.split(4, [0.5, 0.25, 0.25])?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let budgets = [1.0, 2.0, 4.0, 8.0];
    let tuner = Tuner::new(&prices).budgets(budgets).effort(Effort::Quick).seed(11);
    let (tuned, trials) = tuner.fit_with_trials(&train, &valid, &Control::new())?;
    println!("{} trials, {} models, {} folds", trials.len(), tuned.models.len(), tuned.folds);

    for chosen in &tuned.chosen {
        let model = &tuned.models[chosen.model];
        let valid = &model.valid.measured;
        println!(
            "within {}: {} costs {:.2}, error {:.4}",
            chosen.budget,
            model.origin,
            valid.cost,
            valid.metrics.error.unwrap_or(1.0)
        );
        assert!(Budget::mean(chosen.budget).allows_mean(valid.cost));
    }

    let cap = 3.0;
    let served = ModelFile::new(encoding, tuned).open(Budget::cap(cap))?;
    for row in 0..test.n_examples() {
        let mut measure = |feature: usize| test.features[[row, feature]];
        let prediction = served.predict_lazy(&mut measure, served.lazy_options())?;
        assert!(prediction.bill.total <= cap, "row {row} paid {}", prediction.bill.total);
    }
    println!("{} test rows, none of which paid more than {cap}", test.n_examples());
    Ok(())
}
