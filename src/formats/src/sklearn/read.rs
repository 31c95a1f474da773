//! From a file of arrays to a forest.

use std::collections::BTreeMap;

use super::arrays::Arrays;
use super::error::SklearnError;
use super::header::{Family, Header, Meaning, Stated};
use super::nodes::Nodes;
use super::value::Values;
use super::{Imported, Records};
use secateur_forest::{Aggregation, Forest, ForestError, Precision, RawForest, RawTree, preorder};

/// Node values may need this many times the bytes of the file; ordinary models of some hundred classes stay below.
const MAX_RATIO: usize = 200;

/// Node values may need this many bytes whatever the ratio.
const MIN_BYTES: usize = 64 << 20;

/// How far the fractions of a node may sum up to something other than 1.
const FRACTIONS: f64 = 1e-6;

/// Reads a file that `save` of `secateur_sklearn.py` wrote. See the [module](super) for what is taken.
///
/// # Errors
/// [`SklearnError`] names the tree and node, or the array or key.
///
/// # Complexity
/// O(bytes + nodes x classes) time and memory.
pub fn read(bytes: &[u8]) -> Result<Imported, SklearnError> {
    read_model(bytes, None)
}

/// As [`read`], for a model of regression whose scores are not its answers: those of Poisson and gamma losses, or of a
/// loss that is not known.
///
/// # Errors
/// Those of [`read`]; [`SklearnError::Stated`] if the model's own loss is supported.
pub fn read_as(bytes: &[u8], stated: Stated) -> Result<Imported, SklearnError> {
    read_model(bytes, Some(stated))
}

fn read_model(bytes: &[u8], stated: Option<Stated>) -> Result<Imported, SklearnError> {
    let arrays = Arrays::of(bytes)?;
    let (header, task) = Header::of(&arrays.metadata, stated, bytes.len())?;
    let (n_outputs, n_features) = (task.n_outputs(), header.feature_names.len());
    if n_outputs == 0 {
        return Err(ForestError::NoClasses.into());
    }
    let values = Values::new(&header, &task);
    let per_iteration = header.per_iteration(n_outputs);
    let nodes = Nodes::of(&arrays, &header, values.columns(), if values.are_scores() { per_iteration } else { 0 })?;
    check(&nodes, &header, n_outputs, per_iteration, bytes.len())?;

    let mut parts = Parts::default();
    for tree in 0..nodes.trees.len() {
        parts.add(&nodes, values, tree, n_features)?;
    }
    let forest = Forest::new(RawForest {
        task,
        n_features,
        precision: if header.family == Family::Histogram { Precision::F64 } else { Precision::F32 },
        aggregation: if values.are_scores() { Aggregation::Sum } else { Aggregation::Mean },
        base: values.base(&nodes.base),
        trees: parts.trees,
    })?;
    let order = &parts.order;
    let gains = gains(&nodes, order, &forest);
    let rows = order.iter().flat_map(|&node| nodes.value[node * nodes.columns..(node + 1) * nodes.columns].iter());
    let in_preorder = order.iter().enumerate().all(|(place, node)| place == *node);
    let starts = nodes.trees.iter().flat_map(|nodes| std::iter::repeat_n(nodes.start, nodes.len()));
    let records = Records {
        counts: picked(&nodes.counts, order),
        weights: picked(&nodes.weights, order),
        impurities: picked(&nodes.impurities, order),
        values: rows.copied().collect(),
        places: if in_preorder {
            vec![]
        } else {
            order.iter().zip(starts).map(|(node, start)| (node - start) as u32).collect()
        },
        gains: picked(&nodes.gains, order),
        missing_is_recorded: !nodes.missing.is_empty(),
        bins: picked(&nodes.bins, order),
        category_bins: keyed(&nodes.categories.bins, order),
        known_categories: nodes.categories.known.clone(),
        header,
    };
    Ok(Imported { forest, gains, records })
}

/// What is known of the nodes before their trees are looked at.
fn check(
    nodes: &Nodes,
    header: &Header,
    n_outputs: usize,
    per_iteration: usize,
    bytes: usize,
) -> Result<(), SklearnError> {
    let (trees, n_nodes, limit) = (nodes.trees.len(), nodes.feature.len(), u32::MAX as usize - 1);
    if n_nodes > limit {
        return Err(ForestError::TooLarge { what: "nodes", found: n_nodes, limit }.into());
    }
    if n_nodes.saturating_mul(n_outputs) > bytes.saturating_mul(MAX_RATIO).max(MIN_BYTES) / size_of::<f64>() {
        return Err(SklearnError::TooLarge { nodes: n_nodes, classes: n_outputs, bytes });
    }
    if matches!(header.meaning, Meaning::Score { .. }) && trees % per_iteration != 0 {
        return Err(SklearnError::Trees { found: trees, per_iteration });
    }
    if header.meaning != Meaning::Fractions {
        return Ok(());
    }
    if nodes.weights.is_empty() {
        return Err(SklearnError::MissingArray { array: "weighted_n_node_samples" });
    }
    let sums = nodes.value.chunks_exact(n_outputs).map(|row| row.iter().sum::<f64>());
    let Some((index, sum)) = sums.enumerate().find(|(_, sum)| sum.is_nan() || (sum - 1.0).abs() > FRACTIONS) else {
        return Ok(());
    };
    let (tree, node) = nodes.place(index);
    let expected = "fractions that sum up to 1";
    Err(SklearnError::Value { tree, node, array: "value", found: sum.to_string(), expected })
}

/// The trees so far.
#[derive(Default)]
struct Parts {
    trees: Vec<RawTree>,
    /// The node of the file that each node of the forest is.
    order: Vec<usize>,
}

impl Parts {
    fn add(&mut self, nodes: &Nodes, values: Values<'_>, tree: usize, n_features: usize) -> Result<(), SklearnError> {
        let range = nodes.trees[tree].clone();
        let wide = |list: &[i32]| list[range.clone()].iter().map(|entry| i64::from(*entry)).collect();
        let missing = nodes.missing.get(range.clone()).unwrap_or_default().to_vec();
        let splits = nodes.categories.splits.range(range.clone());
        let mut raw = RawTree {
            categories: splits.map(|(node, split)| ((node - range.start) as u32, split.clone())).collect(),
            feature: wide(&nodes.feature),
            threshold: nodes.threshold[range.clone()].to_vec(),
            children_left: wide(&nodes.children[0]),
            children_right: wide(&nodes.children[1]),
            missing,
            value: Vec::new(),
        };
        // The order in which the forest will number these nodes; there are no values yet.
        let order = preorder(tree, &raw, n_features, 0)?;
        raw.value = values.of_tree(nodes, tree, &order);
        self.order.extend(order.iter().map(|&node| range.start + node as usize));
        self.trees.push(raw);
        Ok(())
    }
}

/// Entries in the forest's order of nodes; nothing stays nothing.
fn picked<T: Copy>(entries: &[T], order: &[usize]) -> Vec<T> {
    let order = if entries.is_empty() { &[] } else { order };
    order.iter().map(|&node| entries[node]).collect()
}

/// Entries of some nodes, by their numbers in the forest.
fn keyed<T: Copy>(entries: &BTreeMap<usize, T>, order: &[usize]) -> BTreeMap<u32, T> {
    if entries.is_empty() {
        return BTreeMap::new();
    }
    let entry = |(node, old): (usize, &usize)| Some((node as u32, *entries.get(old)?));
    order.iter().enumerate().filter_map(entry).collect()
}

/// What each split was worth: as recorded, or by how much it lowered the weighted impurity.
fn gains(nodes: &Nodes, order: &[usize], forest: &Forest) -> Vec<f64> {
    let impurity = |node: usize| nodes.weights[order[node]] * nodes.impurities[order[node]];
    let gain = |node: usize| match forest.children(node) {
        Some(_) if !nodes.gains.is_empty() => nodes.gains[order[node]],
        Some([left, right]) if !nodes.weights.is_empty() && !nodes.impurities.is_empty() => {
            impurity(node) - impurity(left) - impurity(right)
        }
        _ => 0.0,
    };
    (0..forest.n_nodes()).map(gain).collect()
}
