//! What is written is read back, by scikit-learn too.

use super::super::{WriteError, write};
use super::*;
use secateur_forest::{MissingDirection, Precision, RawForest, RawTree};

fn read_again(model: &Imported) -> Imported {
    let bytes = write(model).unwrap();
    match read(&bytes) {
        Err(super::super::SklearnError::Loss { .. }) => read_as(&bytes, Stated::Raw).unwrap(),
        found => found.unwrap(),
    }
}

#[test]
fn models_of_scikit_learn_come_back_byte_for_byte() {
    for golden in &GOLDEN {
        assert!(write(&golden.read()).unwrap() == golden.bytes, "{}", golden.name);
    }
}

/// `tests/golden/sklearn/written` holds what this writes, and scikit-learn's answers for it (`make.py written`).
#[test]
fn what_is_written_is_what_scikit_learn_has_loaded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/sklearn/written");
    for golden in &GOLDEN {
        let model = pruned(&golden.read());
        assert!(model.forest.n_nodes() < golden.read().forest.n_nodes() || golden.name == "one-class");
        let bytes = write(&model).unwrap();
        let at = |ending: &str| format!("{folder}/{}.{ending}", golden.name);
        if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
            std::fs::write(at("skl"), &bytes).unwrap();
            continue;
        }
        assert!(bytes == std::fs::read(at("skl")).unwrap(), "{}", golden.name);
        let again = read_again(&model);
        for (values, expected) in rows(&std::fs::read_to_string(at("csv")).unwrap(), model.forest.n_features()) {
            for found in [answers(&model, &values), answers(&again, &values)] {
                assert!(close(&found, &expected[..found.len()]), "{}: {found:?} {expected:?}", golden.name);
            }
        }
    }
}

#[test]
fn pruning_keeps_the_records_of_what_is_left() {
    let model = golden("decision-tree").read();
    let (forest, origin) = model.forest.restricted(|_| false);
    let root = model.pruned(forest, &origin).unwrap();
    assert_eq!((root.records.counts.clone(), root.gains.clone()), (vec![300], vec![0.0]));
    assert_eq!(root.records.values, model.records.values[..3]);
    assert_eq!(read_again(&root).forest, root.forest);
    let (forest, origin) = model.forest.restricted(|_| true);
    assert_eq!(model.pruned(forest.clone(), &origin).unwrap(), model);
    assert_eq!(model.pruned(forest.clone(), &origin[1..]), None);
    assert_eq!(model.pruned(forest, &vec![u32::MAX; origin.len()]), None);
    assert!(root.records.fit(&root.forest) && !model.records.fit(&root.forest));
}

#[test]
fn changed_values_are_written_as_they_are() {
    for name in ["random-forest", "weighted", "boosted-exponential", "boosted-classes", "hist-classes"] {
        let model = golden(name).read();
        let mut raw = model.forest.to_raw();
        raw.trees[1].value.iter_mut().for_each(|value| *value *= 3.0);
        raw.trees[0].value[0] += if name.contains("forest") { 1.0 } else { 0.0 };
        let changed = Imported { forest: Forest::new(raw).unwrap(), ..model.clone() };
        let again = read_again(&changed);
        for (values, _) in rows(golden(name).rows, model.forest.n_features()) {
            assert!(close(&answers(&again, &values), &answers(&changed, &values)), "{name}");
        }
    }
}

/// A forest of one split.
fn stump(task: Task, precision: Precision, aggregation: Aggregation, missing: MissingDirection) -> Forest {
    let outputs = task.n_outputs();
    let tree = RawTree {
        feature: vec![1, -1, -1],
        threshold: vec![0.5, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![missing; 3],
        value: (0..3 * outputs).map(|value| value as f64 + 1.0).collect(),
        ..RawTree::default()
    };
    let base = if aggregation == Aggregation::Sum { vec![0.25; outputs] } else { vec![] };
    Forest::new(RawForest { task, n_features: 2, precision, aggregation, base, trees: vec![tree] }).unwrap()
}

#[test]
fn forests_from_elsewhere_become_the_estimator_that_is_like_them() {
    let two = Task::Classification { classes: ["no", "yes"].map(String::from).to_vec() };
    for (task, precision, aggregation, estimator) in [
        (&two, Precision::F32, Aggregation::Mean, "RandomForestClassifier"),
        (&Task::Regression, Precision::F32, Aggregation::Mean, "RandomForestRegressor"),
        (&two, Precision::F32, Aggregation::Sum, "GradientBoostingClassifier"),
        (&Task::Regression, Precision::F64, Aggregation::Sum, "HistGradientBoostingRegressor"),
    ] {
        let forest = stump(task.clone(), precision, aggregation, MissingDirection::Left);
        let again = read_again(&Imported::of(forest.clone(), &["a".into(), "b".into()]));
        assert_eq!(again.records.header.estimator, estimator);
        assert_eq!(again.records.header.feature_names, ["a", "b"]);
        assert_eq!((again.forest.precision(), again.forest.aggregation()), (precision, aggregation));
        for x in [0.0, 1.0, f64::NAN] {
            let [found, expected] = [&again.forest, &forest].map(|forest| ends(forest, &[0.0, x]));
            assert_eq!(found, expected);
            // Scores of two classes come back as their difference.
            let of = |forest: &Forest| match forest.value(found[0]) {
                [a, b] if aggregation == Aggregation::Sum => vec![b - a],
                value => value.to_vec(),
            };
            assert_eq!(of(&again.forest), of(&forest), "{estimator}");
        }
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let of = |precision, aggregation, missing| {
        write(&Imported::of(stump(Task::Regression, precision, aggregation, missing), &[]))
    };
    let estimator = || "RandomForestRegressor".to_owned();
    let found = of(Precision::F64, Aggregation::Mean, MissingDirection::Left).unwrap_err();
    assert_eq!(found, WriteError::Precision { estimator: estimator(), expected: "rounded to single precision" });
    let found = of(Precision::F32, Aggregation::Vote, MissingDirection::Left).unwrap_err();
    assert_eq!(found, WriteError::Aggregation { estimator: estimator(), expected: "averaged" });
    let found = of(Precision::F32, Aggregation::Mean, MissingDirection::ZeroLeft).unwrap_err();
    assert_eq!(found, WriteError::ZeroIsMissing { node: 0 });
    let three = Task::Classification { classes: ["a", "b", "c"].map(String::from).to_vec() };
    let forest = stump(three, Precision::F64, Aggregation::Sum, MissingDirection::Left);
    let found = write(&Imported::of(forest, &[])).unwrap_err();
    assert_eq!(found, WriteError::Classes { tree: 0, node: 0, class: 0 });
    // The same splits on categories, and no word of which training knew.
    let model = golden("hist-categories").read();
    let node = (0..model.forest.n_nodes()).find(|&node| model.forest.categories(node).is_some()).unwrap();
    let estimator = "HistGradientBoostingClassifier".to_owned();
    let found = write(&Imported::of(model.forest, &[])).unwrap_err();
    assert_eq!(found, WriteError::Categories { estimator, node });
    let model = golden("extra-tree").read();
    let other = Imported { forest: golden("weighted").read().forest, ..model.clone() };
    assert!(matches!(write(&other).unwrap_err(), WriteError::Header { what: "classes", found: 2, .. }));
    let other = Imported { forest: golden("extra-trees").read().forest, ..model };
    assert!(matches!(write(&other).unwrap_err(), WriteError::Length { what: "gains", .. }));
}
