//! What is written is read back, by LightGBM too.

use proptest::prelude::*;

use super::super::{Imported, WriteError, read, write};
use super::*;
use secateur_forest::{Aggregation, Precision, RawForest, RawTree};

/// A model pruned to its larger gains: every third split of each tree goes, and what is below.
fn pruned(model: &Imported) -> Imported {
    let mut gains: Vec<f64> = model.gains.iter().copied().filter(|gain| *gain > 0.0).collect();
    gains.sort_by(f64::total_cmp);
    let least = gains[gains.len() / 3];
    let (forest, origin) = model.forest.restricted(|node| model.gains[node] >= least);
    assert!(forest.n_nodes() < model.forest.n_nodes());
    model.pruned(forest, &origin).unwrap()
}

#[test]
fn models_of_lightgbm_come_back() {
    for golden in &GOLDEN {
        let model = golden.read();
        let text = write(&model).unwrap();
        let again = read(&text).unwrap();
        for (values, expected) in golden.rows(model.forest.n_features()) {
            assert!(close(&raw_scores(&again.forest, &values, golden.sigmoid), &expected), "{}", golden.name);
        }
        // Writing is a fixed point of writing and reading, and keeps all that is recorded.
        assert_eq!(again, model);
        assert_eq!(write(&again).unwrap(), text);
        assert!(text.contains("\nparameters:\n[boosting: ") && text.contains("pandas_categorical:null"));
        let average = text.contains("\naverage_output\n");
        assert!(text.contains("feature_infos=[") && average == (golden.name == "random-forest"));
        // Of every tree the numbers of the text, as many, as they were, and in their order.
        for key in ["split_feature", "split_gain", "left_child", "right_child", "leaf_value", "leaf_count", "shrinkage"]
        {
            let numbers = |text: &str| -> Vec<Vec<f64>> {
                let lines = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
                lines
                    .map(|line| line.split_ascii_whitespace().map(|number| number.parse().unwrap()).collect())
                    .collect()
            };
            assert_eq!(numbers(&text), numbers(golden.text), "{} {key}", golden.name);
        }
    }
}

#[test]
fn scores_of_the_text_give_way_to_changed_ones() {
    for golden in GOLDEN.iter().filter(|golden| ["binary", "random-forest"].contains(&golden.name)) {
        let model = golden.read();
        let mut raw = model.forest.to_raw();
        raw.trees[1].value.iter_mut().for_each(|value| *value *= 3.0);
        let changed = Imported { forest: Forest::new(raw).unwrap(), ..model.clone() };
        let again = read(&write(&changed).unwrap()).unwrap();
        for (values, _) in golden.rows(model.forest.n_features()) {
            let [found, expected] = [&again, &changed].map(|model| raw_scores(&model.forest, &values, golden.sigmoid));
            assert!(close(&found, &expected), "{}: {found:?} {expected:?}", golden.name);
        }
        // So do those of a forest with fewer trees, whose mean is another.
        let fewer = model.forest.first_trees(2);
        let origin: Vec<u32> = (0..fewer.n_nodes() as u32).collect();
        let fewer = model.pruned(fewer, &origin).unwrap();
        let again = read(&write(&fewer).unwrap()).unwrap();
        assert!(again.forest.n_trees() == 2);
        for (values, _) in golden.rows(model.forest.n_features()) {
            let [found, expected] = [&again, &fewer].map(|model| raw_scores(&model.forest, &values, golden.sigmoid));
            assert!(close(&found, &expected), "{}: {found:?} {expected:?}", golden.name);
        }
    }
}

/// Trees whose leaves score three classes at once, from a base on.
fn vectors() -> Imported {
    let mut raw = GOLDEN[2].read().forest.to_raw();
    raw.task = Task::Classification { classes: ["a", "b", "c"].map(String::from).to_vec() };
    raw.base = vec![0.1, -0.2, 0.3];
    for value in raw.trees.iter_mut().map(|tree| &mut tree.value) {
        *value = value.iter().flat_map(|value| [*value, 0.5 - value, value * value]).collect();
    }
    Imported::of(Forest::new(raw).unwrap(), &[])
}

/// `tests/golden/lightgbm/written` holds what this writes, and LightGBM's scores for it (`make.py written`).
#[test]
fn what_is_written_is_what_lightgbm_has_loaded() {
    let models = GOLDEN.iter().map(|golden| (golden.name, golden.sigmoid, pruned(&golden.read())));
    for (name, sigmoid, model) in models.chain([("vectors", 1.0, vectors())]) {
        let text = write(&model).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/lightgbm/written");
        let at = |ending: &str| format!("{folder}/{name}.{ending}");
        if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
            std::fs::write(at("txt"), &text).unwrap();
            continue;
        }
        assert_eq!(text, std::fs::read_to_string(at("txt")).unwrap(), "{name}");
        let stored = rows(&std::fs::read_to_string(at("csv")).unwrap(), model.forest.n_features());
        assert_eq!(stored.len(), 40);
        for (values, expected) in stored {
            let found = raw_scores(&model.forest, &values, sigmoid);
            assert!(close(&found, &expected), "{name}: {found:?} {expected:?}");
        }
    }
}

#[test]
fn pruning_keeps_the_records_of_what_is_left() {
    let model = GOLDEN[0].read();
    let (forest, origin) = model.forest.restricted(|_| false);
    let roots = model.pruned(forest, &origin).unwrap();
    assert_eq!(roots.forest.n_nodes(), 6);
    assert!(roots.records.counts == [300; 6] && roots.gains == [0.0; 6]);
    let (forest, origin) = model.forest.restricted(|_| true);
    assert_eq!(model.pruned(forest.clone(), &origin).unwrap(), model);
    assert_eq!(model.pruned(forest.clone(), &origin[1..]), None);
    assert_eq!(model.pruned(forest, &vec![u32::MAX; origin.len()]), None);
}

#[test]
fn what_cannot_be_written_is_named() {
    let model = GOLDEN[0].read();
    let with = |change: &dyn Fn(&mut RawForest)| {
        let mut raw = model.forest.to_raw();
        change(&mut raw);
        write(&Imported { forest: Forest::new(raw).unwrap(), ..model.clone() }).unwrap_err()
    };
    assert_eq!(with(&|raw| raw.precision = Precision::F32), WriteError::Precision);
    assert_eq!(with(&|raw| raw.n_features = 9), WriteError::Header { what: "features", found: 9, expected: 4 });
    let mean = with(&|raw| {
        (raw.aggregation, raw.base) = (Aggregation::Mean, Vec::new());
        raw.trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value = 1.0);
    });
    assert_eq!(mean, WriteError::Aggregation);
    let fewer = with(&|raw| raw.trees.truncate(1));
    assert!(matches!(fewer, WriteError::Length { what: "gains", expected: 11, .. }), "{fewer}");
    let other = Imported { forest: GOLDEN[2].read().forest, ..model.clone() };
    assert_eq!(write(&other).unwrap_err(), WriteError::Header { what: "classes", found: 0, expected: 2 });
    let mut bad = model.clone();
    bad.gains[3] = f64::NAN;
    assert_eq!(write(&bad).unwrap_err(), WriteError::NotFinite { node: 3, what: "gain" });
    let (mut huge, tree) = (GOLDEN[2].read(), 0);
    let mut raw = huge.forest.to_raw();
    raw.trees[tree].value[0] = f64::MAX;
    raw.base = vec![f64::MAX];
    huge.forest = Forest::new(raw).unwrap();
    assert_eq!(write(&huge).unwrap_err(), WriteError::NotFinite { node: 0, what: "score" });

    let one = |classes: &[&str], n_features| {
        let task = Task::Classification { classes: classes.iter().map(|&name| name.into()).collect() };
        let tree = RawTree {
            feature: vec![-1],
            threshold: vec![0.0],
            children_left: vec![-1],
            children_right: vec![-1],
            missing: vec![],
            value: vec![1.0; classes.len()],
            ..RawTree::default()
        };
        let (precision, aggregation) = (Precision::F64, Aggregation::Sum);
        let raw = RawForest { task, n_features, precision, aggregation, base: Vec::new(), trees: vec![tree] };
        write(&Imported::of(Forest::new(raw).unwrap(), &[]))
    };
    assert_eq!(one(&["a"], 1).unwrap_err(), WriteError::OneClass);
    assert_eq!(one(&["a", "b"], 0).unwrap_err(), WriteError::NoFeatures);
    assert!(one(&["a", "b"], 1).unwrap().contains("feature_names=Column_0\n"));
}

#[test]
fn names_are_made_fit_for_lightgbm() {
    let forest = GOLDEN[2].read().forest;
    let names = ["a b", "", "x=\"1\"", "t\u{e4}g"].map(String::from);
    let text = write(&Imported::of(forest, &names)).unwrap();
    assert!(text.contains("\nfeature_names=a_b Column_1 x=_1_ t\u{e4}g\n"), "{text}");
    read(&text).unwrap();
}

/// A forest of random small trees that add scores.
fn any_forest() -> impl Strategy<Value = Forest> {
    let node = (0i64..3, -3i32..3, 0u8..4, prop::collection::vec(-4.0f64..4.0, 4));
    let tree = (prop::collection::vec(node, 11), 0usize..6, prop::collection::vec(any::<prop::sample::Index>(), 6));
    (0usize..4, prop::collection::vec(tree, 1..5), prop::collection::vec(-2.0f64..2.0, 4)).prop_map(
        |(classes, trees, base)| {
            let task = match classes {
                0 | 1 => Task::Regression,
                classes => Task::Classification { classes: (0..classes).map(|class| format!("c{class}")).collect() },
            };
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
                for (feature, threshold, missing, value) in &nodes[..raw.children_left.len()] {
                    raw.feature.push(*feature);
                    raw.threshold.push(f64::from(*threshold) / 3.0);
                    use secateur_forest::MissingDirection::{Left, Right, ZeroLeft, ZeroRight};
                    raw.missing.push([Left, Right, ZeroLeft, ZeroRight][usize::from(*missing % 4)]);
                    raw.value.extend(&value[..n_outputs]);
                }
                raw
            });
            let (precision, aggregation) = (Precision::F64, Aggregation::Sum);
            let base = base[..n_outputs].to_vec();
            let raw = RawForest { n_features: 3, precision, aggregation, base, trees: trees.collect(), task };
            Forest::new(raw).unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_as_the_same_function(
        forest in any_forest(),
        rows in prop::collection::vec(prop::collection::vec(-9i32..10, 3), 8),
    ) {
        let model = Imported::of(forest, &[]);
        let text = write(&model).unwrap();
        let again = read(&text).unwrap();
        prop_assert_eq!(write(&again).unwrap(), text);
        for row in rows {
            let values: Vec<f64> =
                row.iter().map(|&value| if value == 9 { f64::NAN } else { f64::from(value) / 3.0 }).collect();
            let [found, expected] = [&again, &model].map(|model| raw_scores(&model.forest, &values, 1.0));
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{:?} {:?}", found, expected);
        }
    }
}
