//! A graph of its own around a forest.

use prost::Message;
use secateur_forest::{Aggregation, Forest, Precision, Task};

use super::ensemble::{Aggregate, EnsembleKind, Width};
use super::inputs::NAMES_KEY;
use super::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, attribute_type, data_type,
};
use super::records::{Listing, Source};
use super::scoring::{Form, Scoring};
use super::write::Version;

/// The domain of tree ensembles.
const ML: &str = "ai.onnx.ml";

/// A forest whose trees vote, as one whose trees average votes; `None` for others.
pub(super) fn votes(forest: &Forest) -> Option<Forest> {
    if forest.aggregation() != Aggregation::Vote {
        return None;
    }
    let mut raw = forest.to_raw();
    raw.aggregation = Aggregation::Mean;
    if *forest.task() != Task::Regression {
        for values in raw.trees.iter_mut().flat_map(|tree| tree.value.chunks_exact_mut(forest.n_outputs())) {
            let (largest, total) = (secateur_forest::argmax(values), values.iter().sum());
            values.fill(0.0);
            values[largest] = total;
        }
    }
    Some(Forest::new(raw).expect("a valid forest with other counts of the same totals"))
}

/// How many examples reached each node, if the forest counts classes and a split has as many as its children.
pub(super) fn counts(forest: &Forest) -> Vec<f64> {
    if *forest.task() == Task::Regression || forest.aggregation() == Aggregation::Sum {
        return Vec::new();
    }
    let count = |node: usize| forest.value(node).iter().sum::<f64>();
    let adds_up = |node: usize| match forest.children(node) {
        Some([left, right]) => (count(left) + count(right) - count(node)).abs() <= 1e-9 * count(node),
        None => true,
    };
    if forest.n_splits() > 0 && (0..forest.n_nodes()).all(adds_up) {
        (0..forest.n_nodes()).map(count).collect()
    } else {
        Vec::new()
    }
}

/// A model around a forest, its lists still empty.
pub(super) fn source(forest: &Forest, names: &[String], version: Version, with_hitrates: bool) -> Source {
    let width = match forest.precision() {
        Precision::F32 => Width::F32,
        Precision::F64 => Width::F64,
    };
    let scoring = scoring(forest, version);
    let kind = match (version, scoring.form) {
        (Version::V5, _) => EnsembleKind::TreeEnsemble,
        (Version::V3, Form::Number) => EnsembleKind::Regressor,
        (Version::V3, _) => EnsembleKind::Classifier,
    };
    let graph = Graph { forest, width, scoring: &scoring, with_hitrates };
    let nodes = match version {
        Version::V3 => vec![graph.three()],
        Version::V5 => graph.five(),
    };
    let shell = graph.model(nodes, names, version).encode_to_vec();
    let listing = if scoring.aggregation() == Aggregation::Sum { Listing::InTurn } else { Listing::All };
    let rounded = width == Width::F32;
    let (base, columns) = (Vec::new(), Vec::new());
    Source { shell, node: 0, kind, width, rounded, scoring, listing, weights_in_preorder: false, base, columns }
}

/// What the sums of the new ensemble will mean. `TreeEnsemble` has no base values: they are added behind it.
fn scoring(forest: &Forest, version: Version) -> Scoring {
    let sum = forest.aggregation() == Aggregation::Sum;
    let form = match (forest.task(), forest.n_outputs(), sum) {
        (Task::Regression, ..) => Form::Number,
        (_, 2, true) => Form::SecondScore,
        (_, 2, false) => Form::SecondProbability,
        (_, _, true) => Form::Scores,
        (_, _, false) => Form::Probabilities,
    };
    let base = forest.base();
    let shift = match form {
        Form::SecondScore | Form::SecondProbability | Form::Mirrored => vec![base[1] - base[0]],
        Form::Number | Form::Scores | Form::Probabilities => base.to_vec(),
    };
    let targets: Vec<usize> = (0..shift.len()).collect();
    let average = match (version, form) {
        (_, Form::Number) | (Version::V5, Form::SecondProbability) => !sum,
        _ => false,
    };
    let of_two = version == Version::V3 && forest.n_outputs() == 2;
    Scoring {
        form,
        aggregate: if average { Aggregate::Average } else { Aggregate::Sum },
        n_targets: if of_two { 2 } else { targets.len() },
        scale: 1.0,
        shift: if version == Version::V5 { shift } else { vec![0.0; shift.len()] },
        targets,
    }
}

/// What the parts of a graph depend on.
struct Graph<'a> {
    forest: &'a Forest,
    width: Width,
    scoring: &'a Scoring,
    with_hitrates: bool,
}

impl Graph<'_> {
    /// The node of `TreeEnsembleClassifier` or `TreeEnsembleRegressor`.
    fn three(&self) -> NodeProto {
        let regression = self.scoring.form == Form::Number;
        let (op, weights, outputs): (_, _, &[&str]) = if regression {
            ("TreeEnsembleRegressor", "target", &["variable"])
        } else {
            ("TreeEnsembleClassifier", "class", &["label", "probabilities"])
        };
        let mut attributes: Vec<AttributeProto> = ["treeids", "nodeids", "ids"]
            .iter()
            .map(|list| attribute(&format!("{weights}_{list}"), attribute_type::INTS))
            .collect();
        attributes.push(self.numbers(&format!("{weights}_weights")));
        for list in ["treeids", "nodeids", "featureids", "truenodeids", "falsenodeids", "missing_value_tracks_true"] {
            attributes.push(attribute(&format!("nodes_{list}"), attribute_type::INTS));
        }
        attributes.push(attribute("nodes_modes", attribute_type::STRINGS));
        attributes.push(self.numbers("nodes_values"));
        if self.with_hitrates {
            attributes.push(self.numbers("nodes_hitrates"));
        }
        if self.forest.base().iter().any(|score| *score != 0.0) {
            attributes.push(self.numbers("base_values"));
        }
        let transform = match self.scoring.form {
            Form::Number | Form::Probabilities | Form::SecondProbability => "NONE",
            Form::Scores => "SOFTMAX",
            Form::SecondScore | Form::Mirrored => "LOGISTIC",
        };
        attributes.push(text("post_transform", transform));
        if regression {
            attributes.push(int("n_targets", 1));
            let average = self.scoring.aggregate == Aggregate::Average;
            attributes.push(text("aggregate_function", if average { "AVERAGE" } else { "SUM" }));
        } else {
            attributes.push(self.labels("classlabels_int64s", "classlabels_strings"));
        }
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        node(ML, op, &["X"], outputs, attributes)
    }

    /// `TreeEnsemble`, and what makes probabilities and labels of its sums.
    fn five(&self) -> Vec<NodeProto> {
        let average = self.scoring.aggregate == Aggregate::Average;
        let mut attributes = vec![
            int("n_targets", self.scoring.n_targets as i64),
            int("aggregate_function", if average { 0 } else { 1 }),
            int("post_transform", 0),
        ];
        for list in ["nodes_splits", "leaf_weights", "nodes_modes"] {
            attributes.push(empty_tensor(list));
        }
        // Runtimes refuse them beside double precision, whatever theirs is.
        if self.with_hitrates && self.width == Width::F32 {
            attributes.push(empty_tensor("nodes_hitrates"));
        }
        if self.forest.has_categories() {
            attributes.push(empty_tensor("membership_values"));
        }
        for list in [
            "tree_roots",
            "nodes_featureids",
            "nodes_truenodeids",
            "nodes_trueleafs",
            "nodes_falsenodeids",
            "nodes_falseleafs",
            "nodes_missing_value_tracks_true",
            "leaf_targetids",
        ] {
            attributes.push(attribute(list, attribute_type::INTS));
        }
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        let based = self.has_shift();
        let last = match self.scoring.form {
            Form::Number => "variable",
            Form::Probabilities => "probabilities",
            Form::SecondProbability => "second",
            Form::Scores | Form::SecondScore | Form::Mirrored => "scores",
        };
        let mut nodes = vec![node(ML, "TreeEnsemble", &["X"], &[if based { "sums" } else { last }], attributes)];
        if based {
            nodes.push(node("", "Add", &["sums", "base"], &[last], Vec::new()));
        }
        if self.scoring.form != Form::Number {
            self.push_classes(&mut nodes);
        }
        nodes
    }

    /// What makes probabilities and a label of the numbers so far.
    fn push_classes(&self, nodes: &mut Vec<NodeProto>) {
        match self.scoring.form {
            Form::Scores => nodes.push(node("", "Softmax", &["scores"], &["probabilities"], vec![int("axis", 1)])),
            Form::SecondScore | Form::Mirrored => nodes.push(node("", "Sigmoid", &["scores"], &["second"], Vec::new())),
            Form::Number | Form::Probabilities | Form::SecondProbability => {}
        }
        if self.of_two() {
            nodes.push(node("", "Sub", &["one", "second"], &["first"], Vec::new()));
            nodes.push(node("", "Concat", &["first", "second"], &["probabilities"], vec![int("axis", 1)]));
        }
        let largest = vec![int("axis", 1), int("keepdims", 0)];
        nodes.push(node("", "ArgMax", &["probabilities"], &["index"], largest));
        let keys = (0..self.forest.n_outputs() as i64).collect();
        let names = self.labels("values_int64s", "values_strings");
        let keys = AttributeProto { ints: keys, ..attribute("keys_int64s", attribute_type::INTS) };
        nodes.push(node(ML, "LabelEncoder", &["index"], &["label"], vec![keys, names]));
    }

    fn of_two(&self) -> bool {
        matches!(self.scoring.form, Form::SecondProbability | Form::SecondScore | Form::Mirrored)
    }

    fn has_shift(&self) -> bool {
        self.scoring.shift.iter().any(|shift| *shift != 0.0)
    }

    fn model(&self, nodes: Vec<NodeProto>, names: &[String], version: Version) -> ModelProto {
        let (ir, ml, onnx) = if version == Version::V3 { (8, 3, 15) } else { (10, 5, 18) };
        let element = self.element();
        let label = if self.integers().is_some() { data_type::INT64 } else { data_type::STRING };
        // The older operators give single precision whatever they are given.
        let result = if version == Version::V3 { data_type::FLOAT } else { element };
        let outputs = match self.scoring.form {
            Form::Number => vec![value("variable", result, &[None, Some(1)])],
            _ => {
                let probabilities = value("probabilities", result, &[None, Some(self.forest.n_outputs())]);
                vec![value("label", label, &[None]), probabilities]
            }
        };
        let mut constants = Vec::new();
        if version == Version::V5 && self.has_shift() {
            constants.push(self.constant("base", &self.scoring.shift));
        }
        if version == Version::V5 && self.of_two() {
            constants.push(self.constant("one", &[1.0]));
        }
        let graph = GraphProto {
            node: nodes,
            name: Some("forest".to_owned()),
            initializer: constants,
            input: vec![value("X", element, &[None, Some(self.forest.n_features())])],
            output: outputs,
            ..GraphProto::default()
        };
        let names = serde_json::to_string(names).expect("texts are JSON");
        let opset =
            |domain: &str, version| OperatorSetIdProto { domain: Some(domain.to_owned()), version: Some(version) };
        ModelProto {
            ir_version: Some(ir),
            producer_name: Some("secateur".to_owned()),
            graph: Some(graph),
            opset_import: vec![opset(ML, ml), opset("", onnx)],
            metadata_props: vec![StringStringEntryProto { key: Some(NAMES_KEY.to_owned()), value: Some(names) }],
            ..ModelProto::default()
        }
    }

    fn element(&self) -> i32 {
        if self.width == Width::F32 { data_type::FLOAT } else { data_type::DOUBLE }
    }

    /// An empty list of numbers, or tensor of that name.
    fn numbers(&self, name: &str) -> AttributeProto {
        match self.width {
            Width::F32 => attribute(name, attribute_type::FLOATS),
            Width::F64 => empty_tensor(&format!("{name}_as_tensor")),
        }
    }

    fn constant(&self, name: &str, values: &[f64]) -> TensorProto {
        let raw: Vec<u8> = match self.width {
            Width::F32 => values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
            Width::F64 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        TensorProto {
            dims: vec![values.len() as i64],
            data_type: Some(self.element()),
            name: Some(name.to_owned()),
            raw_data: Some(raw),
            ..TensorProto::default()
        }
    }

    fn classes(&self) -> &[String] {
        match self.forest.task() {
            Task::Classification { classes } => classes,
            Task::Regression => &[],
        }
    }

    /// The names of classes as integers, if they are the usual way to write some.
    fn integers(&self) -> Option<Vec<i64>> {
        let integer = |name: &String| name.parse::<i64>().ok().filter(|integer| integer.to_string() == *name);
        self.classes().iter().map(integer).collect()
    }

    fn labels(&self, integers: &str, texts: &str) -> AttributeProto {
        match self.integers() {
            Some(values) => AttributeProto { ints: values, ..attribute(integers, attribute_type::INTS) },
            None => {
                let strings = self.classes().iter().map(|name| name.as_bytes().to_vec()).collect();
                AttributeProto { strings, ..attribute(texts, attribute_type::STRINGS) }
            }
        }
    }
}

fn attribute(name: &str, r#type: i32) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(r#type), ..AttributeProto::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, attribute_type::INT) }
}

fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: Some(value.as_bytes().to_vec()), ..attribute(name, attribute_type::STRING) }
}

fn empty_tensor(name: &str) -> AttributeProto {
    AttributeProto { t: Some(TensorProto::default()), ..attribute(name, attribute_type::TENSOR) }
}

fn node(domain: &str, op: &str, inputs: &[&str], outputs: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    NodeProto {
        input: owned(inputs),
        output: owned(outputs),
        name: Some(op.to_owned()),
        op_type: Some(op.to_owned()),
        attribute,
        domain: (!domain.is_empty()).then(|| domain.to_owned()),
        ..NodeProto::default()
    }
}

/// A tensor; a dimension without a length is the number of rows.
fn value(name: &str, element: i32, dims: &[Option<usize>]) -> ValueInfoProto {
    let dim = |length: &Option<usize>| DimensionProto {
        dim_value: length.map(|length| length as i64),
        dim_param: length.is_none().then(|| "N".to_owned()),
        denotation: None,
    };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(dim).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: Some(element), shape });
    let r#type = Some(TypeProto { tensor_type, ..TypeProto::default() });
    ValueInfoProto { name: Some(name.to_owned()), r#type, ..ValueInfoProto::default() }
}
