//! ALS states a linear program over kept shares; sorting solves it. The dual program proves it, and HiGHS, through good_lp, is a second judge.

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, variable};
use proptest::prelude::*;
use secateur::neural::methods::als::fractions;

/// `max sum_i c_i q_i, sum_i size_i q_i <= share sum_i size_i, least <= q_i <= most`: the optimum.
fn by_highs(coefficients: &[f64], sizes: &[f64], share: f64, bounds: (f64, f64)) -> f64 {
    let mut variables = ProblemVariables::new();
    let kept: Vec<_> = sizes.iter().map(|_| variables.add(variable().min(bounds.0).max(bounds.1))).collect();
    let worth: Expression = kept.iter().zip(coefficients).map(|(kept, worth)| *worth * *kept).sum();
    let size: Expression = kept.iter().zip(sizes).map(|(kept, size)| *size * *kept).sum();
    let most = share * sizes.iter().sum::<f64>();
    let model = variables.maximise(worth).using(good_lp::highs).with(constraint!(size <= most));
    let solution = model.solve().expect("bounds allow the share");
    kept.iter().zip(coefficients).map(|(kept, worth)| worth * solution.value(*kept)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sorting_is_the_linear_program(
        layers in prop::collection::vec((0.01..5.0f64, 1..2000u32), 1..40),
        place in 0.0..=1.0f64,
        bounds in (0.0..1.0f64, 0.0..1.0f64),
    ) {
        let (least, most) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let share = least + place * (most - least);
        let coefficients: Vec<f64> = layers.iter().map(|(worth, _)| *worth).collect();
        let sizes: Vec<f64> = layers.iter().map(|(_, size)| f64::from(*size)).collect();
        let kept = fractions(&coefficients, &sizes, share, (least, most)).unwrap();
        let worth: f64 = kept.iter().zip(&coefficients).map(|(kept, worth)| kept * worth).sum();
        // A price per weight bounds what anything can be worth: of all prices the best bound is what sorting gives.
        let most_size = share * sizes.iter().sum::<f64>();
        let bound = |price: f64| {
            let own = coefficients.iter().zip(&sizes).map(|(worth, size)| {
                let reduced = worth - price * size;
                reduced * if reduced > 0.0 { most } else { least }
            });
            price * most_size + own.sum::<f64>()
        };
        let prices = coefficients.iter().zip(&sizes).map(|(worth, size)| worth / size).chain([0.0]);
        let best = prices.map(bound).fold(f64::INFINITY, f64::min);
        prop_assert!((worth - best).abs() < 1e-9 * (1.0 + best), "{worth} {best}");
        let size: f64 = kept.iter().zip(&sizes).map(|(kept, size)| kept * size).sum();
        prop_assert!((size - most_size).abs() < 1e-9 * (1.0 + most_size), "{size} {most_size}");
        // HiGHS keeps bounds and rows to a millionth, its scheduler to the thread that made it.
        let expected = std::thread::scope(|scope| {
            scope.spawn(|| by_highs(&coefficients, &sizes, share, (least, most))).join().unwrap()
        });
        prop_assert!((worth - expected).abs() < 1e-5 * (1.0 + expected), "{worth} {expected}");
    }
}
