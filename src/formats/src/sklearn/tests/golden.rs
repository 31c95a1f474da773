//! What scikit-learn predicts.

use super::super::{Family, Meaning, SklearnError};
use super::*;
use ndarray::ArrayView2;
use secateur_forest::{BudgetedForest, MissingDirection, Precision, PriceList};

#[test]
fn answers_and_leaves_are_those_of_scikit_learn() {
    for golden in &GOLDEN {
        let model = golden.read();
        let stored = rows(golden.rows, model.forest.n_features());
        assert_eq!(stored.len(), 16);
        for (values, expected) in stored {
            let found = answers(&model, &values);
            let (expected, expected_leaves) = expected.split_at(found.len());
            assert!(close(&found, expected), "{}: {found:?} {expected:?}", golden.name);
            if model.records.header.family != Family::Histogram {
                assert_eq!(leaves(&model, &values), expected_leaves, "{}", golden.name);
            }
        }
    }
}

#[test]
fn the_predictor_agrees() {
    for golden in &GOLDEN {
        let model = golden.read();
        let names = &model.records.header.feature_names;
        let whole = BudgetedForest::whole(model.forest.clone(), PriceList::uniform(names, 1.0).unwrap()).unwrap();
        for (values, expected) in rows(golden.rows, model.forest.n_features()) {
            let answer = whole.predict_row(&values, whole.unpruned()).unwrap();
            let row = ArrayView2::from_shape((1, values.len()), &values).unwrap();
            let batch = whole.compile(whole.unpruned()).predict(row).unwrap();
            assert_eq!(batch.into_raw_vec_and_offset().0, answer);
            let expected = match (model.forest.aggregation(), model.forest.task(), &answer[..]) {
                (Aggregation::Sum, Task::Classification { .. }, [_, _]) => {
                    let factor = if golden.name == "boosted-exponential" { 2.0 } else { 1.0 };
                    let p = 1.0 / (1.0 + (-factor * expected[0]).exp());
                    vec![1.0 - p, p]
                }
                (Aggregation::Sum, Task::Classification { .. }, _) => {
                    let exponents: Vec<f64> = expected.iter().take(answer.len()).map(|score| score.exp()).collect();
                    exponents.iter().map(|exponent| exponent / exponents.iter().sum::<f64>()).collect()
                }
                _ => expected[..answer.len()].to_vec(),
            };
            let near = answer.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-8 * b.abs().max(1.0));
            assert!(near && class(&answer) == class(&expected), "{}: {answer:?} {expected:?}", golden.name);
        }
    }
}

#[test]
fn counts_of_classes_are_whole_numbers_again() {
    for name in ["random-forest", "decision-tree", "one-class"] {
        let model = golden(name).read();
        for node in 0..model.forest.n_nodes() {
            let counts = model.forest.value(node);
            assert!(counts.iter().all(|count| count.fract() == 0.0), "{name}: {counts:?}");
            assert_eq!(counts.iter().sum::<f64>(), model.records.weights[node], "{name}");
        }
    }
    // Weighted ones are not, and sum up to the weight.
    let model = golden("weighted").read();
    let counts = |node: usize| model.forest.value(node).iter();
    assert!((0..model.forest.n_nodes()).any(|node| counts(node).any(|count| count.fract() != 0.0)));
    assert!((counts(0).sum::<f64>() - model.records.weights[0]).abs() <= 1e-9);
}

#[test]
fn values_of_splits_are_worth_those_of_leaves() {
    for golden in GOLDEN.iter().filter(|golden| golden.name != "one-class") {
        let model = golden.read();
        let (forest, records) = (&model.forest, &model.records);
        let weight = |node: usize| match records.weights.get(node) {
            Some(weight) => *weight,
            None => records.counts[node] as f64,
        };
        // Boosted histograms have second derivatives for weights, a ridge, and nothing at roots.
        let derivatives = ["hist-classes", "hist-binary", "hist-poisson", "hist-categories"].contains(&golden.name);
        for node in 0..forest.n_nodes() {
            let Some([left, right]) = forest.children(node) else { continue };
            let root_of_histograms = records.header.family == Family::Histogram
                && forest.roots().any(|root| root == node)
                && golden.name != "hist-absolute";
            if derivatives || root_of_histograms {
                continue;
            }
            let is_count = forest.aggregation() == Aggregation::Mean && *forest.task() != Task::Regression;
            for output in 0..forest.n_outputs() {
                let [mean, l, r] = [node, left, right].map(|node| forest.value(node)[output]);
                let expected = if is_count {
                    l + r
                } else {
                    (weight(left) * l + weight(right) * r) / (weight(left) + weight(right))
                };
                let size = 1e-9 + l.abs().max(r.abs());
                assert!((mean - expected).abs() <= 1e-6 * size, "{} {node}: {mean} {expected}", golden.name);
            }
        }
    }
}

#[test]
fn gains_are_recorded_or_come_from_impurities() {
    for golden in GOLDEN.iter().filter(|golden| golden.name != "one-class") {
        let model = golden.read();
        for (node, &gain) in model.gains.iter().enumerate() {
            // Nothing is lost by a split, up to rounding; extra trees split at random where nothing is gained.
            assert!(if model.forest.is_leaf(node) { gain == 0.0 } else { gain > -1e-9 }, "{}: {gain}", golden.name);
        }
        for root in model.forest.roots() {
            assert!(model.gains[root] > 1e-9, "{}", golden.name);
        }
    }
}

#[test]
fn what_the_file_says_beside_the_trees_is_read() {
    let model = golden("random-forest").read();
    let (forest, header) = (&model.forest, &model.records.header);
    assert_eq!(header.feature_names, ["a", "c", "d"]);
    assert_eq!((header.estimator.as_str(), header.meaning), ("RandomForestClassifier", Meaning::Fractions));
    assert_eq!(forest.task(), &Task::Classification { classes: ["no", "per\"haps", "yes"].map(String::from).to_vec() });
    assert_eq!((forest.precision(), forest.n_trees()), (Precision::F32, 5));
    assert!((0..forest.n_nodes()).any(|node| forest.missing(node) == MissingDirection::Left));
    let names = golden("boosted-zero").read().records.header.feature_names;
    assert_eq!(names, ["x0", "x1", "x2", "x3"]);
    assert_eq!(golden("hist-missing").read().forest.precision(), Precision::F64);
    // Gradient boosting refuses missing values.
    let boosted = golden("boosted-huber").read().forest;
    assert!((0..boosted.n_nodes()).all(|node| boosted.missing(node) == MissingDirection::Refuse));
    let renamed = golden("weighted").read().with_classes(&["x", "y"].map(String::from)).unwrap();
    assert_eq!(renamed.forest.task(), &Task::Classification { classes: ["x", "y"].map(String::from).to_vec() });
    assert!(golden("weighted").read().with_classes(&["x".into()]).is_err());
}

#[test]
fn what_is_not_supported_is_named() {
    let loss = |found| SklearnError::Loss { loss: found, estimator: "HistGradientBoostingRegressor".into() };
    assert_eq!(read(golden("hist-poisson").bytes).unwrap_err(), loss("poisson".into()));
    let found = read_as(golden("hist-binary").bytes, Stated::Raw).unwrap_err();
    let estimator = "HistGradientBoostingClassifier".to_owned();
    assert_eq!(found, SklearnError::Stated { estimator, loss: "log_loss".into() });
}

#[test]
fn categories_that_training_did_not_know_go_where_missing_values_go() {
    let model = golden("hist-categories").read();
    let (forest, header) = (&model.forest, &model.records.header);
    let names = ["u", "v", "w", "x"].map(String::from).to_vec();
    assert_eq!(header.categories(), [None, Some(names), None, None]);
    let on_categories = |node: &usize| forest.categories(*node).is_some();
    let splits: Vec<usize> = (0..forest.n_nodes()).filter(on_categories).collect();
    let missing: Vec<Option<usize>> = splits.iter().map(|&node| forest.next(node, f64::NAN)).collect();
    for value in [4.0, 200.0, 255.0, 1e6, -1.0] {
        let found: Vec<Option<usize>> = splits.iter().map(|&node| forest.next(node, value)).collect();
        assert_eq!(found, missing);
    }
    let sides = splits.iter().zip(missing).map(|(&node, to)| to == Some(node + 1));
    assert!(sides.clone().any(|left| left) && sides.clone().any(|left| !left));
}
