//! Which units of a group go first.

use burn::tensor::backend::Backend;
use secateur_neural::units::Group;
use secateur_neural::{Params, to_host};

/// The units of a group, those of largest weights first (ties: the first unit): sums of the absolute weights that make
/// a unit's output, averaged over the matrices they come from.
///
/// # Complexity
/// O(weights of the group).
pub(super) fn by_norm<B: Backend>(group: &Group, params: &Params<B>) -> Vec<usize> {
    let mut norms = vec![0.0f64; group.n_units];
    for slice in group.owns.iter().filter(|slice| slice.axis == 0 && slice.weight.ends_with(".weight")) {
        let Some(matrix) = params.get(&slice.weight) else { continue };
        for (row, sum) in to_host(matrix.abs().sum_dim(1)).into_iter().enumerate() {
            norms[row / slice.width] += f64::from(sum);
        }
    }
    let mut order: Vec<usize> = (0..group.n_units).collect();
    order.sort_by(|a, b| norms[*b].total_cmp(&norms[*a]));
    order
}
