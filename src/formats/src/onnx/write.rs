//! From a forest to bytes.

use prost::Message;
use secateur_forest::Task;

use super::error::WriteError;
use super::fill::fill;
use super::proto::ModelProto;
use super::records::{Records, Source};
use super::rows::Rows;
use super::{Imported, standalone};

/// Which operators a new file uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// `TreeEnsembleClassifier` and `TreeEnsembleRegressor`, version 3 of `ai.onnx.ml`.
    #[default]
    V3,
    /// `TreeEnsemble`, version 5 of `ai.onnx.ml`.
    V5,
}

/// Writes a model as it came: its own graph, labels and names, with the trees that the forest has now. A forest from
/// elsewhere is written as [`write_as`] does in [`Version::V3`].
///
/// Thresholds come back bit for bit (but that the zero of a `BRANCH_LT` is positive), weights as they were wherever the
/// forest still has them, nodes in their order, with numbers from 0. What has become a leaf gets the weights of its
/// values. Where that leaves a score of two classes without a negative weight, a tree of one split is added that
/// changes no prediction: without a negative weight, ONNX Runtime chooses classes by another rule.
///
/// # Errors
/// [`WriteError`] if the forest is of another kind than the one the file had.
///
/// # Complexity
/// O(nodes x outputs) time and memory.
pub fn write(model: &Imported) -> Result<Vec<u8>, WriteError> {
    match &model.records.source {
        Some(source) => write_into(model, source),
        None => write_as(model, Version::default()),
    }
}

/// Writes a forest as a graph of its own: one tensor `X` of all features, and as outputs `label` and `probabilities`,
/// or `variable`.
///
/// Numbers are of the precision in which the forest compares: in single precision thresholds are rounded down, which
/// changes no comparison, and weights to the nearest. Missing values go where the forest sends them; where it refuses
/// them, to the right. A forest whose trees vote becomes one that averages votes. Names of features are kept in the
/// model's metadata, and counts of classes as hit rates. Splits on categories are sets in version 5, and chains of
/// splits on equality in version 3; a fraction is in none of them, where the forest rounds it towards zero.
///
/// # Errors
/// [`WriteError::OneClass`], [`WriteError::NoFeatures`], [`WriteError::ZeroIsMissing`], [`WriteError::NotFinite`], or
/// [`WriteError::Categories`] for an empty set, and one of numbers that single precision does not have.
///
/// # Complexity
/// O(nodes x outputs) time and memory; in [`Version::V5`] a tree stands there once per class that it adds to.
pub fn write_as(model: &Imported, version: Version) -> Result<Vec<u8>, WriteError> {
    let forest = &model.forest;
    if forest.n_features() == 0 {
        return Err(WriteError::NoFeatures);
    }
    if forest.n_outputs() == 1 && *forest.task() != Task::Regression {
        return Err(WriteError::OneClass);
    }
    let counted = standalone::votes(forest);
    let forest = counted.as_ref().unwrap_or(forest);
    let hitrates = standalone::counts(forest);
    let source = standalone::source(forest, &model.records.feature_names, version, !hitrates.is_empty());
    let records = Records { hitrates, ..Records::named(forest, &model.records.feature_names) };
    let gains = Vec::new();
    write_into(&Imported { forest: forest.clone(), gains, records }, &source)
}

fn write_into(model: &Imported, source: &Source) -> Result<Vec<u8>, WriteError> {
    let rows = Rows::of(model, source)?;
    let damaged = |what: &str| WriteError::Records(what.to_owned());
    let mut shell =
        ModelProto::decode(source.shell.as_slice()).map_err(|error| WriteError::Records(error.to_string()))?;
    let graph = shell.graph.as_mut().ok_or_else(|| damaged("the graph is not there"))?;
    let node = graph.node.get_mut(source.node).ok_or_else(|| damaged("the ensemble is not there"))?;
    fill(node, &rows)?;
    Ok(shell.encode_to_vec())
}
