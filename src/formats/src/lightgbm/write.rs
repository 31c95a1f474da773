//! From a forest to a text.

use std::fmt::Display;
use std::ops::Range;

use super::categories::{self, Written};
use super::direction::{decision, direction};
use super::error::WriteError;
use super::{Imported, Records};
use secateur_forest::{Aggregation, Forest, LightGbmHeader as Header, LightGbmObjective as Objective, Precision, Task};

/// Writes a model as LightGBM text, version 4 unless its header came with another: LightGBM loads it and gives the same
/// scores, up to the rounding of their sum.
///
/// Nodes are numbered as they came, or in preorder. The base score goes into the first tree of each class. A tree of several classes becomes
/// one tree per class. Missing values go where the forest sends them; where it refuses them, LightGBM will compare 0, and at a
/// split on categories send them to where its categories do not go. A split whose categories go right has its children exchanged.
/// Scores are written as they came where the forest still has them, otherwise as they are added (a random forest's are then
/// divided by the number of trees); numbers so that they read back exactly.
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
    let header = &model.records.header;
    for line in &header.lines {
        out.push_str(line);
        out.push('\n');
    }
    if scores.recorded.is_some() && header.average_of.is_some() {
        out.push_str("average_output\n");
    }
    list(&mut out, "tree_sizes", texts.iter().map(String::len));
    out.push('\n');
    for text in texts {
        out.push_str(&text);
    }
    out.push_str("end of trees\n\n");
    out.push_str(&importances(model, &scores, &trees));
    if !header.parameters.is_empty() {
        out.push('\n');
        out.push_str(&header.parameters);
    }
    Ok(out)
}

/// What the trees of the text add, seen from the forest.
struct Scores<'a> {
    forest: &'a Forest,
    objective: &'a Objective,
    per_iteration: usize,
    /// Whether the trees take turns, each adding to the score of one class.
    in_turn: bool,
    /// The scores as they came, one per node, if the forest still has them.
    recorded: Option<&'a [f64]>,
}

impl<'a> Scores<'a> {
    /// Checks that the parts of a model fit each other.
    fn of(model: &'a Imported) -> Result<Self, WriteError> {
        let Imported { forest, gains, records } = model;
        let Records { counts, weights, places, decisions, header, .. } = records;
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
        let expected = match &header.objective {
            Objective::Binary { .. } => 2,
            Objective::Multiclass { classes } => *classes,
            Objective::Identity(_) => 0,
        };
        if found != expected {
            return Err(WriteError::Header { what: "classes", found, expected });
        }
        let (found, expected) = (forest.n_features(), header.feature_names.len());
        if found != expected {
            return Err(WriteError::Header { what: "features", found, expected });
        }
        if found == 0 {
            return Err(WriteError::NoFeatures);
        }
        let expected = forest.n_nodes();
        let none_or = |found: usize| if found == 0 { expected } else { found };
        let lengths = [
            ("gains", gains.len()),
            ("counts", none_or(counts.len())),
            ("weights", none_or(weights.len())),
            ("places", none_or(places.len())),
            ("decision types", none_or(decisions.len())),
        ];
        if let Some(&(what, found)) = lengths.iter().find(|(_, found)| *found != expected) {
            return Err(WriteError::Length { what, found, expected });
        }
        for (what, values) in [("gain", gains), ("weight", weights)] {
            if let Some(node) = values.iter().position(|value| !value.is_finite()) {
                return Err(WriteError::NotFinite { node, what });
            }
        }
        let recorded = recorded(forest, &records.scores, header);
        let (objective, per_iteration) = (&header.objective, header.per_iteration());
        let mut scores = Self { forest, objective, per_iteration, in_turn: false, recorded };
        let trees = forest.n_trees();
        scores.in_turn = trees % per_iteration == 0
            && (0..trees).all(|tree| {
                let mut others = (0..per_iteration).filter(|class| *class != tree % per_iteration);
                others.all(|class| scores.is_zero(tree, class))
            });
        Ok(scores)
    }

    /// The trees of the text: tree of the forest, and class.
    fn trees(&self) -> Vec<(usize, usize)> {
        let (classes, trees) = (self.per_iteration, self.forest.n_trees());
        if self.in_turn {
            (0..trees).map(|tree| (tree, tree % classes)).collect()
        } else {
            (0..trees).flat_map(|tree| (0..classes).map(move |class| (tree, class))).collect()
        }
    }

    /// Whether a tree adds nothing to a class of several.
    fn is_zero(&self, tree: usize, class: usize) -> bool {
        self.per_iteration > 1 && self.forest.tree(tree).all(|node| self.forest.value(node)[class] == 0.0)
    }

    /// Whether a leaf stands for a tree that adds nothing to this class.
    fn is_left_out(&self, tree: usize, class: usize) -> bool {
        !self.in_turn && self.is_zero(tree, class)
    }

    /// What a node adds to LightGBM's score of a class.
    fn of_node(&self, node: usize, class: usize) -> f64 {
        self.recorded.map_or_else(|| self.of_row(self.forest.value(node), class), |scores| scores[node])
    }

    /// LightGBM's score of a class, from the forest's scores.
    fn of_row(&self, scores: &[f64], class: usize) -> f64 {
        match self.objective {
            Objective::Binary { sigmoid } => (scores[1] - scores[0]) / sigmoid,
            Objective::Multiclass { .. } | Objective::Identity(_) => scores[class],
        }
    }
}

/// The scores of a text, if they are those of this forest before it was scaled.
fn recorded<'a>(forest: &Forest, scores: &'a [f64], header: &Header) -> Option<&'a [f64]> {
    let (classes, trees) = (header.per_iteration(), forest.n_trees());
    let whole = scores.len() == forest.n_nodes() && forest.base().iter().all(|score| *score == 0.0);
    let as_many = header.average_of.is_none_or(|iterations| trees == iterations * classes);
    let scaled = |tree: usize| {
        forest.tree(tree).all(|node| {
            let output = if forest.n_outputs() == 2 && classes == 1 { 1 } else { tree % classes };
            let others = forest.value(node).iter().enumerate().filter(|(other, _)| *other != output);
            forest.value(node)[output] == header.scaled(scores[node])
                && others.into_iter().all(|(_, score)| *score == 0.0)
        })
    };
    (whole && as_many && (0..trees).all(scaled)).then_some(scores)
}

/// The lines of a tree.
fn body(model: &Imported, scores: &Scores<'_>, tree: usize, class: usize, base: f64) -> Result<String, WriteError> {
    let forest = &model.forest;
    let Records { counts, weights, places, shrinkage, .. } = &model.records;
    let nodes = forest.tree(tree);
    let first = nodes.start;
    let nodes = if scores.is_left_out(tree, class) { first..first + 1 } else { nodes };
    let (leaves, splits) = in_text_order(forest, nodes.clone(), places);
    // What the text calls each node.
    let mut names = vec![0i64; nodes.len()];
    for (index, node) in splits.iter().enumerate() {
        names[node - first] = index as i64;
    }
    for (index, node) in leaves.iter().enumerate() {
        names[node - first] = !(index as i64);
    }
    let added = |nodes: &[usize]| -> Result<Vec<String>, WriteError> {
        let of = |&node: &usize| match scores.of_node(node, class) + base {
            score if score.is_finite() => Ok(exact(score)),
            _ => Err(WriteError::NotFinite { node, what: "score" }),
        };
        nodes.iter().map(of).collect()
    };
    let child = |node: &usize, side: usize| {
        let children = forest.children(*node).expect("splits have children");
        // The members of a text's split go left.
        let turned = forest.categories(*node).is_some_and(|split| !split.members_left());
        names[children[if turned { 1 - side } else { side }] - first]
    };
    let tests = Tests::of(model, &splits)?;
    let mut out = format!("num_leaves={}\nnum_cat={}\n", leaves.len(), tests.bitsets.len());
    list(&mut out, "split_feature", splits.iter().map(|&node| forest.feature(node).expect("splits have a feature")));
    list(&mut out, "split_gain", splits.iter().map(|&node| exact(model.gains[node])));
    list(&mut out, "threshold", tests.thresholds.iter());
    list(&mut out, "decision_type", tests.decisions.iter());
    list(&mut out, "left_child", splits.iter().map(|node| child(node, 0)));
    list(&mut out, "right_child", splits.iter().map(|node| child(node, 1)));
    list(&mut out, "leaf_value", added(&leaves)?.into_iter());
    if !weights.is_empty() {
        list(&mut out, "leaf_weight", leaves.iter().map(|&node| exact(weights[node])));
    }
    if !counts.is_empty() {
        list(&mut out, "leaf_count", leaves.iter().map(|&node| counts[node]));
    }
    list(&mut out, "internal_value", added(&splits)?.into_iter());
    if !weights.is_empty() {
        list(&mut out, "internal_weight", splits.iter().map(|&node| exact(weights[node])));
    }
    if !counts.is_empty() {
        list(&mut out, "internal_count", splits.iter().map(|&node| counts[node]));
    }
    if tests.bitsets.len() > 0 {
        list(&mut out, "cat_boundaries", tests.bitsets.boundaries().iter());
        list(&mut out, "cat_threshold", tests.bitsets.words().iter());
    }
    let rate = if shrinkage.len() == forest.n_trees() { shrinkage[tree] } else { 1.0 };
    out.push_str(&format!("is_linear=0\nshrinkage={rate}\n"));
    Ok(out)
}

/// The leaves and the splits of a tree, each in the order in which the text numbers them. A single node is a leaf.
fn in_text_order(forest: &Forest, nodes: Range<usize>, places: &[u32]) -> (Vec<usize>, Vec<usize>) {
    let first = nodes.start;
    let (mut leaves, mut splits): (Vec<usize>, Vec<usize>) =
        nodes.clone().partition(|&node| forest.is_leaf(node) || nodes.len() == 1);
    if !places.is_empty() {
        // The root is the first split.
        splits.sort_by_key(|&node| (node != first, places[node]));
        leaves.sort_by_key(|&node| places[node]);
    }
    (leaves, splits)
}

/// What the splits of a tree ask, in the text's order.
struct Tests {
    thresholds: Vec<String>,
    decisions: Vec<u8>,
    bitsets: Written,
}

impl Tests {
    fn of(model: &Imported, splits: &[usize]) -> Result<Self, WriteError> {
        let forest = &model.forest;
        let mut tests = Self { thresholds: Vec::new(), decisions: Vec::new(), bitsets: Written::new() };
        for &node in splits {
            let recorded = model.records.decisions.get(node).copied();
            let (threshold, decision) = match forest.categories(node) {
                Some(split) => {
                    let index = tests.bitsets.push(node, split.members())?;
                    (index.to_string(), categories::decision(forest, node, split, recorded)?)
                }
                None => {
                    let (threshold, missing) = (forest.threshold(node), forest.missing(node));
                    let same = recorded.filter(|&decision| direction(threshold, decision) == Some(missing));
                    (exact(threshold), same.unwrap_or_else(|| decision(missing)))
                }
            };
            tests.thresholds.push(threshold);
            tests.decisions.push(decision);
        }
        Ok(tests)
    }
}

/// How often each feature splits, most often first.
fn importances(model: &Imported, scores: &Scores<'_>, trees: &[(usize, usize)]) -> String {
    let forest = &model.forest;
    let mut splits = vec![0u64; forest.n_features()];
    for &(tree, _) in trees.iter().filter(|&&(tree, class)| !scores.is_left_out(tree, class)) {
        for feature in forest.tree(tree).filter_map(|node| forest.feature(node)) {
            splits[feature] += 1;
        }
    }
    let mut order: Vec<usize> = (0..splits.len()).filter(|&feature| splits[feature] > 0).collect();
    order.sort_by_key(|&feature| std::cmp::Reverse(splits[feature]));
    let mut out = String::from("feature_importances:\n");
    for feature in order {
        out.push_str(&format!("{}={}\n", model.records.header.feature_names[feature], splits[feature]));
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
