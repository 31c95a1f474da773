//! What can be wrong with a known data set, or with a request for one.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A data set that cannot be had. `file` is a path, or a path inside the folder of data sets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table, or a file, that cannot be read.
    #[error(transparent)]
    Table(#[from] secateur_datasets::Error),
    /// Not an IDX file of bytes, or a damaged one.
    #[error("{file}: {reason}")]
    Idx {
        /// File.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A damaged archive, or one with a file that does not belong there.
    #[error("{file}: {reason}")]
    Archive {
        /// The archive.
        file: String,
        /// File in it, and what is wrong.
        reason: String,
    },
    /// Text that is not UTF-8.
    #[error("{file}: no UTF-8 text at byte {at}")]
    Utf8 {
        /// File.
        file: String,
        /// First byte that does not fit.
        at: usize,
    },
    /// A sentence with another label.
    #[error("{file}, line {line}: label {found:?}, expected 0 or 1")]
    SentenceLabel {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// As it stands there.
        found: String,
    },
    /// A generator was asked for something that does not exist.
    #[error("cannot generate: {reason}")]
    Specification {
        /// What is wrong.
        reason: String,
    },
    /// The folder of the data sets is not set.
    #[error("the environment variable {variable} is not set; set it to the folder of the data sets")]
    NoFolder {
        /// Name of the variable.
        variable: &'static str,
    },
    /// A file of a known data set is not in the folder.
    #[error(
        "{file} is missing in the folder {}; set SECATEUR_DATA, or the folder given, to the one that holds it \
         (published as {from})", .folder.display()
    )]
    MissingFile {
        /// Path inside the folder.
        file: String,
        /// The folder.
        folder: PathBuf,
        /// Public source, `repository@commit/path`.
        from: String,
    },
    /// A file of a known data set is not the one that the manifest lists.
    #[error("{file}: sha256 is {found}, the manifest expects {expected}")]
    Digest {
        /// File.
        file: String,
        /// Digest in the manifest, hexadecimal.
        expected: String,
        /// Digest of the file.
        found: String,
    },
    /// A data set that the manifest does not list.
    #[error("there is no data set {name:?}; the known ones are: {}", .known.join(", "))]
    UnknownSet {
        /// Name asked for.
        name: String,
        /// Names of the manifest.
        known: Vec<String>,
    },
    /// A data set without published prices.
    #[error("no prices are known for {name:?}; they are for: {}", .known.join(", "))]
    NoPrices {
        /// Name asked for.
        name: String,
        /// Data sets with prices.
        known: Vec<String>,
    },
    /// A price file or sheet that contradicts itself.
    #[error("{file}: {reason}")]
    Prices {
        /// File, or the name of the sheet.
        file: String,
        /// What is wrong.
        reason: String,
    },
}
