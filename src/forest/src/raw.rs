//! Trees as other libraries hold them, and the one door through which they become a [`Forest`].
//!
//! A [`RawTree`] may be anything: it comes from a file, a grower or another library's memory. [`Forest::new`] checks it
//! in time linear in its arrays and lays the nodes out anew; nothing else in the crate ever sees unchecked indices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::model::{Aggregation, Forest, MissingDirection, Precision, Task};

/// A split on categories: it asks whether an example's value is one of some whole numbers.
///
/// The value is rounded towards zero (after [`Precision`] has rounded it); the example goes the members' way iff that
/// whole number is a member. So a value from -1 to 0, both excluded, counts as 0; what is at most -1, or beyond every
/// member, is no member. A missing value goes where the node's [`MissingDirection`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategorySplit {
    /// Ascending, none twice; may be empty.
    pub members: Vec<u32>,
    /// Whether members go left and every other value right; else members go right and every other value left.
    pub members_left: bool,
}

/// One tree in parallel arrays, one entry per node, in any order of nodes; node 0 is the root.
///
/// The names are scikit-learn's. A leaf has `children_left == children_right == -1`; `feature`, `threshold` and `missing`
/// of a leaf are ignored (some libraries leave stale splits there).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RawTree {
    /// Feature index tested at each node.
    pub feature: Vec<i64>,
    /// Threshold of each split: an example goes left iff `x[feature] <= threshold`.
    pub threshold: Vec<f64>,
    /// Node index of the left child, -1 at a leaf.
    pub children_left: Vec<i64>,
    /// Node index of the right child, -1 at a leaf.
    pub children_right: Vec<i64>,
    /// Where an example without the value goes. Empty means [`MissingDirection::Refuse`] at every node.
    #[serde(default)]
    pub missing: Vec<MissingDirection>,
    /// Row-major `(n_nodes, n_outputs)`: class counts (weights) per class, or the mean for regression. Inner nodes
    /// have values too: they are what a pruned subtree predicts. Where a library stores class fractions instead (scikit-learn
    /// since 1.4), multiply them by the node's weight first, or losses counted on stored values mean nothing.
    pub value: Vec<f64>,
    /// The splits on categories, by node index; the `threshold` of these nodes is ignored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<u32, CategorySplit>,
}

/// A whole model before validation. Its serde form is how a [`Forest`] is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawForest {
    /// What the forest predicts.
    pub task: Task,
    /// Number of columns of the rows it predicts on.
    pub n_features: usize,
    /// How feature values are rounded before they are compared.
    pub precision: Precision,
    /// How trees are combined.
    pub aggregation: Aggregation,
    /// Scores before the first tree, shape `(n_outputs,)`, for [`Aggregation::Sum`]; empty means zeros.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<f64>,
    /// The trees.
    pub trees: Vec<RawTree>,
}

/// Why a model was refused. `tree` and `node` are the indices of the model as given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForestError {
    /// A forest needs a tree.
    #[error("the forest has no trees")]
    NoTrees,
    /// A forest of classification needs a class.
    #[error("the forest has no classes")]
    NoClasses,
    /// More nodes, features or trees than can be handled.
    #[error("the forest has {found} {what}, more than {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        found: usize,
        /// Greatest number supported.
        limit: usize,
    },
    /// Parallel arrays of one tree disagree.
    #[error("tree {tree}: array `{array}` has {found} entries, expected {expected}")]
    Length {
        /// Tree index.
        tree: usize,
        /// Name of the array.
        array: &'static str,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// A child index does not name a node of the tree.
    #[error("tree {tree}, node {node}: child {child} is outside 0..{nodes}")]
    ChildOutOfRange {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
        /// The child named.
        child: i64,
        /// Number of nodes of the tree.
        nodes: usize,
    },
    /// A node with exactly one child.
    #[error("tree {tree}, node {node}: only one child")]
    OneChild {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// A node is reached twice: a cycle, a self-child or two parents.
    #[error("tree {tree}, node {node}: reached more than once (a cycle, or two parents)")]
    ReachedTwice {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// A node that no path from the root reaches.
    #[error("tree {tree}, node {node}: not reachable from the root")]
    Unreachable {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// A split tests a feature that the forest does not have.
    #[error("tree {tree}, node {node}: feature {feature} is outside 0..{n_features}")]
    FeatureOutOfRange {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
        /// The feature named.
        feature: i64,
        /// Number of features of the forest.
        n_features: usize,
    },
    /// A threshold that is not a number.
    #[error("tree {tree}, node {node}: the threshold is NaN")]
    NanThreshold {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// Categories of a node that is no split: a leaf, or not there.
    #[error("tree {tree}, node {node}: it has categories, and is no split")]
    CategoriesOfNoSplit {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
    },
    /// Categories that are out of order, or one that is listed twice.
    #[error("tree {tree}, node {node}: category {found} follows {previous}, expected ascending categories")]
    CategoryOrder {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
        /// The category that is out of order.
        found: u32,
        /// The one before it.
        previous: u32,
    },
    /// A base score of the wrong length.
    #[error("the base has {found} scores, expected {expected}")]
    Base {
        /// Scores given.
        found: usize,
        /// Number expected: one per output for a sum, none otherwise.
        expected: usize,
    },
    /// A base score that is NaN or infinite.
    #[error("the base score {value} is not a finite number")]
    BaseValue {
        /// The score.
        value: f64,
    },
    /// Scores that may add up to more than fixed point holds.
    #[error("scores may add up to {sum}, the limit is {limit}")]
    Scores {
        /// The base and the largest scores of all trees together.
        sum: f64,
        /// The limit.
        limit: f64,
    },
    /// A value that cannot be predicted: NaN, infinite, a negative class count, or counts that sum to zero.
    #[error("tree {tree}, node {node}: value {value} is not a {expected}")]
    BadValue {
        /// Tree index.
        tree: usize,
        /// Node index.
        node: usize,
        /// The offending value.
        value: f64,
        /// What was expected there.
        expected: &'static str,
    },
}

/// Checks one tree and returns its nodes in preorder, left subtree first.
///
/// Iterative: a chain of a million nodes is as welcome as a stump. Time and memory O(nodes), time also O(categories).
///
/// # Errors
/// [`ForestError`] names the node.
pub fn preorder(tree: usize, raw: &RawTree, n_features: usize, n_outputs: usize) -> Result<Vec<u32>, ForestError> {
    let nodes = raw.children_left.len();
    let lengths = [
        ("children_left", nodes.max(1), nodes),
        ("children_right", nodes, raw.children_right.len()),
        ("feature", nodes, raw.feature.len()),
        ("threshold", nodes, raw.threshold.len()),
        ("value", nodes.saturating_mul(n_outputs), raw.value.len()),
        ("missing", if raw.missing.is_empty() { 0 } else { nodes }, raw.missing.len()),
    ];
    for (array, expected, found) in lengths {
        if found != expected {
            return Err(ForestError::Length { tree, array, found, expected });
        }
    }
    let mut order = Vec::with_capacity(nodes);
    let mut seen = vec![false; nodes];
    let mut stack = vec![0usize];
    while let Some(node) = stack.pop() {
        if std::mem::replace(&mut seen[node], true) {
            return Err(ForestError::ReachedTwice { tree, node });
        }
        order.push(u32::try_from(node).expect("the node count was checked against u32 before"));
        let (left, right) = (raw.children_left[node], raw.children_right[node]);
        if left == -1 && right == -1 {
            continue;
        }
        if left == -1 || right == -1 {
            return Err(ForestError::OneChild { tree, node });
        }
        for child in [right, left] {
            match usize::try_from(child) {
                Ok(index) if index < nodes => stack.push(index),
                _ => return Err(ForestError::ChildOutOfRange { tree, node, child, nodes }),
            }
        }
        let feature = raw.feature[node];
        if usize::try_from(feature).map_or(true, |index| index >= n_features) {
            return Err(ForestError::FeatureOutOfRange { tree, node, feature, n_features });
        }
        // The key is in range: the node count was checked against u32 before.
        if raw.threshold[node].is_nan() && !raw.categories.contains_key(&(node as u32)) {
            return Err(ForestError::NanThreshold { tree, node });
        }
    }
    check_categories(tree, raw)?;
    match seen.iter().position(|&reached| !reached) {
        Some(node) => Err(ForestError::Unreachable { tree, node }),
        None => Ok(order),
    }
}

/// Checks the splits on categories of one tree, whose children have been checked. O(categories).
fn check_categories(tree: usize, raw: &RawTree) -> Result<(), ForestError> {
    for (&node, split) in &raw.categories {
        let node = node as usize;
        if raw.children_left.get(node).is_none_or(|&left| left == -1) {
            return Err(ForestError::CategoriesOfNoSplit { tree, node });
        }
        if let Some(pair) = split.members.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(ForestError::CategoryOrder { tree, node, found: pair[1], previous: pair[0] });
        }
    }
    Ok(())
}

/// Checks the score before the first tree, and fills it in if it is empty.
pub(super) fn check_base(base: Vec<f64>, aggregation: Aggregation, n_outputs: usize) -> Result<Vec<f64>, ForestError> {
    match base.len() {
        0 => return Ok(vec![0.0; n_outputs]),
        _ if aggregation != Aggregation::Sum => return Err(ForestError::Base { found: base.len(), expected: 0 }),
        found if found != n_outputs => return Err(ForestError::Base { found, expected: n_outputs }),
        _ => {}
    }
    match base.iter().find(|score| !score.is_finite()) {
        Some(&value) => Err(ForestError::BaseValue { value }),
        None => Ok(base),
    }
}

/// Checks the values of one tree.
pub(super) fn check_values(
    tree: usize,
    raw: &RawTree,
    task: &Task,
    aggregation: Aggregation,
    n_outputs: usize,
) -> Result<(), ForestError> {
    let bad = |node, value, expected| Err(ForestError::BadValue { tree, node, value, expected });
    for (node, row) in raw.value.chunks_exact(n_outputs).enumerate() {
        match task {
            Task::Classification { .. } if aggregation != Aggregation::Sum => {
                if let Some(&value) = row.iter().find(|value| !(value.is_finite() && **value >= 0.0)) {
                    return bad(node, value, "finite count >= 0");
                }
                let total: f64 = row.iter().sum();
                if !(total.is_finite() && total > 0.0) {
                    return bad(node, total, "positive finite sum of class counts");
                }
            }
            Task::Classification { .. } | Task::Regression => {
                if let Some(&value) = row.iter().find(|value| !value.is_finite()) {
                    return bad(node, value, "finite number");
                }
            }
        }
    }
    Ok(())
}

impl From<Forest> for RawForest {
    fn from(forest: Forest) -> Self {
        forest.to_raw()
    }
}

impl TryFrom<RawForest> for Forest {
    type Error = ForestError;

    fn try_from(raw: RawForest) -> Result<Self, ForestError> {
        Forest::new(raw)
    }
}
