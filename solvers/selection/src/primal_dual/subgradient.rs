//! The subgradient method of Nan, Wang and Saligrama (NIPS 2016, pp. 2334-2342), as the authors' program does it.
//!
//! The rows `x_v <= y_r` are dualised with multipliers beta_vr >= 0. The bound L(beta) stated in [`super`] is convex in
//! beta, and y - x is a subgradient of it, for any x and y that attain its maxima. So the method steps along g = x - y.
//!
//! | here | paper | meaning |
//! |---|---|---|
//! | v uses r | u_{t,k,i} | a pair: the node of tree t that uses the resource r = (k, i) |
//! | x_v | w_{k,i}^(t) | whether the tree of the pair uses the resource |
//! | y_r | w_{k,i} | whether the resource is paid |
//! | beta_vr | beta_{k,i}^(t) | multiplier of `x_v <= y_r` |
//! | lambda c_r | lambda c_k / N | price of a resource |
//! | eta, m | the same | size of a step; m = 500 |
//!
//! One iteration:
//!
//! ```text
//! x     the best closed set of every tree at prices sum_r beta_vr                     (dynamic programme per tree)
//! y_r   1 if sum_v beta_vr > lambda c_r, else 0                                       (closed form per resource)
//! best  the largest objective so far of a selection x with all resources that it uses
//! g     x_v - y_r on every pair
//! eta   (1 + m) (best bound - best objective) / (||g||^2 (k + m))                     (iteration k, from 0)
//! beta  max(0, beta + eta g)
//! ```
//!
//! The paper minimises a loss; here a gain is maximised, so its best primal is our best objective and its dual value is
//! our bound with the sign changed. Multipliers here are whole units, so eta is rounded, to one unit at least; and no
//! multiplier exceeds the price of its resource. Any multipliers >= 0 give a valid bound, so neither changes what is
//! proven.

use secateur_program::Control;

use super::grid::Grid;
use super::options::PrimalDualOptions;
use super::run::{End, Run};
use super::shard::{Change, Reply, Shard};

/// The authors' m: it keeps the factor (1 + m) / (k + m) of the step near one for the first iterations.
const M: f64 = 500.0;

/// Iterates from the multipliers that the shards hold, until one of the ends of [`Run::end`].
pub(super) fn subgradient(run: &mut Run<'_>, options: &PrimalDualOptions, control: &Control) -> End {
    let mut k = 0;
    loop {
        if let Err(stop) = run.begin(k, options, control) {
            return End::stopped(stop);
        }
        // x, known from the bound at these beta; then y and ||g||^2, and the cost of x.
        run.propose(None);
        let reply = run.exchange(Change::Nothing);
        run.update_incumbent(&reply);
        if let Some(end) = run.end(k, options, control) {
            return end;
        }
        // beta <- max(0, beta + eta g), and the bound L(beta), which needs the next x.
        let eta = step_size(run.gap_in_units(), reply.mismatches, k);
        let reply = run.exchange(Change::Step(eta));
        run.update_bound(&reply);
        run.record();
        k += 1;
    }
}

/// eta, in whole units.
fn step_size(gap: f64, squared_norm: u64, k: u32) -> f64 {
    let eta = (1.0 + M) * gap / (squared_norm.max(1) as f64 * (f64::from(k) + M));
    eta.round().max(1.0)
}

impl Shard {
    /// The step for one resource: finds y_r, counts the pairs with x_v != y_r, and changes their multipliers by eta.
    pub(super) fn step(&mut self, grid: &Grid, row: usize, eta: f64, marks: &[u8], reply: &mut Reply) {
        let pairs = self.users.range(row);
        let inflow = pairs.clone().map(|pair| self.multiplier(grid, row, pair) as i64).sum();
        let paid = grid.wide(inflow) > self.due(grid, row);
        let most = (grid.level() * self.costs[row] as f64).ceil();
        for pair in pairs {
            let taken = marks[self.users.entries()[pair] as usize] & 1 == 1;
            if taken != paid {
                reply.mismatches += 1;
                if eta > 0.0 {
                    let moved = f64::from(self.state[pair]) + if taken { eta } else { -eta };
                    self.state[pair] = grid.store(moved.min(most));
                }
            }
        }
    }
}
