//! Texts that are no models, or none that can be read.

use proptest::prelude::*;

use super::super::{LightGbmError, Place, read, write};
use super::*;

/// The regression model with one line replaced, and `tree_sizes` left out.
fn edited(from: &str, to: &str) -> Result<Imported, LightGbmError> {
    let text = GOLDEN[2].text;
    assert!(text.contains(from), "{from}");
    let sizes = text.lines().find(|line| line.starts_with("tree_sizes=")).unwrap();
    read(&text.replacen(from, to, 1).replace(&format!("{sizes}\n"), ""))
}

/// The line of the first tree with this key.
fn line(key: &str) -> &'static str {
    let start = format!("{key}=");
    GOLDEN[2].text.lines().find(|line| line.starts_with(&start)).unwrap()
}

#[test]
fn what_is_not_supported_is_named() {
    for objective in [
        "multiclassova num_class:3 sigmoid:1",
        "poisson",
        "gamma",
        "tweedie",
        "cross_entropy",
        "cross_entropy_lambda",
        "regression sqrt",
    ] {
        let found = edited("objective=regression\n", &format!("objective={objective}\n")).unwrap_err();
        assert_eq!(found, LightGbmError::Objective { objective: objective.into() });
    }
    for objective in ["", "objective=\n", "objective=custom\n"] {
        assert_eq!(edited("objective=regression\n", objective).unwrap_err(), LightGbmError::NoObjective);
    }
    assert_eq!(edited("is_linear=0", "is_linear=1").unwrap_err(), LightGbmError::Linear { tree: 0 });
    assert_eq!(edited("version=v4", "version=v1").unwrap_err(), LightGbmError::Version { found: "v1".into() });
    for objective in ["regression_l1", "huber", "quantile", "rank_xendcg"] {
        edited("objective=regression\n", &format!("objective={objective}\n")).unwrap();
    }
    edited("version=v4", "version=v3").unwrap();
}

#[test]
fn what_is_not_supported_says_how_it_can_be_read() {
    for (objective, needles) in [
        ("poisson", &["exp(score)", "raw scores"][..]),
        ("tweedie tweedie_variance_power:1.5", &["exp(score)", "raw scores"]),
        ("cross_entropy", &["0 and 1", "as binary", "raw scores"]),
        ("cross_entropy_lambda", &["ln(1 + exp(score))", "raw scores"]),
        ("multiclassova num_class:3 sigmoid:1", &["as multiclass", "softmax"]),
        ("regression sqrt", &["square", "raw scores"]),
        ("unheard_of", &["raw scores"]),
    ] {
        let message = edited("objective=regression\n", &format!("objective={objective}\n")).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{objective}: {message}");
    }
}

/// The first tree of a golden model with categories, one of its lines replaced.
fn edited_categories(from: &str, to: &str) -> Result<Imported, LightGbmError> {
    let text = GOLDEN.iter().find(|golden| golden.name == "categories").unwrap().text;
    assert!(text.contains(from), "{from}");
    let sizes = text.lines().find(|line| line.starts_with("tree_sizes=")).unwrap();
    read(&text.replacen(from, to, 1).replace(&format!("{sizes}\n"), ""))
}

#[test]
fn bitsets_that_cannot_be_are_named() {
    edited_categories("num_cat=2", "num_cat=2").unwrap();
    let threshold = "threshold=0 0.51282571015055844 1 ";
    for (from, to, needles) in [
        ("num_cat=2", "num_cat=1", &["tree 0", "num_cat", "1", "number of splits"][..]),
        ("num_cat=2", "num_cat=99999999999", &["tree 0", "num_cat"]),
        ("decision_type=9 2 1", "decision_type=9 2 2", &["tree 0", "num_cat"]),
        ("decision_type=9 2 1", "decision_type=9 2 13", &["tree 0", "entry 2 of `decision_type`", "13"]),
        ("decision_type=9 2 1", "decision_type=9 2 17", &["tree 0", "entry 2 of `decision_type`", "17"]),
        (threshold, "threshold=0 0.5 2 ", &["tree 0", "entry 2 of `threshold`", "2", "index of a bitset"]),
        (threshold, "threshold=0 0.5 -1 ", &["tree 0", "entry 2 of `threshold`", "-1"]),
        (threshold, "threshold=0 0.5 0.5 ", &["tree 0", "entry 2 of `threshold`", "0.5"]),
        (threshold, "threshold=0 0.5 inf ", &["tree 0", "entry 2 of `threshold`", "inf"]),
        (threshold, "threshold=1 0.5 1 ", &["tree 0", "entry 2 of `threshold`", "no other split"]),
        ("cat_boundaries=0 3 4", "cat_boundaries=0 3", &["tree 0", "cat_boundaries", "2", "3"]),
        ("cat_boundaries=0 3 4", "cat_boundaries=0 5 4", &["tree 0", "entry 2 of `cat_boundaries`", "4"]),
        ("cat_boundaries=0 3 4", "cat_boundaries=0 3 5", &["tree 0", "cat_threshold", "4", "5"]),
        ("cat_boundaries=0 3 4", "cat_boundaries=0 -3 4", &["tree 0", "cat_boundaries", "-3"]),
        ("cat_boundaries=0 3 4", "cat_boundaries=0 3 18446744073709551615", &["tree 0", "cat_boundaries"]),
        ("cat_boundaries=0 3 4\n", "", &["tree 0", "no key `cat_boundaries`"]),
        ("cat_threshold=9 0 1 2\n", "", &["tree 0", "no key `cat_threshold`"]),
        ("cat_threshold=9 0 1 2", "cat_threshold=9 0 4294967296 2", &["entry 2 of `cat_threshold`", "4294967296"]),
    ] {
        let message = edited_categories(from, to).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{from} -> {to}: {message}");
    }
}

#[test]
fn what_is_wrong_is_named_with_tree_and_key() {
    assert_eq!(read("").unwrap_err(), LightGbmError::NotAModel);
    assert_eq!(read("{\"name\": \"tree\"}").unwrap_err(), LightGbmError::NotAModel);
    assert_eq!(read("tree\n").unwrap_err(), LightGbmError::Truncated);
    let no_trees = GOLDEN[2].text.split("Tree=0").next().unwrap().to_owned() + "end of trees\n";
    assert!(read(&no_trees).unwrap_err().to_string().contains("tree_sizes") || read(&no_trees).is_err());
    let shape = line("left_child");
    let gains = line("split_gain");
    let thresholds = line("threshold");
    for (from, to, needles) in [
        ("num_leaves=6", "num_leaves=7", &["tree 0", "6", "7"][..]),
        ("num_leaves=6", "num_leaves=0", &["tree 0", "num_leaves"]),
        ("num_leaves=6", "num_leaves=99999999999999999999", &["tree 0", "num_leaves"]),
        ("num_leaves=6", "num_leaves=9223372036854775807", &["tree 0", "leaf_value"]),
        ("num_leaves=6\n", "", &["tree 0", "no key `num_leaves`"]),
        ("num_cat=0", "num_cat=2", &["tree 0", "num_cat"]),
        ("num_class=1", "num_class=3", &["num_class", "3", "1"]),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2", &["num_tree_per_iteration"]),
        ("max_feature_idx=3", "max_feature_idx=18446744073709551615", &["feature_names"]),
        ("max_feature_idx=3", "max_feature_idx=4", &["header", "feature_names", "4", "5"]),
        ("feature_names=", "feature_names=Column_9 ", &["header", "feature_names"]),
        ("feature_infos=", "feature_infos=none ", &["header", "feature_infos"]),
        ("feature_infos=", "infos=", &["no key `feature_infos`"]),
        ("objective=regression", "objective=binary sigmoid:-1", &["sigmoid", "-1"]),
        ("objective=regression", "objective=multiclass num_class:1", &["at least 2"]),
        ("objective=regression", "objective=multiclass num_class:1000000000000", &["num_class"]),
        ("Tree=1", "Tree=2", &["Tree=2", "tree 1"]),
        ("Tree=1\n", "", &["tree 0", "`num_leaves` occurs twice"]),
        ("version=v4\n", "version=v4\nversion=v4\n", &["header", "`version` occurs twice"]),
        ("label_index=0\n", "label_index\n", &["header", "label_index"]),
        ("split_feature=", "split_feature=-1 ", &["tree 0", "split_feature", "6", "5"]),
        (line("split_feature"), "split_feature=0 0 0 0 4", &["tree 0", "feature 4", "0..4"]),
        (gains, &gains.replacen('.', "nan", 1), &["tree 0", "split_gain", "nan"]),
        (gains, "split_gain=1 2 inf 4 5", &["tree 0", "entry 2 of `split_gain`", "inf"]),
        (thresholds, "threshold=1 2 3 4 NaN", &["tree 0", "entry 4 of `threshold`"]),
        (line("decision_type"), "decision_type=2 2 14 2 2", &["tree 0", "entry 2 of `decision_type`", "14"]),
        (line("decision_type"), "decision_type=2 2 -1 2 2", &["tree 0", "entry 2 of `decision_type`"]),
        (shape, "left_child=0 0 0 0 0", &["tree 0, node 0", "more than once"]),
        (shape, "left_child=1 5 -1 -2 -3", &["tree 0", "entry 1 of `left_child`", "5"]),
        (shape, "left_child=1 -7 -1 -2 -3", &["tree 0", "entry 1 of `left_child`", "-7"]),
        (shape, "left_child=1 -9223372036854775808 -1 -2 -3", &["tree 0", "left_child"]),
        (shape, "left_child=1 2 3 4", &["tree 0", "left_child", "4", "5"]),
        ("leaf_count=", "leaf_count=-", &["tree 0", "leaf_count"]),
        ("internal_value=", "inner_value=", &["tree 0", "no key `internal_value`"]),
        ("end of trees", "end of tree", &["tree 5", "end of tree"]),
        ("is_linear=0", "is_linear=maybe", &["is_linear", "maybe"]),
    ] {
        let message = edited(from, to).unwrap_err().to_string();
        assert!(needles.iter().all(|needle| message.contains(needle)), "{from} -> {to}: {message}");
    }
    let cut = GOLDEN[2].text.replacen("shrinkage=1\n", "", 1);
    assert!(matches!(read(&cut), Err(LightGbmError::TreeSize { tree: 0, .. })));
    let one_fewer = GOLDEN[1].text.split("Tree=8").next().unwrap().to_owned() + "end of trees\n";
    let sizes = one_fewer.lines().find(|line| line.starts_with("tree_sizes=")).unwrap();
    let found = read(&one_fewer.replace(sizes, "")).unwrap_err();
    assert_eq!(found, LightGbmError::Trees { found: 8, per_iteration: 3 });
    let found = read(&one_fewer).unwrap_err();
    assert_eq!(found, LightGbmError::Length { place: Place::Header, key: "tree_sizes", found: 9, expected: 8 });
}

#[test]
fn scores_that_would_need_far_more_memory_than_the_text_are_refused() {
    let classes = 20_000;
    let mut text = format!(
        "tree\nversion=v4\nnum_class={classes}\nnum_tree_per_iteration={classes}\nmax_feature_idx=0\n\
         objective=multiclass num_class:{classes}\nfeature_names=a\nfeature_infos=none\n\n"
    );
    for tree in 0..classes {
        text += &format!("Tree={tree}\nnum_leaves=1\nnum_cat=0\nleaf_value=0\n\n");
    }
    assert!(matches!(read(&(text + "end of trees\n")), Err(LightGbmError::TooLarge { classes: 20_000, .. })));
}

#[test]
fn every_prefix_is_an_error_until_the_trees_end() {
    for golden in [&GOLDEN[5], &GOLDEN[9], &GOLDEN[14]] {
        let end = golden.text.find("end of trees").unwrap() + "end of trees".len();
        for at in 0..golden.text.len() {
            let found = read(&golden.text[..at]);
            assert_eq!(found.is_ok(), at >= end, "{} cut at {at}: {:?}", golden.name, found.err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_changed_byte_gives_an_error_or_a_model(
        which in 0usize..GOLDEN.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..128), 1..4),
        sizes in any::<bool>(),
    ) {
        let mut bytes = GOLDEN[which].text.as_bytes().to_vec();
        let end = GOLDEN[which].text.find("end of trees").unwrap();
        for (at, byte) in changes {
            bytes[at.index(end)] = byte;
        }
        let mut text = String::from_utf8(bytes).unwrap();
        if !sizes {
            text = text.lines().filter(|line| !line.starts_with("tree_sizes=")).map(|line| format!("{line}\n")).collect();
        }
        if let Ok(model) = read(&text) {
            prop_assert_eq!(model.gains.len(), model.forest.n_nodes());
            if let Ok(text) = write(&model) {
                prop_assert!(read(&text).is_ok());
            }
        }
    }
}
