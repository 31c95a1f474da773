//! A block: the decisions and resources whose thresholds lie between two known price levels.
//!
//! Everything of higher threshold is already bought, everything of lower threshold already dropped, so a block is a
//! program of its own on the pairs between its members (contraction). Solving it at the one price level at which
//! taking all of it or nothing of it are equally good either splits it in two or shows that it is one class.

use secateur_program::{Control, Multiplier, Stop};

use crate::amount::{Amount, fits_64_bits};
use crate::greedy::greedy_basis;
use crate::pairs::Pairs;
use crate::pseudoflow::{Basis, Pseudoflow, TreePair};

/// Nodes `0..decisions.len()` are decisions, parents before children; the resources follow.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Ids of the decisions in the reduced program.
    pub(crate) decisions: Vec<u32>,
    /// Ids of the resources in the reduced program.
    pub(crate) resources: Vec<u32>,
    /// Gains of the decisions, then costs of the resources negated.
    pub(crate) supply: Vec<i64>,
    /// From each decision to its resources and then to its parent, in node numbers.
    pub(crate) pairs: Pairs,
    /// Trees of the solve that made this block.
    pub(crate) basis: Option<Basis>,
    /// All thresholds in the block are at least this...
    pub(crate) low: Multiplier,
    /// ... and at most this.
    pub(crate) high: Multiplier,
}

/// The smallest maximum closure of a block at one price level.
pub(crate) struct Closure {
    /// Whether each node is in it; `None` if it is empty. Means nothing after a stop.
    pub(crate) strong: Option<Vec<bool>>,
    /// The pairs that carry flow, in units of `1/den` of the price level.
    pub(crate) flows: Vec<TreePair>,
    /// Why the work ended early, if it did.
    pub(crate) stop: Option<Stop>,
    /// The trees of the solve.
    pub(crate) basis: Basis,
    /// Nodes and pairs looked at.
    pub(crate) steps: u64,
}

/// What solving a block gave.
pub(crate) enum Outcome {
    /// One class, with the flow that proves it, in units of `1/den` of its threshold.
    Class(Multiplier, Vec<TreePair>),
    /// Two blocks: the part of higher threshold, and the rest.
    Split(Box<[Block; 2]>),
}

impl Block {
    /// Sums of the gains (of their absolute values, too) and of the costs.
    fn sums(&self) -> (i64, i64, i64) {
        let (gains, costs) = self.supply.split_at(self.decisions.len());
        (gains.iter().sum(), gains.iter().map(|gain| gain.abs()).sum(), -costs.iter().sum::<i64>())
    }

    /// What all of it costs.
    pub(crate) fn cost(&self) -> i64 {
        self.sums().2
    }

    /// The price level at which taking the whole block is worth nothing: gain / cost.
    pub(crate) fn balance(&self) -> Multiplier {
        let (gain, _, cost) = self.sums();
        Multiplier::new(gain, cost).expect("a block between two price levels gains and costs more than nothing")
    }

    /// Bound on what the block's optimum may exceed zero by at any lambda within its limits, in gain units, rounded up: what the
    /// whole block is worth at `low`, for its optimal value does not grow with lambda and nothing better is left out at `low`.
    pub(crate) fn gap(&self) -> f64 {
        let (gain, _, cost) = self.sums();
        let worth = i128::scaled(self.low.den(), gain) - i128::scaled(self.low.num(), cost);
        (worth.max(0) as f64 / self.low.den() as f64) * (1.0 + 4.0 * f64::EPSILON)
    }

    /// Maximum closure of the block at `lambda`.
    pub(crate) fn closure_at(&self, lambda: Multiplier, control: &Control) -> Closure {
        let (_, gains, costs) = self.sums();
        if fits_64_bits(lambda.num(), lambda.den(), gains, costs) {
            self.closure_in::<i64>(lambda, control)
        } else {
            self.closure_in::<i128>(lambda, control)
        }
    }

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

    /// Solves the block at its balance. Also gives how many nodes and pairs were looked at.
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

    fn part(&self, strong: &[bool], side: bool, basis: &Basis, low: Multiplier, high: Multiplier) -> Block {
        let n = self.decisions.len();
        let mut renamed = vec![u32::MAX; strong.len()];
        let mut members = 0u32;
        for (node, name) in renamed.iter_mut().enumerate() {
            if strong[node] == side {
                *name = members;
                members += 1;
            }
        }
        let inside = |node: &usize| strong[*node] == side;
        let mut pairs = Pairs { start: vec![0], head: Vec::new() };
        for tail in (0..n).filter(inside) {
            pairs.head.extend(
                self.pairs.of(tail).iter().map(|&head| renamed[head as usize]).filter(|&head| head != u32::MAX),
            );
            pairs.start.push(pairs.head.len() as u32);
        }
        let rename = |parent: u32| if parent == u32::MAX { parent } else { renamed[parent as usize] };
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
