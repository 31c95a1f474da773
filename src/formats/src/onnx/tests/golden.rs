//! What ONNX Runtime predicts.

use super::super::{Form, Mode, Stated, read_as};
use super::*;
use secateur_forest::{Aggregation, Precision, argmax};

#[test]
fn predictions_labels_and_leaves_are_those_of_the_runtime() {
    for golden in &GOLDEN {
        let model = golden.read();
        let rows = golden.rows(&model.forest);
        assert_eq!(rows.len(), 16);
        for row in &rows {
            let found = predict(&model.forest, &row.features);
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= golden.tolerance;
            assert!(found.iter().zip(&row.numbers).all(near), "{}: {found:?} {:?}", golden.name, row.numbers);
            assert!(row.class.is_none_or(|class| class == argmax(&found)), "{}: {found:?}", golden.name);
            if row.leaves.is_empty() {
                continue;
            }
            let places = &model.records.places;
            let place =
                |(node, root): (usize, usize)| if places.is_empty() { node - root } else { places[node] as usize };
            let leaves: Vec<usize> =
                ends(&model.forest, &row.features).into_iter().zip(model.forest.roots()).map(place).collect();
            assert_eq!(leaves, row.leaves, "{}", golden.name);
        }
    }
}

#[test]
fn every_leaf_is_reached_by_some_row_in_most_models() {
    // Otherwise the test above would say little.
    let reached = |golden: &Golden| {
        let forest = golden.read().forest;
        let mut seen: Vec<usize> = golden.rows(&forest).iter().flat_map(|row| ends(&forest, &row.features)).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len() as f64 / (forest.n_splits() + forest.n_trees()) as f64
    };
    assert!(GOLDEN.iter().all(|golden| reached(golden) > 0.35), "{:?}", GOLDEN.each_ref().map(reached));
}

#[test]
fn models_are_read_as_what_they_are() {
    let classes =
        |names: &[&str]| Task::Classification { classes: names.iter().map(|&name| name.to_owned()).collect() };
    for (name, task, aggregation, precision) in [
        ("forest-binary", classes(&["0", "1"]), Aggregation::Mean, Precision::F32),
        ("forest-classes", classes(&["ann", "bob", "cyd"]), Aggregation::Mean, Precision::F32),
        ("extra-trees", Task::Regression, Aggregation::Sum, Precision::F32),
        ("boosting-binary", classes(&["0", "1"]), Aggregation::Sum, Precision::F32),
        ("boosting-classes", classes(&["ann", "bob", "cyd"]), Aggregation::Sum, Precision::F32),
        ("hist-number", Task::Regression, Aggregation::Sum, Precision::F64),
        ("tree-double", classes(&["0", "1", "2"]), Aggregation::Mean, Precision::F64),
        ("modes-double", Task::Regression, Aggregation::Mean, Precision::F64),
        ("modes-5", Task::Regression, Aggregation::Mean, Precision::F32),
        ("classes-5", classes(&["a", "b", "c"]), Aggregation::Sum, Precision::F64),
    ] {
        let forest = Golden::named(name).read().forest;
        assert_eq!(
            (forest.task(), forest.aggregation(), forest.precision()),
            (&task, aggregation, precision),
            "{name}"
        );
    }
    let form = |name: &str| Golden::named(name).read().records.source.unwrap().scoring;
    assert_eq!(form("catboost-binary").form, Form::Mirrored);
    assert_eq!((form("boosting-exponential").form, form("boosting-exponential").scale), (Form::SecondScore, 2.0));
    for (name, expected) in [
        ("modes", &[Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt][..]),
        ("modes-5", &[Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt]),
        ("equality", &[Mode::Eq, Mode::Neq]),
        ("sets-5", &[Mode::Member]),
        ("lightgbm-categories", &[Mode::Leq, Mode::Eq]),
    ] {
        let modes = Golden::named(name).read().records.modes;
        assert!(expected.iter().all(|mode| modes.contains(mode)), "{name}");
    }
    assert_eq!(Golden::named("equality").read().records.whole_features, [0, 1, 2, 3]);
    assert_eq!(Golden::named("lightgbm-categories").read().records.whole_features, [3]);
}

#[test]
fn features_are_the_columns_of_the_inputs_in_their_order() {
    let columns = Golden::named("columns").read();
    assert_eq!(columns.records.feature_names, ["a", "b", "c", "d"]);
    let used = |forest: &Forest| {
        (0..4).map(|f| (0..forest.n_nodes()).any(|v| forest.feature(v) == Some(f))).collect::<Vec<_>>()
    };
    assert_eq!(used(&columns.forest), [true, false, true, true]);
    let selected = Golden::named("selected").read();
    assert_eq!(
        (used(&selected.forest), &selected.records.source.as_ref().unwrap().columns[..]),
        (vec![true, false, true, true], &[0, 2, 3][..])
    );
    assert_eq!(selected.records.feature_names, ["Column_0", "Column_1", "Column_2", "Column_3"]);
    let renamed = Golden::named("forest-binary").read().with_classes(&["no", "yes"].map(String::from)).unwrap();
    assert_eq!(renamed.forest.task(), &Task::Classification { classes: ["no", "yes"].map(String::from).to_vec() });
    assert!(Golden::named("forest-binary").read().with_classes(&["no".into()]).is_err());
}

macro_rules! refused_file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/golden/onnx/refused/", $name, ".onnx"))
    };
}

#[test]
fn what_a_forest_cannot_say_is_refused_by_name() {
    let files: [(&[u8], &str); 12] = [
        (
            refused_file!("fraction"),
            "tree 0, node 0: splits of mode `BRANCH_EQ` are not supported with numbers that are no whole",
        ),
        (
            refused_file!("inequality"),
            "tree 0, node 0: splits of mode `BRANCH_NEQ` are not supported where missing values",
        ),
        (refused_file!("mixed"), "tree 0, node 2: feature 0 is compared by order here and for equality elsewhere"),
        (refused_file!("transform-5"), "`post_transform` is 1, expected 0"),
        (refused_file!("two-targets"), "several numbers per row"),
        (refused_file!("minimum"), "`aggregate_function` is MIN"),
        (refused_file!("exponential"), "operator `Exp` (`e`) is not supported"),
        (refused_file!("scaler"), "operator `Scaler` (`scaled`) is not supported"),
        (refused_file!("outside"), "keeps its values in another file (`../../etc/passwd`)"),
        (refused_file!("subgraph"), "operator `If` (`scaled`) is not supported"),
        (refused_file!("lightgbm-forest"), "operator `Div` (`"),
        (refused_file!("raw-scores"), "scores of two classes, not probabilities"),
    ];
    for (bytes, message) in files {
        let found = refused(bytes).to_string();
        assert!(found.contains(message), "{message}: {found}");
    }
}

#[test]
fn scores_are_read_once_it_is_stated_that_they_are_logits() {
    let stated = read_as(refused_file!("raw-scores"), Stated::Logits).unwrap();
    assert_eq!(stated.forest, Golden::named("hist-binary").read().forest);
    for golden in ["forest-binary", "boosting-classes", "extra-trees"] {
        assert_eq!(read_as(Golden::named(golden).bytes, Stated::Logits).map(drop), Err(OnnxError::Stated), "{golden}");
    }
}
