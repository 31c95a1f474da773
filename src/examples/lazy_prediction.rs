//! One example at a time: features are fetched when a split needs them, and every source is paid once.
//!
//! The source is yours and is passed by `&mut`: a sensor, a query, a call. It may fail, and its error comes back.
//! Look at what is fetched, in which order, and that the cap is kept.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::embedded;
use secateur::{Bagging, Budget, Control, FeatureSource, LazyOptions, ModelFile, Prices, Pruner, SourceId};

/// A patient's file: says what is measured, and has the values.
struct Patient {
    values: Vec<f64>,
    measured: Vec<String>,
}

impl FeatureSource for Patient {
    type Error = std::io::Error;

    fn acquire(&mut self, _source: SourceId, name: &str) -> Result<(), Self::Error> {
        self.measured.push(name.to_owned());
        Ok(())
    }

    fn value(&mut self, feature: usize) -> Result<f64, Self::Error> {
        Ok(self.values[feature])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (data, encoding) = embedded::breast_cancer()?;
    let [train, test] = data.split(5, [0.7, 0.3])?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;
    let control = Control::new();
    let forest = Bagging::default().trees(40).fit(&train, &control)?;
    let pruned = Pruner::new(&prices).fit(forest, &train, &control)?;
    let point = pruned.budgeted.unpruned();
    let served = ModelFile::new(encoding, pruned.into_model(point)).open(Budget::mean(5.0))?;

    let batch = served.predict(test.features.view())?;
    for row in 0..3 {
        let mut patient = Patient { values: test.features.row(row).to_vec(), measured: Vec::new() };
        let prediction = served.predict_lazy(&mut patient, LazyOptions::default())?;
        println!("patient {row}: class {} after {:?}", prediction.class, patient.measured);
        assert_eq!(prediction.outputs, batch.outputs.row(row).to_vec(), "the same bits as the batch");
        assert_eq!(prediction.bill.total, batch.costs[row]);

        let capped = LazyOptions { cap: Some(2.0), stop_when_settled: true, ..LazyOptions::default() };
        let mut patient = Patient { values: patient.values, measured: Vec::new() };
        let prediction = served.predict_lazy(&mut patient, capped)?;
        println!("  at most 2: class {} after {:?}, {} trees", prediction.class, patient.measured, prediction.trees);
        assert!(prediction.bill.total <= 2.0 && patient.measured.len() <= 2);
    }
    Ok(())
}
