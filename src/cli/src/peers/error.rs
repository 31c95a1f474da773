//! Why a peer could not be trained.

use std::path::PathBuf;

use secateur_program::Stop;

/// Why a peer could not be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The Python could not be started.
    #[error("{python}: {message}", python = python.display())]
    Python {
        /// Its path, or a name to be looked up.
        python: PathBuf,
        /// What the system said.
        message: String,
    },
    /// The Python lacks a module.
    #[error("{python} has no module `{module}`", python = python.display())]
    NotInstalled {
        /// Its path, or a name to be looked up.
        python: PathBuf,
        /// The module.
        module: String,
    },
    /// The script ended with an error.
    #[error("{peer}: {message}")]
    Failed {
        /// The peer.
        peer: &'static str,
        /// The last lines that it said.
        message: String,
    },
    /// A model that cannot be read.
    #[error("{peer}: a model that cannot be read: {message}")]
    Malformed {
        /// The peer.
        peer: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Files for the script, or of it, could not be written or read.
    #[error("files of another program: {message}")]
    Files {
        /// What the system said.
        message: String,
    },
    /// Stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}
