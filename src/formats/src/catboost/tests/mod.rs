//! Models of CatBoost 1.2 (`tests/golden/catboost`) and texts that are none.

mod golden;
mod malformed;
mod writing;

use super::{Imported, Stated, read, read_as};
use secateur_forest::{Forest, Task};

/// A model of CatBoost with rows and its raw scores for them.
struct Golden {
    name: &'static str,
    text: &'static str,
    rows: &'static str,
}

macro_rules! golden {
    ($name:literal) => {
        Golden {
            name: $name,
            text: include_str!(concat!("../../../../../tests/golden/catboost/", $name, ".json")),
            rows: include_str!(concat!("../../../../../tests/golden/catboost/", $name, ".csv")),
        }
    };
}

const GOLDEN: [Golden; 12] = [
    golden!("binary"),
    golden!("names"),
    golden!("multiclass"),
    golden!("missing-low"),
    golden!("missing-high"),
    golden!("missing-or-not"),
    golden!("lossguide"),
    golden!("depthwise"),
    golden!("cross-entropy"),
    golden!("ranking"),
    golden!("poisson"),
    golden!("scaled"),
];

fn golden(name: &str) -> &'static Golden {
    GOLDEN.iter().find(|golden| golden.name == name).unwrap()
}

impl Golden {
    fn read(&self) -> Imported {
        let found = if self.name == "poisson" { read_as(self.text, Stated::Raw) } else { read(self.text) };
        found.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// Features of each row, and what CatBoost makes of them: scores, then leaves.
fn rows(csv: &str) -> Vec<(Vec<f64>, Vec<f64>)> {
    let number = |cell: &str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
    let lines = csv.lines().map(|line| line.split(',').map(number).collect::<Vec<_>>());
    lines.map(|row| (row[..4].to_vec(), row[4..].to_vec())).collect()
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

/// Raw scores as CatBoost gives them: one for two classes and for numbers, else one per class.
fn raw_scores(forest: &Forest, values: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; forest.n_outputs()];
    for node in ends(forest, values) {
        sum.iter_mut().zip(forest.value(node)).for_each(|(sum, score)| *sum += score);
    }
    sum.iter_mut().zip(forest.base()).for_each(|(sum, base)| *sum += base);
    match forest.task() {
        Task::Classification { classes } if classes.len() == 2 => vec![sum[1] - sum[0]],
        _ => sum,
    }
}

/// The leaves at which an example ends, as CatBoost numbers those of oblivious trees: a bit per level.
fn leaf_indices(forest: &Forest, values: &[f64]) -> Vec<f64> {
    let index = |root: usize| {
        let (mut node, mut level, mut index) = (root, 0, 0u32);
        while let Some(feature) = forest.feature(node) {
            let next = forest.next(node, values[feature]).expect("imported splits have a direction");
            index |= u32::from(next != node + 1) << level;
            (node, level) = (next, level + 1);
        }
        f64::from(index)
    };
    forest.roots().map(index).collect()
}

/// The leaves at which an example ends, numbered from left to right.
fn leaf_places(forest: &Forest, values: &[f64]) -> Vec<f64> {
    let place = |(tree, end): (usize, usize)| {
        (forest.tree(tree).start..end).filter(|&node| forest.is_leaf(node)).count() as f64
    };
    ends(forest, values).into_iter().enumerate().map(place).collect()
}
