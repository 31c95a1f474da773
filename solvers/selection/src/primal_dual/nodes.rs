//! The trees' side of the decomposition: decisions as nodes, and the best closed set at given prices.
//!
//! Once each decision pays a price of its own, trees no longer meet, and each is solved alone by the dynamic programme
//! of [`crate::forest`]. It costs O(D) per call and runs in parallel over groups of trees.

use rayon::prelude::*;
use secateur_program::{DecisionId, SelectionProgram};

use super::grid::Grid;
use crate::ends::Ends;
use crate::forest::{Forest, NONE, best_closed_set};

/// Trees are dealt to tasks in groups of about this many decisions.
const GROUP: usize = 8192;

/// Decisions as nodes: tree by tree, parents before children.
pub(crate) struct Nodes {
    pub(crate) forest: Forest,
    pub(crate) gain: Vec<i64>,
    /// Whether each node has a positive finite threshold. Only these have multipliers and levels.
    pub(crate) active: Vec<bool>,
    /// Whether each node is selected at every lambda.
    pub(crate) always: Vec<bool>,
    /// Groups of whole trees are `groups[i]..groups[i + 1]`.
    pub(crate) groups: Vec<usize>,
}

/// The best closed set of decisions at given prices.
pub(crate) struct Best {
    /// What it is worth, in units of `1/den` gains.
    pub(crate) value: i128,
    /// W_v of the dynamic programme, per node. A node with a parent sends it max(0, W_v).
    pub(crate) worth: Vec<i128>,
    pub(crate) taken: Vec<bool>,
}

impl Nodes {
    /// O(U + D log D).
    pub(crate) fn new(program: &SelectionProgram) -> Self {
        let forest = Forest::of(program, tree_by_tree(program));
        let gain = forest.gains(program);
        let is_free = |node: usize| program.uses(forest.decision[node]).all(|r| program.cost(r) == 0);
        let ends = Ends::new(&forest.parent, |node| gain[node], is_free);
        let mut groups = vec![0];
        for (node, &parent) in forest.parent.iter().enumerate() {
            let begun = groups.last().copied().unwrap_or(0);
            if parent == NONE && node - begun >= GROUP {
                groups.push(node);
            }
        }
        groups.push(forest.len());
        let active = (0..forest.len()).map(|node| ends.is_open(node)).collect();
        Self { forest, gain, active, always: ends.always.selected, groups }
    }

    pub(crate) fn len(&self) -> usize {
        self.forest.len()
    }

    /// The parts of an array with one entry per node, by group.
    pub(crate) fn split<'a, T>(&self, mut array: &'a mut [T]) -> Vec<&'a mut [T]> {
        let mut parts = Vec::with_capacity(self.groups.len() - 1);
        for group in self.groups.windows(2) {
            let (part, rest) = array.split_at_mut(group[1] - group[0]);
            parts.push(part);
            array = rest;
        }
        parts
    }

    /// The best closed set when each node pays its price (in units).
    pub(crate) fn best(&self, grid: &Grid, prices: &[i64]) -> Best {
        let mut best = Best { value: 0, worth: vec![0; self.len()], taken: vec![false; self.len()] };
        let parts = self.split(&mut best.worth).into_par_iter().zip(self.split(&mut best.taken));
        let values: Vec<i128> = parts
            .zip(&self.groups[..self.groups.len() - 1])
            .map(|((worth, taken), &first)| {
                for (local, worth) in worth.iter_mut().enumerate() {
                    let v = first + local;
                    *worth = i128::from(self.gain[v]) * i128::from(grid.den) - grid.wide(prices[v]);
                }
                let parent = |local: usize| {
                    let parent = self.forest.parent[first + local];
                    (parent != NONE).then(|| parent as usize - first)
                };
                best_closed_set(parent, |_| true, worth, taken)
            })
            .collect();
        best.value = values.iter().sum();
        best
    }
}

/// The decisions, parents first, with the decisions of each tree together.
fn tree_by_tree(program: &SelectionProgram) -> Vec<DecisionId> {
    let mut order = program.parents_first();
    let mut root = vec![NONE; order.len()];
    for &v in &order {
        root[v.index()] = program.parent(v).map_or(v.0, |parent| root[parent.index()]);
    }
    order.sort_by_key(|v| root[v.index()]); // stable, so parents stay before their children
    order
}
