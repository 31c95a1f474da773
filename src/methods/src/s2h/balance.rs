//! Masks between data and resources: gradients of both, fused.

/// `s`: how long the data gradient of masks is made against the resource gradient.
///
/// ```text
/// dy = min(R / (coef relax^2), 1),   s = data_scale / dy, at most the largest
/// ```
///
/// Far from the target `s = data_scale`, near it data decide. Nothing where the target is met: then there is no
/// resource gradient.
///
/// * `off`: `|fraction - target| / relax`.
pub(super) fn data_scale(off: f64, data_scale: f64, most: f64) -> Option<f64> {
    let dy = (off * off).min(1.0);
    (dy > 0.0).then(|| (data_scale / dy).min(most))
}

/// The sum of both, the weaker one lengthened until `|data| = s |resource|` (the authors' default fusion); as they are
/// where one is 0.
pub(super) fn fused(data: &[f64], resource: &[f64], s: Option<f64>) -> Vec<f64> {
    let (of_data, of_resource) = (length(data), s.unwrap_or(0.0) * length(resource));
    let (mut more_data, mut more_resource) = (1.0, 1.0);
    if of_data > 0.0 && of_resource > 0.0 {
        more_data = (of_resource / of_data).max(1.0);
        more_resource = (of_data / of_resource).max(1.0);
    }
    data.iter().zip(resource).map(|(data, resource)| more_data * data + more_resource * resource).collect()
}

/// The logits of least norm with the same softmax: mean 0.
pub(super) fn recentre(logits: &mut [f64]) {
    let mean = logits.iter().sum::<f64>() / logits.len().max(1) as f64;
    logits.iter_mut().for_each(|logit| *logit -= mean);
}

pub(super) fn length(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}
