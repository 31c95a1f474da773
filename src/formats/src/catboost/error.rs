//! Why a text is not a model that can be read, or a forest not one that can be written.

use secateur_forest::ForestError;

/// Why a text was not read as a CatBoost model.
///
/// Splits of an oblivious tree are numbered by level, nodes of other trees in preorder, left subtree first.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CatBoostError {
    /// No JSON, or JSON of something else: a key that is not there, stands twice or is unknown, a value of another
    /// type, nesting beyond 128 levels.
    #[error("not a CatBoost model in JSON: {reason}")]
    Json {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// A model without trees.
    #[error("the model has neither `oblivious_trees` nor `trees`, or both")]
    Trees,
    /// Statistics of categories, which no split of the model uses.
    #[error("the model has `ctr_data`, which no split uses")]
    CtrData,
    /// A feature that is out of order.
    #[error("{list} {index}: `{key}` is {found}, expected {expected}")]
    Feature {
        /// The list of features.
        list: &'static str,
        /// Index in the list.
        index: usize,
        /// The key.
        key: &'static str,
        /// Its value.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Features other than numbers and categories.
    #[error("the model has `{kind}`, which are not supported; train without them")]
    Features {
        /// The key of the features.
        kind: String,
    },
    /// A split on a category, or on statistics of categories.
    #[error(
        "tree {tree}, node {node}: a split of the type {kind} on the categorical feature {feature:?}, which is not \
         supported; train without categorical features (as numbers, or one column per category)"
    )]
    Categorical {
        /// The tree.
        tree: usize,
        /// The split.
        node: usize,
        /// Name of its feature, or of several.
        feature: String,
        /// CatBoost's name of the kind of split.
        kind: String,
    },
    /// A split of another type.
    #[error("tree {tree}, node {node}: a split of the type {kind:?}, which is not supported")]
    SplitType {
        /// The tree.
        tree: usize,
        /// The split.
        node: usize,
        /// CatBoost's name of the kind of split.
        kind: String,
    },
    /// A split that says two things: CatBoost goes by its index alone.
    #[error("tree {tree}, node {node}: the split says {found}, its `split_index` {index} means {expected}")]
    Split {
        /// The tree.
        tree: usize,
        /// The split.
        node: usize,
        /// Its index.
        index: usize,
        /// Feature and border of the split.
        found: String,
        /// Feature and border of that index.
        expected: String,
    },
    /// A list of a tree of the wrong length.
    #[error("tree {tree}: `{key}` has {found} entries, expected {expected}")]
    Length {
        /// The tree.
        tree: usize,
        /// The key.
        key: &'static str,
        /// Entries found.
        found: usize,
        /// Entries expected.
        expected: String,
    },
    /// A node that is neither a split nor a leaf.
    #[error("tree {tree}, node {node}: expected `split`, `left` and `right`, or a `value`")]
    Node {
        /// The tree.
        tree: usize,
        /// The node.
        node: usize,
    },
    /// A number that cannot be.
    #[error("tree {tree}, node {node}: `{key}` is {found}, expected {expected}")]
    Value {
        /// The tree.
        tree: usize,
        /// The node.
        node: usize,
        /// The key.
        key: &'static str,
        /// The number.
        found: f64,
        /// What was expected.
        expected: &'static str,
    },
    /// A scale that is no factor.
    #[error("`scale_and_bias` has the scale {found}, expected a finite number")]
    Scale {
        /// The scale.
        found: f64,
    },
    /// No loss, or one of one's own: nothing says what scores mean.
    #[error(
        "the model does not say which loss it was trained with, or it was a custom one: what its scores mean must be \
         stated"
    )]
    NoLoss,
    /// A loss whose scores mean something else.
    #[error(
        "the loss `{loss}` is not supported: only Logloss, CrossEntropy, MultiClass, ranking, and regression whose \
         score is the answer; others can be read as raw scores"
    )]
    Loss {
        /// The loss, or how it begins.
        loss: String,
    },
    /// What scores mean was stated, and the model says it itself.
    #[error("the model's loss is `{loss}`, which says what its scores mean; nothing else can be stated")]
    Stated {
        /// The loss, or how it begins.
        loss: String,
    },
    /// A number of scores that does not fit the loss.
    #[error("{found} scores per leaf, the loss asks for {expected}")]
    Scores {
        /// Length of the bias.
        found: usize,
        /// "one", or "at least two".
        expected: &'static str,
    },
    /// Names of another number of classes.
    #[error("`class_names` has {found} names, expected {expected}")]
    Classes {
        /// Names found.
        found: usize,
        /// Number of classes.
        expected: usize,
    },
    /// The trees are no forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Why a forest cannot be written as a CatBoost model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Trees that vote or are averaged.
    #[error("the forest does not add scores, and CatBoost's models do")]
    Aggregation,
    /// Values are compared as they are.
    #[error("the forest compares doubles, CatBoost rounds values to single precision")]
    Precision,
    /// Another number of classes or features than the records have.
    #[error("the forest has {found} {what}, the records {expected}")]
    Header {
        /// "classes" or "features".
        what: &'static str,
        /// Of the forest.
        found: usize,
        /// Of the records.
        expected: usize,
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
    /// A threshold that the model's features do not have among their borders.
    #[error("node {node}: the threshold {threshold} is no border of the feature {feature:?}")]
    Border {
        /// The node in the forest.
        node: usize,
        /// The threshold.
        threshold: f64,
        /// Name of the feature.
        feature: String,
    },
    /// A split on categories.
    #[error("node {node}: a split on categories of the feature {feature:?}, which is not written for CatBoost")]
    Categories {
        /// The node in the forest.
        node: usize,
        /// Name of the feature.
        feature: String,
    },
    /// Missing values of one feature that go left here and right there.
    #[error(
        "node {node}: missing values of the feature {feature:?} go another way than elsewhere, and CatBoost's models \
         have one way per feature"
    )]
    Missing {
        /// The node in the forest.
        node: usize,
        /// Name of the feature.
        feature: String,
    },
    /// A tree that is nested deeper than readers of JSON go.
    #[error("tree {tree} has a depth of {found}, JSON is read to a depth of {limit}")]
    Depth {
        /// The tree.
        tree: usize,
        /// Its depth.
        found: usize,
        /// The most.
        limit: usize,
    },
}
