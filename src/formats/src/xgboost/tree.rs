//! One tree of a model.

use std::collections::BTreeMap;

use super::categories::{categories, of_splits};
use super::error::{Place, XgboostError};
use super::fields::{Fields, check_length};
use super::threshold::{condition, threshold};
use super::value::Value;
use secateur_forest::{CategorySplit, ForestError, MissingDirection, RawTree, preorder};

/// The feature of a node that is marked as deleted.
const DELETED: i64 = (1 << 31) - 1;

/// The parent of a root: -1, in 31 bits where leaves have one score.
const NO_PARENT: [i64; 2] = [-1, (1 << 31) - 1];

/// A tree and its records. Nodes are those of the file without the deleted ones, in the same order.
pub(super) struct FileTree {
    /// All but the values.
    pub(super) tree: RawTree,
    /// The order in which the forest will number the nodes.
    pub(super) order: Vec<u32>,
    /// The node of the file that each node is.
    pub(super) places: Vec<u32>,
    /// Scores of a leaf: one, or one per class.
    pub(super) width: usize,
    /// Row-major `(n_nodes, width)`, zeros at splits.
    pub(super) leaves: Vec<f32>,
    /// Row-major: base weights, any number per node.
    pub(super) weights: Vec<f32>,
    /// Empty if not recorded.
    pub(super) covers: Vec<f32>,
    /// Zeros at leaves, and where none are recorded.
    pub(super) gains: Vec<f32>,
    /// Splits whose condition does not come back from the threshold.
    pub(super) odd: Vec<(u32, f32)>,
    pub(super) deleted: u32,
}

/// The lists of a tree that say its shape, one entry per node of the file.
struct Shape {
    left: Vec<i64>,
    right: Vec<i64>,
    parents: Vec<i64>,
    features: Vec<i64>,
    default_left: Vec<i64>,
}

impl FileTree {
    /// Reads tree number `tree`. O(bytes): nothing is allocated that the file does not hold.
    pub(super) fn of(value: Value, tree: usize, n_features: usize) -> Result<Self, XgboostError> {
        let mut fields = Fields::of(Place::Tree(tree), "trees", value)?;
        if let Some(id) = fields.find("id").filter(|id| *id != Value::Integer(tree as i64)) {
            return Err(fields.bad("id", 0, format!("{id:?}"), "the number of the tree"));
        }
        let (nodes, deleted, width) = Self::parameters(&mut fields)?;
        let shape = Shape::of(&mut fields, nodes)?;
        let lists = categories(&mut fields, nodes)?;
        let kept = shape.kept(tree, deleted)?;
        shape.check_links(tree, &kept, n_features, width)?;
        let conditions = fields.numbers("split_conditions")?;
        fields.check_length("split_conditions", conditions.len(), nodes)?;
        fields.check_all("split_conditions", &conditions, |number| !number.is_nan(), "a number")?;
        let optional = |fields: &mut Fields, key| -> Result<Vec<f32>, XgboostError> {
            // Vector leaves had none before version 3.2.
            if width > 1 && !fields.has(key) {
                return Ok(Vec::new());
            }
            let list = fields.finite(key)?;
            fields.check_length(key, list.len(), nodes)?;
            Ok(list)
        };
        let gains = optional(&mut fields, "loss_changes")?;
        let covers = optional(&mut fields, "sum_hessian")?;
        let weights = fields.finite("base_weights")?;
        let per_node = if width == 1 { 1 } else { (weights.len() / nodes).max(1) };
        fields.check_length("base_weights", weights.len(), nodes.saturating_mul(per_node))?;

        let splits = of_splits(lists, &kept, |node| !shape.is_leaf(node));
        let (raw, odd) = shape.raw(&kept, &conditions, splits);
        let order = preorder(tree, &raw, n_features, 0).map_err(|error| in_file(error, &kept))?;
        let leaves = match width {
            1 => shape.leaf_conditions(&fields, &conditions, &kept)?,
            _ => shape.leaf_vectors(&mut fields, width, &weights, &kept)?,
        };
        fields.find("leaf_child_counts");
        fields.finish()?;
        let gain = |node: usize| if shape.is_leaf(node) { 0.0 } else { gains.get(node).copied().unwrap_or_default() };
        Ok(Self {
            order,
            width,
            leaves,
            weights: rows(&weights, per_node, &kept),
            covers: rows(&covers, usize::from(!covers.is_empty()), &kept),
            gains: kept.iter().map(|&node| gain(node as usize)).collect(),
            odd,
            deleted: (nodes - kept.len()) as u32,
            tree: raw,
            places: kept,
        })
    }

    /// Numbers of nodes, of deleted nodes where they are counted, and of scores in a leaf.
    fn parameters(fields: &mut Fields) -> Result<(usize, Option<usize>, usize), XgboostError> {
        let value = fields.take("tree_param")?;
        let mut parameters = Fields::of(fields.place, "tree_param", value)?;
        let nodes = parameters.parameter("num_nodes")?;
        if !(1..u32::MAX as usize).contains(&nodes) {
            return Err(parameters.bad("num_nodes", 0, nodes, "at least one node, and less than 2^32"));
        }
        // Version 1.0 does not count them.
        let deleted = if parameters.has("num_deleted") { Some(parameters.parameter("num_deleted")?) } else { None };
        let width = parameters.parameter("size_leaf_vector")?;
        Ok((nodes, deleted, width.max(1)))
    }
}

impl Shape {
    fn of(fields: &mut Fields, nodes: usize) -> Result<Self, XgboostError> {
        let mut list = |key| -> Result<Vec<i64>, XgboostError> {
            let list = fields.integers(key)?;
            fields.check_length(key, list.len(), nodes)?;
            Ok(list)
        };
        let (left, right) = (list("left_children")?, list("right_children")?);
        let (parents, features) = (list("parents")?, list("split_indices")?);
        let default_left = list("default_left")?;
        fields.check_all("default_left", &default_left, |flag| flag == 0 || flag == 1, "0 or 1")?;
        let children = |child: i64| (-1..nodes as i64).contains(&child);
        fields.check_all("left_children", &left, children, "a node, or -1 at a leaf")?;
        fields.check_all("right_children", &right, |child| child < nodes as i64, "a node, or -1 at a leaf")?;
        Ok(Self { left, right, parents, features, default_left })
    }

    fn nodes(&self) -> usize {
        self.left.len()
    }

    fn is_leaf(&self, node: usize) -> bool {
        self.left[node] == -1
    }

    fn is_deleted(&self, node: usize) -> bool {
        self.features[node] == DELETED && self.default_left[node] == 1
    }

    /// The nodes that are not deleted, of which there must be as many as stated; nothing may lead to the others.
    fn kept(&self, tree: usize, deleted: Option<usize>) -> Result<Vec<u32>, XgboostError> {
        let (gone, kept): (Vec<usize>, Vec<usize>) = (0..self.nodes()).partition(|&node| self.is_deleted(node));
        check_length(Place::Tree(tree), "num_deleted", gone.len(), deleted.unwrap_or(gone.len()))?;
        if gone.first() == Some(&0) {
            return Err(XgboostError::Deleted { tree, node: 0 });
        }
        for &node in kept.iter().filter(|&&node| !self.is_leaf(node)) {
            for child in [self.left[node], self.right[node]] {
                if let Some(node) = usize::try_from(child).ok().filter(|&child| self.is_deleted(child)) {
                    return Err(XgboostError::Deleted { tree, node });
                }
            }
        }
        Ok(kept.into_iter().map(|node| node as u32).collect())
    }

    /// Every child must know its parent, and every split have a feature and two children, one after the other.
    fn check_links(&self, tree: usize, kept: &[u32], n_features: usize, width: usize) -> Result<(), XgboostError> {
        if !NO_PARENT.contains(&self.parents[0]) {
            return Err(XgboostError::Value {
                place: Place::Tree(tree),
                key: "parents",
                index: 0,
                found: self.parents[0].to_string(),
                expected: "no parent at the root",
            });
        }
        for node in kept.iter().map(|&node| node as usize) {
            if self.is_leaf(node) {
                // A leaf with several scores has the number of its row there.
                if width == 1 && self.right[node] != -1 {
                    return Err(ForestError::OneChild { tree, node }.into());
                }
                continue;
            }
            let feature = self.features[node];
            if usize::try_from(feature).map_or(true, |index| index >= n_features) {
                return Err(ForestError::FeatureOutOfRange { tree, node, feature, n_features }.into());
            }
            for child in [self.left[node], self.right[node]] {
                let child = usize::try_from(child).map_err(|_| ForestError::OneChild { tree, node })?;
                let recorded = self.parents[child];
                if recorded != node as i64 {
                    return Err(XgboostError::Parent { tree, node: child, found: node, recorded });
                }
            }
            let (left, right) = (self.left[node], self.right[node]);
            if right != left + 1 {
                return Err(XgboostError::Siblings { tree, node, left, right });
            }
        }
        Ok(())
    }

    /// The scores of leaves, zeros at splits.
    fn leaf_conditions(&self, fields: &Fields, conditions: &[f32], kept: &[u32]) -> Result<Vec<f32>, XgboostError> {
        let score = |&node: &u32| match conditions[node as usize] {
            _ if !self.is_leaf(node as usize) => Ok(0.0),
            score if score.is_finite() => Ok(score),
            other => Err(fields.bad("split_conditions", node as usize, other, "a finite number at a leaf")),
        };
        kept.iter().map(score).collect()
    }

    /// The scores of leaves that have `width` of them, zeros at splits: `(kept nodes, width)`.
    fn leaf_vectors(
        &self,
        fields: &mut Fields,
        width: usize,
        weights: &[f32],
        kept: &[u32],
    ) -> Result<Vec<f32>, XgboostError> {
        let leaves = kept.iter().filter(|&&node| self.is_leaf(node as usize)).count();
        let scores = if fields.has("leaf_weights") {
            let scores = fields.finite("leaf_weights")?;
            fields.check_length("leaf_weights", scores.len(), leaves.saturating_mul(width))?;
            scores
        } else {
            fields.check_length("base_weights", weights.len(), self.nodes().saturating_mul(width))?;
            Vec::new()
        };
        // A tree has one split less than leaves: no more than twice the scores that the file holds.
        let mut out = Vec::with_capacity(kept.len() * width);
        for node in kept.iter().map(|&node| node as usize) {
            if !self.is_leaf(node) {
                out.resize(out.len() + width, 0.0);
            } else if scores.is_empty() {
                out.extend(&weights[node * width..][..width]);
            } else {
                // The right child of a leaf is its row.
                let row = usize::try_from(self.right[node]).ok().filter(|&row| row < leaves);
                let row = row.ok_or_else(|| fields.bad("right_children", node, self.right[node], "a leaf's row"))?;
                out.extend(&scores[row * width..][..width]);
            }
        }
        Ok(out)
    }

    /// The tree of these nodes, and the splits whose conditions are odd.
    fn raw(
        &self,
        kept: &[u32],
        conditions: &[f32],
        categories: BTreeMap<u32, CategorySplit>,
    ) -> (RawTree, Vec<(u32, f32)>) {
        let mut index = vec![-1; self.nodes()];
        for (new, &old) in kept.iter().enumerate() {
            index[old as usize] = new as i64;
        }
        let child = |leaf: bool, child: i64| if leaf { -1 } else { index[child as usize] };
        let (mut tree, mut odd) = (RawTree { categories, ..RawTree::default() }, Vec::new());
        for (new, &old) in kept.iter().enumerate() {
            let (old, leaf) = (old as usize, self.is_leaf(old as usize));
            let limit = threshold(conditions[old]);
            let compared = !leaf && !tree.categories.contains_key(&(new as u32));
            if compared && condition(limit).to_bits() != conditions[old].to_bits() {
                odd.push((new as u32, conditions[old]));
            }
            tree.feature.push(if leaf { -1 } else { self.features[old] });
            tree.threshold.push(if leaf { 0.0 } else { limit });
            tree.children_left.push(child(leaf, self.left[old]));
            tree.children_right.push(child(leaf, self.right[old]));
            let left = self.default_left[old] == 1;
            tree.missing.push(if left { MissingDirection::Left } else { MissingDirection::Right });
        }
        (tree, odd)
    }
}

/// The rows of the kept nodes.
fn rows(list: &[f32], width: usize, kept: &[u32]) -> Vec<f32> {
    kept.iter().flat_map(|&node| &list[node as usize * width..][..width]).copied().collect()
}

/// The same error with the node's number in the file.
fn in_file(error: ForestError, kept: &[u32]) -> ForestError {
    match error {
        ForestError::Unreachable { tree, node } => ForestError::Unreachable { tree, node: kept[node] as usize },
        ForestError::ReachedTwice { tree, node } => ForestError::ReachedTwice { tree, node: kept[node] as usize },
        other => other,
    }
}
