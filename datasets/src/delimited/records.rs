//! Records of a delimited file with the line each begins on.

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::error::{Error, Result};

/// Delimiter that stands for runs of blanks.
pub(super) const BLANKS: u8 = b' ';

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
    pub(super) fn new(bytes: &'a [u8], file: &'a str, delimiter: u8) -> Self {
        let source = if delimiter == BLANKS {
            let is_end: fn(&u8) -> bool = |&byte| byte == b'\n';
            Source::Blanks { lines: bytes.split(is_end), line: 0 }
        } else {
            let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
            Source::Quoted { reader, bytes, counted: 0, line: 1 }
        };
        Self { source, file, width: None, record: ByteRecord::new() }
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
                    let cells = text.split(u8::is_ascii_whitespace).filter(|cell| !cell.is_empty());
                    cells.for_each(|cell| self.record.push_field(cell));
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

/// Cell without the blanks around it.
pub(super) fn trimmed(record: &ByteRecord, column: usize) -> &[u8] {
    record.get(column).unwrap_or_default().trim_ascii()
}

/// Cell as text.
pub(super) fn text<'r>(record: &'r ByteRecord, column: usize, file: &str, line: u64) -> Result<&'r str> {
    std::str::from_utf8(trimmed(record, column)).map_err(|_| Error::NotUtf8 { file: file.to_owned(), line })
}
