//! The batch engine: a pruned forest compiled into flat arrays, predicted in blocks of rows.
//!
//! All rows of a block go down one tree before any goes down the next, so that a tree is fetched from memory once per
//! block. The more bytes a tree has, the more rows share it; the block stays within the second cache. Of a row only the
//! columns that kept splits test are copied into the block.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::budgeted::{BudgetedForest, OperatingPoint};
use crate::model::{Aggregation, Forest, Precision, Task, ZERO};
use crate::rows::{MissingFeature, Rows};
use secateur_datasets::DataError;

use super::nodes::{LANES, Missing, Nodes, Source, Test};
use super::outputs::Outputs;
use super::sums::Sums;

/// A block has about this many times the bytes of a tree of mean size, ...
const BYTES_PER_TREE_BYTE: usize = 8;

/// ... but at least so many (half of a usual first cache), ...
const LEAST_BYTES: usize = 32 << 10;

/// ... and at most so many (a usual second cache).
const MOST_BYTES: usize = 1 << 20;

/// Bytes of a node with its row of the outputs.
const NODE_BYTES: usize = 20;

/// A budgeted forest at one operating point, compiled for prediction on full rows. The kept splits only: the smaller
/// the budget, the smaller and faster.
#[derive(Debug, Clone)]
pub struct CompiledForest {
    nodes: Nodes,
    /// What kept splits test: the columns of a block.
    tested: Vec<Tested>,
    outputs: Outputs,
    n_features: usize,
    n_outputs: usize,
    precision: Precision,
}

/// A column of a block: a feature as some splits see it.
#[derive(Debug, Clone, Copy)]
struct Tested {
    feature: u32,
    /// Whether zeros are missing. A feature may have a column of either kind.
    zeros: bool,
}

impl BudgetedForest {
    /// Compiles the forest at an operating point. O(kept nodes).
    pub fn compile(&self, point: OperatingPoint) -> CompiledForest {
        let forest = self.forest();
        let (mut tested, mut columns) = (Vec::new(), vec![[u32::MAX; 2]; forest.n_features()]);
        let mut leaves = Leaves::new(forest);
        let mut nodes = Nodes::default();
        for root in forest.roots() {
            nodes.add_tree(root, |node| match forest.children(node).filter(|_| self.keeps(node, point)) {
                None => Source::Leaf(leaves.row(node)),
                Some(children) => {
                    let feature = forest.feature(node).expect("a node with children tests a feature");
                    let direction = forest.missing(node);
                    let zeros = direction.counts_zeros();
                    let column = &mut columns[feature][usize::from(zeros)];
                    if *column == u32::MAX {
                        *column = tested.len() as u32;
                        tested.push(Tested { feature: feature as u32, zeros });
                    }
                    let missing = match direction.is_left() {
                        Some(true) => Missing::Left,
                        Some(false) => Missing::Right,
                        None => Missing::Refused,
                    };
                    let threshold = || Test::Threshold(forest.threshold(node));
                    let test = forest.categories(node).map_or_else(threshold, Test::Categories);
                    Source::Split { column: *column, test, missing, children }
                }
            });
        }
        CompiledForest {
            nodes,
            tested,
            outputs: Outputs::of(forest, leaves.nodes.into_iter()),
            n_features: forest.n_features(),
            n_outputs: forest.n_outputs(),
            precision: forest.precision(),
        }
    }
}

/// The leaves whose outputs are stored. All those of one class alone add the same, so one of them is stored for all.
struct Leaves<'a> {
    forest: &'a Forest,
    nodes: Vec<usize>,
    /// Row of the outputs for each class alone, once there is one; empty where leaves are not of classes.
    alone: Vec<Option<u32>>,
}

impl<'a> Leaves<'a> {
    fn new(forest: &'a Forest) -> Self {
        let votes = matches!(forest.task(), Task::Classification { .. }) && forest.aggregation() != Aggregation::Sum;
        Self { forest, nodes: Vec::new(), alone: vec![None; if votes { forest.n_outputs() } else { 0 }] }
    }

    /// Row of the outputs of a leaf.
    fn row(&mut self, node: usize) -> u32 {
        let next = self.nodes.len() as u32;
        if let Some(class) = self.class(node) {
            if let Some(row) = self.alone[class] {
                return row;
            }
            self.alone[class] = Some(next);
        }
        self.nodes.push(node);
        next
    }

    /// The class for which this leaf's whole vote is.
    fn class(&self, node: usize) -> Option<usize> {
        if self.alone.is_empty() {
            return None;
        }
        if self.forest.aggregation() == Aggregation::Vote {
            return Some(self.forest.majority(node));
        }
        let mut classes = self.forest.value(node).iter().enumerate().filter(|(_, count)| **count != 0.0);
        let (class, _) = classes.next()?;
        classes.next().is_none().then_some(class)
    }
}

impl CompiledForest {
    /// Number of nodes, leaves included.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Class probabilities, or values, for all rows; shape (n_examples, n_outputs). Equal to
    /// [`BudgetedForest::predict_row`] on every row.
    ///
    /// # Errors
    /// [`DataError`] names the first row that cannot be predicted and the feature.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel over blocks of rows.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, DataError> {
        if x.ncols() != self.n_features {
            return Err(DataError::Width { found: x.ncols(), expected: self.n_features });
        }
        let rows = Rows::new(&x);
        let mut out = Array2::zeros((rows.len(), self.n_outputs));
        let flat = out.as_slice_mut().expect("a new array is one slice");
        let block = self.block_rows(rows.len());
        let failures: Vec<DataError> = flat
            .par_chunks_mut(block * self.n_outputs)
            .enumerate()
            .filter_map(|(index, out)| {
                let first = index * block;
                let predicted = self.predict_block(&rows, first, out);
                predicted.is_none().then(|| self.failure(&rows, first, out.len() / self.n_outputs))
            })
            .collect();
        match failures.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(out),
        }
    }

    /// Most probable classes (ties: the lowest index) from the output of [`CompiledForest::predict`].
    pub fn classes(outputs: &Array2<f64>) -> Vec<u32> {
        let argmax = |row: ndarray::ArrayView1<'_, f64>| crate::model::argmax(&row.to_vec()) as u32;
        outputs.rows().into_iter().map(argmax).collect()
    }

    /// Rows of a block, so that all threads have some.
    fn block_rows(&self, rows: usize) -> usize {
        let tree = self.nodes.len() * NODE_BYTES / self.nodes.trees().len().max(1);
        let bytes = (tree * BYTES_PER_TREE_BYTE).clamp(LEAST_BYTES, MOST_BYTES);
        let fitting = bytes / (8 * (self.tested.len() + self.n_outputs));
        fitting.min(rows.div_ceil(rayon::current_num_threads())).next_multiple_of(LANES).max(LANES)
    }

    /// `None` if a row of the block cannot be predicted.
    fn predict_block(&self, rows: &Rows<'_>, first: usize, out: &mut [f64]) -> Option<()> {
        let (count, width) = (out.len() / self.n_outputs, self.tested.len().max(1));
        let mut values = vec![0.0; count * width];
        let mut missing = false;
        for (row, values) in (first..).zip(values.chunks_exact_mut(width)) {
            let row = rows.row(row);
            if row.iter().any(|value| value.is_infinite()) {
                return None;
            }
            for (value, &tested) in values.iter_mut().zip(&self.tested) {
                *value = self.seen(row, tested);
                missing |= value.is_nan();
            }
        }
        let mut sums = Sums::new(&self.outputs, count);
        for &tree in self.nodes.trees() {
            for group in (0..count).step_by(LANES) {
                // Lanes beyond the end do the last row again.
                let starts = std::array::from_fn(|lane| (group + lane).min(count - 1) * width);
                let ends = match (missing, self.nodes.has_categories()) {
                    (true, false) => self.nodes.ends::<true, false>(tree, &values, &starts),
                    (false, false) => self.nodes.ends::<false, false>(tree, &values, &starts),
                    (true, true) => self.nodes.ends::<true, true>(tree, &values, &starts),
                    (false, true) => self.nodes.ends::<false, true>(tree, &values, &starts),
                };
                sums.add(&self.outputs, group, &ends?);
            }
        }
        sums.write(&self.outputs, self.nodes.trees().len(), out);
        Some(())
    }

    /// A value of a row as splits compare it; NaN if it is missing.
    fn seen(&self, row: &[f64], tested: Tested) -> f64 {
        let value = row[tested.feature as usize];
        let value = match self.precision {
            Precision::F64 => value,
            Precision::F32 => f64::from(value as f32),
        };
        if tested.zeros && value.abs() <= ZERO { f64::NAN } else { value }
    }

    /// Why a block cannot be predicted, row after row.
    fn failure(&self, rows: &Rows<'_>, first: usize, count: usize) -> DataError {
        let failures = (first..first + count).find_map(|row| {
            let values = rows.row(row);
            if let Some(feature) = values.iter().position(|value| value.is_infinite()) {
                return Some(DataError::Infinite { row, feature });
            }
            let value = |column: u32| self.seen(values, self.tested[column as usize]);
            let refused = self.nodes.trees().iter().find_map(|&tree| self.nodes.refused(tree, value))?;
            Some(MissingFeature(self.tested[refused as usize].feature as usize).in_row(row))
        });
        failures.expect("a block fails by one of its rows")
    }
}
