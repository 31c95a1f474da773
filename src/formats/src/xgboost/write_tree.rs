//! One tree of a file.

use super::Imported;
use super::categories::{self, Kind, kind};
use super::error::WriteError;
use super::threshold::{condition, stored};
use super::value::{Typed, Value};
use super::write::{Scores, numbers};
use secateur_forest::Forest;

/// What stands at a node that has no parent: -1 in 31 bits, where leaves have one score.
const NO_PARENT: i32 = i32::MAX;

/// The condition of a leaf that has several scores, and of a split on categories: the smallest number.
const NO_CONDITION: f32 = f32::from_bits(1);

/// A tree of the file: a tree of the forest, or what it adds to one class.
pub(super) struct Part {
    pub(super) tree: usize,
    /// The score that it adds to; `None` where a leaf has all.
    pub(super) class: Option<usize>,
    /// Whether it is the first to add to its score, and has what the base score leaves.
    pub(super) first: bool,
}

/// The object of a tree.
pub(super) fn tree(model: &Imported, scores: &Scores<'_>, part: &Part, id: usize) -> Result<Value, WriteError> {
    let forest = &model.forest;
    let nodes = numbered(model, part.tree);
    let first = forest.tree(part.tree).start;
    let mut numbers_of = vec![0i32; nodes.len()];
    for (number, &node) in nodes.iter().enumerate() {
        numbers_of[node - first] = number as i32;
    }
    let mut links = Links::of(forest, &nodes, |node| numbers_of[node - first], part.class.is_none());
    let (conditions, leaf_weights) = values(model, scores, part, &nodes, &mut links)?;
    let mut parameters = Value::object([
        ("num_deleted", Value::text(0)),
        ("num_feature", Value::text(forest.n_features())),
        ("num_nodes", Value::text(nodes.len())),
    ]);
    let width = if part.class.is_none() { scores.groups } else { usize::from(scores.version >= (2, 0)) };
    parameters.set("size_leaf_vector", Value::text(width));
    let mut tree = Value::object([
        ("base_weights", numbers(base_weights(model, scores, part, &nodes)?)),
        ("default_left", Value::Typed(Typed::U8(links.default_left))),
        ("id", Value::Integer(id as i64)),
        ("left_children", Value::Typed(Typed::I32(links.left))),
        ("loss_changes", numbers(nodes.iter().map(|&node| model.gains[node] as f32).collect())),
        ("parents", Value::Typed(Typed::I32(links.parents))),
        ("right_children", Value::Typed(Typed::I32(links.right))),
        ("split_conditions", numbers(conditions)),
        ("split_indices", Value::Typed(Typed::I32(links.features))),
        ("sum_hessian", numbers(covers(model, part.tree, &nodes))),
        ("tree_param", parameters),
    ]);
    categories::write(&mut tree, forest, &nodes)?;
    if part.class.is_none() {
        tree.set("leaf_weights", numbers(leaf_weights));
    }
    Ok(tree)
}

/// The nodes of a tree in the order of their numbers in the file: as they came, or level by level. The root is the
/// first, and children stand side by side.
fn numbered(model: &Imported, tree: usize) -> Vec<usize> {
    let forest = &model.forest;
    let range = forest.tree(tree);
    let first = range.start;
    let places = &model.records.places;
    if !places.is_empty() {
        let mut nodes: Vec<usize> = range.clone().collect();
        nodes.sort_by_key(|&node| (node != first, places[node]));
        let mut number = vec![0; nodes.len()];
        for (at, &node) in nodes.iter().enumerate() {
            number[node - first] = at;
        }
        let side_by_side = |[left, right]: [usize; 2]| number[right - first] == number[left - first] + 1;
        if range.clone().all(|node| children(forest, node).is_none_or(side_by_side)) {
            return nodes;
        }
    }
    let mut nodes = Vec::with_capacity(range.len());
    nodes.push(first);
    let mut next = 0;
    while let Some(&node) = nodes.get(next) {
        nodes.extend(children(forest, node).into_iter().flatten());
        next += 1;
    }
    nodes
}

/// The children of a split as the file has them.
fn children(forest: &Forest, node: usize) -> Option<[usize; 2]> {
    let [left, right] = forest.children(node)?;
    let exchanged = kind(forest, node) == Kind::Categories { exchanged: true };
    Some(if exchanged { [right, left] } else { [left, right] })
}

/// The lists of a tree that say its shape.
struct Links {
    left: Vec<i32>,
    right: Vec<i32>,
    parents: Vec<i32>,
    features: Vec<i32>,
    default_left: Vec<u8>,
}

impl Links {
    fn of(forest: &Forest, nodes: &[usize], number: impl Fn(usize) -> i32, vectors: bool) -> Self {
        let none = vec![-1; nodes.len()];
        let mut parents = none.clone();
        parents[0] = if vectors { -1 } else { NO_PARENT };
        let features = nodes.iter().map(|&node| forest.feature(node).map_or(0, |feature| feature as i32)).collect();
        let mut links = Self { left: none.clone(), right: none, parents, features, default_left: vec![0; nodes.len()] };
        for (index, &node) in nodes.iter().enumerate() {
            let (Some(children), Some([first, _])) = (children(forest, node), forest.children(node)) else { continue };
            let [left, right] = children.map(&number);
            (links.left[index], links.right[index]) = (left, right);
            links.parents[left as usize] = index as i32;
            links.parents[right as usize] = index as i32;
            // What refuses missing values takes them for 0.
            let goes_first = forest.missing(node).is_left().or_else(|| Some(forest.next(node, 0.0)? == first));
            links.default_left[index] = u8::from(goes_first.unwrap_or_default() == (children[0] == first));
        }
        links
    }
}

/// Conditions of splits and scores of leaves, together, or the latter by themselves if there are several.
fn values(
    model: &Imported,
    scores: &Scores<'_>,
    part: &Part,
    nodes: &[usize],
    links: &mut Links,
) -> Result<(Vec<f32>, Vec<f32>), WriteError> {
    let forest = &model.forest;
    let odd = &model.records.odd_conditions;
    let (mut conditions, mut leaf_weights) = (Vec::with_capacity(nodes.len()), Vec::new());
    let mut leaves = 0;
    for (index, &node) in nodes.iter().enumerate() {
        let threshold = forest.threshold(node);
        conditions.push(match (forest.is_leaf(node), part.class) {
            (false, _) => match kind(forest, node) {
                Kind::Constant(limit) => limit,
                Kind::Categories { .. } => NO_CONDITION,
                Kind::Threshold => {
                    let at = odd.binary_search_by_key(&(node as u32), |(node, _)| *node);
                    let recorded = at.ok().map(|at| f32::from_bits(odd[at].1));
                    recorded.filter(|recorded| stored(*recorded) == threshold).unwrap_or_else(|| condition(threshold))
                }
            },
            (true, Some(class)) => scores.of_node(node, class, part)?,
            (true, None) => {
                links.right[index] = leaves;
                leaves += 1;
                for class in 0..scores.groups {
                    leaf_weights.push(scores.of_node(node, class, part)?);
                }
                NO_CONDITION
            }
        });
    }
    Ok((conditions, leaf_weights))
}

/// The recorded base weights, or the scores. Leaves with several scores have their scores, which old versions read
/// there.
fn base_weights(model: &Imported, scores: &Scores<'_>, part: &Part, nodes: &[usize]) -> Result<Vec<f32>, WriteError> {
    let recorded = &model.records.base_weights;
    let width = recorded.len() / model.forest.n_nodes();
    let classes = part.class.map_or(0..scores.groups, |class| class..class + 1);
    let mut weights = Vec::with_capacity(nodes.len() * width.max(1));
    for &node in nodes {
        let of_leaf = part.class.is_none() && width == scores.groups && model.forest.is_leaf(node);
        if width == 0 || of_leaf {
            for class in classes.clone() {
                weights.push(scores.of_node(node, class, part)?);
            }
        } else {
            weights.extend(&recorded[node * width..][..width]);
        }
    }
    Ok(weights)
}

/// The recorded covers, or the number of leaves below.
fn covers(model: &Imported, tree: usize, nodes: &[usize]) -> Vec<f32> {
    let recorded = &model.records.covers;
    if !recorded.is_empty() {
        return nodes.iter().map(|&node| recorded[node]).collect();
    }
    let range = model.forest.tree(tree);
    let first = range.start;
    let mut leaves = vec![1u32; range.len()];
    // Children come after their parent.
    for node in range.rev() {
        if let Some([left, right]) = model.forest.children(node) {
            leaves[node - first] = leaves[left - first] + leaves[right - first];
        }
    }
    nodes.iter().map(|&node| leaves[node - first] as f32).collect()
}
