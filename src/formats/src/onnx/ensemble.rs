//! A tree ensemble of either form, its numbers still as the file has them.

use secateur_forest::{MissingDirection, RawTree};
use serde::{Deserialize, Serialize};

use super::categories;
use super::error::OnnxError;

/// Weights may need this many times the bytes of the file.
const MAX_RATIO: usize = 200;

/// Weights may need this many bytes whatever the ratio.
const MIN_BYTES: usize = 64 << 20;

/// How a split compares a value with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// `x <= t`, as a forest compares.
    Leq,
    /// `x < t`.
    Lt,
    /// `x >= t`.
    Gte,
    /// `x > t`.
    Gt,
    /// `x == t`: a split on one category.
    Eq,
    /// `x != t`: a split on one category, whose true branch is that of all others.
    Neq,
    /// `x` is one of several numbers: a split on categories.
    Member,
}

const MODES: [Mode; 7] = [Mode::Leq, Mode::Lt, Mode::Gte, Mode::Gt, Mode::Eq, Mode::Neq, Mode::Member];

impl Mode {
    /// The name in `nodes_modes` of the first form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Leq => "BRANCH_LEQ",
            Mode::Lt => "BRANCH_LT",
            Mode::Gte => "BRANCH_GTE",
            Mode::Gt => "BRANCH_GT",
            Mode::Eq => "BRANCH_EQ",
            Mode::Neq => "BRANCH_NEQ",
            Mode::Member => "BRANCH_MEMBER",
        }
    }

    /// The number in `nodes_modes` of `TreeEnsemble`.
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        MODES.into_iter().find(|mode| mode.name() == name)
    }

    pub(super) fn of_number(number: i64) -> Option<Self> {
        MODES.into_iter().find(|mode| i64::from(mode.number()) == number)
    }

    /// Whether it compares for equality.
    pub(super) fn is_equality(self) -> bool {
        matches!(self, Mode::Eq | Mode::Neq | Mode::Member)
    }

    /// Whether the branch taken where the comparison holds is a forest's right child.
    pub(super) fn is_turned(self) -> bool {
        matches!(self, Mode::Gte | Mode::Gt)
    }

    /// The forest's threshold for a file's: `x <= threshold` says what the mode says of `t`, or the opposite where it
    /// [is turned](Mode::is_turned). Exact for all values of the precision that `t` has.
    pub(super) fn threshold(self, t: f64, precision: Width) -> f64 {
        match self {
            Mode::Lt | Mode::Gte => precision.next_down(t),
            _ => t,
        }
    }

    /// The file's threshold for a forest's: the inverse of [`Mode::threshold`], but that a zero is positive. The forest
    /// keeps infinite thresholds as the largest numbers.
    pub(super) fn split(self, threshold: f64, precision: Width) -> f64 {
        let threshold = match threshold {
            f64::MAX => f64::INFINITY,
            f64::MIN => f64::NEG_INFINITY,
            finite => precision.floor(finite),
        };
        match self {
            Mode::Lt | Mode::Gte if threshold == f64::NEG_INFINITY => threshold,
            Mode::Lt | Mode::Gte => precision.next_up(threshold) + 0.0,
            _ => threshold,
        }
    }
}

/// The precision in which an ensemble holds its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Width {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Width {
    /// The largest number of this precision below `t`, which is one of this precision.
    fn next_down(self, t: f64) -> f64 {
        match self {
            Width::F32 => f64::from((t as f32).next_down()),
            Width::F64 => t.next_down(),
        }
    }

    /// The least number of this precision above `t`, which is one of this precision.
    fn next_up(self, t: f64) -> f64 {
        match self {
            Width::F32 => f64::from((t as f32).next_up()),
            Width::F64 => t.next_up(),
        }
    }

    /// The largest number of this precision that is not above `t`: no value of this precision lies between them.
    pub(super) fn floor(self, t: f64) -> f64 {
        let Width::F32 = self else { return t };
        let near = t as f32;
        f64::from(if f64::from(near) > t { near.next_down() } else { near })
    }

    /// The number of this precision next to `value`.
    pub(super) fn round(self, value: f64) -> f64 {
        match self {
            Width::F32 => f64::from(value as f32),
            Width::F64 => value,
        }
    }
}

/// How trees are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregate {
    /// Weights are added.
    Sum,
    /// Their sum is divided by the number of trees.
    Average,
}

/// What is done to the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PostTransform {
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

/// The operator that an ensemble is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnsembleKind {
    /// `TreeEnsembleClassifier`.
    Classifier,
    /// `TreeEnsembleRegressor`.
    Regressor,
    /// `TreeEnsemble`, which replaces both from version 5 on.
    TreeEnsemble,
}

/// One tree, its nodes in the order of the file.
pub(super) struct Tree {
    /// All but the values; thresholds and children are the forest's.
    pub(super) raw: RawTree,
    /// Of every node; of leaves without meaning.
    pub(super) modes: Vec<Mode>,
    /// Of every node, or empty.
    pub(super) hitrates: Vec<f64>,
    /// Where each node stands in the file's arrays, among the splits or the leaves if those have arrays of their own.
    pub(super) places: Vec<u32>,
    /// Row-major `(n_nodes, n_targets)`, zero where the file says nothing.
    pub(super) weights: Vec<f64>,
    /// Which weights the file has.
    pub(super) listed: Vec<bool>,
}

impl Tree {
    /// An empty tree, with room for so many nodes.
    pub(super) fn with_capacity(nodes: usize) -> Self {
        let raw = RawTree {
            feature: Vec::with_capacity(nodes),
            threshold: Vec::with_capacity(nodes),
            children_left: Vec::with_capacity(nodes),
            children_right: Vec::with_capacity(nodes),
            missing: Vec::with_capacity(nodes),
            ..RawTree::default()
        };
        let (modes, places) = (Vec::with_capacity(nodes), Vec::with_capacity(nodes));
        Self { raw, modes, hitrates: Vec::new(), places, weights: Vec::new(), listed: Vec::new() }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.raw.feature.len()
    }

    /// Adds a leaf.
    pub(super) fn push_leaf(&mut self, place: u32) {
        self.push(-1, Mode::Leq, 0.0, MissingDirection::Refuse, place);
    }

    /// Adds a split, its children still to be [joined](Tree::join): a feature, a mode with its threshold, and whether
    /// missing values take the branch of the true comparison.
    pub(super) fn push_split(&mut self, feature: i64, mode: Mode, threshold: f64, tracks_true: bool, place: u32) {
        let left = tracks_true != mode.is_turned();
        let missing = if left { MissingDirection::Left } else { MissingDirection::Right };
        self.push(feature, mode, threshold, missing, place);
    }

    fn push(&mut self, feature: i64, mode: Mode, threshold: f64, missing: MissingDirection, place: u32) {
        self.raw.feature.push(feature);
        self.raw.threshold.push(threshold);
        self.raw.children_left.push(-1);
        self.raw.children_right.push(-1);
        self.raw.missing.push(missing);
        self.modes.push(mode);
        self.places.push(place);
    }

    /// Makes the last split one on these numbers, which its threshold then is none of.
    ///
    /// # Errors
    /// [`OnnxError::Mode`] if one is not whole; also for a split on inequality that sends missing values to its false
    /// branch: ONNX's text says that it can, and ONNX Runtime does not.
    pub(super) fn equal(&mut self, members: &[f64], tree: i64, node: i64) -> Result<(), OnnxError> {
        let last = self.len() - 1;
        let mode = self.modes[last];
        let refused = |why| OnnxError::Mode { tree, node, mode: mode.name().to_owned(), why };
        if mode == Mode::Neq && self.raw.missing[last] == MissingDirection::Right {
            return Err(refused(" where missing values take the false branch, which runtimes do not do"));
        }
        let split = categories::split(mode, members);
        let split = split.ok_or_else(|| refused(" with numbers that are no whole numbers from 0 to 2^32 - 1"))?;
        self.raw.threshold[last] = 0.0;
        self.raw.categories.insert(last as u32, split);
        Ok(())
    }

    /// Gives a split its children.
    pub(super) fn join(&mut self, node: usize, if_true: i64, if_false: i64) {
        let turned = self.modes[node].is_turned();
        let (left, right) = if turned { (if_false, if_true) } else { (if_true, if_false) };
        (self.raw.children_left[node], self.raw.children_right[node]) = (left, right);
    }
}

/// An ensemble.
pub(super) struct Ensemble {
    pub(super) kind: EnsembleKind,
    pub(super) width: Width,
    pub(super) aggregate: Aggregate,
    pub(super) post_transform: PostTransform,
    pub(super) n_targets: usize,
    /// Targets that some leaf has a weight for, ascending.
    pub(super) targets: Vec<usize>,
    /// Sums before the first tree; empty if there are none.
    pub(super) base: Vec<f64>,
    /// Names of classes, as a classifier has them.
    pub(super) labels: Vec<String>,
    /// Whether the labels are integers.
    pub(super) integer_labels: bool,
    /// Tree and place of the leaf of each weight, in the file's order of weights; empty where leaves have an order of
    /// their own.
    pub(super) weighed: Vec<(u32, u32)>,
    pub(super) trees: Vec<Tree>,
}

impl Ensemble {
    /// Number of nodes of all trees.
    pub(super) fn n_nodes(&self) -> usize {
        self.trees.iter().map(Tree::len).sum()
    }

    /// The weights of all leaves, those that the file has.
    pub(super) fn listed_weights(&self) -> impl Iterator<Item = f64> + '_ {
        let of = |tree: &Tree| std::iter::zip(tree.weights.clone(), tree.listed.clone());
        self.trees.iter().flat_map(of).filter(|(_, listed)| *listed).map(|(weight, _)| weight)
    }
}

/// That the weights of so many nodes take no more memory than a file of this size may.
pub(super) fn check_size(nodes: usize, n_targets: usize, bytes: usize) -> Result<(), OnnxError> {
    let found = nodes.saturating_mul(n_targets).saturating_mul(size_of::<f64>());
    let limit = bytes.saturating_mul(MAX_RATIO).max(MIN_BYTES);
    if found > limit {
        return Err(OnnxError::TooLarge { what: "weights", found, limit });
    }
    Ok(())
}
