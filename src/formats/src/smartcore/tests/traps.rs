//! What smartcore does differently than one expects. If a test fails after an upgrade, the bridge must be reviewed.

use std::panic::catch_unwind;

use ndarray::array;
use secateur_program::Control;
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::tree::decision_tree_classifier::DecisionTreeClassifier;

use super::*;
use crate::smartcore::{
    SmartcoreEngine, SmartcoreParams, TrainError, from_classifier, from_regressor, train_classifier, train_regressor,
};

/// 60 rows, 2 columns without ties, 3 classes in stripes.
fn stripes() -> (Array2<f64>, Vec<u32>) {
    let x = Array2::from_shape_fn((60, 2), |(row, column)| ((row * (17 + 6 * column)) % 61) as f64);
    let labels = x.outer_iter().map(|row| (row[0] as u32 / 7) % 3).collect();
    (x, labels)
}

fn depth(forest: &Forest, node: usize) -> usize {
    forest
        .children(node)
        .map_or(0, |children| 1 + children.map(|child| depth(forest, child)).into_iter().max().unwrap())
}

fn depths(forest: &Forest) -> Vec<usize> {
    forest.roots().map(|root| depth(forest, root)).collect()
}

fn params(n_trees: usize) -> SmartcoreParams {
    SmartcoreParams { n_trees, ..SmartcoreParams::default() }
}

#[test]
fn splits_that_were_not_carried_out_stay_on_leaves() {
    let (x, y) = stripes();
    let parameters = RandomForestClassifierParameters::default().with_max_depth(3).with_n_trees(3);
    let model = RandomForestClassifier::fit(&dense(&x), &y, parameters).unwrap();
    let document = serde_json::to_value(&model).unwrap();
    let forest = from_classifier(&model).unwrap().forest;
    let mut stale = 0;
    for (tree, fitted) in document["trees"].as_array().unwrap().iter().enumerate() {
        let nodes = fitted["nodes"].as_array().unwrap();
        stale += nodes.iter().filter(|node| node["true_child"].is_null() && !node["split_value"].is_null()).count();
        let leaves = nodes.iter().filter(|node| node["true_child"].is_null()).count();
        assert_eq!(forest.tree(tree).filter(|&node| forest.is_leaf(node)).count(), leaves);
    }
    assert!(stale > 0, "the trap is gone");
}

#[test]
fn max_depth_counts_levels_there_and_splits_here() {
    let (x, labels) = stripes();
    let y: Vec<f64> = labels.iter().map(|&label| f64::from(label)).collect();
    for levels in 0..5u16 {
        let splits = usize::from(levels.saturating_sub(1)); // 0 and 1 both mean a single leaf
        let parameters = RandomForestClassifierParameters::default().with_max_depth(levels).with_n_trees(3);
        let model = RandomForestClassifier::fit(&dense(&x), &labels, parameters).unwrap();
        assert_eq!(depths(&from_classifier(&model).unwrap().forest), [splits; 3]);
        let parameters = RandomForestRegressorParameters::default().with_max_depth(levels).with_n_trees(3);
        let model = RandomForestRegressor::fit(&dense(&x), &y, parameters).unwrap();
        assert_eq!(depths(&from_regressor(&model).unwrap().forest), [splits; 3]);
    }
    for splits in 0..5 {
        let params = SmartcoreParams { max_depth: Some(splits), ..params(3) };
        let trained = train_classifier(x.view(), &labels, &names(3), &params, &Control::new()).unwrap();
        assert_eq!(depths(&trained.forest), [splits; 3]);
        let trained = train_regressor(x.view(), &y, &params, &Control::new()).unwrap();
        assert_eq!(depths(&trained.forest), [splits; 3]);
    }
    for (splits, levels) in [(0, Some(1)), (65534, Some(65535)), (65535, None), (usize::MAX, None)] {
        assert_eq!(SmartcoreParams { max_depth: Some(splits), ..params(1) }.levels(), levels);
    }
}

#[test]
fn the_classifier_misses_splits_between_ties_and_the_regressor_does_not() {
    let x = array![[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]];
    let grown = |y: Vec<u32>| {
        let tree = DecisionTreeClassifier::fit(&dense(&x), &y, Default::default()).unwrap();
        let document = serde_json::to_value(&tree).unwrap();
        document["nodes"][0]["split_value"].as_f64()
    };
    assert_eq!(grown(vec![0, 0, 1, 1, 1, 1]), None);
    assert_eq!(grown(vec![0, 1, 0, 1, 1, 1]), Some(0.5)); // the same examples in another order

    for labels in [[0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 1, 1]] {
        let trained = train_classifier(x.view(), &labels, &names(2), &params(50), &Control::new()).unwrap();
        for tree in 0..50 {
            let bag = trained.in_bag.tree(tree);
            let both_classes = (0..6).any(|row| bag[row] > 0 && labels[row] == 0)
                && labels.iter().zip(bag).any(|(&label, &count)| label == 1 && count > 0);
            let both_values = bag[..3].iter().any(|&count| count > 0) && bag[3..].iter().any(|&count| count > 0);
            let root = trained.forest.tree(tree).start;
            assert_eq!(trained.forest.feature(root).is_some(), both_classes && both_values);
        }
    }
}

#[test]
fn missing_and_infinite_values_panic_there_and_are_refused_here() {
    let (mut x, labels) = stripes();
    let y = vec![1.0; 60];
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        x[[41, 1]] = value;
        let refused = |result| matches!(result, Err(TrainError::Feature { row: 41, column: 1, value: found }) if found.to_bits() == value.to_bits());
        let params = params(2);
        assert!(refused(train_classifier(x.view(), &labels, &names(3), &params, &Control::new())));
        assert!(refused(train_regressor(x.view(), &y, &params, &Control::new())));
    }
    let all_missing = DenseMatrix::new(60, 1, vec![f64::NAN; 60], true).unwrap();
    let panics = catch_unwind(|| {
        let _ = RandomForestClassifier::fit(&all_missing, &labels, Default::default());
    });
    assert!(panics.is_err(), "the trap is gone");
}

#[test]
fn labels_need_not_be_indices() {
    let (x, labels) = stripes();
    let y: Vec<i64> = labels.iter().map(|&label| [7, -1, 3][label as usize]).collect();
    let parameters = RandomForestClassifierParameters::default().with_n_trees(7);
    let model = RandomForestClassifier::fit(&dense(&x), &y, parameters).unwrap();
    let forest = from_classifier(&model).unwrap().forest;
    assert_eq!(forest.task(), &Task::Classification { classes: ["-1", "3", "7"].map(String::from).to_vec() });
    let expected: Vec<String> = model.predict(&dense(&x)).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(predicted_names(&forest, x.view()), expected);
}

#[test]
fn one_class_is_an_error_there_and_a_leaf_here() {
    let (x, _) = stripes();
    assert!(RandomForestClassifier::fit(&dense(&x), &vec![5; 60], Default::default()).is_err());
    for engine in [SmartcoreEngine::Auto, SmartcoreEngine::Classifier, SmartcoreEngine::RegressorOnBinary] {
        for (label, n_classes) in [(0, 1), (1, 3)] {
            let params = SmartcoreParams { engine, ..params(4) };
            let trained =
                train_classifier(x.view(), &[label; 60], &names(n_classes), &params, &Control::new()).unwrap();
            assert_eq!(trained.forest.n_nodes(), 4);
            let mut expected = vec![0.0; n_classes];
            expected[label as usize] = 60.0;
            assert!((0..4).all(|node| trained.forest.value(node) == expected));
        }
    }
}

#[test]
fn the_classifier_draws_class_by_class_and_the_regressor_does_not() {
    let (x, labels) = stripes();
    let control = Control::new();
    let occurring: Vec<u32> =
        (0..3).map(|class| labels.iter().filter(|&&label| label == class).count() as u32).collect();
    let drawn = |bag: &[u16]| -> Vec<u32> {
        (0..3)
            .map(|class| labels.iter().zip(bag).filter(|(label, _)| **label == class).map(|(_, &n)| u32::from(n)).sum())
            .collect()
    };
    let trained = train_classifier(x.view(), &labels, &names(3), &params(20), &control).unwrap();
    assert!((0..20).all(|tree| drawn(trained.in_bag.tree(tree)) == occurring));
    let y: Vec<f64> = labels.iter().map(|&label| f64::from(label)).collect();
    let trained = train_regressor(x.view(), &y, &params(20), &control).unwrap();
    assert!((0..20).any(|tree| drawn(trained.in_bag.tree(tree)) != occurring));
}

#[test]
fn the_regressor_splits_pure_nodes_there_and_not_here() {
    let x = Array2::from_shape_fn((30, 1), |(row, _)| row as f64);
    let y = vec![0.1; 30];
    let model = RandomForestRegressor::fit(&dense(&x), &y, Default::default()).unwrap();
    assert!(from_regressor(&model).unwrap().forest.n_splits() > 0, "the trap is gone");
    let trained = train_regressor(x.view(), &y, &params(5), &Control::new()).unwrap();
    assert_eq!(trained.forest.n_splits(), 0);

    let labels: Vec<u32> = (0..30).map(|row| u32::from(row >= 15)).collect();
    let trained = train_classifier(x.view(), &labels, &names(2), &params(5), &Control::new()).unwrap();
    assert_eq!(trained.forest.n_splits(), 5); // one threshold tells the classes apart
}

#[test]
fn kept_samples_are_marks_not_multiplicities() {
    let (x, labels) = stripes();
    let parameters = RandomForestClassifierParameters::default().with_n_trees(3).with_keep_samples(true);
    let bag = from_classifier(&RandomForestClassifier::fit(&dense(&x), &labels, parameters).unwrap())
        .unwrap()
        .in_bag
        .unwrap();
    assert_eq!((bag.n_trees(), bag.n_rows()), (3, 60));
    assert!((0..3).all(|tree| bag.tree(tree).iter().all(|&mark| mark <= 1)));
}
