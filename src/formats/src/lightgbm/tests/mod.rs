//! Models of LightGBM 4.7 (`tests/golden/lightgbm`) and texts that are none.

mod golden;
mod malformed;
mod writing;

use super::{Imported, read};
use secateur_forest::{Forest, Task};

/// A model of LightGBM with rows and its raw scores for them.
struct Golden {
    name: &'static str,
    text: &'static str,
    rows: &'static str,
    /// The objective's factor.
    sigmoid: f64,
}

macro_rules! golden {
    ($name:literal, $sigmoid:expr) => {
        Golden {
            name: $name,
            text: include_str!(concat!("../../../../../tests/golden/lightgbm/", $name, ".txt")),
            rows: include_str!(concat!("../../../../../tests/golden/lightgbm/", $name, ".csv")),
            sigmoid: $sigmoid,
        }
    };
}

const GOLDEN: [Golden; 15] = [
    golden!("binary", 0.7),
    golden!("multiclass", 1.0),
    golden!("regression", 1.0),
    golden!("ranking", 1.0),
    golden!("random-forest", 1.0),
    golden!("missing", 1.0),
    golden!("no-missing", 1.0),
    golden!("zero-as-missing", 1.0),
    golden!("zero-apart", 1.0),
    golden!("cost-efficient", 1.0),
    golden!("one-leaf", 1.0),
    golden!("missing-or-not", 1.0),
    golden!("categories", 1.0),
    golden!("categories-multiclass", 1.0),
    golden!("pandas", 1.0),
];

impl Golden {
    fn read(&self) -> Imported {
        read(self.text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Features and raw scores of each row.
    fn rows(&self, n_features: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        rows(self.rows, n_features)
    }
}

fn rows(csv: &str, n_features: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
    let number = |cell: &str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
    let lines = csv.lines().map(|line| line.split(',').map(number).collect::<Vec<_>>());
    lines.map(|row| (row[..n_features].to_vec(), row[n_features..].to_vec())).collect()
}

/// The nodes at which an example ends, one per tree.
fn ends(forest: &Forest, values: &[f64]) -> Vec<usize> {
    let end = |root: usize| {
        let mut node = root;
        while let Some(feature) = forest.feature(node) {
            node = forest.next(node, values[feature]).expect("imported splits have a direction");
        }
        node
    };
    forest.roots().map(end).collect()
}

/// Raw scores as LightGBM gives them: one for two classes and for numbers, else one per class.
fn raw_scores(forest: &Forest, values: &[f64], sigmoid: f64) -> Vec<f64> {
    let mut sum = forest.base().to_vec();
    for node in ends(forest, values) {
        sum.iter_mut().zip(forest.value(node)).for_each(|(sum, score)| *sum += score);
    }
    match forest.task() {
        Task::Classification { classes } if classes.len() == 2 => vec![(sum[1] - sum[0]) / sigmoid],
        _ => sum,
    }
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * (a.abs().max(b.abs())) + 1e-15)
}
