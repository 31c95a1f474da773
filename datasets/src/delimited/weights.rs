//! The column of weights: how often each row counts.

use csv::ByteRecord;

use super::layout::Layout;
use super::markers::Markers;
use super::records::trimmed;
use crate::error::{Error, Result};
use crate::labels;
use crate::number::Notation;

/// The role of the column, in errors.
pub(super) const ROLE: &str = "the weights";

/// Reads the weight of each row.
pub(super) struct Weights<'a> {
    file: &'a str,
    name: &'a str,
    /// Column of the file.
    source: usize,
    first_line: u64,
    values: Vec<f64>,
}

impl<'a> Weights<'a> {
    /// The column of this name, which the file must have.
    pub(super) fn new(layout: &Layout, name: &'a str, file: &'a str) -> Result<Self> {
        Ok(Self { file, name, source: layout.find(name, file)?, first_line: 0, values: Vec::new() })
    }

    pub(super) fn source(&self) -> usize {
        self.source
    }

    /// That the column has another role, which excludes this one.
    pub(super) fn is_already(&self, is: &'static str) -> Error {
        Error::ColumnRole { file: self.file.to_owned(), name: self.name.to_owned(), is, role: ROLE }
    }

    /// Reads the weight of the next row.
    pub(super) fn read(
        &mut self,
        record: &ByteRecord,
        line: u64,
        markers: &Markers<'_>,
        notation: Notation,
    ) -> Result<()> {
        let (file, column) = (|| self.file.to_owned(), || self.name.to_owned());
        let cell = trimmed(record, self.source);
        if self.values.is_empty() {
            self.first_line = line;
        }
        if markers.is_missing_number(cell) {
            return Err(Error::MissingWeight { file: file(), line, column: column() });
        }
        let refused = |what| {
            let value = String::from_utf8_lossy(cell).into_owned();
            Err(Error::Weight { file: file(), line, column: column(), value, what })
        };
        let weight = match labels::numeric(self.file, line, self.name, cell, notation) {
            Ok(weight) if weight < 0.0 => return refused("negative"),
            Ok(weight) => weight,
            Err(Error::NotNumeric { looks_like: None, .. }) => return refused("not a number"),
            Err(Error::Infinite { .. }) => return refused("infinite or too large"),
            // How such a number is read, an option says.
            Err(error) => return Err(error),
        };
        self.values.push(weight);
        Ok(())
    }

    /// The weights of all rows, of which some row has one.
    pub(super) fn finish(self) -> Result<Vec<f64>> {
        if self.values.iter().all(|weight| *weight == 0.0) {
            let (file, column) = (self.file.to_owned(), self.name.to_owned());
            return Err(Error::NoWeight { file, line: self.first_line, column });
        }
        Ok(self.values)
    }
}
