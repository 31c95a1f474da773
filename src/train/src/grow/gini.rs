//! Gini impurity on integer counts, exactly.
//!
//! With class counts `l_k`, `r_k` left and right of a cut and `L`, `R` their sums, the weighted impurity of both sides is
//! smallest where `sum l_k^2 / L + sum r_k^2 / R` is largest (Breiman et al. 1984, section 4.3). The sums of squares
//! follow each example moved in O(1), and scores are compared as fractions: ties are ties, whatever the order of rows.

use std::cmp::Ordering;

use super::statistic::{Entry, LeafLimits, Statistic, Summary};

/// Class and count of one row of the data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    class: u32,
    count: u32,
}

/// Counts of one class in the node and left of the cut.
#[derive(Debug, Clone, Copy, Default)]
struct Class {
    total: u32,
    left: u32,
}

/// Gini on integer weights. The weights of a sample sum to less than 2^31.
#[derive(Debug, Clone)]
pub(super) struct Gini<'a> {
    labels: &'a [u32],
    weights: Option<&'a [u32]>,
    /// Least count of a side.
    min_leaf: u64,
    classes: Vec<Class>,
    total: u64,
    total_squares: u64,
    left: u64,
    /// sum_k l_k^2
    left_squares: u64,
    /// sum_k t_k l_k, where t_k = l_k + r_k
    product: u64,
}

/// `squares_left / L + squares_right / R` as one fraction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fraction {
    numerator: u128,
    denominator: u64,
}

impl<'a> Gini<'a> {
    /// Weights, if any, are integers, and then `limits.rows` must be 1: counts are weights here.
    pub(super) fn new(labels: &'a [u32], weights: Option<&'a [u32]>, n_classes: usize, limits: LeafLimits) -> Self {
        Self {
            labels,
            weights,
            min_leaf: limits.rows.max(limits.weight.ceil() as u64).max(1),
            classes: vec![Class::default(); n_classes],
            total: 0,
            total_squares: 0,
            left: 0,
            left_squares: 0,
            product: 0,
        }
    }

    #[inline]
    fn take(&mut self, class: usize, count: u32) {
        let entry = &mut self.classes[class];
        let (count, left) = (u64::from(count), u64::from(entry.left));
        entry.left += count as u32;
        self.left_squares = self.left_squares.wrapping_add(count.wrapping_mul(2 * left + count));
        self.product = self.product.wrapping_add(u64::from(entry.total).wrapping_mul(count));
        self.left = self.left.wrapping_add(count);
    }
}

impl Statistic for Gini<'_> {
    type Item = Count;
    type Lane = u32;
    type Score = Fraction;

    fn lanes(&self) -> usize {
        self.classes.len()
    }

    fn width(&self) -> usize {
        self.classes.len()
    }

    fn item(&self, row: usize, multiplicity: u16) -> Count {
        let weight = self.weights.map_or(1, |weights| weights[row]);
        Count { class: self.labels[row], count: weight * u32::from(multiplicity) }
    }

    #[inline]
    fn add(&self, cells: &mut [u32], code: usize, item: Count) {
        let cell = &mut cells[code * self.classes.len() + item.class as usize];
        *cell = cell.wrapping_add(item.count);
    }

    #[inline]
    fn occupied(&self, bin: &[u32]) -> bool {
        bin.iter().fold(0, |any, &count| any | count) != 0
    }

    fn measure(&self, examples: &[Entry<Count>], mass: &mut Vec<f64>) -> Summary {
        let start = mass.len();
        mass.resize(start + self.classes.len(), 0.0);
        let counts = &mut mass[start..];
        for example in examples {
            counts[example.item.class as usize] += f64::from(example.item.count);
        }
        let weight: f64 = counts.iter().sum();
        Summary { rows: weight as u64, weight, pure: counts.contains(&weight) }
    }

    fn value(&self, mass: &[f64], values: &mut Vec<f64>) {
        values.extend_from_slice(mass);
    }

    fn open(&mut self, mass: &[f64], summary: &Summary) {
        self.total = summary.rows;
        self.total_squares = 0;
        for (class, &count) in self.classes.iter_mut().zip(mass) {
            class.total = count as u32;
            self.total_squares += u64::from(class.total) * u64::from(class.total);
        }
    }

    fn rewind(&mut self) {
        self.classes.iter_mut().for_each(|class| class.left = 0);
        (self.left, self.left_squares, self.product) = (0, 0, 0);
    }

    #[inline]
    fn take_item(&mut self, item: Count) {
        self.take(item.class as usize, item.count);
    }

    #[inline]
    fn take_bin(&mut self, bin: &[u32]) {
        for (class, &count) in bin.iter().enumerate() {
            self.take(class, count);
        }
    }

    #[inline]
    fn score(&self) -> Option<Fraction> {
        let (left, right) = (self.left, self.total - self.left);
        if left < self.min_leaf || right < self.min_leaf {
            return None;
        }
        // sum r^2 = sum (t - l)^2, in range although 2 * product may wrap.
        let right_squares = self.total_squares.wrapping_add(self.left_squares).wrapping_sub(self.product << 1);
        let numerator = if self.total < 1 << 21 {
            u128::from(self.left_squares.wrapping_mul(right).wrapping_add(right_squares.wrapping_mul(left)))
        } else {
            u128::from(self.left_squares) * u128::from(right) + u128::from(right_squares) * u128::from(left)
        };
        Some(Fraction { numerator, denominator: left.wrapping_mul(right) })
    }

    #[inline]
    fn compare(&self, a: Fraction, b: Fraction) -> Ordering {
        if self.total < 1 << 21 {
            // Both numerators are below 2^62: one multiplication each.
            let (n, m) = (a.numerator as u64, b.numerator as u64);
            return (u128::from(n) * u128::from(b.denominator)).cmp(&(u128::from(m) * u128::from(a.denominator)));
        }
        // Whole parts first: the cross product of the remainders fits, that of the fractions need not.
        let split = |f: Fraction| (f.numerator / u128::from(f.denominator), f.numerator % u128::from(f.denominator));
        let ((whole_a, rest_a), (whole_b, rest_b)) = (split(a), split(b));
        let rests = || (rest_a * u128::from(b.denominator)).cmp(&(rest_b * u128::from(a.denominator)));
        whole_a.cmp(&whole_b).then_with(rests)
    }

    fn gain(&self, score: Fraction) -> f64 {
        // numerator / denominator - total_squares / total, both below 2^122 over the common denominator.
        let (total, denominator) = (u128::from(self.total), u128::from(score.denominator));
        let above = score.numerator * total - u128::from(self.total_squares) * denominator;
        above as f64 / (denominator * total) as f64
    }

    #[inline]
    fn perfect(&self, score: Fraction) -> bool {
        score.numerator == u128::from(score.denominator) * u128::from(self.total)
    }

    fn scaled(&self, decrease: f64) -> f64 {
        decrease
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gini(total: u64) -> Gini<'static> {
        Gini { total, ..Gini::new(&[], None, 2, LeafLimits { rows: 1, weight: 0.0 }) }
    }

    proptest! {
        /// The wide comparison and the narrow one mean the same.
        #[test]
        fn fractions_compare_as_numbers(a in 1u64..50, b in 1u64..50, c in 1u64..50, d in 1u64..50, factor in 1u64..1 << 40) {
            let fraction = |n: u64, m: u64| Fraction { numerator: n.into(), denominator: m };
            let expected = (a * d).cmp(&(c * b));
            prop_assert_eq!(gini(1).compare(fraction(a, b), fraction(c, d)), expected);
            let scaled = Fraction { numerator: u128::from(a) * u128::from(factor), denominator: b * factor };
            prop_assert_eq!(gini(1 << 30).compare(scaled, fraction(c, d)), expected);
        }
    }

    /// Counts of 2^31 - 1 in all: no sum overflows, and pure sides are seen to be pure.
    #[test]
    fn the_largest_counts() {
        let total = (1u32 << 31) - 1;
        let mut gini = gini(0);
        let mass = [f64::from(total - 5), 5.0];
        gini.open(&mass, &Summary { rows: total.into(), weight: total.into(), pure: false });
        gini.rewind();
        gini.take_bin(&[total - 5, 0]);
        let pure = gini.score().unwrap();
        assert!(gini.perfect(pure));
        // Impurity times weight: T - (a^2 + b^2) / T = 2 a b / T.
        assert_eq!(gini.gain(pure), 2.0 * mass[0] * mass[1] / f64::from(total));
        gini.take_bin(&[0, 1]);
        let mixed = gini.score().unwrap();
        assert!(!gini.perfect(mixed) && gini.compare(mixed, pure).is_lt());
        assert!(gini.gain(mixed) > 0.0 && gini.gain(mixed) < gini.gain(pure));
    }
}
