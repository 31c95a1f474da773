//! What is written is read back, by ONNX Runtime too.

use proptest::prelude::*;

use super::super::{Imported, Version, WriteError, write, write_as};
use super::behaviour::one_split;
use super::*;
use secateur_forest::{Aggregation, MissingDirection, Precision, RawForest, RawTree, argmax};

/// A model without every third split of each tree, and what is below; the last tree but one is its root alone.
fn pruned(model: &Imported) -> Imported {
    let bare = model.forest.tree(model.forest.n_trees().saturating_sub(2)).start;
    let (forest, origin) = model.forest.restricted(|node| node != bare && node % 6 != 4);
    assert!(forest.n_nodes() < model.forest.n_nodes());
    model.pruned(forest, &origin).unwrap()
}

#[test]
fn models_come_back_as_they_came() {
    let mut others = Vec::new();
    for golden in &GOLDEN {
        let model = golden.read();
        let bytes = write(&model).unwrap();
        let again = read(&bytes).unwrap();
        // A chain of equalities is put together when it is read: what was between its links comes after them.
        let chained = golden.name == "lightgbm-categories";
        assert_eq!(again.forest, model.forest, "{}", golden.name);
        assert!(chained || again.records == model.records, "{}", golden.name);
        assert_eq!(write(&again).unwrap(), bytes, "{}", golden.name);
        if bytes != golden.bytes {
            others.push(golden.name);
        }
        let [found, expected] = [&bytes[..], golden.bytes].map(|bytes| ModelProto::decode(bytes).unwrap());
        if chained {
            continue;
        }
        // All that surrounds the ensemble, and all of its lists that mean something.
        assert_eq!(found.opset_import, expected.opset_import);
        let [found, expected] = [found, expected].map(|model| model.graph.unwrap());
        assert_eq!((&found.input, &found.output, &found.name), (&expected.input, &expected.output, &expected.name));
        for (found, expected) in found.node.iter().zip(&expected.node) {
            let names = |node: &NodeProto| node.attribute.iter().map(|a| a.name.clone()).collect::<Vec<_>>();
            assert_eq!(names(found), names(expected));
            for (found, expected) in found.attribute.iter().zip(&expected.attribute) {
                let name = found.name.as_deref().unwrap();
                // What leaves say of children.
                let free = ["nodes_truenodeids", "nodes_falsenodeids"];
                assert!(found == expected || free.contains(&name), "{} {name}", golden.name);
            }
        }
    }
    // All others come back byte for byte.
    assert_eq!(others, ["lightgbm-categories"]);
}

/// `tests/golden/onnx/written` holds what this writes, and what ONNX Runtime computes with it (`make.py written`).
#[test]
fn what_is_written_is_what_the_runtime_has_run() {
    let anew =
        ["forest-binary", "forest-classes", "xgboost-classes", "hist-binary", "modes-double", "classes-5", "sets-5"];
    let as_it_came = GOLDEN.iter().map(|golden| {
        let model = pruned(&golden.read());
        (golden.name.to_owned(), golden.tolerance, write(&model).unwrap(), model)
    });
    let anew = anew.iter().flat_map(|name| {
        let golden = Golden::named(name);
        [(Version::V3, "3"), (Version::V5, "5")].map(|(version, ending)| {
            let model = pruned(&golden.read());
            // Version 3 gives single precision whatever it is given.
            (format!("{name}.{ending}"), golden.tolerance.max(3e-7), write_as(&model, version).unwrap(), model)
        })
    });
    for (name, tolerance, bytes, model) in as_it_came.chain(anew) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/onnx/written");
        let at = |ending: &str| format!("{folder}/{name}.{ending}");
        if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
            std::fs::write(at("onnx"), &bytes).unwrap();
            continue;
        }
        assert!(bytes == std::fs::read(at("onnx")).unwrap(), "{name}");
        let again = read(&bytes).unwrap();
        let stored = rows(&std::fs::read_to_string(at("csv")).unwrap(), &model.forest);
        assert_eq!(stored.len(), 16);
        for row in stored {
            for forest in [&model.forest, &again.forest] {
                let found = predict(forest, &row.features);
                let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance;
                assert!(found.iter().zip(&row.numbers).all(near), "{name}: {found:?} {:?}", row.numbers);
                assert!(row.class.is_none_or(|class| class == argmax(&found)), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn a_score_without_a_negative_weight_gets_a_tree_that_changes_nothing() {
    let model = Golden::named("boosting-binary").read();
    let mut raw = model.forest.to_raw();
    raw.trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value = value.abs());
    let positive = Imported { forest: Forest::new(raw).unwrap(), ..model.clone() };
    for bytes in [write(&positive), write_as(&positive, Version::V3)] {
        let again = read(&bytes.unwrap()).unwrap();
        assert_eq!(again.forest.n_trees(), model.forest.n_trees() + 1);
        for row in Golden::named("boosting-binary").rows(&model.forest) {
            let [found, expected] = [&again, &positive].map(|model| predict(&model.forest, &row.features));
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?} {expected:?}");
        }
        // It is not added twice.
        assert_eq!(read(&write(&again).unwrap()).unwrap().forest.n_trees(), again.forest.n_trees());
    }
}

#[test]
fn other_values_are_written_where_the_forest_has_others() {
    for name in [
        "forest-binary",
        "forest-classes",
        "extra-trees",
        "boosting-classes",
        "catboost-binary",
        "modes-5",
        "classes-5",
    ] {
        let model = Golden::named(name).read();
        let (classes, outputs) = (model.forest.n_outputs(), model.forest.n_outputs());
        let mut raw = model.forest.to_raw();
        for row in raw.trees[1].value.chunks_exact_mut(outputs) {
            let shares = raw.aggregation == Aggregation::Mean && classes > 1;
            if shares { row.rotate_left(1) } else { row.iter_mut().for_each(|value| *value *= 3.0) }
        }
        if raw.aggregation == Aggregation::Sum && outputs != 2 {
            raw.base = (0..outputs).map(|output| 0.5 + output as f64).collect();
        }
        let changed = Imported { forest: Forest::new(raw).unwrap(), ..model.clone() };
        let again = read(&write(&changed).unwrap()).unwrap();
        let fewer = model.forest.first_trees(2);
        let origin: Vec<u32> = (0..fewer.n_nodes() as u32).collect();
        let fewer = model.pruned(fewer, &origin).unwrap();
        let fewer_again = read(&write(&fewer).unwrap()).unwrap();
        for row in Golden::named(name).rows(&model.forest) {
            for (found, expected) in [(&again, &changed), (&fewer_again, &fewer)] {
                let [found, expected] = [found, expected].map(|model| predict(&model.forest, &row.features));
                assert!(
                    found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6),
                    "{name}: {found:?} {expected:?}"
                );
            }
        }
    }
}

#[test]
fn pruning_keeps_the_records_of_what_is_left() {
    let model = Golden::named("modes").read();
    let (forest, origin) = model.forest.restricted(|_| true);
    assert_eq!(model.pruned(forest.clone(), &origin).unwrap(), model);
    assert_eq!(model.pruned(forest.clone(), &origin[1..]), None);
    assert_eq!(model.pruned(forest, &vec![u32::MAX; origin.len()]), None);
    let small = pruned(&model);
    assert_eq!(
        (small.records.modes.len(), small.records.places.len()),
        (small.forest.n_nodes(), small.forest.n_nodes())
    );
    let json = serde_json::to_string(&small.records).unwrap();
    assert_eq!(serde_json::from_str::<super::super::Records>(&json).unwrap(), small.records);
}

#[test]
fn what_cannot_be_written_is_named() {
    let model = Golden::named("boosting-binary").read();
    let with = |change: &dyn Fn(&mut RawForest)| {
        let mut raw = model.forest.to_raw();
        change(&mut raw);
        write(&Imported { forest: Forest::new(raw).unwrap(), ..model.clone() }).unwrap_err()
    };
    assert_eq!(with(&|raw| raw.precision = Precision::F64), WriteError::Precision);
    assert_eq!(with(&|raw| raw.n_features = 9), WriteError::Fit { what: "features", found: 9, expected: 4 });
    let mean = with(&|raw| {
        (raw.aggregation, raw.base) = (Aggregation::Mean, Vec::new());
        raw.trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value = 1.0);
    });
    assert_eq!(mean, WriteError::Aggregation { found: "averages its trees", expected: "adds scores" });
    let huge = with(&|raw| {
        let last = raw.trees[0].value.len() - 1;
        raw.trees[0].value[last] = 1e39f64.min(5e8);
        raw.trees[0].missing[0] = MissingDirection::ZeroLeft;
    });
    assert_eq!(huge, WriteError::ZeroIsMissing { node: 0 });
    let other = Imported { forest: Golden::named("extra-trees").read().forest, ..model.clone() };
    assert_eq!(write(&other).unwrap_err(), WriteError::Fit { what: "outputs", found: 1, expected: 2 });
    let mut records = model.clone();
    records.records.hitrates.pop();
    assert!(matches!(write(&records).unwrap_err(), WriteError::Length { what: "hit rates", .. }));
    records = model.clone();
    records.records.source.as_mut().unwrap().shell = vec![1];
    assert!(matches!(write(&records).unwrap_err(), WriteError::Records(_)));

    let elsewhere = |forest: Forest| write(&Imported::of(forest, &[]));
    assert!(elsewhere(one_split(MissingDirection::Refuse)).is_ok());
    assert_eq!(elsewhere(one_split(MissingDirection::ZeroRight)).unwrap_err(), WriteError::ZeroIsMissing { node: 0 });
    let mut raw = one_split(MissingDirection::Left).to_raw();
    raw.trees[0].value[1] = 1e39;
    assert_eq!(
        elsewhere(Forest::new(raw.clone()).unwrap()).unwrap_err(),
        WriteError::NotFinite { node: 1, weight: f64::INFINITY }
    );
    raw.trees[0] = RawTree {
        feature: vec![-1],
        threshold: vec![0.0],
        children_left: vec![-1],
        children_right: vec![-1],
        value: vec![1.0],
        ..RawTree::default()
    };
    raw.n_features = 0;
    assert_eq!(elsewhere(Forest::new(raw.clone()).unwrap()).unwrap_err(), WriteError::NoFeatures);
    (raw.n_features, raw.task) = (1, Task::Classification { classes: vec!["a".into()] });
    assert_eq!(elsewhere(Forest::new(raw).unwrap()).unwrap_err(), WriteError::OneClass);
}

#[test]
fn names_labels_and_counts_of_a_forest_from_elsewhere_come_back() {
    let tree = RawTree {
        feature: vec![1, -1, -1],
        threshold: vec![0.1, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![MissingDirection::Left; 3],
        value: vec![5.0, 3.0, 2.0, 5.0, 1.0, 0.0, 0.0, 2.0, 2.0],
        ..RawTree::default()
    };
    let classes = |names: [&str; 3]| Task::Classification { classes: names.map(String::from).to_vec() };
    for (names, version) in
        [(["x", "7", "z"], Version::V3), (["4", "-1", "0"], Version::V3), (["a", "b", "\u{e4}"], Version::V5)]
    {
        let raw = RawForest {
            task: classes(names),
            n_features: 2,
            precision: Precision::F32,
            aggregation: Aggregation::Mean,
            base: vec![],
            trees: vec![tree.clone()],
        };
        let forest = Forest::new(raw).unwrap();
        let bytes = write_as(&Imported::of(forest.clone(), &["dose [mg]".into()]), version).unwrap();
        let model = read(&bytes).unwrap();
        assert_eq!(model.records.feature_names, ["dose [mg]", "Column_1"]);
        assert_eq!(model.forest.task(), forest.task());
        // Thresholds are rounded down, counts kept where nodes have hit rates.
        assert_eq!(model.forest.threshold(0), f64::from(0.1f32.next_down()));
        if version == Version::V3 {
            let values = (0..3).flat_map(|node| model.forest.value(node)).zip(&tree.value);
            assert!(values.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-6));
        }
    }
}

/// A forest of random small trees.
fn any_forest() -> impl Strategy<Value = Forest> {
    let node = (0i64..3, -3i32..3, any::<bool>(), prop::collection::vec(-4.0f64..4.0, 4));
    let tree = (prop::collection::vec(node, 11), 0usize..6, prop::collection::vec(any::<prop::sample::Index>(), 6));
    let kinds = (0usize..5, 0usize..3, any::<bool>());
    (kinds, prop::collection::vec(tree, 1..5), prop::collection::vec(-2.0f64..2.0, 4)).prop_map(
        |(kinds, trees, base)| {
            let (classes, aggregation, single) = kinds;
            let task = match classes {
                0 | 1 => Task::Regression,
                classes => Task::Classification { classes: (0..classes).map(|class| format!("c{class}")).collect() },
            };
            let aggregation = [Aggregation::Sum, Aggregation::Mean, Aggregation::Vote][aggregation];
            let counts = aggregation != Aggregation::Sum && task != Task::Regression;
            let n_outputs = task.n_outputs();
            let trees = trees.iter().map(|(nodes, splits, places)| {
                let mut raw = RawTree::default();
                let mut leaves = vec![0];
                raw.children_left.push(-1);
                raw.children_right.push(-1);
                for place in &places[..*splits] {
                    let node = leaves.swap_remove(place.index(leaves.len()));
                    let next = raw.children_left.len();
                    (raw.children_left[node], raw.children_right[node]) = (next as i64, next as i64 + 1);
                    raw.children_left.extend([-1, -1]);
                    raw.children_right.extend([-1, -1]);
                    leaves.extend([next, next + 1]);
                }
                for (feature, threshold, left, value) in &nodes[..raw.children_left.len()] {
                    raw.feature.push(*feature);
                    raw.threshold.push(f64::from(*threshold) / 3.0);
                    raw.missing.push(if *left { MissingDirection::Left } else { MissingDirection::Right });
                    let value = &value[..n_outputs];
                    raw.value.extend(value.iter().map(|value| if counts { value.abs() + 0.125 } else { *value }));
                }
                raw
            });
            let precision = if single { Precision::F32 } else { Precision::F64 };
            let base = if aggregation == Aggregation::Sum { base[..n_outputs].to_vec() } else { Vec::new() };
            Forest::new(RawForest { n_features: 3, precision, aggregation, base, trees: trees.collect(), task })
                .unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_as_the_same_function(
        forest in any_forest(),
        version in any::<bool>(),
        rows in prop::collection::vec(prop::collection::vec(-9i32..10, 3), 8),
    ) {
        let version = if version { Version::V3 } else { Version::V5 };
        let model = Imported::of(forest, &[]);
        let bytes = write_as(&model, version).unwrap();
        let again = read(&bytes).unwrap();
        prop_assert_eq!(write(&again).unwrap(), bytes);
        for row in rows {
            let values: Vec<f64> =
                row.iter().map(|&value| if value == 9 { f64::NAN } else { f64::from(value) / 3.0 }).collect();
            let [found, expected] = [&again, &model].map(|model| predict(&model.forest, &values));
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-6), "{:?} {:?}", found, expected);
        }
    }
}
