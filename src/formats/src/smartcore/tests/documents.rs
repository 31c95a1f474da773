//! Documents that are not forests are refused, with the place named, and never cause a panic.

use serde_json::{Value, json};
use smartcore::api::SupervisedEstimator;
use smartcore::ensemble::random_forest_classifier::RandomForestClassifier;
use smartcore::ensemble::random_forest_regressor::RandomForestRegressor;

use super::*;
use crate::smartcore::{ConvertError, from_classifier, from_json_text, from_json_value, from_regressor};
use secateur_forest::{ForestError, Precision};

fn classifier() -> Value {
    let x = Array2::from_shape_fn((12, 2), |(row, column)| (row * (column + 1)) as f64);
    let y: Vec<i32> = (0..12).map(|row| row / 4).collect();
    let parameters = smartcore::ensemble::random_forest_classifier::RandomForestClassifierParameters::default()
        .with_n_trees(2)
        .with_m(2)
        .with_keep_samples(true);
    serde_json::to_value(RandomForestClassifier::fit(&dense(&x), &y, parameters).unwrap()).unwrap()
}

fn regressor() -> Value {
    let x = Array2::from_shape_fn((12, 2), |(row, column)| (row * (column + 1)) as f64);
    let y: Vec<f64> = (0..12).map(f64::from).collect();
    let parameters = smartcore::ensemble::random_forest_regressor::RandomForestRegressorParameters::default()
        .with_n_trees(2)
        .with_keep_samples(true);
    serde_json::to_value(RandomForestRegressor::fit(&dense(&x), &y, parameters).unwrap()).unwrap()
}

/// Both kinds of model with the place of one tree and its node 0.
fn models() -> [(Value, &'static str); 2] {
    [(classifier(), "/trees/1"), (regressor(), "/forest_regressor/trees/1")]
}

fn refuse(document: &Value) -> ConvertError {
    let error = from_json_value(document, Precision::F64).unwrap_err();
    let from_text = from_json_text(&document.to_string(), Precision::F64).unwrap_err();
    assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&from_text));
    error
}

#[test]
fn every_field_that_matters_is_missed() {
    for (model, tree) in models() {
        from_json_value(&model, Precision::F64).unwrap();
        for field in ["output", "split_feature", "split_value", "true_child", "false_child"] {
            let mut document = model.clone();
            document.pointer_mut(&format!("{tree}/nodes/0")).unwrap().as_object_mut().unwrap().remove(field);
            let message = refuse(&document).to_string();
            assert!(message.contains(&format!("tree 1: node 0: missing field `{field}`")), "{message}");
        }
        let mut document = model.clone();
        document.pointer_mut(tree).unwrap().as_object_mut().unwrap().remove("nodes");
        assert!(refuse(&document).to_string().contains("tree 1: missing field `nodes`"));
    }
    for field in ["trees", "classes"] {
        let mut document = classifier();
        document.as_object_mut().unwrap().remove(field);
        assert!(matches!(refuse(&document), ConvertError::Absent { field: absent } if absent == field));
    }
    for field in ["trees", "num_features"] {
        let mut document = regressor();
        document["forest_regressor"].as_object_mut().unwrap().remove(field);
        assert!(matches!(refuse(&document), ConvertError::Absent { field: absent } if absent == field));
    }
}

#[test]
fn wrong_types_are_refused() {
    let wrong = [json!("x"), json!(-1), json!(1.5), json!([]), json!({}), json!(true), json!(null)];
    for (model, tree) in models() {
        for field in ["output", "split_feature", "split_value", "true_child", "false_child"] {
            for value in &wrong {
                let mut document = model.clone();
                document.pointer_mut(&format!("{tree}/nodes/0")).unwrap()[field] = value.clone();
                let number = value.is_number() && (field == "split_value" || field == "output");
                if !number && !value.is_null() {
                    assert!(matches!(refuse(&document), ConvertError::Shape(_)), "{field} {value}");
                } else {
                    let _ = from_json_value(&document, Precision::F64); // any result but a panic
                }
            }
        }
    }
    for document in [json!(null), json!(3), json!([]), json!("trees"), json!({}), json!({"trees": 3})] {
        refuse(&document);
    }
    assert!(matches!(from_json_text("{", Precision::F64), Err(ConvertError::Shape(_))));
}

#[test]
fn impossible_trees_are_refused() {
    for (model, tree) in models() {
        let with = |node: usize, field: &str, value: Value| {
            let mut document = model.clone();
            document.pointer_mut(&format!("{tree}/nodes/{node}")).unwrap()[field] = value;
            refuse(&document)
        };
        for child in [99u64, u64::MAX] {
            assert!(matches!(
                with(0, "false_child", json!(child)),
                ConvertError::Forest(ForestError::ChildOutOfRange { tree: 1, node: 0, .. })
            ));
        }
        assert!(matches!(with(0, "true_child", json!(0)), ConvertError::Forest(ForestError::ReachedTwice { .. })));
        assert!(matches!(with(0, "false_child", json!(null)), ConvertError::Forest(ForestError::OneChild { .. })));
        assert!(matches!(with(0, "true_child", json!(null)), ConvertError::Forest(ForestError::Unreachable { .. })));
        assert!(matches!(
            with(0, "split_feature", json!(2)),
            ConvertError::Forest(ForestError::FeatureOutOfRange { tree: 1, node: 0, feature: 2, n_features: 2 })
        ));
        assert!(matches!(with(0, "split_value", json!(null)), ConvertError::NoSplitValue { tree: 1, node: 0 }));
        let mut document = model.clone();
        document.pointer_mut(tree).unwrap()["nodes"] = json!([]);
        assert!(matches!(refuse(&document), ConvertError::Forest(ForestError::Length { tree: 1, .. })));
    }
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let mut document = classifier();
    document["trees"][1]["nodes"][0]["output"] = json!(3);
    assert!(matches!(refuse(&document), ConvertError::OutputOutOfRange { tree: 1, node: 0, output: 3, n_classes: 3 }));
    let mut document = classifier();
    document["trees"][1]["classes"] = json!([0, 1, 5]);
    assert!(matches!(refuse(&document), ConvertError::TreesDiffer { tree: 1, field: "classes" }));
    let mut document = classifier();
    document["trees"][1]["num_features"] = json!(3);
    assert!(matches!(refuse(&document), ConvertError::TreesDiffer { tree: 1, field: "num_features" }));
    let mut document = classifier();
    document["samples"] = json!([[true]]);
    assert!(matches!(refuse(&document), ConvertError::Samples { found: 1, trees: 2 }));
    document["samples"] = json!([[true], [true, false]]);
    assert!(matches!(refuse(&document), ConvertError::Samples { found: 2, trees: 2 }));
    let mut document = classifier();
    document["trees"] = json!([]);
    document["samples"] = json!(null);
    assert!(matches!(refuse(&document), ConvertError::Forest(ForestError::NoTrees)));
}

#[test]
fn a_model_that_was_never_fitted_is_refused() {
    type Matrix = DenseMatrix<f64>;
    let classifier = RandomForestClassifier::<f64, i32, Matrix, Vec<i32>>::new();
    assert!(matches!(from_classifier(&classifier), Err(ConvertError::Absent { field: "trees" })));
    let regressor = RandomForestRegressor::<f64, f64, Matrix, Vec<f64>>::new();
    assert!(matches!(from_regressor(&regressor), Err(ConvertError::Absent { field: "trees" })));
}
