//! Bytes that are no models, or none that can be read.

use proptest::prelude::*;
use secateur_forest::ForestError;

use super::super::{Place, XgboostError, write};
use super::*;

/// A model that is none.
struct Wrong {
    name: &'static str,
    bytes: &'static [u8],
    /// What the error must name.
    needles: &'static [&'static str],
}

macro_rules! wrong {
    ($name:literal, $($needle:literal),+) => {
        Wrong {
            name: $name,
            bytes: include_bytes!(concat!("../../../../../tests/golden/xgboost/wrong/", $name, ".json")),
            needles: &[$($needle),+],
        }
    };
}

/// The models of `tests/golden/xgboost/wrong`.
const WRONG: [Wrong; 11] = [
    wrong!("cycle", "tree 0, node 0", "a child of node 1"),
    wrong!("self-child", "tree 0, node 1", "node 0", "recorded as 1"),
    wrong!("two-parents", "tree 0, node 5", "a child of node 1", "2"),
    wrong!("child-out-of-range", "tree 0", "entry 2 of `right_children`", "99"),
    wrong!("feature-out-of-range", "tree 0, node 0", "feature 4", "0..4"),
    wrong!("nan-threshold", "tree 0", "entry 0 of `split_conditions`", "NaN"),
    wrong!("claims-a-billion", "tree 0", "left_children", "1000000000"),
    wrong!("detached-loop", "tree 0", "not reachable"),
    wrong!("several-targets", "2 scores", "several targets"),
    wrong!("linear", "gblinear"),
    wrong!("survival", "survival:aft"),
];

#[test]
fn wrong_models_are_refused_by_name() {
    for Wrong { name, bytes, needles } in WRONG {
        let message = read(bytes).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{name}: {message}");
        // The same in the other syntax.
        let document = super::super::json::read(bytes).unwrap();
        let message = read(&super::super::encode::ubjson(&document)).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{name}: {message}");
    }
    assert!(read_as(WRONG[10].bytes, Stated::Raw).is_err());
}

fn text(name: &str) -> String {
    String::from_utf8(named(name).bytes.to_vec()).unwrap()
}

#[test]
fn what_is_wrong_is_named_with_tree_and_key() {
    let text = text("logistic");
    for (from, to, needles) in [
        ("{\"learner\"", "[\"learner\"", &["not an XGBoost model"][..]),
        ("\"learner\":", "\"learned\":", &["no key `learner`"]),
        ("\"version\":[3,2,0]", "\"version\":[4,0,0]", &["version 4"]),
        ("\"version\":[3,2,0]", "\"version\":\"3.2\"", &["version"]),
        (",\"version\":[3,2,0]", "", &["no key `version`"]),
        ("\"version\":[3,2,0]", "\"version\":[3,2,0],\"version\":[3,2,0]", &["key `version` twice"]),
        ("\"name\":\"gbtree\"", "\"name\":\"forest\"", &["`forest`", "gbtree"]),
        ("\"name\":\"gbtree\"", "\"name\":\"gbtree\",\"shift\":1", &["model", "`shift`", "not known"]),
        ("\"cats\"", "\"dogs\"", &["model", "`dogs`", "not known"]),
        ("\"id\":0", "\"id\":0,\"twist\":1", &["tree 0", "`twist`", "not known"]),
        ("\"id\":1", "\"id\":3", &["tree 1", "`id`", "3"]),
        ("\"num_trees\":\"4\"", "\"num_trees\":\"5\"", &["`trees`", "4", "5"]),
        ("\"num_trees\":\"4\"", "\"num_trees\":\"x\"", &["num_trees", "x"]),
        ("\"tree_info\":[0,0,0,0]", "\"tree_info\":[0,0,0]", &["tree_info", "3", "4"]),
        ("\"tree_info\":[0,0,0,0]", "\"tree_info\":[0,1,0,0]", &["entry 1 of `tree_info`"]),
        ("\"iteration_indptr\":[0,1,2,3,4]", "\"iteration_indptr\":[0,1,3,2,4]", &["iteration_indptr"]),
        ("\"iteration_indptr\":[0,1,2,3,4]", "\"iteration_indptr\":[]", &["iteration_indptr"]),
        ("\"num_feature\":\"4\",\"num_target\"", "\"num_feature\":\"5\",\"num_target\"", &["feature_names", "4", "5"]),
        ("\"age\",\"dose\"", "\"age\",\"age\"", &["entry 1 of `feature_names`", "age"]),
        ("\"num_class\":\"0\"", "\"num_class\":\"3\"", &["3 scores", "binary:logistic"]),
        ("\"num_class\":\"0\"", "\"num_class\":\"-1\"", &["num_class", "-1"]),
        ("binary:logistic", "survival:cox", &["survival:cox"]),
        ("binary:logistic", "binary:hinge", &["binary:hinge", "raw scores"]),
        ("binary:logistic", "rank:mine", &["rank:mine"]),
        ("binary:logistic", "multi:softmax", &["1 scores", "multi:softmax"]),
        ("\"left_children\":[1,", "\"left_children\":[-1,", &["tree 0, node 0", "only one child"]),
        ("\"left_children\":[1,", "\"left_children\":[-2,", &["tree 0", "entry 0 of `left_children`", "-2"]),
        ("\"right_children\":[2,", "\"right_children\":[-1,", &["tree 0, node 0", "only one child"]),
        ("\"right_children\":[2,", "\"right_children\":[1,", &["tree 0, node 0", "are 1 and 1", "just after"]),
        ("\"right_children\":[2,", "\"right_children\":[2.5,", &["tree 0", "right_children"]),
        ("\"parents\":[2147483647,0", "\"parents\":[2147483647,2", &["tree 0, node 1", "node 0", "2"]),
        ("\"parents\":[2147483647,0", "\"parents\":[1,0", &["entry 0 of `parents`"]),
        ("\"split_indices\":[", "\"split_indices\":[0,", &["tree 0", "split_indices"]),
        ("\"split_indices\":[", "\"split_index\":[", &["tree 0", "no key `split_indices`"]),
        ("\"default_left\":[", "\"default_left\":[2,", &["tree 0", "default_left"]),
        ("\"sum_hessian\":[", "\"sum_hessian\":[Infinity,", &["tree 0", "entry 0 of `sum_hessian`"]),
        ("\"base_weights\":[", "\"base_weights\":[\"a\",", &["tree 0", "base_weights"]),
        ("\"split_type\":[0", "\"split_type\":[2", &["tree 0", "entry 0 of `split_type`"]),
        ("\"num_deleted\":\"0\"", "\"num_deleted\":\"1\"", &["tree 0", "num_deleted", "0", "1"]),
        ("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"3\"", &["tree 0"]),
        ("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"9999999999999\"", &["tree 0"]),
        ("\"num_nodes\":\"", "\"num_nodes\":\"9", &["tree 0", "left_children"]),
        ("\"num_nodes\":\"", "\"num_nodes\":\"99999999999", &["tree 0", "num_nodes"]),
        ("\"num_nodes\":\"", "\"num_nodes\":\"-", &["tree 0", "num_nodes"]),
    ] {
        assert!(text.contains(from), "{from}");
        let message = read(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{from} -> {to}: {message}");
    }
    for bytes in [&b""[..], b"{", b"{}", b"binf\0\0", b"\x80\x04", b"[1]", b"{L", b"\xef\xbb\xbf{\"learner\":{}}"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn weights_of_trees_must_be_one_each() {
    let text = text("dart");
    let from = text.find("\"weight_drop\":[").unwrap() + "\"weight_drop\":[".len();
    let end = from + text[from..].find(',').unwrap();
    let with = |weight: &str| read(format!("{}{weight}{}", &text[..from], &text[end..]).as_bytes());
    assert!(with("2E0").is_ok());
    assert!(with("1E0,1E0").unwrap_err().to_string().contains("weight_drop"));
    assert!(with("Infinity").unwrap_err().to_string().contains("entry 0 of `weight_drop`"));
}

#[test]
fn deleted_nodes_must_be_out_of_use() {
    let text = text("deleted");
    let count = text.find("\"num_deleted\":\"").unwrap();
    let wrong = text[..count].to_owned() + &text[count..].replacen("\"num_deleted\":\"", "\"num_deleted\":\"9", 1);
    assert!(matches!(read(wrong.as_bytes()), Err(XgboostError::Length { key: "num_deleted", .. })));
    // The mark at the root, which leads to everything.
    let features = text.find("\"split_indices\":[").unwrap() + "\"split_indices\":[".len();
    let end = features + text[features..].find(',').unwrap();
    let marked = text[..features].to_owned() + "2147483647" + &text[end..];
    let marked = marked.replacen("\"default_left\":[0", "\"default_left\":[1", 1);
    let number = &text[count + 15..][..text[count + 15..].find('"').unwrap()];
    let more = format!("\"num_deleted\":\"{}\"", number.parse::<usize>().unwrap() + 1);
    let marked = marked.replacen(&format!("\"num_deleted\":\"{number}\""), &more, 1);
    assert_eq!(read(marked.as_bytes()), Err(XgboostError::Deleted { tree: 0, node: 0 }));
}

#[test]
fn lists_of_categories_must_agree() {
    let text = text("categories");
    let list = |key: &str| {
        let from = text.find(&format!("\"{key}\":[")).unwrap();
        &text[from..from + text[from..].find(']').unwrap() + 1]
    };
    let (all, owners) = (list("categories"), list("categories_nodes"));
    let (starts, sizes) = (list("categories_segments"), list("categories_sizes"));
    for (key, from, to) in [
        ("split_type", "\"split_type\":[", "\"split_type\":[1,"),
        ("split_type", "\"split_type\":[", "\"split_type\":[2"),
        ("categories_nodes", owners, "\"categories_nodes\":[]"),
        ("categories_nodes", "\"categories_nodes\":[", "\"categories_nodes\":[1"),
        ("categories_segments", "\"categories_segments\":[0", "\"categories_segments\":[1"),
        ("categories_segments", starts, "\"categories_segments\":[0]"),
        ("categories_sizes", "\"categories_sizes\":[", "\"categories_sizes\":[9"),
        ("categories_sizes", "\"categories_sizes\":[", "\"categories_sizes\":[-"),
        ("categories_sizes", sizes, "\"categories_sizes\":[1]"),
        ("categories", all, "\"categories\":[]"),
        ("categories", all, "\"categories\":[0.5]"),
        ("categories", "\"categories\":[", "\"categories\":[16777216,"),
        ("categories", "\"categories\":[", "\"categories\":[-1,"),
        ("categories", &all.replace(']', ""), &all.replace(']', ",7")),
        ("categories", "\"categories\":[", "\"category\":["),
    ] {
        assert!(text.contains(from), "{from}");
        let message = read(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(message.contains("tree 0") && message.contains(key), "{from} -> {to}: {message}");
    }
    let codes: Vec<&str> = all["\"categories\":[".len()..].split(',').collect();
    let twice = all.replacen(&format!("[{},{}", codes[0], codes[1]), &format!("[{},{}", codes[0], codes[0]), 1);
    let message = read(text.replacen(all, &twice, 1).as_bytes()).unwrap_err().to_string();
    assert!(message.contains("twice"), "{message}");
}

#[test]
fn every_prefix_is_an_error_and_so_is_every_byte_more() {
    for name in ["zeros", "old-softmax", "logistic-binary"] {
        let bytes = named(name).bytes;
        for at in 0..bytes.len() {
            assert!(read(&bytes[..at]).is_err(), "{name} cut at {at}");
        }
        for byte in [0, b'}', b']', b'1', b'{', b'Z'] {
            let more = [bytes, &[byte]].concat();
            assert_eq!(read(&more), Err(XgboostError::Trailing { at: bytes.len() }), "{name} and {byte}");
        }
    }
    // Space at the end of a text is nothing.
    assert!(read(&[named("zeros").bytes, b" \n"].concat()).is_ok());
}

#[test]
fn nesting_is_limited() {
    for start in [&b"{\"a\":"[..], b"{i\x01a"] {
        let json = start.contains(&b'"');
        for open in if json { [&b"["[..], b"{\"a\":"] } else { [&b"["[..], b"{i\x01a"] } {
            let bytes = [start, &open.repeat(100_000)].concat();
            assert!(matches!(read(&bytes), Err(XgboostError::TooDeep { .. })));
        }
    }
}

#[test]
fn claims_cost_nothing() {
    let text = text("logistic");
    let n_features = "\"num_feature\":\"4\",\"num_target\"";
    let many = text.replacen(n_features, "\"num_feature\":\"4000000000\",\"num_target\"", 1);
    let many = many.replacen("[\"age\",\"dose\",\"chol\",\"fbs\"]", "[]", 1);
    let found = read(many.as_bytes()).unwrap_err();
    assert!(matches!(found, XgboostError::Value { place: Place::Model, key: "num_feature", .. }), "{found}");
    let classes = text.replacen("\"num_class\":\"0\"", "\"num_class\":\"4000000000\"", 1);
    let classes = classes.replacen("binary:logistic", "multi:softmax", 1);
    let found = read(classes.as_bytes()).unwrap_err();
    let expected = 4_000_000_000;
    assert_eq!(found, XgboostError::Length { place: Place::Model, key: "trees", found: 4, expected });
}

/// A tree that is a chain of so many splits: splits are the even nodes, and the last.
fn chain(depth: usize) -> Vec<u8> {
    let nodes = 2 * depth + 1;
    let list = |of: &dyn Fn(usize) -> i64| (0..nodes).map(|node| of(node).to_string()).collect::<Vec<_>>().join(",");
    let is_split = |node: usize| node.is_multiple_of(2) && node + 1 < nodes;
    let left = list(&|node| if is_split(node) { node as i64 + 1 } else { -1 });
    let right = list(&|node| if is_split(node) { node as i64 + 2 } else { -1 });
    let parents = list(&|node| if node == 0 { i64::from(i32::MAX) } else { (node as i64 - 1) / 2 * 2 });
    let zeros = list(&|_| 0);
    let text = text("zeros");
    let start = text.find("{\"base_weights\"").unwrap();
    let end = text.find("],\"tree_param\"").unwrap();
    let end = end + text[end..].find("}}").unwrap() + 2;
    let rest = text[end..].find("]},\"name\"").unwrap() + end;
    let tree = format!(
        "{{\"base_weights\":[{zeros}],\"default_left\":[{zeros}],\"id\":0,\"left_children\":[{left}],\
         \"loss_changes\":[{zeros}],\"parents\":[{parents}],\"right_children\":[{right}],\
         \"split_conditions\":[{zeros}],\"split_indices\":[{zeros}],\"sum_hessian\":[{zeros}],\"tree_param\":\
         {{\"num_deleted\":\"0\",\"num_feature\":\"4\",\"num_nodes\":\"{nodes}\",\"size_leaf_vector\":\"1\"}}}}"
    );
    let around = text[..start].replacen("[0,1,2,3,4]", "[0,1]", 1).replacen("[0,0,0,0]", "[0]", 1);
    let around = around.replacen("\"num_trees\":\"4\"", "\"num_trees\":\"1\"", 1);
    (around + &tree + &text[rest..]).into_bytes()
}

#[test]
fn a_chain_of_a_million_splits_is_read_and_written() {
    let model = read(&chain(1_000_000)).unwrap();
    assert_eq!(model.forest.n_splits(), 1_000_000);
    let again = read(&write(&model, Syntax::Ubjson).unwrap()).unwrap();
    assert_eq!(again.forest, model.forest);
}

#[test]
fn scores_that_would_need_far_more_memory_than_the_file_are_refused() {
    let classes = 20_000;
    let tree = |id: usize| {
        format!(
            "{{\"base_weights\":[0],\"default_left\":[0],\"id\":{id},\"left_children\":[-1],\"loss_changes\":[0],\
             \"parents\":[-1],\"right_children\":[-1],\"split_conditions\":[0],\"split_indices\":[0],\
             \"sum_hessian\":[0],\"tree_param\":{{\"num_deleted\":\"0\",\"num_nodes\":\"1\",\"num_feature\":\"1\",\
             \"size_leaf_vector\":\"1\"}}}}"
        )
    };
    let trees: Vec<String> = (0..classes).map(tree).collect();
    let infos: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let text = format!(
        "{{\"learner\":{{\"attributes\":{{}},\"gradient_booster\":{{\"name\":\"gbtree\",\"model\":{{\
         \"gbtree_model_param\":{{\"num_trees\":\"{classes}\"}},\"tree_info\":[{}],\"trees\":[{}]}}}},\
         \"learner_model_param\":{{\"base_score\":\"5E-1\",\"num_class\":\"{classes}\",\"num_feature\":\"1\"}},\
         \"objective\":{{\"name\":\"multi:softprob\"}}}},\"version\":[1,0,0]}}",
        infos.join(","),
        trees.join(",")
    );
    assert!(matches!(read(text.as_bytes()), Err(XgboostError::TooLarge { classes: 20_000, .. })));
}

#[test]
fn forests_that_cannot_be_are_named() {
    let text = text("zeros");
    let none = text.find("\"trees\":[").unwrap();
    let end = text.find("]},\"name\"").unwrap();
    let empty = (text[..none].to_owned() + "\"trees\":[" + &text[end..]).replacen(
        "\"num_trees\":\"4\"",
        "\"num_trees\":\"0\"",
        1,
    );
    assert_eq!(read(empty.as_bytes()), Err(XgboostError::Forest(ForestError::NoTrees)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_changed_byte_gives_an_error_or_a_model(
        which in 0usize..26,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = GOLDEN[which].bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(model) = read(&bytes) {
            prop_assert_eq!(model.gains.len(), model.forest.n_nodes());
            for syntax in [Syntax::Json, Syntax::Ubjson] {
                if let Ok(bytes) = write(&model, syntax) {
                    prop_assert!(read(&bytes).is_ok());
                }
            }
        }
    }

    #[test]
    fn any_bytes_give_an_error_or_a_model(bytes in prop::collection::vec(any::<u8>(), 0..200), json in any::<bool>()) {
        let start: &[u8] = if json { b"{\"learner\":" } else { b"{L\0\0\0\0\0\0\0\x07learner" };
        let _ = read(&[start, &bytes].concat());
    }
}
