//! Every node of every tree against brute force.

use proptest::prelude::*;

use super::data::{Data, data, one_tree};
use super::reference::Reference;
use crate::grow::{Criterion, GrowParams};
use secateur_forest::TargetView;

const CRITERIA: [Criterion; 3] = [Criterion::Gini, Criterion::Entropy, Criterion::SquaredError];

fn check(data: &Data, params: &GrowParams) {
    for criterion in CRITERIA {
        let params = GrowParams { criterion: Some(criterion), ..params.clone() };
        let target =
            if criterion == Criterion::SquaredError { TargetView::Values(&data.values) } else { data.classes() };
        let grown = data.grow(target, &params).unwrap();
        for tree in 0..params.n_trees {
            Reference::new(data, criterion, &params, grown.in_bag.tree(tree)).check(&grown.forest, tree);
        }
    }
}

fn limits() -> impl Strategy<Value = GrowParams> {
    (
        prop_oneof![Just(None), (0usize..5).prop_map(Some)],
        2usize..8,
        1usize..5,
        prop_oneof![Just(0.0), Just(1.0), Just(2.5)],
        prop_oneof![Just(0.0), Just(0.01), Just(0.1)],
    )
        .prop_map(|(max_depth, min_samples_split, min_samples_leaf, min_weight_leaf, min_impurity_decrease)| {
            GrowParams {
                max_depth,
                min_samples_split,
                min_samples_leaf,
                min_weight_leaf,
                min_impurity_decrease,
                ..one_tree()
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn small_data(data in data(1..30)) {
        check(&data, &one_tree());
    }

    #[test]
    fn limits_of_growth(data in data(1..40), params in limits()) {
        check(&data, &params);
    }

    #[test]
    fn bootstrap_samples(data in data(1..40), seed: u64, fraction in 0.1..=1.0, bootstrap: bool, params in limits()) {
        check(&data, &GrowParams { n_trees: 3, bootstrap, seed, max_samples: fraction, ..params });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nodes_large_enough_for_histograms(data in data(150..300), max_depth in 2usize..6) {
        check(&data, &GrowParams { max_depth: Some(max_depth), ..one_tree() });
    }

    /// Two bytes per code, and none of the features small.
    #[test]
    fn more_values_than_a_byte_holds(
        column in Just((0..600).map(f64::from).collect::<Vec<_>>()).prop_shuffle(),
        labels in prop::collection::vec(0u32..3, 600),
    ) {
        let x = ndarray::Array2::from_shape_vec((600, 1), column).unwrap();
        let values = labels.iter().map(|&label| f64::from(label)).collect();
        check(&Data { x, labels, n_classes: 3, values, weights: None }, &GrowParams { max_depth: Some(3), ..one_tree() });
    }
}
