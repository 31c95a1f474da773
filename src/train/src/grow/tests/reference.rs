//! Exact CART by brute force: every feature, every midpoint, missing values on either side; no bins, nothing kept.

use std::cmp::Ordering;

use super::data::Data;
use crate::grow::{Criterion, GrowParams};
use secateur_forest::{Forest, MissingDirection};

/// A tree, or the part of it below a node.
#[derive(Debug)]
pub(super) struct Reference<'a> {
    data: &'a Data,
    criterion: Criterion,
    params: &'a GrowParams,
    /// Times drawn, and weight times that.
    multiplicity: Vec<u64>,
    weight: Vec<f64>,
    any_missing: bool,
    total: f64,
}

/// One split of some rows.
#[derive(Debug, Clone)]
struct Found {
    score: Score,
    feature: usize,
    threshold: f64,
    missing_left: bool,
    sides: [Vec<usize>; 2],
}

/// Exact where it can be.
#[derive(Debug, Clone, Copy)]
enum Score {
    Fraction(i128, i128),
    Number { value: f64, tolerance: f64 },
}

impl Score {
    fn compare(self, other: Score) -> Ordering {
        match (self, other) {
            (Score::Fraction(a, b), Score::Fraction(c, d)) => (a * d).cmp(&(c * b)),
            (Score::Number { value: a, tolerance }, Score::Number { value: b, .. }) => {
                if (a - b).abs() <= tolerance {
                    Ordering::Equal
                } else {
                    a.total_cmp(&b)
                }
            }
            _ => unreachable!("scores of one criterion"),
        }
    }
}

impl<'a> Reference<'a> {
    pub(super) fn new(data: &'a Data, criterion: Criterion, params: &'a GrowParams, drawn: &[u16]) -> Self {
        let given = |row: usize| data.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let weight: Vec<f64> = (0..drawn.len()).map(|row| given(row) * f64::from(drawn[row])).collect();
        let used = |row: usize| given(row) > 0.0;
        Self {
            data,
            criterion,
            params,
            multiplicity: drawn.iter().map(|&times| times.into()).collect(),
            any_missing: data.x.outer_iter().enumerate().any(|(row, x)| used(row) && x.iter().any(|v| v.is_nan())),
            total: weight.iter().sum(),
            weight,
        }
    }

    /// Compares one tree of a forest with what brute force grows. Panics where they differ.
    pub(super) fn check(&self, forest: &Forest, tree: usize) {
        let rows = (0..self.weight.len()).filter(|&row| self.weight[row] > 0.0).collect();
        let last = self.check_below(forest, forest.tree(tree).start, rows, 0);
        assert_eq!(last, forest.tree(tree).end);
    }

    /// Returns the node after the subtree.
    fn check_below(&self, forest: &Forest, node: usize, rows: Vec<usize>, depth: usize) -> usize {
        self.check_value(forest.value(node), &rows);
        let Some(found) = self.split(&rows, depth) else {
            assert!(forest.is_leaf(node), "node {node} is split, rows {rows:?}");
            return node + 1;
        };
        assert_eq!(forest.feature(node), Some(found.feature), "node {node}: {found:?}");
        assert_eq!(forest.threshold(node), found.threshold, "node {node}: {found:?}");
        let seen = rows.iter().any(|&row| self.data.x[[row, found.feature]].is_nan());
        let weights = found.sides.clone().map(|side| side.iter().map(|&row| self.weight[row]).sum::<f64>());
        let left = if seen { found.missing_left } else { weights[0] >= weights[1] - 1e-12 };
        let direction = if left { MissingDirection::Left } else { MissingDirection::Right };
        let expected = if self.any_missing { direction } else { MissingDirection::Refuse };
        assert_eq!(forest.missing(node), expected, "node {node}: {found:?}");
        let [left, right] = forest.children(node).unwrap();
        let [left_rows, right_rows] = found.sides;
        assert_eq!(self.check_below(forest, left, left_rows, depth + 1), right);
        self.check_below(forest, right, right_rows, depth + 1)
    }

    fn check_value(&self, value: &[f64], rows: &[usize]) {
        let expected = if self.criterion == Criterion::SquaredError {
            let (weight, sum) = rows.iter().fold((0.0, 0.0), |(weight, sum), &row| {
                (weight + self.weight[row], sum + self.weight[row] * self.data.values[row])
            });
            vec![sum / weight]
        } else {
            self.counts(rows)
        };
        assert_eq!(value.len(), expected.len());
        for (value, expected) in value.iter().zip(&expected) {
            assert!((value - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "{value} {expected}");
        }
    }

    fn counts(&self, rows: &[usize]) -> Vec<f64> {
        let mut counts = vec![0.0; self.data.n_classes];
        rows.iter().for_each(|&row| counts[self.data.labels[row] as usize] += self.weight[row]);
        counts
    }

    fn split(&self, rows: &[usize], depth: usize) -> Option<Found> {
        let drawn = |rows: &[usize]| rows.iter().map(|&row| self.multiplicity[row]).sum::<u64>();
        let weight = |rows: &[usize]| rows.iter().map(|&row| self.weight[row]).sum::<f64>();
        let same = |a: usize, b: usize| match self.criterion {
            Criterion::SquaredError => self.data.values[a] == self.data.values[b],
            _ => self.data.labels[a] == self.data.labels[b],
        };
        let params = self.params;
        if rows.iter().all(|&row| same(row, rows[0]))
            || depth >= params.max_depth.unwrap_or(usize::MAX)
            || drawn(rows) < params.min_samples_split as u64
        {
            return None;
        }
        let mut best: Option<Found> = None;
        for feature in 0..self.data.x.ncols() {
            let value = |row: usize| self.data.x[[row, feature]];
            let mut values: Vec<f64> = rows.iter().map(|&row| value(row)).filter(|value| !value.is_nan()).collect();
            values.sort_by(f64::total_cmp);
            values.dedup();
            let between = values.windows(2).map(|pair| {
                let middle = pair[0].midpoint(pair[1]);
                if middle < pair[1] { middle } else { pair[0] }
            });
            let mut thresholds: Vec<f64> = between.collect();
            thresholds.push(f64::MAX);
            for threshold in thresholds {
                for missing_left in [false, true] {
                    let goes_left = |row: &usize| {
                        let value = value(*row);
                        if value.is_nan() { missing_left } else { value <= threshold }
                    };
                    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| goes_left(row));
                    let sides = [left, right];
                    if sides.iter().any(|side| {
                        side.is_empty()
                            || drawn(side) < params.min_samples_leaf as u64
                            || weight(side) < params.min_weight_leaf - 1e-9
                    }) {
                        continue;
                    }
                    let found = Found { score: self.score(&sides), feature, threshold, missing_left, sides };
                    if best.as_ref().is_none_or(|best| found.score.compare(best.score).is_gt()) {
                        best = Some(found);
                    }
                }
            }
        }
        best.filter(|found| self.gain(rows, found) / self.total + 1e-12 >= params.min_impurity_decrease)
    }

    /// The larger the better: minus the weighted impurity of the sides, up to a constant.
    fn score(&self, sides: &[Vec<usize>; 2]) -> Score {
        let exact = self.criterion == Criterion::Gini && self.weight.iter().all(|weight| weight.fract() == 0.0);
        if exact {
            let [(a, b), (c, d)] = sides.each_ref().map(|side| {
                let counts = self.counts(side);
                let squares: i128 = counts.iter().map(|&count| count as i128 * count as i128).sum();
                (squares, counts.iter().sum::<f64>() as i128)
            });
            return Score::Fraction(a * d + c * b, b * d);
        }
        let value = -self.impurity(&sides[0]) - self.impurity(&sides[1]);
        Score::Number { value, tolerance: 1e-9 * (1.0 + self.total) }
    }

    fn gain(&self, rows: &[usize], found: &Found) -> f64 {
        self.impurity(rows) - self.impurity(&found.sides[0]) - self.impurity(&found.sides[1])
    }

    /// Impurity times weight.
    fn impurity(&self, rows: &[usize]) -> f64 {
        let total: f64 = rows.iter().map(|&row| self.weight[row]).sum();
        if self.criterion == Criterion::SquaredError {
            let value = |row: usize| self.data.values[row];
            let mean = rows.iter().map(|&row| self.weight[row] * value(row)).sum::<f64>() / total;
            return rows.iter().map(|&row| self.weight[row] * (value(row) - mean).powi(2)).sum();
        }
        let fractions = self.counts(rows).into_iter().map(|count| count / total);
        if self.criterion == Criterion::Gini {
            total * (1.0 - fractions.map(|fraction| fraction * fraction).sum::<f64>())
        } else {
            -total
                * fractions.filter(|&fraction| fraction > 0.0).map(|fraction| fraction * fraction.log2()).sum::<f64>()
        }
    }
}
