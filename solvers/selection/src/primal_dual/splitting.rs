//! Douglas and Rachford's splitting of the quadratic program whose solution is the whole path, after Jegelka, Bach and
//! Sra, "Reflection methods for user-friendly submodular optimization" (NIPS 2013).
//!
//! The thresholds of a program are the optimal levels l of
//!
//! ```text
//! max  sum_v g_v l_v  -  sum_r c_r / 2 (max over the users v of r of l_v)^2     s.t.  l_v <= l_parent
//! ```
//!
//! The first sum with its rows falls apart into trees, the second into resources. Every pair (v, r) gets a copy of the
//! level of v, and a state s_vr: a level plus a scaled multiplier. A resource with d users has the weight w_r =
//! `WEIGHT` c_r / d on each of its pairs. One iteration:
//!
//! ```text
//! s_vr    s_vr + rho (l_v - min(s_vr, m_r))                                        (rho = RELAXATION)
//! m_r     the root of  sum_v w_r max(0, s_vr - m_r) = c_r m_r                      (water-filling)
//! beta_vr w_r max(0, s_vr - m_r), in units of the grid                             (multipliers: a flow, a bound)
//! t_v     g_v + sum_r w_r (min(s_vr, m_r) - max(0, s_vr - m_r))
//! l       the levels nearest to t_v / sum_r w_r with  l_v <= l_parent              (isotonic regression)
//! ```
//!
//! m_r is the level of resource r. At one lambda only the side on which levels lie matters, so they are clipped to a
//! window about lambda, and the work of the method goes where it counts.

use std::ops::Range;

use secateur_program::Control;

use super::grid::Grid;
use super::levels::fit_levels;
use super::nodes::Nodes;
use super::options::PrimalDualOptions;
use super::run::{End, Run};
use super::shard::{Change, Reply, Shard, Shards};

/// A resource with d users and cost c weighs `WEIGHT * c / d` on each pair. Measured: 1 is as good at small lambdas and
/// slower at large ones, 10 the reverse.
const WEIGHT: f64 = 3.0;

/// Over-relaxation, between 0 and 2.
const RELAXATION: f64 = 1.6;

/// Weight that draws a level to its last value, as a fraction of the mean weight of a node. It defines the levels of
/// decisions that use nothing themselves.
const INERTIA: f64 = 1e-3;

/// Iterates from the states that the shards hold, until one of the ends of [`Run::end`].
pub(super) fn splitting(run: &mut Run<'_>, levels: &mut Levels, options: &PrimalDualOptions, control: &Control) -> End {
    let mut k = 0;
    loop {
        if let Err(stop) = run.begin(k, options, control) {
            return End::stopped(stop);
        }
        // Candidates: the best closed set at beta, and what lies above lambda. Between the first and the last iteration
        // their costs come with the exchange below.
        run.propose(Some(levels.levels()));
        if k == 0 || k == options.max_iterations {
            let reply = run.exchange(Change::Nothing);
            run.update_incumbent(&reply);
        }
        if let Some(end) = run.end(k, options, control) {
            return end;
        }
        // Resources: s, m and beta; the bound L(beta).
        let reply = run.exchange(Change::Levels(levels.levels()));
        run.update_incumbent(&reply);
        run.update_bound(&reply);
        // Trees: l.
        levels.fit(run.nodes, &run.grid, &reply);
        run.record();
        k += 1;
    }
}

/// The levels l, in units per cost, one per node. Those of active nodes never rise from parent to child.
pub(super) struct Levels {
    /// Sum of w_r over the pairs of each node, and the inertia.
    weights: Vec<f64>,
    inertia: f64,
    levels: Vec<f64>,
    /// Levels are clipped to this.
    window: Range<f64>,
}

impl Levels {
    /// All levels at `start`.
    pub(super) fn new(nodes: &Nodes, shards: &Shards, start: f64, window: Range<f64>) -> Self {
        let mut weights = shards.weights();
        let inertia = weights.iter().sum::<f64>() / weights.len().max(1) as f64 * INERTIA;
        weights.iter_mut().for_each(|weight| *weight += inertia);
        Self { weights, inertia, levels: vec![start; nodes.len()], window }
    }

    /// Goes on in other units, of which one old unit is `factor`, within another window.
    pub(super) fn restate(&mut self, factor: f64, window: Range<f64>) {
        self.levels.iter_mut().for_each(|level| *level = (*level * factor).clamp(window.start, window.end));
        self.window = window;
    }

    pub(super) fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// The levels for the sums that the resources' side has sent: isotonic regression.
    pub(super) fn fit(&mut self, nodes: &Nodes, grid: &Grid, reply: &Reply) {
        let target =
            |v: usize| grid.gain(nodes.gain[v]) + reply.targets[v] as f64 / grid.fine + self.inertia * self.levels[v];
        let targets: Vec<f64> = (0..nodes.len()).map(target).collect();
        fit_levels(nodes, &self.weights, &targets, &mut self.levels);
        self.levels.iter_mut().for_each(|level| *level = level.clamp(self.window.start, self.window.end));
    }
}

impl Shard {
    /// w_r.
    pub(super) fn weight(&self, row: usize) -> f64 {
        WEIGHT * self.costs[row] as f64 / self.users.row(row).len() as f64
    }

    /// The iteration for one resource: its states, its level, and its part of the targets.
    pub(super) fn split(&mut self, grid: &Grid, row: usize, levels: &[f64], reply: &mut Reply) {
        let (cost, weight, mut top) = (self.costs[row] as f64, self.weight(row), self.levels[row]);
        let (users, states) = (self.users.row(row), &mut self.state[self.users.range(row)]);
        for (&user, state) in users.iter().zip(&mut *states) {
            let old = f64::from(*state);
            *state = (old + RELAXATION * (levels[user as usize] - old.min(top))) as f32;
        }
        // Newton's method on a convex decreasing function. After the first step it rises to the root, which it meets
        // after at most as many steps as there are users.
        for first in std::iter::once(true).chain(std::iter::repeat(false)) {
            let (mut sum, mut count) = (0.0, 0.0);
            for state in states.iter().map(|&state| f64::from(state)).filter(|&state| state > top) {
                sum += state;
                count += 1.0;
            }
            let next = weight * sum / (cost + weight * count);
            if next == top || (next < top && !first) {
                break;
            }
            top = next;
        }
        self.levels[row] = top;
        for (&user, &state) in users.iter().zip(&*states) {
            let state = f64::from(state);
            reply.targets[user as usize] += grid.target(weight * (state.min(top) - (state - top).max(0.0)));
        }
    }
}
