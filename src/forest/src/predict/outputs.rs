//! What trees add to the forest's prediction.

use crate::model::{Aggregation, Forest, Task};

/// One tree's whole vote in fixed point.
pub(crate) const ONE: i64 = 1 << 40;

/// A score of one in fixed point. Forests check that their scores add up to less than 2^30.
const SCORE_ONE: f64 = (1u64 << 32) as f64;

/// What each node of a forest contributes when a tree ends there.
#[derive(Debug, Clone, PartialEq)]
pub enum Outputs {
    /// Class probabilities in fixed point, row-major `(n_nodes, n_classes)`; each row sums to 2^40 up to rounding.
    Probabilities {
        /// Number of classes.
        classes: usize,
        /// The probabilities.
        probabilities: Vec<i64>,
    },
    /// Scores of classes in fixed point, row-major `(n_nodes, n_classes)`.
    Scores {
        /// Score of each class before the first tree.
        base: Vec<i64>,
        /// The scores.
        scores: Vec<i64>,
    },
    /// Means, one per node.
    Values(Vec<f64>),
    /// Terms of a sum, one per node.
    Terms {
        /// The sum before the first tree.
        base: f64,
        /// The terms.
        terms: Vec<f64>,
    },
}

impl Outputs {
    /// The contributions of the given nodes of a forest, in that order.
    pub(super) fn of(forest: &Forest, nodes: impl Iterator<Item = usize>) -> Self {
        let sum = forest.aggregation() == Aggregation::Sum;
        match forest.task() {
            Task::Classification { .. } if sum => Outputs::Scores {
                base: forest.base().iter().map(|&score| fixed(score)).collect(),
                scores: nodes.flat_map(|node| forest.value(node)).map(|&score| fixed(score)).collect(),
            },
            Task::Classification { classes } => {
                let mut probabilities = Vec::new();
                for node in nodes {
                    push_probabilities(forest, node, &mut probabilities);
                }
                Outputs::Probabilities { classes: classes.len(), probabilities }
            }
            Task::Regression if sum => {
                Outputs::Terms { base: forest.base()[0], terms: nodes.map(|node| forest.value(node)[0]).collect() }
            }
            Task::Regression => Outputs::Values(nodes.map(|node| forest.value(node)[0]).collect()),
        }
    }

    /// Contributions of all nodes of a forest, by node.
    pub fn of_forest(forest: &Forest) -> Self {
        Self::of(forest, 0..forest.n_nodes())
    }

    /// An empty sum.
    pub fn sum(&self) -> Sum {
        match self {
            Outputs::Probabilities { classes, .. } => Sum::Probabilities(vec![0; *classes]),
            Outputs::Scores { base, .. } => Sum::Scores(base.clone()),
            Outputs::Values(_) => Sum::Value { sum: 0.0, trees: 0 },
            Outputs::Terms { base, .. } => Sum::Term(*base),
        }
    }
}

fn fixed(score: f64) -> i64 {
    (score * SCORE_ONE).round() as i64
}

/// A sum of differences of scores in fixed point, rounded up with room for the rounding of each score.
pub(super) fn fixed_above(reach: f64) -> i64 {
    (reach * (1.0 + 1e-9) * SCORE_ONE) as i64 + (1 << 24)
}

fn push_probabilities(forest: &Forest, node: usize, probabilities: &mut Vec<i64>) {
    let counts = forest.value(node);
    match forest.aggregation() {
        Aggregation::Vote => {
            let majority = forest.majority(node);
            probabilities.extend((0..counts.len()).map(|class| if class == majority { ONE } else { 0 }));
        }
        Aggregation::Mean => {
            let total: f64 = counts.iter().sum();
            probabilities.extend(counts.iter().map(|count| (count / total * ONE as f64).round() as i64));
        }
        Aggregation::Sum => unreachable!("scores are no probabilities"),
    }
}

/// A sum of tree contributions.
#[derive(Debug, Clone, PartialEq)]
pub enum Sum {
    /// Probabilities of votes by class, in fixed point.
    Probabilities(Vec<i64>),
    /// Scores by class, in fixed point.
    Scores(Vec<i64>),
    /// A sum of means.
    Value {
        /// The sum.
        sum: f64,
        /// Means that were added.
        trees: usize,
    },
    /// A sum of terms, with the base.
    Term(f64),
}

impl Sum {
    /// Adds what row `index` of `outputs` contributes.
    #[inline]
    pub fn add(&mut self, outputs: &Outputs, index: usize) {
        match (self, outputs) {
            (Sum::Probabilities(sum), Outputs::Probabilities { classes, probabilities }) => {
                let row = &probabilities[index * classes..(index + 1) * classes];
                sum.iter_mut().zip(row).for_each(|(sum, probability)| *sum += probability);
            }
            (Sum::Scores(sum), Outputs::Scores { scores, .. }) => {
                let row = &scores[index * sum.len()..(index + 1) * sum.len()];
                sum.iter_mut().zip(row).for_each(|(sum, score)| *sum += score);
            }
            (Sum::Term(sum), Outputs::Terms { terms, .. }) => *sum += terms[index],
            (Sum::Value { sum, trees }, Outputs::Values(values)) => {
                *sum += values[index];
                *trees += 1;
            }
            _ => unreachable!("a sum is made for its outputs"),
        }
    }

    /// Replaces one tree's contribution by another of the same tree.
    pub fn replace(&mut self, outputs: &Outputs, old: usize, new: usize) {
        match (self, outputs) {
            (Sum::Probabilities(sum), Outputs::Probabilities { classes, probabilities }) => {
                let (old, new) = (&probabilities[old * classes..], &probabilities[new * classes..]);
                sum.iter_mut().zip(old.iter().zip(new)).for_each(|(sum, (old, new))| *sum += new - old);
            }
            (Sum::Scores(sum), Outputs::Scores { scores, .. }) => {
                let (old, new) = (&scores[old * sum.len()..], &scores[new * sum.len()..]);
                sum.iter_mut().zip(old.iter().zip(new)).for_each(|(sum, (old, new))| *sum += new - old);
            }
            (Sum::Term(sum), Outputs::Terms { terms, .. }) => *sum += terms[new] - terms[old],
            (Sum::Value { sum, .. }, Outputs::Values(values)) => *sum += values[new] - values[old],
            _ => unreachable!("a sum is made for its outputs"),
        }
    }

    /// The most voted class, or that of the largest score; ties go to the lowest index. 0 for regression.
    pub fn class(&self) -> usize {
        match self {
            Sum::Probabilities(sums) | Sum::Scores(sums) => {
                let mut best = 0;
                for class in 1..sums.len() {
                    if sums[class] > sums[best] {
                        best = class;
                    }
                }
                best
            }
            Sum::Value { .. } | Sum::Term(_) => 0,
        }
    }

    /// Probabilities (summing to 1), or the mean, into `out`.
    pub fn write(&self, out: &mut [f64]) {
        match self {
            Sum::Probabilities(probabilities) => write_probabilities(probabilities, out),
            Sum::Scores(scores) => softmax(scores, out),
            Sum::Value { sum, trees } => out[0] = sum / *trees as f64,
            Sum::Term(sum) => out[0] = *sum,
        }
    }
}

/// `out_k = s_k / sum_j s_j`.
pub(super) fn write_probabilities(probabilities: &[i64], out: &mut [f64]) {
    let total = probabilities.iter().sum::<i64>() as f64;
    out.iter_mut().zip(probabilities).for_each(|(out, probability)| *out = *probability as f64 / total);
}

/// `out_k = exp(s_k) / sum_j exp(s_j)`, with the largest score taken off first so that nothing overflows.
pub(super) fn softmax(scores: &[i64], out: &mut [f64]) {
    let largest = scores.iter().copied().max().unwrap_or(0);
    out.iter_mut().zip(scores).for_each(|(out, score)| *out = ((score - largest) as f64 / SCORE_ONE).exp());
    let total: f64 = out.iter().sum();
    out.iter_mut().for_each(|out| *out /= total);
}
