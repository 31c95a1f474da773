//! A LightGBM model from a text file, pruned to a budget and written back as one.
//!
//! `cargo run --release --example prune_lightgbm_file -- MODEL.txt ROWS.csv [BUDGET]`. ROWS.csv has a header with the
//! model's feature names; costs are counted on its rows. Without arguments a model of the tests is pruned.
//!
//! Look at the last line: the file that it names is a LightGBM model that asks for at most BUDGET features per row.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::{Path, PathBuf};

use secateur::{Budget, Control, CsvOptions, Dataset, PriceList, Pruner, Target, TargetColumn, lightgbm, read_csv};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/lightgbm");
    let argument = |index: usize, name: &str| arguments.get(index).map_or_else(|| golden.join(name), PathBuf::from);
    let budget = arguments.get(2).map_or(Ok(2.0), |text| text.parse())?;

    let imported = lightgbm::read(&std::fs::read_to_string(argument(0, "binary.txt"))?)?;
    let names = imported.records.header.feature_names.clone();
    let options = CsvOptions { target: TargetColumn::None, ..CsvOptions::default() };
    let (rows, _) = read_csv(&argument(1, "binary.csv"), &options)?;
    // Columns by name, so that a target among them is left out. The rows of the tests have no names.
    let column = |(index, name)| match rows.feature_names.iter().position(|found| found == name) {
        None if arguments.is_empty() => Ok(index),
        found => found.ok_or_else(|| format!("the rows have no column {name:?}")),
    };
    let columns: Vec<usize> = names.iter().enumerate().map(column).collect::<Result<_, _>>()?;
    let features = rows.features.select(ndarray::Axis(1), &columns);
    let rows = Dataset { features, feature_names: names, ..rows };
    assert_eq!(rows.target, Target::None, "the gains that the file records are the losses: no target is needed");

    let prices = PriceList::uniform(&rows.feature_names, 1.0)?; // or Prices::read("prices.toml")?.resolve(..)
    let pruned = Pruner::new(&prices).fit(imported.clone(), &rows, &Control::new())?;
    pruned.verify()?;
    let point = pruned.budgeted.at_budget(Budget::mean(budget))?;
    let (forest, origin) = pruned.budgeted.pruned(point);
    let (before, after) = (imported.forest.n_splits(), forest.n_splits());
    let text = lightgbm::write(&imported.pruned(forest, &origin).ok_or("nodes of another model")?)?;

    let out = std::env::temp_dir().join("secateur-pruned.txt");
    std::fs::write(&out, &text)?;
    let cost = pruned.budgeted.on_pruning_data(point).1;
    println!("{before} splits before, {after} after, {cost:.2} features per row");
    println!("written to {}", out.display());
    assert!(cost <= budget && after < before);
    assert_eq!(lightgbm::read(&text)?.forest.n_splits(), after, "what is written is what is read");
    Ok(())
}
