//! CSV and blank-separated files.
//!
//! Two readings. Without an [`Encoding`] the meaning of each column is inferred (`infer`); with one,
//! columns are found by name and every cell must fit (`encoded`). Both walk over the same records
//! (`records`) under the same layout: delimiter, header, names (`layout`).
//!
//! A cell is trimmed of blanks and compared with the missing markers; a missing feature is NaN. Cells
//! may be quoted (`"a,b"`, `""` for a quote), except in blank-separated files. Empty lines are skipped,
//! and lines of blanks too in files of more than one column.

mod encoded;
mod infer;
mod layout;
mod records;
mod write;

use std::path::Path;

use crate::encoding::Encoding;
use crate::error::Result;
use crate::inflate;
use crate::table::Table;

pub use write::write_csv;

/// Whether the first row holds the column names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header {
    /// It does if no cell of it is a number or missing, or if it has text in a column where the second
    /// row has a number. With an encoding, also if it has the name of one of its feature columns.
    /// A file of text only, without a header, is therefore misread: say [`Header::No`].
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

/// What the target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Task {
    /// Classes if the target has text or at most 20 distinct values, all integers; else values.
    #[default]
    Auto,
    /// Each distinct target is a class.
    Classify,
    /// Every target is a number.
    Regress,
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
    pub task: Task,
    /// Cells that mean "missing", compared after trimming.
    pub missing: Vec<String>,
    /// Columns to read as categories although they hold numbers.
    pub categorical: Vec<String>,
    /// Columns to leave out.
    pub drop: Vec<String>,
    /// Read a category that the encoding does not know as missing instead of refusing it.
    pub unseen_as_missing: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            header: Header::Auto,
            column_names: None,
            target: TargetColumn::Last,
            target_required: true,
            task: Task::Auto,
            missing: ["", "?", "NA", "N/A", "NaN", "nan", "null"].map(String::from).to_vec(),
            categorical: Vec::new(),
            drop: Vec::new(),
            unseen_as_missing: false,
        }
    }
}

impl CsvOptions {
    fn is_missing(&self, cell: &[u8]) -> bool {
        self.missing.iter().any(|marker| marker.as_bytes() == cell)
    }
}

/// Reads a training file, compressed or not, and infers its encoding.
///
/// # Errors
/// Those of [`inflate::read`] and [`parse_csv`].
pub fn read_csv(path: &Path, options: &CsvOptions) -> Result<(Table, Encoding)> {
    parse_csv(&inflate::read(path, None)?, &path.display().to_string(), options)
}

/// Reads a file, compressed or not, as `encoding` says.
///
/// # Errors
/// Those of [`inflate::read`] and [`parse_csv_with`].
pub fn read_csv_with(encoding: &Encoding, path: &Path, options: &CsvOptions) -> Result<Table> {
    parse_csv_with(encoding, &inflate::read(path, None)?, &path.display().to_string(), options)
}

/// As [`read_csv`], from bytes that are not compressed; `file` names them in errors.
///
/// A column is numeric if all its cells are numbers or missing, else categorical; a column with text
/// in less than a tenth of its cells is refused as a probable typing error.
///
/// # Errors
/// [`Error::Empty`](crate::Error::Empty), `HeaderOnly`, `Ragged`, `DuplicateColumn`, `ColumnNames`,
/// `MissingColumn`, `ColumnIndex`, `ColumnRole`, `NoFeatures`, `Infinite`, `MixedColumn`,
/// `MissingTarget`, `NotNumeric` (a target that is to be a number) or `NotUtf8`.
pub fn parse_csv(bytes: &[u8], file: &str, options: &CsvOptions) -> Result<(Table, Encoding)> {
    infer::parse(bytes, file, options)
}

/// As [`read_csv_with`], from bytes that are not compressed; `file` names them in errors.
///
/// Columns may stand in any order and further columns are ignored.
///
/// # Errors
/// [`Error::MissingColumn`](crate::Error::MissingColumn), `NotNumeric`, `Infinite`, `UnseenCategory`,
/// `UnknownLabels`, `MissingTarget`, [`Encoding`](crate::Error::Encoding), and those of the layout:
/// `Empty`, `HeaderOnly`, `Ragged`, `DuplicateColumn`, `ColumnNames`, `NotUtf8`.
pub fn parse_csv_with(encoding: &Encoding, bytes: &[u8], file: &str, options: &CsvOptions) -> Result<Table> {
    encoded::parse(encoding, bytes, file, options)
}

#[cfg(test)]
mod tests;
