//! Values of inner nodes: what a subtree predicts that is pruned to its root.
//!
//! XGBoost prunes to `learning rate x base weight`. The file has base weights, without the learning rate at inner
//! nodes, and does not have the learning rate. It is found out per tree:
//!
//! - Some ways of growing keep base weights without it at leaves too; then each leaf has it as the quotient of its
//!   value and its base weight.
//! - Otherwise leaves' base weights are their values, and gradients tell: the weight of a node is `w = -G / (H + l)`,
//!   with its sums of first and second derivatives and the ridge `l`, and both sums are those of the children. So `w
//!   (H + l) = sum over children of w' (H' + l)`, with `w' = value / rate` at leaves. Each node without a leaf below
//!   it gives the ridge, each other the rate; the medians are taken, so that bounds on some weights do no harm. On
//!   models of a hundred trees the median is the learning rate to the last bit of single precision, or the one
//!   before.
//!
//! Where neither holds (leaves moved to a median or quantile, L1 penalties, stumps, no covers or, with vector leaves,
//! only those of all classes together), inner values are the means of the leaves below, by cover: what XGBoost itself
//! takes for them in its approximate contributions.

use super::tree::FileTree;

/// How well quotients of one tree must agree.
const AGREEMENT: f64 = 1e-4;

/// How well an equation must hold, relative to its terms, to speak for a rate; and rates of two trees to be one.
const HOLDS: f64 = 1e-3;

/// An equation whose terms cancel more than this says nothing of a rate.
const CANCELLED: f64 = 1e-3;

/// The learning rate that each tree's inner values must be scaled by; `None` where the file does not tell.
///
/// O(nodes x log nodes).
pub(super) fn learning_rates(trees: &[FileTree]) -> Vec<Option<f32>> {
    let quotients: Vec<Quotients> = trees.iter().map(quotients).collect();
    let scaled = || trees.iter().zip(&quotients).filter(|(_, quotient)| matches!(quotient, Quotients::None));
    let ridge = ridge(scaled().map(|(tree, _)| tree));
    let mut rates: Vec<Option<f64>> = trees
        .iter()
        .zip(&quotients)
        .map(|(tree, quotient)| match quotient {
            Quotients::Rate(rate) => Some(*rate),
            Quotients::Differ => None,
            Quotients::None => rate(tree, ridge?),
        })
        .collect();
    // Nearly always all trees have the same: the median is better than any, and holds where nothing else is known.
    let known: Vec<(f64, f64)> = rates.iter().flatten().map(|rate| (*rate, 1.0)).collect();
    if let Some(median) = median(known) {
        for ((own, quotient), tree) in rates.iter_mut().zip(&quotients).zip(trees) {
            let undecided = own.is_none() && matches!(quotient, Quotients::None);
            let fits = undecided && ridge.is_some_and(|ridge| holds(tree, median, ridge));
            if fits || own.is_some_and(|own| (own - median).abs() <= HOLDS * median) {
                *own = Some(median);
            }
        }
    }
    rates.into_iter().map(|rate| rate.map(|rate| rate as f32)).collect()
}

/// Values of all nodes, `(n_nodes, width)`, in single precision.
pub(super) fn values(tree: &FileTree, rate: Option<f32>) -> Vec<f32> {
    let width = tree.width;
    let mut values = tree.leaves.clone();
    match rate.filter(|_| tree.weights.len() == values.len()) {
        Some(rate) => {
            for node in splits(tree) {
                let outputs = node * width..(node + 1) * width;
                let scaled = tree.weights[outputs.clone()].iter().map(|weight| rate * weight);
                values[outputs].iter_mut().zip(scaled).for_each(|(value, scaled)| *value = scaled);
            }
        }
        None => means(tree, &mut values),
    }
    values
}

/// Fills in the means of leaves by cover, from the leaves up.
fn means(tree: &FileTree, values: &mut [f32]) {
    let width = tree.width;
    let cover = |node: usize| tree.covers.get(node).map_or(1.0, |cover| f64::from(*cover));
    let mut exact: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    // Children come after their parent.
    for &node in tree.order.iter().rev() {
        let Some([left, right]) = children(tree, node as usize) else { continue };
        let (a, b) = (cover(left), cover(right));
        let a = if a >= 0.0 && b >= 0.0 && a + b > 0.0 { a / (a + b) } else { 0.5 };
        for output in 0..width {
            let mean = a * exact[left * width + output] + (1.0 - a) * exact[right * width + output];
            exact[node as usize * width + output] = mean;
            values[node as usize * width + output] = mean as f32;
        }
    }
}

fn children(tree: &FileTree, node: usize) -> Option<[usize; 2]> {
    let (left, right) = (tree.tree.children_left[node], tree.tree.children_right[node]);
    (left >= 0).then_some([left as usize, right as usize])
}

fn splits(tree: &FileTree) -> impl Iterator<Item = usize> + '_ {
    (0..tree.places.len()).filter(|&node| children(tree, node).is_some())
}

/// What the quotients of a tree's leaf values and base weights say.
enum Quotients {
    /// Nothing: they are the same.
    None,
    /// A learning rate.
    Rate(f64),
    /// That leaves were given other values.
    Differ,
}

fn quotients(tree: &FileTree) -> Quotients {
    if tree.weights.len() != tree.leaves.len() {
        return Quotients::Differ;
    }
    let leaves = (0..tree.places.len()).filter(|&node| children(tree, node).is_none());
    let outputs = leaves.flat_map(|node| node * tree.width..(node + 1) * tree.width);
    let pairs = outputs.map(|output| (tree.leaves[output], tree.weights[output]));
    let mut found: Vec<f64> = pairs
        .filter(|(value, weight)| value != weight)
        .map(|(value, weight)| f64::from(value) / f64::from(weight))
        .collect();
    found.sort_by(f64::total_cmp);
    let Some(&median) = found.get(found.len() / 2) else { return Quotients::None };
    let same = found.iter().all(|rate| (rate - median).abs() <= AGREEMENT * median.abs());
    if median.is_finite() && median > 0.0 && same { Quotients::Rate(median) } else { Quotients::Differ }
}

/// `known + ridge x per_ridge = (leaves + ridge x leaves_per_ridge) / rate`, from one split.
struct Equation {
    known: f64,
    per_ridge: f64,
    leaves: f64,
    leaves_per_ridge: f64,
    /// The size of the terms.
    size: f64,
}

/// The equations of a tree, one per split; none without covers of each score.
fn equations(tree: &FileTree) -> impl Iterator<Item = Equation> + '_ {
    let nodes = tree.places.len();
    let usable = tree.covers.len() == nodes && tree.weights.len() == nodes && tree.leaves.len() == nodes;
    splits(tree).filter(move |_| usable).map(|node| equation(tree, node))
}

fn equation(tree: &FileTree, node: usize) -> Equation {
    let terms = |node: usize| {
        let weight = f64::from(tree.weights[node]);
        (weight * f64::from(tree.covers[node]), weight)
    };
    let (known, per_ridge) = terms(node);
    let mut equation = Equation { known, per_ridge, leaves: 0.0, leaves_per_ridge: 0.0, size: known.abs() };
    for child in children(tree, node).into_iter().flatten() {
        let (product, weight) = terms(child);
        if children(tree, child).is_some() {
            equation.known -= product;
            equation.per_ridge -= weight;
            equation.size += product.abs();
        } else {
            equation.leaves += product;
            equation.leaves_per_ridge += weight;
        }
    }
    equation
}

impl Equation {
    fn left(&self, ridge: f64) -> f64 {
        self.known + ridge * self.per_ridge
    }

    fn right(&self, ridge: f64) -> f64 {
        self.leaves + ridge * self.leaves_per_ridge
    }
}

/// The ridge of the model, from the splits without leaves below them; `None` if they say nothing, or nothing that can
/// be.
fn ridge<'a>(trees: impl Iterator<Item = &'a FileTree>) -> Option<f64> {
    let inner = trees.flat_map(equations).filter(|equation| equation.leaves == 0.0 && equation.leaves_per_ridge == 0.0);
    let said = inner.filter(|equation| equation.size > 0.0 && equation.per_ridge != 0.0);
    let ridges = said.map(|equation| (-equation.known / equation.per_ridge, equation.per_ridge.abs() / equation.size));
    // A ridge of 0 may come out below.
    median(ridges.collect()).filter(|ridge| *ridge >= -0.01)
}

/// The learning rate of a tree whose leaves have it in their base weights.
fn rate(tree: &FileTree, ridge: f64) -> Option<f64> {
    let said = equations(tree).filter(|equation| {
        // Neither side may be what rounding left of larger terms.
        let least = CANCELLED * equation.size;
        equation.left(ridge).abs() > least && equation.right(ridge).abs() > least
    });
    let rates = said.map(|equation| (equation.right(ridge) / equation.left(ridge), 1.0)).collect();
    median(rates).filter(|rate| *rate > 0.0 && holds(tree, *rate, ridge))
}

/// Whether the better half of a tree's equations hold with this rate.
fn holds(tree: &FileTree, rate: f64, ridge: f64) -> bool {
    let (mut good, mut all) = (0usize, 0usize);
    for equation in equations(tree) {
        let (left, right) = (equation.left(ridge), equation.right(ridge) / rate);
        all += 1;
        good += usize::from((left - right).abs() <= HOLDS * equation.size.max(right.abs()));
    }
    all > 0 && 2 * good >= all
}

/// The median of values with weights; `None` if there are none that are finite.
fn median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.retain(|(value, weight)| value.is_finite() && weight.is_finite());
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    values.into_iter().find_map(|(value, weight)| {
        sum += weight;
        (sum >= half).then_some(value)
    })
}
