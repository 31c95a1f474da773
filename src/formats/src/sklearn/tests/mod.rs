//! Models of scikit-learn 1.9 (`tests/golden/sklearn`) and files that are none.

mod golden;
mod malformed;
mod writing;

use super::{Imported, Stated, read, read_as};
use secateur_forest::{Aggregation, Forest, Task, argmax};

/// A model of scikit-learn with rows and its answers for them.
struct Golden {
    name: &'static str,
    bytes: &'static [u8],
    rows: &'static str,
}

macro_rules! golden {
    ($name:literal) => {
        Golden {
            name: $name,
            bytes: include_bytes!(concat!("../../../../../tests/golden/sklearn/", $name, ".skl")),
            rows: include_str!(concat!("../../../../../tests/golden/sklearn/", $name, ".csv")),
        }
    };
}

const GOLDEN: [Golden; 17] = [
    golden!("random-forest"),
    golden!("weighted"),
    golden!("extra-trees"),
    golden!("decision-tree"),
    golden!("extra-tree"),
    golden!("one-class"),
    golden!("boosted-classes"),
    golden!("boosted-exponential"),
    golden!("boosted-squares"),
    golden!("boosted-huber"),
    golden!("boosted-zero"),
    golden!("hist-classes"),
    golden!("hist-binary"),
    golden!("hist-missing"),
    golden!("hist-absolute"),
    golden!("hist-poisson"),
    golden!("hist-categories"),
];

fn golden(name: &str) -> &'static Golden {
    GOLDEN.iter().find(|golden| golden.name == name).unwrap()
}

impl Golden {
    fn read(&self) -> Imported {
        let found = if self.name == "hist-poisson" { read_as(self.bytes, Stated::Raw) } else { read(self.bytes) };
        found.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// Features of each row, and what scikit-learn makes of them.
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
            node = forest.next(node, values[feature]).expect("the rows miss nothing that the model refuses");
        }
        node
    };
    forest.roots().map(end).collect()
}

/// Probabilities of averaged forests; scores of boosted ones, one for two classes.
fn answers(model: &Imported, values: &[f64]) -> Vec<f64> {
    let forest = &model.forest;
    let mut sums = forest.base().to_vec();
    for node in ends(forest, values) {
        let value = forest.value(node);
        let total: f64 = value.iter().sum();
        let is_count = forest.aggregation() == Aggregation::Mean && *forest.task() != Task::Regression;
        sums.iter_mut().zip(value).for_each(|(sum, value)| *sum += if is_count { value / total } else { *value });
    }
    if forest.aggregation() == Aggregation::Mean {
        sums.iter_mut().for_each(|sum| *sum /= forest.n_trees() as f64);
    } else if sums.len() == 2 {
        let factor = if model.records.header.texts["loss"] == "exponential" { 2.0 } else { 1.0 };
        sums = vec![sums[1] / factor];
    }
    sums
}

/// The nodes of the file at which an example ends.
fn leaves(model: &Imported, values: &[f64]) -> Vec<f64> {
    let (forest, places) = (&model.forest, &model.records.places);
    let place = |(tree, end): (usize, usize)| match places.get(end) {
        Some(place) => f64::from(*place),
        None => (end - forest.tree(tree).start) as f64,
    };
    ends(forest, values).into_iter().enumerate().map(place).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-14 * (1.0 + a.abs().max(b.abs())))
}

/// A model pruned to its larger gains: about every third split goes, and what is below.
fn pruned(model: &Imported) -> Imported {
    let mut gains: Vec<f64> = model.gains.iter().copied().filter(|gain| *gain > 0.0).collect();
    gains.sort_by(f64::total_cmp);
    let least = gains.get(gains.len() / 3).copied().unwrap_or_default();
    let (forest, origin) = model.forest.restricted(|node| model.gains[node] >= least);
    model.pruned(forest, &origin).unwrap()
}

/// The class with the largest answer.
fn class(answers: &[f64]) -> usize {
    argmax(answers)
}
