//! Routing examples to the leaves of one tree.

use ndarray::ArrayView2;

use secateur_forest::Forest;

/// A value is missing where the model has no direction for missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) row: usize,
    pub(super) column: usize,
}

/// Calls `visit(row, leaf)` for all rows of `x`, in order, that `selected` holds for.
///
/// `x` has at least the forest's number of columns. O(rows x depth).
pub(super) fn for_each_leaf(
    forest: &Forest,
    tree: usize,
    x: ArrayView2<'_, f64>,
    selected: impl Fn(usize) -> bool,
    mut visit: impl FnMut(usize, usize),
) -> Result<(), Missing> {
    let root = forest.tree(tree).start;
    for (row, values) in x.outer_iter().enumerate() {
        if !selected(row) {
            continue;
        }
        let mut node = root;
        while let Some(column) = forest.feature(node) {
            node = forest.next(node, values[column]).ok_or(Missing { row, column })?;
        }
        visit(row, node);
    }
    Ok(())
}

/// Calls `fold(parent, child)` for all edges of one tree, edges below a node before the edge above it.
pub(super) fn fold_up(forest: &Forest, tree: usize, mut fold: impl FnMut(usize, usize)) {
    for node in forest.tree(tree).rev() {
        for child in forest.children(node).into_iter().flatten() {
            fold(node, child);
        }
    }
}
