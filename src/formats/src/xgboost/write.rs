//! From a forest to bytes.

use super::error::{Place, Syntax, WriteError};
use super::fields::{parameter, required};
use super::header::{base, model_path, neutral, version};
use super::records::{Objective, Records};
use super::value::{Typed, Value};
use super::write_tree::{Part, tree};
use super::{Imported, encode};
use secateur_forest::{Aggregation, Forest, MissingDirection, Precision, Task};

/// Writes a model in this syntax: XGBoost loads it and gives the same scores, up to the rounding of their sum; the
/// same to the last bit where the forest has the leaf values, thresholds and trees that came.
///
/// Nodes are numbered as they came, without what is gone, or level by level. A tree of several classes becomes one
/// tree per class, unless the model came with a score for every class in its leaves. Scores are rounded to single
/// precision. Where the forest's base is not the recorded one, its score is written as a base score if it is one
/// number, and goes into the first tree of each class otherwise. Missing values go where the forest sends them; where
/// it refuses them, they go with 0. Where no covers are recorded every leaf has cover 1, so that contributions of
/// features can be computed.
///
/// # Errors
/// [`WriteError`] if the forest is not a sum of scores over values in single precision, does not fit the header, or
/// has parts that are not of its size.
///
/// # Complexity
/// O(nodes x classes) time and memory.
pub fn write(model: &Imported, syntax: Syntax) -> Result<Vec<u8>, WriteError> {
    let scores = Scores::of(model)?;
    let parts = scores.parts();
    let mut trees = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        trees.push(tree(model, &scores, part, index)?);
    }
    let document = document(model, &scores, &parts, trees);
    Ok(match syntax {
        Syntax::Json => encode::json(&document),
        Syntax::Ubjson => encode::ubjson(&document),
    })
}

/// What the trees of the file add, seen from the forest.
pub(super) struct Scores<'a> {
    forest: &'a Forest,
    records: &'a Records,
    /// Scores of the file: one, or one per class.
    pub(super) groups: usize,
    /// Version of the library that the file is for.
    pub(super) version: (i64, i64),
    /// The base score, if it is not the recorded one.
    base_score: Option<String>,
    /// What the base score leaves to the first tree of each score.
    rest: Vec<f64>,
}

impl<'a> Scores<'a> {
    /// Checks that the parts of a model fit each other.
    fn of(model: &'a Imported) -> Result<Self, WriteError> {
        let Imported { forest, gains, records } = model;
        check_forest(forest)?;
        let document = &records.header.document;
        let classes = required(document, &["learner", "learner_model_param", "num_class"]);
        let classes = classes.and_then(|value| parameter(Place::Model, "num_class", value)).unwrap_or(0);
        let (groups, expected) = match records.header.objective {
            Objective::Logistic(_) => (1, 2),
            Objective::Softmax(_) => (classes, classes),
            Objective::Identity(_) => (1, 0),
        };
        let found = match forest.task() {
            Task::Classification { classes } => classes.len(),
            Task::Regression => 0,
        };
        if found != expected {
            return Err(WriteError::Header { what: "classes", found, expected });
        }
        let (found, expected) = (forest.n_features(), records.header.feature_names.len());
        if found != expected {
            return Err(WriteError::Header { what: "features", found, expected });
        }
        check_lengths(forest, gains, records)?;
        let version = version(document).unwrap_or((3, 2));
        let mut scores = Self { forest, records, groups, version, base_score: None, rest: vec![0.0; groups] };
        let recorded = base(document, &records.header.objective, groups).unwrap_or_default();
        if recorded != forest.base() {
            let wanted: Vec<f64> = (0..groups).map(|class| scores.of_row(forest.base(), class)).collect();
            let (text, start) = neutral(&records.header.objective, version, &wanted);
            scores.base_score = Some(text);
            scores.rest = wanted.iter().map(|score| score - start).collect();
        }
        Ok(scores)
    }

    /// The score of the file from a row of the forest's.
    fn of_row(&self, row: &[f64], class: usize) -> f64 {
        match self.records.header.objective {
            Objective::Logistic(_) => row[1] - row[0],
            Objective::Softmax(_) | Objective::Identity(_) => row[class],
        }
    }

    /// What a node adds to a score in this part of the file, before the weight of its tree.
    pub(super) fn of_node(&self, node: usize, class: usize, part: &Part) -> Result<f32, WriteError> {
        let own = self.of_row(self.forest.value(node), class);
        // Adding 0 would take the sign of a zero.
        let rest = Some(self.rest[class]).filter(|rest| part.first && *rest != 0.0);
        let weight = f64::from(self.records.trees[part.tree].weight);
        let score = (rest.map_or(own, |rest| own + rest) / weight) as f32;
        if score.is_finite() { Ok(score) } else { Err(WriteError::NotFinite { node, what: "score" }) }
    }

    /// The trees of the file.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        // Scores whose first tree is still to come.
        let mut waiting = vec![true; self.groups];
        for tree in 0..self.forest.n_trees() {
            if self.records.header.vector_leaves {
                parts.push(Part { tree, class: None, first: tree == 0 });
                continue;
            }
            for class in self.classes(tree) {
                parts.push(Part { tree, class: Some(class), first: std::mem::take(&mut waiting[class]) });
            }
        }
        parts
    }

    /// The scores that a tree adds to: the recorded one if it can be, all if there are several.
    fn classes(&self, tree: usize) -> std::ops::Range<usize> {
        let group = self.records.trees[tree].group as usize;
        let group = group.min(self.groups - 1);
        let is_zero = |class: usize| self.forest.tree(tree).all(|node| self.forest.value(node)[class] == 0.0);
        if (0..self.groups).all(|class| class == group || is_zero(class)) { group..group + 1 } else { 0..self.groups }
    }
}

fn check_forest(forest: &Forest) -> Result<(), WriteError> {
    if forest.aggregation() != Aggregation::Sum {
        return Err(WriteError::Aggregation);
    }
    if forest.precision() != Precision::F32 {
        return Err(WriteError::Precision);
    }
    if matches!(forest.task(), Task::Classification { classes } if classes.len() == 1) {
        return Err(WriteError::OneClass);
    }
    if forest.n_features() == 0 {
        return Err(WriteError::NoFeatures);
    }
    let zeros = |node: &usize| !forest.is_leaf(*node) && MissingDirection::counts_zeros(forest.missing(*node));
    match (0..forest.n_nodes()).find(zeros) {
        Some(node) => Err(WriteError::Zeros { node }),
        None => Ok(()),
    }
}

fn check_lengths(forest: &Forest, gains: &[f64], records: &Records) -> Result<(), WriteError> {
    let Records { covers, base_weights, places, trees, header, .. } = records;
    let nodes = forest.n_nodes();
    let none_or = |found: usize| if found == 0 { nodes } else { found };
    let lengths = [
        ("gains", gains.len(), nodes),
        ("covers", none_or(covers.len()), nodes),
        ("places", none_or(places.len()), nodes),
        ("records of trees", trees.len(), forest.n_trees()),
    ];
    if let Some(&(what, found, expected)) = lengths.iter().find(|(_, found, expected)| found != expected) {
        return Err(WriteError::Length { what, found, expected });
    }
    let (what, found) = ("base weights", base_weights.len());
    if !found.is_multiple_of(nodes) || (found > nodes && !header.vector_leaves) {
        return Err(WriteError::Length { what, found, expected: nodes });
    }
    let finite = |number: f64| (number as f32).is_finite();
    match gains.iter().position(|gain| !finite(*gain)) {
        Some(node) => Err(WriteError::NotFinite { node, what: "gain" }),
        None => Ok(()),
    }
}

/// The recorded document with these trees.
fn document(model: &Imported, scores: &Scores<'_>, parts: &[Part], trees: Vec<Value>) -> Value {
    let records = &model.records;
    let mut document = records.header.document.clone();
    if let Some(text) = &scores.base_score {
        let parameters = at(&mut document, &["learner", "learner_model_param"]);
        parameters.set("base_score", Value::text(text));
    }
    let weights = || {
        let weights = parts.iter().map(|part| records.trees[part.tree].weight);
        Value::Numbers(weights.collect())
    };
    let booster = at(&mut document, &["learner", "gradient_booster"]);
    if booster.get("weight_drop").is_some() {
        booster.set("weight_drop", weights());
    }
    let path = model_path(&document).unwrap_or(&["learner", "gradient_booster", "model"]);
    let inside = at(&mut document, path);
    if inside.get("weight_drop").is_some() {
        inside.set("weight_drop", weights());
    }
    at(inside, &["gbtree_model_param"]).set("num_trees", Value::text(parts.len()));
    let groups = parts.iter().map(|part| part.class.unwrap_or(0) as i64);
    inside.set("tree_info", Value::Integers(groups.collect()));
    if inside.get("iteration_indptr").is_some() || scores.version >= (2, 0) || parts.len() != records.trees.len() {
        inside.set("iteration_indptr", Value::Integers(iteration_starts(records, parts)));
    }
    inside.set("trees", Value::Array(trees));
    document
}

/// The first tree of each iteration, and the number of trees.
fn iteration_starts(records: &Records, parts: &[Part]) -> Vec<i64> {
    let of = |part: &Part| records.trees[part.tree].iteration;
    let new = |&index: &usize| index == 0 || of(&parts[index]) != of(&parts[index - 1]);
    let mut starts: Vec<i64> = (0..parts.len()).filter(new).map(|index| index as i64).collect();
    starts.push(parts.len() as i64);
    starts
}

/// The object under a path, made where it is not there.
fn at<'a>(document: &'a mut Value, path: &[&str]) -> &'a mut Value {
    let mut value = document;
    for key in path {
        if value.get(key).is_none() {
            value.set(key, Value::object([]));
        }
        value = value.get_mut(key).expect("an entry that was set, of an object that a header was read from");
    }
    value
}

/// Shorthand for typed lists.
pub(super) fn numbers(list: Vec<f32>) -> Value {
    Value::Typed(Typed::F32(list))
}
