use proptest::prelude::*;

use crate::dsa::{PENALTY, quadratic};

/// The nearest point of the box and the half space to the unconstrained optimum, which is the optimum as all curvatures
/// are the same: alternating projections with corrections (Boyle and Dykstra 1986).
fn projected(scores: &[f64], sparsity: f64, penalty: f64) -> Vec<f64> {
    let n = scores.len() as f64;
    let mut x: Vec<f64> = scores.iter().map(|score| sparsity + score / (2.0 * penalty)).collect();
    let (mut of_box, mut of_half) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for _ in 0..20_000 {
        let target: Vec<f64> = x.iter().zip(&of_box).map(|(x, p)| x + p).collect();
        let inside: Vec<f64> = target.iter().map(|y| y.clamp(0.0, 1.0)).collect();
        of_box = target.iter().zip(&inside).map(|(y, x)| y - x).collect();
        let target: Vec<f64> = inside.iter().zip(&of_half).map(|(x, p)| x + p).collect();
        let over = (target.iter().sum::<f64>() / n - sparsity).max(0.0);
        x = target.iter().map(|y| y - over).collect();
        of_half = vec![over; x.len()];
    }
    x
}

fn objective(scores: &[f64], x: &[f64], sparsity: f64, penalty: f64) -> f64 {
    scores.iter().zip(x).map(|(p, x)| p * x - penalty * (x - sparsity).powi(2)).sum()
}

fn scores() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![-1.0..1.0f64, -20.0..40.0f64, Just(0.5)], 1..8)
}

proptest! {
    #[test]
    fn the_optimum_is_that_of_alternating_projections(scores in scores(), sparsity in 0.02..0.98f64, penalty in 1.0..20.0f64) {
        let found = quadratic(&scores, sparsity, penalty).unwrap();
        let slow = projected(&scores, sparsity, penalty);
        for (a, b) in found.sparsities.iter().zip(&slow) {
            prop_assert!((a - b).abs() < 1e-6, "{found:?} {slow:?}");
        }
    }

    #[test]
    fn conditions_of_optimality(scores in scores(), sparsity in 0.0..=1.0f64, penalty in 0.01..50.0f64) {
        let found = quadratic(&scores, sparsity, penalty).unwrap();
        let slack = sparsity - found.sparsities.iter().sum::<f64>() / scores.len() as f64;
        prop_assert!(slack > -1e-9 && found.multiplier >= 0.0, "{slack}");
        prop_assert!(found.multiplier == 0.0 || slack < 1e-9, "{found:?}");
        for (score, x) in scores.iter().zip(&found.sparsities) {
            let slope = score - 2.0 * penalty * (x - sparsity) - found.multiplier;
            prop_assert!((0.0..=1.0).contains(x));
            prop_assert!(*x == 0.0 || slope > -1e-9 && (*x == 1.0 || slope < 1e-9), "{x} {slope}");
            prop_assert!(*x != 0.0 || slope < 1e-9, "{x} {slope}");
        }
        // The least multiplier: with any less the mean would not hold.
        let less = found.multiplier - 1e-6;
        let sum = |nu: f64| scores.iter().map(|p| (sparsity + (p - nu) / (2.0 * penalty)).clamp(0.0, 1.0)).sum::<f64>();
        prop_assert!(less < 0.0 || sum(less) > sparsity * scores.len() as f64, "{found:?}");
        // No worse than where the authors start.
        let start = vec![sparsity; scores.len()];
        let value = objective(&scores, &found.sparsities, sparsity, penalty);
        prop_assert!(value >= objective(&scores, &start, sparsity, penalty) - 1e-9);
    }

    #[test]
    fn numbers_of_any_size_stay_in_the_box(scores in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::ZERO, 0..6), sparsity in 0.0..=1.0f64) {
        for penalty in [f64::MIN_POSITIVE, 1.0, f64::MAX / 2.0] {
            let found = quadratic(&scores, sparsity, penalty).unwrap();
            prop_assert!(found.sparsities.iter().all(|x| (0.0..=1.0).contains(x)), "{found:?}");
        }
    }
}

/// Optima of SLSQP of scipy 1.17.1 on the authors' program (ftol 1e-12, from all x = S).
#[test]
fn the_optimum_is_that_of_slsqp() {
    let cases: [(&[f64], f64, &[f64]); 3] = [
        (&[0.2, 1.5, 0.7, 3.0], 0.7, &[0.6281249890, 0.7093749641, 0.6593750274, 0.8031250194]),
        (&[12.0, 9.0, 0.5, -4.0, 2.0], 0.5, &[1.0, 0.8203124999, 0.2890625003, 0.0078125, 0.3828124998]),
        // The mean stays below S.
        (&[-3.0, -1.0, 0.5], 0.6, &[0.4124999991, 0.5374999979, 0.6312499994]),
    ];
    for (scores, sparsity, expected) in cases {
        let found = quadratic(scores, sparsity, PENALTY).unwrap();
        for (a, b) in found.sparsities.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let message =
        |scores: &[f64], sparsity: f64, penalty: f64| quadratic(scores, sparsity, penalty).unwrap_err().to_string();
    assert_eq!(message(&[1.0, f64::NAN], 0.5, PENALTY), "block 1: score NaN");
    assert_eq!(message(&[1.0], -0.1, PENALTY), "sparsity is -0.1");
    assert_eq!(message(&[1.0], 0.5, 0.0), "penalty is 0");
}
