//! The pruned forest against its definition: what the program says is what the trees do.

mod acquisition;
mod evaluation;

use ndarray::Array2;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, verify_path};

use secateur_forest::testing::{CLASSES, FEATURES, World, close, put_categories, random_tree, world};
use secateur_forest::*;

use super::*;

pub(super) fn any_aggregation() -> impl Strategy<Value = Aggregation> {
    prop_oneof![Just(Aggregation::Mean), Just(Aggregation::Vote), Just(Aggregation::Sum)]
}

/// One split of the only feature, for regression.
fn stump() -> RawTree {
    RawTree {
        feature: vec![0, -1, -1],
        threshold: vec![0.5, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![],
        value: vec![1.0, 2.0, 3.0],
        ..RawTree::default()
    }
}

/// Pruning of a world's forest on its own examples.
pub(super) trait Prune {
    fn prune(&self, loss: Loss) -> Pruned;
}

impl Prune for World {
    fn prune(&self, loss: Loss) -> Pruned {
        let examples = self.examples();
        if self.forest.aggregation() == Aggregation::Sum {
            let gains: Vec<f64> = (0..self.forest.n_nodes()).map(|node| self.forest.value(node)[0]).collect();
            let losses = NodeLosses::from_gains(&self.forest, &gains, 1.0).unwrap();
            return prune_by(self.forest.clone(), &losses, loss, examples, &self.prices, &Control::new()).unwrap();
        }
        prune(self.forest.clone(), loss, LossOn::HoldOut(examples), examples, &self.prices, &Control::new()).unwrap()
    }
}

fn loss_of(choice: u8) -> Loss {
    [Loss::Misclassification, Loss::Brier, Loss::LogLoss, Loss::SquaredError][choice as usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn program_totals_are_the_losses_and_costs_of_the_pruned_trees(seed in any::<u64>(), choice in 0u8..4) {
        let loss = loss_of(choice);
        let world = world(seed, loss != Loss::SquaredError, Aggregation::Mean);
        let pruned = world.prune(loss);
        for point in pruned.budgeted.points() {
            let (stated_loss, stated_cost) = pruned.budgeted.on_pruning_data(point);
            let (tree_loss, cost) = (world.tree_loss(&pruned.budgeted, point, loss), world.cost(&pruned.budgeted, point));
            prop_assert!(close(stated_loss, tree_loss), "loss at {point:?}: {stated_loss} stated, {tree_loss} true");
            prop_assert!(close(stated_cost, cost), "cost at {point:?}: {stated_cost} stated, {cost} true");
        }
    }

    #[test]
    fn no_single_split_change_is_better(seed in any::<u64>(), lambda in 0.0f64..0.3) {
        // Local optimality in the forest's own terms: neither dropping a subtree nor adding a child split helps.
        let world = world(seed, true, Aggregation::Mean);
        let pruned = world.prune(Loss::Brier);
        let model = &pruned.budgeted;
        let point = model.at_lambda(lambda).unwrap();
        let value = |loss: f64, cost: f64| loss + lambda * cost;
        let best = value(world.tree_loss(model, point, Loss::Brier), world.cost(model, point));
        for other in model.points() {
            let there = value(world.tree_loss(model, other, Loss::Brier), world.cost(model, other));
            prop_assert!(best <= there + 1e-9, "{other:?} is better than {point:?} at {lambda}");
        }
        verify_path(&pruned.lowered.program, &pruned.solution.path, &pruned.solution.flow).unwrap();
    }

    #[test]
    fn all_predictors_agree_to_the_last_bit(seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()) {
        let world = world(seed, classification, aggregation);
        let model = world.prune(Loss::default_for(world.forest.task())).budgeted;
        for point in model.points() {
            let batch = model.compile(point).predict(world.x.view()).unwrap();
            let costs = model.costs(world.x.view(), point).unwrap();
            for (row, values) in world.x.rows().into_iter().enumerate() {
                let values = values.to_vec();
                let reference = model.predict_row(&values, point).unwrap();
                prop_assert_eq!(&batch.row(row).to_vec(), &reference);
                let lazy = model.predict_lazy(&mut |feature: usize| values[feature], point, LazyOptions::default()).unwrap();
                prop_assert_eq!(&lazy.outputs, &reference);
                prop_assert!(close(lazy.bill.total, costs.per_example[row]));
                prop_assert_eq!(lazy.bill.splits as u32, costs.splits[row]);
            }
        }
    }

    #[test]
    fn blocks_of_any_size_predict_what_rows_do(
        seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation(), rows in 1usize..1500, threads in 1usize..4,
    ) {
        let world = world(seed, classification, aggregation);
        let model = BudgetedForest::whole(world.forest.clone(), world.prices.clone()).unwrap();
        let n = world.x.nrows();
        let expected: Vec<Vec<f64>> =
            world.x.rows().into_iter().map(|row| model.predict_row(&row.to_vec(), model.unpruned()).unwrap()).collect();
        let from = |row: usize| (row * 7 + row / n) % n;
        let x = Array2::from_shape_fn((rows, FEATURES), |(row, feature)| world.x[[from(row), feature]]);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let predicted = pool.install(|| model.compile(model.unpruned()).predict(x.view())).unwrap();
        for row in 0..rows {
            prop_assert_eq!(&predicted.row(row).to_vec(), &expected[from(row)], "row {}", row);
        }
    }

    #[test]
    fn the_first_row_that_cannot_be_predicted_is_named(
        seed in any::<u64>(), rows in 1usize..1500, bad in prop::collection::vec((any::<prop::sample::Index>(), 0..FEATURES, any::<bool>()), 1..4),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut trees: Vec<_> = (0..rng.random_range(1..5)).map(|_| random_tree(&mut rng, false, 4, true)).collect();
        put_categories(&mut trees, seed);
        let (task, precision, aggregation) = (Task::Regression, Precision::F64, Aggregation::Mean);
        let raw = RawForest { task, n_features: FEATURES, precision, aggregation, base: Vec::new(), trees };
        let forest = Forest::new(raw).unwrap();
        let model = BudgetedForest::whole(forest, world(seed, false, aggregation).prices).unwrap();
        let mut x = Array2::from_shape_simple_fn((rows, FEATURES), || f64::from(rng.random_range(-4..4i8)));
        for (row, feature, infinite) in bad {
            x[[row.index(rows), feature]] = if infinite { f64::NEG_INFINITY } else { f64::NAN };
        }
        let predicted = model.compile(model.unpruned()).predict(x.view());
        let failure = x.rows().into_iter().enumerate().find_map(|(row, values)| {
            match model.predict_row(&values.to_vec(), model.unpruned()).err()? {
                DataError::Missing { feature, .. } => Some(DataError::Missing { row, feature }),
                DataError::Infinite { feature, .. } => Some(DataError::Infinite { row, feature }),
                other => Some(other),
            }
        });
        prop_assert_eq!(predicted.err(), failure);
    }

    #[test]
    fn scores_add_up_and_their_softmax_is_the_probability(seed in any::<u64>(), classification in any::<bool>()) {
        let world = world(seed, classification, Aggregation::Sum);
        let model = BudgetedForest::whole(world.forest.clone(), world.prices.clone()).unwrap();
        for values in world.x.rows() {
            let mut sum = world.forest.base().to_vec();
            for root in world.forest.roots() {
                let mut node = root;
                while let Some(feature) = world.forest.feature(node) {
                    node = world.forest.next(node, values[feature]).unwrap();
                }
                sum.iter_mut().zip(world.forest.value(node)).for_each(|(sum, value)| *sum += value);
            }
            if classification {
                let total: f64 = sum.iter().map(|score| score.exp()).sum();
                sum.iter_mut().for_each(|score| *score = score.exp() / total);
            }
            let predicted = model.predict_row(&values.to_vec(), model.unpruned()).unwrap();
            prop_assert!(predicted.iter().zip(&sum).all(|(a, b)| close(*a, *b)), "{predicted:?} {sum:?}");
        }
    }

    #[test]
    fn what_is_kept_stands_alone(seed in any::<u64>(), aggregation in any_aggregation()) {
        let world = world(seed, true, aggregation);
        let model = world.prune(Loss::Brier).budgeted;
        for point in model.points() {
            let (forest, origin) = model.pruned(point);
            prop_assert_eq!(&Forest::new(forest.to_raw()).unwrap(), &forest);
            prop_assert!((0..forest.n_nodes()).all(|node| forest.value(node) == world.forest.value(origin[node] as usize)));
            let alone = BudgetedForest::whole(forest, world.prices.clone()).unwrap();
            prop_assert_eq!(
                alone.compile(alone.unpruned()).predict(world.x.view()).unwrap(),
                model.compile(point).predict(world.x.view()).unwrap()
            );
            prop_assert_eq!(
                alone.costs(world.x.view(), alone.unpruned()).unwrap(),
                model.costs(world.x.view(), point).unwrap()
            );
        }
    }

    #[test]
    fn the_curve_is_what_predicting_at_every_point_gives(seed in any::<u64>(), classification in any::<bool>(), aggregation in any_aggregation()) {
        let world = world(seed, classification, aggregation);
        let model = world.prune(Loss::default_for(world.forest.task())).budgeted;
        let examples = world.examples();
        let curve = model.curve(examples, &Control::new()).unwrap();
        prop_assert_eq!(curve.points.len(), model.points().len());
        for point in model.points() {
            let outputs = model.compile(point).predict(world.x.view()).unwrap();
            let classes = CompiledForest::classes(&outputs);
            let mean = |loss: &dyn Fn(usize) -> f64| {
                (0..examples.len()).map(|row| examples.weight(row) * loss(row)).sum::<f64>() / examples.total_weight()
            };
            let at = curve.at(point);
            prop_assert!(close(at.cost, world.cost(&model, point)), "{} {}", at.cost, world.cost(&model, point));
            prop_assert_eq!(at.splits as usize, model.splits_per_tree(point).iter().sum::<usize>());
            if classification {
                let error = mean(&|row| f64::from(u8::from(classes[row] != world.labels[row])));
                let log_loss = mean(&|row| -outputs[[row, world.labels[row] as usize]].max(1e-15).ln());
                let brier = mean(&|row| {
                    (0..CLASSES).map(|c| (outputs[[row, c]] - f64::from(u8::from(c as u32 == world.labels[row]))).powi(2)).sum()
                });
                prop_assert!(close(at.error.unwrap(), error));
                prop_assert!(close(at.log_loss.unwrap(), log_loss));
                prop_assert!(close(at.brier.unwrap(), brier));
            } else {
                let squared = mean(&|row| (outputs[[row, 0]] - world.numbers[row]).powi(2));
                prop_assert!(close(at.squared_error.unwrap(), squared));
            }
        }
    }

    #[test]
    fn a_cap_is_never_exceeded_and_settled_classes_are_final(seed in any::<u64>(), cap in 0.0f64..8.0, aggregation in any_aggregation()) {
        let world = world(seed, true, aggregation);
        let model = world.prune(Loss::Brier).budgeted;
        for values in world.x.rows() {
            let mut ask = |feature: usize| values[feature];
            let whole = model.predict_lazy(&mut ask, model.unpruned(), LazyOptions::default()).unwrap();
            let capped = model.predict_lazy(&mut ask, model.unpruned(), LazyOptions { cap: Some(cap), ..Default::default() }).unwrap();
            prop_assert!(capped.bill.total <= cap * (1.0 + 1e-12));
            if whole.bill.total <= cap {
                prop_assert_eq!(&capped, &whole);
            }
            let settled = model.predict_lazy(&mut ask, model.unpruned(), LazyOptions { stop_when_settled: true, ..Default::default() }).unwrap();
            prop_assert_eq!(settled.class, whole.class);
            prop_assert!(settled.bill.total <= whole.bill.total + 1e-12 && settled.trees <= whole.trees);
        }
    }

    #[test]
    fn chosen_points_keep_their_promise(seed in any::<u64>(), budget in 0.0f64..12.0, tolerance in 0.0f64..0.3) {
        let world = world(seed, true, Aggregation::Mean);
        let model = world.prune(Loss::Misclassification).budgeted;
        let curve = model.curve(world.examples(), &Control::new()).unwrap();
        let first = curve.points[0].cost;
        let spent = curve.at(curve.choose(Choice::Budget(budget)).unwrap());
        prop_assert!(spent.cost <= budget * (1.0 + 1e-9) || spent.cost == first);
        let best = curve.at(curve.choose(Choice::BestWithin(budget)).unwrap());
        prop_assert!(best.cost <= budget * (1.0 + 1e-9) || best.cost == first);
        prop_assert!(best.loss() <= spent.loss());
        let least = curve.points.iter().map(|point| point.loss().unwrap()).fold(f64::INFINITY, f64::min);
        let near = curve.at(curve.choose(Choice::Loss { tolerance }).unwrap());
        prop_assert!(near.loss().unwrap() <= least + tolerance);
        // Costs and splits grow along the path on any data.
        prop_assert!(curve.points.windows(2).all(|pair| pair[0].cost <= pair[1].cost + 1e-12 && pair[0].splits <= pair[1].splits));
    }

    #[test]
    fn a_row_of_weight_two_is_two_rows(seed in any::<u64>()) {
        let mut world = world(seed, true, Aggregation::Mean);
        let n = world.labels.len();
        world.weights = Some((0..n).map(|row| f64::from(u8::from(row % 2 == 0)) + 1.0).collect());
        let weighted = world.prune(Loss::Misclassification);
        let rows: Vec<usize> = (0..n).flat_map(|row| std::iter::repeat_n(row, 1 + usize::from(row % 2 == 0))).collect();
        world.x = world.x.select(ndarray::Axis(0), &rows);
        world.labels = rows.iter().map(|&row| world.labels[row]).collect();
        world.weights = None;
        prop_assert_eq!(world.prune(Loss::Misclassification).budgeted, weighted.budgeted);
    }

    #[test]
    fn model_files_come_back_and_damaged_ones_are_refused(seed in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let world = world(seed, true, Aggregation::Vote);
        let columns: Vec<String> = (0..FEATURES).map(|f| format!("f{f}")).collect();
        let file = ModelFile {
            encoding: secateur_datasets::Encoding::numeric(columns, None),
            model: Model::Budgeted { forest: world.prune(Loss::Brier).budgeted, chosen: Some(OperatingPoint(1)), gains: None, lightgbm: None },
        };
        let mut bytes = Vec::new();
        file.write(&mut bytes).unwrap();
        let name = std::path::Path::new("model");
        prop_assert_eq!(&ModelFile::parse(&bytes, name).unwrap(), &file);
        let at = at.index(bytes.len());
        prop_assert!(ModelFile::parse(&bytes[..at], name).is_err(), "truncated at {at}");
        // A flipped bit is found, unless it is one of the few that carry nothing (padding, unused codes): then the model is
        // the same. gzip's own header (time, operating system) is such.
        bytes[at] ^= 1 << bit;
        if let Ok(same) = ModelFile::parse(&bytes, name) {
            prop_assert_eq!(same, file, "bit {} of byte {} flipped", bit, at);
        }
    }
}

#[test]
fn losses_count_each_row_as_often_as_the_tree_saw_it_or_did_not() {
    for seed in 0..50 {
        let mut world = world(seed, true, Aggregation::Mean);
        world.weights = None;
        let (n, trees) = (world.labels.len(), world.forest.n_trees());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let multiplicity: Vec<Vec<u16>> =
            (0..trees).map(|_| (0..n).map(|_| rng.random_range(0..3)).collect()).collect();
        let in_bag = InBag::new(n, multiplicity.clone()).unwrap();
        let examples = world.examples();
        let cases = [
            LossOn::HoldOut(examples),
            LossOn::InBag(examples, &in_bag),
            LossOn::OutOfBag(examples, &in_bag),
            LossOn::InAndOutOfBag(examples, &in_bag),
        ];
        for on in cases {
            let times = |tree: usize, row: usize| match (on, multiplicity[tree][row]) {
                (LossOn::InBag(..), times) => f64::from(times),
                (LossOn::OutOfBag(..), times) => f64::from(u8::from(times == 0)),
                (LossOn::InAndOutOfBag(..), times) => f64::from(times.max(1)),
                _ => 1.0,
            };
            let total: f64 = (0..trees).map(|tree| (0..n).map(|row| times(tree, row)).sum::<f64>()).sum();
            let counted = node_losses(&world.forest, on, Loss::Brier, &Control::new());
            if total == 0.0 {
                assert_eq!(counted, Err(LossError::NoWeight));
                continue;
            }
            let counted = counted.unwrap();
            assert_eq!(counted.total_weight, total);
            for (tree, root) in world.forest.roots().enumerate() {
                let expected: f64 = (0..n).map(|row| times(tree, row) * world.node_loss(root, row, Loss::Brier)).sum();
                assert!(close(counted.loss[root], expected), "tree {tree}: {} for {expected}", counted.loss[root]);
            }
        }
    }
}

#[test]
fn malformed_budgeted_forests_are_refused() {
    let model = (0..).map(|seed| world(seed, true, Aggregation::Mean).prune(Loss::Brier).budgeted).find(|model| {
        let inner = |node: usize| !model.forest().is_leaf(node);
        model.classes().len() > 2 && inner(0) && model.forest().children(0).is_some_and(|[left, _]| inner(left))
    });
    let model = model.unwrap();
    let json = serde_json::to_value(&model).unwrap();
    assert_eq!(serde_json::from_value::<BudgetedForest>(json.clone()).unwrap(), model);
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        change(&mut json);
        serde_json::from_value::<BudgetedForest>(json).unwrap_err().to_string()
    };
    let classes = model.classes().len();
    // The root leaves last, its child before: not nested.
    let late = refused(&|json| (json["split_classes"][0], json["split_classes"][1]) = ((classes - 1).into(), 0.into()));
    assert!(late.contains("larger threshold than its parent"), "{late}");
    assert!(refused(&|json| json["split_classes"][0] = classes.into()).contains("threshold class"));
    assert!(refused(&|json| drop(json["split_classes"].as_array_mut().unwrap().pop())).contains("split classes"));
    assert!(refused(&|json| json["classes"][1] = json["classes"][0].clone()).contains("malformed"));
    assert!(
        refused(&|json| json["forest"]["trees"][0]["children_left"][0] = 0.into()).contains("reached more than once")
    );
    assert!(refused(&|json| json["prices"]["sources"][0]["per_example"] = (-1).into()).contains("prices are finite"));
}

#[test]
fn prices_and_weights_that_are_no_decimals_are_rounded_not_refused() {
    let mut world = world(5, true, Aggregation::Mean);
    let n = world.labels.len();
    world.weights = Some((0..n).map(|row| 1.0 / (3.0 + row as f64)).collect());
    let source = |name: &str, per_example: f64| Source { name: name.into(), per_example, per_model: 1.0 / 7.0 };
    let sources = vec![source("a", 1.0 / 3.0), source("b", 1e-7 / 3.0), source("c", 12_345.678_9), source("d", 0.0)];
    let needs = (0..FEATURES as u32).map(|f| vec![SourceId(f)]).collect();
    let prices = PriceList::new(sources, needs).unwrap().with_split_prices(0.123_456_789_01, 1.0 / 9.0).unwrap();
    world.prices = prices;
    let pruned = world.prune(Loss::LogLoss);
    assert!(!pruned.lowered.exact);
    for point in pruned.budgeted.points() {
        let (_, stated) = pruned.budgeted.on_pruning_data(point);
        let cost = world.cost(&pruned.budgeted, point);
        assert!((stated - cost).abs() <= 1e-4 * (1.0 + cost), "{stated} stated, {cost} true");
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    for seed in 0..20 {
        let world = world(seed, true, Aggregation::Mean);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let pruned = world.prune(Loss::Brier);
                let curve = pruned.budgeted.curve(world.examples(), &Control::new()).unwrap();
                (pruned.budgeted, pruned.lowered.program, curve)
            })
        };
        assert_eq!(with(1), with(2));
    }
}

#[test]
fn a_missing_value_without_direction_names_row_and_feature() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let tree = RawTree {
        feature: vec![2, -1, -1],
        threshold: vec![0.5, 0.0, 0.0],
        children_left: vec![1, -1, -1],
        children_right: vec![2, -1, -1],
        missing: vec![],
        value: vec![1.0, 1.0, 1.0, 0.0, 0.0, 1.0],
        ..RawTree::default()
    };
    let task = Task::Classification { classes: vec!["no".into(), "yes".into()] };
    let (precision, aggregation) = (Precision::F64, Aggregation::Mean);
    let forest =
        Forest::new(RawForest { task, n_features: 3, precision, aggregation, base: Vec::new(), trees: vec![tree] })
            .unwrap();
    let mut x = Array2::from_shape_simple_fn((5, 3), || f64::from(rng.next_u32() % 2));
    x[[3, 2]] = f64::NAN;
    let target = TargetView::Classes { labels: &[0, 1, 0, 1, 0], n_classes: 2 };
    let examples = DatasetView::new(x.view(), target, None).unwrap();
    let expected = DataError::Missing { row: 3, feature: 2 };
    let refused = node_losses(&forest, LossOn::HoldOut(examples), Loss::Brier, &Control::new()).unwrap_err();
    assert_eq!(refused, LossError::Examples(expected.clone()));
    let names = ["a", "b", "c"].map(String::from);
    let prices = PriceList::uniform(&names, 1.0).unwrap();
    let losses = node_losses(&forest, LossOn::Stored, Loss::Brier, &Control::new()).unwrap();
    let refused = lower(&forest, &losses, examples, &prices, &Control::new()).unwrap_err();
    assert_eq!(refused, LowerError::Examples(expected));
}

#[test]
fn malformed_trees_are_refused_by_name() {
    let good = stump();
    let build = |tree: RawTree| {
        Forest::new(RawForest {
            task: Task::Regression,
            n_features: 1,
            precision: Precision::F64,
            aggregation: Aggregation::Mean,
            base: Vec::new(),
            trees: vec![tree],
        })
    };
    assert!(build(good.clone()).is_ok());
    let broken = |change: &dyn Fn(&mut RawTree)| {
        let mut tree = good.clone();
        change(&mut tree);
        build(tree).unwrap_err()
    };
    assert_eq!(broken(&|t| t.children_left[0] = 0), ForestError::ReachedTwice { tree: 0, node: 0 });
    assert_eq!(broken(&|t| t.children_left[0] = 2), ForestError::ReachedTwice { tree: 0, node: 2 });
    assert_eq!(
        broken(&|t| t.children_left[0] = 9),
        ForestError::ChildOutOfRange { tree: 0, node: 0, child: 9, nodes: 3 }
    );
    assert_eq!(
        broken(&|t| t.children_left[0] = -7),
        ForestError::ChildOutOfRange { tree: 0, node: 0, child: -7, nodes: 3 }
    );
    assert_eq!(
        broken(&|t| t.children_left[0] = i64::MAX),
        ForestError::ChildOutOfRange { tree: 0, node: 0, child: i64::MAX, nodes: 3 }
    );
    assert_eq!(broken(&|t| t.children_left[0] = -1), ForestError::OneChild { tree: 0, node: 0 });
    assert_eq!(
        broken(&|t| (t.children_left[0], t.children_right[0]) = (-1, -1)),
        ForestError::Unreachable { tree: 0, node: 1 }
    );
    assert_eq!(
        broken(&|t| t.feature[0] = 1),
        ForestError::FeatureOutOfRange { tree: 0, node: 0, feature: 1, n_features: 1 }
    );
    assert_eq!(broken(&|t| t.threshold[0] = f64::NAN), ForestError::NanThreshold { tree: 0, node: 0 });
    assert!(matches!(broken(&|t| t.value[1] = f64::NAN), ForestError::BadValue { tree: 0, node: 1, .. }));
    assert!(matches!(
        broken(&|t| t.value.truncate(2)),
        ForestError::Length { array: "value", found: 2, expected: 3, .. }
    ));
    assert!(matches!(broken(&|t| t.children_left.clear()), ForestError::Length { array: "children_left", .. }));
}

#[test]
fn a_chain_of_a_million_splits_is_pruned_and_served() {
    let depth = 1_000_000usize;
    // Node 2i splits at i: its left child is leaf 2i + 1, its right child the next split; the last node is a leaf.
    let nodes = 2 * depth + 1;
    let split = |node: usize| node.is_multiple_of(2) && node + 1 < nodes;
    let tree = RawTree {
        feature: (0..nodes).map(|v| if split(v) { 0 } else { -1 }).collect(),
        threshold: (0..nodes).map(|v| (v / 2) as f64).collect(),
        children_left: (0..nodes).map(|v| if split(v) { v as i64 + 1 } else { -1 }).collect(),
        children_right: (0..nodes).map(|v| if split(v) { v as i64 + 2 } else { -1 }).collect(),
        missing: vec![],
        value: (0..nodes).map(|v| (v / 2) as f64).collect(),
        ..RawTree::default()
    };
    let raw = RawForest {
        task: Task::Regression,
        n_features: 1,
        precision: Precision::F64,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees: vec![tree],
    };
    let forest = Forest::new(raw).unwrap();
    let x = Array2::from_shape_vec((3, 1), vec![0.0, 10.0, depth as f64]).unwrap();
    let target = TargetView::Values(&[0.0, 10.0, 1e6]);
    let examples = DatasetView::new(x.view(), target, None).unwrap();
    let prices = PriceList::uniform(&["f".into()], 1.0).unwrap();
    let model = prune(forest, Loss::SquaredError, LossOn::HoldOut(examples), examples, &prices, &Control::new())
        .unwrap()
        .budgeted;
    let outputs = model.compile(model.unpruned()).predict(x.view()).unwrap();
    assert_eq!(outputs.column(0).to_vec(), [0.0, 10.0, 1e6]);
}

#[test]
fn a_forest_of_equal_trees_is_saved_and_loaded() {
    let tree = stump();
    let raw = RawForest {
        task: Task::Regression,
        n_features: 1,
        precision: Precision::F64,
        aggregation: Aggregation::Mean,
        base: Vec::new(),
        trees: vec![tree; 20_000],
    };
    let file = ModelFile {
        encoding: secateur_datasets::Encoding::numeric(["f".to_owned()], None),
        model: Model::Forest { forest: Forest::new(raw).unwrap(), in_bag: None, gains: None, lightgbm: None },
    };
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    assert_eq!(ModelFile::parse(&bytes, std::path::Path::new("model")).unwrap(), file);
}

/// Tuned models in a file, as JSON values that can be spoilt.
#[test]
fn tuned_models_come_back_and_malformed_ones_are_refused() {
    let world = world(5, true, Aggregation::Mean);
    let examples = world.examples();
    let names: Vec<String> = (0..FEATURES).map(|feature| format!("f{feature}")).collect();
    let prices = PriceList::uniform(&names, 1.0).unwrap();
    let params = tune::TuneParams {
        budgets: vec![0.0, 2.0],
        price_levels: 2,
        policy_trees: 2,
        policy_rounds: 2,
        policies: 1,
        bags: 0,
        predictor_trees: 2,
        ..tune::TuneParams::default()
    };
    let (tuned, _) = tune::tune(examples, examples, &[], &prices, &params, &Control::new()).unwrap();
    let encoding = secateur_datasets::Encoding::numeric(names, None);
    let file = ModelFile { encoding, model: Model::Tuned { tuned } };
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    let path = std::path::Path::new("model");
    assert_eq!(ModelFile::parse(&bytes, path).unwrap(), file);

    let mut json = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut json).unwrap();
    let spoilt = |spoil: fn(&mut serde_json::Value)| {
        let mut document: serde_json::Value = serde_json::from_str(&json).unwrap();
        spoil(&mut document);
        let mut bytes = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        serde_json::to_writer(&mut bytes, &document).unwrap();
        ModelFile::parse(&bytes.finish().unwrap(), path)
    };
    assert!(spoilt(|_| ()).is_ok());
    assert!(spoilt(|document| document["version"] = 1.into()).is_ok(), "older versions are read");
    assert!(matches!(spoilt(|document| document["version"] = 3.into()), Err(ModelFileError::Version { found: 3, .. })));
    let refusals: [fn(&mut serde_json::Value); 3] = [
        |document| document["model"]["tuned"]["tuned"]["chosen"][0]["model"] = 9.into(),
        |document| document["model"]["tuned"]["tuned"]["models"] = serde_json::json!([]),
        |document| {
            document["encoding"]["columns"].as_array_mut().unwrap().pop();
        },
    ];
    for spoil in refusals {
        assert!(matches!(spoilt(spoil), Err(ModelFileError::Content { .. })));
    }
}
