//! Features cut into bins, once per fit, shared by all trees.
//!
//! A bin holds a run of adjacent distinct values. Splits are searched between bins, so a feature costs one pass over
//! small integers instead of a sort per node (histograms as in LightGBM: Ke et al. 2017). A feature with at most
//! `max_bins` distinct values gets one bin per value and is split exactly as without bins; any other gets bins of about
//! equal weight, cut between distinct values.
//!
//! Invariant: within a feature `low[0] <= high[0] < low[1] <= high[1] < ..`, every value of a row of positive weight lies
//! in `low[b]..=high[b]` of its bin `b`, and a missing value has the code `n_values()`.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::error::GrowError;

/// Bins of one feature.
#[derive(Debug, PartialEq)]
pub(super) struct FeatureBins {
    /// Smallest value of each bin.
    pub(super) low: Vec<f64>,
    /// Largest value of each bin.
    pub(super) high: Vec<f64>,
    /// Whether a row of positive weight lacks the value.
    pub(super) missing: bool,
}

impl FeatureBins {
    /// Bins of values; the code of a missing one.
    pub(super) fn n_values(&self) -> usize {
        self.high.len()
    }

    /// Bins in all, that of missing values included.
    pub(super) fn n_bins(&self) -> usize {
        self.n_values() + usize::from(self.missing)
    }

    /// The threshold between two bins: `x <= t` for all of `below`, not for any of `above`.
    pub(super) fn threshold(&self, below: usize, above: Option<usize>) -> f64 {
        above.map_or(f64::MAX, |above| midpoint(self.high[below], self.low[above]))
    }

    /// Bin of a value. A value outside all bins (of a row of no weight) gets a neighbouring one.
    fn code(&self, value: f64) -> usize {
        if value.is_nan() {
            return self.n_values();
        }
        self.high.partition_point(|&high| high < value).min(self.n_values().saturating_sub(1))
    }
}

/// The codes of all rows, one column per feature.
#[derive(Debug)]
pub(super) enum Columns {
    /// At most 256 bins, that of missing values included.
    Narrow(Vec<Box<[u8]>>),
    /// At most 65,536 bins.
    Wide(Vec<Box<[u16]>>),
}

/// A bin number as stored.
pub(super) trait Code: Copy + Send + Sync + Into<usize> {}

impl Code for u8 {}
impl Code for u16 {}

/// The training data in bins.
#[derive(Debug)]
pub(super) struct Binned {
    /// The bins of each feature.
    pub(super) features: Vec<FeatureBins>,
    /// The bin of each value.
    pub(super) columns: Columns,
}

impl Binned {
    /// Bins `x`, shape `(n_rows, n_features)`, by the rows of positive weight (all, if there are no weights).
    ///
    /// O(n log n) per feature, features in parallel.
    ///
    /// # Errors
    /// [`GrowError::Infinite`]: the lowest column that has one, and its lowest row.
    pub(super) fn new(x: ArrayView2<'_, f64>, weights: Option<&[f64]>, max_bins: usize) -> Result<Self, GrowError> {
        let features: Vec<Result<FeatureBins, GrowError>> = (0..x.ncols())
            .into_par_iter()
            .map(|column| {
                let values = x.column(column);
                match values.iter().enumerate().find(|(_, value)| value.is_infinite()) {
                    Some((row, &value)) => Err(GrowError::Infinite { row, column, value }),
                    None => Ok(bins(values, weights, max_bins)),
                }
            })
            .collect();
        let features = features.into_iter().collect::<Result<Vec<_>, _>>()?;
        let widest = features.iter().map(FeatureBins::n_bins).max().unwrap_or(0);
        let columns = if widest <= 256 {
            Columns::Narrow(encode(x, &features, |code| code as u8))
        } else {
            Columns::Wide(encode(x, &features, |code| code as u16))
        };
        Ok(Self { features, columns })
    }

    /// Whether any row of positive weight lacks any value.
    pub(super) fn any_missing(&self) -> bool {
        self.features.iter().any(|feature| feature.missing)
    }
}

fn encode<C: Code>(x: ArrayView2<'_, f64>, features: &[FeatureBins], narrow: fn(usize) -> C) -> Vec<Box<[C]>> {
    features
        .par_iter()
        .enumerate()
        .map(|(column, bins)| x.column(column).iter().map(|&value| narrow(bins.code(value))).collect())
        .collect()
}

/// The bins of one feature. Rows of no weight are not looked at.
fn bins(values: ArrayView1<'_, f64>, weights: Option<&[f64]>, max_bins: usize) -> FeatureBins {
    let n_missing;
    // Distinct values in ascending order with their weights, whatever the order of the rows.
    let mut distinct: Vec<(f64, f64)> = Vec::new();
    let mut collect = |value: f64, weight: f64| match distinct.last_mut() {
        Some(last) if last.0 == value => last.1 += weight,
        _ => distinct.push((value, weight)),
    };
    if let Some(weights) = weights {
        let used = || values.iter().copied().zip(weights.iter().copied()).filter(|&(_, weight)| weight > 0.0);
        let mut pairs: Vec<(f64, f64)> = used().filter(|(value, _)| !value.is_nan()).collect();
        n_missing = used().count() - pairs.len();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        pairs.into_iter().for_each(|(value, weight)| collect(value, weight));
    } else {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        n_missing = values.len() - sorted.len();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.into_iter().for_each(|value| collect(value, 1.0));
    }
    let (low, high) = if distinct.len() <= max_bins {
        distinct.iter().map(|&(value, _)| (value, value)).unzip()
    } else {
        quantiles(&distinct, max_bins)
    };
    FeatureBins { low, high, missing: n_missing > 0 }
}

/// Cuts distinct values into at most `max_bins` runs of about equal weight: each run aims at its fraction of what is left,
/// so one heavy value takes a bin and the rest is spread over the others.
fn quantiles(distinct: &[(f64, f64)], max_bins: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut low, mut high) = (vec![distinct[0].0], Vec::with_capacity(max_bins));
    let mut rest: f64 = distinct.iter().map(|&(_, weight)| weight).sum();
    let mut here = 0.0;
    let mut previous = distinct[0].0;
    for &(value, weight) in distinct {
        let bins_left = max_bins - high.len();
        let aim = rest / bins_left as f64;
        // Close the run before this value if that misses the aim by no more than taking it would.
        if here > 0.0 && bins_left > 1 && aim - here <= here + weight - aim {
            high.push(previous);
            low.push(value);
            rest -= here;
            here = 0.0;
        }
        here += weight;
        previous = value;
    }
    high.push(previous);
    (low, high)
}

/// A number `t` with `below <= t < above`, their midpoint if it is one. Never overflows.
fn midpoint(below: f64, above: f64) -> f64 {
    let middle = below.midpoint(above);
    if below <= middle && middle < above { middle } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    fn column(values: &[f64]) -> Array2<f64> {
        Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()
    }

    fn codes(binned: &Binned) -> Vec<usize> {
        match &binned.columns {
            Columns::Narrow(columns) => columns[0].iter().map(|&code| code.into()).collect(),
            Columns::Wide(columns) => columns[0].iter().map(|&code| code.into()).collect(),
        }
    }

    #[test]
    fn few_distinct_values_get_a_bin_each() {
        let x = column(&[2.0, -1.0, f64::NAN, 2.0, -0.0, 0.0]);
        let binned = Binned::new(x.view(), None, 255).unwrap();
        assert_eq!(binned.features[0].low, [-1.0, 0.0, 2.0]);
        assert_eq!(binned.features[0].low, binned.features[0].high);
        assert!(binned.any_missing());
        assert_eq!(codes(&binned), [2, 0, 3, 2, 1, 1]);
        assert_eq!(binned.features[0].threshold(0, Some(2)), 0.5);
        assert_eq!(binned.features[0].threshold(2, None), f64::MAX);
    }

    #[test]
    fn rows_of_no_weight_make_no_bins() {
        let x = column(&[1.0, 2.0, 3.0, f64::NAN, 9.0]);
        let binned = Binned::new(x.view(), Some(&[1.0, 0.0, 1.0, 0.0, 0.0]), 255).unwrap();
        assert_eq!(binned.features[0].high, [1.0, 3.0]);
        assert!(!binned.any_missing());
    }

    #[test]
    fn a_heavy_value_takes_one_bin_and_leaves_the_others() {
        let mut values = vec![0.0; 1000];
        values.extend((1..=100).map(f64::from));
        let binned = Binned::new(column(&values).view(), None, 11).unwrap();
        let feature = &binned.features[0];
        assert_eq!((feature.low[0], feature.high[0]), (0.0, 0.0));
        assert_eq!(feature.n_values(), 11);
        let mut counts = [0; 11];
        codes(&binned)[1000..].iter().for_each(|&code| counts[code] += 1);
        assert_eq!(counts, [0, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    }

    #[test]
    fn more_than_a_byte_of_bins_takes_two() {
        let values: Vec<f64> = (0..300).map(f64::from).collect();
        let binned = Binned::new(column(&values).view(), None, 65_535).unwrap();
        assert!(matches!(binned.columns, Columns::Wide(_)));
        assert_eq!(codes(&binned), (0..300).collect::<Vec<_>>());
        assert!(matches!(Binned::new(column(&values).view(), None, 255).unwrap().columns, Columns::Narrow(_)));
    }

    #[test]
    fn midpoints_are_safe_at_the_edges_of_f64() {
        let one_up = 1.0f64.next_up();
        for (below, above) in [
            (1.0, one_up),
            (one_up, one_up.next_up()),
            (0.0, 5e-324),
            (-5e-324, 0.0),
            (f64::MIN, f64::MAX),
            (f64::MAX.next_down(), f64::MAX),
            (f64::MIN, f64::MIN.next_up()),
            (5e-324, 1e-323),
        ] {
            let middle = midpoint(below, above);
            assert!(below <= middle && middle < above, "{below:e} {middle:e} {above:e}");
        }
        assert_eq!(midpoint(f64::MIN, f64::MAX), 0.0);
    }

    proptest! {
        #[test]
        fn bins_order_values_and_thresholds_separate_them(
            values in prop::collection::vec(prop_oneof![any::<f64>().prop_filter("finite", |v| v.is_finite()),
                (0..20i32).prop_map(f64::from)], 1..200),
            max_bins in 2usize..40,
        ) {
            let binned = Binned::new(column(&values).view(), None, max_bins).unwrap();
            let feature = &binned.features[0];
            let codes = codes(&binned);
            prop_assert!(feature.n_values() <= max_bins);
            for below in 0..feature.n_values() {
                prop_assert!(codes.contains(&below));
                for above in below + 1..feature.n_values() {
                    let threshold = feature.threshold(below, Some(above));
                    for (value, &code) in values.iter().zip(&codes) {
                        prop_assert!(code > below || *value <= threshold);
                        prop_assert!(code < above || *value > threshold);
                    }
                }
            }
        }
    }
}
