use proptest::prelude::*;
use secateur_program::{Control, Stop};

use crate::dsa::{RatioOptions, Rule, Worth, evolve_ratios, rescaled};

const IMPORTANCES: [f64; 4] = [0.2, 1.5, 0.7, 3.0];

fn evolved(rule: Rule, worth: Worth, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let options = RatioOptions { rule, worth, iterations: 600, seed, ..RatioOptions::default() };
    let found = evolve_ratios(&IMPORTANCES, 0.7, &options, &Control::new());
    assert_eq!((found.history.len(), found.stop), (600, None));
    (found.sparsities.unwrap(), found.history)
}

#[test]
fn the_released_rule_breeds_away_from_what_it_looks_for() {
    for seed in 0..5 {
        for worth in [Worth::Kept, Worth::Gone] {
            let (ratios, history) = evolved(Rule::Released, worth, seed);
            // The best is one of those it started from.
            assert_eq!(history[0], history[599]);
            assert!(ratios.iter().all(|ratio| (ratio - 0.7).abs() <= 0.005));
            let (better, rising) = evolved(Rule::Paper, worth, seed);
            assert_eq!(rising[0], history[0]);
            assert!(rising.windows(2).all(|pair| pair[0] <= pair[1]) && rising[599] > rising[0] + 0.1, "{rising:?}");
            // The more important, the farther from the start, on the side that pays.
            let sign = if worth == Worth::Kept { -1.0 } else { 1.0 };
            assert!(sign * better[3] > sign * better[0] && sign * (better[3] - 0.7) > 0.02, "{better:?}");
        }
    }
}

#[test]
fn the_released_rule_finds_nothing_below_minus_one() {
    let options = RatioOptions { rule: Rule::Released, worth: Worth::Gone, iterations: 3, ..RatioOptions::default() };
    let found = evolve_ratios(&[-1.0, -1.0], 0.7, &options, &Control::new());
    assert_eq!((found.sparsities, found.history), (None, vec![-1.0; 3]));
    let paper = RatioOptions { rule: Rule::Paper, ..options };
    assert!(evolve_ratios(&[-1.0, -1.0], 0.7, &paper, &Control::new()).sparsities.is_some());
    assert_eq!(evolve_ratios(&[f64::NAN], 0.7, &paper, &Control::new()).sparsities, None);
}

#[test]
fn steps_shrink_by_thirds_and_a_stop_keeps_the_best() {
    // Two vectors with one ratio that always moves: the worse one is replaced by the better one's child, half of which
    // rise.
    let options = RatioOptions { population: 2, iterations: 91, mutation: 1.0, ..RatioOptions::default() };
    let found = evolve_ratios(&[1.0], 0.5, &RatioOptions { worth: Worth::Gone, ..options }, &Control::new());
    for (third, delta) in found.history.windows(31).step_by(30).zip([0.005, 0.0025, 0.00125]) {
        let steps: Vec<f64> = third.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect();
        assert!(steps.len() > 5 && steps.iter().all(|step| (step - delta).abs() < 1e-9), "{steps:?} {delta}");
    }
    let control = Control::new();
    control.cancel();
    let stopped = evolve_ratios(&IMPORTANCES, 0.7, &RatioOptions::default(), &control);
    assert_eq!((stopped.sparsities, stopped.history, stopped.stop), (None, vec![], Some(Stop::Cancelled)));
}

proptest! {
    #[test]
    fn rescaled_ratios_have_the_mean_unless_cut(ratios in prop::collection::vec(-0.2..1.2f64, 1..8), sparsity in 0.0..=1.0f64) {
        let cut: Vec<f64> = ratios.iter().map(|ratio| ratio.clamp(0.0, 1.0)).collect();
        let sum: f64 = cut.iter().sum();
        match rescaled(&ratios, sparsity) {
            None => prop_assert!(sum == 0.0),
            Some(found) => {
                let n = found.len() as f64;
                let mean = found.iter().sum::<f64>() / n;
                prop_assert!(found.iter().all(|ratio| (0.0..=1.0).contains(ratio)) && mean <= sparsity + 1e-9);
                if found.iter().all(|ratio| *ratio < 1.0) {
                    prop_assert!((mean - sparsity).abs() < 1e-9);
                }
                // As the authors write it.
                let missing = sparsity * n - sum;
                for (ratio, found) in cut.iter().zip(&found) {
                    prop_assert!(((ratio + ratio * missing / sum).clamp(0.0, 1.0) - found).abs() < 1e-9);
                }
            }
        }
    }
}
