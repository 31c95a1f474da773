//! From a table and a price list to a model file, and from the file to predictions.
//!
//! Look at the last two lines: the served model stays within the budget that it was opened at, and one example pays for
//! a few of the ten measurements only.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Budget, Control, Effort, LazyOptions, ModelFile, Prices, Tuner};

fn main() -> Result<(), Box<dyn Error>> {
    // 569 tumours, 30 features that come from 10 measurements. A file: read_csv(path, &CsvOptions::default()).
    let (data, encoding) = embedded::breast_cancer()?;
    let [train, valid, test] = data.split(1, [0.5, 0.25, 0.25])?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();

    let tuned = Tuner::new(&prices).budgets([2.0, 4.0]).effort(Effort::Quick).fit(&train, &valid, &control)?;

    let path = std::env::temp_dir().join(format!("secateur-road-{}.secateur", std::process::id()));
    ModelFile::new(encoding, tuned).save(&path)?;
    let served = ModelFile::load(&path)?.open(Budget::mean(4.0))?;
    std::fs::remove_file(&path)?;

    let evaluation = served.evaluate(test.view()?, &Default::default(), &control)?;
    let error = evaluation.measured.metrics.error.expect("a classifier has an error");
    println!("test: error {error:.3} at {:.2} measurements per tumour, of 10", evaluation.cost.mean);

    let mut measure = |feature: usize| test.features[[0, feature]];
    let prediction = served.predict_lazy(&mut measure, LazyOptions::default())?;
    println!("first tumour: class {} for {} measurements", prediction.class, prediction.bill.sources.len());

    assert!(error < 0.15, "the error was {error}");
    assert!(evaluation.cost.mean < 5.0, "test data cost about as much as validation data");
    assert_eq!(prediction.bill.total, prediction.bill.sources.len() as f64, "every measurement costs 1");
    Ok(())
}
