//! Small data sets that are hard on split searches: ties, missing values, weights, constant columns.

use ndarray::Array2;
use proptest::prelude::*;
use secateur_program::Control;

use crate::grow::{GrowError, GrowParams, Grown, grow};
use secateur_forest::TargetView;

/// A training set with both kinds of target.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) x: Array2<f64>,
    pub(super) labels: Vec<u32>,
    pub(super) n_classes: usize,
    pub(super) values: Vec<f64>,
    pub(super) weights: Option<Vec<f64>>,
}

impl Data {
    pub(super) fn classes(&self) -> TargetView<'_> {
        TargetView::Classes { labels: &self.labels, n_classes: self.n_classes }
    }

    pub(super) fn grow(&self, target: TargetView<'_>, params: &GrowParams) -> Result<Grown, GrowError> {
        grow(self.x.view(), target, &[], self.weights.as_deref(), params, &Control::new())
    }

    /// The rows named, in that order.
    pub(super) fn select(&self, rows: &[usize]) -> Data {
        Data {
            x: self.x.select(ndarray::Axis(0), rows),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            values: rows.iter().map(|&row| self.values[row]).collect(),
            weights: self.weights.as_ref().map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            ..*self
        }
    }
}

/// One tree on all rows once, exactly.
pub(super) fn one_tree() -> GrowParams {
    GrowParams { n_trees: 1, bootstrap: false, max_bins: 65_535, ..GrowParams::default() }
}

/// How the values of one column are drawn: few distinct ones, many, or one.
fn cell(kind: u8, missing: bool) -> BoxedStrategy<f64> {
    let value = match kind {
        0 => prop_oneof![Just(0.0), Just(1.0)].boxed(),
        1 => (-3..4i32).prop_map(f64::from).boxed(),
        2 => (-1e3..1e3f64).boxed(),
        3 => prop_oneof![Just(f64::MAX), Just(f64::MIN), Just(0.0), Just(-0.0), Just(5e-324), Just(1e-300)].boxed(),
        _ => Just(7.0).boxed(),
    };
    if missing { prop_oneof![3 => value, 1 => Just(f64::NAN)].boxed() } else { value }
}

/// Weights: none, whole numbers with zeros, or fractions with zeros.
pub(super) fn weights(rows: usize) -> BoxedStrategy<Option<Vec<f64>>> {
    let some = |weight: BoxedStrategy<f64>| {
        prop::collection::vec(weight, rows)
            .prop_filter("a positive weight", |weights| weights.iter().any(|&weight| weight > 0.0))
            .prop_map(Some)
    };
    prop_oneof![
        Just(None),
        some((0..4u32).prop_map(f64::from).boxed()),
        some(prop_oneof![Just(0.0), Just(0.5), Just(1.25), Just(3.0), Just(1.0 / 3.0)].boxed()),
    ]
    .boxed()
}

pub(super) fn data(rows: std::ops::Range<usize>) -> impl Strategy<Value = Data> {
    (rows, 1usize..6, 1usize..5, any::<bool>()).prop_flat_map(|(rows, columns, n_classes, missing)| {
        let cells = prop::collection::vec(0u8..5, columns).prop_flat_map(move |kinds| {
            let columns: Vec<_> =
                kinds.into_iter().map(|kind| prop::collection::vec(cell(kind, missing), rows)).collect();
            columns
        });
        (
            cells,
            prop::collection::vec(0..n_classes as u32, rows),
            prop::collection::vec((-4..5i32).prop_map(f64::from), rows),
            weights(rows),
        )
            .prop_map(move |(cells, labels, values, weights)| {
                let x = Array2::from_shape_fn((rows, cells.len()), |(row, column)| cells[column][row]);
                Data { x, labels, n_classes, values, weights }
            })
    })
}
