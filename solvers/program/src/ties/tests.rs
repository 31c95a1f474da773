use proptest::prelude::*;

use super::*;
use crate::testing::{Planted, forest_shaped, huge, planted_optimum, ties_everywhere, tiny};
use crate::{Amounts, brute_force};

/// Intersection and union of all optimal selections, by enumeration.
fn enumerated(program: &SelectionProgram, lambda: Multiplier) -> (Vec<bool>, Vec<bool>) {
    let n = program.n_decisions();
    let best = objective(program, &brute_force(program, lambda), lambda);
    let (mut every, mut any) = (vec![true; n], vec![false; n]);
    for members in 0..1u32 << n {
        let marked: Vec<bool> = (0..n).map(|v| members >> v & 1 == 1).collect();
        let Ok(selection) = Selection::new(program, marked.clone()) else { continue };
        if objective(program, &selection, lambda) == best {
            every.iter_mut().zip(&marked).for_each(|(every, marked)| *every &= marked);
            any.iter_mut().zip(&marked).for_each(|(any, marked)| *any |= marked);
        }
    }
    (every, any)
}

/// A maximum flow by augmenting along shortest residual paths, one unit of thought at a time: decisions with excess to
/// decisions with a deficit and resources with room.
fn maximum_flow(program: &SelectionProgram, lambda: Multiplier) -> Flow {
    let n = program.n_decisions();
    let (mut requires, mut uses) = (vec![0i128; n], vec![0i128; program.n_uses()]);
    loop {
        let flow = Flow { requires: requires.clone().into(), uses: uses.clone().into() };
        let Excesses { decisions, resources } = Excesses::new(program, lambda, &flow).unwrap();
        let excess: Vec<i128> = decisions.into_iter().chain(resources).collect();
        // Arcs (tail, head, residual, pair: Ok(requires) or Err(uses), forward).
        let mut arcs = Vec::new();
        for v in program.decisions() {
            if let Some(parent) = program.parent(v) {
                arcs.push((v.index(), parent.index(), i128::MAX, Ok(v.index()), 1));
                arcs.push((parent.index(), v.index(), requires[v.index()], Ok(v.index()), -1));
            }
            for (pair, r) in program.use_range(v).zip(program.uses(v)) {
                arcs.push((v.index(), n + r.index(), i128::MAX, Err(pair), 1));
                arcs.push((n + r.index(), v.index(), uses[pair], Err(pair), -1));
            }
        }
        let mut from: Vec<Option<usize>> = vec![None; excess.len()];
        let mut queue: Vec<usize> = (0..n).filter(|&v| excess[v] > 0).collect();
        let starts = queue.clone();
        let mut position = 0;
        let end = loop {
            let Some(&node) = queue.get(position) else { return flow };
            if excess[node] < 0 {
                break node;
            }
            position += 1;
            for (index, &(tail, head, residual, ..)) in arcs.iter().enumerate() {
                if tail == node && residual > 0 && from[head].is_none() && !starts.contains(&head) {
                    from[head] = Some(index);
                    queue.push(head);
                }
            }
        };
        let (mut node, mut amount, mut path) = (end, -excess[end], Vec::new());
        while let Some(index) = from[node] {
            amount = amount.min(arcs[index].2);
            node = arcs[index].0;
            path.push(index);
        }
        amount = amount.min(excess[node]);
        for index in path {
            match arcs[index] {
                (.., Ok(v), sign) => requires[v] += sign * amount,
                (.., Err(pair), sign) => uses[pair] += sign * amount,
            }
        }
    }
}

fn lambdas() -> impl Strategy<Value = Multiplier> {
    let ratio = |(num, den)| Multiplier::new(num, den).unwrap();
    prop_oneof![
        Just(Multiplier::INFINITY),
        (0i64..8, 1i64..6).prop_map(ratio),
        (0..i64::MAX, 1..i64::MAX).prop_map(ratio),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_range_is_intersection_and_union_of_all_optima(
        program in prop_oneof![
            tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(2, 2, 5).boxed(),
        ],
        lambda in lambdas(),
    ) {
        let flow = maximum_flow(&program, lambda);
        let (smallest, largest) = optimal_range(&program, lambda, &flow).unwrap();
        let (every, any) = enumerated(&program, lambda);
        prop_assert_eq!(smallest.marks(), &every);
        prop_assert_eq!(largest.marks(), &any);
    }

    #[test]
    fn the_flow_of_a_path_serves_at_every_whole_price(planted in planted_optimum(2)) {
        // In this flow resources are overfull: at lambda below theta each holds theta c_r. Gains times the product of
        // all denominators make the thresholds whole, and so the unit of every class 1.
        let Planted { program, path, flow } = planted;
        let factor: i64 = path.thresholds().iter().map(|theta| theta.den()).product();
        let mut builder = SelectionProgram::builder();
        builder.decisions(&program.decisions().map(|v| program.gain(v) * factor).collect::<Vec<_>>());
        builder.resources(&program.resources().map(|r| program.cost(r)).collect::<Vec<_>>());
        program.decisions().for_each(|v| { program.parent(v).map(|parent| builder.requires(v, parent)); });
        program.pairs().for_each(|(v, r)| { builder.uses(v, r); });
        let scaled = builder.build().unwrap();
        let whole = |v: DecisionId, amount: i128| amount * i128::from(factor / path.threshold(v).den());
        let requires: Vec<i128> = program.decisions().map(|v| whole(v, flow.requires.get(v.index()))).collect();
        let uses: Vec<i128> = program.pairs().enumerate().map(|(pair, (v, _))| whole(v, flow.uses.get(pair))).collect();
        let flow = Flow { requires: requires.into(), uses: uses.into() };
        let thresholds = path.thresholds().iter().map(|theta| theta.num() * (factor / theta.den()));
        for num in thresholds.flat_map(|theta| [theta.saturating_sub(1).max(0), theta, theta + 1]) {
            let lambda = Multiplier::new(num, 1).unwrap();
            let (smallest, largest) = optimal_range(&scaled, lambda, &flow).unwrap();
            let (every, any) = enumerated(&scaled, lambda);
            prop_assert_eq!(smallest.marks(), &every);
            prop_assert_eq!(largest.marks(), &any);
        }
    }

    #[test]
    fn a_flow_that_is_not_optimal_is_refused(
        program in prop_oneof![tiny().boxed(), ties_everywhere().boxed()], lambda in lambdas(),
        at in any::<prop::sample::Index>(), by in 1i128..5,
    ) {
        let flow = maximum_flow(&program, lambda);
        prop_assume!(program.n_uses() > 0);
        let mut uses: Vec<i128> = (0..program.n_uses()).map(|pair| flow.uses.get(pair)).collect();
        let pair = at.index(uses.len());
        uses[pair] = if uses[pair] >= by { uses[pair] - by } else { uses[pair] + by };
        let changed = Flow { uses: uses.into(), requires: flow.requires };
        let best = objective(&program, &brute_force(&program, lambda), lambda);
        let bound = dual_bound(&program, lambda, &changed).unwrap();
        match optimal_range(&program, lambda, &changed) {
            Ok((smallest, _)) => {
                prop_assert_eq!(bound, best, "a loose bound was taken for a proof");
                prop_assert_eq!(objective(&program, &smallest, lambda), best);
            }
            Err(VerifyError::Gap { bound: stated, .. }) => prop_assert!(stated == bound && bound > best),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

#[test]
fn malformed_flows_are_refused_by_name() {
    let mut builder = SelectionProgram::builder();
    let v = builder.decision(5);
    let r = builder.resource(3);
    builder.uses(v, r);
    let program = builder.build().unwrap();
    let lambda = Multiplier::new(1, 1).unwrap();
    let range = |requires: Vec<i64>, uses: Vec<i64>| {
        let flow = Flow { requires: Amounts::Narrow(requires), uses: Amounts::Narrow(uses) };
        optimal_range(&program, lambda, &flow)
    };
    let (smallest, largest) = range(vec![0], vec![3]).unwrap();
    assert!(smallest.has(v) && largest.has(v));
    assert_eq!(range(vec![0], vec![2]), Err(VerifyError::Gap { objective: 2, bound: 3 }));
    assert_eq!(range(vec![0], vec![-1]), Err(VerifyError::Flow { decision: 0, amount: -1 }));
    assert_eq!(range(vec![1], vec![3]), Err(VerifyError::Flow { decision: 0, amount: 1 }));
    assert!(matches!(range(vec![0], vec![]), Err(VerifyError::Length { found: 0, expected: 1, .. })));
}
