//! Gini and entropy on weights that are not whole numbers, and entropy on counts.

use std::cmp::Ordering;

use super::statistic::{Entry, LeafLimits, Statistic, Summary};

/// Class and weight of one row of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighted {
    class: u32,
    rows: u32,
    weight: f64,
}

/// Which impurity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purity {
    Gini,
    Entropy,
}

impl Purity {
    /// Weight times purity of class weights `w_k` with sum W: `sum w_k^2 / W` or `sum w_k log2(w_k / W)`, both to be
    /// made large, both equal to a constant times W less the weighted impurity.
    #[inline]
    fn of(self, weights: impl Iterator<Item = f64>, total: f64) -> f64 {
        match self {
            Purity::Gini => weights.map(|weight| weight * weight).sum::<f64>() / total,
            Purity::Entropy => {
                weights.filter(|&weight| weight > 0.0).map(|weight| weight * (weight / total).log2()).sum()
            }
        }
    }

    /// The value of a pure node.
    fn best(self, total: f64) -> f64 {
        match self {
            Purity::Gini => total,
            Purity::Entropy => 0.0,
        }
    }
}

/// Class weights in f64. Sums of weights carry rounding, so scores within 1e-12 of the node's weight count as equal;
/// how many examples a bin holds is counted apart, exactly, in the last lane.
#[derive(Debug, Clone)]
pub(super) struct Weights<'a> {
    labels: &'a [u32],
    /// Weights of the rows, and what they are divided by here.
    weights: Option<&'a [f64]>,
    scale: f64,
    purity: Purity,
    limits: LeafLimits,
    total: Vec<f64>,
    left: Vec<f64>,
    total_weight: f64,
    total_rows: f64,
    left_rows: f64,
}

impl<'a> Weights<'a> {
    /// `scale`: a power of two near the largest weight (1 without weights).
    pub(super) fn new(
        labels: &'a [u32],
        weights: Option<&'a [f64]>,
        scale: f64,
        n_classes: usize,
        purity: Purity,
        limits: LeafLimits,
    ) -> Self {
        Self {
            labels,
            weights,
            scale,
            purity,
            limits: limits.in_units_of(scale),
            total: vec![0.0; n_classes],
            left: vec![0.0; n_classes],
            total_weight: 0.0,
            total_rows: 0.0,
            left_rows: 0.0,
        }
    }
}

impl Statistic for Weights<'_> {
    type Item = Weighted;
    type Lane = f64;
    type Score = f64;

    fn lanes(&self) -> usize {
        self.total.len() + 1
    }

    fn width(&self) -> usize {
        self.total.len()
    }

    fn item(&self, row: usize, multiplicity: u16) -> Weighted {
        let weight = self.weights.map_or(1.0, |weights| weights[row] / self.scale);
        Weighted { class: self.labels[row], rows: multiplicity.into(), weight: weight * f64::from(multiplicity) }
    }

    #[inline]
    fn add(&self, cells: &mut [f64], code: usize, item: Weighted) {
        let lanes = self.total.len() + 1;
        let bin = &mut cells[code * lanes..(code + 1) * lanes];
        bin[item.class as usize] += item.weight;
        bin[lanes - 1] += f64::from(item.rows);
    }

    #[inline]
    fn occupied(&self, bin: &[f64]) -> bool {
        bin[bin.len() - 1] > 0.0
    }

    fn measure(&self, examples: &[Entry<Weighted>], mass: &mut Vec<f64>) -> Summary {
        let start = mass.len();
        mass.resize(start + self.total.len(), 0.0);
        let sums = &mut mass[start..];
        let mut rows = 0;
        for Entry { item, .. } in examples {
            sums[item.class as usize] += item.weight;
            rows += u64::from(item.rows);
        }
        let pure = examples.iter().all(|example| example.item.class == examples[0].item.class);
        Summary { rows, weight: sums.iter().sum(), pure }
    }

    fn value(&self, mass: &[f64], values: &mut Vec<f64>) {
        values.extend(mass.iter().map(|weight| weight * self.scale));
    }

    fn open(&mut self, mass: &[f64], summary: &Summary) {
        self.total.copy_from_slice(mass);
        self.total_weight = summary.weight;
        self.total_rows = summary.rows as f64;
    }

    fn rewind(&mut self) {
        self.left.fill(0.0);
        self.left_rows = 0.0;
    }

    #[inline]
    fn take_item(&mut self, item: Weighted) {
        self.left[item.class as usize] += item.weight;
        self.left_rows += f64::from(item.rows);
    }

    #[inline]
    fn take_bin(&mut self, bin: &[f64]) {
        for (left, &weight) in self.left.iter_mut().zip(bin) {
            *left += weight;
        }
        self.left_rows += bin[bin.len() - 1];
    }

    fn score(&self) -> Option<f64> {
        let right = || self.total.iter().zip(&self.left).map(|(total, left)| (total - left).max(0.0));
        let (left_weight, right_weight) = (self.left.iter().sum::<f64>(), right().sum::<f64>());
        let fewest = self.left_rows.min(self.total_rows - self.left_rows);
        let least = left_weight.min(right_weight);
        if fewest < self.limits.rows as f64 || least < self.limits.weight || least <= 0.0 {
            return None;
        }
        Some(self.purity.of(self.left.iter().copied(), left_weight) + self.purity.of(right(), right_weight))
    }

    fn compare(&self, a: f64, b: f64) -> Ordering {
        if (a - b).abs() <= 1e-12 * self.total_weight { Ordering::Equal } else { a.total_cmp(&b) }
    }

    fn gain(&self, score: f64) -> f64 {
        (score - self.purity.of(self.total.iter().copied(), self.total_weight)).max(0.0)
    }

    fn perfect(&self, score: f64) -> bool {
        self.compare(score, self.purity.best(self.total_weight)).is_ge()
    }

    fn scaled(&self, decrease: f64) -> f64 {
        decrease
    }
}
