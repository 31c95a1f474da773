//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor`, versions 1 to 5 of `ai.onnx.ml`: nodes with a tree and a
//! number.

use rustc_hash::{FxHashMap, FxHashSet};

use super::attributes::Attributes;
use super::chains;
use super::ensemble::{Aggregate, Ensemble, EnsembleKind, Mode, PostTransform, Tree, Width, check_size};
use super::error::OnnxError;
use super::proto::{NodeProto, TensorProto, data_type};
use super::tensor::Tensor;

/// Attributes of nodes.
const NODES: [&str; 12] = [
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
    "post_transform",
];

/// What the attributes of weights are called.
struct Names {
    treeids: &'static str,
    nodeids: &'static str,
    ids: &'static str,
    weights: &'static str,
    weights_as_tensor: &'static str,
}

const CLASSES: Names = Names {
    treeids: "class_treeids",
    nodeids: "class_nodeids",
    ids: "class_ids",
    weights: "class_weights",
    weights_as_tensor: "class_weights_as_tensor",
};

const TARGETS: Names = Names {
    treeids: "target_treeids",
    nodeids: "target_nodeids",
    ids: "target_ids",
    weights: "target_weights",
    weights_as_tensor: "target_weights_as_tensor",
};

/// Attributes beside those of nodes and weights.
const OTHERS: [&str; 6] = [
    "base_values",
    "base_values_as_tensor",
    "classlabels_strings",
    "classlabels_int64s",
    "n_targets",
    "aggregate_function",
];

/// Reads an ensemble of a model of `bytes` bytes, whose input is compared in the precision `width`.
///
/// # Errors
/// [`OnnxError`] names the attribute, or the tree and node.
///
/// # Complexity
/// O(nodes x targets) time and memory.
pub(super) fn read(node: &NodeProto, kind: EnsembleKind, width: Width, bytes: usize) -> Result<Ensemble, OnnxError> {
    let names = if kind == EnsembleKind::Classifier { CLASSES } else { TARGETS };
    let of_weights = [names.treeids, names.nodeids, names.ids, names.weights, names.weights_as_tensor];
    let known: Vec<&str> = NODES.into_iter().chain(of_weights).chain(OTHERS).collect();
    let attributes = Attributes::of(node, &known)?;
    let (labels, integer_labels) = labels(&attributes, kind)?;
    let n_targets = match kind {
        EnsembleKind::Classifier => labels.len(),
        EnsembleKind::Regressor | EnsembleKind::TreeEnsemble => {
            let found = attributes.int("n_targets", 0)?;
            let targets = usize::try_from(found).ok().filter(|targets| *targets > 0);
            targets.ok_or_else(|| attributes.bad("n_targets", 0, &found.to_string(), "at least 1"))?
        }
    };
    let nodes = Nodes::of(&attributes, width)?;
    check_size(nodes.len(), n_targets, bytes)?;
    let (mut trees, found) = nodes.trees()?;
    let (targets, weighed) = weigh(&attributes, &names, width, &mut trees, &found, n_targets)?;
    trees.iter_mut().for_each(|tree| chains::fuse(tree, n_targets));
    let base = numbers(&attributes, "base_values", "base_values_as_tensor", width)?.unwrap_or_default();
    if let Some(index) = base.iter().position(|value| !value.is_finite()) {
        return Err(attributes.bad("base_values", index, &base[index].to_string(), "a finite number"));
    }
    let ensemble = Ensemble {
        kind,
        width,
        aggregate: aggregate(&attributes)?,
        post_transform: post_transform(&attributes)?,
        n_targets,
        targets,
        base,
        labels,
        integer_labels,
        weighed,
        trees,
    };
    Ok(ensemble)
}

/// The names of classes, and whether they are integers.
fn labels(attributes: &Attributes<'_>, kind: EnsembleKind) -> Result<(Vec<String>, bool), OnnxError> {
    let texts = attributes.texts("classlabels_strings")?;
    let integers = attributes.ints("classlabels_int64s")?;
    let labels: Vec<String> = if integers.is_empty() {
        texts.iter().map(|&text| text.to_owned()).collect()
    } else {
        integers.iter().map(i64::to_string).collect()
    };
    if !texts.is_empty() && !integers.is_empty() {
        return Err(attributes.bad("classlabels_strings", 0, texts[0], "one list of class labels"));
    }
    match kind {
        EnsembleKind::Classifier if labels.len() < 2 => {
            let operator = attributes.operator.clone();
            Err(OnnxError::Length { operator, attribute: "classlabels_int64s", found: labels.len(), expected: 2 })
        }
        EnsembleKind::Classifier => {
            let mut seen = FxHashSet::default();
            match labels.iter().position(|label| !seen.insert(label)) {
                Some(index) => Err(attributes.bad("classlabels_int64s", index, &labels[index], "different labels")),
                None => Ok((labels, !integers.is_empty())),
            }
        }
        EnsembleKind::Regressor | EnsembleKind::TreeEnsemble if !labels.is_empty() => {
            Err(attributes.bad("classlabels_int64s", 0, &labels[0], "no class labels"))
        }
        EnsembleKind::Regressor | EnsembleKind::TreeEnsemble => Ok((labels, false)),
    }
}

fn aggregate(attributes: &Attributes<'_>) -> Result<Aggregate, OnnxError> {
    match attributes.text("aggregate_function", "SUM")? {
        "SUM" => Ok(Aggregate::Sum),
        "AVERAGE" => Ok(Aggregate::Average),
        other => Err(attributes.bad("aggregate_function", 0, other, "SUM or AVERAGE")),
    }
}

fn post_transform(attributes: &Attributes<'_>) -> Result<PostTransform, OnnxError> {
    match attributes.text("post_transform", "NONE")? {
        "NONE" => Ok(PostTransform::None),
        "SOFTMAX" => Ok(PostTransform::Softmax),
        "LOGISTIC" => Ok(PostTransform::Logistic),
        "SOFTMAX_ZERO" => Ok(PostTransform::SoftmaxZero),
        "PROBIT" => Ok(PostTransform::Probit),
        other => Err(attributes.bad("post_transform", 0, other, "a known transform")),
    }
}

/// Numbers that are a list, or a tensor of the input's precision; `None` if there are neither.
pub(super) fn numbers(
    attributes: &Attributes<'_>,
    list: &'static str,
    tensor: &'static str,
    width: Width,
) -> Result<Option<Vec<f64>>, OnnxError> {
    let floats = attributes.floats(list)?;
    match attributes.tensor(tensor)? {
        None if !attributes.has(list) => Ok(None),
        None => Ok(Some(floats.iter().map(|&value| f64::from(value)).collect())),
        Some(_) if !floats.is_empty() => Err(attributes.bad(tensor, 0, "a second list", "one list of numbers")),
        Some(values) => of_width(attributes, tensor, values, width).map(Some),
    }
}

/// The values of a tensor, which must have the precision of the input.
pub(super) fn of_width(
    attributes: &Attributes<'_>,
    name: &'static str,
    (values, proto): (Tensor, &TensorProto),
    width: Width,
) -> Result<Vec<f64>, OnnxError> {
    let expected = match width {
        Width::F32 => data_type::FLOAT,
        Width::F64 => data_type::DOUBLE,
    };
    match values {
        Tensor::Numbers(values) if proto.data_type == Some(expected) => Ok(values),
        _ => Err(attributes.bad(name, 0, "of another type", "the precision of the ensemble's input")),
    }
}

/// The lists of nodes, all of one length.
struct Nodes<'a> {
    trees: &'a [i64],
    nodes: &'a [i64],
    features: &'a [i64],
    modes: Vec<&'a str>,
    values: Vec<f64>,
    if_true: &'a [i64],
    if_false: &'a [i64],
    /// Empty if they are not there.
    tracks_true: &'a [i64],
    /// Empty if they are not there.
    hitrates: Vec<f64>,
    width: Width,
}

/// Tree and node of the file, to the tree's index and the node's in it.
type Found = FxHashMap<(i64, i64), (u32, u32)>;

impl<'a> Nodes<'a> {
    fn of(attributes: &Attributes<'a>, width: Width) -> Result<Self, OnnxError> {
        let nodes = Self {
            trees: attributes.ints("nodes_treeids")?,
            nodes: attributes.ints("nodes_nodeids")?,
            features: attributes.ints("nodes_featureids")?,
            modes: attributes.texts("nodes_modes")?,
            values: numbers(attributes, "nodes_values", "nodes_values_as_tensor", width)?.unwrap_or_default(),
            if_true: attributes.ints("nodes_truenodeids")?,
            if_false: attributes.ints("nodes_falsenodeids")?,
            tracks_true: attributes.ints("nodes_missing_value_tracks_true")?,
            hitrates: numbers(attributes, "nodes_hitrates", "nodes_hitrates_as_tensor", width)?.unwrap_or_default(),
            width,
        };
        let expected = nodes.len();
        let or_none = |found: usize| if found == 0 { expected } else { found };
        for (attribute, found) in [
            ("nodes_nodeids", nodes.nodes.len()),
            ("nodes_featureids", nodes.features.len()),
            ("nodes_modes", nodes.modes.len()),
            ("nodes_values", nodes.values.len()),
            ("nodes_truenodeids", nodes.if_true.len()),
            ("nodes_falsenodeids", nodes.if_false.len()),
            ("nodes_missing_value_tracks_true", or_none(nodes.tracks_true.len())),
            ("nodes_hitrates", or_none(nodes.hitrates.len())),
        ] {
            attributes.check_length(attribute, found, expected)?;
        }
        if u32::try_from(expected).is_err() {
            return Err(OnnxError::TooLarge { what: "nodes", found: expected, limit: u32::MAX as usize });
        }
        for (attribute, values) in [("nodes_missing_value_tracks_true", nodes.tracks_true)]
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
        {
            if let Some(index) = values.iter().position(|value| !(0..=1).contains(value)) {
                return Err(attributes.bad(attribute, index, &values[index].to_string(), "0 or 1"));
            }
        }
        Ok(nodes)
    }

    fn len(&self) -> usize {
        self.trees.len()
    }

    /// The trees, and where each node is. A tree's nodes stand together, its root first.
    fn trees(&self) -> Result<(Vec<Tree>, Found), OnnxError> {
        let mut found = Found::default();
        let (mut trees, mut started) = (Vec::new(), FxHashSet::default());
        let mut start = 0;
        while start < self.len() {
            let id = self.trees[start];
            if !started.insert(id) {
                return Err(OnnxError::ScatteredTree { tree: id });
            }
            let length = self.trees[start..].iter().take_while(|tree| **tree == id).count();
            for (index, &node) in self.nodes[start..start + length].iter().enumerate() {
                if found.insert((id, node), (trees.len() as u32, index as u32)).is_some() {
                    return Err(OnnxError::RepeatedNode { tree: id, node });
                }
            }
            trees.push(self.tree(start, length, &found)?);
            start += length;
        }
        Ok((trees, found))
    }

    fn tree(&self, start: usize, length: usize, found: &Found) -> Result<Tree, OnnxError> {
        let mut built = Tree::with_capacity(length);
        for index in start..start + length {
            let (tree, node, mode) = (self.trees[index], self.nodes[index], self.modes[index]);
            let place = (index - start) as u32;
            if mode == "LEAF" {
                built.push_leaf(place);
                continue;
            }
            let known = Mode::of_name(mode);
            let unknown = || OnnxError::Mode { tree, node, mode: super::error::shown(mode), why: "" };
            let mode = known.filter(|mode| *mode != Mode::Member).ok_or_else(unknown)?;
            let threshold = mode.threshold(self.values[index], self.width);
            let tracks_true = self.tracks_true.get(index) == Some(&1);
            built.push_split(self.features[index], mode, threshold, tracks_true, place);
            if mode.is_equality() {
                built.equal(&self.values[index..=index], tree, node)?;
            }
            let child = |child: i64| match found.get(&(tree, child)) {
                Some((_, index)) => Ok(i64::from(*index)),
                None => Err(OnnxError::UnknownChild { tree, node, child }),
            };
            built.join(index - start, child(self.if_true[index])?, child(self.if_false[index])?);
        }
        if !self.hitrates.is_empty() {
            built.hitrates = self.hitrates[start..start + length].to_vec();
        }
        Ok(built)
    }
}

/// Targets, and the leaf of each weight.
type Weighed = (Vec<usize>, Vec<(u32, u32)>);

/// Gives the leaves their weights; returns the targets that have some, and the leaves in the order of their weights.
fn weigh(
    attributes: &Attributes<'_>,
    names: &Names,
    width: Width,
    trees: &mut [Tree],
    found: &Found,
    n_targets: usize,
) -> Result<Weighed, OnnxError> {
    for tree in trees.iter_mut() {
        tree.weights = vec![0.0; tree.len() * n_targets];
        tree.listed = vec![false; tree.len() * n_targets];
    }
    let (treeids, nodeids) = (attributes.ints(names.treeids)?, attributes.ints(names.nodeids)?);
    let ids = attributes.ints(names.ids)?;
    let weights = numbers(attributes, names.weights, names.weights_as_tensor, width)?.unwrap_or_default();
    for (attribute, length) in
        [(names.treeids, treeids.len()), (names.nodeids, nodeids.len()), (names.weights, weights.len())]
    {
        attributes.check_length(attribute, length, ids.len())?;
    }
    let (mut has, mut weighed) = (vec![false; n_targets], Vec::with_capacity(ids.len()));
    for (index, &id) in ids.iter().enumerate() {
        let (tree, node) = (treeids[index], nodeids[index]);
        let target = usize::try_from(id).ok().filter(|target| *target < n_targets);
        let target = target.ok_or_else(|| attributes.bad(names.ids, index, &id.to_string(), "a class or target"))?;
        let wrong = |what| OnnxError::Weight { tree, node, what };
        let &(t, at) = found.get(&(tree, node)).ok_or_else(|| wrong("a weight for a node that is not there"))?;
        let (tree, at) = (&mut trees[t as usize], at as usize);
        if tree.raw.children_left[at] != -1 {
            return Err(wrong("a weight for a split, expected leaves only"));
        }
        if !weights[index].is_finite() {
            return Err(wrong("a weight that is not a finite number"));
        }
        if std::mem::replace(&mut tree.listed[at * n_targets + target], true) {
            return Err(wrong("a second weight for the same class or target"));
        }
        tree.weights[at * n_targets + target] = weights[index];
        has[target] = true;
        weighed.push((t, at as u32));
    }
    Ok(((0..n_targets).filter(|&target| has[target]).collect(), weighed))
}
