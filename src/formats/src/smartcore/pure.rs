//! Cutting off splits below nodes whose examples all have the same answer.
//!
//! smartcore's regressor splits such nodes as long as `min_samples_split` allows; its classifier and scikit-learn stop.
//! The cut changes no prediction, since every leaf below predicts that answer.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::route::{Missing, fold_up, for_each_leaf};
use secateur_forest::{Forest, ForestError, InBag, RawTree};

/// Per node of the forest, whether the targets of its bagged examples are all equal. O(trees x rows x depth).
pub(super) fn pure_nodes(
    forest: &Forest,
    x: ArrayView2<'_, f64>,
    target: impl Fn(usize) -> f64 + Sync,
    in_bag: &InBag,
) -> Result<Vec<bool>, Missing> {
    let trees = (0..forest.n_trees()).into_par_iter().map(|tree| {
        let nodes = forest.tree(tree);
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); nodes.len()];
        let bag = in_bag.tree(tree);
        for_each_leaf(
            forest,
            tree,
            x,
            |row| bag[row] > 0,
            |row, leaf| {
                let (low, high) = &mut range[leaf - nodes.start];
                (*low, *high) = (low.min(target(row)), high.max(target(row)));
            },
        )?;
        fold_up(forest, tree, |parent, child| {
            let (low, high) = range[child - nodes.start];
            let above = &mut range[parent - nodes.start];
            *above = (above.0.min(low), above.1.max(high));
        });
        Ok(range.into_iter().map(|(low, high)| low >= high).collect::<Vec<_>>())
    });
    Ok(trees.collect::<Result<Vec<_>, Missing>>()?.concat())
}

/// The forest with every node of `cut` turned into a leaf. O(nodes x outputs).
pub(super) fn cut_at(forest: &Forest, cut: &[bool]) -> Result<Forest, ForestError> {
    let mut raw = forest.to_raw();
    for (index, tree) in raw.trees.iter_mut().enumerate() {
        let start = forest.tree(index).start;
        *tree = cut_tree(tree, |node| cut[start + node], forest.n_outputs());
    }
    Forest::new(raw)
}

fn cut_tree(tree: &RawTree, cut: impl Fn(usize) -> bool, n_outputs: usize) -> RawTree {
    let mut kept = RawTree::default();
    // (node of `tree`, entry of `kept` whose right child it is)
    let mut stack = vec![(0usize, None::<usize>)];
    while let Some((node, parent)) = stack.pop() {
        let new = kept.feature.len();
        if let Some(parent) = parent {
            kept.children_right[parent] = new as i64;
        }
        kept.feature.push(tree.feature[node]);
        kept.threshold.push(tree.threshold[node]);
        kept.missing.push(tree.missing[node]);
        kept.value.extend_from_slice(&tree.value[node * n_outputs..(node + 1) * n_outputs]);
        kept.children_right.push(-1);
        match (usize::try_from(tree.children_left[node]), usize::try_from(tree.children_right[node])) {
            (Ok(left), Ok(right)) if !cut(node) => {
                if let Some(split) = tree.categories.get(&(node as u32)) {
                    kept.categories.insert(new as u32, split.clone());
                }
                kept.children_left.push(new as i64 + 1); // preorder: the left child comes next
                stack.push((right, Some(new)));
                stack.push((left, None));
            }
            _ => kept.children_left.push(-1),
        }
    }
    kept
}
