//! What CatBoost predicts.

use ndarray::ArrayView2;

use super::super::{CatBoostError, Objective};
use super::*;
use secateur_forest::{Aggregation, BudgetedForest, MissingDirection, Precision, PriceList};

#[test]
fn scores_and_leaves_are_those_of_catboost() {
    for golden in &GOLDEN {
        let model = golden.read();
        let stored = rows(golden.rows);
        assert_eq!(stored.len(), 16);
        for (values, expected) in stored {
            let found = raw_scores(&model.forest, &values);
            let (expected, leaves) = expected.split_at(found.len());
            // Sums of the same numbers in the same order, except that a scale is multiplied in first.
            let near = |a: f64, b: f64| a == b || golden.name == "scaled" && (a - b).abs() <= 1e-14 * b.abs();
            assert!(found.iter().zip(expected).all(|(a, b)| near(*a, *b)), "{}: {found:?} {expected:?}", golden.name);
            let nested = ["lossguide", "depthwise"].contains(&golden.name);
            let found = if nested { leaf_places(&model.forest, &values) } else { leaf_indices(&model.forest, &values) };
            assert_eq!(found, leaves, "{}", golden.name);
        }
    }
}

#[test]
fn the_predictor_agrees() {
    for golden in &GOLDEN {
        let model = golden.read();
        let prices = PriceList::uniform(&model.records.feature_names, 1.0).unwrap();
        let whole = BudgetedForest::whole(model.forest.clone(), prices).unwrap();
        for (values, expected) in rows(golden.rows) {
            let answer = whole.predict_row(&values, whole.unpruned()).unwrap();
            let row = ArrayView2::from_shape((1, values.len()), &values).unwrap();
            let batch = whole.compile(whole.unpruned()).predict(row).unwrap();
            assert_eq!(batch.into_raw_vec_and_offset().0, answer);
            let wanted = match model.records.objective {
                Objective::Binary => {
                    let p = 1.0 / (1.0 + (-expected[0]).exp());
                    vec![1.0 - p, p]
                }
                Objective::Multiclass => {
                    let exponents: Vec<f64> = expected[..answer.len()].iter().map(|score| score.exp()).collect();
                    exponents.iter().map(|exponent| exponent / exponents.iter().sum::<f64>()).collect()
                }
                Objective::Identity(_) => vec![expected[0]],
            };
            let near = answer.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= 1e-8 * b.abs().max(1.0));
            assert!(near, "{}: {answer:?} {wanted:?}", golden.name);
        }
    }
}

#[test]
fn values_of_splits_are_the_mean_of_the_leaves_below() {
    for golden in &GOLDEN {
        let model = golden.read();
        let (forest, weights) = (&model.forest, &model.records.weights);
        assert_eq!(weights.len(), forest.n_nodes());
        assert!(forest.roots().all(|root| (weights[root] - 300.0).abs() < 1e-6), "{}", golden.name);
        for node in 0..forest.n_nodes() {
            let Some([left, right]) = forest.children(node) else { continue };
            assert!((weights[node] - weights[left] - weights[right]).abs() <= 1e-9 * weights[node]);
            if weights[node] == 0.0 {
                continue;
            }
            for output in 0..forest.n_outputs() {
                let [mean, l, r] = [node, left, right].map(|node| forest.value(node)[output]);
                let expected = (weights[left] * l + weights[right] * r) / weights[node];
                assert!((mean - expected).abs() <= 1e-12 * (1.0 + l.abs() + r.abs()), "{}", golden.name);
            }
        }
    }
}

#[test]
fn names_classes_and_losses_are_read() {
    let classes = |name: &str| match golden(name).read().forest.task() {
        Task::Classification { classes } => classes.clone(),
        Task::Regression => Vec::new(),
    };
    assert_eq!(classes("binary"), ["0", "1"]);
    assert_eq!(classes("names"), ["no", "yes"]);
    assert_eq!(classes("multiclass"), ["no", "perhaps", "yes"]);
    assert_eq!(classes("depthwise"), ["0", "1", "2"]);
    assert_eq!(classes("cross-entropy"), ["0", "1"]);
    assert_eq!(golden("names").read().records.feature_names, ["the first", "b", "c", "d"]);
    assert_eq!(golden("binary").read().records.feature_names, ["0", "1", "2", "3"]);
    assert_eq!(golden("ranking").read().records.objective, Objective::Identity("QueryRMSE".into()));
    let forest = golden("missing-high").read().forest;
    assert_eq!((forest.precision(), forest.aggregation()), (Precision::F32, Aggregation::Sum));
    let directions = |name: &str| {
        let forest = golden(name).read().forest;
        let splits = (0..forest.n_nodes()).filter(|&node| !forest.is_leaf(node));
        splits.map(|node| forest.missing(node)).collect::<Vec<_>>()
    };
    assert!(directions("missing-high").contains(&MissingDirection::Right));
    assert!(directions("missing-low").iter().all(|direction| *direction == MissingDirection::Left));
    let renamed = golden("binary").read().with_classes(&["x", "y"].map(String::from)).unwrap();
    assert_eq!(renamed.forest.task(), &Task::Classification { classes: ["x", "y"].map(String::from).to_vec() });
    assert!(golden("binary").read().with_classes(&["x".into()]).is_err());
}

#[test]
fn what_scores_mean_can_be_stated_where_it_is_not_recorded() {
    let text = |loss: &str| golden("scaled").text.replace("\"type\":\"RMSE\"", &format!("\"type\":\"{loss}\""));
    for loss in ["", "PythonUserDefinedPerObject"] {
        assert_eq!(read(&text(loss)).unwrap_err(), CatBoostError::NoLoss);
        assert_eq!(read_as(&text(loss), Stated::Raw).unwrap().forest, golden("scaled").read().forest);
        assert_eq!(read_as(&text(loss), Stated::Binary).unwrap().records.objective, Objective::Binary);
        let found = read_as(&text(loss), Stated::Multiclass).unwrap_err();
        assert_eq!(found, CatBoostError::Scores { found: 1, expected: "at least two" });
    }
    let unsupported = |loss: &str| CatBoostError::Loss { loss: loss.into() };
    for loss in ["Poisson", "Tweedie", "LogLinQuantile", "MultiClassOneVsAll", "MultiRMSE", "RMSEWithUncertainty"] {
        assert_eq!(read(&text(loss)).unwrap_err(), unsupported(loss));
        assert_eq!(read_as(&text(loss), Stated::Binary).unwrap_err(), unsupported(loss));
    }
    let found = read_as(golden("scaled").text, Stated::Raw).unwrap_err();
    assert_eq!(found, CatBoostError::Stated { loss: "RMSE".into() });
    let several = golden("multiclass").text.replace("\"type\":\"MultiClass\"", "\"type\":\"MultiRMSE\"");
    let found = read_as(&several, Stated::Raw).unwrap_err();
    assert_eq!(found, CatBoostError::Scores { found: 3, expected: "one" });
}
