//! The side of the decisions: trees of decisions, and the best closed set at given prices.
//!
//! Given what each decision pays for its resources, trees no longer meet, and each is solved alone by one pass towards its
//! root: `worth(v) = g_v - price_v + sum over children of max(0, worth)`. The positive worths, sent to the parents, complete the
//! multipliers to a flow. O(D) per pass, parallel over groups of trees.

use rayon::prelude::*;
use secateur_program::{DecisionId, SelectionProgram};

use super::grid::Grid;
use crate::extremes::best_subforest;

pub(crate) const NONE: u32 = u32::MAX;

/// Trees are dealt to tasks in groups of about this many decisions.
const GROUP: usize = 8192;

/// Decisions as nodes: tree by tree, parents before children.
pub(crate) struct Nodes {
    /// The decision behind each node.
    pub(crate) decision: Vec<DecisionId>,
    /// Parent node.
    pub(crate) parent: Vec<u32>,
    pub(crate) gain: Vec<i64>,
    /// Selected at lambda = 0, but not at every lambda: only these have multipliers and levels.
    pub(crate) active: Vec<bool>,
    /// Selected at every lambda.
    pub(crate) always: Vec<bool>,
    /// Groups of whole trees are `groups[i]..groups[i + 1]`.
    pub(crate) groups: Vec<usize>,
}

/// The best closed set of decisions at given prices.
pub(crate) struct Best {
    /// What it is worth, in units of `1/den` gains.
    pub(crate) value: i128,
    /// Gain minus price, plus what the children send, per node; a node with parent sends what is positive.
    pub(crate) worth: Vec<i128>,
    pub(crate) taken: Vec<bool>,
}

impl Nodes {
    pub(crate) fn new(program: &SelectionProgram) -> Self {
        let mut order = program.parents_first();
        let at_zero = best_subforest(program, &order, |v| program.gain(v).into(), |_| true).selected;
        let free = |v| program.uses(v).all(|r| program.cost(r) == 0);
        let always = best_subforest(program, &order, |v| program.gain(v).into(), free).selected;
        let mut root = vec![NONE; order.len()];
        for &v in &order {
            root[v.index()] = program.parent(v).map_or(v.0, |parent| root[parent.index()]);
        }
        order.sort_by_key(|v| root[v.index()]); // stable: parents stay before their children
        let mut node = vec![NONE; order.len()];
        for (position, v) in order.iter().enumerate() {
            node[v.index()] = position as u32;
        }
        let mut groups = vec![0];
        for (position, &v) in order.iter().enumerate() {
            let begun = groups.last().copied().unwrap_or(0);
            if program.parent(v).is_none() && position - begun >= GROUP {
                groups.push(position);
            }
        }
        groups.push(order.len());
        let parent = |v: &DecisionId| program.parent(*v).map_or(NONE, |parent| node[parent.index()]);
        Self {
            parent: order.iter().map(parent).collect(),
            gain: order.iter().map(|&v| program.gain(v)).collect(),
            active: order.iter().map(|v| at_zero[v.index()] && !always[v.index()]).collect(),
            always: order.iter().map(|v| always[v.index()]).collect(),
            decision: order,
            groups,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.decision.len()
    }

    /// The parts of an array of one entry per node, by group.
    pub(crate) fn split<'a, T>(&self, mut array: &'a mut [T]) -> Vec<&'a mut [T]> {
        let mut parts = Vec::with_capacity(self.groups.len() - 1);
        for group in self.groups.windows(2) {
            let (part, rest) = array.split_at_mut(group[1] - group[0]);
            parts.push(part);
            array = rest;
        }
        parts
    }

    /// The best closed set when each node pays `prices` (in units).
    pub(crate) fn best(&self, grid: &Grid, prices: &[i64]) -> Best {
        let mut best = Best { value: 0, worth: vec![0; self.len()], taken: vec![false; self.len()] };
        let parts = self.split(&mut best.worth).into_par_iter().zip(self.split(&mut best.taken));
        let values: Vec<i128> = parts
            .zip(&self.groups[..self.groups.len() - 1])
            .map(|((worth, taken), &first)| {
                let mut value = 0;
                for local in (0..worth.len()).rev() {
                    let v = first + local;
                    worth[local] += i128::from(self.gain[v]) * i128::from(grid.den) - grid.wide(prices[v]);
                    let sent = worth[local].max(0);
                    match self.parent[v] {
                        NONE => value += sent,
                        parent => worth[parent as usize - first] += sent,
                    }
                }
                for local in 0..worth.len() {
                    let parent = self.parent[first + local];
                    taken[local] = worth[local] > 0 && (parent == NONE || taken[parent as usize - first]);
                }
                value
            })
            .collect();
        best.value = values.iter().sum();
        best
    }

    /// The marks of nodes by decision.
    pub(crate) fn by_decision(&self, marks: impl Iterator<Item = bool>) -> Vec<bool> {
        let mut decisions = vec![false; self.len()];
        for (v, mark) in self.decision.iter().zip(marks) {
            decisions[v.index()] = mark;
        }
        decisions
    }
}
