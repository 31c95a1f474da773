//! Forests trained here: exact values, exact bags, limits, errors.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secateur_program::{Control, Stop};
use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};

use super::*;
use crate::smartcore::bootstrap::{Generator, tree_seed};
use crate::smartcore::{
    FeaturesPerSplit, Majority, SmartcoreEngine, SmartcoreParams, SplitCriterion, TrainError, Trained, from_classifier,
    recount, train_classifier, train_regressor,
};
use secateur_forest::{InBag, TargetView};

fn params(case: &Case) -> SmartcoreParams {
    SmartcoreParams {
        n_trees: 3,
        max_depth: case.max_depth.map(usize::from),
        min_samples_leaf: case.min_samples_leaf,
        features_per_split: FeaturesPerSplit::Count(case.m),
        seed: case.seed,
        ..SmartcoreParams::default()
    }
}

/// Two classes of the four.
fn halves(case: &Case) -> Vec<u32> {
    case.labels.iter().map(|&label| label / 2).collect()
}

fn classify(case: &Case, labels: &[u32], n_classes: usize, params: &SmartcoreParams) -> Trained {
    train_classifier(case.x.view(), labels, &names(n_classes), params, &Control::new()).unwrap()
}

/// Rows of the bag that pass through each node, with repetitions.
fn members(trained: &Trained, x: &Array2<f64>) -> Vec<Vec<usize>> {
    let forest = &trained.forest;
    let mut members = vec![Vec::new(); forest.n_nodes()];
    for tree in 0..forest.n_trees() {
        for (row, &count) in trained.in_bag.tree(tree).iter().enumerate() {
            let mut node = Some(forest.tree(tree).start);
            while let Some(v) = node {
                members[v].extend(std::iter::repeat_n(row, usize::from(count)));
                node = forest.feature(v).and_then(|feature| forest.next(v, x[[row, feature]]));
            }
        }
    }
    members
}

fn gini(labels: &[u32], rows: &[usize]) -> f64 {
    let positive = rows.iter().filter(|&&row| labels[row] == 1).count() as f64;
    let n = rows.len() as f64;
    if rows.is_empty() { 0.0 } else { 2.0 * positive * (n - positive) / n }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The repeated draw is the draw: the counts it gives agree with smartcore's own at every node.
    #[test]
    fn multiplicities_reproduce_the_counts_of_the_classifier(case in cases()) {
        let parameters = RandomForestClassifierParameters {
            max_depth: case.max_depth,
            n_trees: 1,
            m: Some(case.m),
            keep_samples: true,
            seed: case.seed,
            ..Default::default()
        };
        let converted = from_classifier(&RandomForestClassifier::fit(&dense(&case.x), &case.labels, parameters).unwrap()).unwrap();
        let groups: Vec<Vec<u32>> = (0..4)
            .map(|class| (0..case.labels.len() as u32).filter(|&row| case.labels[row as usize] == class).collect())
            .collect();
        let groups: Vec<&[u32]> = groups.iter().map(Vec::as_slice).collect();
        let drawn = Generator::detect().unwrap().draw(case.seed, &groups, case.labels.len());
        let bag = InBag::new(drawn.len(), vec![drawn]).unwrap();
        let target = TargetView::Classes { labels: &case.labels, n_classes: 4 };
        let recounted =
            recount(&converted.forest, case.x.view(), target, None, Some(&bag), Majority::Recounted).unwrap();
        let total = |forest: &Forest, node: usize| forest.value(node).iter().sum::<f64>();
        for node in 0..recounted.n_nodes() {
            prop_assert_eq!(total(&recounted, node), total(&converted.forest, node));
            prop_assert_eq!(recounted.majority(node), converted.forest.majority(node));
        }
    }

    #[test]
    fn values_are_those_of_the_bag_and_limits_hold(case in cases()) {
        let n_rows = case.labels.len();
        for engine in [SmartcoreEngine::Classifier, SmartcoreEngine::RegressorOnBinary] {
            let labels = halves(&case);
            let trained = classify(&case, &labels, 2, &SmartcoreParams { engine, ..params(&case) });
            for (node, rows) in members(&trained, &case.x).iter().enumerate() {
                let of = |class| rows.iter().filter(|&&row| labels[row] == class).count() as f64;
                prop_assert_eq!(trained.forest.value(node), [of(0), of(1)]);
                prop_assert!(rows.len() >= case.min_samples_leaf.min(n_rows));
                prop_assert!(trained.forest.is_leaf(node) || of(0).min(of(1)) > 0.0, "a pure node was split");
            }
            for tree in 0..3 {
                prop_assert_eq!(trained.in_bag.tree(tree).iter().map(|&count| usize::from(count)).sum::<usize>(), n_rows);
            }
        }
        let trained = train_regressor(case.x.view(), &case.y, &params(&case), &Control::new()).unwrap();
        for (node, rows) in members(&trained, &case.x).iter().enumerate() {
            let mean = rows.iter().map(|&row| case.y[row]).sum::<f64>() / rows.len() as f64;
            prop_assert!((trained.forest.value(node)[0] - mean).abs() <= 1e-9);
        }
    }

    /// Every split the regressor makes on 0/1 has the largest Gini gain there is.
    #[test]
    fn the_regressor_on_binary_minimises_gini(case in cases()) {
        let labels = halves(&case);
        let params = SmartcoreParams { features_per_split: FeaturesPerSplit::All, ..params(&case) };
        let trained = classify(&case, &labels, 2, &params);
        let members = members(&trained, &case.x);
        for (node, rows) in members.iter().enumerate() {
            let Some(children) = trained.forest.children(node) else { continue };
            let found: f64 = children.iter().map(|&child| gini(&labels, &members[child])).sum();
            let mut best = f64::INFINITY;
            for feature in 0..case.x.ncols() {
                for &at in rows {
                    let cut = case.x[[at, feature]];
                    let (low, high): (Vec<_>, Vec<_>) = rows.iter().partition(|&&row| case.x[[row, feature]] <= cut);
                    if low.len().min(high.len()) >= case.min_samples_leaf {
                        best = best.min(gini(&labels, &low) + gini(&labels, &high));
                    }
                }
            }
            prop_assert!(found <= best + 1e-9, "{found} against {best}");
        }
    }

    /// Tree `t` is the tree that smartcore grows from the seed of `t`.
    #[test]
    fn trees_are_those_of_smartcore(case in cases()) {
        let trained = train_regressor(case.x.view(), &case.y, &params(&case), &Control::new()).unwrap();
        let probe = dense(&case.probe);
        let mut mean = vec![0.0; case.probe.nrows()];
        for tree in 0..3 {
            let parameters = RandomForestRegressorParameters {
                max_depth: case.max_depth.map(|splits| splits + 1),
                min_samples_leaf: case.min_samples_leaf,
                n_trees: 1,
                m: Some(case.m),
                seed: tree_seed(case.seed, tree),
                ..Default::default()
            };
            let model = RandomForestRegressor::fit(&dense(&case.x), &case.y, parameters).unwrap();
            mean.iter_mut().zip(model.predict(&probe).unwrap()).for_each(|(mean, y)| *mean += y / 3.0);
        }
        for (row, expected) in case.probe.outer_iter().zip(mean) {
            prop_assert!((output(&trained.forest, row)[0] - expected).abs() <= 1e-9);
        }
    }
}

#[test]
fn the_generator_is_known() {
    assert!(Generator::detect().is_some());
}

#[test]
fn seeds_of_trees_differ() {
    let seeds: std::collections::BTreeSet<u64> =
        (0..50).flat_map(|seed| (0..50).map(move |tree| tree_seed(seed, tree))).collect();
    assert_eq!(seeds.len(), 2500);
}

fn table() -> (Array2<f64>, Vec<u32>) {
    let x = Array2::from_shape_fn((80, 4), |(row, column)| ((row * (31 + 12 * column)) % 83) as f64);
    let labels = x.outer_iter().map(|row| ((row[0] + row[1]) as u32 / 20) % 3).collect();
    (x, labels)
}

#[test]
fn threads_do_not_change_the_result() {
    let (x, labels) = table();
    let y: Vec<f64> = x.outer_iter().map(|row| row[0] * row[2]).collect();
    let on_threads = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let params = SmartcoreParams {
                n_trees: 12,
                features_per_split: FeaturesPerSplit::Sqrt,
                seed: 5,
                ..SmartcoreParams::default()
            };
            let control = Control::new();
            (
                train_classifier(x.view(), &labels, &names(3), &params, &control).unwrap(),
                train_regressor(x.view(), &y, &params, &control).unwrap(),
            )
        })
    };
    let one = on_threads(1);
    assert_eq!(one, on_threads(2));
    assert_eq!(one, on_threads(5));
    assert_ne!(one.0.in_bag.tree(0), one.0.in_bag.tree(1));
}

#[test]
fn more_trees_keep_the_first_ones_and_another_seed_does_not() {
    let (x, labels) = table();
    let grow = |n_trees, seed| {
        let params = SmartcoreParams { n_trees, seed, ..SmartcoreParams::default() };
        train_classifier(x.view(), &labels, &names(3), &params, &Control::new()).unwrap()
    };
    assert_eq!(grow(2, 1).forest.to_raw().trees, grow(4, 1).forest.to_raw().trees[..2]);
    assert_ne!(grow(2, 1), grow(2, 2));
}

#[test]
fn memory_layout_does_not_matter() {
    let (x, labels) = table();
    let mut columns = Array2::zeros((4, 80));
    columns.assign(&x.t());
    let params = SmartcoreParams { n_trees: 3, ..SmartcoreParams::default() };
    let control = Control::new();
    assert_eq!(
        train_classifier(x.view(), &labels, &names(3), &params, &control).unwrap(),
        train_classifier(columns.t(), &labels, &names(3), &params, &control).unwrap()
    );
}

#[test]
fn classes_that_do_not_occur_have_no_examples() {
    let (x, labels) = table();
    for engine in [SmartcoreEngine::Auto, SmartcoreEngine::Classifier] {
        for spread in [1, 2] {
            // Classes 1, 3, 5 (or 1, 3 alone) of seven.
            let labels: Vec<u32> = labels.iter().map(|&label| 2 * label.min(spread) + 1).collect();
            let params = SmartcoreParams { n_trees: 4, engine, ..SmartcoreParams::default() };
            let trained = train_classifier(x.view(), &labels, &names(7), &params, &Control::new()).unwrap();
            for node in 0..trained.forest.n_nodes() {
                let value = trained.forest.value(node);
                assert!([0, 2, 4, 6].iter().all(|&class| value[class] == 0.0));
            }
            let right = predicted_names(&trained.forest, x.view());
            let hits = right.iter().zip(&labels).filter(|(name, label)| **name == label.to_string()).count();
            assert!(hits >= 55, "{hits} of 80");
        }
    }
}

#[test]
fn bad_inputs_are_named() {
    let (x, labels) = table();
    let control = Control::new();
    let classify = |x: &Array2<f64>, labels: &[u32], change: &dyn Fn(&mut SmartcoreParams)| {
        let mut params = SmartcoreParams { n_trees: 2, ..SmartcoreParams::default() };
        change(&mut params);
        train_classifier(x.view(), labels, &names(3), &params, &control).unwrap_err()
    };
    let same = |_: &mut SmartcoreParams| {};
    assert!(matches!(classify(&x, &labels[1..], &same), TrainError::Length { targets: 79, rows: 80 }));
    let empty = Array2::zeros((0, 4));
    assert!(matches!(classify(&empty, &[], &same), TrainError::Empty { rows: 0, columns: 4 }));
    let narrow = Array2::zeros((80, 0));
    assert!(matches!(classify(&narrow, &labels, &same), TrainError::Empty { rows: 80, columns: 0 }));
    let mut wild = labels.clone();
    wild[9] = 3;
    assert!(matches!(classify(&x, &wild, &same), TrainError::Label { row: 9, label: 3, n_classes: 3 }));
    let named = |change: &dyn Fn(&mut SmartcoreParams)| match classify(&x, &labels, change) {
        TrainError::Parameter { name, value } => (name, value),
        other => panic!("{other}"),
    };
    assert_eq!(named(&|params| params.n_trees = 0), ("n_trees", 0));
    assert_eq!(named(&|params| params.min_samples_leaf = 0), ("min_samples_leaf", 0));
    assert_eq!(named(&|params| params.features_per_split = FeaturesPerSplit::Count(0)), ("features_per_split", 0));
    assert_eq!(named(&|params| params.features_per_split = FeaturesPerSplit::Count(5)), ("features_per_split", 5));
    let engine = |params: &mut SmartcoreParams| params.engine = SmartcoreEngine::RegressorOnBinary;
    assert!(matches!(classify(&x, &labels, &engine), TrainError::Engine { present: 3, .. }));
    let entropy = |params: &mut SmartcoreParams| {
        params.engine = SmartcoreEngine::RegressorOnBinary;
        params.criterion = SplitCriterion::Entropy;
    };
    let two: Vec<u32> = labels.iter().map(|&label| label.min(1)).collect();
    assert!(matches!(
        classify(&x, &two, &entropy),
        TrainError::Engine { present: 2, criterion: SplitCriterion::Entropy }
    ));

    let params = SmartcoreParams { n_trees: 2, ..SmartcoreParams::default() };
    let mut y = vec![0.5; 80];
    y[3] = f64::NAN;
    assert!(matches!(train_regressor(x.view(), &y, &params, &control), Err(TrainError::Value { row: 3, .. })));
    let huge: Vec<f64> = (0..80).map(|row| f64::MAX * if row % 2 == 0 { 1.0 } else { 0.5 }).collect();
    assert!(matches!(train_regressor(x.view(), &huge, &params, &control), Err(TrainError::Convert(_))));
}

#[test]
fn extreme_tables_do_not_panic() {
    let control = Control::new();
    let values = [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, -0.0, 0.0, 1.0, 1f64.next_up(), 1f64.next_down(), 5e-324];
    let x = Array2::from_shape_fn((45, 3), |(row, column)| values[(row * (column + 2) + row / 9) % 9]);
    let labels: Vec<u32> = (0..45).map(|row| (row % 5) % 3).collect();
    let y: Vec<f64> = (0..45).map(|row| values[(row * 4) % 9] / 1e3).collect();
    for min_samples_leaf in [1, 2, 45, usize::MAX] {
        for min_samples_split in [0, 2, 46, usize::MAX] {
            let params =
                SmartcoreParams { n_trees: 5, min_samples_leaf, min_samples_split, ..SmartcoreParams::default() };
            for n_classes in [2, 3] {
                let labels: Vec<u32> = labels.iter().map(|&label| label.min(n_classes - 1)).collect();
                train_classifier(x.view(), &labels, &names(3), &params, &control).unwrap();
            }
            let engine = SmartcoreEngine::Classifier;
            train_classifier(x.view(), &labels, &names(3), &SmartcoreParams { engine, ..params.clone() }, &control)
                .unwrap();
            train_regressor(x.view(), &y, &params, &control).unwrap();
        }
    }
    for rows in 1..4 {
        let x = Array2::from_shape_fn((rows, 1), |(row, _)| row as f64);
        let params = SmartcoreParams { n_trees: 5, ..SmartcoreParams::default() };
        let labels: Vec<u32> = (0..rows as u32).collect();
        train_classifier(x.view(), &labels, &names(3), &params, &control).unwrap();
        train_regressor(x.view(), &vec![1.0; rows], &params, &control).unwrap();
    }
}

#[test]
fn limits_and_progress() {
    let (x, labels) = table();
    let params = SmartcoreParams { n_trees: 6, ..SmartcoreParams::default() };
    let run = |control: &Control| train_classifier(x.view(), &labels, &names(3), &params, control);
    let late = Control::new().with_time_limit(Duration::ZERO);
    assert!(matches!(run(&late), Err(TrainError::Stopped(Stop::TimeLimit))));
    let cancelled = Control::new();
    cancelled.cancel();
    assert!(matches!(run(&cancelled), Err(TrainError::Stopped(Stop::Cancelled))));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    run(&Control::new().with_observer(move |progress| sink.lock().unwrap().push((progress.done, progress.total))))
        .unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, (1..=6).map(|done| (done, 6)).collect::<Vec<_>>());
}
