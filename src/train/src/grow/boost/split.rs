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

/// Sums of gradients, curvatures and rows, as cells hold them.
trait Sums: Clone {
    /// No rows.
    fn nothing(n_scores: usize) -> Self;
    fn set(&mut self, cell: &[f64]);
    fn add(&mut self, cell: &[f64]);
    /// `sum_k G_k^2 / (H_k + l2)`: twice what a full step lowers the loss by.
    fn strength(&self, l2: f64) -> f64;
    /// The strength of what `all` has besides these.
    fn strength_of_rest(&self, all: &[f64], l2: f64) -> f64;
    fn rows(&self) -> f64;
}

/// Of a single score.
#[derive(Clone)]
struct Single {
    gradient: f64,
    curvature: f64,
    rows: f64,
}

impl Sums for Single {
    fn nothing(_: usize) -> Self {
        Self { gradient: 0.0, curvature: 0.0, rows: 0.0 }
    }

    fn set(&mut self, cell: &[f64]) {
        [self.gradient, self.curvature, self.rows] = [cell[0], cell[1], cell[2]];
    }

    fn add(&mut self, cell: &[f64]) {
        self.gradient += cell[0];
        self.curvature += cell[1];
        self.rows += cell[2];
    }

    fn strength(&self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.curvature + l2)
    }

    fn strength_of_rest(&self, all: &[f64], l2: f64) -> f64 {
        let gradient = all[0] - self.gradient;
        gradient * gradient / (all[1] - self.curvature + l2)
    }

    fn rows(&self) -> f64 {
        self.rows
    }
}

/// Of several scores.
impl Sums for Vec<f64> {
    fn nothing(n_scores: usize) -> Self {
        vec![0.0; 2 * n_scores + 1]
    }

    fn set(&mut self, cell: &[f64]) {
        self.copy_from_slice(cell);
    }

    fn add(&mut self, cell: &[f64]) {
        self.iter_mut().zip(cell).for_each(|(sum, value)| *sum += value);
    }

    fn strength(&self, l2: f64) -> f64 {
        self.chunks_exact(2).map(|pair| pair[0] * pair[0] / (pair[1] + l2)).sum()
    }

    fn strength_of_rest(&self, all: &[f64], l2: f64) -> f64 {
        let rest = |(sums, all): (&[f64], &[f64])| {
            let gradient = all[0] - sums[0];
            gradient * gradient / (all[1] - sums[1] + l2)
        };
        self.chunks_exact(2).zip(all.chunks_exact(2)).map(rest).sum()
    }

    fn rows(&self) -> f64 {
        self[self.len() - 1]
    }
}

impl Search<'_> {
    /// The split of largest worth; ties go to the lowest feature, then the lowest bin. `price[f]` is lambda times the
    /// cost of splitting on f, infinite if it may not be split on. `None`: no split is worth more than nothing.
    ///
    /// O(bins x scores).
    pub(super) fn best(&self, cells: &[f64], totals: &[f64], price: impl Fn(usize) -> f64) -> Option<Split> {
        match self.n_scores {
            1 => self.best_of::<Single>(cells, totals, price),
            _ => self.best_of::<Vec<f64>>(cells, totals, price),
        }
    }

    fn best_of<S: Sums>(&self, cells: &[f64], totals: &[f64], price: impl Fn(usize) -> f64) -> Option<Split> {
        let stride = 2 * self.n_scores + 1;
        let mut left = S::nothing(self.n_scores);
        left.set(totals);
        let whole = left.strength(self.l2);
        let all = left.rows();
        let nothing = S::nothing(self.n_scores);
        let mut best: Option<Split> = None;
        for (feature, bins) in self.features.iter().enumerate() {
            let n_values = bins.n_values();
            let cells = &cells[self.codes.offset[feature] * stride..self.codes.offset[feature + 1] * stride];
            let missing = bins.missing.then(|| &cells[n_values * stride..]);
            let lacking = missing.map_or(0.0, |cell| cell[stride - 1]);
            let price = price(feature);
            if price.is_infinite() {
                continue;
            }
            // Gain that must be exceeded.
            let mut aim = best.map_or(0.0, |best| best.worth) + price;
            for missing_left in [true, false] {
                // With nothing missing here both ways are the same; the heavier child takes what will be missing.
                if !missing_left && lacking == 0.0 {
                    break;
                }
                left.clone_from(&nothing);
                if missing_left && lacking > 0.0 {
                    left.set(&missing.expect("something is missing")[..stride]);
                }
                // The last bin of values leaves only what is missing on the right.
                let last = if missing_left { n_values.saturating_sub(1) } else { n_values };
                for (bin, cell) in cells[..last * stride].chunks_exact(stride).enumerate() {
                    if cell[stride - 1] == 0.0 {
                        continue;
                    }
                    left.add(cell);
                    let n = left.rows();
                    if n < self.min_rows {
                        continue;
                    }
                    if all - n < self.min_rows {
                        break;
                    }
                    let gain = 0.5 * (left.strength(self.l2) + left.strength_of_rest(totals, self.l2) - whole);
                    if gain > aim {
                        aim = gain;
                        let heavier = n >= all - n;
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

    /// Newton steps of a node, `-G_k / (H_k + l2)`.
    pub(super) fn steps(&self, sums: &[f64]) -> Vec<f64> {
        sums.chunks_exact(2).map(|pair| -pair[0] / (pair[1] + self.l2)).collect()
    }
}
