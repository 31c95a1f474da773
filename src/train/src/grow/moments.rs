//! Squared error: sums of weights and of weighted values.
//!
//! A cut with weights L, R and means m, n lowers the sum of squared errors by `L R / (L + R) (m - n)^2` (Breiman et al.
//! 1984, section 8.4). Values are shifted by the middle of their range and scaled by a power of two: whole numbers
//! keep exact sums, an offset costs no precision, and neither huge nor tiny values leave the range of f64.

use std::cmp::Ordering;

use super::statistic::{Entry, LeafLimits, Statistic, Summary, power_of_two};

/// One row of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    rows: u32,
    weight: f64,
    /// Shifted and scaled.
    value: f64,
}

/// Sums over the examples of one side, or of a node.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: f64,
    weight: f64,
    /// Weight times value.
    first: f64,
}

/// Squared error in f64; gains that differ by one part in 10^12, or by what rounding of means makes, count as equal.
#[derive(Debug, Clone)]
pub(super) struct Moments<'a> {
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    weight_scale: f64,
    value_scale: f64,
    centre: f64,
    /// Least and greatest value, scaled: means never leave this range.
    range: (f64, f64),
    limits: LeafLimits,
    total: Sums,
    left: Sums,
}

impl<'a> Moments<'a> {
    /// `usable`: the rows of positive weight. `weight_scale`: a power of two near the largest weight.
    pub(super) fn new(
        values: &'a [f64],
        weights: Option<&'a [f64]>,
        weight_scale: f64,
        usable: &[u32],
        limits: LeafLimits,
    ) -> Self {
        let used = || usable.iter().map(|&row| values[row as usize]);
        let value_scale = power_of_two(used().fold(0.0, |largest, value| value.abs().max(largest)));
        let scaled = || used().map(|value| value / value_scale);
        let range = scaled().fold((f64::MAX, f64::MIN), |(low, high), value| (value.min(low), value.max(high)));
        Self {
            values,
            weights,
            weight_scale,
            value_scale,
            centre: range.0.midpoint(range.1),
            range,
            limits: limits.in_units_of(weight_scale),
            total: Sums::default(),
            left: Sums::default(),
        }
    }
}

impl Statistic for Moments<'_> {
    type Item = Sample;
    type Lane = f64;
    type Score = f64;

    fn lanes(&self) -> usize {
        3
    }

    fn width(&self) -> usize {
        3
    }

    fn item(&self, row: usize, multiplicity: u16) -> Sample {
        let weight = self.weights.map_or(1.0, |weights| weights[row] / self.weight_scale);
        Sample {
            rows: multiplicity.into(),
            weight: weight * f64::from(multiplicity),
            value: self.values[row] / self.value_scale - self.centre,
        }
    }

    #[inline]
    fn add(&self, cells: &mut [f64], code: usize, item: Sample) {
        let bin = &mut cells[3 * code..3 * code + 3];
        bin[0] += f64::from(item.rows);
        bin[1] += item.weight;
        bin[2] += item.weight * item.value;
    }

    #[inline]
    fn occupied(&self, bin: &[f64]) -> bool {
        bin[0] > 0.0
    }

    fn measure(&self, examples: &[Entry<Sample>], mass: &mut Vec<f64>) -> Summary {
        let (mut rows, mut weight, mut first) = (0, 0.0, 0.0);
        for Entry { item, .. } in examples {
            rows += u64::from(item.rows);
            weight += item.weight;
            first += item.weight * item.value;
        }
        let value = self.values[examples[0].row as usize];
        let pure = examples.iter().all(|example| self.values[example.row as usize] == value);
        let mean = (self.centre + first / weight).clamp(self.range.0, self.range.1) * self.value_scale;
        mass.extend([weight, first, if pure { value } else { mean }]);
        Summary { rows, weight, pure }
    }

    fn value(&self, mass: &[f64], values: &mut Vec<f64>) {
        values.push(mass[2]);
    }

    fn open(&mut self, mass: &[f64], summary: &Summary) {
        self.total = Sums { rows: summary.rows as f64, weight: mass[0], first: mass[1] };
    }

    fn rewind(&mut self) {
        self.left = Sums::default();
    }

    #[inline]
    fn take_item(&mut self, item: Sample) {
        self.left.rows += f64::from(item.rows);
        self.left.weight += item.weight;
        self.left.first += item.weight * item.value;
    }

    #[inline]
    fn take_bin(&mut self, bin: &[f64]) {
        self.left.rows += bin[0];
        self.left.weight += bin[1];
        self.left.first += bin[2];
    }

    #[inline]
    fn score(&self) -> Option<f64> {
        let Sums { rows, weight, first } = self.left;
        let right = self.total.weight - weight;
        let fewest = rows.min(self.total.rows - rows);
        let least = weight.min(right);
        if fewest < self.limits.rows as f64 || least < self.limits.weight || least <= 0.0 {
            return None;
        }
        let difference = first / weight - (self.total.first - first) / right;
        Some(weight * (right / self.total.weight) * difference * difference)
    }

    #[inline]
    fn compare(&self, a: f64, b: f64) -> Ordering {
        // Means, of values within -1..=1, carry rounding of some 1e-14: differences below that are no gain.
        let tolerance = 1e-12 * a.max(b) + 1e-26 * self.total.weight;
        if (a - b).abs() <= tolerance { Ordering::Equal } else { a.total_cmp(&b) }
    }

    fn gain(&self, score: f64) -> f64 {
        score
    }

    fn perfect(&self, _: f64) -> bool {
        false // seen from sums, a side of unequal values looks like one of equal values
    }

    fn scaled(&self, decrease: f64) -> f64 {
        decrease / self.value_scale / self.value_scale
    }
}
