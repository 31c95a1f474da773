//! CSV and blank-separated files.
//!
//! Two readings. Without an [`Encoding`] the meaning of each column is inferred (`infer`); with one,
//! columns are found by name and every cell must fit (`encoded`). Both walk over the same records
//! (`records`) under the same layout: delimiter, header, names (`layout`).
//!
//! A cell is trimmed of blanks and compared with the missing markers; a missing feature is NaN. Cells
//! may be quoted (`"a,b"`, `""` for a quote). Empty lines are skipped, and lines of blanks too in files
//! of more than one column. A first line `sep=;`, as Excel writes it, states the delimiter. If every row has one
//! cell more than the header, the first cells are row names, as R writes them, and no column.

mod delimiter;
mod encoded;
mod feature;
mod header;
mod infer;
mod layout;
mod markers;
mod records;
mod roles;
mod weights;
mod write;

use std::path::Path;

use crate::dataset::Dataset;
use crate::encoding::Encoding;
use crate::error::Result;
use crate::inflate;
use crate::notes::Note;
use crate::number::Notation;

pub use markers::MISSING;
pub use write::write_csv;

/// Most columns of a table.
pub const MAX_COLUMNS: usize = 1 << 20;

/// Whether the first row holds the column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header {
    /// It does if no cell of it is a number or missing, or if it has text in a column where the second row has a
    /// number. What may be either is refused as [`Error::HeaderUnclear`](crate::Error::HeaderUnclear): `1,2,3`, or text
    /// that the column below holds again.
    ///
    /// With an encoding, what it was read from decides. One whose columns are called `x1`, `x2`, ..., the target too,
    /// is of a file without a header, and so is every file read with it, unless its first line has all these names.
    /// With any other, a first line is the header if it has all names of the features, or only names of the encoding;
    /// for other first lines the rule is as above, and nothing is unclear.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not: columns are called `x1`, `x2`, ... unless names are given.
    No,
}

/// Which column is to be predicted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TargetColumn {
    /// The column of this name.
    Name(String),
    /// The column of this number, counted from 0.
    Index(usize),
    /// The last column.
    #[default]
    Last,
    /// No column: all are features. With an encoding: the target is not read.
    None,
}

/// What a reader takes the target column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetType {
    /// Classes if the target has text, codes with leading zeros, or at most 20 distinct values, all integers; else
    /// values. Text among numbers is refused, and so are numbers that may be either: up to 50 distinct integers, fewer
    /// distinct values than a hundredth of the rows, or up to 20 of which each stands in ten rows
    /// ([`Error::TargetUnclear`](crate::Error::TargetUnclear)).
    #[default]
    Auto,
    /// Each distinct target is a class.
    Classes,
    /// Every target is a number.
    Numeric,
}

/// What becomes of a category that the encoding does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unseen {
    /// It is refused.
    #[default]
    Refused,
    /// It is read as missing, and [`Note::Unseen`] says so.
    Missing,
}

/// How to read a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// A byte, or blanks for `Some(b' ')`. `None`: the most frequent of `,` `;` tab `|` outside
    /// quotes in the first line (the first of these on a tie), blanks if it has none of them.
    pub delimiter: Option<u8>,
    /// Header row.
    pub header: Header,
    /// One name per column of the file, in place of the header or of `x1`, `x2`, ...
    pub column_names: Option<Vec<String>>,
    /// Column to predict. Only [`TargetColumn::None`] matters when there is an encoding.
    pub target: TargetColumn,
    /// Whether a file read with an encoding must have the target column.
    pub target_required: bool,
    /// Meaning of the target.
    pub target_type: TargetType,
    /// Cells that mean "missing", compared after trimming. In columns of numbers, `-`, `--`, `.`, `None`, `none` and
    /// `na` do too; a category that the encoding knows never does.
    pub missing: Vec<String>,
    /// What stands before the fraction of a number: `.` or `,`.
    pub decimal: u8,
    /// What stands between groups of three digits before the fraction.
    pub thousands: Option<u8>,
    /// Columns to read as categories although they hold numbers.
    pub categorical: Vec<String>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Column of weights: how often each row counts, a number >= 0. It is neither a feature nor the target, also where
    /// the target is the last column.
    pub weights: Option<String>,
    /// What becomes of a category that the encoding does not know.
    pub unseen: Unseen,
    /// With an encoding: which of its feature columns matter, in its order; `None` for all. The others are read where
    /// they are there and fit, and are missing elsewhere.
    pub needed: Option<Vec<bool>>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            header: Header::Auto,
            column_names: None,
            target: TargetColumn::Last,
            target_required: true,
            target_type: TargetType::Auto,
            missing: MISSING.map(String::from).to_vec(),
            decimal: b'.',
            thousands: None,
            categorical: Vec::new(),
            drop: Vec::new(),
            weights: None,
            unseen: Unseen::Refused,
            needed: None,
        }
    }
}

impl CsvOptions {
    fn notation(&self) -> Notation {
        Notation { decimal: self.decimal, thousands: self.thousands }
    }
}

/// Reads a training file, compressed or not, and infers its encoding.
///
/// # Errors
/// Those of [`inflate::read`] and [`parse_csv`].
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<(Dataset, Encoding)> {
    parse_csv(&inflate::read(path, None)?, &path.display().to_string(), options)
}

/// Reads a file, compressed or not, as `encoding` says.
///
/// # Errors
/// Those of [`inflate::read`] and [`parse_csv_with`].
pub fn read_csv_with(encoding: &Encoding, path: &Path, options: &CsvOptions) -> Result<Dataset> {
    parse_csv_with(encoding, &inflate::read(path, None)?, &path.display().to_string(), options)
}

/// As [`read_csv`], from bytes that are not compressed; `file` names them in errors.
///
/// A column is numeric if all its cells are numbers or missing, else categorical. A column most of whose cells are
/// numbers or look like some, or that has ten numbers and at most three distinct texts, is refused if it is not named
/// in `categorical`. Categories and classes are texts: `01` and `1` are two, but `1`, `+1` and `1.0` are one.
///
/// # Errors
/// [`Error::Empty`](crate::Error::Empty), `HeaderOnly`, `HeaderUnclear`, `Ragged`, `TooManyColumns`, `DuplicateColumn`,
/// `ColumnNames`, `MissingColumn`, `ColumnIndex`, `ColumnRole`, `NoFeatures`, `Infinite`, `MixedColumn`, `MixedTarget`, `Lookalike`, `Separators`,
/// `MissingTarget`, `TargetUnclear`, `NotNumeric` (a target or a weight that is to be a number), `MissingWeight`,
/// `Weight`, `NoWeight` or `NotUtf8`.
pub fn parse_csv(bytes: &[u8], file: &str, options: &CsvOptions) -> Result<(Dataset, Encoding)> {
    infer::parse(bytes, file, options, &mut Vec::new())
}

/// As [`parse_csv`], with what the reader decided.
pub(crate) fn parse_csv_noting(
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<(Dataset, Encoding)> {
    infer::parse(bytes, file, options, notes)
}

/// As [`read_csv_with`], from bytes that are not compressed; `file` names them in errors.
///
/// Columns may stand in any order and further columns are ignored.
///
/// # Errors
/// [`Error::MissingColumn`](crate::Error::MissingColumn), `NotNumeric`, `Infinite`, `UnseenCategory`,
/// `UnknownLabels`, `MissingTarget`, [`Encoding`](crate::Error::Encoding), those of weights (`ColumnRole`,
/// `MissingWeight`, `Weight`, `NoWeight`), and those of the layout:
/// `Empty`, `HeaderOnly`, `Ragged`, `TooManyColumns`, `DuplicateColumn`, `ColumnNames`, `NotUtf8`.
pub fn parse_csv_with(encoding: &Encoding, bytes: &[u8], file: &str, options: &CsvOptions) -> Result<Dataset> {
    encoded::parse(encoding, bytes, file, options, &mut Vec::new())
}

/// As [`parse_csv_with`], with what the reader decided.
pub(crate) fn parse_csv_with_noting(
    encoding: &Encoding,
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<Dataset> {
    encoded::parse(encoding, bytes, file, options, notes)
}

#[cfg(test)]
mod tests;
