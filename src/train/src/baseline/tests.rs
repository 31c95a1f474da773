//! The baselines against their definitions, on small random forests.

use proptest::prelude::*;
use secateur_program::{Control, DecisionId, Multiplier, Selection, SelectionProgram, Stop};

use super::*;
use crate::tests::Prune;
use crate::{LossOn, Pruned, lower, node_losses};
use secateur_forest::testing::{World, close, world};
use secateur_forest::{
    Aggregation, BudgetedForest, Forest, Loss, Precision, PriceList, RawForest, RawTree, Source, Task,
};

fn pruned(seed: u64, loss: Loss) -> (World, Pruned) {
    let world = world(seed, loss != Loss::SquaredError, Aggregation::Mean);
    let pruned = world.prune(loss);
    (world, pruned)
}

fn ccp(world: &World, pruned: &Pruned, loss: Loss) -> BudgetedForest {
    cost_complexity(world.forest.clone(), &world.prices, loss, &pruned.lowered, &Control::new()).unwrap()
}

fn greedy(world: &World, pruned: &Pruned, loss: Loss) -> BudgetedForest {
    greedy_features(world.forest.clone(), &world.prices, loss, &pruned.lowered, &Control::new()).unwrap()
}

/// (gain, splits) of every way to prune the tree below a decision, all of them listed.
fn prunings(program: &SelectionProgram, top: DecisionId) -> Vec<(i64, i64)> {
    let mut ways = vec![(program.gain(top), 1)];
    for child in program.decisions().filter(|&v| program.parent(v) == Some(top)) {
        let below = prunings(program, child);
        ways = ways.iter().flat_map(|a| below.iter().map(move |b| (a.0 + b.0, a.1 + b.1))).collect();
    }
    ways.push((0, 0));
    ways
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_alpha_keeps_the_smallest_best_subtree(seed in any::<u64>(), regression in any::<bool>()) {
        let loss = if regression { Loss::SquaredError } else { Loss::Brier };
        let (world, pruned) = pruned(seed, loss);
        let program = &pruned.lowered.program;
        let model = ccp(&world, &pruned, loss);
        for (point, class) in model.points().zip(model.classes()) {
            // At an alpha equal to its own, a class is not kept.
            let (num, den) = class.threshold.into();
            for root in program.decisions().filter(|&v| program.parent(v).is_none()) {
                let worth = |(gain, splits): (i64, i64)| {
                    (i128::from(den) * i128::from(gain) - i128::from(num) * i128::from(splits), -splits)
                };
                let tree = (0..world.forest.n_trees()).map(|tree| world.forest.tree(tree));
                let tree = tree.filter(|nodes| nodes.contains(&(pruned.lowered.nodes[root.index()] as usize)));
                let kept = tree.flatten().filter(|&node| model.keeps(node, point));
                let of = |node: usize| pruned.lowered.nodes.binary_search(&(node as u32)).unwrap();
                let kept: Vec<i64> = kept.map(|node| program.gain(DecisionId(of(node) as u32))).collect();
                let best = prunings(program, root).into_iter().map(worth).max().unwrap();
                prop_assert_eq!(worth((kept.iter().sum(), kept.len() as i64)), best, "at {}", class.threshold);
            }
        }
    }

    #[test]
    fn cost_complexity_is_exact_pruning_with_a_price_per_split(seed in any::<u64>()) {
        let mut world = world(seed, true, Aggregation::Mean);
        let free = world.prices.sources().iter();
        let free = free.map(|source| Source { per_example: 0.0, per_model: 0.0, ..source.clone() }).collect();
        let needs = (0..world.prices.n_features()).map(|feature| world.prices.needs(feature).to_vec()).collect();
        world.prices = PriceList::new(free, needs).unwrap().with_split_prices(0.0, 1.0).unwrap();
        let pruned = world.prune(Loss::Brier);
        let (model, exact) = (ccp(&world, &pruned, Loss::Brier), &pruned.budgeted);
        prop_assert_eq!(model.classes().len(), exact.classes().len());
        for node in 0..world.forest.n_nodes() {
            prop_assert_eq!(model.class(node), exact.class(node));
            if let (Some(alpha), Some(lambda)) = (model.threshold(node), exact.threshold(node)) {
                prop_assert!(close(alpha, lambda * world.forest.n_trees() as f64), "{} {}", alpha, lambda);
            }
        }
    }

    #[test]
    fn stated_losses_and_costs_are_those_of_the_pruned_trees(seed in any::<u64>()) {
        let (world, pruned) = pruned(seed, Loss::Misclassification);
        for model in [ccp, greedy].map(|baseline| baseline(&world, &pruned, Loss::Misclassification)) {
            for point in model.points() {
                let (loss, cost) = model.on_pruning_data(point);
                prop_assert!(close(loss, world.tree_loss(&model, point, Loss::Misclassification)));
                prop_assert!(close(cost, world.cost(&model, point)));
            }
            let json = serde_json::to_string(&model).unwrap();
            prop_assert_eq!(serde_json::from_str::<BudgetedForest>(&json).unwrap(), model);
        }
    }

    #[test]
    fn each_step_drops_the_source_of_least_loss_per_cost(seed in any::<u64>()) {
        let (world, pruned) = pruned(seed, Loss::Brier);
        let program = &pruned.lowered.program;
        let model = greedy(&world, &pruned, Loss::Brier);
        let needs = |v: usize, source: usize| {
            let feature = world.forest.feature(pruned.lowered.nodes[v] as usize).unwrap();
            world.prices.needs(feature).iter().any(|need| need.index() == source)
        };
        let totals = |kept: &[bool]| {
            let selection = Selection::new(program, kept.to_vec()).unwrap();
            (selection.gain(program), selection.cost(program))
        };
        let mut kept = vec![true; program.n_decisions()];
        for step in 1.. {
            // Each source's drop, carried out.
            let mut best: Option<(i64, i64, Vec<bool>)> = None;
            for source in 0..world.prices.sources().len() {
                let mut after = kept.clone();
                for v in 0..after.len() {
                    let parent = program.parent(DecisionId(v as u32));
                    after[v] &= !needs(v, source) && parent.is_none_or(|parent| after[parent.index()]);
                }
                if after == kept {
                    continue;
                }
                let ((gain, cost), (gain_after, cost_after)) = (totals(&kept), totals(&after));
                let (lost, saved) = (gain - gain_after, cost - cost_after);
                let better = best.as_ref().is_none_or(|(least, most, _)| {
                    let (this, that) = (i128::from(lost) * i128::from(*most), i128::from(*least) * i128::from(saved));
                    this < that || (this == that && saved > *most)
                });
                if better {
                    best = Some((lost, saved, after));
                }
            }
            let at = model.at_lambda(f64::from(step)).unwrap();
            let Some((_, _, after)) = best else {
                prop_assert!(model.at_lambda(f64::from(step - 1)).unwrap() == at);
                break;
            };
            let left: Vec<bool> = pruned.lowered.nodes.iter().map(|&node| model.keeps(node as usize, at)).collect();
            prop_assert_eq!(&left, &after, "after {} steps", step);
            kept = after;
        }
    }

    #[test]
    fn price_levels_bracket_the_path_and_gaps_are_true(seed in any::<u64>()) {
        let (world, pruned) = pruned(seed, Loss::Misclassification);
        let exact = &pruned.budgeted;
        let lambdas = price_levels(&pruned.lowered, 7, &Control::new()).unwrap();
        let thresholds: Vec<f64> = (0..world.forest.n_nodes()).filter_map(|node| exact.threshold(node)).collect();
        for threshold in thresholds.into_iter().filter(|threshold| *threshold > 0.0 && threshold.is_finite()) {
            prop_assert!(lambdas.len() == 7 && lambdas[0] > threshold, "{lambdas:?} {threshold}");
        }
        let (least, _) = exact.on_pruning_data(exact.at_lambda(0.0).unwrap());
        let (lowest, _) = exact.on_pruning_data(exact.at_lambda(lambdas[lambdas.len() - 1]).unwrap());
        let root = pruned.lowered.root_loss;
        prop_assert!(root - lowest >= 0.99 * (root - least) - 1e-9, "{} of {} gained", root - lowest, root - least);
        prop_assert!(lambdas.windows(2).all(|pair| pair[1] < pair[0]));
        let levels = primal_dual_50(&world.forest, &pruned.lowered, &lambdas, &Control::new()).unwrap();
        prop_assert_eq!(levels.len(), lambdas.len());
        for level in levels {
            let (loss, cost) = exact.on_pruning_data(exact.at_lambda(level.lambda).unwrap());
            let saved = |loss: f64, cost: f64| pruned.lowered.root_loss - loss - level.lambda * cost;
            let (best, found) = (saved(loss, cost), saved(level.loss, level.cost));
            prop_assert!(found <= best + 1e-9 && best * (1.0 - level.gap) <= found + 1e-9, "{found} of {best}, gap {}", level.gap);
            let whole = BudgetedForest::whole(level.forest, world.prices.clone()).unwrap();
            let curve = whole.curve(world.examples(), &Control::new()).unwrap();
            prop_assert!(close(curve.at(whole.unpruned()).cost, level.cost));
        }
    }
}

/// The tree, its ccp_alphas and impurities as scikit-learn 1.x computed them; see the file's `made_by`.
#[derive(serde::Deserialize)]
struct Peer {
    tree: RawTree,
    ccp_alphas: Vec<f64>,
    impurities: Vec<f64>,
}

#[test]
fn alphas_are_those_of_scikit_learn() {
    let peer: Peer = serde_json::from_str(include_str!("../../../../tests/golden/cost_complexity.json")).unwrap();
    let forest = Forest::new(RawForest {
        task: Task::Classification { classes: ["0", "1", "2"].map(String::from).to_vec() },
        n_features: 4,
        precision: Precision::F32,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees: vec![peer.tree],
    })
    .unwrap();
    let control = Control::new();
    let losses = node_losses(&forest, LossOn::Stored, Loss::Brier, &control).unwrap();
    let x = ndarray::Array2::zeros((1, 4));
    let row = secateur_forest::DatasetView::unlabelled(x.view(), None).unwrap();
    let prices = PriceList::uniform(&["a", "b", "c", "d"].map(String::from), 1.0).unwrap();
    let lowered = lower(&forest, &losses, row, &prices, &control).unwrap();
    let model = cost_complexity(forest, &prices, Loss::Brier, &lowered, &control).unwrap();
    // scikit-learn's list ascends from 0, the whole tree; what ours keeps at no alpha above 0 changes nothing either.
    let mut ours: Vec<(f64, f64)> =
        model.points().map(|point| (model.lambda(point), model.on_pruning_data(point).0)).collect();
    ours.pop();
    ours.reverse();
    assert_eq!(ours.len(), peer.ccp_alphas.len());
    for (index, (alpha, impurity)) in ours.into_iter().enumerate() {
        let theirs = peer.ccp_alphas.get(index + 1).copied().unwrap_or(f64::INFINITY);
        assert!(alpha == theirs || (alpha - theirs).abs() < 1e-9, "{alpha}, scikit-learn {theirs}");
        assert!((impurity - peer.impurities[index]).abs() < 1e-9, "{impurity} at {alpha}");
    }
}

#[test]
fn a_chain_that_joins_at_every_step_is_no_trouble() {
    // Gains grow downwards, so that every split waits for the last one.
    let n = 300_000u32;
    let mut builder = SelectionProgram::builder();
    builder.decisions(&(0..i64::from(n)).map(|v| 2 * v).collect::<Vec<_>>());
    for v in 1..n {
        builder.requires(DecisionId(v), DecisionId(v - 1));
    }
    let program = builder.build().unwrap();
    let found = weakest_link::thresholds(&program, &vec![1; n as usize], &Control::new()).unwrap();
    let mean = Multiplier::new(i64::from(n) - 1, 1).unwrap();
    assert!(found.iter().all(|threshold| *threshold == mean));
}

#[test]
fn what_does_not_fit_is_named() {
    let (world, pruned) = (0..).map(|seed| pruned(seed, Loss::Brier)).find(|(w, _)| w.forest.n_splits() > 1).unwrap();
    let (alone, _) = world.forest.restricted(|node| node == 0);
    let (control, loss, lowered) = (Control::new(), Loss::Brier, &pruned.lowered);
    let wrong = BaselineError::Lowered { found: world.forest.n_splits(), expected: alone.n_splits() };
    assert_eq!(cost_complexity(alone.clone(), &world.prices, loss, lowered, &control).unwrap_err(), wrong);
    assert_eq!(greedy_features(alone.clone(), &world.prices, loss, lowered, &control).unwrap_err(), wrong);
    assert_eq!(primal_dual_50(&alone, lowered, &[1.0], &control).unwrap_err(), wrong);
    let short = PriceList::uniform(&["a".into()], 1.0).unwrap();
    for baseline in [cost_complexity, greedy_features] {
        let refused = baseline(world.forest.clone(), &short, loss, lowered, &control).unwrap_err();
        assert!(matches!(refused, BaselineError::Budgeted(_)), "{refused}");
    }
    for value in [f64::NAN, -1.0] {
        let refused = primal_dual_50(&world.forest, lowered, &[1.0, value], &control).unwrap_err();
        assert!(matches!(refused, BaselineError::Lambda { index: 1, .. }), "{refused}");
    }
    assert!(price_levels(lowered, 0, &control).unwrap().is_empty());
    control.cancel();
    let stopped = greedy_features(world.forest.clone(), &world.prices, loss, lowered, &control).unwrap_err();
    assert_eq!(stopped, BaselineError::Stopped(Stop::Cancelled));
    assert_eq!(primal_dual_50(&world.forest, lowered, &[1.0, 0.5], &control).unwrap().len(), 1);
}

#[test]
fn threads_do_not_change_a_byte() {
    for seed in 0..20 {
        let (world, pruned) = pruned(seed, Loss::Brier);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| greedy(&world, &pruned, Loss::Brier))
        };
        assert_eq!(with(1), with(2));
    }
}
