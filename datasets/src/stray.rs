//! [`Stray`]: whether text among numbers makes a column categorical.

use crate::error::{Error, Result};
use crate::lookalike::{self, Lookalike};
use crate::number::{Cell, Notation};

/// So many distinct texts or fewer among numbers are markers, not categories.
const MARKERS: usize = 3;

/// So many numbers, at the least, stand beside markers.
const BESIDE: usize = 10;

/// Counts of the cells of a column that are not missing.
#[derive(Default)]
pub(crate) struct Stray {
    pub(crate) numbers: usize,
    pub(crate) texts: usize,
    /// Texts that people read as numbers; they are among `texts`.
    lookalikes: usize,
    /// Line and content of the first text, and of the first infinite cell.
    pub(crate) first_text: Option<(u64, String)>,
    pub(crate) first_infinite: Option<(u64, String)>,
    first_lookalike: Option<(u64, String, Lookalike)>,
    /// Distinct texts, at most one more than there are markers.
    distinct: Vec<Vec<u8>>,
}

impl Stray {
    /// Counts a cell that stands in `times` rows, `line` being the first.
    pub(crate) fn add(&mut self, kind: Cell, cell: &[u8], line: u64, times: usize, notation: Notation) {
        let content = || String::from_utf8_lossy(cell).into_owned();
        match kind {
            Cell::Number(_) => self.numbers += times,
            Cell::Infinite => {
                self.first_infinite.get_or_insert_with(|| (line, content()));
            }
            Cell::Text => {
                self.texts += times;
                self.first_text.get_or_insert_with(|| (line, content()));
                if self.distinct.len() <= MARKERS && !self.distinct.iter().any(|known| known == cell) {
                    self.distinct.push(cell.to_vec());
                }
                if let Some(looks_like) = lookalike::of(cell, notation.decimal) {
                    self.lookalikes += times;
                    self.first_lookalike.get_or_insert_with(|| (line, content(), looks_like));
                }
            }
        }
    }

    /// Refuses a column most of which are numbers: written as is not read, or with a few cells of text.
    pub(crate) fn check(&self, file: &str, column: &str) -> Result<()> {
        let (file, column) = (|| file.to_owned(), || column.to_owned());
        if let Some((line, value, looks_like)) = &self.first_lookalike
            && 2 * self.lookalikes + self.numbers >= self.texts
        {
            let (line, value, cells) = (*line, value.clone(), self.lookalikes);
            return Err(Error::Lookalike {
                file: file(),
                line,
                column: column(),
                value,
                looks_like: *looks_like,
                cells,
            });
        }
        let markers = self.distinct.len() <= MARKERS && self.numbers >= BESIDE;
        match &self.first_text {
            Some((line, value)) if self.numbers > 0 && (self.texts <= self.numbers || markers) => {
                let (line, value, numbers) = (*line, value.clone(), self.numbers);
                Err(Error::MixedColumn { file: file(), line, column: column(), value, numbers })
            }
            _ => Ok(()),
        }
    }
}
