//! Tables of examples, read from files.
//!
//! ```
//! # #[cfg(feature = "read")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use secateur_datasets::{CsvOptions, TargetColumn, parse_csv, parse_csv_with};
//!
//! let train = "age,colour,ill\n34,red,no\n51,green,yes\n,red,no\n62,blue,yes\n";
//! let options = CsvOptions { target: TargetColumn::Name("ill".into()), ..CsvOptions::default() };
//! let (data, encoding) = parse_csv(train.as_bytes(), "train.csv", &options)?; // a file: read_csv
//! assert_eq!((data.n_examples(), data.n_features(), data.class_names().len()), (4, 2, 2));
//! assert!(data.features[[2, 0]].is_nan()); // a missing value
//!
//! // Later files are read alike: columns by name, text by the numbers that it had.
//! let options = CsvOptions { target: TargetColumn::None, ..CsvOptions::default() };
//! let later = parse_csv_with(&encoding, "colour,age\nred,40\n".as_bytes(), "later.csv", &options)?;
//! assert_eq!(later.features[[0, 1]], data.features[[0, 1]]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "read"))]
//! # fn main() {}
//! ```
//!
//! # Which question leads where
//!
//! | question | item |
//! |---|---|
//! | How do I read a file whose format I do not know? | [`read_table`]: CSV or libsvm, plain or compressed |
//! | How do I read CSV? | [`read_csv`] with [`CsvOptions`]; [`delimited`] has the rules |
//! | How do I read libsvm / SVMlight files? | [`libsvm`] |
//! | How do I read a later file like the first one? | [`Encoding`], [`read_csv_with`], [`read_table_with`] |
//! | What did the reader decide without asking? | [`Note`] |
//! | How do I split, select, or make a data set myself? | [`Dataset`] |
//! | What does everything that learns or measures take? | [`DatasetView`]: the same, borrowed |
//! | Is there data without a file? | `embedded`, a feature: small real data sets |
//! | What is random here? | [`random`]: seeded draws that stay the same |
//!
//! # What always holds
//!
//! - A missing value is NaN, and nothing else is. No number is larger than [`LARGEST`].
//! - What may be read in two ways is an error or a [`Note`] that names line, column and cell.
//! - Memory stays proportional to the bytes supplied, above a floor of some hundred MiB, unless a caller fixes the
//!   width of a sparse file. Compressed files are recognised by content, and inflate ([`inflate`]) up to a cap.
//! - Nothing here prints, and nothing is random without a seed.

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

/// What the README shows is compiled and run with the documentation.
#[cfg(all(doctest, feature = "read"))]
#[doc = include_str!("../README.md")]
struct Readme;
