//! One lambda by petgraph's maximum flow.

use petgraph::Direction;
use petgraph::algo::dinics;
use petgraph::graph::{DiGraph, Graph, NodeIndex};
use petgraph::visit::EdgeRef;
use secateur_program::{Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

use crate::graph::{Pair, edges};

/// A node of the network.
type Index = NodeIndex<usize>;

/// Solves a program at `lambda` = num/den as a minimum cut by petgraph's implementation of Dinitz's algorithm (1970),
/// in 128-bit integers: the smallest optimal selection, and the flow on the pairs as its proof.
///
/// The closure network (Picard 1976): source -> v with capacity den g_v for g_v > 0; v -> sink with den |g_v| for g_v <
/// 0; the pairs with a capacity above all source arcs together; r -> sink with num c_r. What can be reached from the
/// source in the residual network is the selection.
///
/// petgraph cannot be interrupted, so there is no time limit. This is an oracle for programs of some thousands of
/// pairs.
///
/// # Complexity
/// O(n^2 m) for n = D + R nodes and m = D + R + U arcs at worst; each augmenting path costs O(n) at least.
pub fn solve_flow(program: &SelectionProgram, lambda: Multiplier) -> Solution {
    let n = program.n_decisions();
    let scaled = |factor: i64, value: i64| u128::from(factor.unsigned_abs()) * u128::from(value.unsigned_abs());
    let infinite = scaled(lambda.den(), program.total_positive_gain()) + 1;
    let mut network: DiGraph<(), u128, usize> = Graph::default();
    for _ in 0..n + program.n_resources() {
        network.add_node(());
    }
    let (source, sink) = (network.add_node(()), network.add_node(()));
    // Pairs first: their edges are numbered as `edges` gives them.
    for (tail, head, _) in edges(program) {
        network.add_edge(Index::new(tail), Index::new(head), infinite);
    }
    for v in program.decisions() {
        let capacity = scaled(lambda.den(), program.gain(v));
        if program.gain(v) > 0 {
            network.add_edge(source, Index::new(v.index()), capacity);
        } else {
            network.add_edge(Index::new(v.index()), sink, capacity);
        }
    }
    for r in program.resources() {
        network.add_edge(Index::new(n + r.index()), sink, scaled(lambda.num(), program.cost(r)));
    }

    let (_, flows) = dinics(&network, source, sink);
    let mut selected = source_side(&network, &flows, source);
    selected.truncate(n);
    let selection = Selection::new(program, selected).expect("no cut of finite capacity crosses a pair");
    Solution::new(program, lambda, selection, on_pairs(program, &flows), Status::Optimal)
        .expect("flows run along pairs and are at most the positive gains")
}

/// What can be reached from the source along arcs with capacity left and against arcs with flow.
fn source_side(network: &DiGraph<(), u128, usize>, flows: &[u128], source: Index) -> Vec<bool> {
    let mut reached = vec![false; network.node_count()];
    let mut open = vec![source];
    reached[source.index()] = true;
    while let Some(node) = open.pop() {
        let along = network.edges_directed(node, Direction::Outgoing);
        let along = along.filter(|arc| flows[arc.id().index()] < *arc.weight()).map(|arc| arc.target());
        let against = network.edges_directed(node, Direction::Incoming);
        let against = against.filter(|arc| flows[arc.id().index()] > 0).map(|arc| arc.source());
        for next in along.chain(against) {
            if !std::mem::replace(&mut reached[next.index()], true) {
                open.push(next);
            }
        }
    }
    reached
}

/// The flow on the pairs, whose edges come first.
fn on_pairs(program: &SelectionProgram, flows: &[u128]) -> Flow {
    let mut requires = vec![0i128; program.n_decisions()];
    let mut uses = Vec::with_capacity(program.n_uses());
    for ((tail, _, pair), &amount) in edges(program).zip(flows) {
        let amount = i128::try_from(amount).expect("at most the positive gains, below 2^126");
        match pair {
            Pair::Requires => requires[tail] = amount,
            Pair::Uses => uses.push(amount),
        }
    }
    Flow { requires: requires.into(), uses: uses.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secateur_program::testing::{forest_shaped, huge, planted_optimum, ties_everywhere, tiny};
    use secateur_program::{brute_force, optimal_range, verify_solution};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_cut_is_the_smallest_optimum_and_proven(
            program in prop_oneof![
                tiny().boxed(), ties_everywhere().boxed(), huge().boxed(), forest_shaped(2, 2, 5).boxed(),
            ],
            num in prop_oneof![0i64..8, 0..i64::MAX], den in prop_oneof![1i64..8, 0..i64::MAX],
        ) {
            prop_assume!(num > 0 || den > 0);
            let lambda = Multiplier::new(num, den).unwrap();
            let solution = solve_flow(&program, lambda);
            prop_assert_eq!(&solution.selection, &brute_force(&program, lambda));
            prop_assert_eq!(solution.gap(), 0);
            let proven = verify_solution(&program, lambda, &solution.selection, &solution.flow);
            prop_assert_eq!(proven, Ok(solution.objective));
            let (smallest, _) = optimal_range(&program, lambda, &solution.flow).unwrap();
            prop_assert_eq!(smallest, solution.selection);
        }

        #[test]
        fn planted_breakpoints_are_found(planted in planted_optimum(6)) {
            for &lambda in planted.path.thresholds() {
                let solution = solve_flow(&planted.program, lambda);
                prop_assert_eq!((solution.gain, solution.cost), planted.path.totals_at(lambda));
                prop_assert!(solution.is_proven());
            }
        }
    }
}
