//! Masks of other methods, where learning begins.

use ndarray::Array2;

use super::candidates::Candidates;

/// Moves logits towards a mask.
pub(super) fn lean(logits: &mut Array2<f32>, mask: &Array2<bool>, candidates: &Candidates, strength: f32) {
    let by = strength * logits.std(0.0);
    let places: Vec<bool> = mask.iter().copied().collect();
    for (mut row, block) in logits.rows_mut().into_iter().zip(places.chunks(candidates.m)) {
        for (candidate, logit) in row.iter_mut().enumerate() {
            *logit += by * (candidates.overlap(candidate, block) as f32 - 1.0);
        }
    }
}

/// The candidate of every block that shares most places with a mask (ties: the first).
pub(super) fn closest(mask: &Array2<bool>, candidates: &Candidates) -> Vec<usize> {
    let places: Vec<bool> = mask.iter().copied().collect();
    let of_block = |block: &[bool]| {
        (0..candidates.len()).rev().max_by_key(|candidate| candidates.overlap(*candidate, block)).unwrap_or(0)
    };
    places.chunks(candidates.m).map(of_block).collect()
}
