//! Values of all nodes of a forest, from the weights of leaves.
//!
//! A file says nothing of inner nodes. What a subtree is worth as a leaf is taken to be the mean of its leaves: by
//! their hit rates where those are counts (a split's is the sum of its children's), otherwise each leaf once. Where hit
//! rates are counts, the values of classes are counts too.

use secateur_forest::{ForestError, RawTree, preorder};

use super::ensemble::{Ensemble, Tree};
use super::error::OnnxError;
use super::scoring::{Form, Scoring};

/// How far a leaf's probabilities may be from adding up to one: their rounding to single precision, and some more.
const TOLERANCE: f64 = 1e-6;

/// Columns of the table that the ensemble's features are, as they come if `None`.
pub(super) type Columns<'a> = Option<&'a [u32]>;

/// A tree with values, and the order in which the forest will number its nodes.
///
/// # Errors
/// [`OnnxError::Probabilities`] for leaves that hold none, [`OnnxError::Forest`] for arrays that are no tree.
///
/// # Complexity
/// O(nodes x outputs) time and memory.
pub(super) fn of_tree(
    ensemble: &Ensemble,
    index: usize,
    scoring: &Scoring,
    columns: Columns<'_>,
    n_features: usize,
) -> Result<(RawTree, Vec<u32>), OnnxError> {
    let tree = &ensemble.trees[index];
    let n_outputs = scoring.n_outputs();
    let mut raw = RawTree { value: vec![0.0; tree.len() * n_outputs], ..tree.raw.clone() };
    rename(index, &mut raw, columns)?;
    let order = preorder(index, &raw, n_features, n_outputs)?;
    let n_trees = ensemble.trees.len();
    let mut row = Vec::with_capacity(n_outputs);
    for node in (0..tree.len()).filter(|&node| raw.children_left[node] == -1) {
        let weights = &tree.weights[node * ensemble.n_targets..(node + 1) * ensemble.n_targets];
        row.clear();
        scoring.push_values(weights, &ensemble.base, n_trees, &mut row);
        if matches!(scoring.form, Form::Probabilities | Form::SecondProbability) {
            check_probabilities(index, node, &mut row)?;
        }
        raw.value[node * n_outputs..(node + 1) * n_outputs].copy_from_slice(&row);
    }
    fold_up(tree, &mut raw, &order, n_outputs, scoring.form);
    Ok((raw, order))
}

/// The ensemble's features as columns of the table.
fn rename(tree: usize, raw: &mut RawTree, columns: Columns<'_>) -> Result<(), OnnxError> {
    let Some(columns) = columns else { return Ok(()) };
    for node in (0..raw.feature.len()).filter(|&node| raw.children_left[node] != -1) {
        let feature = raw.feature[node];
        let column = usize::try_from(feature).ok().and_then(|feature| columns.get(feature));
        let n_features = columns.len();
        let &column = column.ok_or(ForestError::FeatureOutOfRange { tree, node, feature, n_features })?;
        raw.feature[node] = i64::from(column);
    }
    Ok(())
}

fn check_probabilities(tree: usize, node: usize, row: &mut [f64]) -> Result<(), OnnxError> {
    let sum: f64 = row.iter().sum();
    let least = row.iter().copied().fold(f64::INFINITY, f64::min);
    if (sum - 1.0).abs() > TOLERANCE || least < -TOLERANCE {
        let sum = if least < -TOLERANCE { row[row.len() - 1] } else { sum };
        return Err(OnnxError::Probabilities { tree, node, sum });
    }
    row.iter_mut().for_each(|value| *value = value.max(0.0));
    Ok(())
}

/// Means of splits from those of their children, the last in preorder first.
fn fold_up(tree: &Tree, raw: &mut RawTree, order: &[u32], n_outputs: usize, form: Form) {
    let counts = counts(tree);
    let mut mass = counts.map_or_else(|| vec![1.0; tree.len()], <[f64]>::to_vec);
    for &node in order.iter().rev() {
        let node = node as usize;
        if raw.children_left[node] == -1 {
            continue;
        }
        let [left, right] = [raw.children_left[node] as usize, raw.children_right[node] as usize];
        let both = mass[left] + mass[right];
        for output in 0..n_outputs {
            let at = |node: usize| node * n_outputs + output;
            let sum = mass[left] * raw.value[at(left)] + mass[right] * raw.value[at(right)];
            raw.value[at(node)] = sum / both;
        }
        mass[node] = both;
    }
    if let (Some(counts), Form::Probabilities | Form::SecondProbability) = (counts, form) {
        for (values, count) in raw.value.chunks_exact_mut(n_outputs).zip(counts) {
            values.iter_mut().for_each(|value| *value *= count);
        }
    }
}

/// The hit rates, if they are counts.
fn counts(tree: &Tree) -> Option<&[f64]> {
    let rates = &tree.hitrates;
    let is_count = |node: usize| {
        let [left, right] = [tree.raw.children_left[node], tree.raw.children_right[node]];
        let positive = rates[node] > 0.0 && rates[node].is_finite();
        positive
            && (left == -1 || (rates[left as usize] + rates[right as usize] - rates[node]).abs() <= 1e-6 * rates[node])
    };
    let known = tree.len() > 1 && rates.len() == tree.len() && (0..tree.len()).all(is_count);
    known.then_some(rates)
}
