//! The best split of a leaf: gain minus price, over all features and bins.

use super::super::bins::FeatureBins;
use super::cells::Codes;

/// A split that is worth its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: usize,
    /// The last bin that goes left; missing values have a bin of their own.
    pub(super) bin: usize,
    /// Whether missing values go left.
    pub(super) missing_left: bool,
    pub(super) threshold: f64,
    /// Second-order gain at a full step: decrease of the mean loss.
    pub(super) gain: f64,
    /// Gain minus lambda times the cost.
    pub(super) worth: f64,
}

/// What the search depends on, whatever the leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) features: &'a [FeatureBins],
    pub(super) codes: &'a Codes,
    pub(super) n_scores: usize,
    /// Ridge in units of curvature.
    pub(super) l2: f64,
    pub(super) min_rows: f64,
}

impl Search<'_> {
    /// The split of largest worth; ties go to the lowest feature, then the lowest bin. `price[f]` is lambda times the
    /// cost of splitting on f, infinite if it may not be split on. `None`: no split is worth more than nothing.
    ///
    /// O(bins x scores).
    pub(super) fn best(&self, cells: &[f64], totals: &[f64], price: impl Fn(usize) -> f64) -> Option<Split> {
        let stride = 2 * self.n_scores + 1;
        let whole = self.strength(totals);
        let mut best: Option<Split> = None;
        let (mut left, mut right) = (vec![0.0; stride], vec![0.0; stride]);
        for (feature, bins) in self.features.iter().enumerate() {
            let n_values = bins.n_values();
            let cells = &cells[self.codes.offset[feature] * stride..self.codes.offset[feature + 1] * stride];
            let missing = bins.missing.then(|| &cells[n_values * stride..]);
            let lacking = missing.map_or(0.0, |cell| cell[stride - 1]);
            // Worth that must be exceeded.
            let price = price(feature);
            if price.is_infinite() {
                continue;
            }
            let mut aim = best.map_or(0.0, |best| best.worth) + price;
            for missing_left in [true, false] {
                // With nothing missing here both ways are the same; the heavier child takes what will be missing.
                if !missing_left && lacking == 0.0 {
                    break;
                }
                left.fill(0.0);
                if missing_left && lacking > 0.0 {
                    left.copy_from_slice(&missing.expect("something is missing")[..stride]);
                }
                // The last bin of values leaves only what is missing on the right.
                let last = if missing_left { n_values.saturating_sub(1) } else { n_values };
                for bin in 0..last {
                    let cell = &cells[bin * stride..][..stride];
                    if cell[stride - 1] == 0.0 {
                        continue;
                    }
                    left.iter_mut().zip(cell).for_each(|(left, value)| *left += value);
                    let n = left[stride - 1];
                    if n < self.min_rows {
                        continue;
                    }
                    if totals[stride - 1] - n < self.min_rows {
                        break;
                    }
                    right.iter_mut().zip(totals.iter().zip(&left)).for_each(|(right, (all, left))| *right = all - left);
                    let gain = 0.5 * (self.strength(&left) + self.strength(&right) - whole);
                    if gain > aim {
                        aim = gain;
                        let heavier = n >= right[stride - 1];
                        // Bins without rows here are shared out between the two sides; the threshold lies between
                        // two bins, so that binned rows and values go the same way.
                        let above = (bin + 1..n_values).find(|&above| cells[(above + 1) * stride - 1] > 0.0);
                        let bin = above.map_or(n_values - 1, |above| (bin + above - 1) / 2);
                        best = Some(Split {
                            feature,
                            bin,
                            missing_left: if lacking > 0.0 { missing_left } else { heavier },
                            threshold: bins.threshold(bin, above.map(|_| bin + 1)),
                            gain,
                            worth: gain - price,
                        });
                    }
                }
            }
        }
        best
    }

    /// `sum_k G_k^2 / (H_k + l2)`: twice what a full step lowers the loss by.
    fn strength(&self, sums: &[f64]) -> f64 {
        sums.chunks_exact(2).map(|pair| pair[0] * pair[0] / (pair[1] + self.l2)).sum()
    }

    /// Newton steps of a node, `-G_k / (H_k + l2)`.
    pub(super) fn steps(&self, sums: &[f64]) -> Vec<f64> {
        sums.chunks_exact(2).map(|pair| -pair[0] / (pair[1] + self.l2)).collect()
    }
}
