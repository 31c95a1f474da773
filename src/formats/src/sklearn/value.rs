//! From the values of a file to those of a forest, and back.

use super::header::{Family, Header, Meaning};
use super::nodes::Nodes;
use secateur_forest::Task;

/// How values are turned.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    header: &'a Header,
    n_outputs: usize,
}

impl<'a> Values<'a> {
    pub(super) fn new(header: &'a Header, task: &Task) -> Self {
        Self { header, n_outputs: task.n_outputs() }
    }

    /// Whether values are scores, one per node, which trees add to one class each.
    pub(super) fn are_scores(self) -> bool {
        matches!(self.header.meaning, Meaning::Score { .. })
    }

    /// Values of a node in the file.
    pub(super) fn columns(self) -> usize {
        if self.are_scores() { 1 } else { self.n_outputs }
    }

    /// The output that a tree adds its score to.
    pub(super) fn output(self, tree: usize) -> usize {
        if self.n_outputs == 2 { 1 } else { tree % self.n_outputs }
    }

    /// The factor between the scores of the estimator and those of the forest.
    fn factor(self) -> f64 {
        if let Meaning::Score { factor } = self.header.meaning { factor } else { 1.0 }
    }

    /// What a value of the file adds to the forest's score.
    pub(super) fn scaled(self, value: f64, is_leaf: bool) -> f64 {
        self.factor() * (self.rate(is_leaf) * value)
    }

    /// The value of the file that adds so much.
    pub(super) fn unscaled(self, score: f64, is_leaf: bool) -> f64 {
        score / self.factor() / self.rate(is_leaf)
    }

    fn rate(self, is_leaf: bool) -> f64 {
        let included = self.header.family == Family::Histogram && is_leaf;
        if included { 1.0 } else { self.header.learning_rate }
    }

    /// The forest's scores before the first tree.
    pub(super) fn base(self, base: &[f64]) -> Vec<f64> {
        match (self.n_outputs, base) {
            (2, [score]) => vec![0.0, self.factor() * score],
            _ => base.to_vec(),
        }
    }

    /// The estimator's.
    pub(super) fn unscaled_base(self, base: &[f64]) -> Vec<f64> {
        match base {
            [first, second] => vec![(second - first) / self.factor()],
            _ => base.to_vec(),
        }
    }

    /// The forest's values of a tree, in the file's order of nodes; `order` has parents before their children.
    pub(super) fn of_tree(self, nodes: &Nodes, tree: usize, order: &[u32]) -> Vec<f64> {
        let range = nodes.trees[tree].clone();
        let rows = &nodes.value[range.start * nodes.columns..range.end * nodes.columns];
        match self.header.meaning {
            Meaning::Counts | Meaning::Mean => rows.to_vec(),
            Meaning::Fractions => {
                let weights = &nodes.weights[range];
                let counted = |(row, weight): (&[f64], &f64)| -> Vec<f64> {
                    row.iter().map(|fraction| count(*fraction, *weight)).collect()
                };
                rows.chunks_exact(nodes.columns).zip(weights).flat_map(counted).collect()
            }
            Meaning::Score { .. } => {
                let output = self.output(tree);
                let mut values = vec![0.0; range.len() * self.n_outputs];
                for (node, score) in self.scores(nodes, tree, order).into_iter().enumerate() {
                    values[node * self.n_outputs + output] = score;
                }
                values
            }
        }
    }

    /// The forest's scores of a tree, one per node.
    fn scores(self, nodes: &Nodes, tree: usize, order: &[u32]) -> Vec<f64> {
        let range = nodes.trees[tree].clone();
        let scaled = |node: usize| self.scaled(nodes.value[node], nodes.is_leaf(node));
        let mut scores: Vec<f64> = range.clone().map(scaled).collect();
        if self.header.has_inner_values {
            return scores;
        }
        let mut weights = match (nodes.weights.get(range.clone()), nodes.counts.get(range.clone())) {
            (Some(weights), _) => weights.to_vec(),
            (None, Some(counts)) => counts.iter().map(|count| *count as f64).collect(),
            (None, None) => vec![0.0; range.len()],
        };
        let children = |node: u32| {
            let node = range.start + node as usize;
            let child = |side: usize| usize::try_from(nodes.children[side][node]).ok();
            child(0).zip(child(1)).map(|(left, right)| [left, right])
        };
        crate::means::fill(&mut scores, 1, &mut weights, order, children);
        scores
    }
}

/// A fraction of a weight. The whole number next to it, where that gives the fraction back exactly.
pub(super) fn count(fraction: f64, weight: f64) -> f64 {
    let (count, whole) = (fraction * weight, (fraction * weight).round());
    if whole / weight == fraction { whole } else { count }
}
