//! The resamples themselves.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use secateur_program::Control;

use super::{Interval, IntervalError, IntervalOptions, check_values};
use crate::metrics::weighted_mean;
use secateur_datasets::check_weights;

/// The interval of a weighted mean: `values` has shape (n,), as has `weights` (`None`: all one).
///
/// # Errors
/// [`IntervalError`].
///
/// # Complexity
/// O(resamples x n), parallel over resamples.
///
/// ```
/// use secateur_forest::intervals::{IntervalOptions, interval};
/// use secateur_program::Control;
///
/// let wrong: Vec<f64> = (0..200).map(|row| f64::from(u8::from(row % 10 == 0))).collect();
/// let error = interval(&wrong, None, &IntervalOptions::default(), &Control::new())?;
/// assert!(error.low < 0.1 && 0.1 < error.high && (error.standard_error - 0.0212).abs() < 0.003);
/// # Ok::<(), secateur_forest::IntervalError>(())
/// ```
pub fn interval(
    values: &[f64],
    weights: Option<&[f64]>,
    options: &IntervalOptions,
    control: &Control,
) -> Result<Interval, IntervalError> {
    Ok(intervals(&[values], weights, options, control)?[0])
}

/// The interval of the weighted mean of `a - b`, two vectors on the same examples.
///
/// # Errors
/// [`IntervalError`].
///
/// # Complexity
/// O(resamples x n), parallel over resamples.
pub fn paired_interval(
    a: &[f64],
    b: &[f64],
    weights: Option<&[f64]>,
    options: &IntervalOptions,
    control: &Control,
) -> Result<Interval, IntervalError> {
    check_values(a, a.len())?;
    check_values(b, a.len())?;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    interval(&differences, weights, options, control)
}

/// Intervals of several vectors of values on the same examples, from the same resamples.
///
/// # Errors
/// [`IntervalError`].
///
/// # Complexity
/// O(resamples x n x vectors), parallel over resamples.
pub fn intervals(
    values: &[&[f64]],
    weights: Option<&[f64]>,
    options: &IntervalOptions,
    control: &Control,
) -> Result<Vec<Interval>, IntervalError> {
    let IntervalOptions { resamples, level, seed } = *options;
    if resamples < 2 {
        return Err(IntervalError::Resamples { resamples });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(IntervalError::Level { level });
    }
    let Some(first) = values.first() else { return Ok(Vec::new()) };
    values.iter().try_for_each(|values| check_values(values, first.len()))?;
    check_weights(weights, first.len())?;

    let width = values.len();
    // Weights of at most one: products with values stay in range.
    let total: f64 = weights.map_or(1.0, |weights| weights.iter().sum());
    let weights: Vec<f64> = (0..first.len()).map(|row| weights.map_or(1.0, |weights| weights[row] / total)).collect();
    let means: Vec<f64> = values.iter().map(|values| weighted_mean(values, Some(&weights))).collect();
    // Examples that weigh nothing are as good as absent.
    let rows: Vec<usize> = (0..first.len()).filter(|&row| weights[row] > 0.0).collect();
    // Weighted deviations, those of one example together: a draw reads one line.
    let mut deviations = Vec::with_capacity(rows.len() * width);
    for &row in &rows {
        deviations.extend(values.iter().zip(&means).map(|(values, mean)| weights[row] * (values[row] - mean)));
    }
    let weights: Vec<f64> = rows.iter().map(|&row| weights[row]).collect();
    let done = std::sync::atomic::AtomicU64::new(0);
    let drawn: Vec<Vec<f64>> = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            control.check()?;
            let mut draws = Draws::new(seed, resample, rows.len());
            let (mut sums, mut total) = (vec![0.0; width], 0.0);
            for _ in 0..rows.len() {
                let row = draws.next();
                total += weights[row];
                let line = &deviations[row * width..(row + 1) * width];
                sums.iter_mut().zip(line).for_each(|(sum, deviation)| *sum += deviation);
            }
            sums.iter_mut().for_each(|sum| *sum /= total);
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            control.report("resample", done, resamples as u64);
            Ok(sums)
        })
        .collect::<Result<_, IntervalError>>()?;
    let of_column = |(column, &mean): (usize, &f64)| {
        let mut deviations: Vec<f64> = drawn.iter().map(|means| means[column]).collect();
        let centre = weighted_mean(&deviations, None);
        let squares: f64 = deviations.iter().map(|deviation| (deviation - centre).powi(2)).sum();
        deviations.sort_by(f64::total_cmp);
        let tail = (1.0 - level) / 2.0;
        Interval {
            mean,
            low: sum(mean, quantile(&deviations, tail)),
            high: sum(mean, quantile(&deviations, 1.0 - tail)),
            standard_error: (squares / (resamples - 1) as f64).sqrt(),
        }
    };
    Ok(means.iter().enumerate().map(of_column).collect())
}

/// A sum that is zero where only rounding is left of it.
fn sum(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.abs() <= 1e-13 * (a.abs() + b.abs()) { 0.0 } else { sum }
}

/// The value below which a fraction of the sorted values lies, linear between neighbours.
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let place = fraction * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The rows drawn in one resample: raw words of a random stream, without bias (Lemire 2019).
struct Draws {
    stream: ChaCha8Rng,
    bound: u64,
    /// Low words below this are drawn again.
    uneven: u64,
}

impl Draws {
    fn new(seed: u64, resample: usize, n: usize) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(resample as u64);
        let bound = n as u64;
        Self { stream, bound, uneven: bound.wrapping_neg() % bound }
    }

    fn next(&mut self) -> usize {
        loop {
            let product = u128::from(self.stream.next_u64()) * u128::from(self.bound);
            if product as u64 >= self.uneven {
                return (product >> 64) as usize;
            }
        }
    }
}
