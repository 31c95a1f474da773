//! Whether the first line of a file is its header.

use std::collections::HashSet;

use csv::ByteRecord;

use super::markers::Markers;
use super::records::{Records, trimmed};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::notes::Note;
use crate::number::{Cell, Notation};

/// Rows that are searched for the words of the first line.
const SEARCHED: usize = 1000;

/// Cells of the first line that messages show.
const SHOWN: usize = 6;

/// The name of column `index`, from 0, in a file without names.
pub(super) fn default_name(index: usize) -> String {
    format!("x{}", index + 1)
}

/// The first two rows, and how their cells are read.
pub(super) struct Start<'a> {
    pub(super) line: u64,
    pub(super) first: &'a ByteRecord,
    pub(super) second: Option<&'a ByteRecord>,
    pub(super) markers: &'a Markers<'a>,
    pub(super) notation: Notation,
}

impl Start<'_> {
    /// For a file that the encoding is inferred from. `rows` are those below the first.
    pub(super) fn decide(&self, file: &str, rows: &mut Records<'_>, notes: &mut Vec<Note>) -> Result<bool> {
        let unclear =
            |why| Err(Error::HeaderUnclear { file: file.to_owned(), line: self.line, cells: shown(self.first), why });
        let numbers = self.whole_numbers();
        let columns = self.first.len();
        let over_index = is_unnamed(trimmed(self.first, 0))
            && numbers.len() + 1 == columns
            && ascending(&numbers)
            && self.second.is_some_and(|second| matches!(self.kind(second, 0), Cell::Number(_)));
        if over_index && !self.looks_like_header() {
            notes.push(Note::NumbersInHeader { line: self.line, cells: shown(self.first) });
            return Ok(true);
        }
        if !self.looks_like_header() {
            if numbers.len() == columns && columns > 2 && ascending(&numbers) && !self.second_ascends().unwrap_or(true)
            {
                return unclear("its numbers ascend by one, as names of columns do");
            }
            if (0..columns).all(|column| matches!(self.kind(self.first, column), Cell::Number(_))) {
                notes.push(Note::NoHeader { line: self.line, cells: shown(self.first) });
            }
            return Ok(false);
        }
        let with_numbers = (0..columns).any(|column| self.kind(self.first, column) != Cell::Text);
        if with_numbers {
            let names = ascending(&numbers) && numbers.len() + self.texts() == columns;
            let first = numbers.first().copied().unwrap_or_default();
            let plausible = 2 * self.texts() > columns || matches!(first, 0 | 1 | 1900..=2100);
            if !(names && plausible) {
                return unclear("it holds numbers, and text where the row below has a number");
            }
            notes.push(Note::NumbersInHeader { line: self.line, cells: shown(self.first) });
            return Ok(true);
        }
        if self.second.is_none_or(|second| !self.text_over_number(second)) && self.recurs(rows)? {
            return unclear("the columns hold these words again further down");
        }
        Ok(true)
    }

    /// For a file that is read as `encoding` says.
    pub(super) fn decide_with(&self, encoding: &Encoding) -> bool {
        let cells: HashSet<&[u8]> = (0..self.first.len()).map(|column| trimmed(self.first, column)).collect();
        let all = encoding.columns.iter().all(|column| cells.contains(column.name.as_bytes()));
        let target = encoding.target.as_ref().map(|target| target.name.as_str());
        let names: HashSet<&[u8]> =
            encoding.columns.iter().map(|column| column.name.as_str()).chain(target).map(str::as_bytes).collect();
        let only = cells.iter().all(|cell| names.contains(cell));
        if was_headerless(encoding) {
            return all && (only || encoding.columns.len() > 1);
        }
        all || only || self.looks_like_header()
    }

    fn kind(&self, record: &ByteRecord, column: usize) -> Cell {
        self.notation.parse(trimmed(record, column))
    }

    fn is_text(&self, record: &ByteRecord, column: usize) -> bool {
        self.kind(record, column) == Cell::Text && !self.markers.is_missing(trimmed(record, column))
    }

    fn looks_like_header(&self) -> bool {
        (0..self.first.len()).all(|column| self.is_text(self.first, column))
            || self.second.is_some_and(|second| self.text_over_number(second))
    }

    fn text_over_number(&self, second: &ByteRecord) -> bool {
        // R's row names stand before the cells of the second row.
        let below = usize::from(second.len() == self.first.len() + 1);
        let is_number = |column| matches!(self.kind(second, column + below), Cell::Number(_));
        (0..self.first.len()).any(|column| self.is_text(self.first, column) && is_number(column))
    }

    fn texts(&self) -> usize {
        // An empty name is one, too: pandas writes it over its index.
        let is_name = |column: &usize| self.kind(self.first, *column) == Cell::Text;
        (0..self.first.len()).filter(is_name).count()
    }

    /// The cells of the first line that are whole numbers from 0 on, written without a sign.
    fn whole_numbers(&self) -> Vec<u64> {
        let digits = |column| std::str::from_utf8(trimmed(self.first, column)).ok()?.parse::<u64>().ok();
        (0..self.first.len()).filter_map(digits).collect()
    }

    /// Whether the second row, if there is one, ascends by one as well.
    fn second_ascends(&self) -> Option<bool> {
        self.second.map(|second| {
            let cells: Vec<u64> = (0..second.len())
                .filter_map(|column| std::str::from_utf8(trimmed(second, column)).ok()?.parse().ok())
                .collect();
            cells.len() == second.len() && ascending(&cells)
        })
    }

    /// Whether more than half of the columns hold the word of the first line again.
    fn recurs(&self, rows: &mut Records<'_>) -> Result<bool> {
        let mut again = vec![false; self.first.len()];
        for _ in 0..SEARCHED {
            let Some((_, row)) = rows.next()? else { break };
            for (column, again) in again.iter_mut().enumerate() {
                *again = *again || trimmed(row, column) == trimmed(self.first, column);
            }
        }
        Ok(2 * again.iter().filter(|&&again| again).count() > self.first.len())
    }
}

/// Whether the encoding was inferred from a file without a header: all its columns have default names.
fn was_headerless(encoding: &Encoding) -> bool {
    let is_default = |name: &str| {
        name.strip_prefix('x').is_some_and(|digits| {
            !digits.starts_with('0') && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    encoding.columns.iter().all(|column| is_default(&column.name))
        && encoding.target.as_ref().is_none_or(|target| is_default(&target.name))
}

fn ascending(numbers: &[u64]) -> bool {
    numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]))
}

/// The first cells of a line.
fn shown(record: &ByteRecord) -> String {
    let cell = |column| String::from_utf8_lossy(trimmed(record, column)).chars().take(20).collect::<String>();
    let cells: Vec<String> = (0..record.len().min(SHOWN)).map(cell).collect();
    format!("{}{}", cells.join(", "), if record.len() > SHOWN { ", ..." } else { "" })
}

/// Whether a first cell that is the name of column 0 is none: empty, or pandas' word for it.
pub(super) fn is_unnamed(cell: &[u8]) -> bool {
    cell.is_empty() || cell.starts_with(b"Unnamed: 0")
}
