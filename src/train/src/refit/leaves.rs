//! Leaf indicators of a forest on rows, as a sparse matrix A: one row per example, one column per leaf, and exactly one
//! 1 per example and tree. It is stored as one leaf index per example and tree.
//!
//! Scores of leaves are laid out by tree, then plane, then leaf; numbers of examples by block of [`BLOCK`] rows, then
//! plane, then row. A plane is one output. So a product with A runs through one block after another, one with its
//! transpose through one tree after another; both are parallel and add in the same order for any number of threads.

use rayon::prelude::*;
use secateur_program::{Control, Stop};

use super::RefitError;
use secateur_forest::rows::{Rows, Walk};
use secateur_forest::{DataError, DatasetView, Forest};

/// Rows per block: a block's numbers and a tree's scores stay in the fast caches together.
pub(super) const BLOCK: usize = 2048;

/// The leaf of every example in every tree.
#[derive(Debug)]
pub(super) struct Leaves {
    trees: Vec<TreeLeaves>,
    n_rows: usize,
    n_leaves: usize,
    planes: usize,
}

#[derive(Debug)]
struct TreeLeaves {
    /// Node of each leaf, ascending.
    nodes: Vec<u32>,
    /// Index into `nodes` by example.
    leaf_of: Vec<u32>,
    /// Leaves of the trees before.
    first: usize,
}

impl Leaves {
    /// Routes all examples. O(examples x trees x depth), parallel over trees.
    pub(super) fn route(
        forest: &Forest,
        examples: DatasetView<'_>,
        planes: usize,
        control: &Control,
    ) -> Result<Self, RefitError> {
        let view = examples.x();
        let rows = Rows::new(&view);
        let mut trees: Vec<TreeLeaves> = (0..forest.n_trees())
            .into_par_iter()
            .map(|tree| TreeLeaves::route(forest, tree, &rows, control))
            .collect::<Result<_, RefitError>>()?;
        let mut n_leaves = 0;
        for tree in &mut trees {
            tree.first = n_leaves;
            n_leaves += tree.nodes.len();
        }
        Ok(Self { trees, n_rows: rows.len(), n_leaves, planes })
    }

    /// Length of a vector of scores.
    pub(super) fn n_scores(&self) -> usize {
        self.n_leaves * self.planes
    }

    /// Length of a vector over examples.
    pub(super) fn n_numbers(&self) -> usize {
        self.n_rows * self.planes
    }

    /// Numbers per block.
    pub(super) fn block_len(&self) -> usize {
        BLOCK * self.planes
    }

    /// The forest's node and the positions of its scores, leaf by leaf.
    pub(super) fn positions(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = usize> + use<>)> + '_ {
        self.trees.iter().flat_map(move |tree| {
            let (first, width, planes) = (tree.first * self.planes, tree.nodes.len(), self.planes);
            let of_leaf = move |leaf: usize| (0..planes).map(move |plane| first + plane * width + leaf);
            tree.nodes.iter().enumerate().map(move |(leaf, &node)| (node as usize, of_leaf(leaf)))
        })
    }

    /// Adds to a block's numbers the scores of the leaves that its rows reach: `A scores`.
    pub(super) fn gather(&self, block: usize, scores: &[f64], out: &mut [f64]) {
        let rows = out.len() / self.planes;
        for tree in &self.trees {
            let leaf_of = &tree.leaf_of[block * BLOCK..block * BLOCK + rows];
            let width = tree.nodes.len();
            let scores = &scores[tree.first * self.planes..(tree.first + width) * self.planes];
            for (out, scores) in out.chunks_exact_mut(rows).zip(scores.chunks_exact(width)) {
                out.iter_mut().zip(leaf_of).for_each(|(out, &leaf)| *out += scores[leaf as usize]);
            }
        }
    }

    /// Sums of the examples' numbers over each leaf: the transpose of A times `numbers`.
    pub(super) fn scatter(&self, numbers: &[f64], sums: &mut [f64]) {
        let mut rest = sums;
        let mut parts = Vec::with_capacity(self.trees.len());
        for tree in &self.trees {
            let (part, after) = rest.split_at_mut(tree.nodes.len() * self.planes);
            parts.push((tree, part));
            rest = after;
        }
        parts.into_par_iter().for_each(|(tree, sums)| {
            sums.fill(0.0);
            let blocks = numbers.chunks(self.block_len()).zip(tree.leaf_of.chunks(BLOCK));
            for (numbers, leaf_of) in blocks {
                for (numbers, sums) in numbers.chunks_exact(leaf_of.len()).zip(sums.chunks_exact_mut(tree.nodes.len()))
                {
                    leaf_of.iter().zip(numbers).for_each(|(&leaf, number)| sums[leaf as usize] += number);
                }
            }
        });
    }
}

impl TreeLeaves {
    fn route(forest: &Forest, tree: usize, rows: &Rows<'_>, control: &Control) -> Result<Self, RefitError> {
        let span = forest.tree(tree);
        let nodes: Vec<u32> = span.clone().filter(|&node| forest.is_leaf(node)).map(|node| node as u32).collect();
        let mut rank = vec![0u32; span.len()];
        (0u32..).zip(&nodes).for_each(|(leaf, &node)| rank[node as usize - span.start] = leaf);
        let mut leaf_of = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            if row % 4096 == 0 {
                control.check().map_err(|stop: Stop| RefitError::Stopped(stop))?;
            }
            let mut walk = Walk::new(forest, rows.row(row), span.start);
            while walk.step().map_err(|missing| -> DataError { missing.in_row(row) })?.is_some() {}
            leaf_of.push(rank[walk.node() - span.start]);
        }
        Ok(Self { nodes, leaf_of, first: 0 })
    }
}
