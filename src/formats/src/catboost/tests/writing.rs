//! What is written is read back, by CatBoost too.

use super::super::{WriteError, write};
use super::*;
use secateur_forest::{Aggregation, CategorySplit, MissingDirection, Precision, RawForest, RawTree};

fn read_again(model: &Imported) -> Imported {
    let text = write(model).unwrap();
    match read(&text) {
        Err(super::super::CatBoostError::Loss { .. }) => read_as(&text, Stated::Raw).unwrap(),
        found => found.unwrap(),
    }
}

/// Every third split of each tree goes, and what is below.
fn pruned(model: &Imported) -> Imported {
    let (forest, origin) = model.forest.restricted(|node| node % 3 != 2);
    assert!(forest.n_nodes() < model.forest.n_nodes());
    model.pruned(forest, &origin).unwrap()
}

#[test]
fn models_of_catboost_come_back() {
    for golden in &GOLDEN {
        let model = golden.read();
        let text = write(&model).unwrap();
        let again = read_again(&model);
        assert_eq!(again, model, "{}", golden.name);
        assert_eq!(write(&again).unwrap(), text);
        // The same trees, features and parameters, as JSON; the scale is in the leaves.
        if golden.name != "scaled" {
            let [found, expected]: [serde_json::Value; 2] =
                [&text, golden.text].map(|text| serde_json::from_str(text).unwrap());
            assert_eq!(numbers(found), numbers(expected), "{}", golden.name);
        }
    }
}

/// The same JSON with all numbers as doubles.
fn numbers(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(list) => list.into_iter().map(numbers).collect(),
        serde_json::Value::Object(map) => map.into_iter().map(|(key, value)| (key, numbers(value))).collect(),
        other => other,
    }
}

/// `tests/golden/catboost/written` holds what this writes, and CatBoost's scores for it (`make.py written`).
#[test]
fn what_is_written_is_what_catboost_has_loaded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/catboost/written");
    let models = GOLDEN.iter().skip(1).map(|golden| (golden.name, pruned(&golden.read())));
    for (name, model) in models.chain([("vectors", vectors())]) {
        let text = write(&model).unwrap();
        let at = |ending: &str| format!("{folder}/{name}.{ending}");
        if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
            std::fs::write(at("json"), &text).unwrap();
            continue;
        }
        assert_eq!(text, std::fs::read_to_string(at("json")).unwrap(), "{name}");
        for (values, expected) in rows(&std::fs::read_to_string(at("csv")).unwrap()) {
            let found = raw_scores(&model.forest, &values);
            // CatBoost adds up trees that are not oblivious in another order.
            let near = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs().max(1.0));
            assert!(near, "{name}: {found:?} {expected:?}");
            assert_eq!(leaf_places(&model.forest, &values), expected[found.len()..], "{name}");
        }
    }
}

/// A forest from elsewhere: trees whose leaves score three classes, thresholds between numbers of single precision.
fn vectors() -> Imported {
    let mut raw = golden("missing-high").read().forest.to_raw();
    raw.task = Task::Classification { classes: ["a", "b", "c"].map(String::from).to_vec() };
    raw.base = vec![0.1, -0.2, 0.3];
    for tree in &mut raw.trees {
        tree.value = tree.value.iter().flat_map(|value| [*value, 0.5 - value, value * value]).collect();
        tree.threshold.iter_mut().for_each(|threshold| *threshold += 1e-12);
    }
    let model = Imported::of(Forest::new(raw).unwrap(), &[]);
    let (forest, origin) = model.forest.restricted(|node| node % 5 != 3);
    model.pruned(forest, &origin).unwrap()
}

#[test]
fn roots_alone_and_oblivious_trees_are_written_as_such() {
    let model = golden("binary").read();
    let (forest, origin) = model.forest.restricted(|_| false);
    let roots = model.pruned(forest, &origin).unwrap();
    assert_eq!(roots.records.weights, [300.0; 4]);
    assert!(write(&roots).unwrap().contains("\"splits\":[]"));
    assert_eq!(read_again(&roots), roots);
    // One level less everywhere is oblivious still.
    let depths: Vec<usize> = depths(&model.forest);
    let (forest, origin) = model.forest.restricted(|node| depths[node] < 2);
    let smaller = model.pruned(forest, &origin).unwrap();
    assert!(write(&smaller).unwrap().contains("\"oblivious_trees\""));
    assert_eq!(read_again(&smaller), smaller);
    assert!(write(&pruned(&model)).unwrap().contains("\"trees\""));
}

fn depths(forest: &Forest) -> Vec<usize> {
    let mut depths = vec![0; forest.n_nodes()];
    for node in 0..forest.n_nodes() {
        for child in forest.children(node).into_iter().flatten() {
            depths[child] = depths[node] + 1;
        }
    }
    depths
}

/// A forest of one split.
fn stump(precision: Precision, aggregation: Aggregation, missing: MissingDirection) -> RawForest {
    let tree = RawTree {
        feature: vec![0, -1, -1],
        threshold: vec![0.5, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![missing; 3],
        value: vec![0.0, 1.0, 2.0],
        ..RawTree::default()
    };
    RawForest { task: Task::Regression, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] }
}

#[test]
fn what_cannot_be_written_is_named() {
    let error = |raw: RawForest| write(&Imported::of(Forest::new(raw).unwrap(), &["dose".into()])).unwrap_err();
    let (single, sum, left) = (Precision::F32, Aggregation::Sum, MissingDirection::Left);
    assert_eq!(error(stump(Precision::F64, sum, left)), WriteError::Precision);
    assert_eq!(error(stump(single, Aggregation::Mean, left)), WriteError::Aggregation);
    let found = error(stump(single, sum, MissingDirection::ZeroLeft));
    assert_eq!(found, WriteError::Missing { node: 0, feature: "dose".into() });
    let mut both_ways = stump(single, sum, left);
    both_ways.trees.extend(stump(single, sum, MissingDirection::Right).trees);
    assert_eq!(error(both_ways), WriteError::Missing { node: 0, feature: "dose".into() });
    let mut beyond = stump(single, sum, left);
    beyond.trees[0].threshold[0] = -1e300;
    assert_eq!(error(beyond), WriteError::Border { node: 0, threshold: -1e300, feature: "dose".into() });
    let mut categories = stump(single, sum, left);
    let split = CategorySplit { members: vec![1, 2], members_left: true };
    categories.trees[0].categories.insert(0, split);
    assert_eq!(error(categories), WriteError::Categories { node: 0, feature: "dose".into() });
    let model = golden("multiclass").read();
    let mut other = model.clone();
    other.records.weights.pop();
    assert!(matches!(write(&other), Err(WriteError::Length { what: "weights", .. })));
    let other = Imported { forest: golden("ranking").read().forest, ..model };
    assert_eq!(write(&other), Err(WriteError::Header { what: "classes", found: 0, expected: 2 }));
    let mut deep = stump(single, sum, left);
    let depth = 121;
    let nodes = 2 * depth + 1;
    let is_leaf = |node: usize| node % 2 == 1 || node + 1 == nodes;
    deep.trees[0] = RawTree {
        feature: vec![0; nodes],
        threshold: vec![0.5; nodes],
        children_left: (0..nodes).map(|node| if is_leaf(node) { -1 } else { node as i64 + 1 }).collect(),
        children_right: (0..nodes).map(|node| if is_leaf(node) { -1 } else { node as i64 + 2 }).collect(),
        missing: vec![left; nodes],
        value: vec![1.0; nodes],
        ..RawTree::default()
    };
    assert_eq!(error(deep), WriteError::Depth { tree: 0, found: 121, limit: 120 });
}
