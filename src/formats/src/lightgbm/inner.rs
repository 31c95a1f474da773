//! Inner values where the recorded ones are of another scale than the leaves.

use secateur_forest::RawTree;

/// Replaces the values of splits by the means of their children's, weighted by `counts` of the leaves below (equally where these
/// are 0). `order` is the tree's nodes in preorder; `values` and `counts` are one per node, `counts` of splits not looked at.
/// O(nodes).
pub(super) fn mean_of_leaves(tree: &RawTree, order: &[u32], values: &mut [f64], counts: &[u64]) {
    let mut below: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    for &node in order.iter().rev() {
        let node = node as usize;
        let (Ok(left), Ok(right)) =
            (usize::try_from(tree.children_left[node]), usize::try_from(tree.children_right[node]))
        else {
            continue;
        };
        below[node] = below[left] + below[right];
        let (a, b) = if below[node] > 0.0 { (below[left], below[right]) } else { (1.0, 1.0) };
        values[node] = values[left] * (a / (a + b)) + values[right] * (b / (a + b));
    }
}
