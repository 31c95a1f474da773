//! Checkpoints that treelite 4.8 has loaded (`tests/golden/treelite`), and what cannot be written.

use super::*;
use crate::{catboost, lightgbm, sklearn};
use secateur_forest::{
    Aggregation, BudgetedForest, CategorySplit, Forest, MissingDirection, Precision, PriceList, RawForest, RawTree,
    Task,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");

/// Golden models of all formats, pruned, with what is known of their nodes.
struct Model {
    name: &'static str,
    forest: Forest,
    gains: Vec<f64>,
    counts: Vec<u64>,
    weights: Vec<f64>,
}

/// Every third split of a forest goes, and what is below.
fn pruned(forest: &Forest) -> (Forest, Vec<u32>) {
    forest.restricted(|node| node % 3 != 2)
}

fn models() -> Vec<Model> {
    let path = |format: &str, name: &str, ending: &str| format!("{FOLDER}/{format}/{name}.{ending}");
    let mut models = Vec::new();
    for name in ["sklearn.random-forest", "sklearn.boosted-classes", "sklearn.hist-categories"] {
        let bytes = std::fs::read(path("sklearn", name.split_once('.').unwrap().1, "skl")).unwrap();
        let model = sklearn::read(&bytes).unwrap();
        let (forest, origin) = pruned(&model.forest);
        let sklearn::Imported { forest, gains, records } = model.pruned(forest, &origin).unwrap();
        models.push(Model { name, forest, gains, counts: records.counts, weights: records.weights });
    }
    for name in ["lightgbm.multiclass", "lightgbm.missing-or-not", "lightgbm.zero-as-missing"] {
        let text = std::fs::read_to_string(path("lightgbm", name.split_once('.').unwrap().1, "txt")).unwrap();
        let model = lightgbm::read(&text).unwrap();
        let (forest, origin) = pruned(&model.forest);
        let lightgbm::Imported { forest, gains, records } = model.pruned(forest, &origin).unwrap();
        models.push(Model { name, forest, gains, counts: records.counts, weights: records.weights });
    }
    for name in ["catboost.missing-high", "catboost.names"] {
        let text = std::fs::read_to_string(path("catboost", name.split_once('.').unwrap().1, "json")).unwrap();
        let model = catboost::read(&text).unwrap();
        let (forest, origin) = pruned(&model.forest);
        let catboost::Imported { forest, records, .. } = model.pruned(forest, &origin).unwrap();
        models.push(Model { name, forest, gains: vec![], counts: vec![], weights: records.weights });
    }
    models
}

/// Whether two lists are equal up to this part of 1.
fn close(found: &[f64], expected: &[f64], part: f64) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= part * b.abs().max(1.0))
}

fn ends(forest: &Forest, values: &[f64]) -> Vec<f64> {
    let end = |tree: usize| {
        let root = forest.tree(tree).start;
        let mut node = root;
        while let Some(feature) = forest.feature(node) {
            // Where a forest refuses missing values, treelite sends them right.
            let refused = || forest.children(node).expect("splits have children")[1];
            node = forest.next(node, values[feature]).unwrap_or_else(refused);
        }
        (node - root) as f64
    };
    (0..forest.n_trees()).map(end).collect()
}

/// What is written is what treelite has loaded; its leaves are those of the forest, and so are its predictions.
#[test]
fn treelite_predicts_alike() {
    for model in models() {
        let Model { name, forest, .. } = &model;
        let names: Vec<String> = (0..forest.n_features()).map(|feature| feature.to_string()).collect();
        let whole = BudgetedForest::whole(forest.clone(), PriceList::uniform(&names, 1.0).unwrap()).unwrap();
        for (numbers, ending, part) in [(Numbers::Double, "", 1e-6), (Numbers::Single, ".single", 2e-6)] {
            let options = Options { numbers, gains: &model.gains, counts: &model.counts, weights: &model.weights };
            let bytes = write(forest, options).unwrap();
            let path = format!("{FOLDER}/treelite/{name}{ending}");
            if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
                std::fs::write(format!("{path}.tl"), &bytes).unwrap();
                continue;
            }
            assert!(bytes == std::fs::read(format!("{path}.tl")).unwrap(), "{name}");
            let rows = std::fs::read_to_string(format!("{path}.csv")).unwrap();
            assert!(rows.lines().count() >= 16);
            for line in rows.lines() {
                let number = |cell: &str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
                let row: Vec<f64> = line.split(',').map(number).collect();
                let (values, row) = row.split_at(forest.n_features());
                let (found, leaves) = row.split_at(row.len() - forest.n_trees());
                let values: Vec<f64> = match numbers {
                    Numbers::Double => values.to_vec(),
                    Numbers::Single => values.iter().map(|value| f64::from(*value as f32)).collect(),
                };
                assert_eq!(ends(forest, &values), leaves, "{name}{ending}");
                let Ok(mut answer) = whole.predict_row(&values, whole.unpruned()) else { continue };
                if answer.len() == 2 && forest.aggregation() == Aggregation::Sum {
                    answer.remove(0);
                }
                assert!(close(found, &answer, part), "{name}{ending}: {found:?} {answer:?}");
            }
        }
    }
}

/// A forest of one split.
fn stump(threshold: f64, missing: MissingDirection) -> RawForest {
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
    RawForest { task: Task::Regression, n_features: 1, precision, aggregation, base: vec![0.5], trees: vec![tree] }
}

/// The bytes that follow those of a field, for fields of which there is only one in a file of one stump.
fn after<'a>(bytes: &'a [u8], field: &[u8]) -> &'a [u8] {
    let at = bytes.windows(field.len()).position(|window| window == field).unwrap();
    &bytes[at + field.len()..]
}

/// The threshold of a stump in doubles: after three nodes' leaf values.
fn threshold_of(bytes: &[u8]) -> f64 {
    let leaves: Vec<u8> = [0.0f64, 1.0, 2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let rest = &after(bytes, &leaves)[8..];
    f64::from_le_bytes(*rest.first_chunk().unwrap())
}

#[test]
fn zeros_that_are_missing_join_one_side() {
    let zero = f64::from(1e-35f32);
    let written = |threshold, missing| write(&Forest::new(stump(threshold, missing)).unwrap(), Options::default());
    for (threshold, missing, expected) in [
        (0.0, MissingDirection::ZeroLeft, zero),
        ((-zero).next_down(), MissingDirection::ZeroLeft, zero),
        (3.0, MissingDirection::ZeroLeft, 3.0),
        (0.0, MissingDirection::ZeroRight, (-zero).next_down()),
        (zero, MissingDirection::ZeroRight, (-zero).next_down()),
        (-3.0, MissingDirection::ZeroRight, -3.0),
        (-3.0, MissingDirection::Right, -3.0),
    ] {
        let forest = Forest::new(stump(threshold, missing)).unwrap();
        let found = threshold_of(&written(threshold, missing).unwrap());
        assert_eq!(found, expected);
        for value in [-4.0, -3.0, -1.0, (-zero).next_down(), -zero, 0.0, zero, zero.next_up(), 1.0, 3.0, 4.0] {
            assert_eq!(forest.next(0, value), Some(if value <= found { 1 } else { 2 }), "{value} at {threshold}");
        }
    }
    for (threshold, missing) in [(-3.0, MissingDirection::ZeroLeft), (3.0, MissingDirection::ZeroRight)] {
        assert_eq!(written(threshold, missing).unwrap_err(), WriteError::ZeroApart { tree: 0, node: 0 });
    }
}

#[test]
fn a_forest_that_rounds_values_is_said_in_doubles() {
    let mut raw = stump(0.1, MissingDirection::Left);
    raw.precision = Precision::F32;
    let found = threshold_of(&write(&Forest::new(raw.clone()).unwrap(), Options::default()).unwrap());
    let forest = Forest::new(raw).unwrap();
    assert!(found != 0.1);
    for value in [0.1, found, found.next_up(), f64::from(0.1f32), f64::from(0.1f32.next_down())] {
        assert_eq!(forest.next(0, value), Some(if value <= found { 1 } else { 2 }), "{value}");
    }
}

#[test]
fn votes_are_fractions_of_leaves() {
    let mut raw = stump(0.5, MissingDirection::Left);
    raw.task = Task::Classification { classes: ["a", "b"].map(String::from).to_vec() };
    (raw.aggregation, raw.base) = (Aggregation::Vote, vec![]);
    raw.trees[0].value = vec![5.0, 3.0, 1.0, 3.0, 4.0, 4.0];
    let bytes = write(&Forest::new(raw).unwrap(), Options::default()).unwrap();
    // Two leaves with a vote for b, and one for a, which has the lower index.
    let votes: Vec<u8> = [0.0f64, 1.0, 1.0, 0.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let ends = after(&bytes, &votes);
    assert_eq!(ends[..8], 3u64.to_le_bytes());
    assert!(bytes.windows(19).any(|window| window == b"identity_multiclass"));
}

#[test]
fn what_cannot_be_written_is_named() {
    let forest = Forest::new(stump(0.5, MissingDirection::Left)).unwrap();
    let gains = vec![1.0];
    let found = write(&forest, Options { gains: &gains, ..Options::default() }).unwrap_err();
    assert_eq!(found, WriteError::Length { what: "gains", found: 1, expected: 3 });
    let mut beyond = stump(0.5, MissingDirection::Left);
    beyond.trees[0].value[2] = 1e39;
    let beyond = Forest::new(beyond).unwrap();
    let found = write(&beyond, Options { numbers: Numbers::Single, ..Options::default() }).unwrap_err();
    assert_eq!(found, WriteError::BeyondSingle { node: 2, value: 1e39 });
    assert!(write(&beyond, Options::default()).is_ok());
    let mut large = stump(0.5, MissingDirection::Left);
    let split = CategorySplit { members: vec![1, (1 << 24) + 1], members_left: true };
    large.trees[0].categories.insert(0, split);
    let large = Forest::new(large).unwrap();
    let found = write(&large, Options { numbers: Numbers::Single, ..Options::default() }).unwrap_err();
    assert_eq!(found, WriteError::Category { tree: 0, node: 0, category: (1 << 24) + 1 });
    assert!(write(&large, Options::default()).is_ok());
}

#[test]
fn a_chain_of_a_million_splits_is_written() {
    let nodes = 2_000_001usize;
    let is_leaf = |node: usize| node % 2 == 1 || node + 1 == nodes;
    let child = |node: usize, step: i64| if is_leaf(node) { -1 } else { node as i64 + step };
    let mut raw = stump(0.5, MissingDirection::Left);
    raw.trees[0] = RawTree {
        feature: vec![0; nodes],
        threshold: vec![0.5; nodes],
        children_left: (0..nodes).map(|node| child(node, 1)).collect(),
        children_right: (0..nodes).map(|node| child(node, 2)).collect(),
        missing: vec![],
        value: vec![1.0; nodes],
        ..RawTree::default()
    };
    let bytes = write(&Forest::new(raw).unwrap(), Options::default()).unwrap();
    assert!(bytes.len() > nodes * 8);
}
