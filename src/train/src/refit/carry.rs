//! Scores from one pruning of a forest to another.

use super::RefitError;
use secateur_forest::Forest;

/// Node values for another pruning of the same forest, to start its refit from.
///
/// `whole` is the forest that both were pruned from; `refitted` with `from` a refitted pruning and the node of `whole`
/// that each of its nodes was ([`BudgetedForest::pruned`](secateur_forest::BudgetedForest::pruned)); `to` the same of the
/// other pruning. A node that `refitted` has keeps its value, a node below its leaves takes that of the leaf above. The
/// result has shape `(to.len(), n_outputs)`.
///
/// # Errors
/// [`RefitError::Values`] for origins that are not those of prunings of `whole`.
///
/// # Complexity
/// O(nodes of `whole` x outputs).
pub fn carry(whole: &Forest, refitted: &Forest, from: &[u32], to: &[u32]) -> Result<Vec<f64>, RefitError> {
    let n_outputs = whole.n_outputs();
    let misfit = |what, found, expected| Err(RefitError::Values { what, found, expected });
    if refitted.n_outputs() != n_outputs {
        return misfit("outputs", refitted.n_outputs(), n_outputs);
    }
    if from.len() != refitted.n_nodes() {
        return misfit("origins", from.len(), refitted.n_nodes());
    }
    // The node of `refitted` that answers for each node of `whole`.
    let mut source: Vec<Option<u32>> = vec![None; whole.n_nodes()];
    for (node, &origin) in (0u32..).zip(from) {
        match source.get_mut(origin as usize) {
            Some(source) => *source = Some(node),
            None => return misfit("origins", from.len(), whole.n_nodes()),
        }
    }
    for node in 0..whole.n_nodes() {
        for child in whole.children(node).into_iter().flatten() {
            source[child] = source[child].or(source[node]);
        }
    }
    let mut values = Vec::with_capacity(to.len() * n_outputs);
    for &origin in to {
        match source.get(origin as usize).copied().flatten() {
            Some(node) => values.extend_from_slice(refitted.value(node as usize)),
            None => return misfit("origins", to.len(), whole.n_nodes()),
        }
    }
    Ok(values)
}
