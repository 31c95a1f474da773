use super::*;
use crate::testing::{Planted, huge, planted_optimum, tiny};
use crate::{Amounts, brute_force, brute_force_path};
use proptest::prelude::*;

fn narrow(amounts: &Amounts) -> Vec<i64> {
    (0..amounts.len()).map(|index| i64::try_from(amounts.get(index)).unwrap()).collect()
}

/// Whether the thresholds select an optimum at every lambda, by enumeration.
fn optimal_everywhere(program: &SelectionProgram, path: &Path) -> bool {
    let truth = brute_force_path(program);
    let levels: Vec<Multiplier> = truth.thresholds().iter().chain(path.thresholds()).copied().collect();
    levels.iter().filter(|lambda| !lambda.is_infinite()).all(|&lambda| {
        path.selection_at(program, lambda).is_some_and(|selection| {
            let best = brute_force(program, lambda);
            objective(program, &selection, lambda) == objective(program, &best, lambda)
        })
    })
}

#[derive(Debug, Clone)]
enum Change {
    Requires(prop::sample::Index, i64),
    Uses(prop::sample::Index, i64),
    Threshold(prop::sample::Index, i64, i64),
}

fn change() -> impl Strategy<Value = Change> {
    let by = prop_oneof![Just(1i64), Just(-1), -50i64..50].prop_filter("a change", |by| *by != 0);
    prop_oneof![
        (any::<prop::sample::Index>(), by.clone()).prop_map(|(at, by)| Change::Requires(at, by)),
        (any::<prop::sample::Index>(), by).prop_map(|(at, by)| Change::Uses(at, by)),
        (any::<prop::sample::Index>(), 0i64..20, 1i64..20).prop_map(|(at, num, den)| Change::Threshold(at, num, den)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn planted_certificates_are_accepted(planted in planted_optimum(6)) {
        prop_assert_eq!(verify_path(&planted.program, &planted.path, &planted.flow), Ok(()));
    }

    #[test]
    fn planted_paths_are_the_paths_of_brute_force(planted in planted_optimum(2)) {
        prop_assert_eq!(&brute_force_path(&planted.program), &planted.path);
    }

    #[test]
    fn changed_certificates_are_refused(planted in planted_optimum(3), change in change()) {
        let Planted { program, path, flow } = planted;
        prop_assume!(program.n_decisions() <= 12);
        let (mut requires, mut uses) = (narrow(&flow.requires), narrow(&flow.uses));
        let mut thresholds: Vec<Multiplier> = program.decisions().map(|v| path.threshold(v)).collect();
        match change {
            Change::Requires(at, by) => requires[at.index(program.n_decisions())] += by,
            Change::Uses(at, by) => uses[at.index(program.n_uses())] += by,
            Change::Threshold(at, num, den) => {
                thresholds[at.index(program.n_decisions())] = Multiplier::new(num, den).unwrap();
            }
        }
        let changed_path = Path::from_thresholds(&program, &thresholds);
        let changed_flow = Flow { requires: Amounts::Narrow(requires), uses: Amounts::Narrow(uses) };
        if (&changed_path, &changed_flow) == (&path, &flow) {
            return Ok(());
        }
        if verify_path(&program, &changed_path, &changed_flow).is_ok() {
            // Never a changed flow under the same path, and never a path that is not optimal.
            prop_assert_ne!(&changed_path, &path);
            prop_assert!(optimal_everywhere(&program, &changed_path));
        }
    }

    #[test]
    fn stated_totals_must_be_true(planted in planted_optimum(3), class in any::<prop::sample::Index>(), gain in any::<bool>()) {
        let mut json = serde_json::to_value(&planted.path).unwrap();
        let key = if gain { "gains" } else { "costs" };
        let class = class.index(planted.path.thresholds().len());
        let old = json[key][class].as_i64().unwrap();
        json[key][class] = (old + 1).into();
        let changed: Path = serde_json::from_value(json).unwrap();
        let refused = matches!(
            verify_path(&planted.program, &changed, &planted.flow),
            Err(VerifyError::Totals { class: named, .. }) if named == class
        );
        prop_assert!(refused);
    }

    #[test]
    fn any_flow_bounds_the_optimum(
        program in tiny(), num in 0i64..20, den in 1i64..20, amounts in prop::collection::vec(0i64..40, 64),
    ) {
        let lambda = Multiplier::new(num, den).unwrap();
        let mut next = amounts.iter().copied().cycle();
        let requires = program.decisions().map(|v| program.parent(v).map_or(0, |_| next.next().unwrap())).collect();
        let uses = program.pairs().map(|_| next.next().unwrap()).collect();
        let flow = Flow { requires: Amounts::Narrow(requires), uses: Amounts::Narrow(uses) };
        let best = brute_force(&program, lambda);
        prop_assert!(dual_bound(&program, lambda, &flow).unwrap() >= objective(&program, &best, lambda));
    }

    #[test]
    fn brute_force_path_selects_what_brute_force_selects(program in tiny(), num in 0i64..30, den in 1i64..20) {
        let lambda = Multiplier::new(num, den).unwrap();
        let path = brute_force_path(&program);
        prop_assert_eq!(path.selection_at(&program, lambda), Some(brute_force(&program, lambda)));
        let best = path.selection_at(&program, lambda).unwrap();
        prop_assert_eq!(path.totals_at(lambda), (best.gain(&program), best.cost(&program)));
    }

    #[test]
    fn nothing_wraps_near_the_limits(program in huge(), amounts in prop::collection::vec(0i64.., 64)) {
        let mut next = amounts.iter().map(|&amount| i128::from(amount) << 62).cycle();
        let requires: Vec<i128> = program.decisions().map(|v| program.parent(v).map_or(0, |_| next.next().unwrap())).collect();
        let uses: Vec<i128> = program.pairs().map(|_| next.next().unwrap()).collect();
        let flow = Flow { requires: requires.into(), uses: uses.into() };
        let lambda = Multiplier::new(i64::MAX, i64::MAX - 1).unwrap();
        let best = objective(&program, &brute_force(&program, lambda), lambda);
        if let Ok(bound) = dual_bound(&program, lambda, &flow) {
            prop_assert!(bound >= best);
        }
    }
}

#[test]
fn a_selection_of_another_program_proves_nothing() {
    let build = |uses: bool| {
        let mut builder = SelectionProgram::builder();
        let v = builder.decision(5);
        let r = builder.resource(3);
        if uses {
            builder.uses(v, r);
        }
        builder.build().unwrap()
    };
    let (with, without) = (build(true), build(false));
    let one = Multiplier::new(1, 1).unwrap();
    let foreign = Selection::new(&without, vec![true]).unwrap();
    assert_eq!(verify_solution(&with, one, &foreign, &Flow::zero(&with)), Err(VerifyError::Selection));
    assert_eq!(verify_solution(&without, one, &foreign, &Flow::zero(&without)), Ok(5));
}

#[test]
fn wide_amounts_survive_json() {
    for amounts in [Amounts::from(vec![1i128, 2]), Amounts::from(vec![1i128, i128::MAX])] {
        let text = serde_json::to_string(&amounts).unwrap();
        assert_eq!(serde_json::from_str::<Amounts>(&text).unwrap(), amounts);
    }
}

#[test]
fn a_paid_resource_cannot_be_selected_for_ever() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    let path = Path::from_thresholds(&program, &[Multiplier::INFINITY]);
    let flow = Flow { requires: Amounts::Narrow(vec![0]), uses: Amounts::Narrow(vec![3]) };
    assert_eq!(verify_path(&program, &path, &flow), Err(VerifyError::PaidForever { resource: 0, cost: 3 }));
}

#[test]
fn corrupted_shapes_are_refused() {
    let mut builder = SelectionProgram::builder();
    let (a, b) = (builder.decision(4), builder.decision(4));
    let r = builder.resource(2);
    builder.requires(b, a).uses(b, r);
    let program = builder.build().unwrap();
    let half = Multiplier::new(1, 2).unwrap();
    // b outlasts a.
    let path = Path::from_thresholds(&program, &[half, Multiplier::INFINITY]);
    assert!(matches!(
        verify_path(&program, &path, &Flow::zero(&program)),
        Err(VerifyError::NotClosed { decision: 1, parent: 0 })
    ));
    // Flow of another program.
    let path = brute_force_path(&program);
    let short = Flow { requires: Amounts::Narrow(vec![0]), uses: Amounts::Narrow(vec![0]) };
    assert!(matches!(verify_path(&program, &path, &short), Err(VerifyError::Length { found: 1, expected: 2, .. })));
    // Flow without a pair.
    let rootless = Flow { requires: Amounts::Narrow(vec![1, 0]), uses: Amounts::Narrow(vec![0]) };
    assert!(matches!(verify_path(&program, &path, &rootless), Err(VerifyError::Flow { decision: 0, amount: 1 })));
    // A stored path whose parts do not fit together never becomes a `Path`.
    for (key, value) in [
        ("thresholds", serde_json::json!([[1, 2], [1, 2], [0, 1]])),
        ("decision_class", serde_json::json!([0, 9])),
        ("resource_class", serde_json::json!([9])),
        ("gains", serde_json::json!([1])),
        ("thresholds", serde_json::json!([[-1, 2], [0, 1]])),
    ] {
        let mut json = serde_json::to_value(&path).unwrap();
        json[key] = value;
        assert!(serde_json::from_value::<Path>(json).is_err(), "{key}");
    }
}

#[test]
fn a_threshold_with_a_flow_to_match_it_is_refused_unless_it_is_gain_over_cost() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    for (num, den) in [(1, 1), (2, 1), (5, 3), (4, 3), (11, 6)] {
        // The resource is paid to the last unit in every case; only the true threshold leaves nothing with the
        // decision.
        let path = Path::from_thresholds(&program, &[Multiplier::new(num, den).unwrap()]);
        let flow = Flow { requires: Amounts::Narrow(vec![0]), uses: Amounts::Narrow(vec![num * 3]) };
        let excess = i128::from(5 * den - 3 * num);
        let expected = if excess == 0 { Ok(()) } else { Err(VerifyError::Decision { decision: 0, excess }) };
        assert_eq!(verify_path(&program, &path, &flow), expected, "{num}/{den}");
    }
}
