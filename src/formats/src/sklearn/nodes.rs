//! The arrays of a file, checked for type, shape and what their entries may be.

use std::ops::Range;

use super::arrays::Arrays;
use super::categories::CategorySets;
use super::error::SklearnError;
use super::header::Header;
use secateur_forest::MissingDirection;

/// All arrays that a file may have.
const KNOWN: [&str; 17] = [
    "base",
    "bin_threshold",
    "children_left",
    "children_right",
    "feature",
    "gain",
    "impurity",
    "is_categorical",
    "known_categories",
    "left_categories",
    "left_category_bins",
    "missing_go_to_left",
    "n_node_samples",
    "node_count",
    "threshold",
    "value",
    "weighted_n_node_samples",
];

/// The nodes of all trees, one entry per node where nothing else is said. Arrays that are not there are empty.
pub(super) struct Nodes {
    /// The nodes of each tree.
    pub(super) trees: Vec<Range<usize>>,
    pub(super) children: [Vec<i32>; 2],
    pub(super) feature: Vec<i32>,
    pub(super) threshold: Vec<f64>,
    /// Row-major, `columns` entries per node.
    pub(super) value: Vec<f64>,
    pub(super) columns: usize,
    pub(super) missing: Vec<MissingDirection>,
    pub(super) counts: Vec<u64>,
    pub(super) weights: Vec<f64>,
    pub(super) impurities: Vec<f64>,
    pub(super) gains: Vec<f64>,
    pub(super) bins: Vec<u8>,
    pub(super) categories: CategorySets,
    /// The score before the first tree.
    pub(super) base: Vec<f64>,
}

impl Nodes {
    /// Reads the arrays. O(bytes): nothing is allocated that the file does not hold.
    pub(super) fn of(arrays: &Arrays<'_>, header: &Header, columns: usize, base: usize) -> Result<Self, SklearnError> {
        if let Some(name) = arrays.names().find(|name| !KNOWN.contains(name)) {
            return Err(SklearnError::UnknownArray { array: crate::lightgbm::shown(name) });
        }
        if base == 0 && arrays.has("base") {
            return Err(SklearnError::UnknownArray { array: "base".into() });
        }
        let nodes = match arrays.shape("children_left")? {
            [nodes] => *nodes,
            shape => {
                let (found, expected) = (format!("{shape:?}"), "of one axis".to_owned());
                return Err(SklearnError::Array { array: "children_left", found, expected });
            }
        };
        let all = &[nodes][..];
        let trees = trees(arrays, nodes)?;
        let at = |node: usize| place(&trees, node);
        let f64s = |array| if arrays.has(array) { arrays.f64s(array, all) } else { Ok(Vec::new()) };
        let u8s = |array| if arrays.has(array) { arrays.u8s(array, all) } else { Ok(Vec::new()) };
        let finite = |array, list: Vec<f64>| check(at, array, list, |entry| entry.is_finite(), "a finite number");
        let children = [arrays.i32s("children_left", all)?, arrays.i32s("children_right", all)?];
        let feature = arrays.i32s("feature", all)?;
        let counts = if arrays.has("n_node_samples") { arrays.i64s("n_node_samples", all)? } else { Vec::new() };
        let counts = check(at, "n_node_samples", counts, |count| *count >= 0, "a number of examples")?;
        let weights = finite("weighted_n_node_samples", f64s("weighted_n_node_samples")?)?;
        let weights = check(at, "weighted_n_node_samples", weights, |weight| *weight >= 0.0, "a weight >= 0")?;
        let missing = check(at, "missing_go_to_left", u8s("missing_go_to_left")?, |entry| *entry < 2, "0 or 1")?;
        let toward = |left| if left == 1 { MissingDirection::Left } else { MissingDirection::Right };
        let missing: Vec<_> = missing.into_iter().map(toward).collect();
        let marks = u8s("is_categorical")?;
        let is_split = |node: &usize| children[0][*node] != -1;
        let marks = (0..marks.len()).map(|node| if is_split(&node) { marks[node] } else { 0 }).collect::<Vec<_>>();
        let categories = CategorySets::of(arrays, header, &marks, &feature, &missing, at)?;
        Ok(Self {
            threshold: arrays.f64s("threshold", all)?,
            value: arrays.f64s("value", &[nodes, columns])?,
            impurities: finite("impurity", f64s("impurity")?)?,
            gains: finite("gain", f64s("gain")?)?,
            base: if base == 0 { Vec::new() } else { arrays.f64s("base", &[base])? },
            counts: counts.into_iter().map(i64::unsigned_abs).collect(),
            categories,
            missing,
            bins: u8s("bin_threshold")?,
            trees,
            children,
            feature,
            columns,
            weights,
        })
    }

    /// The tree of a node, and its number there.
    pub(super) fn place(&self, node: usize) -> (usize, usize) {
        place(&self.trees, node)
    }

    pub(super) fn is_leaf(&self, node: usize) -> bool {
        self.children[0][node] == -1
    }
}

/// The nodes of each tree: consecutive, and all of them.
fn trees(arrays: &Arrays<'_>, nodes: usize) -> Result<Vec<Range<usize>>, SklearnError> {
    let shape = arrays.shape("node_count")?.to_vec();
    let counts = arrays.i64s("node_count", &[shape.first().copied().unwrap_or_default()])?;
    let mut start = 0;
    let mut trees = Vec::with_capacity(counts.len());
    for (tree, found) in counts.into_iter().enumerate() {
        let left = nodes - start;
        let count = usize::try_from(found).ok().filter(|count| (1..=left).contains(count));
        let count = count.ok_or(SklearnError::NodeCount { tree, found, nodes: left })?;
        trees.push(start..start + count);
        start += count;
    }
    if start < nodes { Err(SklearnError::NodesLeft { nodes: nodes - start }) } else { Ok(trees) }
}

/// The tree of a node, and the node's number there.
fn place(trees: &[Range<usize>], node: usize) -> (usize, usize) {
    let tree = trees.partition_point(|nodes| nodes.end <= node);
    (tree, node - trees[tree].start)
}

/// Refuses entries that cannot be.
fn check<T: std::fmt::Display>(
    at: impl Fn(usize) -> (usize, usize),
    array: &'static str,
    list: Vec<T>,
    holds: impl Fn(&T) -> bool,
    expected: &'static str,
) -> Result<Vec<T>, SklearnError> {
    match list.iter().position(|entry| !holds(entry)) {
        Some(index) => {
            let (tree, node) = at(index);
            Err(SklearnError::Value { tree, node, array, found: list[index].to_string(), expected })
        }
        None => Ok(list),
    }
}
