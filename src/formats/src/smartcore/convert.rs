//! From a fitted smartcore forest, in memory or saved as JSON, to a [`Forest`].

use std::any::TypeId;

use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::RandomForestClassifier;
use smartcore::ensemble::random_forest_regressor::RandomForestRegressor;
use smartcore::linalg::basic::arrays::{Array1, Array2};
use smartcore::numbers::basenum::Number;
use smartcore::numbers::floatnum::FloatNumber;

use super::document::{ClassifierTree, Document, List, Node, RegressorForest};
use secateur_forest::{Aggregation, Forest, ForestError, InBag, MissingDirection, Precision, RawForest, RawTree, Task};

/// A smartcore forest after conversion.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The model. A classifier's nodes hold a provisional one-hot count, the number of bagged examples for the class the
    /// node predicts; [`recount`](super::recount) replaces it by real counts. A regressor's nodes hold their means.
    ///
    /// Classes are named by their labels, in ascending order: the class index of a label is its rank.
    pub forest: Forest,
    /// Which rows each tree saw, if the model was fitted with `keep_samples`. smartcore stores only *whether* a row was
    /// drawn: multiplicities are 0 or 1 here. What is out of bag is exact.
    pub in_bag: Option<InBag>,
}

/// Why a document is not a smartcore forest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Not JSON, a field is absent or of another type. The message names tree, node and field.
    #[error("not the serde form of a smartcore 0.7 forest: {0}")]
    Shape(#[from] serde_json::Error),
    /// A field that only a fitted model has is absent or null.
    #[error("field `{field}` is absent or null: not a smartcore forest, or one that was never fitted")]
    Absent {
        /// Name of the field.
        field: &'static str,
    },
    /// A tree was fitted on other classes or features than the forest it stands in.
    #[error("tree {tree}: its {field} differ from those of the forest")]
    TreesDiffer {
        /// Tree index.
        tree: usize,
        /// What differs.
        field: &'static str,
    },
    /// A classifier's node predicts a class that does not exist.
    #[error("tree {tree}, node {node}: output {output} is outside 0..{n_classes}")]
    OutputOutOfRange {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
        /// The class index named.
        output: usize,
        /// Number of classes.
        n_classes: usize,
    },
    /// A node has children but no threshold. JSON writes an infinite threshold so; what it was cannot be known.
    #[error("tree {tree}, node {node}: children but no split value")]
    NoSplitValue {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// The in-bag marks do not cover every tree, or trees disagree on the number of rows.
    #[error("field `samples` has {found} lists for {trees} trees, or lists of different lengths")]
    Samples {
        /// Lists found.
        found: usize,
        /// Trees of the forest.
        trees: usize,
    },
    /// The trees are not trees.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Converts a classifier, whose label and matrix types may be any that smartcore serializes (an `ndarray` matrix needs
/// feature `serde` of `ndarray`).
///
/// The result votes as smartcore does: one vote per tree, ties to the smallest label. Values are compared in the
/// precision of `TX`.
///
/// # Errors
/// [`ConvertError::Absent`] for a model that was never fitted.
///
/// # Complexity
/// O(nodes x classes) time and memory; the JSON text it passes through takes about 160 bytes a node for a moment.
pub fn from_classifier<TX, TY, X, Y>(model: &RandomForestClassifier<TX, TY, X, Y>) -> Result<Converted, ConvertError>
where
    TX: FloatNumber + PartialOrd + 'static,
    TY: Number + Ord,
    X: Array2<TX>,
    Y: Array1<TY>,
    RandomForestClassifier<TX, TY, X, Y>: Serialize,
{
    from_model(model, precision_of::<TX>())
}

/// Converts a regressor. smartcore averages in `TY`; the forest averages in f64.
///
/// # Errors
/// As [`from_classifier`].
///
/// # Complexity
/// O(nodes) time and memory.
pub fn from_regressor<TX, TY, X, Y>(model: &RandomForestRegressor<TX, TY, X, Y>) -> Result<Converted, ConvertError>
where
    TX: FloatNumber + PartialOrd + 'static,
    TY: Number,
    X: Array2<TX>,
    Y: Array1<TY>,
    RandomForestRegressor<TX, TY, X, Y>: Serialize,
{
    from_model(model, precision_of::<TX>())
}

/// Converts anything that serializes as one of smartcore's forests do, such as its extra trees.
///
/// `precision` is that of the matrix the model predicts on: [`Precision::F32`] for `f32`.
///
/// # Errors
/// As [`from_json_value`].
pub fn from_model<M: Serialize>(model: &M, precision: Precision) -> Result<Converted, ConvertError> {
    // Text, not `serde_json::Value`: a fifth of the memory, and exact, since floats are printed shortest and this
    // package reads them with `float_roundtrip`.
    convert(serde_json::from_slice(&serde_json::to_vec(model)?)?, precision)
}

/// Converts a forest from the value that `serde_json::to_value` made of it.
///
/// # Errors
/// [`ConvertError`] for every document that is not a fitted forest of smartcore 0.7; never panics.
pub fn from_json_value(document: &serde_json::Value, precision: Precision) -> Result<Converted, ConvertError> {
    convert(Document::deserialize(document)?, precision)
}

/// Converts a forest from JSON text, such as a saved file. Thresholds come out bit by bit as they were in memory.
///
/// # Errors
/// As [`from_json_value`].
pub fn from_json_text(text: &str, precision: Precision) -> Result<Converted, ConvertError> {
    convert(serde_json::from_str(text)?, precision)
}

fn precision_of<TX: 'static>() -> Precision {
    if TypeId::of::<TX>() == TypeId::of::<f32>() { Precision::F32 } else { Precision::F64 }
}

pub(super) fn convert(document: Document, precision: Precision) -> Result<Converted, ConvertError> {
    match document {
        Document { forest_regressor: Some(forest), .. } => convert_regressor(forest, precision),
        Document { trees: Some(List(trees)), classes: Some(classes), samples, .. } => {
            convert_classifier(&trees, &classes, samples, precision)
        }
        Document { trees: None, .. } => Err(ConvertError::Absent { field: "trees" }),
        Document { classes: None, .. } => Err(ConvertError::Absent { field: "classes" }),
    }
}

fn convert_regressor(forest: RegressorForest, precision: Precision) -> Result<Converted, ConvertError> {
    let List(trees) = forest.trees.ok_or(ConvertError::Absent { field: "trees" })?;
    let n_features = forest.num_features.ok_or(ConvertError::Absent { field: "num_features" })?;
    let in_bag = forest.samples.map(|samples| marks(samples, trees.len())).transpose()?;
    let trees = trees
        .iter()
        .enumerate()
        .map(|(tree, fitted)| {
            let List(nodes) = &fitted.nodes;
            raw_tree(tree, nodes, nodes.iter().map(|node| node.output).collect())
        })
        .collect::<Result<_, _>>()?;
    let raw = RawForest {
        task: Task::Regression,
        n_features,
        precision,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees,
    };
    Ok(Converted { forest: Forest::new(raw)?, in_bag })
}

fn convert_classifier(
    trees: &[ClassifierTree],
    classes: &[serde_json::Number],
    samples: Option<Vec<Vec<bool>>>,
    precision: Precision,
) -> Result<Converted, ConvertError> {
    let in_bag = samples.map(|samples| marks(samples, trees.len())).transpose()?;
    let n_features = trees.first().map_or(0, |tree| tree.num_features);
    let mut raw_trees = Vec::with_capacity(trees.len());
    for (tree, fitted) in trees.iter().enumerate() {
        for (field, same) in
            [("classes", fitted.classes == classes), ("num_features", fitted.num_features == n_features)]
        {
            if !same {
                return Err(ConvertError::TreesDiffer { tree, field });
            }
        }
        let List(nodes) = &fitted.nodes;
        raw_trees.push(raw_tree(tree, nodes, one_hot(tree, nodes, classes.len())?)?);
    }
    let raw = RawForest {
        task: Task::Classification { classes: classes.iter().map(ToString::to_string).collect() },
        n_features,
        precision,
        aggregation: Aggregation::Vote,
        base: Vec::new(),
        trees: raw_trees,
    };
    Ok(Converted { forest: Forest::new(raw)?, in_bag })
}

/// Provisional class counts `(n_nodes, n_classes)`: everything for the class that the node predicts.
fn one_hot(tree: usize, nodes: &[Node<usize>], n_classes: usize) -> Result<Vec<f64>, ConvertError> {
    let mut counts = vec![0.0; nodes.len() * n_classes];
    for (node, fitted) in nodes.iter().enumerate() {
        let output = fitted.output;
        if output >= n_classes {
            return Err(ConvertError::OutputOutOfRange { tree, node, output, n_classes });
        }
        counts[node * n_classes + output] = fitted.n_node_samples.unwrap_or(1).max(1) as f64;
    }
    Ok(counts)
}

fn raw_tree<Output>(tree: usize, nodes: &[Node<Output>], value: Vec<f64>) -> Result<RawTree, ConvertError> {
    // What does not fit i64 is as much out of range as i64::MAX.
    let index = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    let mut raw = RawTree { missing: vec![MissingDirection::Right; nodes.len()], value, ..RawTree::default() };
    for (node, fitted) in nodes.iter().enumerate() {
        let (left, right, threshold) = match (fitted.true_child, fitted.split_value) {
            (None, _) => (-1, -1, 0.0), // a leaf, though a split that was not carried out may be noted
            (Some(_), None) => return Err(ConvertError::NoSplitValue { tree, node }),
            (Some(left), Some(threshold)) => (index(left), fitted.false_child.map_or(-1, index), threshold),
        };
        raw.feature.push(index(fitted.split_feature));
        raw.threshold.push(threshold);
        raw.children_left.push(left);
        raw.children_right.push(right);
    }
    Ok(raw)
}

fn marks(samples: Vec<Vec<bool>>, trees: usize) -> Result<InBag, ConvertError> {
    let found = samples.len();
    let n_rows = samples.first().map_or(0, Vec::len);
    let multiplicity = samples.into_iter().map(|tree| tree.into_iter().map(u16::from).collect()).collect();
    match InBag::new(n_rows, multiplicity) {
        Some(in_bag) if found == trees => Ok(in_bag),
        _ => Err(ConvertError::Samples { found, trees }),
    }
}
