//! From a forest to a text.

use std::fmt::Display;

use super::Imported;
use super::direction::decision;
use super::error::WriteError;
use super::header::Objective;
use crate::forest::model::{Aggregation, Forest, Precision, Task};

/// Writes a model as LightGBM text, version 4 unless its header came with another: LightGBM loads it and gives the same
/// scores, up to the rounding of their sum.
///
/// Nodes are numbered in preorder. The base score goes into the first tree of each class. A tree of several classes becomes
/// one tree per class. Missing values go where the forest sends them; where it refuses them, LightGBM will compare 0.
/// Scores are written as they are added (a random forest's are already divided by the number of trees), and numbers so that
/// they read back exactly.
///
/// # Errors
/// [`WriteError`] if the forest is not a sum of scores, does not fit the header, or has parts that are not of its size.
///
/// # Complexity
/// O(nodes x classes) time and memory.
pub fn write(model: &Imported) -> Result<String, WriteError> {
    let scores = Scores::of(model)?;
    let trees = scores.trees();
    let mut texts = Vec::with_capacity(trees.len());
    for (index, &(tree, class)) in trees.iter().enumerate() {
        // The first iteration has a tree for every class.
        let base = if index < scores.per_iteration { scores.of_row(model.forest.base(), class) } else { 0.0 };
        texts.push(format!("Tree={index}\n{}\n\n", body(model, &scores, tree, class, base)?));
    }
    let mut out = String::from("tree\n");
    for line in model.header.lines() {
        out.push_str(line);
        out.push('\n');
    }
    list(&mut out, "tree_sizes", texts.iter().map(String::len));
    out.push('\n');
    for text in texts {
        out.push_str(&text);
    }
    out.push_str("end of trees\n\n");
    out.push_str(&importances(model, &scores, &trees));
    if !model.header.parameters().is_empty() {
        out.push('\n');
        out.push_str(model.header.parameters());
    }
    Ok(out)
}

/// What the trees of the text add, seen from the forest.
struct Scores<'a> {
    forest: &'a Forest,
    objective: &'a Objective,
    per_iteration: usize,
}

impl<'a> Scores<'a> {
    /// Checks that the parts of a model fit each other.
    fn of(model: &'a Imported) -> Result<Self, WriteError> {
        let Imported { forest, gains, counts, weights, header } = model;
        if forest.aggregation() != Aggregation::Sum {
            return Err(WriteError::Aggregation);
        }
        if forest.precision() != Precision::F64 {
            return Err(WriteError::Precision);
        }
        let found = match forest.task() {
            Task::Classification { classes } if classes.len() == 1 => return Err(WriteError::OneClass),
            Task::Classification { classes } => classes.len(),
            Task::Regression => 0,
        };
        let expected = match header.objective() {
            Objective::Binary { .. } => 2,
            Objective::Multiclass { classes } => *classes,
            Objective::Identity(_) => 0,
        };
        if found != expected {
            return Err(WriteError::Header { what: "classes", found, expected });
        }
        let (found, expected) = (forest.n_features(), header.feature_names().len());
        if found != expected {
            return Err(WriteError::Header { what: "features", found, expected });
        }
        if found == 0 {
            return Err(WriteError::NoFeatures);
        }
        let expected = forest.n_nodes();
        let none_or = |found: usize| if found == 0 { expected } else { found };
        let lengths = [("gains", gains.len()), ("counts", none_or(counts.len())), ("weights", none_or(weights.len()))];
        if let Some(&(what, found)) = lengths.iter().find(|(_, found)| *found != expected) {
            return Err(WriteError::Length { what, found, expected });
        }
        for (what, values) in [("gain", gains), ("weight", weights)] {
            if let Some(node) = values.iter().position(|value| !value.is_finite()) {
                return Err(WriteError::NotFinite { node, what });
            }
        }
        Ok(Self { forest, objective: header.objective(), per_iteration: header.per_iteration() })
    }

    /// The trees of the text: tree of the forest, and class.
    fn trees(&self) -> Vec<(usize, usize)> {
        let (classes, trees) = (self.per_iteration, self.forest.n_trees());
        let in_turn = trees % classes == 0
            && (0..trees).all(|tree| (0..classes).all(|class| class == tree % classes || self.is_zero(tree, class)));
        if in_turn {
            (0..trees).map(|tree| (tree, tree % classes)).collect()
        } else {
            (0..trees).flat_map(|tree| (0..classes).map(move |class| (tree, class))).collect()
        }
    }

    /// Whether a tree adds nothing to a class of several.
    fn is_zero(&self, tree: usize, class: usize) -> bool {
        self.per_iteration > 1 && self.forest.tree(tree).all(|node| self.forest.value(node)[class] == 0.0)
    }

    /// LightGBM's score of a class, from the forest's scores.
    fn of_row(&self, scores: &[f64], class: usize) -> f64 {
        match self.objective {
            Objective::Binary { sigmoid } => (scores[1] - scores[0]) / sigmoid,
            Objective::Multiclass { .. } | Objective::Identity(_) => scores[class],
        }
    }
}

/// The lines of a tree.
fn body(model: &Imported, scores: &Scores<'_>, tree: usize, class: usize, base: f64) -> Result<String, WriteError> {
    let forest = &model.forest;
    let nodes = forest.tree(tree);
    let first = nodes.start;
    // A tree that adds nothing to this class is a leaf.
    let nodes = if scores.is_zero(tree, class) { first..first + 1 } else { nodes };
    let (leaves, splits): (Vec<usize>, Vec<usize>) =
        nodes.clone().partition(|&node| forest.is_leaf(node) || nodes.len() == 1);
    // What the text calls each node.
    let mut names = vec![0i64; nodes.len()];
    for (index, node) in splits.iter().enumerate() {
        names[node - first] = index as i64;
    }
    for (index, node) in leaves.iter().enumerate() {
        names[node - first] = !(index as i64);
    }
    let added = |nodes: &[usize]| -> Result<Vec<String>, WriteError> {
        let of = |&node: &usize| match scores.of_row(forest.value(node), class) + base {
            score if score.is_finite() => Ok(exact(score)),
            _ => Err(WriteError::NotFinite { node, what: "score" }),
        };
        nodes.iter().map(of).collect()
    };
    let child = |node: &usize, side: usize| {
        let children = forest.children(*node).expect("splits have children");
        names[children[side] - first]
    };
    let mut out = format!("num_leaves={}\nnum_cat=0\n", leaves.len());
    list(&mut out, "split_feature", splits.iter().map(|&node| forest.feature(node).expect("splits have a feature")));
    list(&mut out, "split_gain", splits.iter().map(|&node| exact(model.gains[node])));
    list(&mut out, "threshold", splits.iter().map(|&node| exact(forest.threshold(node))));
    list(&mut out, "decision_type", splits.iter().map(|&node| decision(forest.missing(node))));
    list(&mut out, "left_child", splits.iter().map(|node| child(node, 0)));
    list(&mut out, "right_child", splits.iter().map(|node| child(node, 1)));
    list(&mut out, "leaf_value", added(&leaves)?.into_iter());
    if !model.weights.is_empty() {
        list(&mut out, "leaf_weight", leaves.iter().map(|&node| exact(model.weights[node])));
    }
    if !model.counts.is_empty() {
        list(&mut out, "leaf_count", leaves.iter().map(|&node| model.counts[node]));
    }
    list(&mut out, "internal_value", added(&splits)?.into_iter());
    if !model.weights.is_empty() {
        list(&mut out, "internal_weight", splits.iter().map(|&node| exact(model.weights[node])));
    }
    if !model.counts.is_empty() {
        list(&mut out, "internal_count", splits.iter().map(|&node| model.counts[node]));
    }
    out.push_str("is_linear=0\nshrinkage=1\n");
    Ok(out)
}

/// How often each feature splits, most often first.
fn importances(model: &Imported, scores: &Scores<'_>, trees: &[(usize, usize)]) -> String {
    let forest = &model.forest;
    let mut splits = vec![0u64; forest.n_features()];
    for &(tree, _) in trees.iter().filter(|&&(tree, class)| !scores.is_zero(tree, class)) {
        for feature in forest.tree(tree).filter_map(|node| forest.feature(node)) {
            splits[feature] += 1;
        }
    }
    let mut order: Vec<usize> = (0..splits.len()).filter(|&feature| splits[feature] > 0).collect();
    order.sort_by_key(|&feature| std::cmp::Reverse(splits[feature]));
    let mut out = String::from("feature_importances:\n");
    for feature in order {
        out.push_str(&format!("{}={}\n", model.header.feature_names()[feature], splits[feature]));
    }
    out
}

/// `key=` and values with spaces between them.
fn list(out: &mut String, key: &str, values: impl Iterator<Item = impl Display>) {
    out.push_str(key);
    out.push('=');
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&value.to_string());
    }
    out.push('\n');
}

/// The shortest form that reads back exactly.
fn exact(value: f64) -> String {
    format!("{value:?}")
}
