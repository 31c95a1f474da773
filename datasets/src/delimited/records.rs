//! Records of a delimited file with the line each begins on.

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::error::{Error, Result};

/// Delimiter that stands for runs of blanks.
pub(super) const BLANKS: u8 = b' ';

/// Where the records of a file begin.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begin {
    /// Bytes before them, and lines.
    pub(super) bytes: usize,
    pub(super) lines: u64,
}

enum Source<'a> {
    Quoted { reader: Reader<&'a [u8]>, bytes: &'a [u8], counted: usize, line: u64 },
    Blanks { lines: std::slice::Split<'a, u8, fn(&u8) -> bool>, line: u64 },
}

/// Walks over records; all have as many cells as the first.
pub(super) struct Records<'a> {
    source: Source<'a>,
    file: &'a str,
    width: Option<usize>,
    record: ByteRecord,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8], file: &'a str, delimiter: u8, begin: Begin) -> Self {
        let bytes = &bytes[begin.bytes..];
        let source = if delimiter == BLANKS {
            let is_end: fn(&u8) -> bool = |&byte| byte == b'\n';
            Source::Blanks { lines: bytes.split(is_end), line: begin.lines }
        } else {
            let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
            Source::Quoted { reader, bytes, counted: 0, line: 1 + begin.lines }
        };
        Self { source, file, width: None, record: ByteRecord::new() }
    }

    /// Lets the next record have another width, which those after it must have.
    pub(super) fn free_width(&mut self) {
        self.width = None;
    }

    /// The next record and its 1-based line, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &ByteRecord)>> {
        loop {
            let Some(line) = self.advance()? else { return Ok(None) };
            let found = self.record.len();
            if found == 1 && self.width.is_none_or(|width| width > 1) && trimmed(&self.record, 0).is_empty() {
                // A line of blanks. As the first line of a file of one column it says nothing either.
                continue;
            }
            let expected = *self.width.get_or_insert(found);
            if found != expected {
                return Err(Error::Ragged { file: self.file.to_owned(), line, expected, found });
            }
            return Ok(Some((line, &self.record)));
        }
    }

    fn advance(&mut self) -> Result<Option<u64>> {
        match &mut self.source {
            Source::Blanks { lines, line } => {
                for text in lines.by_ref() {
                    *line += 1;
                    self.record.clear();
                    cells_of_blanks(text).for_each(|cell| self.record.push_field(cell));
                    if !self.record.is_empty() {
                        return Ok(Some(*line));
                    }
                }
                Ok(None)
            }
            Source::Quoted { reader, bytes, counted, line } => {
                let more = reader
                    .read_byte_record(&mut self.record)
                    .map_err(|cause| Error::io(self.file, std::io::Error::other(cause)))?;
                if !more {
                    return Ok(None);
                }
                // The reader's own line is that of the first empty line before the record.
                let mut start = self.record.position().map_or(0, csv::Position::byte) as usize;
                while bytes.get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                    start += 1;
                }
                *line += bytes[*counted..start].iter().filter(|&&byte| byte == b'\n').count() as u64;
                *counted = start;
                Ok(Some(*line))
            }
        }
    }
}

/// The cells of a line that are separated by blanks; those in quotes may hold blanks.
pub(super) fn cells_of_blanks(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = line.trim_ascii_start();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let closing = rest.strip_prefix(b"\"").and_then(|inner| {
            let end = inner.iter().position(|&byte| byte == b'"')?;
            inner.get(end + 1).is_none_or(u8::is_ascii_whitespace).then_some(end)
        });
        let (cell, after) = match closing {
            Some(end) => (&rest[1..=end], &rest[end + 2..]),
            None => rest.split_at(rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len())),
        };
        rest = after.trim_ascii_start();
        Some(cell)
    })
}

/// Cell without the blanks around it.
pub(super) fn trimmed(record: &ByteRecord, column: usize) -> &[u8] {
    record.get(column).unwrap_or_default().trim_ascii()
}

/// Cell as text.
pub(super) fn text<'r>(record: &'r ByteRecord, column: usize, file: &str, line: u64) -> Result<&'r str> {
    std::str::from_utf8(trimmed(record, column)).map_err(|_| Error::NotUtf8 { file: file.to_owned(), line })
}
