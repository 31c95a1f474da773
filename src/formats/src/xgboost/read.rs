//! From bytes to a forest.

use super::error::{Place, Syntax, XgboostError};
use super::fields::{check_length, parameter, required};
use super::header::{Around, Stated, base, model_path, read_header, task};
use super::inner::{learning_rates, values};
use super::records::{Header, Objective, Records, TreeRecord};
use super::tree::FileTree;
use super::value::Value;
use super::{Imported, json, ubjson};
use secateur_forest::{Aggregation, Forest, ForestError, Precision, RawForest, RawTree};

/// Node values may need this many times the bytes of the file; ordinary models of some hundred classes stay below.
const MAX_RATIO: usize = 200;

/// Node values may need this many bytes whatever the ratio.
const MIN_BYTES: usize = 64 << 20;

/// Most features of a small file: names are made up for those that have none.
const MIN_FEATURES: usize = 1 << 20;

/// Reads an XGBoost model, JSON or UBJSON by its first bytes. See the [module](super) for what is taken.
///
/// # Errors
/// [`XgboostError`] names the tree, and the key or node.
///
/// # Complexity
/// O(bytes + nodes x classes) time and memory.
///
/// ```
/// use secateur_formats::xgboost;
///
/// let text = r#"{"learner":{"attributes":{},"feature_names":["age","dose"],"feature_types":[],
///     "gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"1"},"tree_info":[0],
///     "trees":[{"base_weights":[2E0,1E0,4E0],"default_left":[0,0,0],"id":0,"left_children":[1,-1,-1],
///     "loss_changes":[8E0,0E0,0E0],"parents":[2147483647,0,0],"right_children":[2,-1,-1],
///     "split_conditions":[5E-1,1E0,4E0],"split_indices":[1,0,0],"sum_hessian":[9E0,6E0,3E0],
///     "tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3","size_leaf_vector":"1"}}]},"name":"gbtree"},
///     "learner_model_param":{"base_score":"[1E1]","num_class":"0","num_feature":"2","num_target":"1"},
///     "objective":{"name":"reg:squarederror"}},"version":[3,2,0]}"#;
/// let model = xgboost::read(text.as_bytes())?;
/// assert_eq!((model.forest.base(), model.forest.value(1), model.gains[0]), (&[10.0][..], &[1.0][..], 8.0));
/// // The first number in single precision that does not go left is 0.5.
/// assert!(model.forest.next(0, 0.49999997) == Some(1) && model.forest.next(0, 0.5) == Some(2));
/// # Ok::<(), xgboost::XgboostError>(())
/// ```
pub fn read(bytes: &[u8]) -> Result<Imported, XgboostError> {
    read_model(bytes, None)
}

/// As [`read`], for a model whose objective is not supported, or that was trained with an objective of one's own.
///
/// # Errors
/// Those of [`read`]; [`XgboostError::Stated`] if the model's own objective is supported.
pub fn read_as(bytes: &[u8], stated: Stated) -> Result<Imported, XgboostError> {
    read_model(bytes, Some(stated))
}

fn read_model(bytes: &[u8], stated: Option<Stated>) -> Result<Imported, XgboostError> {
    let (syntax, mut document) = parse(bytes)?;
    let around = read_header(&document, stated)?;
    let n_features = n_features(&document, bytes.len())?;
    let path = model_path(&document)?;
    let listed = trees_of(&mut document, path)?;
    let (infos, iterations, weights) = tree_lists(&document, path, listed.len(), around.groups)?;
    let trees = listed
        .into_iter()
        .enumerate()
        .map(|(index, tree)| FileTree::of(tree, index, n_features))
        .collect::<Result<Vec<_>, _>>()?;
    let vector_leaves = check_widths(&trees, around.groups, bytes.len())?;

    let rates = learning_rates(&trees);
    let mut records = Records {
        covers: Vec::new(),
        base_weights: Vec::new(),
        places: Vec::new(),
        odd_conditions: Vec::new(),
        trees: Vec::new(),
        header: Header {
            syntax,
            objective: around.objective.clone(),
            feature_names: names(&around, n_features),
            vector_leaves,
            document,
        },
    };
    let (task, mut gains, mut raw) = (task(&around.objective, around.groups), Vec::new(), Vec::new());
    for (index, tree) in trees.into_iter().enumerate() {
        let (group, weight, learning_rate) = (infos[index], weights[index], rates[index]);
        let (iteration, deleted) = (iterations[index], tree.deleted);
        take(&tree, &mut records, &mut gains);
        records.trees.push(TreeRecord { group, iteration, weight, learning_rate, deleted });
        let value = dense(&values(&tree, learning_rate), &tree, &around, group, weight);
        raw.push(RawTree { value, ..tree.tree });
    }
    let forest = Forest::new(RawForest {
        task,
        n_features,
        precision: Precision::F32,
        aggregation: Aggregation::Sum,
        base: base(&records.header.document, &around.objective, around.groups)?,
        trees: raw,
    })?;
    Ok(Imported { forest, gains, records })
}

/// The document, by the syntax of its first bytes.
fn parse(bytes: &[u8]) -> Result<(Syntax, Value), XgboostError> {
    if json::is_json(bytes) {
        Ok((Syntax::Json, json::read(bytes)?))
    } else if bytes.first() == Some(&b'{') {
        Ok((Syntax::Ubjson, ubjson::read(bytes)?))
    } else {
        Err(XgboostError::NotAModel)
    }
}

fn n_features(document: &Value, bytes: usize) -> Result<usize, XgboostError> {
    let (place, key) = (Place::Model, "num_feature");
    let found = parameter(place, key, required(document, &["learner", "learner_model_param", key])?)?;
    if found > bytes.max(MIN_FEATURES) {
        let expected = "no more features than the file has bytes, or 2^20";
        return Err(XgboostError::Value { place, key, index: 0, found: found.to_string(), expected });
    }
    Ok(found)
}

/// Takes the list of trees out of the document.
fn trees_of(document: &mut Value, path: &[&'static str]) -> Result<Vec<Value>, XgboostError> {
    let (place, key) = (Place::Model, "trees");
    let model = path.iter().try_fold(document, |value, key| value.get_mut(key));
    let model = model.ok_or(XgboostError::MissingKey { place, key: "model" })?;
    let stated = required(model, &["gbtree_model_param", "num_trees"])?;
    let stated = parameter(place, "num_trees", stated)?;
    let listed = model.get_mut(key).ok_or(XgboostError::MissingKey { place, key })?;
    let Value::Array(trees) = std::mem::replace(listed, Value::Array(Vec::new())) else {
        return Err(XgboostError::Kind { place, key, expected: "a list of trees" });
    };
    check_length(place, key, trees.len(), stated)?;
    if trees.is_empty() { Err(ForestError::NoTrees.into()) } else { Ok(trees) }
}

/// Group, iteration and weight of each tree.
type TreeLists = (Vec<u32>, Vec<u32>, Vec<f32>);

fn tree_lists(document: &Value, path: &[&'static str], trees: usize, groups: usize) -> Result<TreeLists, XgboostError> {
    let place = Place::Model;
    let model = required(document, path)?;
    let infos = integers(model, "tree_info")?;
    check_length(place, "tree_info", infos.len(), trees)?;
    if let Some(index) = infos.iter().position(|&group| !(0..groups as i64).contains(&group)) {
        let (found, expected) = (infos[index].to_string(), "the index of a score");
        return Err(XgboostError::Value { place, key: "tree_info", index, found, expected });
    }
    let booster = required(document, &["learner", "gradient_booster"])?;
    let weights = match booster.get("weight_drop").or_else(|| model.get("weight_drop")) {
        None => vec![1.0; trees],
        Some(list) => weights(list, trees)?,
    };
    let infos = infos.into_iter().map(|group| group as u32).collect();
    Ok((infos, iterations(model, trees, groups)?, weights))
}

fn integers(model: &Value, key: &'static str) -> Result<Vec<i64>, XgboostError> {
    let list = required(model, &[key])?.clone().integers();
    list.ok_or(XgboostError::Kind { place: Place::Model, key, expected: "a list of integers" })
}

/// The weights of a booster that drops trees.
fn weights(list: &Value, trees: usize) -> Result<Vec<f32>, XgboostError> {
    let (place, key) = (Place::Model, "weight_drop");
    let list = list.clone().numbers();
    let list = list.ok_or(XgboostError::Kind { place, key, expected: "a list of numbers" })?;
    check_length(place, key, list.len(), trees)?;
    match list.iter().position(|weight| !weight.is_finite()) {
        None => Ok(list),
        Some(index) => {
            let (found, expected) = (list[index].to_string(), "a finite number");
            Err(XgboostError::Value { place, key, index, found, expected })
        }
    }
}

/// The iteration of each tree: as recorded, or by their number where nothing is (before version 2).
fn iterations(model: &Value, trees: usize, groups: usize) -> Result<Vec<u32>, XgboostError> {
    let (place, key) = (Place::Model, "iteration_indptr");
    if model.get(key).is_none() {
        // Versions before 1.3 do not know parallel trees.
        let parallel = match required(model, &["gbtree_model_param"])?.get("num_parallel_tree") {
            Some(value) => parameter(place, "num_parallel_tree", value)?,
            None => 1,
        };
        let size = parallel.saturating_mul(groups).max(1);
        return Ok((0..trees).map(|tree| (tree / size) as u32).collect());
    }
    let starts = integers(model, key)?;
    let ends = starts.first() == Some(&0) && starts.last() == Some(&(trees as i64));
    if !ends || starts.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(XgboostError::Kind { place, key, expected: "ascending from 0 to the number of trees" });
    }
    let sizes = starts.windows(2).map(|pair| (pair[1] - pair[0]) as usize);
    Ok(sizes.enumerate().flat_map(|(iteration, size)| std::iter::repeat_n(iteration as u32, size)).collect())
}

/// All trees must have the same number of scores in a leaf: one, or one per class. Whether it is the latter.
fn check_widths(trees: &[FileTree], groups: usize, bytes: usize) -> Result<bool, XgboostError> {
    let per_node = |tree: &FileTree| tree.weights.len() / tree.places.len();
    let first = (trees[0].width, per_node(&trees[0]));
    for (index, tree) in trees.iter().enumerate() {
        let place = Place::Tree(index);
        let width = tree.width;
        if (width != 1 && width != groups) || width != first.0 {
            let found = width.to_string();
            let expected = "in all trees one score in a leaf, or one per class";
            return Err(XgboostError::Value { place, key: "size_leaf_vector", index: 0, found, expected });
        }
        if per_node(tree) != first.1 {
            let expected = tree.places.len() * first.1;
            return Err(XgboostError::Length { place, key: "base_weights", found: tree.weights.len(), expected });
        }
        if tree.covers.is_empty() != trees[0].covers.is_empty() {
            let tree = if tree.covers.is_empty() { index } else { 0 };
            return Err(XgboostError::MissingKey { place: Place::Tree(tree), key: "sum_hessian" });
        }
    }
    // Every class has a tree, or all are in each leaf.
    if first.0 == 1 && groups > trees.len() {
        return Err(XgboostError::Length { place: Place::Model, key: "trees", found: trees.len(), expected: groups });
    }
    let nodes: usize = trees.iter().map(|tree| tree.places.len()).sum();
    if nodes.saturating_mul(groups) > bytes.saturating_mul(MAX_RATIO).max(MIN_BYTES) / size_of::<f64>() {
        return Err(XgboostError::TooLarge { nodes, classes: groups, bytes });
    }
    Ok(first.0 > 1)
}

/// Names of the features, made up as the library makes them up if there are none.
fn names(around: &Around, n_features: usize) -> Vec<String> {
    if around.feature_names.is_empty() {
        return (0..n_features).map(|feature| format!("f{feature}")).collect();
    }
    around.feature_names.clone()
}

/// Adds what is recorded of a tree's nodes, in the forest's order.
fn take(tree: &FileTree, records: &mut Records, gains: &mut Vec<f64>) {
    let first = gains.len();
    let nodes = || tree.order.iter().map(|&node| node as usize);
    let per_node = tree.weights.len() / tree.places.len();
    gains.extend(nodes().map(|node| f64::from(tree.gains[node])));
    records.places.extend(nodes().map(|node| tree.places[node]));
    records.base_weights.extend(nodes().flat_map(|node| &tree.weights[node * per_node..][..per_node]));
    if !tree.covers.is_empty() {
        records.covers.extend(nodes().map(|node| tree.covers[node]));
    }
    if !tree.odd.is_empty() {
        let mut position = vec![0u32; tree.order.len()];
        for (new, node) in nodes().enumerate() {
            position[node] = (first + new) as u32;
        }
        let odd = tree.odd.iter().map(|(node, condition)| (position[*node as usize], condition.to_bits()));
        let before = records.odd_conditions.len();
        records.odd_conditions.extend(odd);
        records.odd_conditions[before..].sort_unstable();
    }
}

/// Values of the forest, `(n_nodes, n_outputs)`, from the scores of a tree.
fn dense(scores: &[f32], tree: &FileTree, around: &Around, group: u32, weight: f32) -> Vec<f64> {
    let (outputs, output) = match around.objective {
        Objective::Logistic(_) => (2, 1),
        Objective::Softmax(_) => (around.groups, group as usize),
        Objective::Identity(_) => (1, 0),
    };
    // Exact: two factors of 24 bits.
    let scaled = scores.iter().map(|score| f64::from(*score) * f64::from(weight));
    if tree.width > 1 || outputs == 1 {
        return scaled.collect();
    }
    let mut values = vec![0.0; scores.len() * outputs];
    for (node, score) in scaled.enumerate() {
        values[node * outputs + output] = score;
    }
    values
}
