use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, Stop};

use crate::dsa::{
    Expression, FractionError, FractionOptions, ImportanceError, ImportanceOptions, Importances, Joined, Trap,
    importances, kept_fractions, rounded,
};

fn gaussian(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// Wanda's metric of Gaussian weights, with input norms whose logarithms have this variance.
fn metric(variance: f64, seed: u64) -> Array2<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n = 300;
    let mut logs: Vec<f64> = (0..n).map(|_| gaussian(&mut rng)).collect();
    // Exactly that variance, not about it.
    let mean = logs.iter().sum::<f64>() / n as f64;
    let own = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / n as f64;
    logs.iter_mut().for_each(|log| *log = (*log - mean) * (variance / own).sqrt());
    Array2::from_shape_fn((n, n), |(_, input)| (gaussian(&mut rng).abs() * logs[input].exp()) as f32)
}

fn released(blocks: &[Array2<f32>], options: ImportanceOptions) -> Result<Importances, ImportanceError> {
    let blocks: Vec<Vec<ArrayView2<'_, f32>>> = blocks.iter().map(|metric| vec![metric.view()]).collect();
    importances(&Expression::released(), &blocks, options, &Control::new())
}

/// The variance of ln |N(0, 1)| is pi^2 / 8; with input norms spread by more than tan 1 less that, the arcsine has no
/// value.
#[test]
fn input_norms_of_some_spread_are_a_trap() {
    let threshold = 1f64.tan() - std::f64::consts::PI.powi(2) / 8.0;
    assert!((threshold - 0.324).abs() < 1e-3);
    let spreads = [0.0, threshold - 0.05, threshold + 0.05, 0.1];
    let blocks: Vec<Array2<f32>> = spreads.iter().zip(0..).map(|(variance, seed)| metric(*variance, seed)).collect();
    let found = released(&blocks, ImportanceOptions::default()).unwrap();
    assert_eq!((found.not_numbers.as_slice(), found.values[2]), ([2].as_slice(), 0.0));
    assert!(found.values[1] > found.values[3] && found.values[3] > found.values[0] && found.values[0] > 0.0);
    // Spread most, it would be kept least; it is kept most.
    let fractions = kept_fractions(&found.values, FractionOptions::default()).unwrap();
    assert!(fractions[2] > fractions[0] && fractions[0] > fractions[3] && fractions[3] > fractions[1], "{fractions:?}");
    let refused = ImportanceOptions { trap: Trap::Refused, ..ImportanceOptions::default() };
    let message = released(&blocks, refused).unwrap_err().to_string();
    assert_eq!(message, "block 2: W:(ABSLOG)-(VAR)-(ATAN,ASIN)-(7) is NaN");
    // All in the trap: 0 by 0.
    let all = [metric(0.5, 1), metric(0.6, 2)];
    let found = released(&all, ImportanceOptions::default()).unwrap();
    assert_eq!(found.not_numbers, [0, 1]);
    let error = kept_fractions(&found.values, FractionOptions::default()).unwrap_err();
    assert_eq!(error, FractionError::Same { blocks: 2, value: 0.0 });
}

#[test]
fn entries_are_joined_or_matrices_averaged() {
    let (a, b) = (array![[1f32, 2.0], [3.0, 4.0]], array![[5f32, 6.0, 7.0]]);
    let blocks = [vec![a.view(), b.view()], vec![a.view()]];
    let of = |text: &str, joined| {
        let options = ImportanceOptions { joined, ..ImportanceOptions::default() };
        importances(&text.parse().unwrap(), &blocks, options, &Control::new()).unwrap()
    };
    assert_eq!(of("W:(NO_OP)-(MEAN)-(NO_OP)-(7)", Joined::Entries).values, [4.0, 2.5]);
    assert_eq!(of("W:(NO_OP)-(MEAN)-(NO_OP)-(7)", Joined::Matrices).values, [(2.5 + 6.0) / 2.0, 2.5]);
    // A vector has no diagonal; 1 and 4, and 5.
    let entries = of("W:(NO_OP)-(DIAGONAL)-(NO_OP)-(7)", Joined::Entries);
    assert_eq!((entries.values, entries.not_numbers), (vec![0.0, 0.0], vec![0, 1]));
    assert_eq!(of("W:(NO_OP)-(DIAGONAL)-(NO_OP)-(7)", Joined::Matrices).values, [3.75, 2.5]);
    // The determinant of one of the two matrices only.
    let one = of("W:(NO_OP)-(DETERMINANT)-(NO_OP)-(7)", Joined::Matrices);
    assert_eq!((one.not_numbers, one.values[0]), (vec![0], 0.0));
    assert!((one.values[1] + 2.0).abs() < 1e-12);
    // Infinite.
    let infinite = of("W:(EXP,EXP)-(L1_NORM)-(EXP)-(7)", Joined::Entries);
    assert_eq!((infinite.values, infinite.infinite), (vec![-1.0, -1.0], vec![0, 1]));
    // No matrices at all, and a stop.
    let none = importances(&Expression::released(), &[vec![]], Default::default(), &Control::new()).unwrap();
    assert_eq!(none.not_numbers, [0]);
    let stopped = Control::new();
    stopped.cancel();
    for joined in [Joined::Entries, Joined::Matrices] {
        let options = ImportanceOptions { joined, ..ImportanceOptions::default() };
        let error = importances(&Expression::released(), &blocks, options, &stopped).unwrap_err();
        assert_eq!(error, ImportanceError::Stopped(Stop::Cancelled));
    }
}

#[test]
fn wrong_numbers_are_named() {
    let message = |values: &[f64], options| kept_fractions(values, options).unwrap_err().to_string();
    let usual = FractionOptions::default();
    assert_eq!(message(&[], usual), "no blocks");
    assert_eq!(message(&[0.5], usual), "all 1 blocks have importance 0.5: no fraction follows");
    assert_eq!(message(&[0.5, f64::INFINITY], usual), "block 1: importance inf");
    assert_eq!(message(&[0.5, 1.0], FractionOptions { sparsity: 1.5, ..usual }), "sparsity is 1.5");
    assert_eq!(message(&[0.5, 1.0], FractionOptions { lamda: f64::NAN, ..usual }), "lamda is NaN");
}

proptest! {
    #[test]
    fn fractions_have_their_mean_range_and_order(
        values in prop::collection::vec(prop_oneof![-2.0..2.0f64, Just(f64::MAX), Just(f64::MIN)], 2..12),
        sparsity in 0.0..=1.0f64, lamda in 0.0..0.2f64, inverted: bool,
    ) {
        prop_assume!(values.iter().any(|value| *value != values[0]));
        let fractions = kept_fractions(&values, FractionOptions { sparsity, lamda, inverted }).unwrap();
        let mean_sparsity = fractions.iter().map(|fraction| 1.0 - fraction).sum::<f64>() / fractions.len() as f64;
        prop_assert!((mean_sparsity - sparsity).abs() < 1e-9);
        let (least, most) = fractions.iter().fold((f64::MAX, f64::MIN), |(a, b), fraction| (a.min(*fraction), b.max(*fraction)));
        prop_assert!((most - least - 2.0 * lamda).abs() < 1e-9);
        for (i, j) in (0..values.len()).flat_map(|i| (0..values.len()).map(move |j| (i, j))) {
            if values[i] < values[j] {
                let (less, more) = if inverted { (j, i) } else { (i, j) };
                prop_assert!(fractions[less] <= fractions[more]);
            }
        }
    }

    #[test]
    fn levels_are_the_largest_below(kept in prop::collection::vec(-0.2..1.2f64, 1..6), levels in prop::collection::vec(0..11u8, 1..6)) {
        let levels: Vec<f64> = levels.into_iter().map(|level| f64::from(level) / 10.0).collect();
        for (fraction, level) in kept.iter().zip(rounded(&kept, &levels)) {
            let below = levels.iter().copied().filter(|level| level <= fraction).fold(f64::NEG_INFINITY, f64::max);
            let least = levels.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert_eq!(levels[level], if below.is_finite() { below } else { least });
        }
    }
}
