//! The batch engine: a pruned forest compiled into flat arrays, rows in blocks so that a tree stays in cache.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::forest::budgeted::{BudgetedForest, OperatingPoint};
use crate::forest::examples::ExampleError;
use crate::forest::model::{MissingDirection, Precision, ZERO};
use crate::forest::rows::{MissingFeature, Rows};

use super::outputs::{Outputs, Sum};

/// Rows that pass through a tree together.
const BLOCK: usize = 64;

const LEAF: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    threshold: f64,
    /// Feature tested, or [`LEAF`].
    feature: u32,
    /// Right child (the left one follows), or the row of the leaf in the outputs.
    right: u32,
}

/// A budgeted forest at one operating point, compiled for prediction on full rows. The kept splits only: the smaller the
/// budget, the smaller and faster.
#[derive(Debug, Clone)]
pub struct CompiledForest {
    nodes: Vec<Node>,
    missing: Vec<MissingDirection>,
    /// Whether zeros count as missing at any split.
    zeros: bool,
    roots: Vec<u32>,
    outputs: Outputs,
    n_features: usize,
    n_outputs: usize,
    precision: Precision,
}

impl BudgetedForest {
    /// Compiles the forest at an operating point. O(kept nodes).
    pub fn compile(&self, point: OperatingPoint) -> CompiledForest {
        let forest = self.forest();
        let (mut nodes, mut missing, mut roots, mut leaves) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for root in forest.roots() {
            roots.push(nodes.len() as u32);
            // Nodes to lay out, each with the compiled split whose right child it is.
            let mut waiting = vec![(root, None::<usize>)];
            while let Some((node, right_of)) = waiting.pop() {
                if let Some(split) = right_of {
                    let here = nodes.len() as u32;
                    let split: &mut Node = &mut nodes[split];
                    split.right = here;
                }
                match forest.children(node).filter(|_| self.keeps(node, point)) {
                    Some([left, right]) => {
                        let feature = forest.feature(node).expect("a node with children tests a feature") as u32;
                        waiting.push((right, Some(nodes.len())));
                        waiting.push((left, None));
                        nodes.push(Node { threshold: forest.threshold(node), feature, right: LEAF });
                        missing.push(forest.missing(node));
                    }
                    None => {
                        nodes.push(Node { threshold: 0.0, feature: LEAF, right: leaves.len() as u32 });
                        missing.push(MissingDirection::Refuse);
                        leaves.push(node);
                    }
                }
            }
        }
        CompiledForest {
            nodes,
            zeros: missing.iter().any(|missing| missing.counts_zeros()),
            missing,
            roots,
            outputs: Outputs::of(forest, leaves.into_iter()),
            n_features: forest.n_features(),
            n_outputs: forest.n_outputs(),
            precision: forest.precision(),
        }
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
    /// [`ExampleError`] names the first row and feature that cannot be predicted.
    ///
    /// # Complexity
    /// O(rows x trees x depth), parallel over blocks of rows.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>, ExampleError> {
        if x.ncols() != self.n_features {
            return Err(ExampleError::Width { found: x.ncols(), expected: self.n_features });
        }
        let rows = Rows::new(&x);
        let mut out = Array2::zeros((rows.len(), self.n_outputs));
        let flat = out.as_slice_mut().expect("a new array is one slice");
        let failures: Vec<ExampleError> = flat
            .par_chunks_mut(BLOCK * self.n_outputs)
            .enumerate()
            .filter_map(|(block, out)| self.predict_block(&rows, block * BLOCK, out).err())
            .collect();
        match failures.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(out),
        }
    }

    /// Most probable classes (ties: the lowest index) from the output of [`CompiledForest::predict`].
    pub fn classes(outputs: &Array2<f64>) -> Vec<u32> {
        let argmax = |row: ndarray::ArrayView1<'_, f64>| crate::forest::model::argmax(&row.to_vec()) as u32;
        outputs.rows().into_iter().map(argmax).collect()
    }

    fn predict_block(&self, rows: &Rows<'_>, first: usize, out: &mut [f64]) -> Result<(), ExampleError> {
        let count = out.len() / self.n_outputs;
        let mut sums: Vec<Sum> = vec![self.outputs.sum(); count];
        for row in first..first + count {
            if let Some(feature) = rows.row(row).iter().position(|value| value.is_infinite()) {
                return Err(ExampleError::Infinite { row, feature });
            }
        }
        for &root in &self.roots {
            for (offset, sum) in sums.iter_mut().enumerate() {
                let row = first + offset;
                let leaf = self.leaf(rows.row(row), root).map_err(|missing| missing.in_row(row))?;
                sum.add(&self.outputs, leaf);
            }
        }
        sums.iter().zip(out.chunks_exact_mut(self.n_outputs)).for_each(|(sum, out)| sum.write(out));
        Ok(())
    }

    #[inline]
    fn leaf(&self, values: &[f64], root: u32) -> Result<usize, MissingFeature> {
        let mut index = root as usize;
        loop {
            let node = self.nodes[index];
            if node.feature == LEAF {
                return Ok(node.right as usize);
            }
            let mut value = values[node.feature as usize];
            if self.precision == Precision::F32 {
                value = f64::from(value as f32);
            }
            let zero = self.zeros && value.abs() <= ZERO && self.missing[index].counts_zeros();
            let left = if value.is_nan() || zero {
                self.missing[index].is_left().ok_or(MissingFeature(node.feature as usize))?
            } else {
                value <= node.threshold
            };
            index = if left { index + 1 } else { node.right as usize };
        }
    }
}
