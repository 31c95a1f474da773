//! Lists of nodes and weights into the node of an ensemble, and out of it.

use super::ensemble::{EnsembleKind, Mode, Width};
use super::error::WriteError;
use super::proto::{AttributeProto, NodeProto, TensorProto, attribute_type, data_type};
use super::rows::Rows;
use super::scoring::Form;

/// Lists that say nothing but what the trees are.
const LISTS: [&str; 28] = [
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_values",
    "nodes_values_as_tensor",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "nodes_hitrates",
    "nodes_hitrates_as_tensor",
    "class_treeids",
    "class_nodeids",
    "class_ids",
    "class_weights",
    "class_weights_as_tensor",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
    "target_weights_as_tensor",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_falseleafs",
    "leaf_targetids",
    "leaf_weights",
    "tree_roots",
    "membership_values",
];

/// Empties the lists of an ensemble's node; which it has stays.
pub(super) fn empty(node: &mut NodeProto) {
    for attribute in &mut node.attribute {
        if !attribute.name.as_deref().is_some_and(|name| LISTS.contains(&name)) {
            continue;
        }
        attribute.floats.clear();
        attribute.ints.clear();
        attribute.strings.clear();
        if let Some(tensor) = &mut attribute.t {
            tensor.dims.clear();
            if let Some(raw) = &mut tensor.raw_data {
                raw.clear();
            }
            tensor.float_data.clear();
            tensor.double_data.clear();
            tensor.int32_data.clear();
        }
    }
}

/// Writes the trees of a forest into the node of its ensemble.
///
/// # Errors
/// [`WriteError`] names the node of the forest.
///
/// # Complexity
/// O(nodes x outputs) time and memory.
pub(super) fn fill(node: &mut NodeProto, rows: &Rows<'_>) -> Result<(), WriteError> {
    match rows.source.kind {
        EnsembleKind::TreeEnsemble => fill_five(node, rows),
        EnsembleKind::Classifier | EnsembleKind::Regressor => fill_three(node, rows),
    }
}

/// The lists of `TreeEnsembleClassifier` and `TreeEnsembleRegressor`.
#[derive(Default)]
struct Three {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<&'static str>,
    values: Vec<f64>,
    if_true: Vec<i64>,
    if_false: Vec<i64>,
    tracks_true: Vec<i64>,
    hitrates: Vec<f64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    weight_ids: Vec<i64>,
    weights: Vec<f64>,
}

impl Three {
    fn push_tree(&mut self, rows: &Rows<'_>, tree: usize) -> Result<(), WriteError> {
        let mut order = rows.order(tree);
        let start = rows.forest.tree(tree).start;
        let mut number = vec![0i64; order.len()];
        // A split on several categories stands there once for each.
        let mut next = 0;
        for &node in &order {
            number[node - start] = next;
            next += rows.forest.categories(node).map_or(1, |categories| categories.members().len().max(1)) as i64;
        }
        for &node in &order {
            let own = number[node - start];
            match rows.split(node)? {
                None => self.push_node(tree, own, "LEAF", 0.0, [0; 4]),
                Some(split) => {
                    let [if_true, if_false] = [split.if_true, split.if_false].map(|child| number[child - start]);
                    let values = if split.members.is_empty() { vec![split.threshold] } else { split.members };
                    for (index, &value) in values.iter().enumerate() {
                        let own = own + index as i64;
                        let if_false = if index + 1 == values.len() { if_false } else { own + 1 };
                        let rest = [split.feature, if_true, if_false, split.tracks_true.into()];
                        self.push_node(tree, own, split.mode.name(), value, rest);
                    }
                }
            }
            self.hitrates.resize(self.nodes.len(), rows.hitrate(node));
        }
        if rows.source.weights_in_preorder {
            order.sort_unstable();
        }
        self.push_weights(rows, tree, &order, &number)
    }

    /// The weights of the leaves among some nodes, in that order; `number`: what each node is called.
    fn push_weights(
        &mut self,
        rows: &Rows<'_>,
        tree: usize,
        nodes: &[usize],
        number: &[i64],
    ) -> Result<(), WriteError> {
        let (start, targets) = (rows.forest.tree(tree).start, rows.targets(tree));
        for &node in nodes.iter().filter(|&&node| rows.forest.is_leaf(node)) {
            let weights = rows.weights(node);
            rows.check_weights(node, &weights)?;
            for &target in &targets {
                self.weight_trees.push(tree as i64);
                self.weight_nodes.push(number[node - start]);
                self.weight_ids.push(target as i64);
                self.weights.push(weights[target]);
            }
        }
        Ok(())
    }

    /// A node but its hit rate; `rest`: the feature, the children, and whether missing values take the true branch.
    fn push_node(&mut self, tree: usize, node: i64, mode: &'static str, value: f64, rest: [i64; 4]) {
        let [feature, if_true, if_false, tracks_true] = rest;
        self.trees.push(tree as i64);
        self.nodes.push(node);
        self.features.push(feature);
        self.modes.push(mode);
        self.values.push(value);
        self.if_true.push(if_true);
        self.if_false.push(if_false);
        self.tracks_true.push(tracks_true);
    }

    /// A tree that adds nothing to any row, and has a negative weight at a leaf that no row reaches: without one, ONNX
    /// Runtime takes the score of two classes for a probability when it chooses the class.
    fn push_guard(&mut self, tree: usize) {
        let tree = tree as i64;
        self.trees.extend([tree; 3]);
        self.nodes.extend([0, 1, 2]);
        self.features.extend([0; 3]);
        self.modes.extend(["BRANCH_LEQ", "LEAF", "LEAF"]);
        self.values.extend([f64::INFINITY, 0.0, 0.0]);
        self.if_true.extend([1, 0, 0]);
        self.if_false.extend([2, 0, 0]);
        self.tracks_true.extend([1, 0, 0]);
        self.hitrates.extend([1.0; 3]);
        self.weight_trees.extend([tree; 2]);
        self.weight_nodes.extend([1, 2]);
        self.weight_ids.extend([0; 2]);
        self.weights.extend([0.0, -1.0]);
    }
}

fn fill_three(node: &mut NodeProto, rows: &Rows<'_>) -> Result<(), WriteError> {
    let mut lists = Three::default();
    let trees = rows.forest.n_trees();
    (0..trees).try_for_each(|tree| lists.push_tree(rows, tree))?;
    let scoring = &rows.source.scoring;
    let classifier = rows.source.kind == EnsembleKind::Classifier;
    let negative = lists.weights.iter().any(|weight| *weight < 0.0);
    if classifier && scoring.form == Form::SecondScore && !negative {
        lists.push_guard(trees);
    }
    let width = rows.source.width;
    let (list, floats) = ("nodes_values", has(node, "nodes_values_as_tensor"));
    if !floats && lists.values.iter().any(|value| f64::from(*value as f32) != *value) {
        return Err(WriteError::Precision);
    }
    set_ints(node, "nodes_treeids", lists.trees);
    set_ints(node, "nodes_nodeids", lists.nodes);
    set_ints(node, "nodes_featureids", lists.features);
    set_texts(node, "nodes_modes", lists.modes);
    set_numbers(node, list, "nodes_values_as_tensor", &lists.values, width);
    set_ints(node, "nodes_truenodeids", lists.if_true);
    set_ints(node, "nodes_falsenodeids", lists.if_false);
    if has(node, "nodes_missing_value_tracks_true") || lists.tracks_true.contains(&1) {
        set_ints(node, "nodes_missing_value_tracks_true", lists.tracks_true);
    }
    if has(node, "nodes_hitrates") || has(node, "nodes_hitrates_as_tensor") {
        set_numbers(node, "nodes_hitrates", "nodes_hitrates_as_tensor", &lists.hitrates, width);
    }
    let [treeids, nodeids, ids, weights, as_tensor] = if classifier {
        ["class_treeids", "class_nodeids", "class_ids", "class_weights", "class_weights_as_tensor"]
    } else {
        ["target_treeids", "target_nodeids", "target_ids", "target_weights", "target_weights_as_tensor"]
    };
    let mut scored = vec![false; scoring.n_targets];
    lists.weight_ids.iter().for_each(|&id| scored[id as usize] = true);
    set_base(node, rows, classifier && scoring.n_targets > 2 && negative && scored.contains(&false));
    set_ints(node, treeids, lists.weight_trees);
    set_ints(node, nodeids, lists.weight_nodes);
    set_ints(node, ids, lists.weight_ids);
    set_numbers(node, weights, as_tensor, &lists.weights, width);
    Ok(())
}

/// The base values, if the node has some, or the forest needs them, or every class must have a score.
fn set_base(node: &mut NodeProto, rows: &Rows<'_>, needed: bool) {
    let (list, tensor) = ("base_values", "base_values_as_tensor");
    let mut base = rows.source.scoring.file_base(rows.forest.base(), &rows.source.base);
    base.iter_mut().for_each(|value| *value = rows.source.width.round(*value));
    let of_one = rows.source.kind == EnsembleKind::Classifier && base.len() == 2;
    if of_one && rows.source.scoring.form != Form::Scores {
        base.truncate(1);
    }
    if rows.source.base.is_empty() && !needed && base.iter().all(|value| *value == 0.0) {
        return;
    }
    set_numbers(node, list, tensor, &base, rows.source.width);
}

/// The lists of `TreeEnsemble`.
#[derive(Default)]
struct Five {
    roots: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<u8>,
    splits: Vec<f64>,
    if_true: Vec<i64>,
    true_is_leaf: Vec<i64>,
    if_false: Vec<i64>,
    false_is_leaf: Vec<i64>,
    tracks_true: Vec<i64>,
    hitrates: Vec<f64>,
    /// With a NaN after each set.
    members: Vec<f64>,
    leaf_targets: Vec<i64>,
    leaf_weights: Vec<f64>,
}

impl Five {
    /// One tree, as far as one target sees it. `added`: what is added to all its weights.
    fn push_tree(&mut self, rows: &Rows<'_>, tree: usize, target: usize, added: f64) -> Result<(), WriteError> {
        let order = rows.order(tree);
        let start = rows.forest.tree(tree).start;
        let (leaves, splits): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&node| rows.forest.is_leaf(node));
        // What each node is called in its list.
        let mut number = vec![0i64; order.len()];
        splits.iter().zip(self.features.len()..).for_each(|(node, index)| number[node - start] = index as i64);
        leaves.iter().zip(self.leaf_weights.len()..).for_each(|(node, index)| number[node - start] = index as i64);
        self.roots.push(self.features.len() as i64);
        if splits.is_empty() {
            self.push_split(0, 0, 0.0, [number[0], number[0]], [true; 2]);
            self.tracks_true.push(0);
            self.hitrates.push(rows.hitrate(start));
        }
        for &node in &splits {
            let split = rows.split(node)?.expect("a node that is no leaf is a split");
            let children = [split.if_true, split.if_false];
            let is_leaf = children.map(|child| rows.forest.is_leaf(child));
            let children = children.map(|child| number[child - start]);
            self.push_split(split.feature, split.mode.number(), split.threshold, children, is_leaf);
            self.tracks_true.push(split.tracks_true.into());
            self.hitrates.push(rows.hitrate(node));
            if split.mode == Mode::Member {
                self.members.extend(split.members.into_iter().chain([f64::NAN]));
            }
        }
        for &node in &leaves {
            let weight = rows.source.width.round(rows.weights(node)[target] + added);
            rows.check_weights(node, &[weight])?;
            self.leaf_targets.push(target as i64);
            self.leaf_weights.push(weight);
        }
        Ok(())
    }

    fn push_split(&mut self, feature: i64, mode: u8, threshold: f64, children: [i64; 2], is_leaf: [bool; 2]) {
        self.features.push(feature);
        self.modes.push(mode);
        self.splits.push(threshold);
        self.if_true.push(children[0]);
        self.true_is_leaf.push(is_leaf[0].into());
        self.if_false.push(children[1]);
        self.false_is_leaf.push(is_leaf[1].into());
    }
}

fn fill_five(node: &mut NodeProto, rows: &Rows<'_>) -> Result<(), WriteError> {
    let mut lists = Five::default();
    // There are no base values: what the forest has goes into the first tree of each target.
    let mut base = rows.source.scoring.file_base(rows.forest.base(), &[]);
    for tree in 0..rows.forest.n_trees() {
        for target in rows.targets(tree) {
            let added = std::mem::take(&mut base[target]);
            lists.push_tree(rows, tree, target, added)?;
        }
    }
    let width = rows.source.width;
    set_ints(node, "tree_roots", lists.roots);
    set_ints(node, "nodes_featureids", lists.features);
    set_tensor(node, "nodes_modes", data_type::UINT8, lists.modes.len(), lists.modes);
    set_numbers(node, "", "nodes_splits", &lists.splits, width);
    set_ints(node, "nodes_truenodeids", lists.if_true);
    set_ints(node, "nodes_trueleafs", lists.true_is_leaf);
    set_ints(node, "nodes_falsenodeids", lists.if_false);
    set_ints(node, "nodes_falseleafs", lists.false_is_leaf);
    if has(node, "nodes_missing_value_tracks_true") || lists.tracks_true.contains(&1) {
        set_ints(node, "nodes_missing_value_tracks_true", lists.tracks_true);
    }
    if has(node, "nodes_hitrates") {
        set_numbers(node, "", "nodes_hitrates", &lists.hitrates, Width::F32);
    }
    if !lists.members.is_empty() || has(node, "membership_values") {
        // The NaN stands between sets.
        lists.members.pop();
        set_numbers(node, "", "membership_values", &lists.members, width);
    }
    set_ints(node, "leaf_targetids", lists.leaf_targets);
    set_numbers(node, "", "leaf_weights", &lists.leaf_weights, width);
    Ok(())
}

fn has(node: &NodeProto, name: &str) -> bool {
    node.attribute.iter().any(|attribute| attribute.name.as_deref() == Some(name))
}

/// An attribute, added if it is not there.
fn attribute<'n>(node: &'n mut NodeProto, name: &str, r#type: i32) -> &'n mut AttributeProto {
    let found = node.attribute.iter().position(|attribute| attribute.name.as_deref() == Some(name));
    let index = found.unwrap_or_else(|| {
        let new = AttributeProto { name: Some(name.to_owned()), r#type: Some(r#type), ..AttributeProto::default() };
        node.attribute.push(new);
        node.attribute.len() - 1
    });
    &mut node.attribute[index]
}

fn set_ints(node: &mut NodeProto, name: &str, values: Vec<i64>) {
    attribute(node, name, attribute_type::INTS).ints = values;
}

fn set_texts(node: &mut NodeProto, name: &str, values: Vec<&str>) {
    attribute(node, name, attribute_type::STRINGS).strings =
        values.into_iter().map(|value| value.as_bytes().to_vec()).collect();
}

/// Numbers as a tensor if the node has that, or there is no list of that name; otherwise as a list.
fn set_numbers(node: &mut NodeProto, list: &str, tensor: &str, values: &[f64], width: Width) {
    if !list.is_empty() && !has(node, tensor) {
        attribute(node, list, attribute_type::FLOATS).floats = values.iter().map(|&value| value as f32).collect();
        return;
    }
    let (r#type, raw) = match width {
        Width::F32 => {
            (data_type::FLOAT, values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect::<Vec<u8>>())
        }
        Width::F64 => (data_type::DOUBLE, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    };
    set_tensor(node, tensor, r#type, values.len(), raw);
}

fn set_tensor(node: &mut NodeProto, name: &str, r#type: i32, length: usize, raw: Vec<u8>) {
    let tensor = attribute(node, name, attribute_type::TENSOR).t.get_or_insert_default();
    let name = tensor.name.take();
    *tensor = TensorProto {
        dims: vec![length as i64],
        data_type: Some(r#type),
        name,
        raw_data: Some(raw),
        ..TensorProto::default()
    };
}
