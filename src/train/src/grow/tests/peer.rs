//! Agreement with smartcore's trees on data without ties, where both mean the same.

use ndarray::Array2;
use proptest::prelude::*;
use serde_json::Value;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::tree::decision_tree_classifier::{
    DecisionTreeClassifier, DecisionTreeClassifierParameters, SplitCriterion,
};
use smartcore::tree::decision_tree_regressor::{DecisionTreeRegressor, DecisionTreeRegressorParameters};

use super::data::{Data, one_tree};
use crate::grow::{Criterion, GrowParams};
use secateur_forest::{Forest, TargetView};

/// Continuous features without equal values.
fn continuous() -> impl Strategy<Value = Data> {
    (4usize..60, 1usize..5).prop_flat_map(|(rows, columns)| {
        let column = || Just((0..rows).collect::<Vec<_>>()).prop_shuffle();
        let columns: Vec<_> = (0..columns).map(|_| column()).collect();
        (columns, prop::collection::vec(0u32..3, rows), prop::collection::vec(-1.0..1.0f64, rows)).prop_map(
            move |(columns, mut labels, values)| {
                labels[..3].copy_from_slice(&[0, 1, 2]); // smartcore renumbers classes that do not occur
                let x = Array2::from_shape_fn((rows, columns.len()), |(row, column)| {
                    columns[column][row] as f64 * 0.7 + (columns[column][row] as f64 * 0.1).sin()
                });
                Data { x, labels, n_classes: 3, values, weights: None }
            },
        )
    })
}

fn matrix(x: &Array2<f64>) -> DenseMatrix<f64> {
    DenseMatrix::from_2d_vec(&x.outer_iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

/// Follows both trees down and stops where they differ; there both splits must be equally good.
fn same_up_to_ties(data: &Data, criterion: Criterion, forest: &Forest, nodes: &[Value]) -> usize {
    let mut same = 0;
    let mut stack = vec![(forest.tree(0).start, 0usize, (0..data.x.nrows()).collect::<Vec<_>>())];
    while let Some((ours, theirs, rows)) = stack.pop() {
        let node = &nodes[theirs];
        let Some(children) = node["true_child"].as_u64().zip(node["false_child"].as_u64()) else {
            assert!(forest.is_leaf(ours), "a leaf there, a split here, of rows {rows:?}");
            continue;
        };
        if forest.is_leaf(ours) && impurity(data, criterion, &rows) < 1e-12 {
            continue; // its regressor splits nodes of one value
        }
        let here = (forest.feature(ours).expect("a split there"), forest.threshold(ours));
        let there = (node["split_feature"].as_u64().unwrap() as usize, node["split_value"].as_f64().unwrap());
        let parts = |(feature, threshold): (usize, f64)| -> [Vec<usize>; 2] {
            let (left, right) = rows.iter().partition(|&&row| data.x[[row, feature]] <= threshold);
            [left, right]
        };
        let [left, right] = parts(here);
        if parts(there) == [left.clone(), right.clone()] && here.0 == there.0 {
            assert!((here.1 - there.1).abs() < 1e-9);
            same += 1;
            let [a, b] = forest.children(ours).unwrap();
            stack.extend([(a, children.0 as usize, left), (b, children.1 as usize, right)]);
        } else {
            let cost = |parts: [Vec<usize>; 2]| parts.iter().map(|side| impurity(data, criterion, side)).sum::<f64>();
            let (here, there) = (cost(parts(here)), cost(parts(there)));
            assert!((here - there).abs() < 1e-9, "cost {here} here, {there} there, of rows {rows:?}");
        }
    }
    same
}

fn impurity(data: &Data, criterion: Criterion, rows: &[usize]) -> f64 {
    let total = rows.len() as f64;
    if criterion == Criterion::SquaredError {
        let mean = rows.iter().map(|&row| data.values[row]).sum::<f64>() / total;
        return rows.iter().map(|&row| (data.values[row] - mean).powi(2)).sum();
    }
    let fraction = |class| rows.iter().filter(|&&row| data.labels[row] == class).count() as f64 / total;
    let terms = (0..3).map(fraction).filter(|&fraction| fraction > 0.0);
    match criterion {
        Criterion::Gini => total * (1.0 - terms.map(|fraction| fraction * fraction).sum::<f64>()),
        _ => -total * terms.map(|fraction| fraction * fraction.log2()).sum::<f64>(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn classifier(data in continuous(), entropy: bool, max_depth in prop_oneof![Just(None), (1u16..6).prop_map(Some)]) {
        let (criterion, theirs) =
            if entropy { (Criterion::Entropy, SplitCriterion::Entropy) } else { (Criterion::Gini, SplitCriterion::Gini) };
        let params = GrowParams {
            criterion: Some(criterion),
            max_depth: max_depth.map(usize::from),
            ..one_tree()
        };
        let grown = data.grow(data.classes(), &params).unwrap();
        // Its max_depth counts levels, so one more than splits on a path.
        let parameters = DecisionTreeClassifierParameters {
            criterion: theirs,
            max_depth: max_depth.map(|depth| depth + 1),
            ..DecisionTreeClassifierParameters::default()
        };
        let peer = DecisionTreeClassifier::fit(&matrix(&data.x), &data.labels, parameters).unwrap();
        let json = serde_json::to_value(&peer).unwrap();
        let nodes = json["nodes"].as_array().unwrap();
        same_up_to_ties(&data, criterion, &grown.forest, nodes);
    }

    #[test]
    fn regressor(data in continuous(), max_depth in prop_oneof![Just(None), (1u16..6).prop_map(Some)]) {
        let params = GrowParams { max_depth: max_depth.map(usize::from), ..one_tree() };
        let grown = data.grow(TargetView::Values(&data.values), &params).unwrap();
        let parameters = DecisionTreeRegressorParameters {
            max_depth: max_depth.map(|depth| depth + 1),
            ..DecisionTreeRegressorParameters::default()
        };
        let peer = DecisionTreeRegressor::fit(&matrix(&data.x), &data.values, parameters).unwrap();
        let json = serde_json::to_value(&peer).unwrap();
        let nodes = json["tree_regressor"]["nodes"].as_array().unwrap();
        same_up_to_ties(&data, Criterion::SquaredError, &grown.forest, nodes);
    }
}

/// The comparison above gives up at ties; here it must reach most nodes.
#[test]
fn whole_trees() {
    let x = Array2::from_shape_fn((150, 3), |(row, column)| ((row * row + 31 * column + 1) as f64).sqrt().fract());
    let values: Vec<f64> = x.outer_iter().enumerate().map(|(row, x)| x[0] + x[1] * x[2] + (row as f64).sin()).collect();
    let labels = values.iter().map(|&value| (value * 3.0).floor().rem_euclid(3.0) as u32).collect();
    let data = Data { x, labels, n_classes: 3, values, weights: None };
    let params = GrowParams { max_depth: Some(4), ..one_tree() };

    let forest = data.grow(data.classes(), &params).unwrap().forest;
    let parameters =
        DecisionTreeClassifierParameters { max_depth: Some(5), ..DecisionTreeClassifierParameters::default() };
    let peer = DecisionTreeClassifier::fit(&matrix(&data.x), &data.labels, parameters).unwrap();
    let json = serde_json::to_value(&peer).unwrap();
    let same = same_up_to_ties(&data, Criterion::Gini, &forest, json["nodes"].as_array().unwrap());
    assert!(same > 8 && same == forest.n_splits(), "{same} of {}", forest.n_splits());

    let forest = data.grow(TargetView::Values(&data.values), &params).unwrap().forest;
    let parameters =
        DecisionTreeRegressorParameters { max_depth: Some(5), ..DecisionTreeRegressorParameters::default() };
    let peer = DecisionTreeRegressor::fit(&matrix(&data.x), &data.values, parameters).unwrap();
    let json = serde_json::to_value(&peer).unwrap();
    let nodes = json["tree_regressor"]["nodes"].as_array().unwrap();
    let same = same_up_to_ties(&data, Criterion::SquaredError, &forest, nodes);
    // Small nodes are cut alike by several features.
    assert!(same > 5 && 2 * same > forest.n_splits(), "{same} of {}", forest.n_splits());
}
