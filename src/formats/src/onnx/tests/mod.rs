//! Models of converters and models made by hand (`tests/golden/onnx`), and bytes that are none.

mod behaviour;
mod folder;
mod golden;
mod malformed;
mod sizes;
mod writing;

use prost::Message;
use secateur_forest::{BudgetedForest, Forest, PriceList, Task};

use super::proto::{AttributeProto, ModelProto, NodeProto};
use super::{Imported, OnnxError, read};

/// A model with rows and what ONNX Runtime computes for them.
struct Golden {
    name: &'static str,
    bytes: &'static [u8],
    rows: &'static str,
    /// How far single precision may be off: probabilities, or a number.
    tolerance: f64,
}

macro_rules! golden {
    ($name:literal, $tolerance:expr) => {
        Golden {
            name: $name,
            bytes: include_bytes!(concat!("../../../../../tests/golden/onnx/", $name, ".onnx")),
            rows: include_str!(concat!("../../../../../tests/golden/onnx/", $name, ".csv")),
            tolerance: $tolerance,
        }
    };
}

const GOLDEN: [Golden; 28] = [
    golden!("forest-binary", 3e-7),
    golden!("forest-classes", 3e-7),
    golden!("extra-trees", 5e-7),
    golden!("boosting-binary", 3e-7),
    golden!("boosting-classes", 3e-7),
    golden!("boosting-exponential", 3e-7),
    golden!("boosting-number", 5e-7),
    golden!("hist-binary", 3e-7),
    golden!("hist-number", 5e-7),
    golden!("tree-double", 3e-7),
    golden!("selected", 3e-7),
    golden!("columns", 3e-7),
    golden!("lightgbm-binary", 3e-7),
    golden!("lightgbm-classes", 3e-7),
    golden!("lightgbm-number", 5e-7),
    golden!("xgboost-binary", 3e-7),
    golden!("xgboost-classes", 3e-7),
    golden!("xgboost-number", 5e-7),
    golden!("catboost-binary", 3e-7),
    golden!("catboost-classes", 3e-7),
    golden!("catboost-number", 5e-7),
    golden!("modes", 2e-6),
    golden!("modes-double", 2e-6),
    golden!("modes-5", 2e-6),
    golden!("classes-5", 1e-9),
    golden!("equality", 2e-6),
    golden!("sets-5", 2e-6),
    golden!("lightgbm-categories", 5e-7),
];

/// One row: features, numbers, the class if there are classes, and the leaf of each tree where the file has them.
struct Row {
    features: Vec<f64>,
    numbers: Vec<f64>,
    class: Option<usize>,
    leaves: Vec<usize>,
}

impl Golden {
    fn named(name: &str) -> &'static Golden {
        GOLDEN.iter().find(|golden| golden.name == name).unwrap()
    }

    fn read(&self) -> Imported {
        read(self.bytes).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn rows(&self, forest: &Forest) -> Vec<Row> {
        rows(self.rows, forest)
    }
}

fn rows(csv: &str, forest: &Forest) -> Vec<Row> {
    let number = |cell: &str| if cell.is_empty() { f64::NAN } else { cell.parse().unwrap() };
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').map(number).collect();
        let (features, rest) = cells.split_at(forest.n_features());
        let (numbers, rest) = rest.split_at(forest.n_outputs());
        let classes = matches!(forest.task(), Task::Classification { .. });
        let (class, leaves) = if classes { (Some(rest[0] as usize), &rest[1..]) } else { (None, rest) };
        Row {
            features: features.to_vec(),
            numbers: numbers.to_vec(),
            class,
            leaves: leaves.iter().map(|&leaf| leaf as usize).collect(),
        }
    };
    csv.lines().map(row).collect()
}

/// The nodes at which an example ends, one per tree.
fn ends(forest: &Forest, values: &[f64]) -> Vec<usize> {
    let end = |root: usize| {
        let mut node = root;
        while let Some(feature) = forest.feature(node) {
            node = forest.next(node, values[feature]).expect("imported splits have a direction");
        }
        node
    };
    forest.roots().map(end).collect()
}

/// What the forest predicts.
fn predict(forest: &Forest, values: &[f64]) -> Vec<f64> {
    let names: Vec<String> = (0..forest.n_features()).map(|feature| feature.to_string()).collect();
    let whole = BudgetedForest::whole(forest.clone(), PriceList::uniform(&names, 1.0).unwrap()).unwrap();
    whole.predict_row(values, whole.unpruned()).unwrap()
}

/// A model as protobuf messages, changed.
fn changed(bytes: &[u8], change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(bytes).unwrap();
    change(&mut model);
    model.encode_to_vec()
}

/// A model whose ensemble is changed.
fn with_ensemble(bytes: &[u8], change: impl FnOnce(&mut NodeProto)) -> Vec<u8> {
    changed(bytes, |model| {
        let nodes = &mut model.graph.as_mut().unwrap().node;
        change(nodes.iter_mut().find(|node| node.op_type.as_deref().unwrap().starts_with("TreeEnsemble")).unwrap());
    })
}

fn attribute<'n>(node: &'n mut NodeProto, name: &str) -> &'n mut AttributeProto {
    node.attribute.iter_mut().find(|attribute| attribute.name.as_deref() == Some(name)).unwrap()
}

fn refused(bytes: &[u8]) -> OnnxError {
    read(bytes).expect_err("no model that is read")
}
