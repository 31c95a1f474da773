//! HiGHS against the specification, against itself, and against its own certificate.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use secateur_program::testing::{Shape, forest_shaped, planted_optimum, program, ties_everywhere, tiny};
use secateur_program::{
    Limit, LimitError, Multiplier, SelectionProgram, Status, brute_force, brute_force_within, objective,
    verify_solution,
};

use super::*;

const TOLERANCE: f64 = 1e-6;

fn ratio(num: i64, den: i64) -> Multiplier {
    Multiplier::new(num, den).unwrap()
}

fn options(presolve: bool) -> HighsOptions {
    HighsOptions { presolve, ..HighsOptions::default() }
}

/// A forest-shaped program of at least this many decisions, always the same.
fn forest(decisions: usize) -> SelectionProgram {
    let mut runner = TestRunner::deterministic();
    let shape = forest_shaped(2 * decisions / 63, 6, 60);
    std::iter::repeat_with(|| shape.new_tree(&mut runner).unwrap().current())
        .find(|program| program.n_decisions() >= decisions && program.n_uses() >= decisions)
        .unwrap()
}

/// The relaxation is integral, attains `optimum`, and its duals prove that; so does the integer program.
fn check(program: &SelectionProgram, lambda: Multiplier, optimum: i128) -> Result<(), TestCaseError> {
    for presolve in [true, false] {
        let lp = solve_lp(program, lambda, &options(presolve)).unwrap();
        let solution = &lp.solution;
        prop_assert_eq!(solution.status, Status::Optimal);
        prop_assert!(lp.is_integral(), "largest fraction {}", lp.point.max_fraction());
        prop_assert_eq!((solution.objective, solution.bound), (optimum, optimum), "presolve {}", presolve);
        prop_assert_eq!(objective(program, &solution.selection, lambda), optimum);
        prop_assert_eq!(verify_solution(program, lambda, &solution.selection, &solution.flow), Ok(optimum));
        check_duals(program, lambda, &lp)?;

        let mip = solve_mip(program, lambda, &options(presolve)).unwrap();
        prop_assert_eq!((mip.status, mip.objective), (Status::Optimal, optimum), "presolve {}", presolve);
        prop_assert_eq!(mip.bound, Some(optimum));
        prop_assert_eq!(objective(program, &mip.selection, lambda), optimum);
    }
    Ok(())
}

/// The raw duals, before any rounding: non-negative, zero on slack rows, and tight as a bound.
fn check_duals(program: &SelectionProgram, lambda: Multiplier, lp: &LpSolution) -> Result<(), TestCaseError> {
    let mut decisions: Vec<f64> = program.decisions().map(|v| (program.gain(v) * lambda.den()) as f64).collect();
    let mut resources: Vec<f64> = program.resources().map(|r| -(program.cost(r) * lambda.num()) as f64).collect();
    for v in program.decisions() {
        let (u, x) = (lp.duals.requires[v.index()], lp.point.x[v.index()]);
        decisions[v.index()] -= u;
        match program.parent(v) {
            None => prop_assert_eq!(u, 0.0),
            Some(parent) => {
                prop_assert!(u >= -TOLERANCE, "{} has dual {}", v, u);
                prop_assert!(u.abs() <= TOLERANCE || (lp.point.x[parent.index()] - x).abs() <= TOLERANCE);
                decisions[parent.index()] += u;
            }
        }
        for (pair, r) in program.use_range(v).zip(program.uses(v)) {
            let w = lp.duals.uses[pair];
            prop_assert!(w >= -TOLERANCE, "{} to {} has dual {}", v, r, w);
            prop_assert!(w.abs() <= TOLERANCE || (lp.point.y[r.index()] - x).abs() <= TOLERANCE);
            decisions[v.index()] -= w;
            resources[r.index()] += w;
        }
    }
    let bound: f64 = decisions.iter().chain(&resources).map(|value| value.max(0.0)).sum();
    let objective = lp.solution.objective as f64;
    prop_assert!((bound - objective).abs() <= TOLERANCE * (1.0 + bound), "{} and {}", bound, objective);
    Ok(())
}

fn check_against_brute_force(program: &SelectionProgram, lambda: Multiplier) -> Result<(), TestCaseError> {
    check(program, lambda, objective(program, &brute_force(program, lambda), lambda))
}

fn lambdas() -> impl Strategy<Value = Multiplier> {
    prop_oneof![Just(Multiplier::ZERO), Just(ratio(1, 1)), (0i64..12, 1i64..8).prop_map(|(num, den)| ratio(num, den))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tiny_programs_agree_with_brute_force(program in tiny(), lambda in lambdas()) {
        check_against_brute_force(&program, lambda)?;
    }

    #[test]
    fn ties_stay_integral_and_proven(program in ties_everywhere(), lambda in lambdas()) {
        check_against_brute_force(&program, lambda)?;
    }

    #[test]
    fn forests_agree_with_brute_force(program in forest_shaped(2, 3, 6), lambda in lambdas()) {
        check_against_brute_force(&program, lambda)?;
    }

    #[test]
    fn planted_optima_are_found(planted in planted_optimum(4), lambda in lambdas()) {
        let (gain, cost) = planted.path.totals_at(lambda);
        let optimum = i128::from(lambda.den()) * i128::from(gain) - i128::from(lambda.num()) * i128::from(cost);
        check(&planted.program, lambda, optimum)?;
    }

    #[test]
    fn planted_breakpoints_are_ties_and_still_proven(planted in planted_optimum(3)) {
        for &lambda in planted.path.thresholds().iter().filter(|lambda| !lambda.is_infinite()) {
            let (gain, cost) = planted.path.totals_at(lambda);
            let optimum = i128::from(lambda.den()) * i128::from(gain) - i128::from(lambda.num()) * i128::from(cost);
            check(&planted.program, lambda, optimum)?;
        }
    }

    /// Doubles carry no tolerance to spare here: the answer may be off, the bound may be loose, neither may lie.
    #[test]
    fn huge_coefficients_never_give_a_false_proof(
        program in program(Shape {
            decisions: 8, resources: 5, uses: 3, gain: 1 << 53, cost: 1 << 53, parents_first: false,
        }),
        presolve in any::<bool>(),
    ) {
        let lambda = ratio(1, 1);
        let optimum = objective(&program, &brute_force(&program, lambda), lambda);
        let lp = solve_lp(&program, lambda, &options(presolve)).unwrap().solution;
        prop_assert!(lp.objective <= optimum && optimum <= lp.bound);
        prop_assert_eq!(lp.status == Status::Optimal, lp.is_proven());
        let mip = solve_mip(&program, lambda, &options(presolve)).unwrap();
        prop_assert!(mip.objective <= optimum);
    }
}

/// A limit from drawn weights, and a share of what they sum to.
fn limit(program: &SelectionProgram, weights: &[u8; 32], share: u8) -> Limit {
    let weight = |at: usize| i64::from(weights[at % weights.len()] % 8);
    let a: Vec<i64> = (0..program.n_decisions()).map(weight).collect();
    let b: Vec<i64> = (0..program.n_resources()).map(|r| weight(r + 13)).collect();
    let most = a.iter().chain(&b).sum::<i64>() * i64::from(share) / 255;
    Limit::new(program, a, b, most).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn within_limits_the_gain_is_that_of_brute_force(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), forest_shaped(2, 2, 5).boxed()],
        weights in any::<[u8; 32]>(), shares in prop::collection::vec(any::<u8>(), 0..3), budget in 0i64..20,
        presolve in any::<bool>(),
    ) {
        let mut limits: Vec<Limit> = shares.iter().map(|&share| limit(&program, &weights, share)).collect();
        limits.push(Limit::on_cost(&program, budget).unwrap());
        let within = solve_mip_within(&program, &limits, &options(presolve)).unwrap();
        let optimum = brute_force_within(&program, &limits).gain(&program);
        prop_assert!(limits.iter().all(|limit| limit.allows(&within.selection)));
        prop_assert_eq!((within.gain, within.status), (optimum, Status::Optimal));
        prop_assert_eq!((within.objective, within.bound), (i128::from(optimum), Some(i128::from(optimum))));
    }
}

#[test]
fn limits_that_highs_cannot_take_are_refused_by_name() {
    let mut builder = SelectionProgram::builder();
    builder.decision(4);
    builder.resource(7);
    let program = builder.build().unwrap();
    let other = SelectionProgram::builder().build().unwrap();
    let solve = |limit| {
        let fits = Limit::on_cost(&program, 1).unwrap();
        solve_mip_within(&program, &[fits, limit], &HighsOptions::default())
    };
    let limit = |weight, most| Limit::new(&program, vec![weight], vec![0], most).unwrap();
    let large = (1i64 << 53) + 1;
    let entry = 999_999_999_999_999;
    assert_eq!(solve(limit(entry + 1, 1)).unwrap_err(), HighsError::LimitNumber { limit: 1, number: entry + 1 });
    assert_eq!(solve(limit(1, large)).unwrap_err(), HighsError::LimitNumber { limit: 1, number: large });
    assert_eq!(solve(limit(entry, large - 1)).unwrap().gain, 4);
    assert_eq!(solve(limit(entry, entry - 1)).unwrap().gain, 0);
    let error = LimitError::Length { what: "decisions", found: 0, expected: 1 };
    assert_eq!(solve(Limit::on_cost(&other, 1).unwrap()).unwrap_err(), HighsError::Limit { limit: 1, error });
}

#[test]
fn no_time_within_limits_is_a_status() {
    let program = forest(1000);
    let limits = [Limit::on_decisions(&program, 300).unwrap()];
    let options = HighsOptions { time_limit: Some(Duration::ZERO), ..HighsOptions::default() };
    let within = solve_mip_within(&program, &limits, &options).unwrap();
    assert_eq!(within.status, Status::TimeLimit);
    assert!(limits[0].allows(&within.selection) && within.bound.is_none_or(|bound| bound >= within.objective));
}

#[test]
fn duals_are_positive_where_a_resource_is_too_dear() {
    let mut builder = SelectionProgram::builder();
    let decision = builder.decision(3);
    let resource = builder.resource(5);
    builder.uses(decision, resource);
    let program = builder.build().unwrap();
    let lp = solve_lp(&program, ratio(1, 1), &options(false)).unwrap();
    // The decision must be held back by at least its gain, the resource paid at most its cost.
    assert!((3.0 - TOLERANCE..=5.0 + TOLERANCE).contains(&lp.duals.uses[0]), "{}", lp.duals.uses[0]);
    assert!(lp.solution.selection.is_empty() && lp.solution.is_proven());
}

#[test]
fn programs_without_rows_or_columns_are_solved() {
    let empty = SelectionProgram::builder().build().unwrap();
    let mut builder = SelectionProgram::builder();
    builder.decision(4);
    builder.decision(-4);
    let decisions = builder.build().unwrap();
    let mut builder = SelectionProgram::builder();
    builder.resource(7);
    let resources = builder.build().unwrap();
    for (program, optimum) in [(empty, 0), (decisions, 8), (resources, 0)] {
        check(&program, ratio(1, 2), optimum).unwrap();
    }
}

#[test]
fn a_large_forest_is_integral_proven_and_the_same_for_the_integer_program() {
    let program = forest(1000);
    for lambda in [ratio(1, 3), ratio(1, 1), ratio(3, 1)] {
        let lp = solve_lp(&program, lambda, &HighsOptions::default()).unwrap();
        assert!(lp.is_integral() && lp.solution.is_proven());
        let mip = solve_mip(&program, lambda, &HighsOptions::default()).unwrap();
        assert_eq!((mip.status, mip.objective), (Status::Optimal, lp.solution.objective));
    }
}

#[test]
fn a_time_limit_of_zero_is_a_status_with_a_closed_selection_and_a_valid_bound() {
    let program = forest(1000);
    let lambda = ratio(1, 2);
    let optimum = solve_lp(&program, lambda, &HighsOptions::default()).unwrap().solution.objective;
    for presolve in [true, false] {
        let options = HighsOptions { time_limit: Some(Duration::ZERO), presolve, ..HighsOptions::default() };
        let lp = solve_lp(&program, lambda, &options).unwrap().solution;
        assert_eq!(lp.status, Status::TimeLimit);
        assert!(lp.objective <= optimum && optimum <= lp.bound);
        let mip = solve_mip(&program, lambda, &options).unwrap();
        assert_eq!(mip.status, Status::TimeLimit);
        assert!(mip.objective <= optimum && mip.bound.is_none_or(|bound| optimum <= bound));
    }
    let ample = HighsOptions { time_limit: Some(Duration::MAX), ..HighsOptions::default() };
    assert_eq!(solve_lp(&program, lambda, &ample).unwrap().solution.objective, optimum);
}

#[test]
fn the_number_of_threads_may_change_between_solves_and_solves_may_overlap() {
    let program = forest(200);
    let solve = |threads| {
        let options = HighsOptions { threads, ..HighsOptions::default() };
        let lp = solve_lp(&program, ratio(1, 1), &options).unwrap().solution;
        assert_eq!(solve_mip(&program, ratio(1, 1), &options).unwrap().objective, lp.objective);
        lp.objective
    };
    let alone = [1, 2, 1].map(solve);
    assert_eq!(alone, [alone[0]; 3]);
    std::thread::scope(|scope| {
        let together = [1, 2, 1].map(|threads| scope.spawn(move || solve(threads)));
        assert!(together.into_iter().all(|thread| thread.join().unwrap() == alone[0]));
    });
}

#[test]
fn what_highs_cannot_take_is_refused_by_name() {
    let mut builder = SelectionProgram::builder();
    builder.decision(1 << 52);
    let program = builder.build().unwrap();
    let refused = |lambda, threads| {
        let options = HighsOptions { threads, ..HighsOptions::default() };
        let lp = solve_lp(&program, lambda, &options).unwrap_err();
        assert_eq!(solve_mip(&program, lambda, &options).unwrap_err(), lp);
        lp
    };
    assert_eq!(refused(Multiplier::INFINITY, 1), HighsError::InfiniteMultiplier);
    for found in [0, MAX_THREADS + 1, u32::MAX] {
        assert_eq!(refused(ratio(1, 1), found), HighsError::Threads { found, limit: MAX_THREADS });
    }
    let error = refused(ratio(1, 3), 1);
    assert_eq!(error, HighsError::Coefficient { what: "decision", index: 0, value: 3 << 52 });
    assert!(error.to_string().starts_with("decision 0: coefficient 13510798882111488 "), "{error}");
}
