//! Data files as examples, and errors of rows and columns in the words of the file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use secateur::forest::{DataError, DatasetView};
use secateur_datasets::{
    CsvOptions, Dataset, Encoding, Format, Header, LibsvmOptions, Note, ReadOptions, TargetColumn, Unseen,
    read_table_with_noting,
};

use super::arguments::{decimal, delimiter, thousands};
use super::failure::Failure;
use super::hints;
use super::session::Session;

/// How to read data files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading data (CSV or libsvm, plain, .gz or .xz; recognised by content)")]
pub(super) struct Reading {
    /// Character between cells: `,` `;` `tab` `space` ... [default: found in the first line]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// What stands before the fraction of a number: `.` or `,`
    #[arg(long, value_name = "CHAR", value_parser = decimal, default_value = ".")]
    decimal: u8,
    /// What stands between groups of three digits: `,` `.` `'` `_` `space` [default: nothing]
    #[arg(long, value_name = "CHAR", value_parser = thousands)]
    thousands: Option<u8>,
    /// Further cells that mean "missing", beside an empty one, ? NA N/A NaN NULL NaT <NA> \N and Excel's errors, and
    /// among numbers - . and None
    #[arg(long, value_name = "CELL,...", value_delimiter = ',', allow_hyphen_values = true)]
    missing: Vec<String>,
    /// Whether the first line holds the column names
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    header: HeaderArg,
    /// Names of all columns, in place of the header or for a file without one
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    names: Option<Vec<String>>,
    /// Format of the file
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: FormatArg,
    /// Number of features of a libsvm file, which may then be as sparse as memory allows [default: the largest index]
    #[arg(long, value_name = "N")]
    n_features: Option<usize>,
    /// Index of the first feature of a libsvm file: 0 or 1 [default: 1, or 0 if some index is 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1))]
    first_index: Option<u32>,
    /// Column of weights, a number >= 0 in each row: how often the row counts, in learning and in every mean. It is no
    /// feature
    #[arg(long, value_name = "NAME")]
    weights: Option<String>,
    /// Refuse categories that training had not; without this they count as missing, with a warning
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
enum HeaderArg {
    #[default]
    Auto,
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ValueEnum)]
enum FormatArg {
    #[default]
    Auto,
    Csv,
    Libsvm,
}

impl Reading {
    /// Refuses a column of weights where it would not count; `why` says so.
    pub(super) fn without_weights(&self, why: &str) -> Result<(), Failure> {
        match &self.weights {
            Some(name) => Err(Failure::Input(format!("--weights {name}: {why}"))),
            None => Ok(()),
        }
    }

    pub(super) fn options(&self) -> ReadOptions {
        let mut csv = CsvOptions {
            delimiter: self.delimiter,
            header: match self.header {
                HeaderArg::Auto => Header::Auto,
                HeaderArg::Yes => Header::Yes,
                HeaderArg::No => Header::No,
            },
            column_names: self.names.clone(),
            decimal: self.decimal,
            thousands: self.thousands,
            weights: self.weights.clone(),
            unseen: if self.strict { Unseen::Refused } else { Unseen::Missing },
            ..CsvOptions::default()
        };
        csv.missing.extend(self.missing.iter().cloned());
        let format = match self.format {
            FormatArg::Auto => Format::Auto,
            FormatArg::Csv => Format::Csv,
            FormatArg::Libsvm => Format::Libsvm,
        };
        let libsvm = LibsvmOptions {
            n_features: self.n_features,
            first_index: self.first_index.unwrap_or(1),
            find_first_index: self.first_index.is_none(),
            ..LibsvmOptions::default()
        };
        ReadOptions { format, csv, libsvm, ..ReadOptions::default() }
    }
}

/// Whether a file must have the target column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Targets {
    Required,
    IfThere,
    Ignored,
}

/// How a file is read for a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    encoding: &'a Encoding,
    /// By column of the encoding: whether the model asks for it; `None`: for all.
    needed: Option<&'a [bool]>,
}

impl<'a> Wanted<'a> {
    /// Only the columns that are needed have to be there, and to fit.
    pub(super) fn only(encoding: &'a Encoding, needed: &'a [bool]) -> Self {
        Self { encoding, needed: Some(needed) }
    }
}

impl<'a> From<&'a Encoding> for Wanted<'a> {
    fn from(encoding: &'a Encoding) -> Self {
        Self { encoding, needed: None }
    }
}

/// Examples, and the file they came from, which errors of rows and columns name.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) file: String,
    pub(super) table: Dataset,
}

impl Data {
    /// Reads a file for a model, and warns of what the reader decided.
    pub(super) fn read<'a>(
        path: &Path,
        wanted: impl Into<Wanted<'a>>,
        reading: &Reading,
        targets: Targets,
        session: &mut Session<'_>,
    ) -> Result<Self, Failure> {
        let Wanted { encoding, needed } = wanted.into();
        let mut options = reading.options();
        options.csv.target_required = targets == Targets::Required;
        options.csv.needed = needed.map(<[bool]>::to_vec);
        if targets == Targets::Ignored {
            options.csv.target = TargetColumn::None;
            options.libsvm.read_target = false;
        }
        let mut notes = Vec::new();
        let table = read_table_with_noting(encoding, path, &options, &mut notes).map_err(hints::refused)?;
        let file = path.display().to_string();
        if targets == Targets::Required && encoding.target.is_none() {
            return Err(Failure::Input(format!("{file}: the model does not say which column is the target")));
        }
        warn(&file, &notes, session);
        Ok(Self { file, table })
    }

    pub(super) fn read_optional<'a>(
        path: Option<&PathBuf>,
        wanted: impl Into<Wanted<'a>>,
        reading: &Reading,
        targets: Targets,
        session: &mut Session<'_>,
    ) -> Result<Option<Self>, Failure> {
        path.map(|path| Self::read(path, wanted, reading, targets, session)).transpose()
    }

    /// The rows as everything that learns or measures takes them.
    pub(super) fn examples(&self) -> Result<DatasetView<'_>, Failure> {
        self.table.view().map_err(|error| self.explain(&error))
    }

    /// Names the row and column of this file that an error is about.
    pub(super) fn explain(&self, error: &DataError) -> Failure {
        let name = |feature: usize| self.table.feature_names.get(feature).map_or("?", String::as_str);
        let line = match error {
            DataError::Missing { row, feature } => self.missing(*row, *feature),
            DataError::Infinite { row, feature } => {
                format!("{}, data row {}: column {:?} is infinite", self.file, row + 1, name(*feature))
            }
            other => format!("{}: {other}", self.file),
        };
        Failure::Input(line)
    }

    /// A missing value, or an unseen category, that the model cannot take.
    pub(super) fn missing(&self, row: usize, feature: usize) -> String {
        let name = self.table.feature_names.get(feature).map_or("?", String::as_str);
        format!(
            "{}, data row {}: column {name:?} is missing (or of a category that training had not), and the model, trained \
             without missing values there, has no direction for it",
            self.file,
            row + 1
        )
    }
}

/// Says what a reader decided: one line for each note. Lines that any file without a header has are no warnings.
pub(super) fn warn(file: &str, notes: &[Note], session: &mut Session<'_>) {
    for note in notes {
        let line = format!("{file}: {note}{}", hints::settles(note));
        match note {
            Note::NoHeader { .. } => session.note(&line),
            _ => session.warn(line),
        }
    }
}
