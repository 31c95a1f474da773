//! The decisions' half of a pass of the splitting method: from the resources' sums to new levels.

use std::ops::Range;

use super::grid::Grid;
use super::levels::fit_levels;
use super::nodes::Nodes;
use super::shard::{Reply, Shards};

/// Weight of staying in place, as a share of the mean weight of a node: what moves decisions that use nothing themselves.
const INERTIA: f64 = 1e-3;

/// Levels in units per cost, one per node; those of active nodes never rise from parent to child.
pub(super) struct Splitting {
    weights: Vec<f64>,
    inertia: f64,
    levels: Vec<f64>,
    /// Levels are clipped to this.
    range: Range<f64>,
}

impl Splitting {
    /// All levels at `start`.
    pub(super) fn new(nodes: &Nodes, shards: &Shards, start: f64, range: Range<f64>) -> Self {
        let mut weights = shards.weights();
        let inertia = weights.iter().sum::<f64>() / weights.len().max(1) as f64 * INERTIA;
        weights.iter_mut().for_each(|weight| *weight += inertia);
        Self { weights, inertia, levels: vec![start; nodes.len()], range }
    }

    /// Goes on in other units, one of the old being `factor` of the new, within another range.
    pub(super) fn restate(&mut self, factor: f64, range: Range<f64>) {
        self.levels.iter_mut().for_each(|level| *level = (*level * factor).clamp(range.start, range.end));
        self.range = range;
    }

    pub(super) fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// The levels that are best for the resources' reply.
    pub(super) fn fit(&mut self, nodes: &Nodes, grid: &Grid, reply: &Reply) {
        let target =
            |v: usize| grid.gain(nodes.gain[v]) + reply.targets[v] as f64 / grid.fine + self.inertia * self.levels[v];
        let targets: Vec<f64> = (0..nodes.len()).map(target).collect();
        fit_levels(nodes, &self.weights, &targets, &mut self.levels);
        self.levels.iter_mut().for_each(|level| *level = level.clamp(self.range.start, self.range.end));
    }
}
