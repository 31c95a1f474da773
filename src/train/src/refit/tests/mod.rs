//! Refits against their definition: objectives and gradients straight from the trees, a dense solver for ridge.

mod choice;
mod derivatives;
mod limits;
mod optimum;

use ndarray::Array2;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, Status};

use super::*;
use secateur_forest::testing::put_categories;
use secateur_forest::{Aggregation, MissingDirection, Precision, RawForest, RawTree, TargetView, Task};

const FEATURES: usize = 3;

fn random_tree(rng: &mut ChaCha8Rng, outputs: usize, depth: usize) -> RawTree {
    let mut tree = RawTree::default();
    let mut waiting = vec![(0, 0)];
    let push = |tree: &mut RawTree, rng: &mut ChaCha8Rng| {
        tree.feature.push(-1);
        tree.threshold.push(0.0);
        tree.children_left.push(-1);
        tree.children_right.push(-1);
        tree.missing.push(MissingDirection::Refuse);
        tree.value.extend((0..outputs).map(|_| f64::from(rng.random_range(1..12u8)) / 4.0));
        tree.feature.len() - 1
    };
    push(&mut tree, rng);
    while let Some((node, level)) = waiting.pop() {
        if level == depth || rng.random_bool(0.2) {
            continue;
        }
        tree.feature[node] = rng.random_range(0..FEATURES as i64);
        tree.threshold[node] = f64::from(rng.random_range(-3..3i8));
        tree.missing[node] = [MissingDirection::Left, MissingDirection::Right][rng.random_range(0..2usize)];
        let (left, right) = (push(&mut tree, rng), push(&mut tree, rng));
        (tree.children_left[node], tree.children_right[node]) = (left as i64, right as i64);
        waiting.extend([(right, level + 1), (left, level + 1)]);
    }
    tree
}

/// A random forest and random examples. `classes` 0: regression.
struct World {
    forest: Forest,
    x: Array2<f64>,
    labels: Vec<u32>,
    numbers: Vec<f64>,
    weights: Option<Vec<f64>>,
}

fn world(seed: u64, classes: usize, aggregation: Aggregation, rows: std::ops::Range<usize>) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let task = match classes {
        0 => Task::Regression,
        _ => Task::Classification { classes: (0..classes).map(|class| class.to_string()).collect() },
    };
    let outputs = task.n_outputs();
    let mut trees: Vec<_> = (0..rng.random_range(1..6)).map(|_| random_tree(&mut rng, outputs, 3)).collect();
    put_categories(&mut trees, seed);
    let base = if aggregation == Aggregation::Sum { vec![0.25; outputs] } else { Vec::new() };
    let raw = RawForest { task, n_features: FEATURES, precision: Precision::F64, aggregation, base, trees };
    let n = rng.random_range(rows);
    let value = |rng: &mut ChaCha8Rng| {
        if rng.random_bool(0.05) { f64::NAN } else { f64::from(rng.random_range(-4..5i8)) }
    };
    World {
        forest: Forest::new(raw).unwrap(),
        x: Array2::from_shape_simple_fn((n, FEATURES), || value(&mut rng)),
        labels: (0..n).map(|_| rng.random_range(0..classes.max(1) as u32)).collect(),
        numbers: (0..n).map(|_| f64::from(rng.random_range(-80..80i8)) / 7.0).collect(),
        weights: rng
            .random_bool(0.5)
            .then(|| (0..n).map(|row| f64::from(rng.random_range(0..4u8)) + f64::from(u8::from(row == 0))).collect()),
    }
}

fn any_aggregation() -> impl Strategy<Value = Aggregation> {
    prop_oneof![Just(Aggregation::Mean), Just(Aggregation::Vote), Just(Aggregation::Sum)]
}

fn any_prior() -> impl Strategy<Value = Prior> {
    prop_oneof![Just(Prior::Zero), Just(Prior::Current)]
}

/// To the precision of doubles.
fn exact(prior: Prior) -> RefitOptions {
    RefitOptions { prior, tolerance: 1e-15, max_steps: 1000 }
}

impl World {
    fn examples(&self) -> DatasetView<'_> {
        let target = match self.forest.task() {
            Task::Regression => TargetView::Values(&self.numbers),
            Task::Classification { classes } => TargetView::Classes { labels: &self.labels, n_classes: classes.len() },
        };
        DatasetView::new(self.x.view(), target, self.weights.as_deref()).unwrap()
    }

    fn refit(&self, l2: f64, options: &RefitOptions) -> Refitted {
        refit(&self.forest, self.examples(), l2, options, &Control::new()).unwrap()
    }

    fn leaves(&self) -> Vec<usize> {
        (0..self.forest.n_nodes()).filter(|&node| self.forest.is_leaf(node)).collect()
    }

    /// The leaves that a row reaches.
    fn reached(&self, row: usize) -> Vec<usize> {
        let leaf = |root| {
            let mut node = root;
            while let Some(feature) = self.forest.feature(node) {
                node = self.forest.next(node, self.x[[row, feature]]).unwrap();
            }
            node
        };
        self.forest.roots().map(leaf).collect()
    }

    /// Mean loss at the given node values.
    fn loss(&self, base: &[f64], values: &[f64]) -> f64 {
        let examples = self.examples();
        let k = self.forest.n_outputs();
        let mut sum = 0.0;
        for row in 0..examples.len() {
            let mut scores = base.to_vec();
            for leaf in self.reached(row) {
                scores.iter_mut().zip(&values[leaf * k..]).for_each(|(score, value)| *score += value);
            }
            let loss = match examples.target().unwrap() {
                TargetView::Values(numbers) => 0.5 * (scores[0] - numbers[row]).powi(2),
                TargetView::Classes { labels, .. } => {
                    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let log_sum = scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln() + largest;
                    log_sum - scores[labels[row] as usize]
                }
            };
            sum += examples.weight(row) * loss;
        }
        sum / examples.total_weight()
    }

    /// The objective at the given node values, from the definition.
    fn objective(&self, base: &[f64], values: &[f64], prior: &[f64], l2: f64) -> f64 {
        let k = self.forest.n_outputs();
        let mut squares = 0.0;
        for leaf in self.leaves() {
            let off: Vec<f64> = (0..k).map(|output| values[leaf * k + output] - prior[leaf * k + output]).collect();
            squares += match off.as_slice() {
                [first, second] => (second - first).powi(2),
                off => off.iter().map(|off| off * off).sum(),
            };
        }
        self.loss(base, values) + 0.5 * l2 * squares
    }
}

fn values(forest: &Forest) -> Vec<f64> {
    (0..forest.n_nodes()).flat_map(|node| forest.value(node)).copied().collect()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}
