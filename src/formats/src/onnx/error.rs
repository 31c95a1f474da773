//! Why bytes are no ONNX model that can be read, and why a model cannot be written.

use std::fmt;

use secateur_forest::ForestError;

/// Longest piece of a file in a message.
const SHOWN: usize = 40;

/// An operator of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Its type, with its domain unless that is ONNX's own.
    pub op: String,
    /// The name of the node, or of its first output; may be empty.
    pub name: String,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { op, name } = self;
        if name.is_empty() { write!(f, "operator `{op}`") } else { write!(f, "operator `{op}` (`{name}`)") }
    }
}

/// Why bytes were not read as an ONNX model.
///
/// `tree` and `node` are the file's own numbers where the error is found before trees are built (`nodes_treeids` and
/// `nodes_nodeids`, or for `TreeEnsemble` the index in `nodes_*`); in [`OnnxError::Forest`] both count from 0 in the
/// order of the file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// Bytes that are no protobuf message.
    #[error("not an ONNX model: {what} in {message} at byte {offset}")]
    Wire {
        /// The innermost message.
        message: &'static str,
        /// Offset of the byte.
        offset: usize,
        /// What is there.
        what: &'static str,
    },
    /// A field that the published schema does not have.
    #[error("{message} has a field {field}, which ONNX's schema (IR version 14) does not have")]
    UnknownField {
        /// The message.
        message: &'static str,
        /// Number of the field.
        field: u32,
    },
    /// A field that occurs twice and may not.
    #[error("{message}: the field `{field}` occurs twice")]
    RepeatedField {
        /// The message.
        message: &'static str,
        /// The field.
        field: &'static str,
    },
    /// Bytes whose contents would need far more memory than they take.
    #[error("the model needs {found} bytes of {what}, more than {limit}, which is what a file of its size may")]
    TooLarge {
        /// What takes the memory.
        what: &'static str,
        /// How much.
        found: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// Bytes that cannot be decoded.
    #[error("not an ONNX model: {reason}")]
    Decode {
        /// The decoder's words.
        reason: String,
    },
    /// A part that is not there.
    #[error("the model has no {what}")]
    Missing {
        /// The part.
        what: &'static str,
    },
    /// A part that changes what a model means, and that is not supported.
    #[error("the model has {what}, which is not supported")]
    Part {
        /// The part.
        what: &'static str,
    },
    /// A set of operators that is not imported, or in another version.
    #[error("operators of the domain `{domain}` are imported in {found}, expected {expected}")]
    Opset {
        /// The domain.
        domain: String,
        /// What is imported.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A tensor whose values are in another file.
    #[error("the tensor `{tensor}` keeps its values in another file (`{location}`): only models in one file are read")]
    External {
        /// The tensor.
        tensor: String,
        /// Where it says that its values are.
        location: String,
    },
    /// A tensor that is not as it says.
    #[error("the tensor `{tensor}` {what}")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// What is wrong.
        what: String,
    },
    /// An operator that is not supported.
    #[error("{operator} is not supported: only tree ensembles and the operators around them that change no prediction")]
    Unsupported {
        /// The operator.
        operator: Operator,
    },
    /// An attribute that is not known, or not supported.
    #[error("{operator}: the attribute `{attribute}` is not supported{why}")]
    UnknownAttribute {
        /// The operator.
        operator: Operator,
        /// The attribute.
        attribute: String,
        /// Why, after a colon, if there is more to say.
        why: &'static str,
    },
    /// An attribute that must be there.
    #[error("{operator}: no attribute `{attribute}`")]
    MissingAttribute {
        /// The operator.
        operator: Operator,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute that occurs twice.
    #[error("{operator}: the attribute `{attribute}` occurs twice")]
    RepeatedAttribute {
        /// The operator.
        operator: Operator,
        /// The attribute.
        attribute: String,
    },
    /// A value that cannot be.
    #[error("{operator}: entry {index} of `{attribute}` is {found}, expected {expected}")]
    Value {
        /// The operator.
        operator: Operator,
        /// The attribute.
        attribute: &'static str,
        /// Index of the entry, from 0.
        index: usize,
        /// The entry, or how it begins.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A list of the wrong length.
    #[error("{operator}: `{attribute}` has {found} entries, expected {expected}")]
    Length {
        /// The operator.
        operator: Operator,
        /// The attribute.
        attribute: &'static str,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// An operator whose inputs are of another kind.
    #[error("{operator} is applied to {found}, only {expected} is supported")]
    Operand {
        /// The operator.
        operator: Operator,
        /// What it is applied to.
        found: &'static str,
        /// What it may be applied to.
        expected: &'static str,
    },
    /// A name that no node before computes.
    #[error("{operator}: nothing before it is called `{value}`")]
    UnknownValue {
        /// The operator.
        operator: Operator,
        /// The name.
        value: String,
    },
    /// A name that is given twice.
    #[error("two values are called `{value}`")]
    RepeatedValue {
        /// The name.
        value: String,
    },
    /// An input of the graph that is no column of numbers.
    #[error("the input `{input}` {what}")]
    Input {
        /// Name of the input.
        input: String,
        /// What is wrong.
        what: &'static str,
    },
    /// More than one ensemble.
    #[error("{operator} is a second tree ensemble: only one is supported")]
    SecondEnsemble {
        /// The second one.
        operator: Operator,
    },
    /// A node that is listed twice.
    #[error("tree {tree}, node {node}: listed twice")]
    RepeatedNode {
        /// The tree.
        tree: i64,
        /// The node.
        node: i64,
    },
    /// A tree whose nodes do not stand together.
    #[error("tree {tree}: its nodes are not listed one after another")]
    ScatteredTree {
        /// The tree.
        tree: i64,
    },
    /// A child that is not there.
    #[error("tree {tree}, node {node}: the child {child} is not a node of the tree")]
    UnknownChild {
        /// The tree.
        tree: i64,
        /// The node.
        node: i64,
        /// The child.
        child: i64,
    },
    /// A comparison that a forest cannot make.
    #[error("tree {tree}, node {node}: splits of mode `{mode}` are not supported{why}")]
    Mode {
        /// The tree.
        tree: i64,
        /// The node.
        node: i64,
        /// The mode.
        mode: String,
        /// When, if not always.
        why: &'static str,
    },
    /// A feature whose values need not be whole, and that is compared for equality with whole numbers.
    #[error(
        "tree {tree}, node {node}: feature {feature} is compared by order here and for equality elsewhere; both are \
         supported only of integers"
    )]
    Mixed {
        /// Index of the tree, from 0.
        tree: usize,
        /// Index of the node in its tree, from 0.
        node: usize,
        /// The ensemble's feature.
        feature: i64,
    },
    /// A weight that belongs to no leaf, or twice to the same.
    #[error("tree {tree}, node {node}: {what}")]
    Weight {
        /// The tree.
        tree: i64,
        /// The node.
        node: i64,
        /// What is wrong.
        what: &'static str,
    },
    /// Nodes that no tree has, or that several have.
    #[error("`{array}` {index} is {what}")]
    Reach {
        /// The array.
        array: &'static str,
        /// The index.
        index: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Leaves that do not hold probabilities.
    #[error(
        "tree {tree}, node {node}: the weights of this leaf are no probabilities (they add up to {sum} of the tree's \
         share); the model can be read if it is stated that its outputs are scores to take the softmax of"
    )]
    Probabilities {
        /// Index of the tree, from 0.
        tree: usize,
        /// Index of the node in its tree, from 0.
        node: usize,
        /// What the weights add up to, 1 if they were probabilities.
        sum: f64,
    },
    /// Outputs that are not what a forest predicts.
    #[error("the outputs of the graph are not supported: {what}")]
    Outputs {
        /// What they are.
        what: &'static str,
    },
    /// What the outputs mean was stated, and the model says it itself.
    #[error("the model says what its outputs are; nothing else can be stated")]
    Stated,
    /// The trees are no forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Why a forest cannot be written as an ONNX model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Another number of classes, features or outputs than the model has that the forest came from.
    #[error("the forest has {found} {what}, the model it came from {expected}")]
    Fit {
        /// What is counted.
        what: &'static str,
        /// Of the forest.
        found: usize,
        /// Of the model.
        expected: usize,
    },
    /// A forest that adds scores where the model averages probabilities, or the other way round.
    #[error("the forest {found}, the model it came from {expected}")]
    Aggregation {
        /// What the forest does.
        found: &'static str,
        /// What the model does.
        expected: &'static str,
    },
    /// Values are compared in another precision than in the model that the forest came from.
    #[error("the forest compares in another precision than the model it came from")]
    Precision,
    /// Records that are none of this format's.
    #[error("what is recorded of the model that the forest came from is damaged: {0}")]
    Records(String),
    /// One class.
    #[error("ONNX runtimes do not name the class of a model of a single class")]
    OneClass,
    /// A tensor has columns.
    #[error("the forest has no features")]
    NoFeatures,
    /// Zeros count as missing.
    #[error("node {node}: zeros count as missing there, which ONNX cannot say")]
    ZeroIsMissing {
        /// Index of the node in the forest.
        node: usize,
    },
    /// Categories that no comparison of the file stands for.
    #[error("node {node}: its categories cannot be written: {why}")]
    Categories {
        /// Index of the node in the forest.
        node: usize,
        /// Why.
        why: &'static str,
    },
    /// Records of another forest.
    #[error("{found} {what} for {expected} nodes")]
    Length {
        /// What.
        what: &'static str,
        /// Number given.
        found: usize,
        /// Number of nodes.
        expected: usize,
    },
    /// A weight that is no finite number in the model's precision.
    #[error("node {node}: the weight {weight} is not a finite number in single precision")]
    NotFinite {
        /// Index of the node in the forest.
        node: usize,
        /// The weight.
        weight: f64,
    },
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
