//! From a forest to a text.

use std::fmt::Write;

use rustc_hash::FxHashMap;
use serde_json::json;

use super::error::WriteError;
use super::features::Features;
use super::objective::Objective;
use super::{Imported, Records};
use crate::threshold::single;
use secateur_forest::{Aggregation, Forest, MissingDirection, Precision, Task};

/// Depth to which trees other than oblivious ones are written: readers of JSON stop at 128 levels, and a document has
/// some of its own.
const MAX_DEPTH: usize = 120;

/// Writes a model as CatBoost JSON, which CatBoost loads (`load_model(path, format="json")`) and gives the same scores.
///
/// Trees that are oblivious stay so if all are; a tree that was pruned is not, and then all are written as trees of
/// splits with two children, as CatBoost has them for other policies of growing. The scale is in the leaves. A leaf
/// that was an inner node has the sum of the weights below.
///
/// # Errors
/// [`WriteError`] if the forest is not a sum of scores, compares doubles, or has thresholds or ways for missing values
/// that the features of the records do not.
///
/// # Complexity
/// O(nodes x classes) time and memory.
pub fn write(model: &Imported) -> Result<String, WriteError> {
    check(model)?;
    let splits = Splits::of(model)?;
    let Imported { forest, records, .. } = model;
    let levels: Option<Vec<Vec<usize>>> = (0..forest.n_trees()).map(|tree| levels(forest, tree)).collect();
    let mut trees = Vec::with_capacity(forest.n_trees());
    for tree in 0..forest.n_trees() {
        trees.push(match &levels {
            Some(levels) => oblivious(model, &splits, tree, &levels[tree]),
            None => nested(model, &splits, tree)?,
        });
    }
    let key = if levels.is_some() { "oblivious_trees" } else { "trees" };
    let bias = scores(records, forest.base());
    // Keys in the order of the alphabet, as CatBoost has them; JSON of values is text.
    let [features, info, bias] = [&records.features_info, &records.model_info, &json!([1, bias])];
    let trees = format!("\"{key}\":[{}]", trees.join(","));
    let scale = format!("\"scale_and_bias\":{bias}");
    let [first, second] = if levels.is_some() { [trees, scale] } else { [scale, trees] };
    Ok(format!("{{\"features_info\":{features},\"model_info\":{info},{first},{second}}}"))
}

/// The parts of a model must fit each other.
fn check(model: &Imported) -> Result<(), WriteError> {
    let Imported { forest, records, .. } = model;
    if forest.aggregation() != Aggregation::Sum {
        return Err(WriteError::Aggregation);
    }
    if forest.precision() != Precision::F32 {
        return Err(WriteError::Precision);
    }
    let (found, expected) = (forest.n_features(), records.feature_names.len());
    if found != expected {
        return Err(WriteError::Header { what: "features", found, expected });
    }
    let (found, expected) = match (forest.task(), &records.objective) {
        (Task::Regression, Objective::Identity(_)) => (0, 0),
        (Task::Regression, _) => (0, 2),
        (Task::Classification { classes }, Objective::Identity(_)) => (classes.len(), 0),
        (Task::Classification { classes }, Objective::Binary) => (classes.len(), 2),
        (Task::Classification { classes }, Objective::Multiclass) => (classes.len(), classes.len().max(2)),
    };
    if found != expected {
        return Err(WriteError::Header { what: "classes", found, expected });
    }
    let (found, expected) = (records.weights.len(), forest.n_nodes());
    if found != 0 && found != expected {
        return Err(WriteError::Length { what: "weights", found, expected });
    }
    Ok(())
}

/// What CatBoost's scores are, of the forest's.
fn scores(records: &Records, values: &[f64]) -> Vec<f64> {
    match (&records.objective, values) {
        (Objective::Binary, [first, second]) => vec![second - first],
        _ => values.to_vec(),
    }
}

/// The splits of a forest, as text.
struct Splits(Vec<String>);

impl Splits {
    /// Finds every split among the borders of the features.
    fn of(model: &Imported) -> Result<Self, WriteError> {
        let Imported { forest, records, .. } = model;
        // Whoever put the records together may have put in anything: then no border is found.
        let borders =
            Features::of(&records.features_info, usize::MAX).map(|features| features.borders).unwrap_or_default();
        let key = |column: usize, border: f32| (column, (border + 0.0).to_bits());
        let places: FxHashMap<_, usize> =
            borders.iter().enumerate().map(|(index, border)| (key(border.column, border.border), index)).collect();
        let mut texts = vec![String::new(); forest.n_nodes()];
        for (node, text) in texts.iter_mut().enumerate() {
            let Some(column) = forest.feature(node) else { continue };
            let (threshold, feature) = (forest.threshold(node), || records.feature_names[column].clone());
            if forest.categories(node).is_some() {
                return Err(WriteError::Categories { node, feature: feature() });
            }
            let index = places.get(&key(column, single(threshold))).copied();
            let index = index.ok_or_else(|| WriteError::Border { node, threshold, feature: feature() })?;
            let border = borders[index];
            // Where the forest refuses missing values, CatBoost goes its way.
            if ![border.missing, MissingDirection::Refuse].contains(&forest.missing(node)) {
                return Err(WriteError::Missing { node, feature: feature() });
            }
            let (value, place) = (f64::from(border.border), border.place);
            *text = format!(
                "{{\"border\":{value:?},\"float_feature_index\":{place},\"split_index\":{index},\
                 \"split_type\":\"FloatFeature\"}}"
            );
        }
        Ok(Self(texts))
    }
}

/// The first split of each level of an oblivious tree; `None` if the tree is none.
fn levels(forest: &Forest, tree: usize) -> Option<Vec<usize>> {
    let nodes = forest.tree(tree);
    let mut levels = Vec::new();
    let mut node = nodes.start;
    while let Some([left, _]) = forest.children(node) {
        levels.push(node);
        node = left;
    }
    let whole = u32::try_from(levels.len()).ok().and_then(|depth| 2usize.checked_shl(depth));
    if whole.is_none_or(|whole| whole - 1 != nodes.len()) {
        return None;
    }
    let split = |node: usize| (forest.feature(node), forest.threshold(node).to_bits(), forest.missing(node));
    let mut stack = vec![(nodes.start, 0)];
    while let Some((node, level)) = stack.pop() {
        match (forest.children(node), levels.get(level)) {
            (Some(children), Some(&first)) if split(node) == split(first) => {
                stack.extend(children.map(|child| (child, level + 1)));
            }
            (None, None) => {}
            _ => return None,
        }
    }
    Some(levels)
}

/// An oblivious tree.
fn oblivious(model: &Imported, splits: &Splits, tree: usize, levels: &[usize]) -> String {
    let Imported { forest, records, .. } = model;
    // The index of a leaf has the side of the first split in its lowest bit.
    let mut leaves = vec![0; 1 << levels.len()];
    let mut stack = vec![(forest.tree(tree).start, 0, 0usize)];
    while let Some((node, level, index)) = stack.pop() {
        match forest.children(node) {
            Some([left, right]) => stack.extend([(left, level + 1, index), (right, level + 1, index | 1 << level)]),
            None => leaves[index] = node,
        }
    }
    let values: Vec<f64> = leaves.iter().flat_map(|&leaf| scores(records, forest.value(leaf))).collect();
    let weights = match records.weights.as_slice() {
        [] => String::new(),
        weights => {
            let weights: Vec<f64> = leaves.iter().map(|&leaf| weights[leaf]).collect();
            format!("\"leaf_weights\":{},", json!(weights))
        }
    };
    let splits: Vec<&str> = levels.iter().map(|&node| splits.0[node].as_str()).collect();
    format!("{{\"leaf_values\":{},{weights}\"splits\":[{}]}}", json!(values), splits.join(","))
}

/// What is still to be written of a tree.
enum Step {
    /// A node at a depth, with all below.
    Node(usize, usize),
    /// What stands between the children of a split.
    Between,
    /// What stands after them.
    End(usize),
}

/// A tree of nested nodes.
fn nested(model: &Imported, splits: &Splits, tree: usize) -> Result<String, WriteError> {
    let Imported { forest, records, .. } = model;
    let (mut text, mut found) = (String::new(), 0);
    let mut stack = vec![Step::Node(forest.tree(tree).start, 0)];
    while let Some(step) = stack.pop() {
        match step {
            Step::Node(node, depth) => {
                found = found.max(depth);
                if let Some([left, right]) = forest.children(node) {
                    text.push_str("{\"left\":");
                    stack.extend([Step::End(node), Step::Node(right, depth + 1), Step::Between]);
                    stack.push(Step::Node(left, depth + 1));
                } else {
                    leaf(&mut text, &scores(records, forest.value(node)), records.weights.get(node));
                }
            }
            Step::Between => text.push_str(",\"right\":"),
            Step::End(node) => {
                text.push_str(",\"split\":");
                text.push_str(&splits.0[node]);
                text.push('}');
            }
        }
    }
    if found > MAX_DEPTH { Err(WriteError::Depth { tree, found, limit: MAX_DEPTH }) } else { Ok(text) }
}

fn leaf(text: &mut String, scores: &[f64], weight: Option<&f64>) {
    let value = if let [score] = scores { json!(score) } else { json!(scores) };
    let weight = weight.map_or_else(String::new, |weight| format!(",\"weight\":{weight:?}"));
    write!(text, "{{\"value\":{value}{weight}}}").expect("texts take what is written to them");
}
