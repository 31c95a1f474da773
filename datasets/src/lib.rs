//! Tables of examples, read from files.
//!
//! | module | content |
//! |---|---|
//! | [`dataset`] | [`Dataset`]: a dense matrix of features with names, target, weights and query groups |
//! | [`view`] | [`DatasetView`]: the same, borrowed; what everything that learns or measures takes |
//! | [`encoding`] | [`Encoding`]: how the columns of a file become numbers, so that later files are read alike |
//! | [`delimited`] | CSV and blank-separated files |
//! | [`libsvm`] | libsvm / SVMlight files |
//! | [`notes`] | [`Note`]: what a reader decided that its user should know |
//! | [`inflate`] | gzip and xz, recognised by content, with a cap on the inflated size |
//! | [`read`] | [`read_table`]: either format, compressed or not |
//! | [`random`] | seeded draws that stay the same
//! | `embedded`, a feature | small real data sets that need no file |
//!
//! Invariants: a missing value is NaN and nothing else is; no number is larger than [`LARGEST`]; memory stays
//! proportional to the bytes supplied, above a floor of some hundred MiB, unless a caller fixes the width of a sparse
//! file. Nothing here prints, and nothing is random without a seed.

pub mod dataset;
#[cfg(feature = "read")]
pub mod delimited;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod encoding;
pub mod error;
#[cfg(feature = "read")]
pub mod inflate;
#[cfg(feature = "read")]
mod labels;
#[cfg(feature = "read")]
pub mod libsvm;
#[cfg_attr(not(feature = "read"), expect(dead_code, reason = "what readers look for"))]
mod lookalike;
#[cfg(feature = "read")]
pub mod notes;
#[cfg_attr(not(feature = "read"), expect(dead_code, reason = "what readers parse"))]
mod number;
#[cfg(feature = "read")]
pub mod random;
#[cfg(feature = "read")]
pub mod read;
#[cfg(feature = "read")]
mod signature;
#[cfg(feature = "read")]
mod stray;
pub mod view;

pub use dataset::{Dataset, Target};
#[cfg(feature = "read")]
pub use delimited::{CsvOptions, Header, TargetColumn, TargetType, Unseen};
#[cfg(feature = "read")]
pub use delimited::{parse_csv, parse_csv_with, read_csv, read_csv_with, write_csv};
pub use encoding::{Column, ColumnKind, Encoding, TargetEncoding, TargetKind};
pub use error::{Error, Result};
#[cfg(feature = "read")]
pub use libsvm::{LibsvmOptions, parse_libsvm, parse_libsvm_with};
pub use lookalike::Lookalike;
#[cfg(feature = "read")]
pub use notes::Note;
pub use number::LARGEST;
#[cfg(feature = "read")]
pub use read::{Format, ReadOptions, parse_table, parse_table_noting, parse_table_with, read_table, read_table_with};
#[cfg(feature = "read")]
pub use read::{read_table_noting, read_table_with_noting};
pub use view::{DataError, DatasetView, TargetView, check_weights};
