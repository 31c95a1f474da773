//! `TreeEnsemble`, version 5 of `ai.onnx.ml`: splits and leaves in lists of their own, children and roots by index.

use super::attributes::Attributes;
use super::ensemble::{Aggregate, Ensemble, EnsembleKind, Mode, PostTransform, Tree, Width, check_size};
use super::error::OnnxError;
use super::proto::{NodeProto, data_type};
use super::tensor::Tensor;
use super::three::of_width;

/// All attributes.
const KNOWN: [&str; 16] = [
    "aggregate_function",
    "leaf_targetids",
    "leaf_weights",
    "membership_values",
    "n_targets",
    "nodes_falseleafs",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_truenodeids",
    "post_transform",
    "tree_roots",
];

/// Reads an ensemble of a model of `bytes` bytes, whose input is compared in the precision `width`.
///
/// # Errors
/// [`OnnxError`] names the attribute, or the index of the split or leaf.
///
/// # Complexity
/// O(nodes x targets) time and memory.
pub(super) fn read(node: &NodeProto, width: Width, bytes: usize) -> Result<Ensemble, OnnxError> {
    let attributes = Attributes::of(node, &KNOWN)?;
    let lists = Lists::of(&attributes, width)?;
    let found = attributes.int("n_targets", 0)?;
    let n_targets = usize::try_from(found).ok().filter(|targets| *targets > 0);
    let n_targets = n_targets.ok_or_else(|| attributes.bad("n_targets", 0, &found.to_string(), "at least 1"))?;
    let roots = attributes.ints("tree_roots")?;
    // Every split has two children, every tree a root.
    let most = lists.features.len().saturating_mul(2).saturating_add(roots.len());
    check_size(most, n_targets, bytes)?;
    let mut seen = Seen { splits: vec![false; lists.features.len()], leaves: vec![false; lists.targets.len()] };
    let mut trees = Vec::with_capacity(roots.len());
    for (tree, &root) in roots.iter().enumerate() {
        let range = usize::try_from(root).ok().filter(|root| *root < lists.features.len());
        let root =
            range.ok_or_else(|| attributes.bad("tree_roots", tree, &root.to_string(), "the index of a split"))?;
        trees.push(lists.tree(tree, root, n_targets, &mut seen)?);
    }
    seen.check()?;
    let targets = lists.targets_with_weights(n_targets);
    let aggregate = match attributes.int("aggregate_function", 1)? {
        0 => Aggregate::Average,
        1 => Aggregate::Sum,
        other => {
            return Err(attributes.bad("aggregate_function", 0, &other.to_string(), "0 (AVERAGE) or 1 (SUM)"));
        }
    };
    Ok(Ensemble {
        kind: EnsembleKind::TreeEnsemble,
        width,
        aggregate,
        post_transform: post_transform(&attributes)?,
        n_targets,
        targets,
        base: Vec::new(),
        labels: Vec::new(),
        integer_labels: false,
        weighed: Vec::new(),
        trees,
    })
}

fn post_transform(attributes: &Attributes<'_>) -> Result<PostTransform, OnnxError> {
    match attributes.int("post_transform", 0)? {
        0 => Ok(PostTransform::None),
        3 => Ok(PostTransform::SoftmaxZero),
        4 => Ok(PostTransform::Probit),
        other => {
            Err(attributes.bad("post_transform", 0, &other.to_string(), "0: ONNX's text and runtimes exchange 1 and 2"))
        }
    }
}

/// The lists of splits, all of one length, and of leaves.
struct Lists<'a> {
    features: &'a [i64],
    modes: Vec<i64>,
    splits: Vec<f64>,
    if_true: &'a [i64],
    true_is_leaf: &'a [i64],
    if_false: &'a [i64],
    false_is_leaf: &'a [i64],
    /// Empty if they are not there.
    tracks_true: &'a [i64],
    /// Empty if they are not there.
    hitrates: Vec<f64>,
    targets: Vec<usize>,
    weights: Vec<f64>,
    /// Where the members of each split begin, and those of the last end.
    sets: Vec<u32>,
    members: Vec<f64>,
    width: Width,
}

/// Which splits and leaves some tree has.
struct Seen {
    splits: Vec<bool>,
    leaves: Vec<bool>,
}

impl Seen {
    fn check(&self) -> Result<(), OnnxError> {
        for (array, seen) in [("nodes_splits", &self.splits), ("leaf_weights", &self.leaves)] {
            if let Some(index) = seen.iter().position(|seen| !seen) {
                return Err(OnnxError::Reach { array, index, what: "not reachable from a root" });
            }
        }
        Ok(())
    }
}

impl<'a> Lists<'a> {
    fn of(attributes: &Attributes<'a>, width: Width) -> Result<Self, OnnxError> {
        let numbers = |name: &'static str| match attributes.tensor(name)? {
            Some(tensor) => of_width(attributes, name, tensor, width).map(Some),
            None => Ok(None),
        };
        let required = |name: &'static str| {
            let missing = || OnnxError::MissingAttribute { operator: attributes.operator.clone(), attribute: name };
            numbers(name)?.ok_or_else(missing)
        };
        let target_ids = attributes.ints("leaf_targetids")?;
        let n_targets = attributes.int("n_targets", 0)?;
        let target = |(index, &id): (usize, &i64)| match usize::try_from(id) {
            Ok(target) if id < n_targets => Ok(target),
            _ => Err(attributes.bad("leaf_targetids", index, &id.to_string(), "a target")),
        };
        let lists = Self {
            features: attributes.ints("nodes_featureids")?,
            modes: modes(attributes)?,
            splits: required("nodes_splits")?,
            if_true: attributes.ints("nodes_truenodeids")?,
            true_is_leaf: attributes.ints("nodes_trueleafs")?,
            if_false: attributes.ints("nodes_falsenodeids")?,
            false_is_leaf: attributes.ints("nodes_falseleafs")?,
            tracks_true: attributes.ints("nodes_missing_value_tracks_true")?,
            hitrates: hitrates(attributes)?,
            targets: target_ids.iter().enumerate().map(target).collect::<Result<_, _>>()?,
            weights: required("leaf_weights")?,
            sets: Vec::new(),
            members: Vec::new(),
            width,
        };
        lists.check(attributes)?;
        let members = numbers("membership_values")?.unwrap_or_default();
        let (sets, members) = sets(&lists.modes, &members).ok_or_else(|| {
            attributes.bad("membership_values", 0, "another number of sets", "one per split of mode BRANCH_MEMBER")
        })?;
        Ok(Self { sets, members, ..lists })
    }

    /// That lists which belong together have one length, and flags are flags.
    fn check(&self, attributes: &Attributes<'_>) -> Result<(), OnnxError> {
        let expected = self.features.len();
        let or_none = |found: usize| if found == 0 { expected } else { found };
        for (attribute, found) in [
            ("nodes_modes", self.modes.len()),
            ("nodes_splits", self.splits.len()),
            ("nodes_truenodeids", self.if_true.len()),
            ("nodes_trueleafs", self.true_is_leaf.len()),
            ("nodes_falsenodeids", self.if_false.len()),
            ("nodes_falseleafs", self.false_is_leaf.len()),
            ("nodes_missing_value_tracks_true", or_none(self.tracks_true.len())),
            ("nodes_hitrates", or_none(self.hitrates.len())),
        ] {
            attributes.check_length(attribute, found, expected)?;
        }
        attributes.check_length("leaf_weights", self.weights.len(), self.targets.len())?;
        for (attribute, flags) in [
            ("nodes_trueleafs", self.true_is_leaf),
            ("nodes_falseleafs", self.false_is_leaf),
            ("nodes_missing_value_tracks_true", self.tracks_true),
        ] {
            if let Some(index) = flags.iter().position(|flag| !(0..=1).contains(flag)) {
                return Err(attributes.bad(attribute, index, &flags[index].to_string(), "0 or 1"));
            }
        }
        if let Some(index) = self.weights.iter().position(|weight| !weight.is_finite()) {
            return Err(attributes.bad("leaf_weights", index, &self.weights[index].to_string(), "a finite number"));
        }
        for (array, found) in [("splits", expected), ("leaves", self.weights.len())] {
            if u32::try_from(found).is_err() {
                return Err(OnnxError::TooLarge { what: array, found, limit: u32::MAX as usize });
            }
        }
        Ok(())
    }

    /// The targets of all leaves, ascending.
    fn targets_with_weights(&self, n_targets: usize) -> Vec<usize> {
        let mut has = vec![false; n_targets];
        self.targets.iter().for_each(|&target| has[target] = true);
        (0..n_targets).filter(|&target| has[target]).collect()
    }

    /// The child of a split, and whether it is a leaf.
    fn child(&self, tree: usize, split: usize, side: bool) -> Result<(usize, bool), OnnxError> {
        let (children, leaves) =
            if side { (self.if_true, self.true_is_leaf) } else { (self.if_false, self.false_is_leaf) };
        let is_leaf = leaves[split] == 1;
        let limit = if is_leaf { self.weights.len() } else { self.features.len() };
        match usize::try_from(children[split]) {
            Ok(child) if child < limit => Ok((child, is_leaf)),
            _ => Err(OnnxError::UnknownChild { tree: tree as i64, node: split as i64, child: children[split] }),
        }
    }

    /// The tree of a root. A root both of whose children are one leaf is that leaf: a tree without splits is written
    /// so.
    fn tree(&self, tree: usize, root: usize, n_targets: usize, seen: &mut Seen) -> Result<Tree, OnnxError> {
        let mut built = Tree::with_capacity(1);
        let both = [self.child(tree, root, true)?, self.child(tree, root, false)?];
        if both[0] == both[1] && both[0].1 {
            if std::mem::replace(&mut seen.splits[root], true) {
                return Err(OnnxError::Reach { array: "nodes_splits", index: root, what: "reached more than once" });
            }
            self.push_leaf(&mut built, both[0].0, n_targets, seen);
            built.hitrates.iter_mut().for_each(|rate| *rate = self.hitrates[root]);
            return Ok(built);
        }
        // Splits and leaves still to be added, each with the split above it and its side.
        let mut waiting = vec![(root, false, None)];
        let mut joined: Vec<[i64; 2]> = Vec::new();
        while let Some((index, is_leaf, above)) = waiting.pop() {
            let node = built.len();
            if let Some((parent, side)) = above {
                let children: &mut [i64; 2] = &mut joined[parent];
                children[usize::from(side)] = node as i64;
            }
            joined.push([-1; 2]);
            if is_leaf {
                self.push_leaf(&mut built, index, n_targets, seen);
                continue;
            }
            if std::mem::replace(&mut seen.splits[index], true) {
                return Err(OnnxError::Reach { array: "nodes_splits", index, what: "reached more than once" });
            }
            self.push_split(&mut built, tree, index, n_targets)?;
            for side in [false, true] {
                let (child, is_leaf) = self.child(tree, index, side)?;
                waiting.push((child, is_leaf, Some((node, side))));
            }
        }
        for (node, &[if_false, if_true]) in joined.iter().enumerate().filter(|(_, children)| children[0] != -1) {
            built.join(node, if_true, if_false);
        }
        Ok(built)
    }

    /// A leaf may be the child of several splits: each has one of its own then.
    fn push_leaf(&self, built: &mut Tree, leaf: usize, n_targets: usize, seen: &mut Seen) {
        seen.leaves[leaf] = true;
        built.push_leaf(leaf as u32);
        built.weights.resize(built.len() * n_targets, 0.0);
        built.listed.resize(built.len() * n_targets, false);
        let at = (built.len() - 1) * n_targets + self.targets[leaf];
        (built.weights[at], built.listed[at]) = (self.weights[leaf], true);
        if !self.hitrates.is_empty() {
            built.hitrates.push(0.0);
        }
    }

    fn push_split(&self, built: &mut Tree, tree: usize, split: usize, n_targets: usize) -> Result<(), OnnxError> {
        let mode = Mode::of_number(self.modes[split]).ok_or_else(|| {
            let mode = self.modes[split].to_string();
            OnnxError::Mode { tree: tree as i64, node: split as i64, mode, why: "" }
        })?;
        let threshold = mode.threshold(self.splits[split], self.width);
        let tracks_true = self.tracks_true.get(split) == Some(&1);
        built.push_split(self.features[split], mode, threshold, tracks_true, split as u32);
        if mode.is_equality() {
            let members = &self.members[self.sets[split] as usize..self.sets[split + 1] as usize];
            let members = if mode == Mode::Member { members } else { &self.splits[split..=split] };
            built.equal(members, tree as i64, split as i64)?;
        }
        built.weights.resize(built.len() * n_targets, 0.0);
        built.listed.resize(built.len() * n_targets, false);
        if let Some(&rate) = self.hitrates.get(split) {
            built.hitrates.push(rate);
        }
        Ok(())
    }
}

/// The hit rates, which are in single precision; none if they are not there.
fn hitrates(attributes: &Attributes<'_>) -> Result<Vec<f64>, OnnxError> {
    match attributes.tensor("nodes_hitrates")? {
        Some(tensor) => of_width(attributes, "nodes_hitrates", tensor, Width::F32),
        None => Ok(Vec::new()),
    }
}

/// The sets of all splits, one after another, and where each begins; `None` if there are more or fewer than splits on
/// sets. A NaN stands between two, and may stand after the last.
fn sets(modes: &[i64], values: &[f64]) -> Option<(Vec<u32>, Vec<f64>)> {
    let ended = values.last().is_none_or(|last| last.is_nan());
    let values = if ended && !values.is_empty() { &values[..values.len() - 1] } else { values };
    let mut sets = values.split(|value| value.is_nan()).filter(|_| !values.is_empty());
    let (mut starts, mut members) = (vec![0], Vec::new());
    for &mode in modes {
        if mode == i64::from(Mode::Member.number()) {
            members.extend_from_slice(sets.next()?);
        }
        starts.push(u32::try_from(members.len()).ok()?);
    }
    sets.next().is_none().then_some((starts, members))
}

/// The modes, a tensor of bytes.
fn modes(attributes: &Attributes<'_>) -> Result<Vec<i64>, OnnxError> {
    match attributes.tensor("nodes_modes")? {
        Some((Tensor::Integers(modes), proto)) if proto.data_type == Some(data_type::UINT8) => Ok(modes),
        Some(_) => Err(attributes.bad("nodes_modes", 0, "of another type", "a tensor of bytes")),
        None => Err(OnnxError::MissingAttribute { operator: attributes.operator.clone(), attribute: "nodes_modes" }),
    }
}
