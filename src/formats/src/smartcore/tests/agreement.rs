//! Converted forests predict what smartcore predicts.

use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};

use super::*;
use crate::smartcore::{from_classifier, from_json_text, from_json_value, from_regressor};
use secateur_forest::Precision;

/// Labels that are not indices, ascending.
const LABELS: [i32; 4] = [-7, 0, 3, 40];

fn classifier_parameters(case: &Case) -> RandomForestClassifierParameters {
    RandomForestClassifierParameters {
        max_depth: case.max_depth,
        min_samples_leaf: case.min_samples_leaf,
        n_trees: 6, // even, so that votes tie
        m: Some(case.m),
        seed: case.seed,
        ..Default::default()
    }
}

fn regressor_parameters(case: &Case) -> RandomForestRegressorParameters {
    RandomForestRegressorParameters {
        max_depth: case.max_depth,
        min_samples_leaf: case.min_samples_leaf,
        n_trees: 6,
        m: Some(case.m),
        seed: case.seed,
        ..Default::default()
    }
}

fn texts(labels: &[i32]) -> Vec<String> {
    labels.iter().map(ToString::to_string).collect()
}

fn assert_close(forest: &Forest, x: &Array2<f64>, expected: impl IntoIterator<Item = f64>, tolerance: f64) {
    for (row, expected) in x.outer_iter().zip(expected) {
        let found = output(forest, row)[0];
        let scale = 1e3f64.max(expected.abs());
        assert!((found - expected).abs() <= tolerance * scale, "{found} against {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn classifier(case in cases()) {
        let y: Vec<i32> = case.labels.iter().map(|&label| LABELS[label as usize]).collect();
        let (x, x32) = (dense(&case.x), dense_f32(&case.x));

        let model = RandomForestClassifier::fit(&x, &y, classifier_parameters(&case)).unwrap();
        let forest = from_classifier(&model).unwrap().forest;
        prop_assert_eq!(forest.precision(), Precision::F64);
        let expected = texts(&model.predict(&dense(&case.probe)).unwrap());
        prop_assert_eq!(predicted_names(&forest, case.probe.view()), expected.clone());

        // The same model on an ndarray matrix.
        let on_array = RandomForestClassifier::fit(&case.x, &y, classifier_parameters(&case)).unwrap();
        prop_assert_eq!(texts(&on_array.predict(&case.probe).unwrap()), expected);

        let model = RandomForestClassifier::fit(&x32, &y, classifier_parameters(&case)).unwrap();
        let forest = from_classifier(&model).unwrap().forest;
        prop_assert_eq!(forest.precision(), Precision::F32);
        let expected = texts(&model.predict(&dense_f32(&case.probe)).unwrap());
        prop_assert_eq!(predicted_names(&forest, case.probe.view()), expected);
    }

    #[test]
    fn regressor(case in cases()) {
        let (x, x32) = (dense(&case.x), dense_f32(&case.x));

        let model = RandomForestRegressor::fit(&x, &case.y, regressor_parameters(&case)).unwrap();
        let forest = from_regressor(&model).unwrap().forest;
        prop_assert_eq!(forest.precision(), Precision::F64);
        let expected = model.predict(&dense(&case.probe)).unwrap();
        assert_close(&forest, &case.probe, expected.clone(), 1e-12);

        let on_array = RandomForestRegressor::fit(&case.x, &case.y, regressor_parameters(&case)).unwrap();
        prop_assert_eq!(on_array.predict(&case.probe).unwrap(), expected);

        let model = RandomForestRegressor::fit(&x32, &case.y, regressor_parameters(&case)).unwrap();
        let forest = from_regressor(&model).unwrap().forest;
        prop_assert_eq!(forest.precision(), Precision::F32);
        assert_close(&forest, &case.probe, model.predict(&dense_f32(&case.probe)).unwrap(), 1e-12);

        let y: Vec<f32> = case.y.iter().map(|&y| y as f32).collect();
        let model = RandomForestRegressor::fit(&x32, &y, regressor_parameters(&case)).unwrap();
        let expected = model.predict(&dense_f32(&case.probe)).unwrap().into_iter().map(f64::from);
        assert_close(&from_regressor(&model).unwrap().forest, &case.probe, expected, 1e-6);
    }

    /// Model, value and text are the same model, bit by bit, though f64 passes through decimal text.
    #[test]
    fn text_and_value_convert_alike(case in cases()) {
        let model = RandomForestRegressor::fit(&dense(&case.x), &case.y, regressor_parameters(&case)).unwrap();
        let forest = from_regressor(&model).unwrap().forest;
        let value = serde_json::to_value(&model).unwrap();
        prop_assert_eq!(&from_json_value(&value, Precision::F64).unwrap().forest, &forest);
        let text = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(&from_json_text(&text, Precision::F64).unwrap().forest, &forest);
        let y: Vec<u8> = case.labels.iter().map(|&label| label as u8).collect();
        let model = RandomForestClassifier::fit(&dense(&case.x), &y, classifier_parameters(&case)).unwrap();
        let forest = from_classifier(&model).unwrap().forest;
        let value = serde_json::to_value(&model).unwrap();
        prop_assert_eq!(&from_json_value(&value, Precision::F64).unwrap().forest, &forest);
        prop_assert_eq!(&from_json_text(&value.to_string(), Precision::F64).unwrap().forest, &forest);
    }
}

/// 1/3 and its neighbours survive; without `float_roundtrip` one in ten would move.
#[test]
fn thresholds_survive_text_bit_by_bit() {
    for step in 1..2000u32 {
        let split = f64::from(step).sqrt() / 3.0;
        let text = format!(
            r#"{{"forest_regressor":{{"num_features":1,"samples":null,"trees":[{{"nodes":[
                {{"output":{split},"split_feature":0,"split_value":{split},"true_child":1,"false_child":2}},
                {{"output":-{split},"split_feature":0,"split_value":null,"true_child":null,"false_child":null}},
                {{"output":-0.0,"split_feature":0,"split_value":null,"true_child":null,"false_child":null}}]}}]}}}}"#
        );
        let forest = from_json_text(&text, Precision::F64).unwrap().forest;
        assert_eq!(forest.threshold(0).to_bits(), split.to_bits());
        assert_eq!(forest.value(1)[0].to_bits(), (-split).to_bits());
        assert_eq!(forest.value(2)[0].to_bits(), (-0.0f64).to_bits());
    }
}

#[test]
fn extra_trees_convert_too() {
    use smartcore::ensemble::extra_trees_regressor::ExtraTreesRegressor;
    let x = Array2::from_shape_fn((40, 3), |(row, column)| ((row * 7 + column * 13) % 29) as f64);
    let y: Vec<f64> = x.outer_iter().map(|row| row.sum()).collect();
    let model = ExtraTreesRegressor::fit(&dense(&x), &y, Default::default()).unwrap();
    let forest = crate::smartcore::from_model(&model, Precision::F64).unwrap().forest;
    assert_close(&forest, &x, model.predict(&dense(&x)).unwrap(), 1e-12);
}
