//! Random forests with rows, targets, weights and prices, from a seed: for tests.

#![expect(clippy::unwrap_used, reason = "what is made here is valid; for tests only")]

use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    Aggregation, BudgetedForest, CategorySplit, DatasetView, Forest, Loss, MissingDirection, OperatingPoint, Precision,
    PriceList, RawForest, RawTree, Source, SourceId, TargetView, Task,
};

/// Features of every world.
pub const FEATURES: usize = 4;
/// Classes of worlds with classes.
pub const CLASSES: usize = 3;

/// A tree of random shape over [`FEATURES`] features; `refuse`: no split has a direction for missing values.
pub fn random_tree(rng: &mut ChaCha8Rng, classification: bool, depth: usize, refuse: bool) -> RawTree {
    let mut tree = RawTree::default();
    let mut waiting = vec![(0usize, 0usize)];
    let push = |tree: &mut RawTree, rng: &mut ChaCha8Rng| {
        tree.feature.push(-1);
        tree.threshold.push(0.0);
        tree.children_left.push(-1);
        tree.children_right.push(-1);
        tree.missing.push(MissingDirection::Refuse);
        if classification {
            let mut counts: Vec<f64> = (0..CLASSES).map(|_| f64::from(rng.random_range(0..4u8))).collect();
            counts[0] += 1.0;
            tree.value.extend(counts);
        } else {
            tree.value.push(f64::from(rng.random_range(-8..8i8)) / 4.0);
        }
        tree.feature.len() - 1
    };
    push(&mut tree, rng);
    while let Some((node, level)) = waiting.pop() {
        if level == depth || (level > 0 && rng.random_bool(0.2)) {
            continue;
        }
        tree.feature[node] = rng.random_range(0..FEATURES as i64);
        tree.threshold[node] = f64::from(rng.random_range(-3..3i8));
        let directions = [MissingDirection::Left, MissingDirection::Right];
        tree.missing[node] = if refuse { MissingDirection::Refuse } else { directions[rng.random_range(0..2usize)] };
        let (left, right) = (push(&mut tree, rng), push(&mut tree, rng));
        (tree.children_left[node], tree.children_right[node]) = (left as i64, right as i64);
        waiting.extend([(right, level + 1), (left, level + 1)]);
    }
    tree
}

/// Puts splits on categories in the place of some splits, by a seed of their own. One forest in two stays as it is.
///
/// Members are small, as the rows of a [`World`] are, and some lie far beyond.
pub fn put_categories(trees: &mut [RawTree], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xCA7E_6021);
    if rng.random_bool(0.5) {
        return;
    }
    for tree in trees {
        let splits: Vec<usize> = (0..tree.feature.len()).filter(|&node| tree.children_left[node] != -1).collect();
        for node in splits {
            if rng.random_bool(0.6) {
                continue;
            }
            let mut members: Vec<u32> = (0..5).filter(|_| rng.random_bool(0.4)).collect();
            members.extend([70, 1 << 20, u32::MAX].into_iter().filter(|_| rng.random_bool(0.2)));
            tree.categories.insert(node as u32, CategorySplit { members, members_left: rng.random_bool(0.5) });
        }
    }
}

/// A random forest, rows (with missing values), labels and numbers, from a seed.
#[derive(Debug)]
pub struct World {
    /// The forest.
    pub forest: Forest,
    /// Rows, shape (n, [`FEATURES`]), some values missing.
    pub x: Array2<f64>,
    /// Labels, for forests of classes.
    pub labels: Vec<u32>,
    /// Targets of regression.
    pub numbers: Vec<f64>,
    /// Weights, in some worlds.
    pub weights: Option<Vec<f64>>,
    /// Prices, some of them shared, per model or per split.
    pub prices: PriceList,
}

/// The world of a seed. One forest in two has splits on categories.
pub fn world(seed: u64, classification: bool, aggregation: Aggregation) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let task = if classification {
        Task::Classification { classes: ["a", "b", "c"].map(String::from).to_vec() }
    } else {
        Task::Regression
    };
    let trees = (0..rng.random_range(1..5)).map(|_| random_tree(&mut rng, classification, 4, false)).collect();
    let precision = if rng.random_bool(0.5) { Precision::F32 } else { Precision::F64 };
    let mut raw = RawForest { task, n_features: FEATURES, precision, aggregation, base: Vec::new(), trees };
    put_categories(&mut raw.trees, seed);
    if aggregation == Aggregation::Sum {
        raw.base = vec![0.25; raw.task.n_outputs()];
        raw.trees.iter_mut().flat_map(|tree| &mut tree.value).for_each(|value| *value -= 1.5);
    }
    let n = rng.random_range(1..40);
    let value = |rng: &mut ChaCha8Rng| {
        if rng.random_bool(0.05) {
            f64::NAN
        } else {
            f64::from(rng.random_range(-4..4i8)) + 0.5 * f64::from(rng.random_range(0..2u8))
        }
    };
    let x = Array2::from_shape_simple_fn((n, FEATURES), || value(&mut rng));
    // Sources: 0 shared by features 0 and 1, own ones for 1 and 2, feature 3 free or with its own per-model price.
    let source = |name: &str, rng: &mut ChaCha8Rng, per_model: bool| Source {
        name: name.into(),
        per_example: f64::from(rng.random_range(0..500u16)) / 100.0,
        per_model: if per_model { f64::from(rng.random_range(0..300u16)) / 100.0 } else { 0.0 },
    };
    let sources = vec![
        source("shared", &mut rng, false),
        source("one", &mut rng, true),
        source("two", &mut rng, false),
        source("three", &mut rng, true),
    ];
    let needs = vec![vec![SourceId(0)], vec![SourceId(0), SourceId(1)], vec![SourceId(2)], vec![SourceId(3)]];
    let needs =
        if rng.random_bool(0.3) { vec![needs[0].clone(), needs[1].clone(), vec![], needs[3].clone()] } else { needs };
    let (split, node) = if rng.random_bool(0.3) { (0.01, 0.02) } else { (0.0, 0.0) };
    World {
        forest: Forest::new(raw).unwrap(),
        labels: (0..n).map(|_| rng.random_range(0..CLASSES as u32)).collect(),
        numbers: (0..n).map(|_| f64::from(rng.random_range(-8..8i8)) / 4.0).collect(),
        weights: rng
            .random_bool(0.3)
            .then(|| (0..n).map(|i| f64::from(rng.random_range(0..3u8)) + f64::from(u8::from(i == 0))).collect()),
        prices: PriceList::new(sources, needs).unwrap().with_split_prices(split, node).unwrap(),
        x,
    }
}

impl World {
    /// Labels or numbers, by the forest's task.
    pub fn target(&self) -> TargetView<'_> {
        match self.forest.task() {
            Task::Classification { .. } => TargetView::Classes { labels: &self.labels, n_classes: CLASSES },
            Task::Regression => TargetView::Values(&self.numbers),
        }
    }

    /// Rows, targets of the forest's task, weights.
    pub fn examples(&self) -> DatasetView<'_> {
        DatasetView::new(self.x.view(), self.target(), self.weights.as_deref()).unwrap()
    }

    /// Loss of what a node predicts on one example, straight from the definition.
    pub fn node_loss(&self, node: usize, row: usize, loss: Loss) -> f64 {
        let value = self.forest.value(node);
        let label = self.labels[row] as usize;
        let total: f64 = value.iter().sum();
        match loss {
            Loss::Misclassification => f64::from(u8::from(self.forest.majority(node) != label)),
            Loss::Brier => (0..CLASSES).map(|c| (value[c] / total - f64::from(u8::from(c == label))).powi(2)).sum(),
            Loss::LogLoss => -((value[label] + 1.0) / (total + CLASSES as f64)).ln(),
            Loss::SquaredError => (value[0] - self.numbers[row]).powi(2),
        }
    }

    /// Mean tree loss at a point, example by example and tree by tree.
    pub fn tree_loss(&self, model: &BudgetedForest, point: OperatingPoint, loss: Loss) -> f64 {
        let examples = self.examples();
        let mut sum = 0.0;
        for row in 0..examples.len() {
            for root in self.forest.roots() {
                let mut node = root;
                while model.keeps(node, point) {
                    let feature = self.forest.feature(node).unwrap();
                    node = self.forest.next(node, self.x[[row, feature]]).unwrap();
                }
                sum += examples.weight(row) * self.node_loss(node, row, loss);
            }
        }
        sum / examples.total_weight() / self.forest.n_trees() as f64
    }

    /// Mean cost per example at a point: acquisitions, splits, and what is paid per model.
    pub fn cost(&self, model: &BudgetedForest, point: OperatingPoint) -> f64 {
        let examples = self.examples();
        let costs = model.costs(self.x.view(), point).unwrap();
        let paid: f64 = costs.per_example.iter().enumerate().map(|(row, cost)| examples.weight(row) * cost).sum();
        let kept: Vec<usize> = (0..self.forest.n_nodes()).filter(|&node| model.keeps(node, point)).collect();
        let used = |source: u32| {
            kept.iter().any(|&node| self.prices.needs(self.forest.feature(node).unwrap()).contains(&SourceId(source)))
        };
        let sources = self.prices.sources().iter().enumerate();
        let per_model: f64 = sources.filter(|(s, _)| used(*s as u32)).map(|(_, source)| source.per_model).sum();
        paid / examples.total_weight() + per_model + self.prices.per_node() * kept.len() as f64
    }
}

/// Equal up to rounding.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}
