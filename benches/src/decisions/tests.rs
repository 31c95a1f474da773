//! The meter and the pipeline on problems small enough to compute by hand.

use ndarray::array;
use secateur::forest::{
    Aggregation, BudgetedForest, Forest, Precision, PriceList, RawForest, RawTree, Source, SourceId, Task,
};
use secateur_datasets::{Dataset, Encoding, Target};

use super::meter::measure_pruned;
use super::methods::{Setting, Trial, named};
use super::problem::{Metric, Problem};
use super::run::decide;

fn table(rows: ndarray::Array2<f64>, labels: Vec<u32>) -> Dataset {
    let feature_names = (0..rows.ncols()).map(|column| format!("f{column}")).collect();
    let names = vec!["no".into(), "yes".into()];
    Dataset { features: rows, feature_names, target: Target::Classes { labels, names }, weights: None, groups: None }
}

fn split_on(feature: i64, threshold: f64, left: [f64; 2], right: [f64; 2]) -> RawTree {
    RawTree {
        feature: vec![feature, -1, -1],
        threshold: vec![threshold, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: Vec::new(),
        value: [[1.0, 1.0], left, right].concat(),
        ..RawTree::default()
    }
}

/// Two trees: the first tests f0, and f1 only on its right; the second tests f1. f0 and f1 share the source `draw`.
fn model() -> BudgetedForest {
    let first = RawTree {
        feature: vec![0, -1, 1, -1, -1],
        threshold: vec![0.5, 0.0, 0.5, 0.0, 0.0],
        children_left: vec![1, -1, 3, -1, -1],
        children_right: vec![2, -1, 4, -1, -1],
        missing: Vec::new(),
        value: [[1.0, 1.0], [4.0, 0.0], [1.0, 1.0], [1.0, 3.0], [0.0, 4.0]].concat(),
        ..RawTree::default()
    };
    let second = split_on(2, 0.5, [2.0, 2.0], [0.0, 4.0]);
    let forest = Forest::new(RawForest {
        task: Task::Classification { classes: vec!["no".into(), "yes".into()] },
        n_features: 3,
        precision: Precision::F64,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees: vec![first, second],
    });
    let source = |name: &str, per_example, per_model| Source { name: name.into(), per_example, per_model };
    let sources =
        vec![source("draw", 2.0, 0.0), source("a", 1.0, 0.5), source("b", 4.0, 0.0), source("unused", 9.0, 9.0)];
    let needs = vec![vec![SourceId(0), SourceId(1)], vec![SourceId(0), SourceId(2)], vec![SourceId(1)]];
    BudgetedForest::whole(forest.unwrap(), PriceList::new(sources, needs).unwrap()).unwrap()
}

#[test]
fn the_meter_by_hand() {
    // Row 1 pays draw, a = 3; row 2 goes right, pays b as well = 7; and `a` costs 0.5 once: (3 + 7) / 2 + 0.5.
    let rows = table(array![[0.0, 0.0, 0.0], [1.0, 0.0, 1.0]], vec![0, 0]);
    let model = model();
    let measured = measure_pruned(&model, model.unpruned(), &rows, Metric::Error).unwrap();
    assert!((measured.cost - 5.5).abs() < 1e-12, "{measured:?}");
    // Row 1: (1 + 1/2) / 2 = 3/4 for the first class; row 2: (1/4 + 0) / 2 = 1/8.
    assert_eq!(measured.metrics.error, Some(0.5));
    let log_loss = -(0.75f64.ln() + 0.125f64.ln()) / 2.0;
    assert!((measured.metrics.log_loss.unwrap() - log_loss).abs() < 1e-12);
    // Nothing kept, nothing paid.
    assert_eq!(measure_pruned(&model, model.closed(), &rows, Metric::Error).unwrap().cost, 0.0);
}

/// The answer is whether f0 is above 10; f1 is noise.
fn problem() -> Problem {
    let part = |first: usize, rows: usize| {
        let value = |row: usize| ((first + row) * 7 % 20) as f64;
        let features = ndarray::Array2::from_shape_fn((rows, 2), |(row, column)| {
            if column == 0 { value(row) } else { ((first + row) * 13 % 11) as f64 }
        });
        table(features, (0..rows).map(|row| u32::from(value(row) > 10.0)).collect())
    };
    let train = part(0, 60);
    Problem {
        name: "tiny".into(),
        seed: 1,
        encoding: Encoding::numeric(train.feature_names.clone(), None),
        prices: PriceList::uniform(&train.feature_names, 1.0).unwrap(),
        valid: part(60, 20),
        test: part(80, 20),
        train,
        judged: Metric::Error,
        budgets: vec![0.5, 1.0, 2.0],
    }
}

fn setting(python: &str) -> Setting {
    Setting { python: python.into() }
}

#[test]
fn exact_pruning_buys_what_it_needs_and_the_constant_is_free() {
    let (problem, setting) = (problem(), setting("/nowhere/python"));
    let trial = Trial { problem: &problem, setting: &setting };
    let records = decide(&trial, named("exact-gini").unwrap()).unwrap();
    assert_eq!(records.iter().map(|record| record.budget).collect::<Vec<_>>(), problem.budgets);
    assert!(records[0].valid.cost <= 0.5 && records[0].test.metrics.error.unwrap() > 0.3, "{records:?}");
    assert!(records[1].test.metrics.error.unwrap() < 0.1, "{records:?}");
    assert!(records.iter().all(|record| record.valid.cost <= record.budget + 1e-9));
    // Every point of the path is a candidate; chosen ones are measured by the common meter.
    assert!(records[0].candidates > 2);
    assert_eq!(records[1].valid.metrics.error, Some(0.0));
}

#[test]
fn curves_and_the_meter_agree() {
    let (problem, setting) = (problem(), setting("/nowhere/python"));
    let trial = Trial { problem: &problem, setting: &setting };
    for candidate in (named("exact-gini").unwrap().run)(&trial).unwrap() {
        let measured = trial.measured(&candidate.model, &problem.valid).unwrap();
        assert!((measured.cost - candidate.valid.cost).abs() < 1e-9);
        assert_eq!(measured.metrics.error, candidate.valid.metrics.error);
        let [a, b] = [measured, candidate.valid].map(|at| at.metrics.log_loss.unwrap());
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn a_missing_python_names_the_script_that_makes_it() {
    let (problem, setting) = (problem(), setting("/nowhere/python"));
    let trial = Trial { problem: &problem, setting: &setting };
    for method in ["lightgbm-lazy", "sklearn-ccp"] {
        let error = decide(&trial, named(method).unwrap()).unwrap_err().to_string();
        assert!(error.contains("benches/decisions/setup.sh") && error.contains("/nowhere/python"), "{error}");
    }
}
