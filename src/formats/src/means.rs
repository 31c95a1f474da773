//! Values of inner nodes where a format has none: the mean of the leaves below, by their weights.

/// Fills in the values of splits, row-major with `n_outputs` entries per node, from those of the leaves.
///
/// `weights` are those of the leaves; those of splits become the sums of what is below. Where these are zero, as when
/// weights are not known, leaves count alike. `order` has every node once, parents before their children. O(nodes x
/// outputs), iterative.
pub(crate) fn fill(
    values: &mut [f64],
    n_outputs: usize,
    weights: &mut [f64],
    order: &[u32],
    children: impl Fn(u32) -> Option<[usize; 2]>,
) {
    let mut leaves = vec![1.0; order.len()];
    for &node in order.iter().rev() {
        let Some([left, right]) = children(node) else { continue };
        let node = node as usize;
        weights[node] = weights[left] + weights[right];
        leaves[node] = leaves[left] + leaves[right];
        let part = if weights[node] > 0.0 { weights[right] / weights[node] } else { leaves[right] / leaves[node] };
        for output in 0..n_outputs {
            let at = |node: usize| node * n_outputs + output;
            values[at(node)] = values[at(left)] * (1.0 - part) + values[at(right)] * part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    /// A root with a leaf, and a split of two leaves.
    fn filled(mut weights: Vec<f64>) -> Vec<f64> {
        let mut values = vec![0.0, 0.0, 8.0, 80.0, 0.0, 0.0, 2.0, 20.0, 4.0, 40.0];
        let children = |node| match node {
            0 => Some([1, 2]),
            2 => Some([3, 4]),
            _ => None,
        };
        fill(&mut values, 2, &mut weights, &[0, 1, 2, 3, 4], children);
        values
    }

    #[test]
    fn splits_have_the_mean_of_the_leaves_below() {
        // The right split has weight 3 + 1, the root 2 + 4.
        let by_weight = filled(vec![9.0, 2.0, 9.0, 3.0, 1.0]);
        assert_eq!(by_weight[4..6], [2.5, 25.0]);
        assert!((by_weight[0] - 26.0 / 6.0).abs() < 1e-12 && (by_weight[1] - 260.0 / 6.0).abs() < 1e-12);
        for alike in [filled(vec![0.0; 5]), filled(vec![9.0, 0.0, 9.0, 0.0, 0.0])] {
            assert_eq!(alike[4..6], [3.0, 30.0]);
            assert!((alike[0] - 14.0 / 3.0).abs() < 1e-12);
        }
    }
}
