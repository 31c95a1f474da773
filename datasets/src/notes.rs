//! [`Note`]: what a reader decided that its user should know.

use std::fmt;

/// A decision that went well enough to go on, and that may be wrong. `line` is 1-based; lists are in the order met.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The first line holds numbers, and was read as a row.
    NoHeader {
        /// Line.
        line: u64,
        /// Its first cells.
        cells: String,
    },
    /// The first line was read as the header although it holds numbers.
    NumbersInHeader {
        /// Line.
        line: u64,
        /// Its first cells.
        cells: String,
    },
    /// A column without a name that counts the rows, or R's row names; it was left out.
    IndexLeftOut {
        /// Name that it was given.
        column: String,
        /// What it is, in words.
        what: &'static str,
    },
    /// A column of numbers that counts the rows; it is a feature.
    CountsRows {
        /// Name.
        column: String,
    },
    /// A column of numbers, some of which have leading zeros, as codes have.
    LeadingZeros {
        /// Line of the first one.
        line: u64,
        /// Name.
        column: String,
        /// Cell.
        value: String,
    },
    /// A column of numbers, some of which have more digits than an `f64`.
    Rounded {
        /// Line of the first one.
        line: u64,
        /// Name.
        column: String,
        /// Cell.
        value: String,
    },
    /// A column of categories some of which are numbers.
    NumbersAmongCategories {
        /// Line of the first text.
        line: u64,
        /// Name.
        column: String,
        /// First text.
        value: String,
        /// Cells that are numbers.
        numbers: usize,
        /// Cells that are text.
        texts: usize,
    },
    /// A column of categories that are different in nearly every row.
    ManyCategories {
        /// Name.
        column: String,
        /// Distinct categories.
        categories: usize,
        /// Cells that are not missing.
        cells: usize,
        /// Line of the first text, and the text.
        first: (u64, String),
    },
    /// Cells of a category that training had not; they were read as missing.
    Unseen {
        /// Line of the first one.
        line: u64,
        /// Name.
        column: String,
        /// Cell.
        value: String,
        /// Number of such cells.
        cells: usize,
    },
    /// Indices of a libsvm file start at 0.
    FromZero {
        /// Line of the first index 0.
        line: u64,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader { line, cells } => write!(f, "line {line} ({cells}) is read as a row, not as a header"),
            Self::NumbersInHeader { line, cells } => {
                write!(f, "line {line} ({cells}) is read as the header although it holds numbers")
            }
            Self::IndexLeftOut { column, what } => write!(f, "column {column:?} is left out: it {what}"),
            Self::CountsRows { column } => write!(f, "column {column:?} only counts the rows, and is a feature"),
            Self::LeadingZeros { line, column, value } => {
                write!(
                    f,
                    "line {line}, column {column:?}: {value:?} has leading zeros, as a code, and is read as a number"
                )
            }
            Self::Rounded { line, column, value } => {
                write!(f, "line {line}, column {column:?}: {value:?} has more digits than a double, and is rounded")
            }
            Self::NumbersAmongCategories { line, column, value, numbers, texts } => write!(
                f,
                "line {line}, column {column:?}: the column is read as categories for {texts} cells of text such as \
                 {value:?}, beside {numbers} numbers"
            ),
            Self::ManyCategories { column, categories, cells, first: (line, value) } => write!(
                f,
                "line {line}, column {column:?}: the column is read as categories such as {value:?}, and has \
                 {categories} of them in {cells} cells"
            ),
            Self::Unseen { line, column, value, cells: 1 } => {
                write!(
                    f,
                    "line {line}, column {column:?}: the category {value:?} was not seen in training; it counts as missing"
                )
            }
            Self::Unseen { line, column, value, cells } => write!(
                f,
                "line {line}, column {column:?}: {cells} cells hold categories that were not seen in training, such as \
                 {value:?}; they count as missing"
            ),
            Self::FromZero { line } => write!(f, "line {line}: an index 0; features are counted from 0"),
        }
    }
}
