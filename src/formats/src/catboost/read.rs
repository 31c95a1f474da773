//! From a text to a forest.

use super::document::Document;
use super::error::CatBoostError;
use super::features::Features;
use super::objective::{Objective, Stated};
use super::tree::Tree;
use super::{Imported, Records};
use secateur_forest::{Aggregation, Forest, ForestError, Precision, RawForest, RawTree};

/// Reads a CatBoost model in JSON (`save_model(path, format="json")`). See the [module](super) for what is taken.
///
/// # Errors
/// [`CatBoostError`] names the tree, and the node, key or feature.
///
/// # Complexity
/// O(bytes) time and memory.
pub fn read(text: &str) -> Result<Imported, CatBoostError> {
    read_model(text, None)
}

/// As [`read`], for a model that does not say what its scores mean, or means something that is not supported.
///
/// # Errors
/// Those of [`read`]; [`CatBoostError::Stated`] if the model's own loss is supported.
pub fn read_as(text: &str, stated: Stated) -> Result<Imported, CatBoostError> {
    read_model(text, Some(stated))
}

fn read_model(text: &str, stated: Option<Stated>) -> Result<Imported, CatBoostError> {
    let document = Document::of(text)?;
    let (scale, bias) = &document.scale_and_bias;
    let bias = bias.as_slice();
    if !scale.is_finite() {
        return Err(CatBoostError::Scale { found: *scale });
    }
    let objective = Objective::of(&document.model_info.0, bias.len(), stated)?;
    let task = objective.task(&document.model_info.0, bias.len())?;
    let (n_outputs, first) = (task.n_outputs(), objective.first_output());
    let features = Features::of(&document.features_info.0, text.len())?;
    let trees = trees(&document, &features)?;
    if !document.ctr_data.0.is_null() {
        return Err(CatBoostError::CtrData);
    }
    let widen = |scores: &[f64], scale: f64| -> Vec<f64> {
        let mut outputs = vec![0.0; n_outputs];
        outputs[first..].iter_mut().zip(scores).for_each(|(output, score)| *output = scale * score);
        outputs
    };
    let weighted = trees.iter().all(|tree| !tree.weights.is_empty());
    let (mut raw, mut weights) = (Vec::with_capacity(trees.len()), Vec::new());
    for tree in trees {
        let rows = tree.scores.chunks_exact(bias.len()).flat_map(|scores| widen(scores, *scale));
        let (mut value, mut sums) = (rows.collect::<Vec<f64>>(), tree.weights.clone());
        let order: Vec<u32> = (0..tree.tree.feature.len() as u32).collect();
        let children = |node: u32| tree.children(node as usize);
        sums.resize(order.len(), 0.0);
        crate::means::fill(&mut value, n_outputs, &mut sums, &order, children);
        if weighted {
            weights.extend(sums);
        }
        raw.push(RawTree { value, ..tree.tree });
    }
    let forest = Forest::new(RawForest {
        task,
        n_features: features.names.len(),
        precision: Precision::F32,
        aggregation: Aggregation::Sum,
        base: widen(bias, 1.0),
        trees: raw,
    })?;
    let (model_info, features_info) = (document.model_info.0, document.features_info.0);
    let records = Records { weights, feature_names: features.names, objective, model_info, features_info };
    Ok(Imported { gains: vec![0.0; forest.n_nodes()], forest, records })
}

/// The trees, expanded to splits with two children.
fn trees(document: &Document, features: &Features) -> Result<Vec<Tree>, CatBoostError> {
    let dimension = document.scale_and_bias.1.as_slice().len();
    let trees: Vec<Tree> = match (&document.oblivious_trees, &document.trees) {
        (Some(trees), None) => {
            let trees = trees.iter().enumerate();
            trees.map(|(index, tree)| Tree::of_oblivious(tree, index, features, dimension)).collect::<Result<_, _>>()?
        }
        (None, Some(trees)) => {
            let trees = trees.iter().enumerate();
            trees.map(|(index, tree)| Tree::of_node(tree, index, features, dimension)).collect::<Result<_, _>>()?
        }
        _ => return Err(CatBoostError::Trees),
    };
    if trees.is_empty() { Err(ForestError::NoTrees.into()) } else { Ok(trees) }
}
