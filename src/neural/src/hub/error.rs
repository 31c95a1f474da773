//! What can be wrong with a directory.

use std::path::PathBuf;

use crate::NetworkError;

/// Errors of model directories; all name the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No weights in any form that is read.
    #[error("{}: neither model.safetensors nor model.safetensors.index.json", path.display())]
    NoWeights {
        /// The directory.
        path: PathBuf,
    },
    /// Text that is not the JSON expected.
    #[error("{}: {reason}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// A configuration of a network that computes something else than the models here.
    #[error("{}: {field} is {found}, expected {expected}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Its field.
        field: &'static str,
        /// What it says.
        found: String,
        /// What can be read.
        expected: &'static str,
    },
    /// Not a safetensors file, or a damaged one.
    #[error("{}: {reason}", path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Numbers of a kind that is not read.
    #[error("{}: tensor {tensor} holds {dtype}, expected F64, F32, F16 or BF16", path.display())]
    Dtype {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// As the file says.
        dtype: String,
    },
    /// An index that names a file outside the directory.
    #[error("{}: the index names {shard:?}, which is not a plain file name", path.display())]
    Shard {
        /// The index.
        path: PathBuf,
        /// What it names.
        shard: String,
    },
    /// A tensor that the index puts in a file that has it not.
    #[error("{}: tensor {tensor} is not in {shard}", path.display())]
    NotInShard {
        /// The index.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The file named.
        shard: String,
    },
    /// Configuration and weights make no network.
    #[error("{}: {source}", path.display())]
    Network {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: NetworkError,
    },
}
