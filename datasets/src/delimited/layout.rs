//! Delimiter, header and column names of a file.

use std::collections::HashSet;

use csv::ByteRecord;

use super::records::{BLANKS, Records, text, trimmed};
use super::{CsvOptions, Header};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::number::{self, Cell};

/// What must be known before the first cell is read.
pub(super) struct Layout {
    delimiter: u8,
    header: bool,
    /// Distinct names of all columns of the file.
    pub(super) names: Vec<String>,
}

impl Layout {
    /// Looks at the first two rows. `encoding` helps to recognise a header.
    pub(super) fn detect(bytes: &[u8], file: &str, options: &CsvOptions, encoding: Option<&Encoding>) -> Result<Self> {
        let delimiter = options.delimiter.unwrap_or_else(|| delimiter(bytes));
        let mut records = Records::new(bytes, file, delimiter);
        let Some((line, first)) = records.next()? else { return Err(Error::Empty { file: file.to_owned() }) };
        let first = first.clone();
        let second = records.next()?.map(|(_, record)| record);
        let header = match options.header {
            Header::Yes => true,
            Header::No => false,
            Header::Auto => {
                encoding.is_some_and(|encoding| names_a_column(&first, encoding))
                    || looks_like_header(&first, second, options)
            }
        };
        if header && second.is_none() {
            return Err(Error::HeaderOnly { file: file.to_owned(), line });
        }
        let names = column_names(&first, header, line, file, options)?;
        Ok(Self { delimiter, header, names })
    }

    /// The rows below the header.
    pub(super) fn rows<'a>(&self, bytes: &'a [u8], file: &'a str) -> Result<Records<'a>> {
        let mut records = Records::new(bytes, file, self.delimiter);
        if self.header {
            records.next()?;
        }
        Ok(records)
    }

    /// Number of the column of this name.
    pub(super) fn find(&self, name: &str, file: &str) -> Result<usize> {
        self.names.iter().position(|known| known == name).ok_or_else(|| Error::MissingColumn {
            file: file.to_owned(),
            name: name.to_owned(),
            found: self.names.clone(),
        })
    }
}

fn column_names(first: &ByteRecord, header: bool, line: u64, file: &str, options: &CsvOptions) -> Result<Vec<String>> {
    let names: Vec<String> = match &options.column_names {
        Some(names) if names.len() == first.len() => names.clone(),
        Some(names) => {
            return Err(Error::ColumnNames { file: file.to_owned(), given: names.len(), found: first.len() });
        }
        None => {
            let mut names = Vec::with_capacity(first.len());
            for column in 0..first.len() {
                let name = if header { text(first, column, file, line)? } else { "" };
                // A header cell may be empty, as over the row numbers that some programs write.
                names.push(if name.is_empty() { format!("x{}", column + 1) } else { name.to_owned() });
            }
            names
        }
    };
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(Error::DuplicateColumn { file: file.to_owned(), name: twice.clone() });
    }
    Ok(names)
}

fn delimiter(bytes: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let first = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty());
    let first = first.unwrap_or_default();
    let (mut counts, mut quoted) = ([0usize; 4], false);
    for &byte in first.trim_ascii() {
        if byte == b'"' {
            quoted = !quoted;
        } else if let (false, Some(which)) = (quoted, CANDIDATES.iter().position(|&candidate| candidate == byte)) {
            counts[which] += 1;
        }
    }
    // `max_by_key` returns the last maximum, hence the reversal.
    match (0..4).rev().max_by_key(|&which| counts[which]) {
        Some(best) if counts[best] > 0 => CANDIDATES[best],
        _ if first.contains(&b'"') => b',',
        _ => BLANKS,
    }
}

fn names_a_column(first: &ByteRecord, encoding: &Encoding) -> bool {
    let cells: HashSet<&[u8]> = (0..first.len()).map(|column| trimmed(first, column)).collect();
    encoding.columns.iter().any(|column| cells.contains(column.name.as_bytes()))
}

fn looks_like_header(first: &ByteRecord, second: Option<&ByteRecord>, options: &CsvOptions) -> bool {
    let is_text = |record: &ByteRecord, column| {
        let cell = trimmed(record, column);
        number::parse(cell) == Cell::Text && !options.is_missing(cell)
    };
    let is_number = |record: &ByteRecord, column| matches!(number::parse(trimmed(record, column)), Cell::Number(_));
    let columns = 0..first.len();
    columns.clone().all(|column| is_text(first, column))
        || second
            .is_some_and(|second| columns.clone().any(|column| is_text(first, column) && is_number(second, column)))
}
