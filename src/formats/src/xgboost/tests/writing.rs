//! What is written is read back, by XGBoost too.

use proptest::prelude::*;

use super::super::{Imported, WriteError, write};
use super::*;
use secateur_forest::{Aggregation, CategorySplit, MissingDirection, Precision, RawForest, RawTree, Task};

/// A model pruned to its larger gains: the splits with the least third of gains go, and what is below.
fn pruned(model: &Imported) -> Imported {
    let mut gains: Vec<f64> = model.gains.iter().copied().filter(|gain| *gain > 0.0).collect();
    gains.sort_by(f64::total_cmp);
    let least = gains[gains.len() / 3];
    let (forest, origin) = model.forest.restricted(|node| model.gains[node] >= least);
    assert!(forest.n_nodes() < model.forest.n_nodes());
    model.pruned(forest, &origin).unwrap()
}

#[test]
fn models_of_xgboost_come_back() {
    for golden in &GOLDEN {
        let model = golden.read();
        for syntax in [Syntax::Json, Syntax::Ubjson] {
            let bytes = write(&model, syntax).unwrap();
            let mut again = golden.read_bytes(&bytes);
            assert_eq!(again.records.header.syntax, syntax);
            assert_eq!(again.forest, model.forest, "{}", golden.name);
            assert_eq!(again.gains, model.gains);
            assert_eq!(write(&again, syntax).unwrap(), bytes, "{}", golden.name);
            if golden.name != "deleted" && golden.name != "old-logitraw" {
                // The document may hold a list of integers by type or not.
                again.records.header = model.records.header.clone();
                assert_eq!(again.records, model.records, "{}", golden.name);
            }
        }
    }
}

/// Byte for byte, where the file has nothing that is left out: deleted nodes, and splits that leaves once were.
/// (Version 1.0 spelled numbers otherwise.)
#[test]
fn files_of_xgboost_come_back_as_they_were() {
    let mut same = 0;
    for golden in &GOLDEN {
        let bytes = write(&golden.read(), golden.syntax()).unwrap();
        let is_same = bytes == golden.bytes;
        let expected = !["deleted", "old-logitraw"].contains(&golden.name) && !golden.name.starts_with("oldest");
        if is_same != expected && golden.syntax() == Syntax::Json {
            let [a, b] = [&bytes[..], golden.bytes].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(0);
            let from = at.saturating_sub(60);
            panic!("{} at {at}: {:?} {:?}", golden.name, a.get(from..at + 30), b.get(from..at + 30));
        }
        assert_eq!(is_same, expected, "{}", golden.name);
        same += usize::from(is_same);
    }
    assert_eq!(same, 20);
}

#[test]
fn signs_of_zeros_and_infinite_conditions_come_back() {
    let text = String::from_utf8(named("zeros").bytes.to_vec()).unwrap();
    let list = text.split("\"split_conditions\":[").nth(1).unwrap();
    let leaf = list.split(',').nth(3).unwrap();
    let edited = text.replacen("\"split_conditions\":[0E0,0E0,0E0", "\"split_conditions\":[-0E0,Infinity,-Infinity", 1);
    let edited = edited.replacen(leaf, "-0E0", 2);
    assert!(edited.contains(",-Infinity,-0E0,"));
    let model = read(edited.as_bytes()).unwrap();
    assert_eq!(model.records.odd_conditions.len(), 2);
    assert_eq!(String::from_utf8(write(&model, Syntax::Json).unwrap()).unwrap(), edited);
    let (forest, origin) = model.forest.restricted(|node| node != 1);
    assert_eq!(model.pruned(forest, &origin).unwrap().records.odd_conditions.len(), 2);
}

#[test]
fn scores_of_the_file_give_way_to_changed_ones() {
    for name in ["logistic", "softprob", "dart", "dart-softmax", "regression", "vectors", "poisson", "old-logistic"] {
        let golden = named(name);
        let model = golden.read();
        let mut raw = model.forest.to_raw();
        raw.trees[1].value.iter_mut().for_each(|value| *value *= 3.0);
        raw.base.iter_mut().enumerate().for_each(|(class, base)| *base += 0.7 + 0.1 * class as f64);
        let changed = Imported { forest: Forest::new(raw).unwrap(), ..model.clone() };
        for syntax in [Syntax::Json, Syntax::Ubjson] {
            let again = golden.read_bytes(&write(&changed, syntax).unwrap());
            for row in golden.rows(&model) {
                let [found, expected] = [&again, &changed].map(|model| margins(model, &row.values));
                let expected: Vec<f32> = expected.into_iter().map(|margin| margin as f32).collect();
                assert!(close(&found, &expected), "{name}: {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn trees_that_are_gone_take_their_records_along() {
    let golden = named("dart-softmax");
    let model = golden.read();
    let mut raw = model.forest.to_raw();
    raw.trees.drain(3..6);
    let forest = Forest::new(raw).unwrap();
    let kept = (0..model.forest.n_trees()).filter(|tree| !(3..6).contains(tree));
    let origin: Vec<u32> = kept.flat_map(|tree| model.forest.tree(tree)).map(|node| node as u32).collect();
    let fewer = model.pruned(forest, &origin).unwrap();
    assert_eq!(fewer.records.trees[3].iteration, 2);
    let again = read(&write(&fewer, Syntax::Ubjson).unwrap()).unwrap();
    assert_eq!(again.forest, fewer.forest);
    assert_eq!(again.records.trees.len(), model.records.trees.len() - 3);
    assert_eq!(again.records.trees[3].weight, model.records.trees[6].weight);
    // The root of one tree is not that of another.
    let mut wrong = origin.clone();
    wrong[0] = 1;
    assert_eq!(model.pruned(fewer.forest.clone(), &wrong), None);
}

/// Trees whose leaves score three classes at once, from a base on.
fn vectors() -> Imported {
    let mut raw = named("regression").read().forest.to_raw();
    raw.task = Task::Classification { classes: ["a", "b", "c"].map(String::from).to_vec() };
    raw.base = vec![0.1, -0.2, 0.3];
    for value in raw.trees.iter_mut().map(|tree| &mut tree.value) {
        *value = value.iter().flat_map(|value| [*value, 0.5 - value, value * value]).collect();
    }
    Imported::of(Forest::new(raw).unwrap(), &[])
}

/// `tests/golden/xgboost/written` holds what this writes, and XGBoost's scores for it (`make.py written`).
#[test]
fn what_is_written_is_what_xgboost_has_loaded() {
    let names = [
        "logistic",
        "logitraw",
        "softprob",
        "regression",
        "dart-softmax",
        "deleted",
        "poisson",
        "vectors",
        "categories",
        "one-hot",
        "zeros",
        "oldest-logitraw",
    ];
    let models = names.map(named).map(|golden| (golden.name, golden.stated, pruned(&golden.read())));
    for (name, stated, model) in models.into_iter().chain([("several", None, vectors())]) {
        let (syntax, ending) = match model.records.header.syntax {
            Syntax::Json => (Syntax::Ubjson, "ubj"),
            Syntax::Ubjson => (Syntax::Json, "json"),
        };
        let bytes = write(&model, syntax).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/xgboost/written");
        let at = |ending: &str| format!("{folder}/{name}.{ending}");
        if std::env::var_os("SECATEUR_WRITE_GOLDEN").is_some() {
            std::fs::write(at(ending), &bytes).unwrap();
            continue;
        }
        assert_eq!(bytes, std::fs::read(at(ending)).unwrap(), "{name}");
        let again = match stated {
            None => read(&bytes).unwrap(),
            Some(stated) => read_as(&bytes, stated).unwrap(),
        };
        // Version 3.2 takes the base score of `binary:logitraw` for a score, whichever version wrote it.
        let shift = if name == "oldest-logitraw" { 0.3 - again.forest.base()[1] as f32 } else { 0.0 };
        let stored = rows(&std::fs::read_to_string(at("csv")).unwrap(), &again);
        assert_eq!(stored.len(), 12);
        for Row { values, margins: expected, leaves } in stored {
            let found: Vec<u32> = ends(&again.forest, &values).iter().map(|&node| again.records.places[node]).collect();
            assert_eq!(found, leaves, "{name}");
            let expected: Vec<f32> = expected.iter().map(|margin| margin - shift).collect();
            let found = margins(&model, &values);
            assert!(close(&found, &expected), "{name}: {found:?} {expected:?}");
        }
    }
}

#[test]
fn pruning_keeps_the_records_of_what_is_left() {
    let model = named("logistic").read();
    let (forest, origin) = model.forest.restricted(|_| false);
    let roots = model.pruned(forest, &origin).unwrap();
    assert_eq!((roots.forest.n_nodes(), &roots.gains[..]), (4, &[0.0; 4][..]));
    let first: Vec<f32> = model.forest.roots().map(|root| model.records.covers[root]).collect();
    assert_eq!(roots.records.covers, first);
    let (forest, origin) = model.forest.restricted(|_| true);
    assert_eq!(model.pruned(forest.clone(), &origin).unwrap(), model);
    assert_eq!(model.pruned(forest.clone(), &origin[1..]), None);
    assert_eq!(model.pruned(forest, &vec![u32::MAX; origin.len()]), None);
}

#[test]
fn records_are_kept_in_a_file() {
    for golden in &GOLDEN {
        let records = golden.read().records;
        let text = serde_json::to_string(&records).unwrap();
        assert_eq!(serde_json::from_str::<super::super::Records>(&text).unwrap(), records);
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let model = named("logistic").read();
    let with = |change: &dyn Fn(&mut RawForest)| {
        let mut raw = model.forest.to_raw();
        change(&mut raw);
        write(&Imported { forest: Forest::new(raw).unwrap(), ..model.clone() }, Syntax::Json).unwrap_err()
    };
    assert_eq!(with(&|raw| raw.precision = Precision::F64), WriteError::Precision);
    assert_eq!(with(&|raw| raw.n_features = 9), WriteError::Header { what: "features", found: 9, expected: 4 });
    let mean = with(&|raw| {
        (raw.aggregation, raw.base) = (Aggregation::Mean, Vec::new());
        raw.trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value = 1.0);
    });
    assert_eq!(mean, WriteError::Aggregation);
    let far = with(&|raw| {
        let split = CategorySplit { members: vec![1 << 24], members_left: true };
        raw.trees[0].categories.insert(0, split);
    });
    assert_eq!(far, WriteError::Category { node: 0, category: 1 << 24 });
    assert_eq!(with(&|raw| raw.trees[0].missing[0] = MissingDirection::ZeroLeft), WriteError::Zeros { node: 0 });
    let fewer = with(&|raw| raw.trees.truncate(1));
    assert!(matches!(fewer, WriteError::Length { what: "gains", .. }), "{fewer}");
    let other = Imported { forest: named("regression").read().forest, ..model.clone() };
    let found = write(&other, Syntax::Json).unwrap_err();
    assert_eq!(found, WriteError::Header { what: "classes", found: 0, expected: 2 });
    let mut bad = model.clone();
    bad.gains[3] = f64::MAX;
    assert_eq!(write(&bad, Syntax::Json).unwrap_err(), WriteError::NotFinite { node: 3, what: "gain" });
    let mut huge = named("regression").read();
    let mut raw = huge.forest.to_raw();
    raw.trees[0].value[0] = 1e300;
    huge.forest = Forest::new(raw).unwrap();
    // An inner value is not written.
    assert!(write(&huge, Syntax::Json).is_ok());
    let mut raw = huge.forest.to_raw();
    let leaf = raw.trees[0].children_left.iter().position(|child| *child == -1).unwrap();
    raw.trees[0].value[leaf] = 1e300;
    huge.forest = Forest::new(raw).unwrap();
    assert_eq!(write(&huge, Syntax::Json).unwrap_err(), WriteError::NotFinite { node: leaf, what: "score" });

    let one = |classes: &[&str], n_features| {
        let task = Task::Classification { classes: classes.iter().map(|&name| name.into()).collect() };
        let tree = RawTree {
            feature: vec![-1],
            threshold: vec![0.0],
            children_left: vec![-1],
            children_right: vec![-1],
            value: vec![1.0; classes.len()],
            ..RawTree::default()
        };
        let (precision, aggregation) = (Precision::F32, Aggregation::Sum);
        let raw = RawForest { task, n_features, precision, aggregation, base: Vec::new(), trees: vec![tree] };
        write(&Imported::of(Forest::new(raw).unwrap(), &[]), Syntax::Json)
    };
    assert_eq!(one(&["a"], 1).unwrap_err(), WriteError::OneClass);
    assert_eq!(one(&["a", "b"], 0).unwrap_err(), WriteError::NoFeatures);
    assert!(read(&one(&["a", "b"], 1).unwrap()).is_ok());
}

#[test]
fn names_are_taken_if_they_can_be_told_apart() {
    let forest = named("regression").read().forest;
    let names = |names: [&str; 4]| {
        let model = Imported::of(forest.clone(), &names.map(String::from));
        read(&write(&model, Syntax::Json).unwrap()).unwrap().records.header.feature_names
    };
    assert_eq!(names(["a b", "\"x\"", "t\u{e4}g", "\\"]), ["a b", "\"x\"", "t\u{e4}g", "\\"]);
    assert_eq!(names(["a", "b", "a", "d"]), ["f0", "f1", "f2", "f3"]);
}

/// A forest of random small trees that add scores.
fn any_forest() -> impl Strategy<Value = Forest> {
    let node = (0i64..3, -3i32..3, 0u8..2, prop::collection::vec(-4.0f64..4.0, 4));
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
                for (index, (feature, threshold, missing, value)) in nodes[..raw.children_left.len()].iter().enumerate()
                {
                    // Some splits are on categories, none of them perhaps.
                    if *threshold < 0 && raw.children_left[index] >= 0 {
                        let members = (0..3).filter(|member| (*threshold + 4) >> member & 1 == 1).collect();
                        let members = if *feature == 2 { Vec::new() } else { members };
                        let split = CategorySplit { members, members_left: value[0] < 0.0 };
                        raw.categories.insert(index as u32, split);
                    }
                    raw.feature.push(*feature);
                    raw.threshold.push(f64::from(*threshold) / 3.0);
                    raw.missing.push([MissingDirection::Left, MissingDirection::Right][usize::from(*missing)]);
                    raw.value.extend(&value[..n_outputs]);
                }
                raw
            });
            let (precision, aggregation) = (Precision::F32, Aggregation::Sum);
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
        json in any::<bool>(),
    ) {
        let syntax = if json { Syntax::Json } else { Syntax::Ubjson };
        let model = Imported::of(forest, &[]);
        let bytes = write(&model, syntax).unwrap();
        let again = read(&bytes).unwrap();
        prop_assert_eq!(write(&again, syntax).unwrap(), bytes);
        for row in rows {
            let values: Vec<f64> =
                row.iter().map(|&value| if value == 9 { f64::NAN } else { f64::from(value) / 3.0 }).collect();
            // Beside them whole numbers, as codes.
            let values: Vec<f64> = if json { values.iter().map(|value| value.trunc()).collect() } else { values };
            let [found, expected] = [&again, &model].map(|model| margins(model, &values));
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 4e-6), "{:?} {:?}", found, expected);
        }
    }
}
