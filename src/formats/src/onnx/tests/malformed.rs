//! Attacks: every one is an error that names what is wrong.

use proptest::prelude::*;

use super::super::proto::StringStringEntryProto;
use super::*;

/// The regression model with its ensemble changed.
fn edited(change: impl FnOnce(&mut NodeProto)) -> OnnxError {
    refused(&with_ensemble(Golden::named("extra-trees").bytes, change))
}

fn ints(name: &'static str, change: impl FnOnce(&mut Vec<i64>)) -> OnnxError {
    edited(|node| change(&mut attribute(node, name).ints))
}

fn says(error: &OnnxError, parts: &[&str]) {
    let message = error.to_string();
    assert!(parts.iter().all(|part| message.contains(part)), "{parts:?}: {message}");
}

#[test]
fn trees_that_are_none_are_named() {
    let root_again = ints("nodes_truenodeids", |ids| ids[1] = 0);
    says(&root_again, &["tree 0, node 0", "more than once"]);
    says(&ints("nodes_truenodeids", |ids| ids[1] = 1), &["tree 0, node 1", "more than once"]);
    let (first, other) = (ints("nodes_falsenodeids", |ids| ids[0] = ids[1]), "more than once");
    says(&first, &["tree 0", other]);
    says(&ints("nodes_truenodeids", |ids| ids[0] = 999), &["tree 0, node 0", "child 999"]);
    says(&ints("nodes_truenodeids", |ids| ids[0] = -1), &["tree 0, node 0", "child -1"]);
    says(&ints("nodes_truenodeids", |ids| ids[0] = i64::MIN), &["tree 0, node 0", "child -9223372036854775808"]);
    says(&ints("nodes_nodeids", |ids| ids[2] = 1), &["tree 0, node 1", "listed twice"]);
    // Two roots, no root: the first node does not reach all others.
    says(
        &edited(|node| attribute(node, "nodes_modes").strings[0] = b"LEAF".to_vec()),
        &["tree 0, node 1", "not reachable"],
    );
    let swapped = edited(|node| {
        for attribute in node.attribute.iter_mut().filter(|a| a.name.as_deref().unwrap().starts_with("nodes_")) {
            if !attribute.ints.is_empty() {
                attribute.ints.swap(0, 1);
            }
            if !attribute.floats.is_empty() {
                attribute.floats.swap(0, 1);
            }
        }
    });
    says(&swapped, &["tree 0, node 1", "not reachable"]);
    let again = |ids: &mut Vec<i64>| ids.iter_mut().filter(|id| **id == 5).for_each(|id| *id = 0);
    says(&ints("nodes_treeids", again), &["tree 0", "not listed one after another"]);
    says(&ints("nodes_featureids", |ids| ids[0] = 4), &["tree 0, node 0", "feature 4", "0..4"]);
    says(&ints("nodes_featureids", |ids| ids[0] = -1), &["tree 0, node 0", "feature -1"]);
    says(&edited(|node| attribute(node, "nodes_values").floats[0] = f32::NAN), &["tree 0, node 0", "NaN"]);
    says(&edited(|node| attribute(node, "nodes_modes").strings[0] = b"BRANCH_XOR".to_vec()), &["node 0", "BRANCH_XOR"]);
    says(&edited(|node| attribute(node, "nodes_modes").strings[0] = vec![0xff]), &["nodes_modes", "UTF-8"]);
    says(&ints("nodes_missing_value_tracks_true", |flags| flags[3] = 2), &["entry 3", "0 or 1"]);
}

#[test]
fn lists_of_other_lengths_and_weights_of_no_leaf_are_named() {
    for name in
        ["nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "target_ids"]
    {
        says(&ints(name, |values| _ = values.pop()), &["entries, expected"]);
        says(&ints(name, Vec::clear), &["entries, expected"]);
    }
    says(&edited(|node| _ = attribute(node, "nodes_values").floats.pop()), &["`nodes_values` has"]);
    says(&edited(|node| _ = attribute(node, "target_weights").floats.pop()), &["`target_weights` has"]);
    says(&edited(|node| _ = attribute(node, "nodes_hitrates").floats.pop()), &["`nodes_hitrates` has"]);
    says(&ints("target_ids", |ids| ids[0] = 1), &["entry 0 of `target_ids` is 1"]);
    says(&ints("target_nodeids", |ids| ids[0] = 0), &["tree 0, node 0", "a weight for a split"]);
    says(&ints("target_nodeids", |ids| ids[0] = 77), &["tree 0, node 77", "not there"]);
    says(&ints("target_nodeids", |ids| ids[0] = ids[1]), &["a second weight"]);
    says(&edited(|node| attribute(node, "target_weights").floats[0] = f32::INFINITY), &["not a finite number"]);
    says(&edited(|node| attribute(node, "n_targets").i = Some(0)), &["`n_targets` is 0"]);
    says(&edited(|node| attribute(node, "n_targets").i = Some(1_000_000_000)), &["bytes of weights"]);
    says(&edited(|node| attribute(node, "n_targets").i = Some(i64::MAX)), &["bytes of weights"]);
    let none = edited(|node| {
        for attribute in &mut node.attribute {
            (attribute.ints, attribute.floats, attribute.strings) = Default::default();
        }
    });
    says(&none, &["no trees"]);
    says(&edited(|node| attribute(node, "nodes_values").r#type = Some(7)), &["`nodes_values` is of type 7"]);
    says(&edited(|node| attribute(node, "nodes_values").name = Some("nodes_valeus".into())), &["`nodes_valeus`"]);
    says(&edited(|node| node.attribute.push(node.attribute[0].clone())), &["occurs twice"]);
    says(&edited(|node| attribute(node, "n_targets").g = Some(vec![])), &["it holds a subgraph"]);
    says(&edited(|node| attribute(node, "n_targets").ref_attr_name = Some("x".into())), &["attribute of a function"]);
}

#[test]
fn parts_that_change_what_a_model_means_are_refused() {
    let bytes = Golden::named("forest-binary").bytes;
    let with = |change: &dyn Fn(&mut ModelProto)| refused(&changed(bytes, change));
    says(&with(&|model| model.functions.push(vec![])), &["functions of its own"]);
    says(&with(&|model| model.training_info.push(vec![])), &["training information"]);
    says(&with(&|model| model.graph.as_mut().unwrap().sparse_initializer.push(vec![])), &["sparse constants"]);
    says(&with(&|model| model.graph = None), &["no graph"]);
    says(&with(&|model| model.opset_import.clear()), &["no imported operators"]);
    says(
        &with(&|model| model.opset_import.retain(|opset| opset.domain.as_deref() != Some(""))),
        &["domain `` are imported in no version"],
    );
    says(
        &with(&|model| model.opset_import.iter_mut().for_each(|opset| opset.version = Some(6))),
        &["`ai.onnx.ml`", "6"],
    );
    let graph =
        |change: &dyn Fn(&mut super::super::proto::GraphProto)| with(&|model| change(model.graph.as_mut().unwrap()));
    says(&graph(&|graph| graph.node.truncate(1)), &["computed by no node"]);
    says(&graph(&|graph| graph.node[0].domain = Some("my.own".into())), &["`my.own.TreeEnsembleClassifier`"]);
    says(&graph(&|graph| graph.node[1].domain = Some("my.own".into())), &["`my.own.Cast`"]);
    says(&graph(&|graph| graph.node[0].overload = Some("x".into())), &["not supported"]);
    says(&graph(&|graph| graph.node[1].input[0] = "nowhere".into()), &["nothing before it is called `nowhere`"]);
    says(&graph(&|graph| graph.node.rotate_left(1)), &["nothing before it"]);
    says(&graph(&|graph| graph.node.insert(0, graph.node[0].clone())), &["second tree ensemble"]);
    says(&graph(&|graph| graph.output.clear()), &["no numbers among them"]);
    says(&graph(&|graph| graph.output.truncate(1)), &["no numbers among them"]);
    says(&graph(&|graph| graph.input.clear()), &["nothing before it is called `X`"]);
    says(&graph(&|graph| graph.input.push(graph.input[0].clone())), &["two values are called `X`"]);
    let input = |change: &dyn Fn(&mut super::super::proto::TensorTypeProto)| {
        graph(&|graph| change(graph.input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap()))
    };
    says(&input(&|r#type| r#type.elem_type = Some(8)), &["`X` holds texts"]);
    says(&input(&|r#type| r#type.elem_type = Some(10)), &["`X` is of a type that is not supported"]);
    says(&input(&|r#type| _ = r#type.shape.as_mut().unwrap().dim.pop()), &["no table"]);
    says(&input(&|r#type| r#type.shape.as_mut().unwrap().dim[1].dim_value = Some(-3)), &["no column"]);
    says(
        &input(&|r#type| r#type.shape.as_mut().unwrap().dim[1].dim_value = Some(i64::MAX)),
        &["more columns than a million"],
    );
    says(&input(&|r#type| r#type.shape.as_mut().unwrap().dim[1].dim_value = Some(2)), &["feature", "0..2"]);
    // A model that does not say how many columns it has, has as many as its trees look at.
    let unknown = changed(bytes, |model| {
        let input = &mut model.graph.as_mut().unwrap().input[0];
        input.r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().shape = None;
    });
    assert_eq!(read(&unknown).unwrap().forest, Golden::named("forest-binary").read().forest);
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    for bytes in [
        &b"tree\nversion=v4\n"[..],
        b"{\"learner\": {}}",
        b"\x80\x04\x95",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert!(
            matches!(refused(bytes), OnnxError::Wire { .. } | OnnxError::UnknownField { .. }),
            "{:?}",
            refused(bytes)
        );
    }
    assert_eq!(refused(b""), OnnxError::Missing { what: "imported operators" });
    let bytes = Golden::named("modes").bytes;
    let with = |more: &[u8]| refused(&[bytes, more].concat());
    assert!(matches!(with(&[0x12]), OnnxError::Wire { .. }));
    assert_eq!(with(&[0xf8, 0x06, 1]), OnnxError::UnknownField { message: "ModelProto", field: 111 });
    assert_eq!(with(&[0x08, 9]), OnnxError::RepeatedField { message: "ModelProto", field: "ir_version" });
    assert_eq!(with(&[0x3a, 0]), OnnxError::RepeatedField { message: "ModelProto", field: "graph" });
    assert!(matches!(with(&[0x6b]), OnnxError::UnknownField { .. }));
    // Names that are no UTF-8.
    assert!(matches!(with(&[0x12, 1, 0xff]), OnnxError::Decode { .. } | OnnxError::RepeatedField { .. }));
}

#[test]
fn every_prefix_is_an_error_or_lacks_what_says_nothing() {
    for name in ["modes", "modes-5", "forest-binary", "columns"] {
        let golden = Golden::named(name);
        let whole = golden.read().forest;
        let mut read_ones = 0;
        for at in 0..golden.bytes.len() {
            if let Ok(model) = read(&golden.bytes[..at]) {
                // The graph is whole; a set of operators that no node is of is lost, or metadata.
                assert_eq!(model.forest, whole);
                read_ones += 1;
            }
        }
        assert!(read_ones <= 2, "{name}: {read_ones}");
    }
}

#[test]
fn version_5_is_checked_as_strictly() {
    let edited = |change: &dyn Fn(&mut NodeProto)| refused(&with_ensemble(Golden::named("modes-5").bytes, change));
    let ints =
        |name: &'static str, change: &dyn Fn(&mut Vec<i64>)| edited(&|node| change(&mut attribute(node, name).ints));
    says(&ints("nodes_falsenodeids", &|ids| ids[0] = 0), &["`nodes_splits` 0", "more than once"]);
    says(&ints("nodes_falsenodeids", &|ids| ids[0] = 5), &["`nodes_splits` 5", "more than once"]);
    says(&ints("nodes_falsenodeids", &|ids| ids[0] = 9_999), &["tree 0, node 0", "9999"]);
    says(&ints("nodes_truenodeids", &|ids| ids[0] = -1), &["tree 0, node 0", "-1"]);
    says(&ints("nodes_trueleafs", &|flags| flags[0] = 2), &["entry 0 of `nodes_trueleafs`"]);
    says(&ints("tree_roots", &|roots| roots[1] = 0), &["`nodes_splits` 0", "more than once"]);
    says(&ints("tree_roots", &|roots| roots[1] = 24), &["entry 1 of `tree_roots`"]);
    says(&ints("tree_roots", &|roots| _ = roots.pop()), &["`nodes_splits` 20", "not reachable"]);
    says(&ints("nodes_truenodeids", &|ids| ids[1] = 0), &["`leaf_weights` 1", "not reachable"]);
    says(&ints("leaf_targetids", &|ids| ids[0] = 1), &["entry 0 of `leaf_targetids`"]);
    says(&ints("leaf_targetids", &|ids| _ = ids.pop()), &["`leaf_weights` has"]);
    says(&edited(&|node| attribute(node, "aggregate_function").i = Some(3)), &["`aggregate_function` is 3"]);
    says(&edited(&|node| attribute(node, "n_targets").i = Some(2)), &["several numbers per row"]);
    let bytes = |node: &mut NodeProto, name: &str, at: usize, byte: u8| {
        attribute(node, name).t.as_mut().unwrap().raw_data.as_mut().unwrap()[at] = byte;
    };
    says(&edited(&|node| bytes(node, "nodes_modes", 3, 6)), &["`membership_values` is another number of sets"]);
    says(&edited(&|node| bytes(node, "nodes_modes", 3, 5)), &["tree 0, node 3", "BRANCH_NEQ"]);
    says(&edited(&|node| bytes(node, "nodes_modes", 3, 77)), &["node 3", "`77`"]);
    says(
        &edited(&|node| attribute(node, "nodes_modes").t.as_mut().unwrap().dims = vec![1_000_000_000]),
        &["dimensions", "1000000000"],
    );
    says(
        &edited(&|node| attribute(node, "leaf_weights").t.as_mut().unwrap().dims = vec![i64::MAX, i64::MAX]),
        &["dimensions"],
    );
    says(&edited(&|node| attribute(node, "leaf_weights").t.as_mut().unwrap().data_type = Some(11)), &["has 15 values"]);
    let outside = |node: &mut NodeProto| {
        let location =
            StringStringEntryProto { key: Some("location".into()), value: Some("../../../etc/shadow".into()) };
        attribute(node, "leaf_weights").t.as_mut().unwrap().external_data.push(location);
    };
    says(&edited(&outside), &["keeps its values in another file (`../../../etc/shadow`)"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_changed_byte_gives_an_error_or_a_model(
        which in 0..GOLDEN.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = GOLDEN[which].bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(model) = read(&bytes) {
            prop_assert_eq!(model.gains.len(), model.forest.n_nodes());
            if let Ok(bytes) = super::super::write(&model) {
                prop_assert!(read(&bytes).is_ok(), "{:?}", read(&bytes).err());
            }
        }
    }
}
