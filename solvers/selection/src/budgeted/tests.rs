use super::density::PricedForest;
use super::*;
use crate::forest::NONE;
use proptest::prelude::*;
use secateur_program::brute_force_within;
use secateur_program::testing::{forest_shaped, huge, ties_everywhere, tiny};

/// Programs that brute force can do.
fn small() -> impl Strategy<Value = SelectionProgram> {
    prop_oneof![tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(3, 2, 6).boxed()]
}

/// A program with up to three limits: on cost, on decisions, and with any weights.
fn limited() -> impl Strategy<Value = (SelectionProgram, Vec<Limit>)> {
    let limits = (prop::collection::vec((0usize..3, 0.0f64..1.1), 1..=3), any::<u64>());
    (small(), limits).prop_map(|(program, (kinds, seed))| {
        let limits =
            kinds.iter().enumerate().map(|(index, &(kind, share))| limit(&program, kind, share, seed ^ index as u64));
        let limits = limits.collect();
        (program, limits)
    })
}

fn limit(program: &SelectionProgram, kind: usize, share: f64, seed: u64) -> Limit {
    let part = |sum: i64| ((sum as f64 * share) as i64).max(0);
    match kind {
        0 => Limit::on_cost(program, part(program.total_cost())).unwrap(),
        1 => Limit::on_decisions(program, part(program.n_decisions() as i64)).unwrap(),
        _ => {
            let drawn = |n: usize, salt: u64| -> Vec<i64> {
                (0..n as u64)
                    .map(|i| ((seed ^ salt).wrapping_mul(i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61) as i64)
                    .collect()
            };
            let (a, b) = (drawn(program.n_decisions(), 1), drawn(program.n_resources(), 2));
            let sum = a.iter().chain(&b).sum();
            Limit::new(program, a, b, part(sum)).unwrap()
        }
    }
}

fn solve(program: &SelectionProgram, limits: &[Limit]) -> BudgetedSolution {
    solve_within(program, limits, &BudgetOptions::default(), &Control::new())
}

fn check(program: &SelectionProgram, limits: &[Limit], solution: &BudgetedSolution) {
    assert!(limits.iter().all(|limit| limit.allows(&solution.selection)));
    assert_eq!(solution.used, limits.iter().map(|limit| limit.used(&solution.selection)).collect::<Vec<_>>());
    assert_eq!(solution.gain, solution.selection.gain(program));
    assert_eq!(solution.cost, solution.selection.cost(program));
    assert!(
        solution.hull_gain <= solution.gain && solution.gain <= solution.bound && solution.bound <= solution.hull_bound
    );
    assert_eq!(solution.status == Status::Optimal, solution.gap() == 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_optimum_is_found_and_proven((program, limits) in limited()) {
        let solution = solve(&program, &limits);
        check(&program, &limits, &solution);
        prop_assert_eq!(solution.status, Status::Optimal);
        prop_assert_eq!(solution.gain, brute_force_within(&program, &limits).gain(&program));
    }

    #[test]
    fn bounds_hold_at_no_effort((program, limits) in limited()) {
        let options = BudgetOptions { effort: 0, ..BudgetOptions::default() };
        let solution = solve_within(&program, &limits, &options, &Control::new());
        check(&program, &limits, &solution);
        let best = brute_force_within(&program, &limits).gain(&program);
        prop_assert!(solution.gain <= best && best <= solution.bound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn several_budgets_are_each_solved_and_never_lose(
        program in small(), shares in prop::collection::vec(0.0f64..1.1, 1..6), effort in prop_oneof![Just(0u64), Just(40_000_000)]
    ) {
        let mut budgets: Vec<i64> = shares.iter().map(|share| (program.total_cost() as f64 * share) as i64).collect();
        let options = BudgetOptions { effort, ..BudgetOptions::default() };
        let solutions = solve_within_each(&program, &budgets, &options, &Control::new()).unwrap();
        for (&budget, solution) in budgets.iter().zip(&solutions) {
            let limits = [Limit::on_cost(&program, budget).unwrap()];
            let best = brute_force_within(&program, &limits).gain(&program);
            prop_assert!(limits[0].allows(&solution.selection));
            prop_assert!(solution.gain <= best && best <= solution.bound);
            prop_assert!(effort == 0 || (solution.gain, solution.status) == (best, Status::Optimal));
        }
        let mut gains: Vec<(i64, i64, i64)> =
            budgets.iter().zip(&solutions).map(|(&budget, solution)| (budget, solution.gain, solution.bound)).collect();
        gains.sort_unstable();
        prop_assert!(gains.windows(2).all(|pair| pair[0].1 <= pair[1].1 && pair[0].2 <= pair[1].2), "{:?}", gains);
        budgets.push(-1);
        prop_assert_eq!(
            solve_within_each(&program, &budgets, &options, &Control::new()),
            Err(LimitError::Negative { most: -1 })
        );
    }

    #[test]
    fn a_start_is_never_lost((program, limits) in limited(), pick in any::<u64>()) {
        let best = brute_force_within(&program, &limits);
        let options = BudgetOptions { effort: 0, start: Some(best.clone()), seed: pick, ..BudgetOptions::default() };
        let solution = solve_within(&program, &limits, &options, &Control::new());
        prop_assert_eq!(solution.gain, best.gain(&program));
        // A start that breaks limits does no harm.
        let all = secateur_program::Selection::new(&program, vec![true; program.n_decisions()]).unwrap();
        let options = BudgetOptions { start: Some(all), ..options };
        check(&program, &limits, &solve_within(&program, &limits, &options, &Control::new()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn larger_forests_keep_limits_within_bounds_on_any_number_of_threads(
        program in forest_shaped(5, 5, 40), share in 0.0f64..0.6, two in any::<bool>()
    ) {
        let mut limits = vec![limit(&program, 0, share, 0)];
        limits.extend(two.then(|| limit(&program, 1, share, 0)));
        let options = BudgetOptions { effort: 20_000, ..BudgetOptions::default() };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve_within(&program, &limits, &options, &Control::new()))
        };
        let (one, two) = (with(1), with(2));
        check(&program, &limits, &one);
        prop_assert_eq!(&one, &two);
        // The bound agrees with one cut at its own multiplier, up to what does not fit at all.
        if let [limit] = limits.as_slice() {
            let lambda = one.lambdas[0];
            let at = crate::solve_at(&program, lambda, &Control::new());
            let bound = at.bound + i128::from(lambda.num()) * i128::from(limit.most());
            prop_assert!(one.hull_bound <= i64::try_from(bound / i128::from(lambda.den())).unwrap());
        }
    }

    #[test]
    fn stopped_anywhere_the_answer_is_valid(program in forest_shaped(4, 4, 20), share in 0.0f64..0.6, after in 0usize..30) {
        let limits = [limit(&program, 0, share, 0), limit(&program, 1, share + 0.1, 0)];
        let free = solve_within(&program, &limits, &BudgetOptions { effort: 20_000, ..BudgetOptions::default() }, &Control::new());
        let control = Control::new();
        let (seen, handle) = (std::sync::atomic::AtomicUsize::new(0), control.clone());
        let control = control.with_observer(move |_| {
            if seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == after {
                handle.cancel();
            }
        });
        let options = BudgetOptions { effort: 20_000, ..BudgetOptions::default() };
        let solution = solve_within(&program, &limits, &options, &control);
        check(&program, &limits, &solution);
        prop_assert!(solution.bound >= free.gain && solution.gain <= free.bound);
    }
}

#[test]
fn no_time_gives_a_valid_answer_with_a_gap() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    let limits = [Limit::on_cost(&program, 2).unwrap()];
    let control = Control::new().with_time_limit(std::time::Duration::ZERO);
    let solution = solve_within(&program, &limits, &BudgetOptions::default(), &control);
    assert_eq!((solution.gain, solution.bound, solution.status), (0, 5, Status::TimeLimit));
}

#[test]
fn ends_empty_free_and_unlimited() {
    let empty = SelectionProgram::builder().build().unwrap();
    assert_eq!(solve(&empty, &[]).status, Status::Optimal);
    assert_eq!(solve(&empty, &[Limit::on_cost(&empty, 0).unwrap()]).gap(), 0);

    let mut builder = SelectionProgram::builder();
    let (a, b, c) = (builder.decision(4), builder.decision(-1), builder.decision(3));
    let (r, free) = (builder.resource(7), builder.resource(0));
    builder.requires(c, b).uses(a, r).uses(b, free);
    let program = builder.build().unwrap();
    let gain = |limits: &[Limit]| {
        let solution = solve(&program, limits);
        assert_eq!(solution.status, Status::Optimal);
        solution.gain
    };
    assert_eq!(gain(&[]), 6); // no limit: all that is worth having
    assert_eq!(gain(&[Limit::on_cost(&program, i64::MAX).unwrap()]), 6);
    assert_eq!(gain(&[Limit::on_cost(&program, 0).unwrap()]), 2); // what is free
    assert_eq!(gain(&[Limit::on_decisions(&program, 0).unwrap()]), 0);
    assert_eq!(gain(&[Limit::on_decisions(&program, 1).unwrap()]), 4);
    assert_eq!(gain(&[Limit::new(&program, vec![0; 3], vec![0; 2], 0).unwrap()]), 6); // weighs nothing
}

#[test]
fn a_deep_chain_is_walked_without_recursion() {
    let mut builder = SelectionProgram::builder();
    let mut last = None;
    for _ in 0..100_000 {
        let v = builder.decision(1);
        let r = builder.resource(1);
        builder.uses(v, r);
        if let Some(last) = last.replace(v) {
            builder.requires(v, last);
        }
    }
    let program = builder.build().unwrap();
    let solution = solve(&program, &[Limit::on_cost(&program, 70_000).unwrap()]);
    assert_eq!((solution.gain, solution.status), (70_000, Status::Optimal));
}

#[test]
fn the_order_of_a_forest_is_by_density_of_blocks() {
    // A poor parent waits for its rich child; a rich parent comes before a poor child.
    let forest = PricedForest {
        parent: vec![NONE, 0, NONE, 2],
        gain: vec![1.0, 10.0, 5.0, 1.0],
        cost: vec![4.0, 1.0, 1.0, 9.0],
    };
    assert_eq!(forest.by_density(), [2, 0, 1, 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn many_budgets_never_lose_on_larger_forests(program in forest_shaped(5, 4, 30)) {
        let budgets: Vec<i64> = (0..40).map(|step| program.total_cost() * step / 60).collect();
        for effort in [0, 2_000, 8_000, 30_000] {
            let options = BudgetOptions { effort, ..BudgetOptions::default() };
            let solutions = solve_within_each(&program, &budgets, &options, &Control::new()).unwrap();
            for pair in solutions.windows(2) {
                prop_assert!(pair[0].gain <= pair[1].gain && pair[0].bound <= pair[1].bound);
            }
        }
    }
}

#[test]
fn a_stopped_search_forgets_no_node() {
    let mut builder = SelectionProgram::builder();
    for _ in 0..3 {
        let (v, r) = (builder.decision(5), builder.resource(3));
        builder.uses(v, r);
    }
    let program = builder.build().unwrap();
    let core = Core::new(&program, &[Limit::on_cost(&program, 4).unwrap()]);
    let (surrogates, alive) = ([Surrogate::new(&core, vec![1])], vec![true; 3]);
    let mut tree = Tree::new(&core, &surrogates, &alive, 6);
    let mut best = Set::empty(&core);
    let control = Control::new();
    control.cancel();
    assert_eq!(tree.run(&mut best, 100, &control), Err(Stop::Cancelled));
    assert_eq!((tree.bound(), best.gain), (Some(6), 0));
    assert_eq!(tree.run(&mut best, 100, &Control::new()), Ok(()));
    assert_eq!((tree.bound(), best.gain), (None, 5));
}
