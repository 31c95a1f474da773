//! Why bytes are not a model that can be read, or a forest not one that can be written.

use std::fmt;

use secateur_forest::ForestError;

use super::value::Misfit;

/// Longest piece of a text in a message.
const SHOWN: usize = 40;

/// The two syntaxes of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Syntax {
    /// Text: a file `.json`.
    Json,
    /// Binary: a file `.ubj`.
    Ubjson,
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Syntax::Json => "JSON",
            Syntax::Ubjson => "UBJSON",
        })
    }
}

/// A part of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What stands around the trees.
    Model,
    /// A tree, by its number.
    Tree(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Model => f.write_str("model"),
            Place::Tree(tree) => write!(f, "tree {tree}"),
        }
    }
}

/// Why bytes were not read as an XGBoost model.
///
/// Nodes are numbered as in the file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum XgboostError {
    /// Another kind of file, such as the binary format that XGBoost has given up.
    #[error("not an XGBoost model in JSON or UBJSON: it does not begin with an object; save it as `.json` or `.ubj`")]
    NotAModel,
    /// Bytes that the syntax does not have there.
    #[error("{syntax}, byte {at}: expected {expected}")]
    Syntax {
        /// The syntax that the file begins with.
        syntax: Syntax,
        /// Offset from the start.
        at: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// More than a model.
    #[error("byte {at}: the model has ended, and bytes follow")]
    Trailing {
        /// Offset from the start.
        at: usize,
    },
    /// Containers in one another.
    #[error("byte {at}: lists and objects nested more than {limit} deep")]
    TooDeep {
        /// Offset from the start.
        at: usize,
        /// The limit.
        limit: usize,
    },
    /// A key that is there twice.
    #[error("the object that ends at byte {at} has the key `{key}` twice")]
    RepeatedKey {
        /// Offset of the object's end.
        at: usize,
        /// The key.
        key: String,
    },
    /// A key that is not there.
    #[error("{place}: no key `{key}`")]
    MissingKey {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
    },
    /// A key that may mean anything.
    #[error("{place}: the key `{key}` is not known, and may change what the model predicts")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key.
        key: String,
    },
    /// Something of another kind.
    #[error("{place}: `{key}` is not {expected}")]
    Kind {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A value that cannot be.
    #[error("{place}: entry {index} of `{key}` is `{found}`, expected {expected}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// Index of the entry, from 0: in a list of nodes the node.
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
    /// Another version of the format.
    #[error("written by version {found} of XGBoost, expected 1, 2 or 3")]
    Version {
        /// The major version.
        found: i64,
    },
    /// Another kind of booster.
    #[error("the booster is `{name}`, expected trees: `gbtree` or `dart`")]
    Booster {
        /// What it is called.
        name: String,
    },
    /// An objective whose scores mean something else.
    #[error(
        "the objective `{objective}` is not supported: only logistic, softmax, ranking, and regression whose score is \
         the answer; binary:hinge, and count:poisson, reg:gamma and reg:tweedie, whose answer is the exponential of \
         the score, can be read as raw scores"
    )]
    Objective {
        /// Its name.
        objective: String,
    },
    /// An objective of survival analysis.
    #[error(
        "the objective `{objective}` is one of survival analysis, whose answers are times or hazards: not supported"
    )]
    Survival {
        /// Its name.
        objective: String,
    },
    /// What scores mean was stated, and the model says it itself.
    #[error("the model's objective is `{objective}`, which says what its scores mean; nothing else can be stated")]
    Stated {
        /// Its name.
        objective: String,
    },
    /// More or fewer scores than the objective asks for.
    #[error("the model has {found} scores, `{objective}` asks for {expected}; several targets are not supported")]
    Outputs {
        /// The objective's name.
        objective: String,
        /// Scores of the model.
        found: usize,
        /// Scores that are expected.
        expected: &'static str,
    },
    /// A node whose parent is another than the one that leads to it.
    #[error("tree {tree}, node {node}: a child of node {found}, and its parent is recorded as {recorded}")]
    Parent {
        /// The tree.
        tree: usize,
        /// The child.
        node: usize,
        /// The node that has it as a child.
        found: usize,
        /// The parent recorded.
        recorded: i64,
    },
    /// Children that are not neighbours: XGBoost takes the node after the left child for the right one.
    #[error(
        "tree {tree}, node {node}: the children are {left} and {right}, expected the right one just after the left one"
    )]
    Siblings {
        /// The tree.
        tree: usize,
        /// Their parent.
        node: usize,
        /// The left child.
        left: i64,
        /// The right child.
        right: i64,
    },
    /// A deleted node that is used.
    #[error("tree {tree}, node {node}: deleted, and still part of the tree")]
    Deleted {
        /// The tree.
        tree: usize,
        /// The node.
        node: usize,
    },
    /// Node values that would need far more memory than the file.
    #[error("{nodes} nodes with {classes} values each are too many for {bytes} bytes")]
    TooLarge {
        /// Nodes.
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

impl XgboostError {
    pub(super) fn misfit(misfit: Misfit, at: usize) -> Self {
        match misfit {
            Misfit::TooDeep => XgboostError::TooDeep { at, limit: Misfit::DEPTH },
            Misfit::RepeatedKey(key) => XgboostError::RepeatedKey { at, key: shown(&key) },
        }
    }
}

/// Why a forest cannot be written as an XGBoost model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Trees that vote or are averaged.
    #[error("the forest does not add scores, and XGBoost's models do")]
    Aggregation,
    /// Values are compared as they are.
    #[error("the forest compares values in double precision, XGBoost rounds them to single precision first")]
    Precision,
    /// One class.
    #[error("XGBoost has no models of a single class")]
    OneClass,
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
    /// XGBoost's models have a feature.
    #[error("the forest has no features")]
    NoFeatures,
    /// Records of another forest.
    #[error("{found} {what} for {expected} nodes or trees")]
    Length {
        /// What.
        what: &'static str,
        /// Number given.
        found: usize,
        /// Number expected.
        expected: usize,
    },
    /// Zeros that count as missing.
    #[error("node {node}: zeros count as missing there, and in XGBoost only NaN does")]
    Zeros {
        /// Index of the node in the forest.
        node: usize,
    },
    /// A category whose code XGBoost cannot tell from others.
    #[error("node {node}: the category {category} is not below 2^24")]
    Category {
        /// Index of the node in the forest.
        node: usize,
        /// The category.
        category: u32,
    },
    /// A gain or score that is no finite number in single precision.
    #[error("node {node}: the {what} is not a finite number in single precision")]
    NotFinite {
        /// Index of the node in the forest.
        node: usize,
        /// What.
        what: &'static str,
    },
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
