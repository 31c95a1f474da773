//! The area under the ROC curve, by one sort.

use super::MetricError;
use secateur_datasets::{DataError, check_weights};

/// The probability that a random example of class 1 scores above a random one of another class, ties counting half:
/// the area under the ROC curve (Hanley and McNeil 1982, section 2). `None` if one of the two sides has no weight.
///
/// `scores` and `labels` have shape (n,), as has `weights` (`None`: all one).
///
/// # Errors
/// [`MetricError`] for arrays that do not fit each other, bad weights, and scores that are not finite.
///
/// # Complexity
/// O(n log n).
pub fn area_under_curve(scores: &[f64], labels: &[u32], weights: Option<&[f64]>) -> Result<Option<f64>, MetricError> {
    let (found, expected) = (labels.len(), scores.len());
    if found != expected {
        return Err(DataError::Length { what: "targets", found, expected }.into());
    }
    check_weights(weights, scores.len())?;
    if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        return Err(MetricError::Output { row });
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // By score, then by row: sums do not depend on the sort.
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut above, mut positive, mut negative) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let (mut here, mut against) = (0.0, 0.0);
        for &row in tied {
            let side = if labels[row] == 1 { &mut here } else { &mut against };
            *side += weight(row);
        }
        above += here * (negative + 0.5 * against);
        positive += here;
        negative += against;
    }
    let area = above / (positive * negative);
    Ok(area.is_finite().then_some(area))
}
