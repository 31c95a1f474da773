//! Every way to be refused.

use std::time::Duration;

use ndarray::{Array2, array};
use secateur_program::{Control, Stop};

use super::data::one_tree;
use crate::grow::{Criterion, GrowError, GrowParams, Grown, SplitFeatures, grow};
use secateur_forest::TargetView;

fn x() -> Array2<f64> {
    array![[0.0, 1.0], [1.0, 1.0], [2.0, f64::NAN]]
}

const LABELS: TargetView<'static> = TargetView::Classes { labels: &[0, 1, 0], n_classes: 2 };

fn with(
    x: Array2<f64>,
    target: TargetView<'_>,
    weights: Option<&[f64]>,
    params: &GrowParams,
) -> Result<Grown, GrowError> {
    grow(x.view(), target, &[], weights, params, &Control::new())
}

#[test]
fn parameters_out_of_range_are_named() {
    let bad: [(&str, GrowParams); 17] = [
        ("n_trees", GrowParams { n_trees: 0, ..one_tree() }),
        ("max_leaves", GrowParams { max_leaves: Some(0), ..one_tree() }),
        ("min_samples_split", GrowParams { min_samples_split: 1, ..one_tree() }),
        ("min_samples_leaf", GrowParams { min_samples_leaf: 0, ..one_tree() }),
        ("min_weight_leaf", GrowParams { min_weight_leaf: -1.0, ..one_tree() }),
        ("min_weight_leaf", GrowParams { min_weight_leaf: f64::NAN, ..one_tree() }),
        ("min_impurity_decrease", GrowParams { min_impurity_decrease: -0.1, ..one_tree() }),
        ("min_impurity_decrease", GrowParams { min_impurity_decrease: f64::INFINITY, ..one_tree() }),
        ("max_samples", GrowParams { max_samples: 0.0, ..one_tree() }),
        ("max_samples", GrowParams { max_samples: 1.5, ..one_tree() }),
        ("max_samples", GrowParams { max_samples: f64::NAN, ..one_tree() }),
        ("max_bins", GrowParams { max_bins: 1, ..one_tree() }),
        ("max_bins", GrowParams { max_bins: 65_536, ..one_tree() }),
        ("features", GrowParams { features: SplitFeatures::Count(0), ..one_tree() }),
        ("features", GrowParams { features: SplitFeatures::Count(3), ..one_tree() }),
        ("features", GrowParams { features: SplitFeatures::Fraction(0.0), ..one_tree() }),
        ("features", GrowParams { features: SplitFeatures::Fraction(f64::NAN), ..one_tree() }),
    ];
    for (expected, params) in bad {
        match with(x(), LABELS, None, &params) {
            Err(GrowError::Parameter { name, .. }) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let message = with(x(), LABELS, None, &GrowParams { max_bins: 1, ..one_tree() }).unwrap_err().to_string();
    assert_eq!(message, "parameter `max_bins` is 1, outside 2..=65535");
}

#[test]
fn criteria_belong_to_targets() {
    let params = |criterion| GrowParams { criterion: Some(criterion), ..one_tree() };
    for (target, criterion, name) in [
        (LABELS, Criterion::SquaredError, "classes"),
        (TargetView::Values(&[0.0; 3]), Criterion::Gini, "values"),
        (TargetView::Values(&[0.0; 3]), Criterion::Entropy, "values"),
    ] {
        assert_eq!(with(x(), target, None, &params(criterion)), Err(GrowError::Criterion { criterion, target: name }));
    }
}

#[test]
fn shapes_must_fit() {
    let params = one_tree();
    assert_eq!(with(Array2::zeros((0, 2)), TargetView::Values(&[]), None, &params), Err(GrowError::NoRows));
    assert_eq!(with(Array2::zeros((3, 0)), LABELS, None, &params), Err(GrowError::NoFeatures));
    let length = |array, found, expected| Err(GrowError::Length { array, found, expected });
    assert_eq!(with(x(), TargetView::Values(&[1.0]), None, &params), length("target", 1, 3));
    assert_eq!(with(x(), LABELS, Some(&[1.0; 4]), &params), length("weights", 4, 3));
    let names = ["a".to_owned()];
    assert_eq!(grow(x().view(), LABELS, &names, None, &params, &Control::new()), length("class_names", 1, 2));
    // Views of zero stride have any number of rows.
    let one = Array2::<f64>::zeros((1, 1));
    let rows = 1 << 32;
    let many = one.broadcast((rows, 1)).unwrap();
    assert_eq!(
        grow(many, LABELS, &[], None, &params, &Control::new()),
        Err(GrowError::TooMany { what: "rows", found: rows, limit: i32::MAX as usize })
    );
}

#[test]
fn bad_numbers_are_found() {
    let params = one_tree();
    let no_class = TargetView::Classes { labels: &[0; 3], n_classes: 0 };
    assert_eq!(with(x(), no_class, None, &params), Err(GrowError::NoClasses));
    let label = TargetView::Classes { labels: &[0, 1, 2], n_classes: 2 };
    assert_eq!(with(x(), label, None, &params), Err(GrowError::Label { row: 2, label: 2, n_classes: 2 }));
    let value = TargetView::Values(&[0.0, f64::NEG_INFINITY, 0.0]);
    assert_eq!(with(x(), value, None, &params), Err(GrowError::TargetValue { row: 1, value: f64::NEG_INFINITY }));
    for bad in [-1.0, f64::NAN, f64::INFINITY, f64::MAX] {
        match with(x(), LABELS, Some(&[1.0, bad, 1.0]), &params) {
            Err(GrowError::Weight { row: 1, weight, .. }) => assert_eq!(weight.to_bits(), bad.to_bits()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(with(x(), LABELS, Some(&[0.0; 3]), &params), Err(GrowError::NoWeight { rows: 3 }));
    let mut infinite = x();
    infinite[[1, 1]] = f64::INFINITY;
    assert_eq!(
        with(infinite, LABELS, None, &params),
        Err(GrowError::Infinite { row: 1, column: 1, value: f64::INFINITY })
    );
}

#[test]
fn stops_are_errors() {
    let control = Control::new().with_time_limit(Duration::ZERO);
    let stopped = |control: &Control| grow(x().view(), LABELS, &[], None, &one_tree(), control);
    assert_eq!(stopped(&control), Err(GrowError::Stopped(Stop::TimeLimit)));
    let control = Control::new();
    control.cancel();
    assert_eq!(stopped(&control), Err(GrowError::Stopped(Stop::Cancelled)));
}

#[test]
fn a_tree_stops_before_it_is_done() {
    // Alternating classes make a chain as deep as there are rows: minutes of work, were it not stopped.
    let rows = 60_000;
    let x = Array2::from_shape_fn((rows, 1), |(row, _)| row as f64);
    let labels: Vec<u32> = (0..rows as u32).map(|row| row % 2).collect();
    let control = Control::new().with_time_limit(Duration::from_millis(300));
    let target = TargetView::Classes { labels: &labels, n_classes: 2 };
    assert_eq!(grow(x.view(), target, &[], None, &one_tree(), &control), Err(GrowError::Stopped(Stop::TimeLimit)));
}
