use super::*;
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
        let limits = kinds.iter().enumerate().map(|(index, &(kind, share))| limit(&program, kind, share, seed ^ index as u64));
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
                (0..n as u64).map(|i| ((seed ^ salt).wrapping_mul(i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61) as i64).collect()
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
    assert!(solution.hull_gain <= solution.gain && solution.gain <= solution.bound && solution.bound <= solution.hull_bound);
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
