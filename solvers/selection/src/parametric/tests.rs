use super::*;
use crate::solve_at;
use proptest::prelude::*;
use secateur_program::testing::{Deep, forest_shaped, huge, planted_optimum, ties_everywhere, tiny};
use secateur_program::{brute_force, brute_force_path, verify_path, verify_solution};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

fn solve(program: &SelectionProgram) -> PathSolution {
    solve_path(program, &Control::new())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn path_is_brute_force_and_certified(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(3, 2, 6).boxed()]
    ) {
        let solution = solve(&program);
        prop_assert_eq!(&solution.path, &brute_force_path(&program));
        prop_assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
        prop_assert_eq!((solution.status, solution.gap), (Status::Optimal, 0.0));
    }

    #[test]
    fn one_lambda_is_brute_force_and_certified(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed()],
        num in prop_oneof![0i64..20, 0..i64::MAX], den in prop_oneof![1i64..20, 1..i64::MAX],
    ) {
        let lambda = Multiplier::new(num, den).unwrap();
        let solution = solve_at(&program, lambda, &Control::new());
        prop_assert_eq!((solution.status, solution.gap()), (Status::Optimal, 0));
        prop_assert_eq!(&solution.selection, &brute_force(&program, lambda));
        let proven = verify_solution(&program, lambda, &solution.selection, &solution.flow);
        prop_assert_eq!(proven, Ok(solution.objective));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn planted_optima_are_found(planted in planted_optimum(12)) {
        let solution = solve(&planted.program);
        prop_assert_eq!(&solution.path, &planted.path);
        prop_assert_eq!(verify_path(&planted.program, &solution.path, &solution.flow), Ok(()));
    }

    #[test]
    fn larger_forests_are_certified_nested_and_agree_with_single_cuts(program in forest_shaped(6, 5, 60)) {
        let solution = solve(&program);
        prop_assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
        let mut last: Option<(i64, i64)> = None;
        for point in solution.path.breakpoints() {
            let at = solve_at(&program, point.lambda, &Control::new());
            prop_assert_eq!(Some(at.selection), solution.path.selection_at(&program, point.lambda));
            // Gains and costs grow together as lambda falls.
            prop_assert!(last.is_none_or(|(gain, cost)| gain < point.gain && cost < point.cost));
            last = Some((point.gain, point.cost));
        }
    }

    #[test]
    fn threads_do_not_change_a_byte(program in forest_shaped(6, 5, 60)) {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve(&program))
        };
        let (one, two) = (with(1), with(2));
        prop_assert_eq!(one.path, two.path);
        prop_assert_eq!(one.flow, two.flow);
    }

    #[test]
    fn stopped_anywhere_the_path_is_valid_and_the_gap_true(program in forest_shaped(4, 4, 30), after in 0usize..40) {
        // The observer cancels after some classes: a stop at a place that does not depend on the clock.
        let control = Control::new();
        let (seen, handle) = (Arc::new(AtomicUsize::new(0)), control.clone());
        if after == 0 {
            control.cancel();
        }
        let control = control.with_observer(move |_| {
            if seen.fetch_add(1, Ordering::Relaxed) + 1 >= after {
                handle.cancel();
            }
        });
        let (stopped, whole) = (solve_path(&program, &control), solve(&program));
        let levels = whole.path.breakpoints().chain(stopped.path.breakpoints()).map(|point| point.lambda);
        for point in levels.chain([Multiplier::ZERO]) {
            let selection = stopped.path.selection_at(&program, point);
            prop_assert!(selection.is_some(), "closed at every lambda");
            let value = |(gain, cost): (i64, i64)| gain as f64 - point.to_f64() * cost as f64;
            let (best, known) = (value(whole.path.totals_at(point)), value(stopped.path.totals_at(point)));
            prop_assert!(known <= best + 1e-9 && best <= known + stopped.gap + 1e-9, "{known} <= {best} <= {known} + {}", stopped.gap);
        }
        if stopped.path != whole.path {
            prop_assert_eq!(stopped.status, Status::Cancelled);
        }
    }
}

#[test]
fn no_time_gives_a_valid_incumbent() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    let control = Control::new().with_time_limit(Duration::ZERO);
    let solution = solve_path(&program, &control);
    assert_eq!(solution.status, Status::TimeLimit);
    assert!(solution.path.selection_at(&program, Multiplier::ZERO).is_some());
    let at = solve_at(&program, Multiplier::ZERO, &control);
    assert_eq!((at.status, at.objective, at.bound), (Status::TimeLimit, 0, 5));
}

#[test]
fn one_decision_over_a_million_equal_resources() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(3);
    for _ in 0..1_000_000 {
        let r = builder.resource(1);
        builder.uses(v, r);
    }
    let program = builder.build().unwrap();
    let solution = solve(&program);
    assert_eq!(solution.path.threshold(v), Multiplier::new(3, 1_000_000).unwrap());
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
}

#[test]
fn at_an_infinite_lambda_nothing_is_selected() {
    let mut builder = SelectionProgram::builder();
    builder.decision(5);
    let program = builder.build().unwrap();
    let at = solve_at(&program, Multiplier::INFINITY, &Control::new());
    assert_eq!(at.selection, brute_force(&program, Multiplier::INFINITY));
    assert_eq!(Some(at.selection), solve(&program).path.selection_at(&program, Multiplier::INFINITY));
}

#[test]
fn empty_programs_have_empty_paths() {
    let program = SelectionProgram::builder().build().unwrap();
    let solution = solve(&program);
    assert_eq!(solution.path.breakpoints().count(), 0);
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
}

#[test]
fn a_chain_of_a_hundred_thousand_classes_neither_overflows_nor_crawls() {
    // Child i gains 1 for cost i: as many thresholds as decisions.
    let mut builder = SelectionProgram::builder();
    let mut last = None;
    for cost in 1..=100_000 {
        let v = builder.decision(1);
        let r = builder.resource(cost);
        builder.uses(v, r);
        if let Some(last) = last {
            builder.requires(v, last);
        }
        last = Some(v);
    }
    let program = builder.build().unwrap();
    let solution = solve(&program);
    assert_eq!(solution.path.breakpoints().count(), 100_000);
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
}

/// Counted in nodes and pairs, not in seconds. Left out is what needs dynamic trees (docs/limits.md).
#[test]
fn work_grows_nearly_linearly_with_deep_and_wide_programs() {
    for shape in Deep::ALL.into_iter().filter(|&shape| shape != Deep::Crossing) {
        let work = |size: usize| {
            let program = shape.program(size);
            let solution = solve(&program);
            assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()), "{shape:?}");
            let stats = solution.stats;
            (stats.steps + stats.pairs_worked_on) as f64
        };
        let (small, large) = (work(4_000), work(64_000));
        // 16 times the size: exponents of 1.25, 1.5 and 2 are 32, 64 and 256 times the work. Trees of sqrt(n) levels
        // may need 1.5.
        let most = if shape == Deep::Levels { 64.0 } else { 32.0 };
        assert!(large < most * small, "{shape:?}: {small} at 4,000 decisions, {large} at 64,000");
    }
}

#[test]
fn shapes_of_every_kind_are_certified_and_agree_with_brute_force() {
    for shape in Deep::ALL {
        for size in 4..=14 {
            let program = shape.program(size);
            let solution = solve(&program);
            assert_eq!(solution.path, brute_force_path(&program), "{shape:?} {size}");
            assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()), "{shape:?} {size}");
        }
    }
}

#[test]
fn a_chain_of_a_million_decisions_that_share_one_resource() {
    let program = Deep::Chain.program(1_000_000);
    let solution = solve(&program);
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
    assert!(solution.stats.steps < 20_000_000, "{:?}", solution.stats);
}

#[test]
fn a_million_decisions_above_one_resource() {
    let mut builder = SelectionProgram::builder();
    let r = builder.resource(7);
    let mut last = None;
    for gain in 0..1_000_000 {
        let v = builder.decision(gain % 3 + 1);
        match last {
            Some(last) => builder.requires(v, last),
            None => builder.uses(v, r),
        };
        last = Some(v);
    }
    let program = builder.build().unwrap();
    let solution = solve(&program);
    assert_eq!(solution.path.breakpoints().count(), 1);
    assert_eq!(verify_path(&program, &solution.path, &solution.flow), Ok(()));
}
