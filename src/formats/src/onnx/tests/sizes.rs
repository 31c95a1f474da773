//! Depth, width, and claims: time and memory go with the bytes.

use super::super::proto::{DimensionProto, NodeProto, OperatorSetIdProto};
use super::super::{Imported, Version, write_as};
use super::*;
use secateur_forest::{Aggregation, MissingDirection, Precision, RawForest, RawTree};

/// A chain of so many splits.
fn chain(splits: usize) -> Forest {
    let nodes = 2 * splits + 1;
    let split = |node: usize| node.is_multiple_of(2) && node + 1 < nodes;
    let tree = RawTree {
        feature: (0..nodes).map(|node| if split(node) { 0 } else { -1 }).collect(),
        threshold: (0..nodes).map(|node| -(node as f64)).collect(),
        children_left: (0..nodes).map(|node| if split(node) { node as i64 + 2 } else { -1 }).collect(),
        children_right: (0..nodes).map(|node| if split(node) { node as i64 + 1 } else { -1 }).collect(),
        missing: vec![MissingDirection::Left; nodes],
        value: (0..nodes).map(|node| (node % 7) as f64).collect(),
        ..RawTree::default()
    };
    let (task, precision, aggregation) = (Task::Regression, Precision::F32, Aggregation::Mean);
    Forest::new(RawForest { task, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] }).unwrap()
}

#[test]
fn a_chain_of_a_million_splits_goes_in_and_out() {
    let forest = chain(1_000_000);
    for version in [Version::V3, Version::V5] {
        let bytes = write_as(&Imported::of(forest.clone(), &[]), version).unwrap();
        let again = read(&bytes).unwrap().forest;
        assert_eq!(again.n_splits(), 1_000_000);
        let leaf = ends(&forest, &[-1_000_001.0])[0];
        assert_eq!(ends(&again, &[-1_000_001.0]), [leaf]);
    }
}

#[test]
fn empty_messages_are_counted_before_they_are_decoded() {
    // Two bytes each in the file, hundreds in memory.
    let nodes = 3_000_000;
    let mut graph = Vec::new();
    for _ in 0..nodes {
        graph.extend([0x0a, 0x00]);
    }
    let mut bytes = vec![0x3a];
    let mut length = graph.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(graph);
    assert!(matches!(refused(&bytes), OnnxError::TooLarge { what: "messages", .. }));
}

#[test]
fn columns_that_are_doubled_again_and_again_are_refused() {
    let node = |inputs: [&str; 2], output: &str| NodeProto {
        input: inputs.map(String::from).to_vec(),
        output: vec![output.into()],
        op_type: Some("Concat".into()),
        attribute: vec![AttributeProto {
            name: Some("axis".into()),
            r#type: Some(2),
            i: Some(1),
            ..Default::default()
        }],
        ..Default::default()
    };
    let bytes = changed(Golden::named("forest-binary").bytes, |model| {
        let graph = model.graph.as_mut().unwrap();
        let mut name = "X".to_owned();
        for step in 0..60 {
            let next = format!("X{step}");
            graph.node.insert(step, node([&name, &name], &next));
            name = next;
        }
    });
    assert!(refused(&bytes).to_string().contains("million columns"));
    // Many copies of a wide table.
    let bytes = changed(Golden::named("forest-binary").bytes, |model| {
        let graph = model.graph.as_mut().unwrap();
        let input = graph.input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
        input.shape.as_mut().unwrap().dim[1] = DimensionProto { dim_value: Some(500_000), ..Default::default() };
        for step in 0..60 {
            graph.node.insert(step, node(["X", "X"], &format!("X{step}")));
        }
    });
    assert!(matches!(refused(&bytes), OnnxError::TooLarge { what: "columns", .. }), "{:?}", refused(&bytes));
}

#[test]
fn claims_of_a_million_targets_and_many_imports_take_no_time() {
    // A regression of many targets, each of them an output, and operators imported many times.
    let bytes = with_ensemble(Golden::named("catboost-number").bytes, |node| {
        attribute(node, "n_targets").i = Some(300_000);
        attribute(node, "base_values").floats.clear();
    });
    let bytes = changed(&bytes, |model| {
        model.opset_import = vec![model.opset_import[0].clone(); 50_000];
        let graph = model.graph.as_mut().unwrap();
        let ensemble = graph.node[0].output[0].clone();
        for step in 0..50_000 {
            let output = format!("y{step}");
            graph.output.push(super::super::proto::ValueInfoProto { name: Some(output.clone()), ..Default::default() });
            graph.node.push(NodeProto {
                input: vec![ensemble.clone()],
                output: vec![output],
                op_type: Some("Identity".into()),
                domain: Some("".into()),
                ..Default::default()
            });
        }
        let own = OperatorSetIdProto { domain: None, version: Some(18) };
        model.opset_import.extend(vec![own; 50_000]);
    });
    let start = std::time::Instant::now();
    assert!(
        refused(&bytes).to_string().contains("bytes of weights") || refused(&bytes).to_string().contains("columns")
    );
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn identities_of_columns_take_no_memory_of_their_own() {
    let bytes = changed(Golden::named("modes").bytes, |model| {
        let graph = model.graph.as_mut().unwrap();
        let last = graph.output[0].name.clone().unwrap();
        for step in 0..2_000 {
            let input = if step == 0 { last.clone() } else { format!("y{}", step - 1) };
            graph.node.push(NodeProto {
                input: vec![input],
                output: vec![format!("y{step}")],
                op_type: Some("Identity".into()),
                ..Default::default()
            });
        }
        graph.output[0].name = Some("y1999".into());
    });
    assert_eq!(read(&bytes).unwrap().forest, Golden::named("modes").read().forest);
}
