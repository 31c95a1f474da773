//! Tables of examples: read from files, taken from known data sets, or generated.
//!
//! | module | content |
//! |---|---|
//! | [`table`] | [`Table`]: a dense matrix of features with names, target and query groups |
//! | [`encoding`] | [`Encoding`]: how the columns of a file become numbers, so that later files are read alike |
//! | [`delimited`] | CSV and blank-separated files |
//! | [`libsvm`] | libsvm / SVMlight files |
//! | [`notes`] | [`Note`]: what a reader decided that its user should know |
//! | [`inflate`] | gzip and xz, recognised by content, with a cap on the inflated size |
//! | [`read`] | [`read_table`]: either format, compressed or not |
//! | [`manifest`] | the known data sets: files, digests, sources, shapes |
//! | [`catalogue`] | [`Catalogue`]: the known data sets in a folder, checked and loaded |
//! | [`corpora`] | texts, images and sentences of the same folder |
//! | `pictures`, a feature | colour images of the same folder |
//! | [`prices`] | [`PriceSheet`]: what it costs to know a feature |
//! | [`embedded`] | small real data sets that need no file |
//! | [`generate`] | seeded artificial data |
//!
//! Invariants: a missing value is NaN and nothing else is; no number is larger than [`LARGEST`]; memory stays
//! proportional to the bytes supplied, above a floor of some hundred MiB, unless a caller fixes the width of a sparse
//! file. Nothing here prints, and nothing is random without a seed.

pub mod catalogue;
pub mod corpora;
pub mod delimited;
pub mod embedded;
pub mod encoding;
pub mod error;
pub mod generate;
mod idx;
pub mod inflate;
mod labels;
pub mod libsvm;
mod lookalike;
pub mod manifest;
pub mod notes;
mod number;
#[cfg(feature = "pictures")]
pub mod pictures;
pub mod prices;
mod random;
pub mod read;
mod signature;
mod stray;
pub mod table;

pub use catalogue::{Catalogue, LoadedSet};
pub use delimited::{CsvOptions, Header, TargetColumn, Task, Unseen};
pub use delimited::{parse_csv, parse_csv_with, read_csv, read_csv_with, write_csv};
pub use encoding::{Column, ColumnKind, Encoding, TargetEncoding, TargetKind};
pub use error::{Error, Result};
pub use libsvm::{LibsvmOptions, parse_libsvm, parse_libsvm_with};
pub use lookalike::Lookalike;
pub use notes::Note;
pub use number::LARGEST;
pub use prices::PriceSheet;
pub use read::{Format, ReadOptions, parse_table, parse_table_noting, parse_table_with, read_table, read_table_with};
pub use read::{read_table_noting, read_table_with_noting};
pub use table::{Table, Target};
