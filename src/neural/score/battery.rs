//! What every scorer passes: the same answers as [`Reference`] on any shape, whole or a few rows at a time. One line per back end.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Reference, ScoreError, Scorer};

/// Largest relative difference between two matrices, and where.
fn apart(found: &Array2<f32>, expected: &Array2<f32>) -> Option<String> {
    let differ = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-5 * (1.0 + b.abs());
    if found.dim() != expected.dim() {
        return Some(format!("shape {:?}, expected {:?}", found.dim(), expected.dim()));
    }
    let place = found.iter().zip(expected).position(differ)?;
    let at = (place / expected.ncols(), place % expected.ncols());
    Some(format!("{} at {at:?}, expected {}", found[at], expected[at]))
}

fn matrix() -> impl Strategy<Value = Array2<f32>> {
    (1..9usize, 1..14usize).prop_flat_map(|(rows, columns)| {
        // Few different values: many ties.
        let value = prop_oneof![-4..5i8, Just(0)].prop_map(|value| f32::from(value) / 4.0);
        prop::collection::vec(value, rows * columns)
            .prop_map(move |values| Array2::from_shape_vec((rows, columns), values).unwrap())
    })
}

fn same_matrix(found: &Array2<f32>, expected: &Array2<f32>) -> Result<(), TestCaseError> {
    match apart(found, expected) {
        Some(message) => Err(TestCaseError::fail(message)),
        None => Ok(()),
    }
}

/// `scorers`: of one back end, with different numbers of rows at once.
pub(super) fn battery<S: Scorer>(scorers: &[S]) {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(64) });
    let cases = (matrix(), prop::collection::vec(0.1..3f32, 13), 1..5usize, 1..5usize, any::<bool>());
    runner
        .run(&cases, |(x, factors, n, more, turned)| {
            // Views that are not contiguous, too.
            let weight: ArrayView2<'_, f32> = if turned { x.t() } else { x.view() };
            let factors = &factors[..weight.ncols()];
            for scorer in scorers {
                same_matrix(&scorer.magnitude(weight), &Reference.magnitude(weight))?;
                same_matrix(&scorer.wanda(weight, factors).unwrap(), &Reference.wanda(weight, factors).unwrap())?;
                let (found, expected) = (scorer.second_order(weight, factors), Reference.second_order(weight, factors));
                same_matrix(&found.unwrap(), &expected.unwrap())?;
                let m = n + more - 1;
                same_matrix(&scorer.pattern(weight, n, m).unwrap(), &Reference.pattern(weight, n, m).unwrap())?;
                let mut found = scorer.moments(weight.ncols());
                let mut expected = Reference.moments(weight.ncols());
                for _ in 0..2 {
                    scorer.accumulate(&mut found, weight).unwrap();
                    Reference.accumulate(&mut expected, weight).unwrap();
                }
                same_matrix(&scorer.read(&found).mapv(|v| v as f32), &expected.mapv(|v| v as f32))?;
                let other = weight.mapv(|value| value * value - 0.5);
                let (found, expected) =
                    (scorer.overlap(weight, other.view()).unwrap(), Reference.overlap(weight, other.view()).unwrap());
                prop_assert!((found - expected).abs() <= 1e-5 * (1.0 + expected), "{found} {expected}");
            }
            Ok(())
        })
        .unwrap();
    for scorer in scorers {
        let x = Array2::<f32>::ones((2, 4));
        assert_eq!(scorer.wanda(x.view(), &[1.0]).unwrap_err().to_string(), "number of norms: 1, expected 4");
        assert_eq!(scorer.second_order(x.view(), &[1.0]).unwrap_err().to_string(), "number of divisors: 1, expected 4");
        assert_eq!(scorer.pattern(x.view(), 3, 2).unwrap_err(), ScoreError::Pattern { n: 3, m: 2 });
        let mut moments = scorer.moments(3);
        assert_eq!(
            scorer.accumulate(&mut moments, x.view()).unwrap_err().to_string(),
            "number of inputs: 4, expected 3"
        );
        let other = Array2::<f32>::ones((3, 4));
        assert_eq!(scorer.overlap(x.view(), other.view()).unwrap_err().to_string(), "number of rows: 3, expected 2");
        let empty = Array2::<f32>::zeros((0, 4));
        assert_eq!(scorer.magnitude(empty.view()).dim(), (0, 4));
        assert_eq!(scorer.overlap(empty.view(), empty.view()).unwrap(), 0.0);
    }
}

#[test]
fn reference() {
    battery(&[Reference]);
}

#[test]
fn flex() {
    use super::OnDevice;
    use burn::backend::Flex;
    let scorer = || OnDevice::<Flex>::new(Default::default());
    battery(&[scorer(), scorer().with_numbers_at_once(1), scorer().with_numbers_at_once(20)]);
}
