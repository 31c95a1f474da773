//! Why bytes are not a file of scikit-learn trees that can be read, or a forest not one that can be written.

use secateur_forest::ForestError;

/// Why bytes were not read as trees of scikit-learn. Trees and nodes are numbered as in the file, nodes tree by tree.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SklearnError {
    /// The bytes are not laid out as a header and arrays.
    #[error("not a file of arrays: {reason}")]
    Layout {
        /// What is wrong with them.
        reason: String,
    },
    /// Arrays of something else.
    #[error(
        "a file of arrays, but not of scikit-learn trees: its `format` is {found:?}, expected \"secateur-sklearn\""
    )]
    NotAModel {
        /// The format named; empty if none is.
        found: String,
    },
    /// Another version of the format.
    #[error("version {found:?} of the file of scikit-learn trees, expected \"1\"")]
    Version {
        /// The version named; empty if none is.
        found: String,
    },
    /// A key of the metadata that is not there.
    #[error("metadata: no key `{key}`")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// A key of the metadata that this version does not know.
    #[error("metadata: the key `{key}` is unknown")]
    UnknownKey {
        /// The key, or how it begins.
        key: String,
    },
    /// A value of the metadata that cannot be.
    #[error("metadata: `{key}` is {found:?}, expected {expected}")]
    Metadata {
        /// The key.
        key: &'static str,
        /// The value, or how it begins.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// An estimator that is not supported.
    #[error(
        "the estimator `{found}` is not supported: only classifiers and regressors of DecisionTree, ExtraTree, \
         RandomForest, ExtraTrees, GradientBoosting and HistGradientBoosting"
    )]
    Estimator {
        /// Its name, or how it begins.
        found: String,
    },
    /// A loss whose scores mean something else.
    #[error(
        "the loss `{loss}` of {estimator} is not supported: its scores are not its answers; they can be read as raw \
         scores"
    )]
    Loss {
        /// The loss, or how it begins.
        loss: String,
        /// The estimator.
        estimator: String,
    },
    /// What scores mean was stated, and the file says it itself.
    #[error(
        "the estimator is {estimator} with the loss `{loss}`, which says what its scores mean; nothing else can be \
         stated"
    )]
    Stated {
        /// The estimator.
        estimator: String,
        /// Its loss, or how it begins; empty if it has none.
        loss: String,
    },
    /// An array that is not there.
    #[error("no array `{array}`")]
    MissingArray {
        /// The array.
        array: &'static str,
    },
    /// An array that this version does not know.
    #[error("the array `{array}` is unknown")]
    UnknownArray {
        /// The array, or how its name begins.
        array: String,
    },
    /// An array of another type or shape.
    #[error("the array `{array}` is {found}, expected {expected}")]
    Array {
        /// The array.
        array: &'static str,
        /// Type and shape found.
        found: String,
        /// Type and shape expected.
        expected: String,
    },
    /// An entry that cannot be.
    #[error("tree {tree}, node {node}: `{array}` is {found}, expected {expected}")]
    Value {
        /// The tree.
        tree: usize,
        /// The node, within its tree.
        node: usize,
        /// The array.
        array: &'static str,
        /// The entry.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A tree whose number of nodes cannot be.
    #[error("tree {tree}: `node_count` is {found}, the arrays have {nodes} nodes left")]
    NodeCount {
        /// The tree.
        tree: usize,
        /// The number of nodes named.
        found: i64,
        /// Nodes of the arrays that belong to no earlier tree.
        nodes: usize,
    },
    /// Nodes after the last tree.
    #[error("{nodes} nodes belong to no tree")]
    NodesLeft {
        /// How many.
        nodes: usize,
    },
    /// Trees that do not make whole iterations.
    #[error("{found} trees, expected a multiple of {per_iteration}, one per class")]
    Trees {
        /// Number of trees.
        found: usize,
        /// Trees of one iteration.
        per_iteration: usize,
    },
    /// A split on categories of a feature that has none, or in a tree that does not say where missing values go.
    #[error(
        "tree {tree}, node {node}: a split on categories of the feature {feature:?}, which `categorical` does not \
         list, or without `missing_go_to_left`"
    )]
    Categorical {
        /// The tree.
        tree: usize,
        /// The split.
        node: usize,
        /// Name of its feature.
        feature: String,
    },
    /// Node values that would need far more memory than the file.
    #[error("{nodes} nodes with {classes} values each are too many for a file of {bytes} bytes")]
    TooLarge {
        /// Number of nodes.
        nodes: usize,
        /// Number of classes.
        classes: usize,
        /// Bytes of the file.
        bytes: usize,
    },
    /// The trees are no forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Why a forest cannot be written as trees of scikit-learn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Trees combined otherwise than the estimator does.
    #[error("the trees of {estimator} are {expected}, those of the forest are not")]
    Aggregation {
        /// The estimator.
        estimator: String,
        /// "averaged" or "added".
        expected: &'static str,
    },
    /// Values rounded otherwise before they are compared.
    #[error("{estimator} compares values {expected}, the forest does not")]
    Precision {
        /// The estimator.
        estimator: String,
        /// How.
        expected: &'static str,
    },
    /// Another number of classes, features or trees than the records have.
    #[error("the forest has {found} {what}, {estimator} has {expected}")]
    Header {
        /// The estimator.
        estimator: String,
        /// "classes" or "features".
        what: &'static str,
        /// Of the forest.
        found: usize,
        /// Of the records.
        expected: usize,
    },
    /// A tree that scores several classes at once, or another than its turn has.
    #[error("tree {tree}, node {node}: scores another class than {class}, the one whose turn it is")]
    Classes {
        /// The tree.
        tree: usize,
        /// The node in the forest.
        node: usize,
        /// The class of this tree.
        class: usize,
    },
    /// A split on categories that is not as the estimator has it.
    #[error(
        "node {node}: {estimator} cannot say this split on categories: only those of HistGradientBoosting can, of \
         columns that had categories in training, with numbers below 256, others going where missing values go"
    )]
    Categories {
        /// The estimator.
        estimator: String,
        /// The node in the forest.
        node: usize,
    },
    /// Zeros that go where missing values go.
    #[error("node {node}: zeros count as missing, which scikit-learn cannot say")]
    ZeroIsMissing {
        /// The node in the forest.
        node: usize,
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
    /// Too many nodes or features for the file's integers.
    #[error("{found} {what} are more than the file can count")]
    TooLarge {
        /// "nodes" or "features".
        what: &'static str,
        /// How many.
        found: usize,
    },
}
