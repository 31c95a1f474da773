//! Boosting against its definition: exhaustive splits, exact ledgers, and sums that telescope.

use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::Control;

use super::*;
use secateur_forest::{BudgetedForest, Source, SourceId};

/// Rows with ties and missing values, numbers and labels that depend on them, and prices with a shared source.
struct World {
    x: Array2<f64>,
    numbers: Vec<f64>,
    labels: Vec<u32>,
    weights: Vec<f64>,
    prices: PriceList,
}

const FEATURES: usize = 3;

fn world(seed: u64, missing: bool) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n = rng.random_range(8..40);
    let value = |rng: &mut ChaCha8Rng| {
        if missing && rng.random_bool(0.1) { f64::NAN } else { f64::from(rng.random_range(-3..4i8)) }
    };
    let x = Array2::from_shape_simple_fn((n, FEATURES), || value(&mut rng));
    let numbers: Vec<f64> = (0..n)
        .map(|row| {
            let known = |feature: usize| if x[[row, feature]].is_nan() { 1.5 } else { x[[row, feature]] };
            known(0) + (known(1) * known(2)).signum() + f64::from(rng.random_range(-2..3i8)) / 4.0
        })
        .collect();
    let source = |name: &str, rng: &mut ChaCha8Rng, per_model: f64| Source {
        name: name.into(),
        per_example: f64::from(rng.random_range(1..300u16)) / 100.0,
        per_model,
    };
    let sources = vec![source("a", &mut rng, 0.0), source("b", &mut rng, 0.3), source("shared", &mut rng, 0.0)];
    let needs = vec![vec![SourceId(0), SourceId(2)], vec![SourceId(1)], vec![SourceId(2)]];
    World {
        labels: numbers.iter().map(|number| if *number < 0.0 { 0 } else { 1 + u32::from(*number > 2.0) }).collect(),
        weights: (0..n).map(|_| f64::from(rng.random_range(1..4u8))).collect(),
        numbers,
        x,
        prices: PriceList::new(sources, needs).unwrap(),
    }
}

impl World {
    fn data<'a>(&'a self, target: TargetView<'a>, weights: Option<&[f64]>) -> BoostData<'a> {
        BoostData::new(self.x.view(), target, &[], weights, &self.prices, 255).unwrap()
    }
}

fn params() -> BoostParams {
    BoostParams { n_trees: 1, learning_rate: 1.0, min_samples_leaf: 1, l2: 0.0, ..BoostParams::default() }
}

fn mean_squares(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let all: Vec<(f64, f64)> = values.collect();
    let weight: f64 = all.iter().map(|(_, weight)| weight).sum();
    let mean = all.iter().map(|(value, weight)| value * weight).sum::<f64>() / weight;
    all.iter().map(|(value, weight)| weight * (value - mean).powi(2)).sum()
}

proptest! {
    #[test]
    fn the_first_split_is_worth_most_of_all(seed in any::<u64>(), missing in any::<bool>(), level in 0.0f64..0.5) {
        let world = world(seed, missing);
        let data = world.data(TargetView::Values(&world.numbers), Some(&world.weights));
        let two = BoostParams { max_leaves: 2, price_level: level, ..params() };
        let boosted = data.boost(&two, None, &Control::new()).unwrap();
        let total: f64 = world.weights.iter().sum();
        // Every feature, every threshold, missing values on either side: decrease of the mean squared error minus the price.
        let n = world.numbers.len();
        let whole = mean_squares((0..n).map(|row| (world.numbers[row], world.weights[row])));
        let mut best = 0.0f64;
        for feature in 0..FEATURES {
            let price: f64 = world.prices.needs(feature).iter()
                .map(|source| { let source = &world.prices.sources()[source.index()]; source.per_example + source.per_model }).sum();
            for threshold in [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 9.0] {
                for missing_left in [true, false] {
                    let goes_left = |row: &usize| {
                        let value = world.x[[*row, feature]];
                        if value.is_nan() { missing_left } else { value <= threshold }
                    };
                    let (left, right): (Vec<usize>, Vec<usize>) = (0..n).partition(goes_left);
                    if left.is_empty() || right.is_empty() {
                        continue;
                    }
                    let side = |rows: &[usize]| mean_squares(rows.iter().map(|&row| (world.numbers[row], world.weights[row])));
                    best = best.max((whole - side(&left) - side(&right)) / total - level * price);
                }
            }
        }
        if boosted.forest.n_splits() == 0 {
            prop_assert!(best < 1e-9, "a split worth {best} was not made");
        } else {
            let feature = boosted.forest.feature(0).unwrap();
            let price: f64 = world.prices.needs(feature).iter()
                .map(|source| { let source = &world.prices.sources()[source.index()]; source.per_example + source.per_model }).sum();
            prop_assert!((boosted.gains[0] - level * price - best).abs() < 1e-9, "{} {best}", boosted.gains[0] - level * price);
        }
    }

    #[test]
    fn gains_add_up_to_what_the_error_fell_by(seed in any::<u64>(), missing in any::<bool>(), rate in 0.1f64..1.0) {
        let world = world(seed, missing);
        let target = TargetView::Values(&world.numbers);
        let examples = DatasetView::new(world.x.view(), target, Some(&world.weights)).unwrap();
        let data = world.data(target, Some(&world.weights));
        let some = BoostParams { n_trees: 4, learning_rate: rate, price_level: 0.01, patience: 9, ..params() };
        let boosted = data.boost(&some, Some(examples), &Control::new()).unwrap();
        let fell = boosted.valid_losses[0] - boosted.valid_losses[boosted.valid_losses.len() - 1];
        let gains: f64 = boosted.gains.iter().sum();
        prop_assert!((gains - fell).abs() < 1e-9, "{gains} {fell}");
    }

    #[test]
    fn the_ledger_holds_what_the_trees_acquire(seed in any::<u64>(), missing in any::<bool>(), subsample in 0.4f64..1.0) {
        let world = world(seed, missing);
        let data = world.data(TargetView::Classes { labels: &world.labels, n_classes: 3 }, None);
        let params = BoostParams { subsample, learning_rate: 0.3, price_level: 0.01, l2: 1.0, ..params() };
        let mut objective = Objective::new(data.target, &data.rows, &data.weights);
        let mut ledger = Ledger::new(data.prices, data.rows.len());
        let mut builder = TreeBuilder::new(&data, &params);
        let mut trees = Vec::new();
        for round in 0..3u64 {
            objective.differentiate(&data.weights);
            let all: Vec<u32> = (0..data.rows.len() as u32).collect();
            let sampling = Sampling { with_replacement: false, fraction: subsample };
            let drawn = sampling.draw(all.len(), &all, &mut tree_rng(seed ^ round, 0));
            let sample: Vec<u32> = all.iter().copied().filter(|&row| drawn[row as usize] > 0).collect();
            let Some(tree) = builder.grow(&sample, &objective, &mut ledger) else { break };
            builder.route(&tree, true, &mut objective, &mut ledger);
            trees.push(tree.raw);
        }
        if trees.is_empty() {
            trees.push(stump(3));
        }
        let all: Vec<u32> = (0..data.rows.len() as u32).collect();
        let mut unpaid = vec![0.0; ledger.n_sources()];
        ledger.unpaid(&all, &data.weights, &mut unpaid);
        let sources = world.prices.sources();
        let paid: f64 = sources.iter().zip(&unpaid).map(|(source, unpaid)| source.per_example * (1.0 - unpaid)).sum();
        let forest = Forest::new(RawForest {
            task: data.task.clone(),
            n_features: FEATURES,
            precision: Precision::F64,
            aggregation: Aggregation::Sum,
            base: objective.base_outputs(),
            trees,
        }).unwrap();
        let model = BudgetedForest::whole(forest, world.prices.clone()).unwrap();
        let costs = model.costs(world.x.view(), model.unpruned()).unwrap().per_example;
        let mean = costs.iter().sum::<f64>() / costs.len() as f64;
        prop_assert!((mean - paid).abs() < 1e-9, "{mean} {paid}");
        // The scores kept while growing are those that the forest predicts.
        let outputs = model.compile(model.unpruned()).predict(world.x.view()).unwrap();
        let mut p = vec![0.0; 3];
        for (row, scores) in objective.scores.chunks_exact(3).enumerate() {
            let total: f64 = scores.iter().map(|score| score.exp()).sum();
            p.iter_mut().zip(scores).for_each(|(p, score)| *p = score.exp() / total);
            prop_assert!(outputs.row(row).iter().zip(&p).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }

    #[test]
    fn a_row_of_weight_two_is_two_rows(seed in any::<u64>()) {
        let mut world = world(seed, true);
        // Sums differ by rounding, and of two splits of equal worth either may be made, with other trees from there on.
        // Numbers without a common unit leave no two partitions equal.
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        world.numbers.iter_mut().for_each(|number| *number += rng.random_range(-0.125..0.125));
        let rows: Vec<usize> = (0..world.numbers.len()).flat_map(|row| vec![row; world.weights[row] as usize]).collect();
        let x = world.x.select(ndarray::Axis(0), &rows);
        let numbers: Vec<f64> = rows.iter().map(|&row| world.numbers[row]).collect();
        let some = BoostParams { n_trees: 2, max_leaves: 3, learning_rate: 0.5, price_level: 0.02, ..params() };
        let weighted = world.data(TargetView::Values(&world.numbers), Some(&world.weights)).boost(&some, None, &Control::new()).unwrap();
        let data = BoostData::new(x.view(), TargetView::Values(&numbers), &[], None, &world.prices, 255).unwrap();
        let repeated = data.boost(&some, None, &Control::new()).unwrap();
        // At most two splits per tree, the root's first: their order does not depend on which side is left.
        let splits = |boosted: &Boosted| boosted.gains.iter().copied().filter(|gain| *gain > 0.0).collect::<Vec<f64>>();
        let (a, b) = (splits(&weighted), splits(&repeated));
        prop_assert!(a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} {b:?}");
    }
}

proptest! {
    /// What is recorded tree by tree is what the forest costs that opens tree by tree.
    #[test]
    fn costs_are_those_of_the_first_trees(seed in any::<u64>(), subsample in 0.4f64..1.0, price_level in 0.0f64..0.2) {
        let mut world = world(seed, true);
        world.prices = world.prices.clone().with_split_prices(0.01, 0.002).unwrap();
        let data = world.data(TargetView::Values(&world.numbers), Some(&world.weights));
        let some = BoostParams { n_trees: 5, subsample, price_level, learning_rate: 0.5, seed, ..params() };
        let boosted = data.boost(&some, None, &Control::new()).unwrap();
        prop_assert_eq!(boosted.costs.len(), boosted.forest.n_trees());
        let priced = DatasetView::unlabelled(world.x.view(), Some(&world.weights)).unwrap();
        let opening = BudgetedForest::tree_by_tree(&boosted.forest, world.prices.clone()).unwrap();
        let curve = opening.curve(priced, &Control::new()).unwrap();
        prop_assert_eq!(curve.points.len(), boosted.costs.len() + 1);
        for (trees, (point, cost)) in curve.points[1..].iter().zip(&boosted.costs).enumerate() {
            prop_assert!((point.cost - cost).abs() < 1e-9, "{trees} {} {cost}", point.cost);
            let (first, all) = (boosted.forest.first_trees(trees + 1), opening.compile(point.point));
            let first = BudgetedForest::whole(first, world.prices.clone()).unwrap();
            let expected = first.compile(first.unpruned()).predict(world.x.view()).unwrap();
            prop_assert_eq!(all.predict(world.x.view()).unwrap(), expected);
        }
    }

    #[test]
    fn nobody_pays_more_than_the_cap(seed in any::<u64>(), cap in 0.0f64..6.0) {
        let world = world(seed, true);
        let data = world.data(TargetView::Values(&world.numbers), None);
        let capped = BoostParams { cap, n_trees: 4, learning_rate: 0.5, ..params() };
        let forest = data.boost(&capped, None, &Control::new()).unwrap().forest;
        let model = BudgetedForest::whole(forest, world.prices.clone()).unwrap();
        let costs = model.costs(world.x.view(), model.unpruned()).unwrap().per_example;
        prop_assert!(costs.iter().all(|cost| *cost <= cap * (1.0 + 1e-9)), "{costs:?} {cap}");
    }
}

#[test]
fn what_costs_too_much_is_not_asked() {
    let world = world(7, false);
    let data = world.data(TargetView::Classes { labels: &world.labels, n_classes: 3 }, None);
    let dear = BoostParams { price_level: 1e6, n_trees: 5, ..params() };
    let boosted = data.boost(&dear, None, &Control::new()).unwrap();
    assert_eq!((boosted.forest.n_trees(), boosted.forest.n_splits()), (1, 0));
    // The answer is the prior.
    let model = BudgetedForest::whole(boosted.forest, world.prices.clone()).unwrap();
    let outputs = model.predict_row(&[0.0; FEATURES], model.unpruned()).unwrap();
    let fraction =
        |class: u32| world.labels.iter().filter(|label| **label == class).count() as f64 / world.labels.len() as f64;
    assert!((0..3).all(|class| (outputs[class] - fraction(class as u32)).abs() < 0.02));
}

#[test]
fn later_trees_use_what_has_been_paid() {
    // Feature 1 is a little better, but feature 0 has been paid for by the first tree.
    let n = 64;
    let x = Array2::from_shape_fn((n, 2), |(row, feature)| if feature == 0 { (row / 2) as f64 } else { row as f64 });
    let y: Vec<f64> = (0..n).map(|row| (row as f64 / 9.0).sin()).collect();
    let prices = PriceList::uniform(&["a", "b"].map(String::from), 1.0).unwrap();
    let data = BoostData::new(x.view(), TargetView::Values(&y), &[], None, &prices, 255).unwrap();
    let priced = BoostParams { n_trees: 30, price_level: 0.05, learning_rate: 0.3, max_leaves: 4, ..params() };
    let forest = data.boost(&priced, None, &Control::new()).unwrap().forest;
    let used: Vec<usize> = (0..forest.n_nodes()).filter_map(|node| forest.feature(node)).collect();
    assert!(forest.n_trees() > 5 && used.iter().all(|feature| *feature == used[0]), "{used:?}");
}

#[test]
fn watching_keeps_the_best_number_of_trees() {
    let world = world(11, true);
    let target = TargetView::Classes { labels: &world.labels, n_classes: 3 };
    let data = world.data(target, None);
    // Validation examples with shuffled targets: nothing can be learnt for them for long.
    let shuffled: Vec<u32> = world.labels.iter().rev().copied().collect();
    let valid =
        DatasetView::new(world.x.view(), TargetView::Classes { labels: &shuffled, n_classes: 3 }, None).unwrap();
    let many = BoostParams { n_trees: 50, patience: 3, learning_rate: 0.5, ..params() };
    let boosted = data.boost(&many, Some(valid), &Control::new()).unwrap();
    let least = boosted.valid_losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(boosted.valid_losses.last(), Some(&least));
    assert!(boosted.valid_losses.len() < 50);
}

#[test]
fn what_is_wrong_is_named() {
    let world = world(3, false);
    let target = TargetView::Values(&world.numbers);
    let data = world.data(target, None);
    for (bad, name) in [
        (BoostParams { n_trees: 0, ..params() }, "n_trees"),
        (BoostParams { max_leaves: 1, ..params() }, "max_leaves"),
        (BoostParams { learning_rate: 0.0, ..params() }, "learning_rate"),
        (BoostParams { subsample: f64::NAN, ..params() }, "subsample"),
        (BoostParams { price_level: -1.0, ..params() }, "price_level"),
        (BoostParams { l2: f64::INFINITY, ..params() }, "l2"),
        (BoostParams { cap: f64::NAN, ..params() }, "cap"),
    ] {
        let error = data.boost(&bad, None, &Control::new()).unwrap_err();
        assert!(matches!(&error, GrowError::Parameter { name: found, .. } if *found == name), "{error}");
    }
    let prices = PriceList::uniform(&["a", "b"].map(String::from), 1.0).unwrap();
    let other = BoostData::new(world.x.view(), target, &[], None, &prices, 255).unwrap_err();
    assert_eq!(other, GrowError::Length { array: "prices", found: 2, expected: 3 });
    let narrow = array![[1.0]];
    let valid = DatasetView::new(narrow.view(), TargetView::Values(&[1.0]), None).unwrap();
    assert!(matches!(data.boost(&params(), Some(valid), &Control::new()), Err(GrowError::Validation(_))));
    let stopped = Control::new().with_time_limit(std::time::Duration::ZERO);
    assert!(matches!(data.boost(&params(), None, &stopped), Err(GrowError::Stopped(_))));
}
