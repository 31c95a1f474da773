//! The forest: flat parallel arrays, validated once, traversed without recursion.
//!
//! Invariant: the nodes of a tree are consecutive and in preorder, left subtree first. Hence a parent comes before its
//! children, the left child of `v` is `v + 1`, and the subtree of `v` is an interval. Every index is in range, every
//! threshold finite, every value predictable; code below this module relies on it without checking.

mod categories;
mod derived;

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::raw::{CategorySplit, ForestError, RawForest, RawTree, check_base, check_values, preorder};
pub use categories::Categories;
use categories::CategorySplits;
pub(crate) use categories::category;

/// What a forest predicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// One of several classes; node values are class counts (weights), one per class, or scores ([`Aggregation::Sum`]).
    Classification {
        /// Class names, in the order of the counts.
        classes: Vec<String>,
    },
    /// A number; node values are means, or terms of a sum ([`Aggregation::Sum`]).
    Regression,
}

impl Task {
    /// Number of values per node: the classes, or one for regression.
    pub fn n_outputs(&self) -> usize {
        match self {
            Task::Classification { classes } => classes.len(),
            Task::Regression => 1,
        }
    }
}

/// How trees are combined into the forest's prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregation {
    /// The mean of the trees' class distributions, or of their values.
    Mean,
    /// Each tree votes for its leaf's most frequent class (ties: the lowest class index); the output is the fraction of
    /// votes. Classification only; for regression it means the same as [`Aggregation::Mean`].
    Vote,
    /// Node values are scores that add up over the trees, from the forest's base score on ([`Forest::base`]): boosted trees
    /// and refitted leaves. Classes: probabilities are the softmax of the summed scores (two classes with scores 0 and s:
    /// the logistic function of s). Regression: the sum is the prediction.
    Sum,
}

/// How feature values are rounded before `<=` is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// Values and thresholds are compared as f64.
    F64,
    /// Values are rounded to f32 first, the threshold stays f64 (as scikit-learn does).
    F32,
}

/// Values up to this size are zeros where a split counts zeros as missing: LightGBM's 1e-35 in single precision.
pub(crate) const ZERO: f64 = 1e-35f32 as f64;

/// Where an example goes whose value of the tested feature is missing: NaN, and at some splits zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MissingDirection {
    /// The model says nothing: predicting such an example is an error.
    #[default]
    Refuse,
    /// To the left child.
    Left,
    /// To the right child.
    Right,
    /// To the left child, and zeros (`|x| <= 1e-35`) with it, whatever the threshold.
    ZeroLeft,
    /// To the right child, and zeros (`|x| <= 1e-35`) with it, whatever the threshold.
    ZeroRight,
}

impl MissingDirection {
    /// Whether zeros count as missing.
    pub fn counts_zeros(self) -> bool {
        matches!(self, MissingDirection::ZeroLeft | MissingDirection::ZeroRight)
    }

    /// Whether a missing value goes left; `None` if the model says nothing.
    #[inline]
    pub fn is_left(self) -> Option<bool> {
        match self {
            MissingDirection::Refuse => None,
            MissingDirection::Left | MissingDirection::ZeroLeft => Some(true),
            MissingDirection::Right | MissingDirection::ZeroRight => Some(false),
        }
    }
}

const LEAF: u32 = u32::MAX;

/// Most trees: their votes in fixed point sum to less than 2^63.
const MAX_TREES: usize = 1 << 22;

/// Scores are added in fixed point: base and trees together stay below this, so that sums stay below 2^63.
const MAX_SCORE: f64 = (1u64 << 30) as f64;

/// A validated tree ensemble for classification or regression.
///
/// Nodes are numbered over the whole forest, `0..n_nodes()`, in preorder tree by tree (see the module's invariant).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawForest", into = "RawForest")]
pub struct Forest {
    task: Task,
    n_features: usize,
    precision: Precision,
    aggregation: Aggregation,
    /// Node range of tree t is `tree_start[t]..tree_start[t + 1]`.
    tree_start: Vec<u32>,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    right: Vec<u32>,
    missing: Vec<MissingDirection>,
    categories: CategorySplits,
    value: Vec<f64>,
    /// Score before the first tree, `(n_outputs,)`; zeros unless the aggregation is a sum.
    base: Vec<f64>,
    /// `reach[t]`: how far trees t and later can move one class's score against another's; empty unless scores are added.
    reach: Vec<f64>,
}

impl Forest {
    /// Validates a model and lays it out.
    ///
    /// An infinite threshold is stored as the largest finite number of its sign, which sends every value of ordinary size
    /// the same way.
    ///
    /// # Errors
    /// [`ForestError`] names the tree and node that break a rule.
    ///
    /// # Complexity
    /// O(nodes x outputs + categories) time and memory.
    pub fn new(raw: RawForest) -> Result<Self, ForestError> {
        let RawForest { task, n_features, precision, aggregation, base, trees } = raw;
        let n_outputs = task.n_outputs();
        if trees.is_empty() {
            return Err(ForestError::NoTrees);
        }
        if n_outputs == 0 {
            return Err(ForestError::NoClasses);
        }
        let n_nodes: usize = trees.iter().map(|tree| tree.children_left.len()).sum();
        let n_categories =
            trees.iter().flat_map(|tree| tree.categories.values()).map(|split| split.members.len()).sum();
        let limit = LEAF as usize - 1;
        for (what, found, limit) in [
            ("nodes", n_nodes, limit),
            ("features", n_features, limit),
            ("categories", n_categories, limit),
            ("trees", trees.len(), MAX_TREES),
        ] {
            if found > limit {
                return Err(ForestError::TooLarge { what, found, limit });
            }
        }
        let mut forest = Forest {
            task,
            n_features,
            precision,
            aggregation,
            tree_start: Vec::with_capacity(trees.len() + 1),
            feature: Vec::with_capacity(n_nodes),
            threshold: Vec::with_capacity(n_nodes),
            right: Vec::with_capacity(n_nodes),
            missing: Vec::with_capacity(n_nodes),
            categories: CategorySplits::default(),
            value: Vec::with_capacity(trees.iter().map(|tree| tree.value.len()).sum()),
            base: check_base(base, aggregation, n_outputs)?,
            reach: Vec::new(),
        };
        let mut largest = if forest.task == Task::Regression { &[][..] } else { &forest.base }
            .iter()
            .fold(0.0, |largest: f64, score| largest.max(score.abs()));
        forest.tree_start.push(0);
        for (index, tree) in trees.iter().enumerate() {
            let order = preorder(index, tree, n_features, n_outputs)?;
            check_values(index, tree, &forest.task, aggregation, n_outputs)?;
            if aggregation == Aggregation::Sum && forest.task != Task::Regression {
                largest += tree.value.iter().fold(0.0, |largest: f64, score| largest.max(score.abs()));
            }
            forest.append(tree, &order, n_outputs);
        }
        if largest >= MAX_SCORE {
            return Err(ForestError::Scores { sum: largest, limit: MAX_SCORE });
        }
        Ok(forest.with_reach())
    }

    /// Fills in `reach`: suffix sums over the trees of the largest difference between two scores of a node.
    fn with_reach(mut self) -> Self {
        if self.aggregation != Aggregation::Sum {
            return self;
        }
        let spread = |node| {
            let scores = self.value(node);
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            largest - scores.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let mut reach = vec![0.0; self.n_trees() + 1];
        for tree in (0..self.n_trees()).rev() {
            reach[tree] = reach[tree + 1] + self.tree(tree).map(spread).fold(0.0, f64::max);
        }
        self.reach = reach;
        self
    }

    /// How far trees `next` and later can move one class's score against another's, whatever the example.
    pub fn reach(&self, next: usize) -> f64 {
        self.reach[next]
    }

    fn append(&mut self, tree: &RawTree, order: &[u32], n_outputs: usize) {
        let base = self.feature.len() as u32;
        let mut position = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            position[old as usize] = base + new as u32;
        }
        for &old in order {
            let old = old as usize;
            let leaf = tree.children_left[old] == -1;
            self.feature.push(if leaf { LEAF } else { tree.feature[old] as u32 });
            let categories = tree.categories.get(&(old as u32));
            if let Some(split) = categories {
                self.categories.push(self.feature.len() - 1, &split.members, split.members_left);
            }
            let threshold = if leaf || categories.is_some() { 0.0 } else { tree.threshold[old] };
            self.threshold.push(threshold.clamp(f64::MIN, f64::MAX));
            self.right.push(if leaf { LEAF } else { position[tree.children_right[old] as usize] });
            self.missing.push(if leaf {
                MissingDirection::Refuse
            } else {
                tree.missing.get(old).copied().unwrap_or_default()
            });
            self.value.extend_from_slice(&tree.value[old * n_outputs..(old + 1) * n_outputs]);
        }
        self.tree_start.push(self.feature.len() as u32);
    }

    /// The model as plain arrays: the inverse of [`Forest::new`], nodes in preorder.
    pub fn to_raw(&self) -> RawForest {
        let n_outputs = self.n_outputs();
        let trees = (0..self.n_trees())
            .map(|tree| {
                let nodes = self.tree(tree);
                let base = nodes.start as i64;
                let child = |node: Option<usize>| node.map_or(-1, |node| node as i64 - base);
                RawTree {
                    feature: nodes.clone().map(|v| self.feature(v).map_or(-1, |feature| feature as i64)).collect(),
                    threshold: self.threshold[nodes.clone()].to_vec(),
                    children_left: nodes.clone().map(|v| child(self.children(v).map(|[left, _]| left))).collect(),
                    children_right: nodes.clone().map(|v| child(self.children(v).map(|[_, right]| right))).collect(),
                    missing: self.missing[nodes.clone()].to_vec(),
                    value: self.value[nodes.start * n_outputs..nodes.end * n_outputs].to_vec(),
                    categories: self.raw_categories(nodes),
                }
            })
            .collect();
        RawForest {
            task: self.task.clone(),
            n_features: self.n_features,
            precision: self.precision,
            aggregation: self.aggregation,
            base: if self.aggregation == Aggregation::Sum { self.base.clone() } else { Vec::new() },
            trees,
        }
    }

    /// The splits on categories of a range of nodes, by their index in it.
    fn raw_categories(&self, nodes: Range<usize>) -> BTreeMap<u32, CategorySplit> {
        if !self.has_categories() {
            return BTreeMap::new();
        }
        let start = nodes.start;
        nodes.filter_map(|node| Some(((node - start) as u32, self.categories(node)?.to_split()))).collect()
    }

    /// What the forest predicts.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Number of columns of the rows it predicts on.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// How feature values are rounded before comparison.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// How trees are combined.
    pub fn aggregation(&self) -> Aggregation {
        self.aggregation
    }

    /// Values per node: number of classes, or one.
    pub fn n_outputs(&self) -> usize {
        self.task.n_outputs()
    }

    /// Number of trees, at least one.
    pub fn n_trees(&self) -> usize {
        self.tree_start.len() - 1
    }

    /// Number of nodes of all trees, leaves included.
    pub fn n_nodes(&self) -> usize {
        self.feature.len()
    }

    /// Number of splits (inner nodes) of all trees.
    pub fn n_splits(&self) -> usize {
        (self.n_nodes() - self.n_trees()) / 2
    }

    /// Node range of one tree; its root is `start`.
    pub fn tree(&self, tree: usize) -> Range<usize> {
        self.tree_start[tree] as usize..self.tree_start[tree + 1] as usize
    }

    /// The roots, tree by tree.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.tree_start[..self.n_trees()].iter().map(|&root| root as usize)
    }

    /// Whether the node is a leaf of the unpruned forest.
    pub fn is_leaf(&self, node: usize) -> bool {
        self.feature[node] == LEAF
    }

    /// The feature tested at a split; `None` at a leaf.
    pub fn feature(&self, node: usize) -> Option<usize> {
        (self.feature[node] != LEAF).then(|| self.feature[node] as usize)
    }

    /// The threshold of a split: left iff `x <= threshold`. 0 at a leaf, and at a split on categories.
    pub fn threshold(&self, node: usize) -> f64 {
        self.threshold[node]
    }

    /// The categories of a split on categories; `None` at other splits and at leaves. O(1).
    #[inline]
    pub fn categories(&self, node: usize) -> Option<Categories<'_>> {
        self.categories.get(node)
    }

    /// Whether some split is on categories. O(1).
    pub fn has_categories(&self) -> bool {
        !self.categories.is_empty()
    }

    /// Left and right child; `None` at a leaf.
    pub fn children(&self, node: usize) -> Option<[usize; 2]> {
        (self.feature[node] != LEAF).then(|| [node + 1, self.right[node] as usize])
    }

    /// Where a missing value goes at this split.
    pub fn missing(&self, node: usize) -> MissingDirection {
        self.missing[node]
    }

    /// Scores before the first tree, shape `(n_outputs,)`; zeros unless the aggregation is [`Aggregation::Sum`].
    pub fn base(&self) -> &[f64] {
        &self.base
    }

    /// Class counts, the mean, or the scores of the node: shape `(n_outputs,)`.
    pub fn value(&self, node: usize) -> &[f64] {
        let n_outputs = self.n_outputs();
        &self.value[node * n_outputs..(node + 1) * n_outputs]
    }

    /// The class with the largest count at the node; ties go to the lowest index. 0 for regression.
    pub fn majority(&self, node: usize) -> usize {
        argmax(self.value(node))
    }

    /// The child that a value leads to. `None`: the value is missing and the model has no direction for it.
    ///
    /// The node must be a split. O(1); at a split on categories O(log categories).
    #[inline]
    pub fn next(&self, node: usize, value: f64) -> Option<usize> {
        let value = match self.precision {
            Precision::F64 => value,
            Precision::F32 => f64::from(value as f32),
        };
        let missing = self.missing[node];
        let left = if value.is_nan() || (missing.counts_zeros() && value.abs() <= ZERO) {
            missing.is_left()?
        } else if let Some(categories) = self.categories(node) {
            categories.is_left(value)
        } else {
            value <= self.threshold[node]
        };
        Some(if left { node + 1 } else { self.right[node] as usize })
    }

    /// Parent of every node, `None` at roots. O(nodes).
    pub fn parents(&self) -> Vec<Option<u32>> {
        let mut parents = vec![None; self.n_nodes()];
        for node in 0..self.n_nodes() {
            for child in self.children(node).into_iter().flatten() {
                parents[child] = Some(node as u32);
            }
        }
        parents
    }
}

/// Index of the largest value; ties go to the lowest index.
pub fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate().skip(1) {
        if *value > values[best] {
            best = index;
        }
    }
    best
}
