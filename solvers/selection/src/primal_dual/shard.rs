//! The resources' side of the decomposition: pairs and their multipliers, in shards.
//!
//! A shard owns a range of resources with their pairs and multipliers, and nothing else. It talks to the trees' side
//! through one method, [`Shard::exchange`]. A [`Message`] of one number and some marks per node goes in, and a
//! [`Reply`] of sums comes out. Replies are added up in integers, so any number of shards, in any order, gives the same
//! bytes. Shards here live in one process and run in parallel. A shard in another process would need the message
//! broadcast and the replies summed, and nothing more.
//!
//! Memory per pair: 4 bytes for the user, 4 for the state (a multiplier, or in the splitting method a level plus a
//! scaled multiplier), 4 for the multiplier of the best bound so far.

mod shards;

use secateur_program::CompressedRows;

use super::grid::Grid;
use super::options::Method;
pub(crate) use shards::Shards;

/// One message can carry so many candidates for the best selection, a bit each.
pub(crate) const CANDIDATES: usize = 8;

/// Bytes per pair that a shard holds.
pub(crate) const BYTES_PER_PAIR: usize = 12;

/// No state is larger when the unit changes. It is far above all that multipliers can be, and a single-precision
/// number.
const LARGEST: f64 = 1e30;

/// What the trees' side says.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    /// Per node, the candidates that contain it. Bit 0 is the best closed set at the present multipliers.
    pub(crate) marks: &'a [u8],
    /// What to do with the multipliers.
    pub(crate) change: Change<'a>,
}

/// How multipliers are to change.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    /// Not at all.
    Nothing,
    /// One subgradient step of this size, see [`super::subgradient`].
    Step(f64),
    /// One step of the splitting method for these levels per node, in units per cost, see [`super::splitting`].
    Levels(&'a [f64]),
}

/// What the resources' side answers, summed over shards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    /// Sum of the new multipliers of each node, in units.
    pub(crate) prices: Vec<i64>,
    /// Splitting: sum over each node's pairs of weight times (level copy - multiplier), see [`Grid::target`].
    pub(crate) targets: Vec<i64>,
    /// Sum over resources of `max(0, inflow - lambda c_r)` for the new multipliers, in units of `1/den` gains.
    pub(crate) surplus: i128,
    /// Cost of each candidate.
    pub(crate) costs: [i64; CANDIDATES],
    /// Pairs with x_v != y_r before the change: the squared norm of the subgradient.
    pub(crate) mismatches: u64,
}

impl Reply {
    fn zero(nodes: usize, change: Change<'_>) -> Self {
        let targets = vec![0; if matches!(change, Change::Levels(_)) { nodes } else { 0 }];
        Self { prices: vec![0; nodes], targets, surplus: 0, costs: [0; CANDIDATES], mismatches: 0 }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [i64], from: &[i64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.prices, &other.prices);
        add(&mut self.targets, &other.targets);
        add(&mut self.costs, &other.costs);
        self.surplus += other.surplus;
        self.mismatches += other.mismatches;
    }
}

/// A range of resources, their pairs, and the multipliers on them.
#[derive(Clone)]
pub(crate) struct Shard {
    pub(super) costs: Vec<i64>,
    /// The nodes that use each resource. A pair is a position among its entries.
    pub(super) users: CompressedRows,
    /// Per pair: the multiplier, or in the splitting method level plus scaled multiplier.
    pub(super) state: Vec<f32>,
    /// Splitting: the level of each resource.
    pub(super) levels: Vec<f64>,
    method: Method,
    /// Per pair, the multiplier of the best bound so far.
    best: Vec<f32>,
}

impl Shard {
    fn new(costs: Vec<i64>, users: CompressedRows, method: Method) -> Self {
        let (resources, pairs) = (costs.len(), users.n_entries());
        Self { costs, users, state: vec![0.0; pairs], levels: vec![0.0; resources], method, best: vec![0.0; pairs] }
    }

    /// The multiplier of a pair, a whole number of units.
    pub(super) fn multiplier(&self, grid: &Grid, row: usize, pair: usize) -> f32 {
        match self.method {
            Method::Subgradient => self.state[pair],
            Method::Splitting => grid.store(self.weight(row) * (f64::from(self.state[pair]) - self.levels[row])),
        }
    }

    /// lambda c_r, in units of `1/den` gains.
    pub(super) fn due(&self, grid: &Grid, row: usize) -> i128 {
        i128::from(grid.num) * i128::from(self.costs[row])
    }

    /// One exchange: sums up what the candidates in the message cost, changes the multipliers as the message says, and
    /// sums up the new ones. O(pairs).
    pub(crate) fn exchange(&mut self, grid: &Grid, message: Message<'_>) -> Reply {
        let mut reply = Reply::zero(message.marks.len(), message.change);
        for row in 0..self.costs.len() {
            let pairs = self.users.range(row);
            if pairs.is_empty() {
                continue;
            }
            let marks = self.users.row(row).iter().fold(0, |marks, &user| marks | message.marks[user as usize]);
            for (candidate, cost) in reply.costs.iter_mut().enumerate() {
                *cost += if marks >> candidate & 1 == 1 { self.costs[row] } else { 0 };
            }
            match message.change {
                Change::Nothing => self.step(grid, row, 0.0, message.marks, &mut reply),
                Change::Step(eta) => self.step(grid, row, eta, message.marks, &mut reply),
                Change::Levels(levels) => self.split(grid, row, levels, &mut reply),
            }
            let mut inflow = 0;
            for pair in pairs {
                let units = self.multiplier(grid, row, pair) as i64;
                inflow += units;
                reply.prices[self.users.entries()[pair] as usize] += units;
            }
            reply.surplus += (grid.wide(inflow) - self.due(grid, row)).max(0);
        }
        reply
    }

    /// States everything in the units of another grid, of which one old unit is `factor`, and forgets the best bound.
    fn restate(&mut self, grid: &Grid, factor: f64) {
        for state in &mut self.state {
            let turned = (f64::from(*state) * factor).clamp(-LARGEST, LARGEST);
            *state = match self.method {
                Method::Subgradient => grid.store(turned),
                Method::Splitting => turned as f32,
            };
        }
        self.levels.iter_mut().for_each(|level| *level = (*level * factor).min(LARGEST));
        self.best.fill(0.0);
    }

    /// Keeps the present multipliers as those of the best bound.
    fn keep(&mut self, grid: &Grid) {
        for row in 0..self.costs.len() {
            for pair in self.users.range(row) {
                self.best[pair] = self.multiplier(grid, row, pair);
            }
        }
    }
}
