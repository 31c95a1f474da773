//! How much of every layer to keep: proportional rules, and masks at given ratios.

use ndarray::{Array2, ArrayView2};

/// Kept fractions around a mean: scores are stretched to `2 * spread` between their least and their largest, and
/// shifted so that the mean is `1 - sparsity` (the map of OWL, Yin et al. 2024, and of DSA's released programs). Equal
/// scores: all the same fraction. Nothing is cut off at 0 or 1.
pub fn spread(scores: &[f64], sparsity: f64, spread: f64) -> Vec<f64> {
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = most - least;
    let stretch = |score: &f64| if width > 0.0 { (score - least) / width * 2.0 * spread } else { 0.0 };
    let stretched: Vec<f64> = scores.iter().map(stretch).collect();
    let mean = stretched.iter().sum::<f64>() / stretched.len().max(1) as f64;
    stretched.into_iter().map(|fraction| fraction - mean + 1.0 - sparsity).collect()
}

/// Outlier-weighed layers (OWL): the score of a layer is the fraction of its entries above `times` their mean.
pub fn outliers(scores: ArrayView2<'_, f32>, times: f64) -> f64 {
    let n = scores.len().max(1) as f64;
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / n;
    scores.iter().filter(|score| f64::from(**score) > times * mean).count() as f64 / n
}

/// Which of the entries compete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// Those of a row: every output keeps the same number of inputs (Wanda).
    Row,
    /// All of the layer (magnitude pruning).
    Layer,
}

/// Entries that stay: the `int(entries * sparsity)` of least score go, ties by place. True: stays.
pub fn keep_best(scores: ArrayView2<'_, f32>, sparsity: f64, within: Within) -> Array2<bool> {
    let mut kept = Array2::from_elem(scores.dim(), true);
    let mut drop = |places: Vec<(usize, usize)>| {
        let gone = (places.len() as f64 * sparsity.clamp(0.0, 1.0)) as usize;
        let mut order = places;
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(a.cmp(b)));
        order.into_iter().take(gone).for_each(|place| kept[place] = false);
    };
    let (rows, columns) = scores.dim();
    match within {
        Within::Row => (0..rows).for_each(|row| drop((0..columns).map(|column| (row, column)).collect())),
        Within::Layer => drop(scores.indexed_iter().map(|(place, _)| place).collect()),
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fractions_have_their_mean_and_their_spread(
            scores in prop::collection::vec(-5.0..5.0f64, 1..20),
            sparsity in 0.0..1.0f64,
            width in 0.0..0.3f64,
        ) {
            let fractions = spread(&scores, sparsity, width);
            let mean = fractions.iter().sum::<f64>() / fractions.len() as f64;
            prop_assert!((mean - (1.0 - sparsity)).abs() < 1e-9);
            let range = fractions.iter().copied().fold(f64::MIN, f64::max) - fractions.iter().copied().fold(f64::MAX, f64::min);
            let differ = scores.iter().any(|score| *score != scores[0]);
            let expected = if differ { 2.0 * width } else { 0.0 };
            prop_assert!((range - expected).abs() < 1e-9);
            for (a, b) in scores.iter().zip(&fractions) {
                prop_assert!(scores.iter().zip(&fractions).all(|(c, d)| (a < c) <= (*b <= *d)));
            }
        }

        #[test]
        fn the_least_go(values in prop::collection::vec(0..9u8, 24), sparsity in 0.0..=1.0f64) {
            let scores = Array2::from_shape_vec((4, 6), values.into_iter().map(f32::from).collect()).unwrap();
            let by_row = keep_best(scores.view(), sparsity, Within::Row);
            for (row, kept) in scores.rows().into_iter().zip(by_row.rows()) {
                prop_assert_eq!(kept.iter().filter(|kept| !**kept).count(), (6.0 * sparsity) as usize);
                let gone = row.iter().zip(kept).filter(|(_, kept)| !**kept).map(|(score, _)| *score).fold(-1.0, f32::max);
                prop_assert!(row.iter().zip(kept).all(|(score, kept)| !*kept || *score >= gone));
            }
            let whole = keep_best(scores.view(), sparsity, Within::Layer);
            prop_assert_eq!(whole.iter().filter(|kept| !**kept).count(), (24.0 * sparsity) as usize);
        }
    }

    #[test]
    fn outliers_are_counted_above_the_mean() {
        // Mean 2: one of four is above five times 2, two are above 1 times 2.
        assert_eq!(outliers(array![[0.0, 0.0], [3.0, 11.0]].view(), 3.0), 0.25);
        assert_eq!(outliers(array![[0.0, 0.0], [4.0, 4.0]].view(), 1.0), 0.5);
        assert_eq!(outliers(Array2::zeros((0, 3)).view(), 1.0), 0.0);
    }
}
