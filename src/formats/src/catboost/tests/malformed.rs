//! Texts that are no models, or none that can be read.

use proptest::prelude::*;

use super::super::{CatBoostError, write};
use super::*;

fn message(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

/// A model of one feature with three borders, and these trees.
fn document(trees: &str) -> String {
    format!(
        r#"{{"features_info":{{"float_features":[{{"borders":[0.5,1.5,2.5],"feature_id":"dose","feature_index":0,
        "flat_feature_index":0,"has_nans":false,"nan_value_treatment":"AsIs"}}]}},
        "model_info":{{"params":{{"loss_function":{{"type":"RMSE"}}}}}},{trees},"scale_and_bias":[1,[0.5]]}}"#
    )
}

const SPLIT: &str = r#"{"border":1.5,"float_feature_index":0,"split_index":1,"split_type":"FloatFeature"}"#;

fn oblivious() -> String {
    document(&format!(r#""oblivious_trees":[{{"leaf_values":[1,2],"leaf_weights":[3,1],"splits":[{SPLIT}]}}]"#))
}

fn nested() -> String {
    document(&format!(
        r#""trees":[{{"left":{{"value":1,"weight":3}},"right":{{"value":2,"weight":1}},"split":{SPLIT}}}]"#
    ))
}

#[test]
fn splits_on_categories_are_named_with_their_feature() {
    let one_hot = include_str!("../../../../../tests/golden/catboost/one-hot.json");
    let statistics = include_str!("../../../../../tests/golden/catboost/statistics.json");
    for (text, expected) in [(one_hot, "OneHotFeature"), (statistics, "OnlineCtr")] {
        let found = read(text).unwrap_err();
        let CatBoostError::Categorical { feature, kind, .. } = found else { panic!("{found}") };
        assert_eq!((feature.as_str(), kind.as_str()), ("c", expected));
    }
}

#[test]
fn what_is_wrong_is_named() {
    let model = read(&oblivious()).unwrap();
    assert_eq!(model.forest.value(0), [1.25]);
    assert_eq!(read(&nested()).unwrap(), model);
    for (from, to, needles) in [
        ("\"leaf_values\":[1,2]", "\"leaf_values\":[1,2,3]", &["tree 0", "`leaf_values`", "3", "2^1"][..]),
        ("\"leaf_values\":[1,2]", "\"leaf_values\":null", &["tree 0", "`leaf_values` has 0"]),
        ("\"leaf_values\":[1,2]", "\"leaf_values\":[1,1e999]", &["out of range"]),
        ("\"leaf_values\":[1,2]", "\"leaf_values\":[1,NaN]", &["JSON"]),
        ("\"leaf_values\":[1,2]", "\"leaf_values\":[1,1e308],\"leaf_values\":[1,2]", &["duplicate", "leaf_values"]),
        ("\"leaf_weights\":[3,1]", "\"leaf_weights\":[3]", &["tree 0", "`leaf_weights` has 1"]),
        ("\"leaf_weights\":[3,1]", "\"leaf_weights\":[3,-1]", &["tree 0, node 2", "-1"]),
        ("\"border\":1.5", "\"border\":2.5", &["tree 0, node 0", "2.5", "1.5", "`split_index` 1"]),
        ("\"split_index\":1", "\"split_index\":3", &["tree 0, node 0", "`split_index` 3"]),
        ("\"split_index\":1", "\"split_index\":1000000000", &["`split_index` 1000000000"]),
        ("\"split_index\":1", "\"split_index\":-1", &["JSON"]),
        ("\"float_feature_index\":0", "\"float_feature_index\":1", &["tree 0, node 0"]),
        ("FloatFeature", "EstimatedFeature", &["tree 0, node 0", "EstimatedFeature"]),
        ("\"split_type\"", "\"more\":1,\"split_type\"", &["more"]),
        ("\"borders\":[0.5", "\"borders\":[1e39", &["float_features 0", "`borders`", "1e39"]),
        ("\"feature_index\":0", "\"feature_index\":1", &["float_features 0", "`feature_index` is 1"]),
        ("\"flat_feature_index\":0", "\"flat_feature_index\":1000000000", &["`flat_feature_index` is 1000000000"]),
        ("\"float_features\"", "\"text_features\":[1],\"float_features\"", &["text_features"]),
        ("\"float_features\"", "\"float_features\":[],\"float_features\"", &["`float_features` occurs twice"]),
        ("AsIs", "AsNothing", &["AsNothing"]),
        ("[1,[0.5]]", "[1,[]]", &["0 scores per leaf"]),
        ("[1,[0.5]]", "[1,[0.5,0.5]]", &["2 scores per leaf"]),
        ("[1,[0.5]]", "[1e400,[0.5]]", &["JSON"]),
        ("[1,[0.5]]", "[1e308,[0.5]]", &["tree 0"]),
        ("\"scale_and_bias\"", "\"scale_and_bias\":[1,[1]],\"scale_and_bias\"", &["duplicate"]),
        ("\"scale_and_bias\"", "\"ctr_data\":{\"a\":1},\"scale_and_bias\"", &["`ctr_data`"]),
        ("\"scale_and_bias\"", "\"more\":1,\"scale_and_bias\"", &["more"]),
        ("\"scale_and_bias\"", "\"trees\":[],\"scale_and_bias\"", &["neither"]),
        ("\"oblivious_trees\"", "\"trees\":[],\"ctr_data\":null,\"_\"", &["_"]),
        ("\"type\":\"RMSE\"", "\"type\":\"RMSE\",\"type\":\"MAE\"", &["`type` occurs twice"]),
    ] {
        let text = oblivious();
        assert!(text.contains(from), "{from}");
        let message = message(&text.replacen(from, to, 1));
        assert!(needles.iter().all(|needle| message.contains(needle)), "{from} -> {to}: {message}");
    }
    for (from, to, needles) in [
        ("\"value\":1,", "\"value\":[1,2],", &["tree 0", "`value` has 2"][..]),
        ("\"value\":1,", "", &["tree 0, node 1", "expected `split`"]),
        ("\"left\":", "\"right\":", &["duplicate"]),
        ("\"left\":{\"value\":1,\"weight\":3},", "", &["tree 0, node 0", "expected `split`"]),
        ("\"left\":", "\"value\":3,\"left\":", &["tree 0, node 0", "expected `split`"]),
        ("\"weight\":3", "\"weight\":-3", &["tree 0, node 1", "-3"]),
        ("\"border\":1.5", "\"border\":0.5", &["tree 0, node 0", "0.5"]),
    ] {
        let text = nested();
        assert!(text.contains(from), "{from}");
        let message = message(&text.replacen(from, to, 1));
        assert!(needles.iter().all(|needle| message.contains(needle)), "{from} -> {to}: {message}");
    }
    assert!(message(&document("\"trees\":[]")).contains("no trees"));
    assert!(message(&document("\"trees\":null")).contains("neither"));
    let classes = golden("multiclass").text.replace("\"perhaps\",", "");
    assert_eq!(read(&classes).unwrap_err(), CatBoostError::Classes { found: 2, expected: 3 });
}

#[test]
fn a_depth_beyond_the_leaves_is_refused_at_once() {
    for depth in [40, 64, 100, 100_000] {
        let splits = vec![SPLIT; depth].join(",");
        let text = document(&format!(r#""oblivious_trees":[{{"leaf_values":[1,2],"splits":[{splits}]}}]"#));
        assert!(message(&text).contains(&format!("2^{depth}")));
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for depth in [200, 100_000] {
        let open = format!(r#"{{"split":{SPLIT},"right":{{"value":1}},"left":"#).repeat(depth);
        let tree = format!("{open}{{\"value\":1}}{}", "}".repeat(depth));
        assert!(message(&document(&format!("\"trees\":[{tree}]"))).contains("recursion limit"));
        let lists = format!("\"trees\":{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(matches!(read(&document(&lists)), Err(CatBoostError::Json { .. })));
    }
}

#[test]
fn every_prefix_and_every_longer_text_is_an_error() {
    for text in [oblivious(), nested(), golden("lossguide").text.to_owned()] {
        let text = text.trim_end();
        for end in 0..text.len() {
            assert!(matches!(read(&text[..end]), Err(CatBoostError::Json { .. })), "cut at {end}");
        }
        assert!(matches!(read(&format!("{text}x")), Err(CatBoostError::Json { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_changed_byte_gives_an_error_or_a_model(
        which in 1usize..12,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..128), 1..4),
    ) {
        let mut bytes = GOLDEN[which].text.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(model) = read(&String::from_utf8(bytes).unwrap()) {
            prop_assert_eq!(model.gains.len(), model.forest.n_nodes());
            if let Ok(text) = write(&model) {
                prop_assert!(read(&text).is_ok());
            }
        }
    }
}
