//! Everything that can be wrong with a file, a folder or a request.
//!
//! Messages name the file, the 1-based line, the column and the offending value, so that a user can
//! act without opening the documentation.

use crate::lookalike::Lookalike;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An input that was refused. `file` is the path, or the name that the caller gave to the bytes;
/// `line` is 1-based.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system could not read or write.
    #[error("{file}: {source}")]
    Io {
        /// File.
        file: String,
        /// Cause.
        source: std::io::Error,
    },
    /// A compressed file is truncated, damaged, or uses an unsupported filter.
    #[error("{file}: damaged {format} data: {reason}")]
    Compressed {
        /// File.
        file: String,
        /// `"gzip"` or `"xz"`.
        format: &'static str,
        /// What the decoder met.
        reason: String,
    },
    /// A compressed file is larger than the cap when inflated.
    #[error("{file}: {compressed} compressed bytes inflate to more than the cap of {cap} bytes")]
    InflatedSize {
        /// File.
        file: String,
        /// Bytes of the compressed file.
        compressed: usize,
        /// Cap in bytes.
        cap: usize,
    },
    /// Not a table of text.
    #[error("{file}: looks like {looks_like}: {advice}")]
    NotText {
        /// File.
        file: String,
        /// What it looks like.
        looks_like: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// Not a file, or one whose reading may never end.
    #[error("{file}: this is {what}, not a file; a pipe is read as /dev/stdin")]
    NotAFile {
        /// File.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// A pipe that gives more than is read of one.
    #[error("{file}: more than {limit} bytes came through this pipe; give them as a file")]
    LongPipe {
        /// File.
        file: String,
        /// Most bytes that are read.
        limit: u64,
    },
    /// A line of more cells than a table may have columns.
    #[error("{file}, line {line}: {found} cells; a table has at most {limit} columns")]
    TooManyColumns {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Cells of the line.
        found: usize,
        /// Most columns.
        limit: usize,
    },
    /// The first line may hold column names or values.
    #[error("{file}, line {line}: is this the header or a row: {cells}? {why}")]
    HeaderUnclear {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Its first cells.
        cells: String,
        /// What speaks for one and for the other.
        why: &'static str,
    },
    /// One character before fractions and between thousands.
    #[error("{file}: {separator:?} cannot stand before fractions and between thousands")]
    Separators {
        /// File.
        file: String,
        /// The character.
        separator: char,
    },
    /// A target most of which are numbers, with some text.
    #[error(
        "{file}, line {line}: the target {column:?} is {value:?}, which is not a number{}, although {numbers} other rows \
         have one", as_what(.looks_like)
    )]
    MixedTarget {
        /// File.
        file: String,
        /// Line of the first text.
        line: u64,
        /// Target column.
        column: String,
        /// The first text.
        value: String,
        /// What it looks like.
        looks_like: Option<Lookalike>,
        /// Rows whose target is a number.
        numbers: usize,
    },
    /// Numbers that may be classes or values.
    #[error("{file}: the target {column:?} holds {what}: are they classes or numbers to regress on?")]
    TargetUnclear {
        /// File.
        file: String,
        /// Target column.
        column: String,
        /// What it holds, in words.
        what: String,
    },
    /// No row at all.
    #[error("{file}: the file is empty")]
    Empty {
        /// File.
        file: String,
    },
    /// A header and no row.
    #[error("{file}: there is a header (line {line}) and no row below it")]
    HeaderOnly {
        /// File.
        file: String,
        /// Line of the header.
        line: u64,
    },
    /// Nothing is left to predict from: no feature column, or every feature cell is missing.
    #[error("{file}: no usable feature column among: {}", listing(.columns))]
    NoFeatures {
        /// File.
        file: String,
        /// All columns of the file.
        columns: Vec<String>,
    },
    /// A row with too few or too many cells.
    #[error("{file}, line {line}: {found} cells where {expected} are expected")]
    Ragged {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Cells of the first row.
        expected: usize,
        /// Cells of this row.
        found: usize,
    },
    /// Two columns have the same name.
    #[error("{file}: two columns are called {name:?}")]
    DuplicateColumn {
        /// File.
        file: String,
        /// The name.
        name: String,
    },
    /// The given column names do not fit the file.
    #[error("{file}: {given} column names were given for {found} columns")]
    ColumnNames {
        /// File.
        file: String,
        /// Number of names given.
        given: usize,
        /// Columns of the file.
        found: usize,
    },
    /// A column that is needed is not in the file.
    #[error("{file}: there is no column {name:?}; the columns are: {}", listing(.found))]
    MissingColumn {
        /// File.
        file: String,
        /// The column looked for.
        name: String,
        /// Columns of the file.
        found: Vec<String>,
    },
    /// A column is asked for by a number that the file does not have.
    #[error("{file}: there is no column {index} (counted from 0); the file has {found}")]
    ColumnIndex {
        /// File.
        file: String,
        /// 0-based number of the column.
        index: usize,
        /// Columns of the file.
        found: usize,
    },
    /// A column is asked to be two things at once.
    #[error("{file}: column {name:?} is {is} and cannot also be {role}")]
    ColumnRole {
        /// File.
        file: String,
        /// The column.
        name: String,
        /// The first role.
        is: &'static str,
        /// The second role.
        role: &'static str,
    },
    /// A row without a weight.
    #[error("{file}, line {line}: the weight {column:?} is missing")]
    MissingWeight {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Column of weights.
        column: String,
    },
    /// A weight that is no number >= 0.
    #[error("{file}, line {line}, column {column:?}: the weight {value:?} is {what}; weights are numbers >= 0")]
    Weight {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Column of weights.
        column: String,
        /// Cell.
        value: String,
        /// What it is, in words.
        what: &'static str,
    },
    /// No row counts.
    #[error("{file}, line {line} and below, column {column:?}: all weights are zero, so that no row counts")]
    NoWeight {
        /// File.
        file: String,
        /// Line of the first row.
        line: u64,
        /// Column of weights.
        column: String,
    },
    /// A column of weights in a format without columns.
    #[error("{file}: a libsvm file has no column {column:?} of weights")]
    WeightsOfLibsvm {
        /// File.
        file: String,
        /// Column asked for.
        column: String,
    },
    /// An infinite value, or a number larger than [`LARGEST`](crate::LARGEST).
    #[error(
        "{file}, line {line}, column {column:?}: {value:?} is infinite or too large; numbers go up to 1e150 in size, \
         so that their squares can be summed"
    )]
    Infinite {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Column.
        column: String,
        /// Cell.
        value: String,
    },
    /// Text in a numeric column.
    #[error("{file}, line {line}, column {column:?}: {value:?} is not a number{}", as_what(.looks_like))]
    NotNumeric {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Column.
        column: String,
        /// Cell.
        value: String,
        /// What it looks like.
        looks_like: Option<Lookalike>,
    },
    /// A column of numbers with some cells of text: typing errors, or a marker of missing values.
    #[error(
        "{file}, line {line}, column {column:?}: {value:?} is not a number although {numbers} other cells of the \
         column are; correct it, add it to the missing markers, or name the column as categorical"
    )]
    MixedColumn {
        /// File.
        file: String,
        /// Line of the first text cell.
        line: u64,
        /// Column.
        column: String,
        /// The first text cell.
        value: String,
        /// Cells of the column that are numbers.
        numbers: usize,
    },
    /// A column of numbers that are written as is not read.
    #[error(
        "{file}, line {line}, column {column:?}: {value:?} looks like {looks_like}, as {cells} cells of the column do"
    )]
    Lookalike {
        /// File.
        file: String,
        /// Line of the first such cell.
        line: u64,
        /// Column.
        column: String,
        /// The first such cell.
        value: String,
        /// What it looks like.
        looks_like: Lookalike,
        /// Number of cells like this one.
        cells: usize,
    },
    /// A category that the encoding does not know.
    #[error("{file}, line {line}, column {column:?}: the category {value:?} was not seen in training")]
    UnseenCategory {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Column.
        column: String,
        /// Cell.
        value: String,
    },
    /// Class labels that the encoding does not know.
    #[error(
        "{file}, line {line}: unknown class labels {}; the known ones are: {}",
        listing(.labels), listing(.known)
    )]
    UnknownLabels {
        /// File.
        file: String,
        /// Line of the first one.
        line: u64,
        /// The unknown labels, in order of appearance; at most twenty.
        labels: Vec<String>,
        /// The class names of the encoding.
        known: Vec<String>,
    },
    /// A row without a target.
    #[error("{file}, line {line}: the target {column:?} is missing")]
    MissingTarget {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Target column.
        column: String,
    },
    /// Bytes that are not UTF-8 text.
    #[error("{file}, line {line}: the text is not UTF-8")]
    NotUtf8 {
        /// File.
        file: String,
        /// Line.
        line: u64,
    },
    /// A token that the libsvm format does not allow.
    #[error("{file}, line {line}: {token:?} where {expected} is expected")]
    Token {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// The token.
        token: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// Feature indices of a libsvm line that do not ascend.
    #[error("{file}, line {line}: index {index} follows index {previous}; indices must ascend")]
    NotAscending {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Previous index.
        previous: u64,
        /// Offending index.
        index: u64,
    },
    /// A feature index beyond the number of features.
    #[error("{file}, line {line}: index {index} is beyond the limit of {limit} features")]
    TooWide {
        /// File.
        file: String,
        /// Line.
        line: u64,
        /// Index, 1-based.
        index: u64,
        /// Largest index allowed.
        limit: u64,
    },
    /// A dense table of this size would be out of proportion to the file, or of memory.
    #[error(
        "{file}: {bytes} bytes describe a table of {rows} x {features}, too sparse to store densely ({} MB); state the \
         number of features to read it all the same", .rows.saturating_mul(*.features) / 125_000
    )]
    TooSparse {
        /// File.
        file: String,
        /// Bytes supplied.
        bytes: usize,
        /// Rows.
        rows: usize,
        /// Features.
        features: usize,
    },
    /// Some lines have a query id and others none.
    #[error("{file}, line {line}: either every line has a qid or none; this one differs from the first")]
    PartialGroups {
        /// File.
        file: String,
        /// First line that differs.
        line: u64,
    },
    /// An encoding that contradicts itself (a damaged model file).
    #[error("unusable encoding: {reason}")]
    Encoding {
        /// What is wrong.
        reason: String,
    },
    /// Tables that cannot be joined.
    #[error("tables differ in {what} and cannot be joined")]
    Join {
        /// The part that differs.
        what: &'static str,
    },
    /// Fractions of a split that are no fractions.
    #[error("a split into the fractions {fractions:?}: expected numbers >= 0 that add up to at most 1")]
    Fractions {
        /// Fractions asked for.
        fractions: Vec<f64>,
    },
    /// A split asks for more examples than there are.
    #[error("a split into parts of {parts:?} needs more than the {n_examples} examples there are")]
    Split {
        /// Sizes asked for.
        parts: Vec<usize>,
        /// Examples of the table.
        n_examples: usize,
    },
}

/// The first names of a list, and how many more there are.
pub(crate) fn listing(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn as_what(looks_like: &Option<Lookalike>) -> String {
    looks_like.map_or(String::new(), |looks_like| format!("; it looks like {looks_like}"))
}

impl Error {
    /// An operating-system error on `file`.
    #[must_use]
    pub fn io(file: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { file: file.into(), source }
    }
}
