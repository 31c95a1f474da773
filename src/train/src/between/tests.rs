//! Prunings for a budget against all prunings of small forests.

use proptest::prelude::*;
use secateur_program::{BRUTE_FORCE_LIMIT, Limit, brute_force_within};

use super::*;
use crate::lower::lower;
use crate::tests::{Prune, any_aggregation};
use crate::{LossOn, NodeLosses, node_losses, prune_by};
use secateur_forest::testing::world;
use secateur_forest::{DatasetView, Loss, PriceList};

fn options() -> BudgetOptions {
    BudgetOptions::default()
}

/// Mean tree loss of what is kept, straight from the losses of nodes.
fn loss_of(forest: &Forest, losses: &NodeLosses, keeps: impl Fn(usize) -> bool) -> f64 {
    let mut sum = 0.0;
    for root in forest.roots() {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            match forest.children(node).filter(|_| keeps(node)) {
                Some(children) => waiting.extend(children),
                None => sum += losses.loss[node],
            }
        }
    }
    sum / losses.total_weight
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_pruning_within_the_budget_is_better(seed in any::<u64>(), classification in any::<bool>(), fractions in prop::array::uniform2(0.0f64..1.1)) {
        let world = world(seed, classification, secateur_forest::Aggregation::Mean);
        let (loss, examples) = (Loss::default_for(world.forest.task()), world.examples());
        let losses = node_losses(&world.forest, LossOn::HoldOut(examples), loss, &Control::new()).unwrap();
        let lowered = lower(&world.forest, &losses, examples, &world.prices, &Control::new()).unwrap();
        let program = &lowered.program;
        prop_assume!(program.n_decisions() <= BRUTE_FORCE_LIMIT.min(14));
        let total = program.total_cost() as f64 * program.scale().cost_unit;
        let budgets = fractions.map(|fraction| fraction * total);
        let pruned = prune_by(world.forest.clone(), &losses, loss, examples, &world.prices, &Control::new()).unwrap();
        let found = pruned.within(&budgets, &options(), &Control::new()).unwrap();
        for (pruning, budget) in found.iter().zip(budgets) {
            let limit = Limit::on_cost(program, whole_units(budget, program.scale()).unwrap()).unwrap();
            let best = brute_force_within(program, &[limit]).gain(program) as f64 * program.scale().gain_unit;
            prop_assert_eq!(pruning.status, Status::Optimal);
            prop_assert!((pruning.loss - (lowered.root_loss - best)).abs() < 1e-9, "{} {best}", pruning.loss);
            prop_assert!(pruning.loss_bound == pruning.loss && pruning.loss <= pruning.hull_loss);
            // What is promised is what the forest does: on its data, and as a forest of its own.
            let point = BetweenHull::POINT;
            let curve = pruning.budgeted.curve(examples, &Control::new()).unwrap();
            prop_assert!(pruning.cost <= budget * (1.0 + 1e-12));
            prop_assert!((curve.at(point).cost - pruning.cost).abs() < 1e-9 * (1.0 + budget));
            let kept = loss_of(&world.forest, &losses, |node| pruning.budgeted.keeps(node, point));
            prop_assert!((kept - pruning.loss).abs() < 1e-9);
            prop_assert_eq!(pruning.budgeted.on_pruning_data(point), (pruning.loss, pruning.cost));
            let whole = pruning.budgeted.unpruned();
            let (loss, cost) = pruning.budgeted.on_pruning_data(whole);
            prop_assert!((loss - loss_of(&world.forest, &losses, |_| true)).abs() < 1e-9 && cost >= pruning.cost);
            let (pruned, origin) = pruning.pruned();
            prop_assert!((0..pruned.n_nodes()).all(|node| pruned.is_leaf(node) != pruning.budgeted.keeps(origin[node] as usize, point)));
        }
    }

    #[test]
    fn the_path_is_never_better(seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()) {
        let world = world(seed, classification, aggregation);
        let pruned = world.prune(Loss::default_for(world.forest.task()));
        let costs: Vec<f64> = pruned.budgeted.classes().iter().map(|class| class.cost).collect();
        let found = pruned.within(&costs, &options(), &Control::new()).unwrap();
        for (pruning, class) in found.iter().zip(pruned.budgeted.classes()) {
            // Points of the path are the best of their cost.
            prop_assert!(pruning.loss <= class.loss + 1e-9 && pruning.cost <= class.cost * (1.0 + 1e-12));
        }
    }
}

#[test]
fn a_gap_of_the_hull_is_filled() {
    // Three splits of equal gain and cost: between nothing and everything the path has no point, a budget for one has.
    let leaf_pairs = |feature: i64| secateur_forest::RawTree {
        feature: vec![feature, -1, -1],
        threshold: vec![0.5, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![],
        value: vec![0.5, 0.0, 1.0],
        ..secateur_forest::RawTree::default()
    };
    let forest = Forest::new(secateur_forest::RawForest {
        task: secateur_forest::Task::Regression,
        n_features: 3,
        precision: secateur_forest::Precision::F64,
        aggregation: secateur_forest::Aggregation::Mean,
        base: vec![],
        trees: (0..3).map(leaf_pairs).collect(),
    })
    .unwrap();
    let x = ndarray::array![[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]];
    let examples = DatasetView::new(x.view(), secateur_forest::TargetView::Values(&[0.0, 1.0]), None).unwrap();
    let prices = PriceList::uniform(&["a", "b", "c"].map(String::from), 0.1).unwrap();
    let on = LossOn::HoldOut(examples);
    let pruned = crate::prune(forest, Loss::SquaredError, on, examples, &prices, &Control::new()).unwrap();
    assert_eq!(pruned.budgeted.splits_per_tree(OperatingPoint(1)), [1, 1, 1], "the path keeps nothing or all");
    let found = pruned.within(&[0.3, 0.25, 0.2, 0.05, 0.0, f64::INFINITY], &options(), &Control::new()).unwrap();
    let kept: Vec<usize> =
        found.iter().map(|pruning| pruning.budgeted.splits_per_tree(BetweenHull::POINT).iter().sum()).collect();
    assert_eq!(kept, [3, 2, 2, 0, 0, 3]);
    assert!(found.iter().all(|pruning| pruning.status == Status::Optimal));
    assert!(found[1].loss < found[1].hull_loss && found[0].loss == found[0].hull_loss);
    for budget in [-0.1, f64::NAN] {
        let refused = pruned.within(&[budget], &options(), &Control::new()).unwrap_err();
        assert!(refused.to_string().contains("expected a number >= 0"), "{refused}");
    }
}

#[test]
fn units_are_rounded_down_but_decimals_count() {
    let units = |budget, cost_unit| whole_units(budget, Scale { gain_unit: 1.0, cost_unit });
    assert_eq!((units(0.3, 0.1), units(0.29, 0.1), units(12.0, 0.01)), (Some(3), Some(2), Some(1200)));
    assert_eq!((units(0.0, 0.1), units(-1.0, 0.1), units(f64::NAN, 0.1)), (Some(0), None, None));
    assert_eq!((units(f64::INFINITY, 1.0), units(1e300, 1.0)), (Some(i64::MAX), Some(i64::MAX)));
}
