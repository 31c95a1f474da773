//! What one pass over a file learns about a feature column.

use super::markers::Markers;
use crate::error::{Error, Result};
use crate::notes::Note;
use crate::number::{Cell, Notation};
use crate::stray::Stray;

/// From so many rows on, a column that counts them is worth a note, and so are categories that never recur.
const MANY_ROWS: usize = 20;

/// A feature column, read as numbers as far as it holds some.
#[derive(Default)]
pub(super) struct Feature {
    /// Column of the file.
    pub(super) source: usize,
    /// Whether it is to be read as categories.
    pub(super) forced: bool,
    stray: Stray,
    /// Line and content of the first number with leading zeros, and of the first that a double cannot hold.
    leading_zeros: Option<(u64, String)>,
    rounded: Option<(u64, String)>,
    /// The number in the first row, if each row has the number after that of the row before.
    counts_from: Option<f64>,
    rows: usize,
}

impl Feature {
    pub(super) fn new(source: usize, forced: bool) -> Self {
        Self { source, forced, ..Self::default() }
    }

    /// Reads the cell of the next row.
    pub(super) fn read(&mut self, cell: &[u8], line: u64, markers: &Markers<'_>, notation: Notation) -> f64 {
        let row = self.rows;
        self.rows += 1;
        if self.forced || markers.is_missing(cell) {
            self.counts_from = None;
            return f64::NAN;
        }
        let kind = notation.parse(cell);
        if let Cell::Number(value) = kind {
            self.stray.numbers += 1;
            self.note(cell, line, value);
            if row == 0 {
                self.counts_from = Some(value);
            } else if self.counts_from.is_some_and(|first| first + row as f64 != value) {
                self.counts_from = None;
            }
            return value;
        }
        self.counts_from = None;
        if kind != Cell::Text || !markers.is_missing_number(cell) {
            self.stray.add(kind, cell, line, 1, notation);
        }
        f64::NAN
    }

    fn note(&mut self, cell: &[u8], line: u64, value: f64) {
        let content = || (line, String::from_utf8_lossy(cell).into_owned());
        if let [b'0', b'0'..=b'9', ..] = cell {
            self.leading_zeros.get_or_insert_with(content);
        }
        let digits = || std::str::from_utf8(cell).ok()?.parse::<i128>().ok();
        if cell.len() > 15 && digits().is_some_and(|digits| digits != value as i128) {
            self.rounded.get_or_insert_with(content);
        }
    }

    /// Whether the column is categorical, or why it is neither that nor numeric.
    pub(super) fn is_categorical(&self, file: &str, name: &str) -> Result<bool> {
        if self.forced {
            return Ok(true);
        }
        self.stray.check(file, name)?;
        match (&self.stray.first_text, &self.stray.first_infinite) {
            (Some(_), _) => Ok(true),
            (None, Some((line, value))) => Err(Error::Infinite {
                file: file.to_owned(),
                line: *line,
                column: name.to_owned(),
                value: value.clone(),
            }),
            (None, None) => Ok(false),
        }
    }

    /// What should be known about a numeric column.
    pub(super) fn notes_on_numbers(&self, name: &str, notes: &mut Vec<Note>) {
        let column = || name.to_owned();
        if let Some((line, value)) = self.leading_zeros.clone() {
            notes.push(Note::LeadingZeros { line, column: column(), value });
        }
        if let Some((line, value)) = self.rounded.clone() {
            notes.push(Note::Rounded { line, column: column(), value });
        }
        if self.rows >= MANY_ROWS && matches!(self.counts_from, Some(first) if first == 0.0 || first == 1.0) {
            notes.push(Note::CountsRows { column: column() });
        }
    }

    /// What should be known about a column of so many distinct categories.
    pub(super) fn notes_on_categories(&self, name: &str, categories: usize, notes: &mut Vec<Note>) {
        let (false, Some((line, value))) = (self.forced, self.stray.first_text.clone()) else { return };
        let (numbers, texts) = (self.stray.numbers, self.stray.texts);
        if 10 * numbers >= texts {
            notes.push(Note::NumbersAmongCategories { line, column: name.to_owned(), value, numbers, texts });
        } else if texts >= MANY_ROWS && 10 * categories > 9 * texts {
            let (column, first) = (name.to_owned(), (line, value));
            notes.push(Note::ManyCategories { column, categories, cells: texts, first });
        }
    }
}
