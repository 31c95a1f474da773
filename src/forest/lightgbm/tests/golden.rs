//! What LightGBM predicts.

use super::super::direction::{Split, split};
use super::super::{LightGbmError, Objective, read};
use super::*;
use crate::forest::{BudgetedForest, MissingDirection, PriceList};

#[test]
fn scores_are_those_of_lightgbm() {
    for golden in &GOLDEN {
        let model = golden.read();
        let rows = golden.rows(model.forest.n_features());
        assert!(rows.len() == 40);
        let names: Vec<String> = model.header.feature_names().to_vec();
        let whole = BudgetedForest::whole(model.forest.clone(), PriceList::uniform(&names, 1.0).unwrap()).unwrap();
        for (values, expected) in &rows {
            let found = raw_scores(&model.forest, values, golden.sigmoid);
            assert!(close(&found, expected), "{}: {found:?} {expected:?}", golden.name);
            // The predictor's answers are the objective's function of the scores.
            let answer = whole.predict_row(values, whole.unpruned()).unwrap();
            let wanted = match model.header.objective() {
                Objective::Binary { sigmoid } => {
                    let p = 1.0 / (1.0 + (-sigmoid * expected[0]).exp());
                    vec![1.0 - p, p]
                }
                Objective::Multiclass { .. } => {
                    let total: f64 = expected.iter().map(|score| score.exp()).sum();
                    expected.iter().map(|score| score.exp() / total).collect()
                }
                Objective::Identity(_) => expected.clone(),
            };
            let near = answer.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= 1e-8 * b.abs().max(1.0));
            assert!(near, "{}: {answer:?} {wanted:?}", golden.name);
        }
    }
}

#[test]
fn records_belong_to_their_nodes() {
    for golden in &GOLDEN {
        let model = golden.read();
        let forest = &model.forest;
        for (node, &gain) in model.gains.iter().enumerate() {
            assert_eq!(gain > 0.0, !forest.is_leaf(node), "{}", golden.name);
        }
        assert!(model.counts.len() == forest.n_nodes() && model.weights.len() == forest.n_nodes());
        for node in 0..forest.n_nodes() {
            let Some([left, right]) = forest.children(node) else { continue };
            assert_eq!(model.counts[node], model.counts[left] + model.counts[right], "{}", golden.name);
            let weight = model.weights[left] + model.weights[right];
            assert!((model.weights[node] - weight).abs() <= 1e-5 * weight, "{}", golden.name);
            // Without a ridge an inner value is the mean of its leaves by weight, learning rate and first score included.
            // The random forest of regression keeps counts for weights.
            if golden.name != "regression" {
                let mean = (model.weights[left] * forest.value(left).last().unwrap()
                    + model.weights[right] * forest.value(right).last().unwrap())
                    / weight;
                let value = forest.value(node).last().unwrap();
                let size = forest.value(left).last().unwrap().abs() + forest.value(right).last().unwrap().abs();
                assert!((mean - value).abs() <= 1e-5 * size, "{}: {mean} {value}", golden.name);
            }
        }
    }
}

#[test]
fn names_and_objectives_are_read() {
    let named = |name: &str| GOLDEN.iter().find(|golden| golden.name == name).unwrap().read();
    assert_eq!(named("binary").header.objective(), &Objective::Binary { sigmoid: 0.7 });
    assert_eq!(named("multiclass").header.objective(), &Objective::Multiclass { classes: 3 });
    assert_eq!(named("ranking").header.objective(), &Objective::Identity("lambdarank".into()));
    assert_eq!(named("ranking").header.feature_names()[1], "Column_1");
    let renamed = named("multiclass").with_classes(&["x", "y", "z"].map(String::from)).unwrap();
    assert_eq!(renamed.forest.task(), &Task::Classification { classes: ["x", "y", "z"].map(String::from).to_vec() });
    assert!(named("multiclass").with_classes(&["x".into()]).is_err());
}

/// LightGBM's decision, from its documentation of missing values: whether a value goes left.
fn goes_left(threshold: f64, decision: u8, value: f64) -> bool {
    let (default_left, missing) = (decision & 2 != 0, decision >> 2);
    let value = if value.is_nan() && missing != 2 { 0.0 } else { value };
    let zero = f64::from(1e-35f32);
    if (missing == 1 && (-zero..=zero).contains(&value)) || value.is_nan() { default_left } else { value <= threshold }
}

#[test]
fn thresholds_and_directions_decide_as_lightgbm_does() {
    let zero = f64::from(1e-35f32);
    let mut numbers = vec![-2.0, -1e-30, -1e-36, -0.0, 0.0, 1e-36, 1e-30, 2.0, -1.0, 1.0];
    numbers.extend([-zero, zero].iter().flat_map(|z| [z.next_down(), *z, z.next_up()]));
    let mut refused = 0;
    for &threshold in &numbers {
        for decision in [0u8, 2, 4, 6, 8, 10] {
            let expected = |value: f64| goes_left(threshold, decision, value);
            match split(threshold, decision) {
                Split::At(at, missing) => {
                    for &value in numbers.iter().chain(&[at, at.next_up()]) {
                        assert_eq!(value <= at, expected(value), "{value} at {threshold}, type {decision}");
                    }
                    assert_eq!(missing == MissingDirection::Left, expected(f64::NAN), "{threshold}, type {decision}");
                }
                Split::ZeroApart(direction) => {
                    refused += 1;
                    assert_eq!(direction == "left", decision & 2 != 0);
                    // A value that goes right lies below one that goes left.
                    let right = numbers.iter().filter(|value| !expected(**value)).copied().fold(f64::MAX, f64::min);
                    assert!(numbers.iter().any(|&value| value > right && expected(value)), "{threshold} {decision}");
                }
                Split::Unknown => panic!("type {decision}"),
            }
        }
    }
    assert!(refused > 0);
    assert_eq!(split(0.0, 12), Split::Unknown);
}

#[test]
fn zeros_set_apart_are_refused_by_node() {
    let found = read(ZERO_APART).unwrap_err();
    assert!(matches!(found, LightGbmError::ZeroApart { tree: 0, node: 0, direction: "right", .. }), "{found}");
}
