//! Delimiter, header and column names of a file.

use std::collections::{HashMap, HashSet};

use csv::ByteRecord;

use super::header::{Start, default_name, is_unnamed};
use super::markers::Markers;
use super::records::{BLANKS, Begin, Records, text, trimmed};
use super::{CsvOptions, Header, MAX_COLUMNS, delimiter};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::notes::Note;

/// Name of the column of row names, as R calls it.
const ROW_NAMES: &str = "row.names";

/// How the rows of a file are told apart, and what of them are names.
#[derive(Clone, Copy)]
pub(super) struct Form {
    delimiter: u8,
    begin: Begin,
    header: bool,
    /// Whether rows begin with names, which the header has no cell for.
    pub(super) row_names: bool,
}

/// What must be known before the first cell is read.
pub(super) struct Layout {
    pub(super) form: Form,
    /// Whether the header has no name for the first column.
    pub(super) unnamed_first: bool,
    /// Distinct names of all columns of the file.
    pub(super) names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Layout {
    /// Looks at the first rows. `encoding` helps to recognise a header.
    pub(super) fn detect(
        bytes: &[u8],
        file: &str,
        options: &CsvOptions,
        encoding: Option<&Encoding>,
        notes: &mut Vec<Note>,
    ) -> Result<Self> {
        if options.thousands == Some(options.decimal) {
            return Err(Error::Separators { file: file.to_owned(), separator: char::from(options.decimal) });
        }
        let stated = delimiter::stated(bytes);
        let begin = stated.map_or(Begin::default(), |(_, bytes)| Begin { bytes, lines: 1 });
        let stated = options.delimiter.or(stated.map(|(delimiter, _)| delimiter));
        let delimiter = stated.unwrap_or_else(|| delimiter::found(&bytes[begin.bytes..], options.decimal));
        check_widths(bytes, file, delimiter)?;
        let mut records = Records::new(bytes, file, delimiter, begin);
        let Some((line, first)) = records.next()? else { return Err(Error::Empty { file: file.to_owned() }) };
        let first = first.clone();
        records.free_width();
        let second = records.next()?.map(|(line, record)| (line, record.clone()));
        let markers = Markers::new(&options.missing);
        let (row, notation) = (second.as_ref().map(|(_, record)| record), options.notation());
        let start = Start { line, first: &first, second: row, markers: &markers, notation };
        let header = match (options.header, encoding) {
            (Header::Yes, _) => true,
            (Header::No, _) => false,
            (Header::Auto, Some(encoding)) => start.decide_with(encoding),
            (Header::Auto, None) => start.decide(file, &mut records, notes)?,
        };
        let Some((second_line, second)) = second else {
            if header {
                return Err(Error::HeaderOnly { file: file.to_owned(), line });
            }
            let form = Form { delimiter, begin, header, row_names: false };
            return Self::new(form, &first, line, file, options);
        };
        let row_names = header && second.len() == first.len() + 1 && !trimmed(&second, first.len()).is_empty();
        let layout = Self::new(Form { delimiter, begin, header, row_names }, &first, line, file, options)?;
        if second.len() != first.len() && !(row_names && layout.begins_with_names(bytes, file)?) {
            let (expected, found) = (first.len(), second.len());
            return Err(Error::Ragged { file: file.to_owned(), line: second_line, expected, found });
        }
        Ok(layout)
    }

    fn new(form: Form, first: &ByteRecord, line: u64, file: &str, options: &CsvOptions) -> Result<Self> {
        let unnamed = || options.column_names.is_none() && is_unnamed(trimmed(first, 0));
        let unnamed_first = form.header && !form.row_names && unnamed();
        let names = column_names(form, first, line, file, options)?;
        let mut places = HashMap::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            if places.insert(name.clone(), place).is_some() {
                return Err(Error::DuplicateColumn { file: file.to_owned(), name: name.clone() });
            }
        }
        Ok(Self { form, unnamed_first, names, places })
    }

    /// Whether the first cells of all rows differ, as row names do. Else they are values, and the header is too short.
    fn begins_with_names(&self, bytes: &[u8], file: &str) -> Result<bool> {
        let mut seen = HashSet::new();
        let mut records = self.rows(bytes, file)?;
        while let Some((_, record)) = records.next()? {
            if !seen.insert(trimmed(record, 0).to_vec()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows below the header.
    pub(super) fn rows<'a>(&self, bytes: &'a [u8], file: &'a str) -> Result<Records<'a>> {
        let mut records = Records::new(bytes, file, self.form.delimiter, self.form.begin);
        if self.form.header {
            records.next()?;
        }
        if self.form.row_names {
            records.free_width();
        }
        Ok(records)
    }

    /// Number of the column of this name, if there is one. In constant time.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The same of a column that must be there.
    pub(super) fn find(&self, name: &str, file: &str) -> Result<usize> {
        self.place(name).ok_or_else(|| Error::MissingColumn {
            file: file.to_owned(),
            name: name.to_owned(),
            found: self.names.clone(),
        })
    }
}

fn column_names(form: Form, first: &ByteRecord, line: u64, file: &str, options: &CsvOptions) -> Result<Vec<String>> {
    let Form { header, row_names, .. } = form;
    let columns = first.len() + usize::from(row_names);
    match &options.column_names {
        Some(names) if names.len() == columns => return Ok(names.clone()),
        Some(names) if !row_names || names.len() != first.len() => {
            return Err(Error::ColumnNames { file: file.to_owned(), given: names.len(), found: first.len() });
        }
        _ => {}
    }
    let mut names = Vec::with_capacity(columns);
    if row_names {
        names.push(ROW_NAMES.to_owned());
    }
    for column in 0..first.len() {
        let name = if header { text(first, column, file, line)? } else { "" };
        let given = options.column_names.as_ref().and_then(|names| names.get(column));
        // A header cell may be empty, as over the row numbers that some programs write.
        names.push(match given {
            Some(given) => given.clone(),
            None if name.is_empty() => default_name(column),
            None => name.to_owned(),
        });
    }
    Ok(names)
}

/// Refuses lines of too many cells before anything of their size is made.
fn check_widths(bytes: &[u8], file: &str, delimiter: u8) -> Result<()> {
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut at = 0;
    for text in bytes.split(ends) {
        if text.len() >= MAX_COLUMNS {
            let is_delimiter =
                |byte: &&u8| if delimiter == BLANKS { byte.is_ascii_whitespace() } else { **byte == delimiter };
            let quotes = text.contains(&b'"');
            let found = 1 + text.iter().filter(is_delimiter).count();
            if found > MAX_COLUMNS && !quotes {
                let line = 1 + bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as u64;
                return Err(Error::TooManyColumns { file: file.to_owned(), line, found, limit: MAX_COLUMNS });
            }
        }
        at += text.len() + 1;
    }
    Ok(())
}
