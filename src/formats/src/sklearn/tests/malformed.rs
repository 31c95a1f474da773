//! Files that are no models, or none that can be read.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{SklearnError, write};
use super::*;

/// The parts of a file, to be changed.
#[derive(Clone)]
struct Parts {
    metadata: BTreeMap<String, String>,
    /// Name, type, shape, bytes.
    arrays: Vec<(String, String, Vec<usize>, Vec<u8>)>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let mut header: BTreeMap<String, Value> = serde_json::from_slice(header).unwrap();
        let metadata = serde_json::from_value(header.remove("__metadata__").unwrap()).unwrap();
        let array = |(name, entry): (String, Value)| {
            let [start, end] = [0, 1].map(|side| entry["data_offsets"][side].as_u64().unwrap() as usize);
            let shape = serde_json::from_value(entry["shape"].clone()).unwrap();
            (name, entry["dtype"].as_str().unwrap().to_owned(), shape, data[start..end].to_vec())
        };
        Self { metadata, arrays: header.into_iter().map(array).collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        let (mut header, mut data) = (json!({ "__metadata__": self.metadata }), Vec::new());
        for (name, dtype, shape, bytes) in &self.arrays {
            let start = data.len();
            data.extend(bytes);
            header[name] = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, data.len()] });
        }
        file(&header.to_string(), &data)
    }

    fn array(&mut self, name: &str) -> &mut (String, String, Vec<usize>, Vec<u8>) {
        self.arrays.iter_mut().find(|(found, ..)| found == name).unwrap()
    }

    /// The file with one entry of an array changed.
    fn with<const N: usize>(&self, name: &str, index: usize, entry: [u8; N]) -> Vec<u8> {
        let mut parts = self.clone();
        parts.array(name).3[index * N..(index + 1) * N].copy_from_slice(&entry);
        parts.bytes()
    }

    /// The file with one text changed, or taken away.
    fn with_text(&self, key: &str, text: Option<&str>) -> Vec<u8> {
        let mut parts = self.clone();
        parts.metadata.remove(key);
        if let Some(text) = text {
            parts.metadata.insert(key.into(), text.into());
        }
        parts.bytes()
    }
}

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn message(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn all(message: &str, needles: &[&str]) {
    assert!(needles.iter().all(|needle| message.contains(needle)), "{message}: {needles:?}");
}

#[test]
fn what_is_wrong_in_the_layout_is_named() {
    all(&message(b""), &["0 bytes"]);
    all(&message(&u64::MAX.to_le_bytes()), &["18446744073709551615"]);
    all(&message(&file("{}", b"")), &["`format`"]);
    all(&message(&file("[]", b"")), &["header"]);
    all(&message(&file(&"[".repeat(100_000), b"")), &["header"]);
    let array =
        |offsets: &str, shape: &str| format!(r#"{{"a":{{"dtype":"U8","shape":{shape},"data_offsets":{offsets}}}}}"#);
    for (header, needles) in [
        (array("[0,4]", "[3]"), &["`a` has 4 bytes", "[3]"][..]),
        (array("[0,3]", "[3]"), &["arrays end at 3", "4 bytes"]),
        (array("[1,4]", "[3]"), &["`a`", "1..4", "ends at 0"]),
        (array("[4,0]", "[3]"), &["`a`", "4..0"]),
        (array("[0,9]", "[9]"), &["arrays end at 9"]),
        (array("[0,4]", "[4294967296,4294967296]"), &["`a` has 4 bytes"]),
        (array("[0,4]", "[1000000000]"), &["`a` has 4 bytes", "1000000000"]),
        (array("[0,-4]", "[4]"), &["header"]),
        (array("[0,4,4]", "[4]"), &["header"]),
        (array("[0,4]", "[4]").replace("U8", "F16"), &["F16"]),
        (array("[0,4]", "[4]").replace("}}", ",\"more\":1}}"), &["more"]),
        (array("[0,4]", "[4]").replace("}}", ",\"shape\":[4]}}"), &["shape"]),
        (
            array("[0,4]", "[4]").replacen('{', r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#, 1),
            &["`a` occurs twice"],
        ),
        (
            array("[0,2]", "[2]").replacen('{', r#"{"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},"#, 1),
            &["`b`", "1..4"],
        ),
        (
            array("[0,4]", "[4]").replacen('{', r#"{"__metadata__":{},"__metadata__":{},"#, 1),
            &["`__metadata__` occurs twice"],
        ),
        (array("[0,4]", "[4]").replacen('{', r#"{"__metadata__":{"x":"","x":""},"#, 1), &["`x` occurs twice"]),
        (array("[0,4]", "[4]").replacen('{', r#"{"__metadata__":{"x":1},"#, 1), &["header"]),
    ] {
        all(&message(&file(&header, b"1234")), needles);
    }
}

#[test]
fn what_is_wrong_in_the_texts_is_named() {
    let parts = Parts::of(golden("boosted-classes").bytes);
    for (key, text, needles) in [
        ("format", Some("other"), &["other"][..]),
        ("format", None, &["`format`"]),
        ("version", Some("2"), &["version \"2\""]),
        ("estimator", Some("IsolationForest"), &["IsolationForest"]),
        ("estimator", Some("RandomForest"), &["RandomForest"]),
        ("estimator", None, &["`estimator`"]),
        ("n_features", Some("-1"), &["`n_features`", "-1"]),
        ("n_features", Some("1000000000"), &["`n_features`"]),
        ("n_features", Some("2"), &["feature 2 is outside 0..2"]),
        ("feature_names", Some("[\"a\"]"), &["`feature_names`"]),
        ("feature_names", Some("a"), &["`feature_names`"]),
        ("classes", Some("[\"a\",\"b\"]"), &["`base`", "[3]", "[1]"]),
        ("classes", Some("[\"a\"]"), &["`classes`", "at least 2"]),
        ("classes", Some("[]"), &["`classes`", "at least 2"]),
        ("classes", None, &["`classes`"]),
        ("loss", Some("exponential"), &["`loss`", "exponential"]),
        ("loss", None, &["`loss`"]),
        ("learning_rate", Some("0"), &["`learning_rate`"]),
        ("learning_rate", Some("inf"), &["`learning_rate`"]),
        ("learning_rate", Some("1e300"), &["may add up"]),
        ("more", Some("x"), &["`more`"]),
    ] {
        all(&message(&parts.with_text(key, text)), needles);
    }
    let categories = Parts::of(golden("hist-categories").bytes);
    all(&message(&categories.with_text("categorical", Some("[4]"))), &["`categorical`", "[4]"]);
    all(&message(&categories.with_text("categorical", Some("[1,1]"))), &["`categorical`"]);
    all(&message(&categories.with_text("categorical", Some("[2]"))), &["on categories of the feature \"b\""]);
    all(&message(&categories.with_text("categories", Some("[]"))), &["`categories`"]);
    let forest = Parts::of(golden("random-forest").bytes);
    all(&message(&forest.with_text("value", Some("votes"))), &["`value`", "votes"]);
    all(&message(&forest.with_text("value", None)), &["`value`"]);
}

#[test]
fn what_is_wrong_in_the_arrays_is_named() {
    let forest = Parts::of(golden("random-forest").bytes);
    let (i32s, i64s, f64s) = (i32::to_le_bytes, i64::to_le_bytes, f64::to_le_bytes);
    let root = |entry| forest.with("children_left", 0, i32s(entry));
    all(&message(&root(0)), &["tree 0, node 0", "more than once"]);
    all(&message(&root(5)), &["tree 0"]);
    all(&message(&root(-1)), &["tree 0, node 0", "one child"]);
    all(&message(&root(-2)), &["tree 0, node 0", "-2"]);
    all(&message(&root(i32::MAX)), &["tree 0, node 0", "2147483647"]);
    all(&message(&forest.with("children_right", 0, i32s(2))), &["tree 0", "more than once"]);
    all(&message(&forest.with("feature", 0, i32s(3))), &["feature 3", "0..3"]);
    all(&message(&forest.with("feature", 0, i32s(-2))), &["feature -2"]);
    all(&message(&forest.with("threshold", 0, f64s(f64::NAN))), &["tree 0, node 0", "threshold is NaN"]);
    all(&message(&forest.with("value", 0, f64s(f64::NAN))), &["tree 0, node 0", "NaN"]);
    all(&message(&forest.with("value", 0, f64s(0.9))), &["tree 0, node 0", "sum up to 1"]);
    all(&message(&forest.with("impurity", 1, f64s(f64::INFINITY))), &["tree 0, node 1", "`impurity`", "inf"]);
    all(&message(&forest.with("weighted_n_node_samples", 0, f64s(-1.0))), &["tree 0, node 0", "-1"]);
    all(&message(&forest.with("n_node_samples", 2, i64s(-1))), &["tree 0, node 2", "`n_node_samples`", "-1"]);
    all(&message(&forest.with("missing_go_to_left", 1, [2])), &["tree 0, node 1", "`missing_go_to_left`", "2"]);
    let nodes = golden("random-forest").read().forest.tree(0).len() as i64;
    for count in [0, -1, 1_000_000_000, i64::MAX, i64::MIN] {
        all(&message(&forest.with("node_count", 0, i64s(count))), &["tree 0", "`node_count`", &count.to_string()]);
    }
    assert!(read(&forest.with("node_count", 0, i64s(nodes - 1))).is_err());
    let mut fewer = forest.clone();
    let count = fewer.array("node_count");
    count.3.truncate(32);
    count.2 = vec![4];
    all(&message(&fewer.bytes()), &["belong to no tree"]);
    for name in
        ["children_left", "children_right", "feature", "threshold", "value", "node_count", "weighted_n_node_samples"]
    {
        let mut without = forest.clone();
        without.arrays.retain(|(found, ..)| found != name);
        assert_eq!(read(&without.bytes()).unwrap_err(), SklearnError::MissingArray { array: name_of(name) });
        let mut other = forest.clone();
        let array = other.array(name);
        array.2 = [vec![1], array.2.clone()].concat();
        all(&message(&other.bytes()), &[name, "expected"]);
    }
    for name in ["left_categories", "known_categories", "left_category_bins", "missing_go_to_left"] {
        let mut without = Parts::of(golden("hist-categories").bytes);
        without.arrays.retain(|(found, ..)| found != name);
        all(&message(&without.bytes()), &[name]);
    }
    let mut more = forest.clone();
    more.arrays.push(("base".into(), "F64".into(), vec![1], vec![0; 8]));
    assert_eq!(read(&more.bytes()).unwrap_err(), SklearnError::UnknownArray { array: "base".into() });
    more.array("base").0 = "other".into();
    assert_eq!(read(&more.bytes()).unwrap_err(), SklearnError::UnknownArray { array: "other".into() });
}

/// The name as the error has it.
fn name_of(name: &str) -> &'static str {
    let names =
        ["children_left", "children_right", "feature", "threshold", "value", "node_count", "weighted_n_node_samples"];
    names.into_iter().find(|found| *found == name).unwrap()
}

#[test]
fn trees_of_several_classes_come_in_whole_iterations() {
    let mut parts = Parts::of(golden("boosted-classes").bytes);
    let nodes = golden("boosted-classes").read().forest.tree(11).len();
    for (name, _, shape, bytes) in &mut parts.arrays {
        let entries = match name.as_str() {
            "base" => continue,
            "node_count" => 1,
            _ => nodes,
        };
        let entry = bytes.len() / shape[0];
        shape[0] -= entries;
        bytes.truncate(shape[0] * entry);
    }
    assert_eq!(read(&parts.bytes()).unwrap_err(), SklearnError::Trees { found: 11, per_iteration: 3 });
}

#[test]
fn scores_that_would_need_far_more_memory_than_the_file_are_refused() {
    let mut parts = Parts::of(golden("boosted-classes").bytes);
    let classes: Vec<String> = (0..200_000).map(|class| class.to_string()).collect();
    parts.metadata.insert("classes".into(), json!(classes).to_string());
    let base = parts.array("base");
    (base.2, base.3) = (vec![classes.len()], vec![0; 8 * classes.len()]);
    // Less than 64 MiB of file, 12 trees x 7 nodes x 200,000 scores.
    let found = read(&parts.bytes()).unwrap_err();
    assert!(matches!(found, SklearnError::Trees { .. } | SklearnError::TooLarge { classes: 200_000, .. }), "{found}");
}

/// A chain of splits to the right, as one tree of a regressor.
fn chain(depth: usize) -> Vec<u8> {
    let nodes = 2 * depth + 1;
    let i32s =
        |entry: &dyn Fn(usize) -> i32| (0..nodes).flat_map(|node| entry(node).to_le_bytes()).collect::<Vec<u8>>();
    let f64s =
        |entry: &dyn Fn(usize) -> f64| (0..nodes).flat_map(|node| entry(node).to_le_bytes()).collect::<Vec<u8>>();
    let is_leaf = |node: usize| node % 2 == 1 || node + 1 == nodes;
    let text =
        [("format", "secateur-sklearn"), ("version", "1"), ("estimator", "DecisionTreeRegressor"), ("n_features", "1")];
    let array = |name: &str, dtype: &str, shape: Vec<usize>, bytes| (name.to_owned(), dtype.to_owned(), shape, bytes);
    let arrays = vec![
        array("node_count", "I64", vec![1], (nodes as i64).to_le_bytes().to_vec()),
        array("threshold", "F64", vec![nodes], f64s(&|node| node as f64)),
        array("value", "F64", vec![nodes, 1], f64s(&|node| node as f64)),
        array("children_left", "I32", vec![nodes], i32s(&|node| if is_leaf(node) { -1 } else { node as i32 + 1 })),
        array("children_right", "I32", vec![nodes], i32s(&|node| if is_leaf(node) { -1 } else { node as i32 + 2 })),
        array("feature", "I32", vec![nodes], i32s(&|node| if is_leaf(node) { -2 } else { 0 })),
    ];
    let metadata = text.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
    Parts { metadata, arrays }.bytes()
}

#[test]
fn a_chain_of_a_million_splits_is_read_and_written() {
    let bytes = chain(1_000_000);
    let read_and_written = move || {
        let model = read(&bytes).unwrap();
        assert_eq!(model.forest.n_splits(), 1_000_000);
        assert_eq!(ends(&model.forest, &[1e9]), [2_000_000]);
        assert_eq!(read(&write(&model).unwrap()).unwrap(), model);
    };
    let small = std::thread::Builder::new().stack_size(512 << 10);
    small.spawn(read_and_written).unwrap().join().unwrap();
}

#[test]
fn every_prefix_and_every_longer_file_is_an_error() {
    for golden in [golden("one-class"), golden("boosted-zero"), golden("hist-missing")] {
        for end in 0..golden.bytes.len() {
            let found = read(&golden.bytes[..end]);
            assert!(matches!(found, Err(SklearnError::Layout { .. })), "{} cut at {end}", golden.name);
        }
        let longer = [golden.bytes, b"\0"].concat();
        all(&message(&longer), &["arrays end at"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_changed_byte_gives_an_error_or_a_model(
        which in 0usize..17,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = GOLDEN[which].bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(model) = read(&bytes) {
            prop_assert_eq!(model.gains.len(), model.forest.n_nodes());
            if let Ok(written) = write(&model) {
                prop_assert!(read(&written).is_ok());
            }
        }
    }
}
