mod agreement;
mod documents;
mod recounting;
mod training;
mod traps;

use ndarray::{Array2, ArrayView1, ArrayView2};
use proptest::prelude::*;
use smartcore::linalg::basic::matrix::DenseMatrix;

use secateur_forest::{Aggregation, Forest, Task, argmax};

/// The leaf a row ends in. The row has no missing value without a direction.
fn leaf(forest: &Forest, tree: usize, row: ArrayView1<'_, f64>) -> usize {
    let mut node = forest.tree(tree).start;
    while let Some(feature) = forest.feature(node) {
        node = forest.next(node, row[feature]).unwrap();
    }
    node
}

/// The forest's output, `(n_outputs,)`: vote or distribution fractions, or the mean.
fn output(forest: &Forest, row: ArrayView1<'_, f64>) -> Vec<f64> {
    let mut sum = vec![0.0; forest.n_outputs()];
    for tree in 0..forest.n_trees() {
        let node = leaf(forest, tree, row);
        match (forest.task(), forest.aggregation()) {
            (Task::Classification { .. }, Aggregation::Vote) => sum[forest.majority(node)] += 1.0,
            (Task::Classification { .. }, Aggregation::Mean) => {
                let total: f64 = forest.value(node).iter().sum();
                sum.iter_mut().zip(forest.value(node)).for_each(|(sum, count)| *sum += count / total);
            }
            (Task::Classification { .. }, Aggregation::Sum) => unreachable!("smartcore has no scores"),
            (Task::Regression, _) => sum[0] += forest.value(node)[0],
        }
    }
    sum.iter().map(|sum| sum / forest.n_trees() as f64).collect()
}

/// The names of the classes predicted for all rows.
fn predicted_names(forest: &Forest, x: ArrayView2<'_, f64>) -> Vec<String> {
    let Task::Classification { classes } = forest.task() else { panic!("not a classification forest") };
    x.outer_iter().map(|row| classes[argmax(&output(forest, row))].clone()).collect()
}

fn dense(x: &Array2<f64>) -> DenseMatrix<f64> {
    DenseMatrix::from_ndarray2(x)
}

fn dense_f32(x: &Array2<f64>) -> DenseMatrix<f32> {
    DenseMatrix::from_ndarray2(&x.mapv(|value| value as f32))
}

/// Class names `0, 1, ...`.
fn names(n_classes: usize) -> Vec<String> {
    (0..n_classes).map(|class| class.to_string()).collect()
}

/// A training table and rows to predict on. Training values are tenths, so ties abound; other rows also hit midpoints
/// between tenths, which thresholds are, and some values are missing.
#[derive(Debug, Clone)]
struct Case {
    x: Array2<f64>,
    /// In `0..4`, the first four rows holding one each.
    labels: Vec<u32>,
    y: Vec<f64>,
    probe: Array2<f64>,
    seed: u64,
    max_depth: Option<u16>,
    m: usize,
    min_samples_leaf: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    (4usize..50, 1usize..5).prop_flat_map(|(rows, columns)| {
        let table = prop::collection::vec(-20i32..20, rows * columns);
        let probe = prop::collection::vec(prop_oneof![9 => (-50i32..50).prop_map(Some), 1 => Just(None)], 40 * columns);
        let labels = prop::collection::vec(0u32..4, rows);
        let y = prop::collection::vec(-1e3f64..1e3, rows);
        let shape = (prop::option::of(0u16..6), 1..=columns, 1usize..4);
        (table, probe, labels, y, any::<u64>(), shape).prop_map(
            move |(table, probe, mut labels, y, seed, (max_depth, m, min_samples_leaf))| {
                labels[..4].copy_from_slice(&[0, 1, 2, 3]);
                let table = table.into_iter().map(|value| f64::from(value) / 10.0).collect();
                let probe = probe.into_iter().map(|value| value.map_or(f64::NAN, |v| f64::from(v) / 20.0)).collect();
                Case {
                    x: Array2::from_shape_vec((rows, columns), table).unwrap(),
                    labels,
                    y,
                    probe: Array2::from_shape_vec((40, columns), probe).unwrap(),
                    seed,
                    max_depth,
                    m,
                    min_samples_leaf,
                }
            },
        )
    })
}
