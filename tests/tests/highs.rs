//! HiGHS as the judge of programs made from real forests: the LP relaxation is integral, and its value is the path's.

use secateur::forest::Loss;
use secateur_highs::{HighsOptions, solve_lp, solve_mip};
use secateur_program::{Control, Multiplier, verify_path};
use secateur_selection::solve_path;
use secateur_tests::BreastCancer;

/// Between neighbouring breakpoints, and at some of them.
fn levels(breakpoints: &[Multiplier]) -> Vec<Multiplier> {
    let between = breakpoints
        .windows(2)
        .map(|pair| Multiplier::new(pair[0].num() + pair[1].num(), pair[0].den() + pair[1].den()).expect("positive"));
    between.chain(breakpoints.iter().copied()).collect()
}

fn agree(loss: Loss, trees: usize, rows: usize, levels_tried: usize) {
    let lowered = BreastCancer::grow(trees, 5).lower(loss, rows);
    let program = &lowered.program;
    let solution = solve_path(program, &Control::new());
    verify_path(program, &solution.path, &solution.flow).expect("certified");
    let breakpoints: Vec<Multiplier> = solution.path.breakpoints().map(|point| point.lambda).collect();
    assert!(breakpoints.len() >= 5, "a path worth the name: {}", breakpoints.len());
    let levels = levels(&breakpoints);
    let stride = levels.len().div_ceil(levels_tried);
    for lambda in levels.into_iter().step_by(stride) {
        let (gain, cost) = solution.path.totals_at(lambda);
        let value = i128::from(lambda.den()) * i128::from(gain) - i128::from(lambda.num()) * i128::from(cost);
        for presolve in [true, false] {
            let options = HighsOptions { presolve, ..HighsOptions::default() };
            let lp = solve_lp(program, lambda, &options).expect("HiGHS solves it");
            assert!(lp.is_integral(), "LP at {lambda}: fraction {}", lp.point.max_fraction());
            assert_eq!(lp.solution.objective, value, "LP at {lambda}, presolve {presolve}");
        }
        let mip = solve_mip(program, lambda, &HighsOptions::default()).expect("HiGHS solves it");
        assert_eq!(mip.objective, value, "MIP at {lambda}");
    }
}

#[test]
fn lp_of_a_real_forest_is_integral_and_equals_the_path() {
    agree(Loss::Misclassification, 10, 60, 8);
}

#[test]
fn lp_of_many_trees_is_integral_and_equals_the_path() {
    let lowered = BreastCancer::grow(4, 5).lower(Loss::Misclassification, 40);
    assert!(lowered.exact, "errors and unit prices go into integers without rounding");
    agree(Loss::Misclassification, 60, 150, 6);
}
