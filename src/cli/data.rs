//! Data files as examples, and errors of rows and columns in the words of the file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use secateur::forest::{ExampleError, Examples, Target};
use secateur_datasets::{CsvOptions, Encoding, Format, Header, ReadOptions, Table, TargetColumn, read_table_with};

use super::arguments::delimiter;
use super::failure::Failure;

/// How to read data files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading data (CSV or libsvm, plain, .gz or .xz; recognised by content)")]
pub(super) struct Reading {
    /// Character between cells: `,` `;` `tab` `space` ... [default: found in the first line]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Further cells that mean "missing", beside an empty one and ? NA N/A NaN nan null
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
    pub(super) fn options(&self) -> ReadOptions {
        let mut csv = CsvOptions {
            delimiter: self.delimiter,
            header: match self.header {
                HeaderArg::Auto => Header::Auto,
                HeaderArg::Yes => Header::Yes,
                HeaderArg::No => Header::No,
            },
            column_names: self.names.clone(),
            ..CsvOptions::default()
        };
        csv.missing.extend(self.missing.iter().cloned());
        let format = match self.format {
            FormatArg::Auto => Format::Auto,
            FormatArg::Csv => Format::Csv,
            FormatArg::Libsvm => Format::Libsvm,
        };
        ReadOptions { format, csv, ..ReadOptions::default() }
    }
}

/// Whether a file must have the target column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answers {
    Required,
    IfThere,
    Ignored,
}

/// A table and the file it came from.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) file: String,
    pub(super) table: Table,
}

impl Data {
    /// Reads a file for a model.
    pub(super) fn read(path: &Path, encoding: &Encoding, reading: &Reading, answers: Answers) -> Result<Self, Failure> {
        let mut options = reading.options();
        options.csv.target_required = answers == Answers::Required;
        if answers == Answers::Ignored {
            options.csv.target = TargetColumn::None;
            options.libsvm.read_target = false;
        }
        let table = read_table_with(encoding, path, &options).map_err(Failure::input)?;
        let file = path.display().to_string();
        if answers == Answers::Required && encoding.target.is_none() {
            return Err(Failure::Input(format!("{file}: the model does not say which column is the target")));
        }
        Ok(Self { file, table })
    }

    pub(super) fn read_optional(
        path: Option<&PathBuf>,
        encoding: &Encoding,
        reading: &Reading,
        answers: Answers,
    ) -> Result<Option<Self>, Failure> {
        path.map(|path| Self::read(path, encoding, reading, answers)).transpose()
    }

    pub(super) fn rows(&self) -> usize {
        self.table.n_examples()
    }

    pub(super) fn target(&self) -> Option<Target<'_>> {
        Target::of_table(&self.table)
    }

    pub(super) fn examples(&self) -> Result<Examples<'_>, Failure> {
        Examples::of_table(&self.table).map_err(|error| self.explain(&error))
    }

    /// Names the row and column of this file that an error is about.
    pub(super) fn explain(&self, error: &ExampleError) -> Failure {
        let name = |feature: usize| self.table.feature_names.get(feature).map_or("?", String::as_str);
        let line = match error {
            ExampleError::Missing { row, feature } => self.missing(*row, *feature),
            ExampleError::Infinite { row, feature } => {
                format!("{}, data row {}: column {:?} is infinite", self.file, row + 1, name(*feature))
            }
            other => format!("{}: {other}", self.file),
        };
        Failure::Input(line)
    }

    /// A missing value that the model cannot take.
    pub(super) fn missing(&self, row: usize, feature: usize) -> String {
        let name = self.table.feature_names.get(feature).map_or("?", String::as_str);
        format!(
            "{}, data row {}: column {name:?} is missing, and the model, trained without missing values there, has no \
             direction for it",
            self.file,
            row + 1
        )
    }
}
