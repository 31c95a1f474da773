//! Why a text is not a model that can be read, or a forest not one that can be written.

use std::fmt;

use super::objective::ways;
use secateur_forest::ForestError;

/// A part of a model's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the first tree.
    Header,
    /// A tree, by its number.
    Tree(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Header => f.write_str("header"),
            Place::Tree(tree) => write!(f, "tree {tree}"),
        }
    }
}

/// Why a text was not read as a LightGBM model.
///
/// Nodes are numbered as in the text: splits from 0; in [`LightGbmError::Forest`] the leaves come after the splits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LightGbmError {
    /// Another kind of text.
    #[error("not a LightGBM text model: the first line is not `tree`")]
    NotAModel,
    /// Another version of the format.
    #[error("version `{found}` of LightGBM's text format, expected v2, v3 or v4")]
    Version {
        /// The version named.
        found: String,
    },
    /// The text ends too early.
    #[error("the text ends without `end of trees`")]
    Truncated,
    /// A line that is no `key=value`.
    #[error("{place}: the line `{line}` is no `key=value`")]
    Line {
        /// Where.
        place: Place,
        /// How it begins.
        line: String,
    },
    /// A key that is not there.
    #[error("{place}: no key `{key}`")]
    MissingKey {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
    },
    /// A key that is there twice.
    #[error("{place}: the key `{key}` occurs twice")]
    RepeatedKey {
        /// Where.
        place: Place,
        /// The key.
        key: String,
    },
    /// A value that cannot be.
    #[error("{place}: entry {index} of `{key}` is `{found}`, expected {expected}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// Index of the entry, from 0.
        index: usize,
        /// The entry, or how it begins.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A list of the wrong length.
    #[error("{place}: `{key}` has {found} entries, expected {expected}")]
    Length {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: usize,
    },
    /// Trees out of order.
    #[error("`Tree={found}` where tree {expected} was expected")]
    TreeNumber {
        /// The number named.
        found: String,
        /// The next tree.
        expected: usize,
    },
    /// Trees that do not make whole iterations.
    #[error("{found} trees, expected a multiple of {per_iteration}, one per class")]
    Trees {
        /// Number of trees.
        found: usize,
        /// Trees of one iteration.
        per_iteration: usize,
    },
    /// A tree of another length than `tree_sizes` says: cut, or edited.
    #[error("tree {tree} has {found} bytes, `tree_sizes` says {expected}")]
    TreeSize {
        /// The tree.
        tree: usize,
        /// Its bytes.
        found: usize,
        /// What is recorded.
        expected: usize,
    },
    /// No objective, as after training with a function of one's own: nothing says what scores mean.
    #[error("the model records no objective, as after training with a custom one: what its scores mean must be stated")]
    NoObjective,
    /// An objective whose scores mean something that a forest cannot say.
    #[error("the objective `{objective}` is not supported: {}", ways(objective))]
    Objective {
        /// The objective, or how it begins.
        objective: String,
    },
    /// What scores mean was stated, and the model says it itself.
    #[error("the model's objective is `{objective}`, which says what its scores mean; nothing else can be stated")]
    Stated {
        /// The objective, or how it begins.
        objective: String,
    },
    /// A number of classes that does not fit the objective.
    #[error("`{key}` is {found}, the objective asks for {expected}")]
    Classes {
        /// The key.
        key: &'static str,
        /// Its value.
        found: usize,
        /// The number expected.
        expected: usize,
    },
    /// Linear models in the leaves.
    #[error("tree {tree}: its leaves are linear models, which are not supported")]
    Linear {
        /// The tree.
        tree: usize,
    },
    /// Node values that would need far more memory than the text.
    #[error("{nodes} nodes with {classes} values each are too many for a text of {bytes} bytes")]
    TooLarge {
        /// Nodes so far.
        nodes: usize,
        /// Number of classes.
        classes: usize,
        /// Bytes of the text.
        bytes: usize,
    },
    /// The trees are no forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Why a forest cannot be written as a LightGBM model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Trees that vote or are averaged.
    #[error("the forest does not add scores, and LightGBM's models do")]
    Aggregation,
    /// Values are rounded before they are compared.
    #[error("the forest compares values rounded to single precision, LightGBM does not round")]
    Precision,
    /// Another number of classes or features than the header has.
    #[error("the forest has {found} {what}, the header {expected}")]
    Header {
        /// "classes" or "features".
        what: &'static str,
        /// Of the forest.
        found: usize,
        /// Of the header.
        expected: usize,
    },
    /// LightGBM's models have a feature.
    #[error("the forest has no features")]
    NoFeatures,
    /// One class.
    #[error("LightGBM has no models of a single class")]
    OneClass,
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
    /// A split that sends missing values to where its categories go.
    #[error("node {node}: missing values go with the categories of the split, and LightGBM sends them with all others")]
    MissingWithMembers {
        /// Index of the node in the forest.
        node: usize,
    },
    /// A category with too large a number.
    #[error("node {node}: the bitset that holds category {category} would be too long for a text of LightGBM")]
    Category {
        /// Index of the node in the forest.
        node: usize,
        /// The largest category of the split.
        category: u32,
    },
    /// A gain, weight or score that is no finite number.
    #[error("node {node}: the {what} is not a finite number")]
    NotFinite {
        /// Index of the node in the forest.
        node: usize,
        /// What.
        what: &'static str,
    },
}
