//! What LightGBM predicts.

use ndarray::ArrayView2;

use super::super::direction::{decision, direction};
use super::super::{LightGbmError, Objective, Stated, read, read_as, write};
use super::*;
use secateur_forest::{Aggregation, BudgetedForest, MissingDirection, Precision, PriceList, RawForest, RawTree};

#[test]
fn scores_are_those_of_lightgbm() {
    for golden in &GOLDEN {
        let model = golden.read();
        let rows = golden.rows(model.forest.n_features());
        assert!(rows.len() == 40);
        let names: Vec<String> = model.records.header.feature_names.to_vec();
        let whole = BudgetedForest::whole(model.forest.clone(), PriceList::uniform(&names, 1.0).unwrap()).unwrap();
        for (values, expected) in &rows {
            let found = raw_scores(&model.forest, values, golden.sigmoid);
            assert!(close(&found, expected), "{}: {found:?} {expected:?}", golden.name);
            // The predictor's answers are the objective's function of the scores.
            let answer = whole.predict_row(values, whole.unpruned()).unwrap();
            let batch =
                whole.compile(whole.unpruned()).predict(ArrayView2::from_shape((1, values.len()), values).unwrap());
            assert_eq!(batch.unwrap().into_raw_vec_and_offset().0, answer);
            let wanted = match model.records.header.objective {
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
        assert!(model.records.counts.len() == forest.n_nodes() && model.records.weights.len() == forest.n_nodes());
        for node in 0..forest.n_nodes() {
            let Some([left, right]) = forest.children(node) else { continue };
            assert_eq!(
                model.records.counts[node],
                model.records.counts[left] + model.records.counts[right],
                "{}",
                golden.name
            );
            let weight = model.records.weights[left] + model.records.weights[right];
            assert!((model.records.weights[node] - weight).abs() <= 1e-5 * weight, "{}", golden.name);
            // Without a ridge an inner value is the mean of its leaves by weight, learning rate and first score included.
            // The random forest of regression keeps counts for weights.
            if golden.name != "regression" {
                let mean = (model.records.weights[left] * forest.value(left).last().unwrap()
                    + model.records.weights[right] * forest.value(right).last().unwrap())
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
    assert_eq!(named("binary").records.header.objective, Objective::Binary { sigmoid: 0.7 });
    assert_eq!(named("multiclass").records.header.objective, Objective::Multiclass { classes: 3 });
    assert_eq!(named("ranking").records.header.objective, Objective::Identity("lambdarank".into()));
    assert_eq!(named("ranking").records.header.feature_names[1], "Column_1");
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

/// A forest of one split.
fn stump(threshold: f64, missing: MissingDirection) -> Forest {
    let tree = RawTree {
        feature: vec![0, -1, -1],
        threshold: vec![threshold, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![missing; 3],
        value: vec![0.0, 1.0, 2.0],
        ..RawTree::default()
    };
    let (precision, aggregation) = (Precision::F64, Aggregation::Sum);
    let raw =
        RawForest { task: Task::Regression, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] };
    Forest::new(raw).unwrap()
}

#[test]
fn thresholds_and_directions_decide_as_lightgbm_does() {
    let zero = f64::from(1e-35f32);
    let mut numbers = vec![-2.0, -1e-30, -1e-36, -0.0, 0.0, 1e-36, 1e-30, 2.0, -1.0, 1.0];
    numbers.extend([-zero, zero].iter().flat_map(|z| [z.next_down(), *z, z.next_up()]));
    let values: Vec<f64> = numbers.iter().copied().chain([f64::NAN]).collect();
    for &threshold in &numbers {
        for kind in [0u8, 2, 4, 6, 8, 10] {
            let missing = direction(threshold, kind).unwrap();
            let forest = stump(threshold, missing);
            let whole = BudgetedForest::whole(forest.clone(), PriceList::uniform(&["a".into()], 1.0).unwrap()).unwrap();
            let batch =
                whole.compile(whole.unpruned()).predict(ArrayView2::from_shape((values.len(), 1), &values).unwrap());
            for (&value, batch) in values.iter().zip(batch.unwrap()) {
                let expected = if goes_left(threshold, kind, value) { 1 } else { 2 };
                assert_eq!(forest.next(0, value), Some(expected), "{value} at {threshold}, type {kind}");
                assert_eq!(batch, expected as f64, "{value} at {threshold}, type {kind}");
            }
            // What is written decides alike.
            for &value in &values {
                assert_eq!(goes_left(threshold, decision(missing), value), goes_left(threshold, kind, value));
            }
        }
    }
    assert!([12, 14, 16, 255].iter().all(|kind| direction(0.0, *kind).is_none()));
}

#[test]
fn ranges_of_training_values_are_read() {
    let header = GOLDEN[2].read().records.header;
    assert_eq!(header.ranges().len(), 4);
    let [low, high] = header.ranges()[3].unwrap();
    assert!(low < -2.0 && high > 2.0);
    let line = GOLDEN[2].text.lines().find(|line| line.starts_with("feature_infos=")).unwrap();
    let other = read(&GOLDEN[2].text.replace(line, "feature_infos=none [2:-1] 1:0:3 [-1e300:0.5]")).unwrap();
    assert_eq!(other.records.header.ranges(), [None, None, None, Some([-1e300, 0.5])]);
}

#[test]
fn what_scores_mean_can_be_stated_where_it_is_not_recorded() {
    let custom = GOLDEN[2].text.replace("objective=regression\n", "");
    assert_eq!(read(&custom).unwrap_err(), LightGbmError::NoObjective);
    let raw = read_as(&custom, Stated::Raw).unwrap();
    assert_eq!(raw.forest, GOLDEN[2].read().forest);
    // The way back states nothing either.
    assert_eq!(read(&write(&raw).unwrap()).unwrap_err(), LightGbmError::NoObjective);
    let two = read_as(&custom, Stated::Binary).unwrap();
    assert_eq!(two.records.header.objective, Objective::Binary { sigmoid: 1.0 });
    let found = read_as(&custom, Stated::Multiclass).unwrap_err();
    assert!(matches!(found, LightGbmError::Value { key: "num_class", .. }), "{found}");
    let several = GOLDEN[1].text.replace("objective=multiclass num_class:3\n", "objective=custom\n");
    assert_eq!(read_as(&several, Stated::Multiclass).unwrap().forest, GOLDEN[1].read().forest);
    let found = read_as(&several, Stated::Raw).unwrap_err();
    assert_eq!(found, LightGbmError::Classes { key: "num_class", found: 3, expected: 1 });
    // Another link: raw scores only.
    let poisson = GOLDEN[2].text.replace("objective=regression\n", "objective=poisson\n");
    assert_eq!(read_as(&poisson, Stated::Raw).unwrap().forest, raw.forest);
    assert_eq!(read_as(&poisson, Stated::Binary), Err(LightGbmError::Objective { objective: "poisson".into() }));
    assert_eq!(read_as(GOLDEN[2].text, Stated::Raw), Err(LightGbmError::Stated { objective: "regression".into() }));
}
