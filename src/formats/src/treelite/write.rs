//! From a forest to a checkpoint.

use std::ops::Range;

use super::bytes::{Bytes, Field};
use super::error::WriteError;
use super::outputs::Outputs;
use crate::threshold::{double, single};
use secateur_forest::{Forest, MissingDirection, Precision};

/// The version of the format that is written: that of treelite 4.0, which all later ones read.
const VERSION: [i32; 3] = [4, 0, 0];

/// What split nodes and leaves are called.
const LEAF: i8 = 0;
const NUMERICAL: i8 = 1;
const CATEGORICAL: i8 = 2;

/// The largest category that rows of single precision can name.
const LARGEST_IN_SINGLE: u32 = 1 << 24;

/// The comparisons `none` and `<=`.
const NO_OPERATOR: i8 = 0;
const AT_MOST: i8 = 3;

/// Values up to this size are zeros where a split counts zeros as missing.
const ZERO: f64 = 1e-35f32 as f64;

/// How thresholds and values of leaves are kept, and what rows the model takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Numbers {
    /// In doubles: exact. Rows are doubles. Thresholds of forests that round values first are moved to where rounding
    /// parts them, so that every row ends where the forest sends it, rounded or not.
    #[default]
    Double,
    /// In single precision: half the size. Rows are of single precision, and end where the forest sends them. Values of
    /// leaves are rounded.
    Single,
}

/// How a forest is written, and what is known of its nodes: one entry per node, empty where nothing is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// How numbers are kept.
    pub numbers: Numbers,
    /// What each split was worth to the trainer.
    pub gains: &'a [f64],
    /// Number of training examples at each node.
    pub counts: &'a [u64],
    /// Sum of second derivatives, or the weight of examples, at each node.
    pub weights: &'a [f64],
}

/// Writes a forest as a checkpoint of treelite, version 4.
///
/// Classification by added scores has the sigmoid or softmax for postprocessor; averaged and voting forests have
/// fractions in their leaves. Names of features and classes are not part of the format. Where the forest refuses
/// missing values, treelite sends them right. Where zeros count as missing, they are put on their side of the
/// threshold. Splits on categories take whole numbers: treelite and the forest part ways on fractions between -1 and 0.
///
/// # Errors
/// [`WriteError`] if records are of another forest, or the format cannot say something.
///
/// # Complexity
/// O(nodes x classes) time and memory.
///
/// ```
/// # use secateur_forest::{Aggregation, Forest, Precision, RawForest, RawTree, Task};
/// use secateur_formats::treelite;
///
/// # let tree = RawTree {
/// #     feature: vec![0, -1, -1],
/// #     threshold: vec![0.5, 0.0, 0.0],
/// #     children_left: vec![1, -1, -1],
/// #     children_right: vec![2, -1, -1],
/// #     missing: vec![],
/// #     value: vec![1.5, 1.0, 2.0],
/// #     ..RawTree::default()
/// # };
/// # let (task, precision, aggregation) = (Task::Regression, Precision::F64, Aggregation::Mean);
/// # let raw = RawForest { task, n_features: 1, precision, aggregation, base: vec![], trees: vec![tree] };
/// # let forest = Forest::new(raw)?;
/// // `treelite.Model.deserialize_bytes` in Python loads these bytes.
/// let checkpoint = treelite::write(&forest, treelite::Options::default())?;
/// assert_eq!(checkpoint[..4], 4i32.to_le_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(forest: &Forest, options: Options<'_>) -> Result<Vec<u8>, WriteError> {
    let outputs = Outputs::of(forest);
    check(forest, &outputs, options)?;
    match options.numbers {
        Numbers::Double => Writer::<f64> { forest, outputs, options, number: |_, value| Ok(value) }.write(),
        Numbers::Single => {
            let number = |node, value: f64| match value as f32 {
                rounded if rounded.is_finite() => Ok(rounded),
                _ => Err(WriteError::BeyondSingle { node, value }),
            };
            Writer::<f32> { forest, outputs, options, number }.write()
        }
    }
}

fn check(forest: &Forest, outputs: &Outputs<'_>, options: Options<'_>) -> Result<(), WriteError> {
    let limit = i32::MAX as usize;
    let largest = (0..forest.n_trees()).map(|tree| forest.tree(tree).len()).max().unwrap_or_default();
    let sizes = [("features", forest.n_features()), ("classes", outputs.classes), ("nodes of a tree", largest)];
    if let Some(&(what, found)) = sizes.iter().find(|(_, found)| *found > limit) {
        return Err(WriteError::TooLarge { what, found, limit });
    }
    let expected = forest.n_nodes();
    let records =
        [("gains", options.gains.len()), ("counts", options.counts.len()), ("weights", options.weights.len())];
    match records.into_iter().find(|(_, found)| *found != 0 && *found != expected) {
        Some((what, found)) => Err(WriteError::Length { what, found, expected }),
        None => Ok(()),
    }
}

/// A number of a file: of single or double precision.
trait Number: Field {
    /// treelite's name of the type.
    const TYPE: u8;
    const ZERO: Self;

    /// A threshold for rows of this precision.
    fn threshold(threshold: f64, precision: Precision) -> Self;
}

impl Number for f64 {
    const TYPE: u8 = 3;
    const ZERO: Self = 0.0;

    fn threshold(threshold: f64, precision: Precision) -> Self {
        match precision {
            Precision::F64 => threshold,
            Precision::F32 => double(threshold),
        }
    }
}

impl Number for f32 {
    const TYPE: u8 = 2;
    const ZERO: Self = 0.0;

    fn threshold(threshold: f64, _: Precision) -> Self {
        single(threshold)
    }
}

struct Writer<'a, T> {
    forest: &'a Forest,
    outputs: Outputs<'a>,
    options: Options<'a>,
    /// The value of a node in this precision.
    number: fn(usize, f64) -> Result<T, WriteError>,
}

impl<T: Number> Writer<'_, T> {
    fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Bytes::default();
        self.header(&mut bytes);
        for tree in 0..self.forest.n_trees() {
            self.tree(&mut bytes, tree)?;
        }
        Ok(bytes.0)
    }

    fn header(&self, bytes: &mut Bytes) {
        let Self { forest, outputs, .. } = self;
        let (trees, classes) = (forest.n_trees(), outputs.classes as i32);
        VERSION.into_iter().for_each(|part| bytes.scalar(part));
        bytes.scalar(T::TYPE);
        bytes.scalar(T::TYPE);
        bytes.scalar(trees as u64);
        bytes.scalar(forest.n_features() as i32);
        bytes.scalar(outputs.task as u8);
        bytes.scalar(outputs.are_averaged());
        bytes.scalar(1i32); // one target
        bytes.array([classes].into_iter());
        bytes.array([1, if outputs.in_turn { 1 } else { classes }].into_iter());
        bytes.array((0..trees).map(|_| 0i32));
        bytes.array((0..trees).map(|tree| outputs.class(tree)));
        bytes.text(outputs.postprocessor);
        bytes.scalar(1.0f32); // the factor in the sigmoid
        bytes.scalar(1.0f32); // a parameter of another postprocessor
        bytes.array(outputs.base().into_iter());
        bytes.text("{}");
        bytes.scalar(0i32);
    }

    fn tree(&self, bytes: &mut Bytes, tree: usize) -> Result<(), WriteError> {
        let forest = self.forest;
        let nodes = forest.tree(tree);
        let child = |node: usize, side: usize| {
            forest.children(node).map_or(-1, |children| (children[side] - nodes.start) as i32)
        };
        let kind = |node: usize| match forest.categories(node) {
            Some(_) => CATEGORICAL,
            None if forest.is_leaf(node) => LEAF,
            None => NUMERICAL,
        };
        let thresholds = nodes.clone().map(|node| self.threshold(tree, node)).collect::<Result<Vec<_>, _>>()?;
        bytes.scalar(nodes.len() as i32);
        bytes.scalar(nodes.clone().any(|node| forest.categories(node).is_some()));
        bytes.array(nodes.clone().map(kind));
        bytes.array(nodes.clone().map(|node| child(node, 0)));
        bytes.array(nodes.clone().map(|node| child(node, 1)));
        bytes.array(nodes.clone().map(|node| forest.feature(node).map_or(-1, |feature| feature as i32)));
        bytes.array(nodes.clone().map(|node| forest.missing(node).is_left() == Some(true)));
        self.leaves(bytes, tree, &thresholds)?;
        self.categories(bytes, tree)?;
        records(bytes, self.options.counts, nodes.clone(), |_| true);
        records(bytes, self.options.weights, nodes.clone(), |_| true);
        records(bytes, self.options.gains, nodes, |node| !forest.is_leaf(node));
        bytes.scalar(0i32);
        bytes.scalar(0i32);
        Ok(())
    }

    /// Values of leaves, thresholds, comparisons, and lists of values: the fields of the format in between.
    fn leaves(&self, bytes: &mut Bytes, tree: usize, thresholds: &[T]) -> Result<(), WriteError> {
        let forest = self.forest;
        let nodes = forest.tree(tree);
        let (mut values, mut lists, mut ends) = (Vec::new(), Vec::new(), vec![0u64]);
        for node in nodes.clone() {
            let mut value = T::ZERO;
            if forest.is_leaf(node) {
                let leaf = self.outputs.leaf(tree, node);
                let leaf = leaf.into_iter().map(|entry| (self.number)(node, entry)).collect::<Result<Vec<_>, _>>()?;
                if self.outputs.in_turn { value = leaf[0] } else { lists.extend(leaf) }
            }
            values.push(value);
            ends.push(lists.len() as u64);
        }
        bytes.array(values.into_iter());
        bytes.array(thresholds.iter().copied());
        let is_compared = |node: usize| !forest.is_leaf(node) && forest.categories(node).is_none();
        bytes.array(nodes.clone().map(|node| if is_compared(node) { AT_MOST } else { NO_OPERATOR }));
        // Whether the list of categories is of the right child.
        bytes.array(nodes.map(|node| forest.categories(node).is_some_and(|split| !split.members_left())));
        bytes.array(lists.into_iter());
        bytes.array(ends[..ends.len() - 1].iter().copied());
        bytes.array(ends[1..].iter().copied());
        Ok(())
    }

    /// Lists of categories, and where those of each node begin and end.
    fn categories(&self, bytes: &mut Bytes, tree: usize) -> Result<(), WriteError> {
        let nodes = self.forest.tree(tree);
        let (mut members, mut ends) = (Vec::new(), vec![0u64]);
        for node in nodes {
            if let Some(split) = self.forest.categories(node) {
                let beyond = split.members().last().filter(|last| **last > LARGEST_IN_SINGLE);
                if let (Numbers::Single, Some(&category)) = (self.options.numbers, beyond) {
                    return Err(WriteError::Category { tree, node, category });
                }
                members.extend_from_slice(split.members());
            }
            ends.push(members.len() as u64);
        }
        bytes.array(members.into_iter());
        bytes.array(ends[..ends.len() - 1].iter().copied());
        bytes.array(ends[1..].iter().copied());
        Ok(())
    }

    fn threshold(&self, tree: usize, node: usize) -> Result<T, WriteError> {
        if self.forest.is_leaf(node) || self.forest.categories(node).is_some() {
            return Ok(T::ZERO);
        }
        let threshold = self.forest.threshold(node);
        let apart = || WriteError::ZeroApart { tree, node };
        let threshold = match self.forest.missing(node) {
            // Zeros join the numbers below the threshold, or those above.
            MissingDirection::ZeroLeft if threshold >= (-ZERO).next_down() => threshold.max(ZERO),
            MissingDirection::ZeroRight if threshold <= ZERO => threshold.min((-ZERO).next_down()),
            MissingDirection::ZeroLeft | MissingDirection::ZeroRight => return Err(apart()),
            _ => threshold,
        };
        Ok(T::threshold(threshold, self.forest.precision()))
    }
}

/// An array of what is known of nodes, and one of whether it is known.
fn records<T: Field + Default>(bytes: &mut Bytes, all: &[T], nodes: Range<usize>, known: impl Fn(usize) -> bool) {
    let nodes = if all.is_empty() { 0..0 } else { nodes };
    bytes.array(nodes.clone().map(|node| if known(node) { all[node] } else { T::default() }));
    bytes.array(nodes.map(known));
}
