//! A table with text, holes and a column that is no feature: how it becomes numbers, and later tables alike.
//!
//! Look at the columns: what was inferred is kept as an encoding, stays with the model, and refuses what does not fit.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use secateur::datasets::{ColumnKind, CsvOptions, TargetColumn, parse_csv, parse_csv_with};
use secateur::{Bagging, Control, PriceList, Pruner};

const TRAIN: &str = "id,age,colour,weight,healthy
1,34,red,70.5,yes
2,51,green,,no
3,29,red,64.0,yes
4,62,blue,81.2,no
5,45,green,77.7,no
6,38,red,68.1,yes
";
const LATER: &str = "weight,colour,age\n66.0,red,31\n,blue,58\n";

fn main() -> Result<(), Box<dyn Error>> {
    let target = TargetColumn::Name("healthy".into());
    let options = CsvOptions { target, drop: vec!["id".into()], ..CsvOptions::default() };
    let (data, encoding) = parse_csv(TRAIN.as_bytes(), "train.csv", &options)?;
    for column in &encoding.columns {
        println!("{}: {:?}", column.name, column.kind);
    }
    assert_eq!(data.feature_names, ["age", "colour", "weight"]);
    assert!(matches!(encoding.columns[1].kind, ColumnKind::Categorical { .. }));
    assert!(data.features[[1, 2]].is_nan(), "an empty cell is a missing value");
    assert_eq!(data.class_names().len(), 2);

    // Columns are found by name, in any order; text gets the numbers that it had.
    let without_target = CsvOptions { target: TargetColumn::None, ..CsvOptions::default() };
    let later = parse_csv_with(&encoding, LATER.as_bytes(), "later.csv", &without_target)?;
    assert_eq!(later.features[[0, 1]], data.features[[0, 1]], "red is red");

    let control = Control::new();
    let prices = PriceList::uniform(&data.feature_names, 1.0)?;
    let mut bagging = Bagging::default().trees(10);
    bagging.params.directions_everywhere = true; // later rows may have holes where these have none
    let pruned = Pruner::new(&prices).fit(bagging.fit(&data, &control)?, &data, &control)?;
    let predictions = pruned.budgeted.serve(later.features.view(), pruned.budgeted.unpruned())?;
    println!("later rows cost {:?}, answers {}", predictions.costs, predictions.outputs);

    let refusal =
        parse_csv_with(&encoding, b"weight,age\n66.0,31\n", "short.csv", &without_target).expect_err("a column lacks");
    println!("refused: {refusal}");
    Ok(())
}
