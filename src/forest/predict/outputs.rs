//! What trees add to the forest's prediction.

use crate::forest::model::{Aggregation, Forest, Task};

/// One tree's whole vote in fixed point.
pub(crate) const ONE: i64 = 1 << 40;

/// What each node of a forest contributes when a tree ends there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outputs {
    /// Class shares in fixed point, row-major `(n_nodes, n_classes)`; each row sums to [`ONE`] up to rounding.
    Shares {
        /// Number of classes.
        classes: usize,
        /// The shares.
        shares: Vec<i64>,
    },
    /// Means, one per node.
    Values(Vec<f64>),
}

impl Outputs {
    /// The contributions of the given nodes of a forest, in that order.
    pub(super) fn of(forest: &Forest, nodes: impl Iterator<Item = usize>) -> Self {
        match forest.task() {
            Task::Classification { classes } => {
                let mut shares = Vec::new();
                for node in nodes {
                    push_shares(forest, node, &mut shares);
                }
                Outputs::Shares { classes: classes.len(), shares }
            }
            Task::Regression => Outputs::Values(nodes.map(|node| forest.value(node)[0]).collect()),
        }
    }

    /// Contributions of all nodes of a forest, by node.
    pub(crate) fn of_forest(forest: &Forest) -> Self {
        Self::of(forest, 0..forest.n_nodes())
    }

    /// An empty sum.
    pub(crate) fn sum(&self) -> Sum {
        match self {
            Outputs::Shares { classes, .. } => Sum::Shares(vec![0; *classes]),
            Outputs::Values(_) => Sum::Value { sum: 0.0, trees: 0 },
        }
    }
}

fn push_shares(forest: &Forest, node: usize, shares: &mut Vec<i64>) {
    let counts = forest.value(node);
    match forest.aggregation() {
        Aggregation::Vote => {
            let majority = forest.majority(node);
            shares.extend((0..counts.len()).map(|class| if class == majority { ONE } else { 0 }));
        }
        Aggregation::Mean => {
            let total: f64 = counts.iter().sum();
            shares.extend(counts.iter().map(|count| (count / total * ONE as f64).round() as i64));
        }
    }
}

/// A sum of tree contributions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sum {
    Shares(Vec<i64>),
    Value { sum: f64, trees: usize },
}

impl Sum {
    pub(crate) fn clear(&mut self) {
        match self {
            Sum::Shares(shares) => shares.fill(0),
            Sum::Value { sum, trees } => (*sum, *trees) = (0.0, 0),
        }
    }

    /// Adds what row `index` of `outputs` contributes.
    #[inline]
    pub(crate) fn add(&mut self, outputs: &Outputs, index: usize) {
        match (self, outputs) {
            (Sum::Shares(sum), Outputs::Shares { classes, shares }) => {
                let row = &shares[index * classes..(index + 1) * classes];
                sum.iter_mut().zip(row).for_each(|(sum, share)| *sum += share);
            }
            (Sum::Value { sum, trees }, Outputs::Values(values)) => {
                *sum += values[index];
                *trees += 1;
            }
            _ => unreachable!("a sum is made for its outputs"),
        }
    }

    /// Replaces one tree's contribution by another of the same tree.
    pub(crate) fn replace(&mut self, outputs: &Outputs, old: usize, new: usize) {
        match (self, outputs) {
            (Sum::Shares(sum), Outputs::Shares { classes, shares }) => {
                let (old, new) = (&shares[old * classes..], &shares[new * classes..]);
                sum.iter_mut().zip(old.iter().zip(new)).for_each(|(sum, (old, new))| *sum += new - old);
            }
            (Sum::Value { sum, .. }, Outputs::Values(values)) => *sum += values[new] - values[old],
            _ => unreachable!("a sum is made for its outputs"),
        }
    }

    /// The most voted class; ties go to the lowest index. 0 for regression.
    pub(crate) fn class(&self) -> usize {
        match self {
            Sum::Shares(shares) => {
                let mut best = 0;
                for class in 1..shares.len() {
                    if shares[class] > shares[best] {
                        best = class;
                    }
                }
                best
            }
            Sum::Value { .. } => 0,
        }
    }

    /// Probabilities (summing to 1), or the mean, into `out`.
    pub(crate) fn write(&self, out: &mut [f64]) {
        match self {
            Sum::Shares(shares) => {
                let total = shares.iter().sum::<i64>() as f64;
                out.iter_mut().zip(shares).for_each(|(out, share)| *out = *share as f64 / total);
            }
            Sum::Value { sum, trees } => out[0] = sum / *trees as f64,
        }
    }
}
