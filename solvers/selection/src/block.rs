//! A block: the open decisions and resources whose thresholds lie in one interval of lambda.
//!
//! What has a higher threshold is already selected and paid, what has a lower one already dropped. The pairs between
//! the members of a block are therefore a selection program of their own: this is contraction. [`crate::parametric`]
//! says what a block is exactly, and proves that solving it at its balance splits it or shows that it is the class of
//! one breakpoint.

use secateur_program::{CompressedRows, Control, Multiplier, Stop};

use crate::amount::{Amount, fits_64_bits};
use crate::forest::NONE;
use crate::greedy::greedy_basis;
use crate::pseudoflow::{Basis, Pseudoflow, TreePair};

/// Nodes `0..decisions.len()` are decisions, parents before children. The resources follow.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Ids of the decisions in the reduced program.
    pub(crate) decisions: Vec<u32>,
    /// Ids of the resources in the reduced program.
    pub(crate) resources: Vec<u32>,
    /// Gains of the decisions, then costs of the resources negated.
    pub(crate) supply: Vec<i64>,
    /// From each decision to its resources and then to its parent, as nodes.
    pub(crate) pairs: CompressedRows,
    /// The trees of the cut that made this block.
    pub(crate) basis: Option<Basis>,
    /// All thresholds in the block are above this...
    pub(crate) low: Multiplier,
    /// ... and at most this.
    pub(crate) high: Multiplier,
}

/// The smallest maximum closure of a block at one lambda.
pub(crate) struct Closure {
    /// Whether each node is in it; `None` if it is empty. Means nothing after a stop.
    pub(crate) strong: Option<Vec<bool>>,
    /// The pairs that carry flow, in units of `1/den` of lambda.
    pub(crate) flows: Vec<TreePair>,
    /// Why the work ended early, if it did.
    pub(crate) stop: Option<Stop>,
    /// The trees at the end.
    pub(crate) basis: Basis,
    /// Nodes and pairs looked at.
    pub(crate) steps: u64,
}

/// What solving a block gave.
pub(crate) enum Outcome {
    /// The block is the class of one breakpoint. The flow proves it, in units of `1/den` of that threshold.
    Class(Multiplier, Vec<TreePair>),
    /// Two blocks: the part of higher thresholds, and the rest.
    Split(Box<[Block; 2]>),
}

/// Sums over a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    pub(crate) gain: i64,
    /// Sum of the absolute gains.
    pub(crate) absolute_gain: i64,
    pub(crate) cost: i64,
}

impl Block {
    /// What the members gain and cost together.
    pub(crate) fn sums(&self) -> Sums {
        let (gains, costs) = self.supply.split_at(self.decisions.len());
        Sums {
            gain: gains.iter().sum(),
            absolute_gain: gains.iter().map(|gain| gain.abs()).sum(),
            cost: -costs.iter().sum::<i64>(),
        }
    }

    /// The lambda at which the whole block is worth nothing: gain / cost.
    pub(crate) fn balance(&self) -> Multiplier {
        let Sums { gain, cost, .. } = self.sums();
        Multiplier::new(gain, cost).expect("a block gains and costs more than nothing")
    }

    /// The most that the block's optimum can be worth at any lambda from `low` on, in gain units, rounded up. The
    /// optimum falls as lambda grows, and at `low` it is the whole block.
    pub(crate) fn gap(&self) -> f64 {
        let Sums { gain, cost, .. } = self.sums();
        let worth = i128::scaled(self.low.den(), gain) - i128::scaled(self.low.num(), cost);
        (worth.max(0) as f64 / self.low.den() as f64) * (1.0 + 4.0 * f64::EPSILON)
    }

    /// The smallest maximum closure of the block at `lambda`.
    pub(crate) fn closure_at(&self, lambda: Multiplier, control: &Control) -> Closure {
        let Sums { absolute_gain, cost, .. } = self.sums();
        if fits_64_bits(lambda.num(), lambda.den(), absolute_gain, cost) {
            self.closure_in::<i64>(lambda, control)
        } else {
            self.closure_in::<i128>(lambda, control)
        }
    }

    /// The same in integers of one width.
    fn closure_in<A: Amount>(&self, lambda: Multiplier, control: &Control) -> Closure {
        let n = self.decisions.len();
        let factor = |node: usize| if node < n { lambda.den() } else { lambda.num() };
        let scaled = |(node, &value)| A::scaled(factor(node), value);
        let supply: Vec<A> = self.supply.iter().enumerate().map(scaled).collect();
        let mut pseudoflow = match &self.basis {
            Some(basis) => Pseudoflow::new(&self.pairs, supply, basis),
            None => {
                let basis = greedy_basis(&self.pairs, &supply);
                Pseudoflow::new(&self.pairs, supply, &basis)
            }
        };
        let stop = pseudoflow.solve(control).err();
        let strong = pseudoflow.strong_nodes();
        let flows = pseudoflow.flows().collect();
        let steps = pseudoflow.steps();
        Closure { strong, flows, stop, basis: pseudoflow.into_basis(), steps }
    }

    /// Solves the block at its balance. Also returns how many nodes and pairs were looked at.
    pub(crate) fn solve(&mut self, control: &Control) -> Result<(Outcome, u64), Stop> {
        let balance = self.balance();
        let Closure { strong, flows, stop, basis, steps } = self.closure_at(balance, control);
        if let Some(stop) = stop {
            return Err(stop);
        }
        let outcome = match strong {
            None => Outcome::Class(balance, flows),
            Some(strong) => Outcome::Split(Box::new([
                self.part(&strong, true, &basis, balance, self.high),
                self.part(&strong, false, &basis, self.low, balance),
            ])),
        };
        Ok((outcome, steps))
    }

    /// The block of the nodes on one side of the cut, with their pairs and trees. No tree and no flow crosses the cut.
    fn part(&self, strong: &[bool], side: bool, basis: &Basis, low: Multiplier, high: Multiplier) -> Block {
        let n = self.decisions.len();
        let mut renamed = vec![NONE; strong.len()];
        let mut members = 0u32;
        for (node, name) in renamed.iter_mut().enumerate() {
            if strong[node] == side {
                *name = members;
                members += 1;
            }
        }
        let inside = |node: &usize| strong[*node] == side;
        let mut pairs = CompressedRows::new();
        for tail in (0..n).filter(inside) {
            pairs.push(self.pairs.row(tail).iter().map(|&head| renamed[head as usize]).filter(|&head| head != NONE));
        }
        let rename = |parent: u32| if parent == NONE { NONE } else { renamed[parent as usize] };
        Block {
            decisions: (0..n).filter(inside).map(|node| self.decisions[node]).collect(),
            resources: (n..strong.len()).filter(inside).map(|node| self.resources[node - n]).collect(),
            supply: (0..strong.len()).filter(inside).map(|node| self.supply[node]).collect(),
            pairs,
            basis: Some(Basis {
                parent: (0..strong.len()).filter(inside).map(|node| rename(basis.parent[node])).collect(),
                up: (0..strong.len()).filter(inside).map(|node| basis.up[node]).collect(),
            }),
            low,
            high,
        }
    }
}
