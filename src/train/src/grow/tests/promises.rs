//! What the documentation says, example by example and law by law.

use std::sync::{Arc, Mutex};

use ndarray::{Array2, array, concatenate};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use secateur_program::{Control, Progress};

use super::data::{Data, data, one_tree};
use crate::grow::price::Price;
use crate::grow::statistic::Entry;
use crate::grow::{Criterion, GrowParams, SplitFeatures, grow, grow_priced};
use secateur_forest::{DatasetView, Forest, MissingDirection, TargetView, Task};

const EVERY_FEATURES: [SplitFeatures; 4] =
    [SplitFeatures::All, SplitFeatures::Sqrt, SplitFeatures::Count(1), SplitFeatures::Fraction(0.7)];

fn classes(labels: &[u32]) -> TargetView<'_> {
    TargetView::Classes { labels, n_classes: 2 }
}

fn tree(x: &Array2<f64>, labels: &[u32], params: &GrowParams) -> Forest {
    grow(x.view(), classes(labels), &[], None, params, &Control::new()).unwrap().forest
}

/// Feature and threshold of every node in preorder, `None` at leaves.
fn splits(forest: &Forest) -> Vec<Option<(usize, f64)>> {
    (0..forest.n_nodes()).map(|node| forest.feature(node).map(|feature| (feature, forest.threshold(node)))).collect()
}

fn whole_weights() -> impl Strategy<Value = Data> {
    data(1..40).prop_flat_map(|data| {
        let weights = prop::collection::vec(0u32..4, data.labels.len())
            .prop_filter("a positive weight", |weights| weights.iter().any(|&weight| weight > 0));
        (Just(data), weights)
            .prop_map(|(data, weights)| Data { weights: Some(weights.into_iter().map(f64::from).collect()), ..data })
    })
}

fn targets(data: &Data) -> [(Criterion, TargetView<'_>); 3] {
    [
        (Criterion::Gini, data.classes()),
        (Criterion::Entropy, data.classes()),
        (Criterion::SquaredError, TargetView::Values(&data.values)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Also for bins: they hold equal weight, not equally many rows.
    #[test]
    fn a_weight_of_two_is_a_row_twice(data in whole_weights(), max_bins in 2usize..20) {
        let weights = data.weights.clone().unwrap();
        let rows: Vec<usize> = (0..weights.len()).flat_map(|row| vec![row; weights[row] as usize]).collect();
        let twice = Data { weights: None, ..data.select(&rows) };
        for ((criterion, target), (_, target_twice)) in targets(&data).into_iter().zip(targets(&twice)) {
            let params = GrowParams { criterion: Some(criterion), max_bins, ..one_tree() };
            let (weighted, repeated) =
                (data.grow(target, &params).unwrap(), twice.grow(target_twice, &params).unwrap());
            prop_assert_eq!(weighted.forest, repeated.forest, "{:?}", criterion);
        }
    }

    #[test]
    fn a_weight_of_zero_is_no_row(data in data(1..40), seed: u64, max_bins in 2usize..20) {
        prop_assume!(data.weights.is_some());
        let weights = data.weights.as_ref().unwrap();
        let rows: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        let less = data.select(&rows);
        for ((criterion, target), (_, target_less)) in targets(&data).into_iter().zip(targets(&less)) {
            for features in EVERY_FEATURES {
                let params = GrowParams {
                    criterion: Some(criterion), max_bins, seed, features, n_trees: 3, ..GrowParams::default()
                };
                let (with, without) = (data.grow(target, &params).unwrap(), less.grow(target_less, &params).unwrap());
                prop_assert_eq!(with.forest, without.forest, "{:?}", criterion);
                for tree in 0..3 {
                    let drawn = with.in_bag.tree(tree);
                    let used: Vec<u16> = rows.iter().map(|&row| drawn[row]).collect();
                    prop_assert_eq!(&used[..], without.in_bag.tree(tree));
                    prop_assert_eq!(drawn.iter().filter(|&&times| times > 0).count(),
                        used.iter().filter(|&&times| times > 0).count());
                }
            }
        }
    }

    /// Scores are compared exactly up to the largest weights, over all three widths of arithmetic.
    #[test]
    fn the_unit_of_whole_weights_does_not_matter(data in whole_weights()) {
        let forest = data.grow(data.classes(), &one_tree()).unwrap().forest;
        for unit in [1 << 17, 1 << 21, 1 << 24] {
            let unit = f64::from(unit);
            let scaled = data.weights.as_ref().unwrap().iter().map(|weight| weight * unit).collect();
            let other = Data { weights: Some(scaled), ..data.clone() };
            let other = other.grow(other.classes(), &one_tree()).unwrap().forest;
            prop_assert_eq!(splits(&forest), splits(&other));
            for node in 0..forest.n_nodes() {
                let values: Vec<f64> = forest.value(node).iter().map(|value| value * unit).collect();
                prop_assert_eq!(&values[..], other.value(node));
            }
        }
    }

    #[test]
    fn neither_huge_nor_tiny_numbers_matter(data in data(1..40), exponent in prop_oneof![Just(-1000), Just(-40), Just(900), Just(1000)]) {
        let unit = 2f64.powi(exponent);
        let values: Vec<f64> = data.values.iter().map(|value| value * unit).collect();
        let there = data.grow(TargetView::Values(&values), &one_tree()).unwrap().forest;
        let here = data.grow(TargetView::Values(&data.values), &one_tree()).unwrap().forest;
        prop_assert_eq!(splits(&here), splits(&there));
        for node in 0..here.n_nodes() {
            prop_assert_eq!(here.value(node)[0] * unit, there.value(node)[0]);
        }
        if let Some(weights) = &data.weights {
            let heavy = Data { weights: Some(weights.iter().map(|weight| weight * unit).collect()), ..data.clone() };
            let there = heavy.grow(TargetView::Values(&data.values), &one_tree()).unwrap().forest;
            prop_assert_eq!(&here, &there);
            let entropy = GrowParams { criterion: Some(Criterion::Entropy), ..one_tree() };
            let here = data.grow(data.classes(), &entropy).unwrap().forest;
            let there = heavy.grow(data.classes(), &entropy).unwrap().forest;
            prop_assert_eq!(splits(&here), splits(&there));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (data, order) in data(1..60).prop_flat_map(|data| {
            let order = Just((0..data.labels.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(Data { weights: None, ..data }), order)
        }),
        max_bins in 2usize..20,
    ) {
        let params = GrowParams { max_bins, ..one_tree() };
        let other = data.select(&order);
        prop_assert_eq!(
            data.grow(data.classes(), &params).unwrap().forest,
            other.grow(other.classes(), &params).unwrap().forest
        );
    }

    #[test]
    fn routed_rows_make_up_the_nodes(data in data(1..120), seed: u64, max_bins in 2usize..20) {
        for features in EVERY_FEATURES {
            let params = GrowParams { features, max_bins, seed, n_trees: 3, ..GrowParams::default() };
            let grown = data.grow(data.classes(), &params).unwrap();
            let (forest, weights) = (&grown.forest, data.weights.as_ref());
            let mut counts = vec![vec![0.0; data.n_classes]; forest.n_nodes()];
            for (tree, root) in forest.roots().enumerate() {
                let drawn = grown.in_bag.tree(tree);
                for row in (0..drawn.len()).filter(|&row| drawn[row] > 0) {
                    let weight = f64::from(drawn[row]) * weights.map_or(1.0, |weights| weights[row]);
                    let mut node = root;
                    counts[node][data.labels[row] as usize] += weight;
                    while let Some(feature) = forest.feature(node) {
                        node = forest.next(node, data.x[[row, feature]]).unwrap();
                        counts[node][data.labels[row] as usize] += weight;
                    }
                }
            }
            for (node, counts) in counts.iter().enumerate() {
                let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9);
                prop_assert!(close(counts, forest.value(node)), "{:?} {:?}", counts, forest.value(node));
                if let Some([left, right]) = forest.children(node) {
                    let sum: Vec<f64> =
                        forest.value(left).iter().zip(forest.value(right)).map(|(a, b)| a + b).collect();
                    prop_assert!(close(&sum, forest.value(node)));
                }
            }
        }
    }

    #[test]
    fn threads_do_not_matter(data in data(1..60), seed: u64) {
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (one, two) = (pool(1), pool(2));
        for (criterion, target) in targets(&data) {
            for features in EVERY_FEATURES {
                let params = GrowParams {
                    criterion: Some(criterion), features, seed, n_trees: 5, ..GrowParams::default()
                };
                let alone = one.install(|| data.grow(target, &params)).unwrap();
                prop_assert_eq!(&alone, &two.install(|| data.grow(target, &params)).unwrap());
            }
        }
    }

    /// With room for all leaves the best-first tree is the depth-first one; with less it is the greedy part of it.
    #[test]
    fn limited_leaves_take_the_best_splits_first(data in data(1..60)) {
        for (criterion, target) in targets(&data) {
            let params = GrowParams { criterion: Some(criterion), ..one_tree() };
            let full = data.grow(target, &params).unwrap().forest;
            let limited = |leaves| {
                data.grow(target, &GrowParams { max_leaves: Some(leaves), ..params.clone() }).unwrap().forest
            };
            let n_leaves = full.n_splits() + 1;
            prop_assert_eq!(&limited(n_leaves + 3), &full);
            let mut previous = limited(1);
            prop_assert_eq!(previous.n_nodes(), 1);
            for leaves in 2..=n_leaves.min(8) {
                let next = limited(leaves);
                prop_assert_eq!(next.n_splits() + 1, leaves);
                let (opened, gain) = opened(&previous, &next, criterion);
                for (gain_there, node) in gains_of_leaves(&previous, &full, criterion) {
                    prop_assert!(node == opened || gain_there <= gain + 1e-9, "{gain_there} > {gain}");
                }
                previous = next;
            }
        }
    }
}

/// Weight times impurity of a node, up to what is additive over examples.
fn cost(value: &[f64], criterion: Criterion) -> f64 {
    let total: f64 = value.iter().sum();
    let fractions = value.iter().map(|count| count / total).filter(|&fraction| fraction > 0.0);
    match criterion {
        Criterion::Gini => total * (1.0 - fractions.map(|fraction| fraction * fraction).sum::<f64>()),
        Criterion::Entropy => -total * fractions.map(|fraction| fraction * fraction.log2()).sum::<f64>(),
        Criterion::SquaredError => 0.0, // means tell no weights: only sizes are compared
    }
}

fn gain(forest: &Forest, node: usize, criterion: Criterion) -> f64 {
    let [left, right] = forest.children(node).unwrap();
    let cost = |node| cost(forest.value(node), criterion);
    cost(node) - cost(left) - cost(right)
}

/// The leaf of `small` that `large` splits, and the gain.
fn opened(small: &Forest, large: &Forest, criterion: Criterion) -> (usize, f64) {
    let node = (0..small.n_nodes()).find(|&node| small.is_leaf(node) && !large.is_leaf(node)).unwrap();
    (node, gain(large, node, criterion))
}

/// The leaves of `part`, a top part of `full`, and what their splits gain in `full`.
fn gains_of_leaves(part: &Forest, full: &Forest, criterion: Criterion) -> Vec<(f64, usize)> {
    let mut found = Vec::new();
    let mut stack = vec![(0, 0)];
    while let Some((here, there)) = stack.pop() {
        match (part.children(here), full.children(there)) {
            (Some([a, b]), Some([c, d])) => stack.extend([(a, c), (b, d)]),
            (None, Some(_)) => found.push((gain(full, there, criterion), here)),
            _ => {}
        }
    }
    found
}

#[test]
fn equal_splits_go_to_the_lowest_feature_then_threshold() {
    let column = array![[0.0], [1.0], [2.0], [3.0]];
    let x = concatenate![ndarray::Axis(1), column, column];
    // Cutting off either end gains the same.
    let forest = tree(&x, &[0, 1, 1, 0], &one_tree());
    assert_eq!(splits(&forest)[0], Some((0, 0.5)));
    // A third and a half as sums of different fractions, equal as rationals: 2/3 + 1/3 + .. by counts, not by floats.
    let x = array![[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]];
    assert_eq!(splits(&tree(&x, &[0, 1, 0], &one_tree()))[0].unwrap().0, 0);
}

#[test]
fn a_split_without_gain_opens_the_way_to_one_with() {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let forest = tree(&x, &[0, 1, 1, 0], &one_tree());
    assert_eq!(forest.n_splits(), 3);
    let params = GrowParams { min_impurity_decrease: 1e-9, ..one_tree() };
    assert_eq!(tree(&x, &[0, 1, 1, 0], &params).n_splits(), 0);
}

#[test]
fn one_row_one_class_and_constant_features_make_leaves() {
    let one_row = tree(&array![[3.0, f64::NAN]], &[1], &GrowParams { n_trees: 4, ..GrowParams::default() });
    assert_eq!((one_row.n_trees(), one_row.n_nodes(), one_row.value(0)), (4, 4, &[0.0, 1.0][..]));
    let one_class = tree(&array![[1.0], [2.0]], &[0, 0], &one_tree());
    assert_eq!((one_class.n_nodes(), one_class.value(0)), (1, &[2.0, 0.0][..]));
    for features in EVERY_FEATURES {
        let params = GrowParams { features, ..one_tree() };
        let constant = tree(&array![[1.0, f64::NAN], [1.0, f64::NAN]], &[0, 1], &params);
        assert_eq!((constant.n_nodes(), constant.value(0)), (1, &[1.0, 1.0][..]));
    }
}

#[test]
fn missing_values_go_where_they_gain_most() {
    let nan = f64::NAN;
    let side = |labels: &[u32]| {
        let forest = tree(&array![[0.0], [1.0], [2.0], [3.0], [nan]], labels, &one_tree());
        (splits(&forest)[0], forest.missing(0))
    };
    assert_eq!(side(&[0, 0, 1, 1, 0]), (Some((0, 1.5)), MissingDirection::Left));
    assert_eq!(side(&[0, 0, 1, 1, 1]), (Some((0, 1.5)), MissingDirection::Right));
    // Known against missing.
    assert_eq!(side(&[0, 0, 0, 0, 1]), (Some((0, f64::MAX)), MissingDirection::Right));
}

#[test]
fn unseen_missing_values_go_to_the_heavier_child_or_nowhere() {
    let labels = [0, 1, 1, 1, 0, 0, 0];
    let known = array![[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0]];
    let forest = tree(&known, &labels, &one_tree());
    assert!((0..forest.n_nodes()).all(|node| forest.missing(node) == MissingDirection::Refuse));
    // The same, but another column lacks a value: there may be missing values later.
    let other = array![[0.0], [0.0], [0.0], [f64::NAN], [0.0], [0.0], [0.0]];
    let forest = tree(&concatenate![ndarray::Axis(1), known, other], &labels, &one_tree());
    for node in (0..forest.n_nodes()).filter(|&node| forest.feature(node) == Some(0)) {
        let [left, right] = forest.children(node).unwrap().map(|child| forest.value(child).iter().sum::<f64>());
        let larger = if left >= right { MissingDirection::Left } else { MissingDirection::Right };
        assert_eq!(forest.missing(node), larger);
    }
    assert_eq!(splits(&forest)[0], Some((0, 3.5)));
    assert_eq!(forest.missing(0), MissingDirection::Left);
}

#[test]
fn a_chain_of_thousands_of_splits() {
    // Alternating classes: the best cut takes one row off an end.
    let rows = 5000;
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| row as f64);
    let labels: Vec<u32> = (0..rows as u32).map(|row| row % 2).collect();
    let forest = tree(&x, &labels, &one_tree());
    assert_eq!(forest.n_splits(), rows - 1);
    let mut depths = vec![0; forest.n_nodes()];
    for node in 0..forest.n_nodes() {
        forest.children(node).into_iter().flatten().for_each(|child| depths[child] = depths[node] + 1);
    }
    assert!(depths.iter().max() > Some(&(rows / 2)));
}

#[test]
fn constant_features_are_not_counted_as_tried() {
    // Only column 2 varies; wherever the draw begins it must be found.
    let x = Array2::from_shape_fn((8, 5), |(row, column)| if column == 2 { row as f64 } else { 1.0 });
    for seed in 0..20 {
        let params = GrowParams { features: SplitFeatures::Count(1), seed, ..one_tree() };
        let forest = tree(&x, &[0, 1, 0, 1, 0, 1, 0, 1], &params);
        assert_eq!(forest.n_splits(), 7);
    }
}

#[test]
fn features_that_became_constant_are_not_counted_either() {
    // Below a split on column 0 only column 1 varies.
    let x = Array2::from_shape_fn((8, 2), |(row, column)| if column == 0 { (row / 4) as f64 } else { row as f64 });
    for seed in 0..20 {
        let params = GrowParams { features: SplitFeatures::Count(1), seed, ..one_tree() };
        let forest = tree(&x, &[0, 1, 0, 1, 0, 1, 0, 1], &params);
        assert_eq!(forest.n_splits(), 7, "seed {seed}");
    }
}

#[test]
fn rounding_does_not_make_a_leaf_too_light() {
    // Ten tenths less seven of them are, in f64, less than three.
    assert!([0.1; 10].iter().sum::<f64>() - [0.1; 7].iter().sum::<f64>() < 0.3);
    let x = Array2::from_shape_fn((10, 1), |(row, _)| row as f64);
    let values: Vec<f64> = (0..10).map(|row| f64::from(row / 7)).collect();
    let data = Data { x, labels: vec![0; 10], n_classes: 1, values, weights: Some(vec![0.1; 10]) };
    let params = GrowParams { min_weight_leaf: 0.3, ..one_tree() };
    let grown = data.grow(TargetView::Values(&data.values), &params).unwrap();
    assert_eq!(splits(&grown.forest)[0], Some((0, 6.5)));
}

#[test]
fn of_equal_gains_the_node_made_first_is_split_first() {
    let x = array![[0., 0.], [0., 1.], [0., 2.], [0., 3.], [1., 0.], [1., 1.], [1., 2.], [1., 3.]];
    let values = [0.0, 0.0, 1.0, 1.0, 10.0, 10.0, 11.0, 11.0];
    let params = GrowParams { max_leaves: Some(3), ..one_tree() };
    let grown = grow(x.view(), TargetView::Values(&values), &[], None, &params, &Control::new()).unwrap();
    assert_eq!(splits(&grown.forest), [Some((0, 0.5)), Some((1, 1.5)), None, None, None]);
}

#[test]
fn draws_of_features_are_fair() {
    let x = Array2::from_shape_fn((8, 4), |(row, column)| ((row * (2 * column + 1)) % 8) as f64);
    let labels = [0, 0, 0, 1, 0, 1, 1, 1];
    let params = GrowParams { features: SplitFeatures::Count(1), n_trees: 800, ..one_tree() };
    let forest = tree(&x, &labels, &params);
    let mut roots = [0; 4];
    forest.roots().for_each(|root| roots[forest.feature(root).unwrap()] += 1);
    assert!(roots.iter().all(|&count| (150..250).contains(&count)), "{roots:?}");
}

#[test]
fn samples_names_seeds_and_progress() {
    let x = Array2::from_shape_fn((50, 2), |(row, column)| ((row * 7 + column * 3) % 11) as f64);
    let labels: Vec<u32> = (0..50).map(|row| u32::from(row % 3 == 0)).collect();
    let params = GrowParams { n_trees: 6, ..GrowParams::default() };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let control = Control::new().with_observer(move |progress| sink.lock().unwrap().push(progress));
    let names = ["no".to_owned(), "yes".to_owned()];
    let grown = grow(x.view(), classes(&labels), &names, None, &params, &control).unwrap();
    assert_eq!(grown.forest.task(), &Task::Classification { classes: names.to_vec() });
    assert_eq!((grown.forest.n_trees(), grown.forest.n_features(), grown.in_bag.n_rows()), (6, 2, 50));
    for tree in 0..6 {
        assert_eq!(grown.in_bag.tree(tree).iter().map(|&times| u32::from(times)).sum::<u32>(), 50);
    }
    let mut done: Vec<Progress> = seen.lock().unwrap().clone();
    done.sort_by_key(|progress| progress.done);
    let expected = (0..=6).map(|done| Progress { stage: "grow trees", done, total: 6 });
    assert_eq!(done, expected.collect::<Vec<_>>());

    let again = |seed| {
        let params = GrowParams { seed, ..params.clone() };
        grow(x.view(), classes(&labels), &names, None, &params, &Control::new()).unwrap()
    };
    assert_eq!(again(0), grown);
    assert_ne!(again(1).in_bag, grown.in_bag);
    assert_ne!(grown.in_bag.tree(0), grown.in_bag.tree(1));
}

/// A price per feature.
struct Prices([f64; 2]);

impl Price for Prices {
    const FREE: bool = false;

    fn of<I>(&self, feature: usize, examples: &[Entry<I>]) -> f64 {
        assert!(!examples.is_empty());
        self.0[feature]
    }
}

#[test]
fn prices_are_subtracted_from_gains() {
    // The root's Gini times weight is 2; feature 0 removes all of it, feature 1 gains 2 - 4/3.
    let x = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 1.0]];
    let labels = [0, 0, 1, 1];
    let grown = |prices| {
        let params = one_tree();
        grow_priced(
            DatasetView::trusted(x.view(), classes(&labels), None),
            &[],
            &params,
            Prices(prices),
            &Control::new(),
        )
        .unwrap()
        .forest
    };
    assert_eq!(splits(&grown([0.0, 0.0])), splits(&tree(&x, &labels, &one_tree())));
    assert_eq!(splits(&grown([1.3, 0.0]))[0], Some((0, 1.5)));
    assert_eq!(splits(&grown([1.4, 0.0]))[0], Some((1, 0.5)));
    assert_eq!(grown([2.1, 0.7]).n_splits(), 0);
}
