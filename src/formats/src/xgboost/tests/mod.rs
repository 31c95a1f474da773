//! Models of XGBoost 3.2, 1.7 and 1.0 (`tests/golden/xgboost`) and bytes that are none.

mod golden;
mod malformed;
mod real;
mod syntax;
mod writing;

use super::{Imported, Objective, Stated, Syntax, read, read_as};
use secateur_forest::Forest;

/// A model of XGBoost, with rows and its margins and leaves for them.
struct Golden {
    name: &'static str,
    bytes: &'static [u8],
    rows: &'static str,
    /// What the caller must say of its scores.
    stated: Option<Stated>,
    /// Learning rate of each tree's inner values, 0 where it cannot be found out.
    rate: f32,
}

macro_rules! golden {
    ($name:literal, $ending:literal, $rate:expr) => {
        golden!($name, $ending, $rate, None)
    };
    ($name:literal, $ending:literal, $rate:expr, $stated:expr) => {
        Golden {
            name: $name,
            bytes: include_bytes!(concat!("../../../../../tests/golden/xgboost/", $name, ".", $ending)),
            rows: include_str!(concat!("../../../../../tests/golden/xgboost/", $name, ".csv")),
            stated: $stated,
            rate: $rate,
        }
    };
}

const GOLDEN: [Golden; 26] = [
    golden!("logistic", "json", 0.3),
    golden!("logistic-binary", "ubj", 0.3),
    golden!("logitraw", "json", 0.3),
    golden!("probability", "json", 0.3),
    golden!("softprob", "json", 0.3),
    golden!("regression", "ubj", 0.1),
    golden!("absolute", "json", 0.0),
    golden!("ranking", "json", 0.3),
    golden!("dart", "json", 0.3),
    golden!("dart-softmax", "ubj", 0.3),
    golden!("random-forest", "json", 1.0 / 3.0),
    golden!("boosted-forests", "ubj", 0.1),
    golden!("deleted", "json", 0.3),
    golden!("poisson", "json", 0.0, Some(Stated::Raw)),
    golden!("vectors", "json", 0.0),
    golden!("stopped", "json", 0.9),
    golden!("zeros", "json", 0.3),
    golden!("categories", "json", 0.3),
    golden!("one-hot", "ubj", 0.3),
    golden!("old-logistic", "json", 0.3),
    golden!("old-logitraw", "json", 0.3),
    golden!("old-softmax", "ubj", 0.3),
    golden!("oldest-logistic", "json", 0.3),
    golden!("oldest-dart", "json", 0.3),
    golden!("oldest-softmax", "json", 0.15),
    golden!("oldest-logitraw", "json", 0.3),
];

/// The golden model of this name.
fn named(name: &str) -> &'static Golden {
    GOLDEN.iter().find(|golden| golden.name == name).unwrap()
}

impl Golden {
    fn read(&self) -> Imported {
        self.read_bytes(self.bytes)
    }

    fn read_bytes(&self, bytes: &[u8]) -> Imported {
        let read = match self.stated {
            None => read(bytes),
            Some(stated) => read_as(bytes, stated),
        };
        read.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn syntax(&self) -> Syntax {
        if self.bytes[1] == b'"' { Syntax::Json } else { Syntax::Ubjson }
    }

    /// Features, margins and leaves of each row.
    fn rows(&self, model: &Imported) -> Vec<Row> {
        rows(self.rows, model)
    }
}

struct Row {
    values: Vec<f64>,
    margins: Vec<f32>,
    leaves: Vec<u32>,
}

fn rows(csv: &str, model: &Imported) -> Vec<Row> {
    let number = |cell: &&str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let (values, rest) = cells.split_at(model.forest.n_features());
        let (margins, leaves) = rest.split_at(margins_of(model, model.forest.base()).len());
        Row {
            values: values.iter().map(number).collect(),
            margins: margins.iter().map(|cell| cell.parse().unwrap()).collect(),
            leaves: leaves.iter().map(|cell| cell.parse().unwrap()).collect(),
        }
    };
    csv.lines().map(row).collect()
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

/// Margins as XGBoost gives them, from scores of the forest: one for two classes and for numbers, else one per class.
fn margins_of(model: &Imported, scores: &[f64]) -> Vec<f64> {
    match model.records.header.objective {
        Objective::Logistic(_) => vec![scores[1] - scores[0]],
        _ => scores.to_vec(),
    }
}

/// Margins added up in double precision.
fn margins(model: &Imported, values: &[f64]) -> Vec<f64> {
    let mut sum = model.forest.base().to_vec();
    for node in ends(&model.forest, values) {
        sum.iter_mut().zip(model.forest.value(node)).for_each(|(sum, score)| *sum += score);
    }
    margins_of(model, &sum)
}

/// Margins added up as XGBoost does: in single precision, in the order of trees.
fn single_margins(model: &Imported, values: &[f64]) -> Vec<f32> {
    let single = |scores: &[f64]| margins_of(model, scores).into_iter().map(|score| score as f32).collect::<Vec<_>>();
    let mut sum = single(model.forest.base());
    for node in ends(&model.forest, values) {
        sum.iter_mut().zip(single(model.forest.value(node))).for_each(|(sum, score)| *sum += score);
    }
    sum
}

fn close(found: &[f64], expected: &[f32]) -> bool {
    let near = |(a, b): (&f64, &f32)| (a - f64::from(*b)).abs() <= 1e-6 * a.abs().max(1.0);
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}
