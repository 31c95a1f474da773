use super::*;
use crate::{solve_at, solve_path};
use proptest::prelude::*;
use secateur_program::testing::{forest_shaped, huge, planted_optimum, ties_everywhere, tiny};
use secateur_program::{
    Control, Multiplier, Selection, SelectionProgram, Status, brute_force, dual_bound, objective, verify_solution,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn options(method: Method, finish: f64) -> PrimalDualOptions {
    PrimalDualOptions { method, finish, tolerance: 0.0, max_iterations: 30, ..PrimalDualOptions::default() }
}

fn methods() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::Subgradient), Just(Method::Splitting)]
}

fn lambdas() -> impl Strategy<Value = Multiplier> {
    (prop_oneof![0i64..20, 0..i64::MAX], prop_oneof![1i64..20, 1..i64::MAX])
        .prop_map(|(num, den)| Multiplier::new(num, den).unwrap())
}

/// What must hold of every answer: closed selection, true objective, proven bound, best values so far in the trace.
fn check_answer(program: &SelectionProgram, lambda: Multiplier, answer: &PrimalDualSolution, best: i128) {
    let solution = &answer.solution;
    assert!(program.decisions().all(|v| {
        !solution.selection.has(v) || program.parent(v).is_none_or(|parent| solution.selection.has(parent))
    }));
    assert_eq!(solution.objective, objective(program, &solution.selection, lambda));
    assert_eq!(dual_bound(program, lambda, &solution.flow), Ok(solution.bound));
    assert!(
        solution.objective <= best && best <= solution.bound,
        "{} <= {best} <= {}",
        solution.objective,
        solution.bound
    );
    assert!(answer.trace.windows(2).all(|pair| {
        pair[0].objective <= pair[1].objective
            && pair[0].bound >= pair[1].bound
            && pair[0].iteration + 1 == pair[1].iteration
    }));
    if answer.completion.is_none()
        && let Some(last) = answer.trace.last()
    {
        assert_eq!((last.objective, last.bound), (solution.objective, solution.bound));
    }
    if let Some(last) = answer.trace.last() {
        assert!(last.objective <= solution.objective && solution.bound <= last.bound);
    }
    assert_eq!(solution.status == Status::Optimal, solution.is_proven());
    if solution.is_proven() {
        assert_eq!(verify_solution(program, lambda, &solution.selection, &solution.flow), Ok(best));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn bounds_enclose_the_optimum(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(3, 2, 6).boxed()],
        lambda in lambdas(), method in methods(), iterations in 0u32..20,
    ) {
        let best = objective(&program, &brute_force(&program, lambda), lambda);
        let options = PrimalDualOptions { max_iterations: iterations, ..options(method, 0.0) };
        let answer = primal_dual_at(&program, lambda, &options, &Control::new());
        check_answer(&program, lambda, &answer, best);
        prop_assert!(answer.iterations <= iterations);
    }

    #[test]
    fn the_exact_finish_finds_the_smallest_optimum(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(3, 2, 6).boxed()],
        lambda in lambdas(), method in methods(), iterations in 0u32..6,
    ) {
        let smallest = brute_force(&program, lambda);
        let options = PrimalDualOptions { max_iterations: iterations, ..options(method, 1.0) };
        let answer = primal_dual_at(&program, lambda, &options, &Control::new());
        check_answer(&program, lambda, &answer, objective(&program, &smallest, lambda));
        prop_assert_eq!(answer.solution.status, Status::Optimal);
        if answer.completion.is_some() {
            prop_assert_eq!(answer.solution.selection, smallest);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn forests_are_solved_within_tolerance_and_finished_exactly(program in forest_shaped(6, 5, 60), at in any::<prop::sample::Index>()) {
        let points: Vec<Multiplier> = solve_path(&program, &Control::new()).path.breakpoints().map(|point| point.lambda).collect();
        prop_assume!(!points.is_empty());
        let lambda = points[at.index(points.len())];
        let best = solve_at(&program, lambda, &Control::new());
        // Multipliers alone: valid whenever they are stopped. How fast they close the gap differs; completed, they keep
        // to the tolerance.
        let alone = PrimalDualOptions { tolerance: 0.05, finish: 0.0, ..PrimalDualOptions::default() };
        check_answer(&program, lambda, &primal_dual_at(&program, lambda, &alone, &Control::new()), best.objective);
        let completed = PrimalDualOptions { finish: 0.2, ..alone };
        let answer = primal_dual_at(&program, lambda, &completed, &Control::new());
        check_answer(&program, lambda, &answer, best.objective);
        prop_assert!(answer.solution.relative_gap() <= 0.05, "{:?}", answer.trace.last());
        prop_assert!(matches!(answer.solution.status, Status::Optimal | Status::WithinTolerance));
        let exact = primal_dual_at(&program, lambda, &options(Method::Splitting, 1.0), &Control::new());
        check_answer(&program, lambda, &exact, best.objective);
        prop_assert!(exact.solution.is_proven());
    }

    #[test]
    fn shards_and_threads_do_not_change_a_byte(
        program in prop_oneof![forest_shaped(6, 5, 60).boxed(), huge().boxed()], lambda in lambdas(), method in methods(),
    ) {
        let with = |shards, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let options = PrimalDualOptions { shards, max_iterations: 10, ..options(method, 0.0) };
            pool.install(|| {
                let answer = primal_dual_at(&program, lambda, &options, &Control::new());
                let path = primal_dual_path(&program, &options, &Control::new());
                let trace: Vec<_> = answer.trace.iter().map(|record| (record.objective, record.bound)).collect();
                (answer.solution, trace, path.path, path.flow, path.gap)
            })
        };
        let one = with(1, 1);
        for (shards, threads) in [(1, 2), (2, 1), (3, 2), (7, 2), (0, 2)] {
            prop_assert_eq!(&with(shards, threads), &one);
        }
    }

    #[test]
    fn going_from_lambda_to_lambda_gives_what_each_alone_gives(
        program in prop_oneof![forest_shaped(5, 4, 40).boxed(), huge().boxed(), ties_everywhere().boxed()],
        lambdas in prop::collection::vec(lambdas(), 1..5), method in methods(), finish in prop_oneof![Just(0.0), Just(0.5)],
    ) {
        let with = |shards, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let options = PrimalDualOptions { shards, max_iterations: 8, ..options(method, finish) };
                let mut solver = PrimalDual::new(&program, options);
                lambdas.iter().map(|&lambda| solver.solve(lambda, &Control::new())).collect::<Vec<_>>()
            })
        };
        let answers = with(1, 1);
        for (&lambda, answer) in lambdas.iter().zip(&answers) {
            let best = solve_at(&program, lambda, &Control::new());
            check_answer(&program, lambda, answer, best.objective);
            if finish > 0.0 {
                prop_assert!(answer.solution.is_proven());
                prop_assert!(answer.completion.is_none() || answer.solution.selection == best.selection);
            }
        }
        for (shards, threads) in [(2, 1), (3, 2)] {
            for (one, other) in answers.iter().zip(with(shards, threads)) {
                prop_assert_eq!(&one.solution, &other.solution);
                prop_assert_eq!((one.iterations, one.completion), (other.iterations, other.completion));
            }
        }
    }

    #[test]
    fn the_finish_keeps_to_its_tolerance(program in forest_shaped(6, 5, 60), at in any::<prop::sample::Index>(), tolerance in 0.0f64..0.5) {
        let points: Vec<Multiplier> = solve_path(&program, &Control::new()).path.breakpoints().map(|point| point.lambda).collect();
        prop_assume!(!points.is_empty());
        let lambda = points[at.index(points.len())];
        let best = solve_at(&program, lambda, &Control::new()).objective;
        let options = PrimalDualOptions { tolerance, max_iterations: 1, ..options(Method::Splitting, 1.0) };
        let answer = primal_dual_at(&program, lambda, &options, &Control::new());
        check_answer(&program, lambda, &answer, best);
        prop_assert!(answer.solution.relative_gap() <= tolerance);
    }

    #[test]
    fn stopped_anywhere_the_answer_is_valid(program in forest_shaped(4, 4, 30), lambda in lambdas(), method in methods(), after in 0usize..12,
        finish in prop_oneof![Just(0.0), Just(1.0)]) {
        let best = solve_at(&program, lambda, &Control::new()).objective;
        let stopping = || {
            let control = Control::new();
            let (seen, handle) = (Arc::new(AtomicUsize::new(0)), control.clone());
            if after == 0 {
                control.cancel();
            }
            control.with_observer(move |_| {
                if seen.fetch_add(1, Ordering::Relaxed) + 1 >= after {
                    handle.cancel();
                }
            })
        };
        let answer = primal_dual_at(&program, lambda, &options(method, finish), &stopping());
        check_answer(&program, lambda, &answer, best);
        prop_assert!(answer.iterations as usize <= after);
        prop_assert!(matches!(answer.solution.status, Status::Optimal | Status::Cancelled));
        check_path(&program, &primal_dual_path(&program, &options(method, 0.0), &stopping()));
    }

    #[test]
    fn paths_are_nested_and_their_gap_is_true(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(6, 5, 40).boxed()], iterations in 0u32..40,
    ) {
        let options = PrimalDualOptions { max_iterations: iterations, ..options(Method::Splitting, 0.0) };
        check_path(&program, &primal_dual_path(&program, &options, &Control::new()));
    }

    #[test]
    fn planted_paths_are_met(planted in planted_optimum(6)) {
        let options = PrimalDualOptions { max_iterations: 2000, tolerance: 1e-3, ..PrimalDualOptions::default() };
        let answer = primal_dual_path(&planted.program, &options, &Control::new());
        check_path(&planted.program, &answer);
        prop_assert_eq!(answer.status, Status::WithinTolerance);
    }
}

fn check_path(program: &SelectionProgram, answer: &PrimalDualPath) {
    let exact = solve_path(program, &Control::new());
    let levels = exact.path.breakpoints().chain(answer.path.breakpoints()).map(|point| point.lambda);
    let scale = program.total_positive_gain() as f64;
    for lambda in levels.chain([Multiplier::ZERO, Multiplier::new(1, 3).unwrap()]) {
        let selection = answer.path.selection_at(program, lambda);
        let selection: Selection = selection.expect("closed at every lambda");
        let value = |(gain, cost): (i64, i64)| gain as f64 - lambda.to_f64() * cost as f64;
        assert_eq!((selection.gain(program), selection.cost(program)), answer.path.totals_at(lambda));
        let (best, known) = (value(exact.path.totals_at(lambda)), value(answer.path.totals_at(lambda)));
        let noise = 1e-12 * (scale + lambda.to_f64() * program.total_cost() as f64);
        assert!(
            known <= best + noise && best <= answer.bound_at(lambda) + noise,
            "{known} {best} {}",
            answer.bound_at(lambda)
        );
        assert!(
            answer.bound_at(lambda) <= known + answer.gap + noise,
            "{} {known} {}",
            answer.bound_at(lambda),
            answer.gap
        );
    }
}

/// Decisions with many shared resources, drawn by a fixed rule.
fn crowded() -> SelectionProgram {
    let mut builder = SelectionProgram::builder();
    let mut state = 1u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let decisions: Vec<_> = (0..100).map(|_| builder.decision(30_000 + draw(30_000) as i64)).collect();
    for _ in 0..600 {
        let r = builder.resource(1000 + draw(14_000) as i64);
        let mut users: Vec<u64> = (0..5).map(|_| draw(100)).collect();
        users.sort_unstable();
        users.dedup();
        for user in users {
            builder.uses(decisions[user as usize], r);
        }
    }
    builder.build().unwrap()
}

#[test]
fn the_splitting_bound_beats_the_subgradients() {
    let program = crowded();
    let lambda = Multiplier::new(1, 1).unwrap();
    let gap = |method| primal_dual_at(&program, lambda, &options(method, 0.0), &Control::new()).solution.relative_gap();
    let (splitting, subgradient) = (gap(Method::Splitting), gap(Method::Subgradient));
    assert!(splitting < 1e-2 && splitting < subgradient / 2.0, "{splitting} {subgradient}");
}

#[test]
fn warm_starts_take_fewer_iterations() {
    let program = crowded();
    let options = PrimalDualOptions { tolerance: 1e-4, max_iterations: 1000, ..options(Method::Splitting, 0.0) };
    let lambdas: Vec<Multiplier> = (0..8).map(|step| Multiplier::new(1000 - 5 * step, 1000).unwrap()).collect();
    let cold: u32 = lambdas.iter().map(|&l| primal_dual_at(&program, l, &options, &Control::new()).iterations).sum();
    let mut solver = PrimalDual::new(&program, options);
    let warm: u32 = lambdas.iter().map(|&lambda| solver.solve(lambda, &Control::new()).iterations).sum();
    assert!(2 * warm < cold, "{warm} {cold}");
}

#[test]
fn no_time_and_no_iterations_give_the_bound_of_free_resources() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    let lambda = Multiplier::new(2, 1).unwrap();
    let control = Control::new().with_time_limit(Duration::ZERO);
    let answer = primal_dual_at(&program, lambda, &PrimalDualOptions::default(), &control).solution;
    assert_eq!((answer.status, answer.objective, answer.bound), (Status::TimeLimit, 0, 5));
    let none = PrimalDualOptions { max_iterations: 0, finish: 0.0, ..PrimalDualOptions::default() };
    let answer = primal_dual_at(&program, lambda, &none, &Control::new()).solution;
    assert_eq!((answer.status, answer.objective, answer.bound), (Status::IterationLimit, 0, 5));
}

#[test]
fn empty_programs_and_infinite_lambdas() {
    let empty = SelectionProgram::builder().build().unwrap();
    for lambda in [Multiplier::ZERO, Multiplier::INFINITY, Multiplier::new(1, 1).unwrap()] {
        let answer = primal_dual_at(&empty, lambda, &PrimalDualOptions::default(), &Control::new());
        check_answer(&empty, lambda, &answer, 0);
        assert_eq!(answer.solution.status, Status::Optimal);
    }
    check_path(&empty, &primal_dual_path(&empty, &PrimalDualOptions::default(), &Control::new()));
    let mut builder = SelectionProgram::builder();
    builder.decision(5);
    let free = builder.build().unwrap();
    let answer = primal_dual_at(&free, Multiplier::INFINITY, &PrimalDualOptions::default(), &Control::new());
    assert_eq!(answer.solution.selection, brute_force(&free, Multiplier::INFINITY));
}

#[test]
fn a_chain_of_a_hundred_thousand_decisions() {
    let mut builder = SelectionProgram::builder();
    let shared = builder.resource(1000);
    let mut last = None;
    for index in 0..100_000 {
        let v = builder.decision(index % 3 + 1);
        let r = builder.resource(2);
        builder.uses(v, r).uses(v, shared);
        if let Some(last) = last {
            builder.requires(v, last);
        }
        last = Some(v);
    }
    let program = builder.build().unwrap();
    let lambda = Multiplier::new(2, 3).unwrap();
    let best = solve_at(&program, lambda, &Control::new()).objective;
    let options = PrimalDualOptions { max_iterations: 5, finish: 1.0, ..PrimalDualOptions::default() };
    check_answer(&program, lambda, &primal_dual_at(&program, lambda, &options, &Control::new()), best);
    check_path(&program, &primal_dual_path(&program, &options, &Control::new()));
}
