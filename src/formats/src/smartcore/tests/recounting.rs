//! Counts found by routing.

use ndarray::array;
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};

use super::*;
use crate::smartcore::{Majority, RecountError, from_classifier, recount};
use secateur_forest::{ForestError, InBag, MissingDirection, Precision, RawForest, RawTree, TargetView};

/// `x0 <= 0.5 ? (x1 <= 0.5 ? leaf : leaf) : leaf`, voting for class 1 everywhere.
fn forest(task: Task) -> Forest {
    let value = match task {
        Task::Classification { .. } => [0.0, 4.0].repeat(5),
        Task::Regression => vec![7.0; 5],
    };
    let tree = RawTree {
        feature: vec![0, 1, -1, -1, -1],
        threshold: vec![0.5, 0.5, 0.0, 0.0, 0.0],
        children_left: vec![1, 2, -1, -1, -1],
        children_right: vec![4, 3, -1, -1, -1],
        missing: [MissingDirection::Right, MissingDirection::Refuse].into_iter().cycle().take(5).collect(),
        value,
        ..RawTree::default()
    };
    let raw = RawForest {
        task,
        n_features: 2,
        precision: Precision::F64,
        aggregation: Aggregation::Vote,
        base: Vec::new(),
        trees: vec![tree],
    };
    Forest::new(raw).unwrap()
}

fn binary() -> Forest {
    forest(Task::Classification { classes: names(2) })
}

fn counts(forest: &Forest) -> Vec<&[f64]> {
    (0..forest.n_nodes()).map(|node| forest.value(node)).collect()
}

#[test]
fn counts_add_up_and_unreached_nodes_keep_theirs() {
    let x = array![[0.0, 0.0], [0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [f64::NAN, 0.0]];
    let target = TargetView::Classes { labels: &[0, 1, 0, 1, 0], n_classes: 2 };
    let recounted = recount(&binary(), x.view(), target, None, None, Majority::Recounted).unwrap();
    let expected: [&[f64]; 5] = [&[3.0, 2.0], &[2.0, 1.0], &[2.0, 1.0], &[0.0, 4.0], &[1.0, 1.0]];
    assert_eq!(counts(&recounted), expected);

    // The stored class 1 wins by the least change: a tie loses against class 0.
    let stored = recount(&binary(), x.view(), target, None, None, Majority::Stored).unwrap();
    let expected: [&[f64]; 5] =
        [&[3.0, 3f64.next_up()], &[2.0, 2f64.next_up()], &[2.0, 2f64.next_up()], &[0.0, 4.0], &[1.0, 1f64.next_up()]];
    assert_eq!(counts(&stored), expected);
}

#[test]
fn weights_and_multiplicities_multiply() {
    let x = array![[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]];
    let bag = InBag::new(3, vec![vec![2, 0, 3]]).unwrap();
    let weights = [0.5, 9.0, 2.0];
    let target = TargetView::Classes { labels: &[0, 0, 1], n_classes: 2 };
    let recounted = recount(&binary(), x.view(), target, Some(&weights), Some(&bag), Majority::Recounted).unwrap();
    let expected: [&[f64]; 5] = [&[1.0, 6.0], &[1.0, 0.0], &[1.0, 0.0], &[0.0, 4.0], &[0.0, 6.0]];
    assert_eq!(counts(&recounted), expected);

    let target = TargetView::Values(&[1.0, 100.0, 2.0]);
    let recounted =
        recount(&forest(Task::Regression), x.view(), target, Some(&weights), Some(&bag), Majority::Stored).unwrap();
    assert_eq!(counts(&recounted), [&[13.0 / 7.0], &[1.0], &[1.0], &[7.0], &[2.0]]);
}

#[test]
fn what_does_not_fit_is_named() {
    let x = array![[0.0, 0.0], [1.0, 0.0]];
    let labels = TargetView::Classes { labels: &[0, 1], n_classes: 2 };
    let run = |x: &Array2<f64>, target, weights, bag| {
        recount(&binary(), x.view(), target, weights, bag, Majority::Stored).unwrap_err()
    };
    let length = |array, found, expected| RecountError::Length { array, found, expected };
    assert_eq!(run(&array![[0.0], [1.0]], labels, None, None), length("columns of x", 1, 2));
    let short = TargetView::Classes { labels: &[0], n_classes: 2 };
    assert_eq!(run(&x, short, None, None), length("target", 1, 2));
    assert_eq!(run(&x, labels, Some(&[1.0]), None), length("weights", 1, 2));
    let bag = InBag::new(3, vec![vec![1; 3]]).unwrap();
    assert_eq!(run(&x, labels, None, Some(&bag)), length("rows of the bag", 3, 2));
    let bag = InBag::new(2, vec![vec![1; 2]; 2]).unwrap();
    assert_eq!(run(&x, labels, None, Some(&bag)), length("trees of the bag", 2, 1));
    let three = TargetView::Classes { labels: &[0, 1], n_classes: 3 };
    assert_eq!(run(&x, three, None, None), length("classes", 3, 2));
    assert_eq!(run(&x, TargetView::Values(&[0.0, 1.0]), None, None), RecountError::WrongTask);
    let wild = TargetView::Classes { labels: &[0, 2], n_classes: 2 };
    assert_eq!(run(&x, wild, None, None), RecountError::Label { row: 1, label: 2, n_classes: 2 });
    assert_eq!(run(&x, labels, Some(&[1.0, -1.0]), None), RecountError::Weight { row: 1, weight: -1.0 });
    let missing = array![[0.0, f64::NAN], [1.0, 0.0]];
    assert_eq!(run(&missing, labels, None, None), RecountError::Missing { row: 0, column: 1 });
    let huge = TargetView::Values(&[f64::MAX, f64::MAX]);
    let overflow =
        recount(&forest(Task::Regression), array![[1.0, 0.0], [1.0, 0.0]].view(), huge, None, None, Majority::Stored);
    assert!(matches!(overflow, Err(RecountError::Forest(ForestError::BadValue { .. }))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// With the training rows and the marks alone, a recount that keeps the stored classes predicts as smartcore does.
    #[test]
    fn stored_majority_predicts_as_before(case in cases()) {
        let parameters = RandomForestClassifierParameters {
            max_depth: case.max_depth,
            n_trees: 5,
            keep_samples: true,
            seed: case.seed,
            ..Default::default()
        };
        let model = RandomForestClassifier::fit(&dense(&case.x), &case.labels, parameters).unwrap();
        let converted = from_classifier(&model).unwrap();
        let target = TargetView::Classes { labels: &case.labels, n_classes: 4 };
        for bag in [converted.in_bag.as_ref(), None] {
            let recounted =
                recount(&converted.forest, case.x.view(), target, None, bag, Majority::Stored).unwrap();
            for node in 0..recounted.n_nodes() {
                prop_assert_eq!(recounted.majority(node), converted.forest.majority(node));
            }
            let expected: Vec<String> =
                model.predict(&dense(&case.probe)).unwrap().iter().map(ToString::to_string).collect();
            prop_assert_eq!(predicted_names(&recounted, case.probe.view()), expected);
        }
    }
}
