//! Intervals by what they promise: coverage, exactness on constants, the same bytes always.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::Control;

use super::*;

const OPTIONS: IntervalOptions = IntervalOptions { resamples: 1000, level: 0.95, seed: 7 };

fn of(values: &[f64], weights: Option<&[f64]>) -> Interval {
    interval(values, weights, &OPTIONS, &Control::new()).unwrap()
}

/// Skewed numbers: exponential, of mean 1 and variance 1.
fn exponential(rng: &mut ChaCha8Rng) -> f64 {
    -(1.0 - rng.random::<f64>()).ln()
}

/// How often intervals over `n` examples cover a true mean; each world draws its examples (value, weight).
fn coverage(options: IntervalOptions, truth: f64, n: usize, draw: impl Fn(&mut ChaCha8Rng) -> (f64, f64)) -> f64 {
    let worlds = 300;
    let covered = (0..worlds).filter(|&world| {
        let mut rng = ChaCha8Rng::seed_from_u64(world);
        let (values, weights): (Vec<f64>, Vec<f64>) = (0..n).map(|_| draw(&mut rng)).unzip();
        let options = IntervalOptions { seed: 1000 + world, ..options };
        let interval = interval(&values, Some(&weights), &options, &Control::new()).unwrap();
        (interval.low..=interval.high).contains(&truth)
    });
    covered.count() as f64 / worlds as f64
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    // 300 worlds: the standard error of a fraction of 0.95 is 0.013, of 0.5 0.029.
    let options = IntervalOptions { resamples: 300, ..OPTIONS };
    let plain = coverage(options, 1.0, 80, |rng| (exponential(rng), 1.0));
    assert!((0.89..=0.985).contains(&plain), "{plain}");
    let half = coverage(IntervalOptions { level: 0.5, ..options }, 1.0, 80, |rng| (exponential(rng), 1.0));
    assert!((0.41..=0.59).contains(&half), "{half}");
    // Heavy examples have larger values: the weighted mean is (1 x 1 + 3 x 3) / (1 + 3).
    let weighted = coverage(options, 2.5, 120, |rng| {
        let weight = if rng.random_bool(0.5) { 1.0 } else { 3.0 };
        (weight * exponential(rng), weight)
    });
    assert!((0.89..=0.985).contains(&weighted), "{weighted}");
}

#[test]
fn the_standard_error_is_that_of_the_mean() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let values: Vec<f64> = (0..500).map(|_| exponential(&mut rng)).collect();
    let interval = of(&values, None);
    let mean = values.iter().sum::<f64>() / 500.0;
    let expected = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 500.0 / 500.0).sqrt();
    assert!((interval.standard_error / expected - 1.0).abs() < 0.1, "{interval:?} {expected}");
    assert!((interval.mean - mean).abs() < 1e-12 && interval.low < mean && mean < interval.high);
    assert!(((interval.high - interval.low) / (2.0 * 1.96 * expected) - 1.0).abs() < 0.1, "{interval:?} {expected}");
    // Counting every example twice says nothing new; weights are not numbers of examples.
    assert_eq!(of(&values, Some(&vec![2.0; 500])).high, of(&values, Some(&vec![1.0; 500])).high);
}

#[test]
fn constants_have_bands_of_width_zero() {
    for weights in [None, Some(&[0.1, 0.7, 0.0, 1e300][..]), Some(&[0.0, 0.0, 3.0, 0.0][..])] {
        let value = 0.1;
        let expected = Interval { mean: value, low: value, high: value, standard_error: 0.0 };
        assert_eq!(of(&[value; 4], weights), expected);
    }
    assert_eq!(of(&[-3.5], None), Interval { mean: -3.5, low: -3.5, high: -3.5, standard_error: 0.0 });
}

#[test]
fn what_weighs_nothing_is_absent() {
    let with = of(&[1.0, 9.0, 2.0, 4.0], Some(&[1.0, 0.0, 2.0, 1.0]));
    assert_eq!(with, of(&[1.0, 2.0, 4.0], Some(&[1.0, 2.0, 1.0])));
    assert!(with.high <= 4.0);
}

#[test]
fn pairs_are_drawn_together() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let b: Vec<f64> = (0..200).map(|_| 100.0 * exponential(&mut rng)).collect();
    // A constant difference is certain, however much both vary.
    let a: Vec<f64> = b.iter().map(|b| b.floor() + 0.5).collect();
    let b: Vec<f64> = b.iter().map(|b| b.floor()).collect();
    let certain = paired_interval(&a, &b, None, &OPTIONS, &Control::new()).unwrap();
    assert_eq!(certain, Interval { mean: 0.5, low: 0.5, high: 0.5, standard_error: 0.0 });
    // Intervals from shared resamples are those of each vector alone.
    let together = intervals(&[&a, &b], None, &OPTIONS, &Control::new()).unwrap();
    assert_eq!(together, [of(&a, None), of(&b, None)]);
}

#[test]
fn groups_are_drawn_whole() {
    // 30 groups of 10 examples that agree: as uncertain as 30 examples.
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let of_group: Vec<f64> = (0..30).map(|_| exponential(&mut rng)).collect();
    let groups: Vec<u64> = (0..300).map(|row| row % 30).collect();
    let values: Vec<f64> = groups.iter().map(|&group| of_group[group as usize]).collect();
    let (means, weights) = by_group(&values, None, &groups).unwrap();
    let (whole, apart) = (of(&means, Some(&weights)), of(&values, None));
    assert!((whole.mean - apart.mean).abs() < 1e-12);
    let ratio = whole.standard_error / apart.standard_error;
    assert!((ratio - 10f64.sqrt()).abs() < 0.4, "{ratio}");
    let (means, weights) = by_group(&[1.0, 2.0, 6.0], Some(&[1.0, 3.0, 1.0]), &[5, 4, 4]).unwrap();
    assert_eq!((means, weights), (vec![1.0, 3.0], vec![1.0, 4.0]));
}

#[test]
fn threads_do_not_matter_and_seeds_do() {
    let values: Vec<f64> = (0..97).map(|row| f64::from(row * 31 % 97).sqrt()).collect();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| of(&values, None))
    };
    assert_eq!(on(1), on(3));
    let other = IntervalOptions { seed: 8, ..OPTIONS };
    assert_ne!(interval(&values, None, &other, &Control::new()).unwrap(), of(&values, None));
}

#[test]
fn wrong_input_is_named() {
    let refused = |values: &[f64], weights: Option<&[f64]>, options| {
        interval(values, weights, &options, &Control::new()).unwrap_err()
    };
    assert_eq!(refused(&[], None, OPTIONS), DataError::Empty.into());
    assert_eq!(refused(&[1.0, f64::INFINITY], None, OPTIONS), IntervalError::Value { row: 1, value: f64::INFINITY });
    assert!(matches!(refused(&[f64::NAN], None, OPTIONS), IntervalError::Value { row: 0, .. }));
    assert_eq!(refused(&[1.0], Some(&[0.0]), OPTIONS), DataError::NoWeight.into());
    assert_eq!(
        refused(&[1.0], None, IntervalOptions { resamples: 1, ..OPTIONS }),
        IntervalError::Resamples { resamples: 1 }
    );
    assert_eq!(refused(&[1.0], None, IntervalOptions { level: 1.0, ..OPTIONS }), IntervalError::Level { level: 1.0 });
    let differ = paired_interval(&[1.0], &[1.0, 2.0], None, &OPTIONS, &Control::new()).unwrap_err();
    assert_eq!(differ, DataError::Length { what: "values", found: 2, expected: 1 }.into());
    let control = Control::new();
    control.cancel();
    assert_eq!(interval(&[1.0], None, &OPTIONS, &control), Err(IntervalError::Stopped(Stop::Cancelled)));
}
