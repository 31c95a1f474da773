//! libsvm / SVMlight files: `label [qid:N] index:value ... # comment`.
//!
//! Indices start at 1, or at 0 where the reader says so or finds one, and ascend within a line; an absent index is 0.0,
//! not missing. The result is dense, so the size of the table has a limit in proportion to the file
//! ([`CELLS_PER_BYTE`]) above a floor ([`FREE_CELLS`]) unless the caller states the number of features: `1
//! 4000000000:1` is fourteen bytes and would be 32 GB.

use ndarray::Array2;

use crate::dataset::{Dataset, Target};
use crate::delimited::TargetType;
use crate::encoding::{ColumnKind, Encoding, TargetEncoding};
use crate::error::{Error, Result};
use crate::labels::{self, Interner};
use crate::notes::Note;
use crate::number::{self, Cell, Notation};

/// Largest number of table cells per byte of file when the number of features is not stated.
pub const CELLS_PER_BYTE: usize = 16;
/// Cells that are allowed however small the file is: 256 MiB.
pub const FREE_CELLS: usize = 1 << 25;
/// Features that are allowed however small the file is, beside one for each byte of [`CELLS_PER_BYTE`].
pub const FREE_FEATURES: usize = 1 << 16;

/// How to read a libsvm file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibsvmOptions {
    /// Number of features; `None` for the largest index found. Ignored with an encoding.
    pub n_features: Option<usize>,
    /// The index of the first feature: 1, or 0. With an encoding it is 0 also if the first column is called `x0`.
    pub first_index: u32,
    /// Whether indices start at 0 if some index is 0, whatever `first_index` says. Ignored with an encoding.
    pub find_first_index: bool,
    /// Meaning of the labels. Ignored with an encoding.
    pub target_type: TargetType,
    /// Whether to read the labels. Files to predict on have arbitrary ones.
    pub read_target: bool,
}

impl Default for LibsvmOptions {
    fn default() -> Self {
        Self {
            n_features: None,
            first_index: 1,
            find_first_index: false,
            target_type: TargetType::Auto,
            read_target: true,
        }
    }
}

/// Reads a training file from bytes that are not compressed; `file` names them in errors. Features
/// are called `x1`, `x2`, ... by their indices (from `x0` on if they start at 0) and the target `label`.
///
/// # Errors
/// [`Error::Empty`], [`Error::NoFeatures`], [`Error::Token`], [`Error::NotAscending`],
/// [`Error::TooWide`], [`Error::TooSparse`], [`Error::Infinite`], [`Error::NotNumeric`],
/// [`Error::PartialGroups`].
pub fn parse_libsvm(bytes: &[u8], file: &str, options: &LibsvmOptions) -> Result<(Dataset, Encoding)> {
    parse_libsvm_noting(bytes, file, options, &mut Vec::new())
}

/// As [`parse_libsvm`], with what the reader decided.
pub(crate) fn parse_libsvm_noting(
    bytes: &[u8],
    file: &str,
    options: &LibsvmOptions,
    notes: &mut Vec<Note>,
) -> Result<(Dataset, Encoding)> {
    let mut first = u64::from(options.first_index.min(1));
    if let (true, 1, Some(line)) = (options.find_first_index, first, line_of_zero(bytes)) {
        notes.push(Note::FromZero { line });
        first = 0;
    }
    let sparse = Sparse::parse(bytes, file, first, options.n_features)?;
    let n_features = options.n_features.unwrap_or(sparse.width);
    sparse.check_size(file, bytes.len(), n_features, options.n_features.is_some())?;
    let names = (first..first + n_features as u64).map(|index| format!("x{index}"));
    let (target, encoded) = if options.read_target {
        let (target, kind) = labels::infer(file, LABEL, &sparse.labels, options.target_type, Notation::PLAIN)?;
        (target, Some(TargetEncoding { name: LABEL.to_owned(), kind }))
    } else {
        (Target::None, None)
    };
    let encoding = Encoding::numeric(names, encoded);
    Ok((sparse.into_table(file, bytes.len(), &encoding, target)?, encoding))
}

/// Reads a file as `encoding` says: index `i` is its `i`-th column, further ones are refused. Columns called `x0`,
/// `x1`, ... are counted from 0, others as the options say.
///
/// # Errors
/// Those of [`parse_libsvm`], [`Error::UnknownLabels`], and [`Error::Encoding`] if a column is
/// categorical.
pub fn parse_libsvm_with(encoding: &Encoding, bytes: &[u8], file: &str, options: &LibsvmOptions) -> Result<Dataset> {
    encoding.check()?;
    if let Some(column) = encoding.columns.iter().find(|column| column.kind != ColumnKind::Numeric) {
        let reason =
            format!("column {:?} is categorical and {file} is in libsvm format, which has no text", column.name);
        return Err(Error::Encoding { reason });
    }
    let first = if encoding.columns[0].name == "x0" { 0 } else { u64::from(options.first_index.min(1)) };
    let sparse = Sparse::parse(bytes, file, first, Some(encoding.columns.len()))?;
    let target = match encoding.target.as_ref().filter(|_| options.read_target) {
        Some(target) => labels::encode(file, target, &sparse.labels, Notation::PLAIN)?,
        None => Target::None,
    };
    sparse.into_table(file, bytes.len(), encoding, target)
}

const LABEL: &str = "label";

/// The file as it stands: entries of all rows, one after the other.
struct Sparse {
    /// Column counted from 0, and value.
    entries: Vec<(u32, f64)>,
    /// End of each row in `entries`.
    ends: Vec<usize>,
    labels: Interner,
    groups: Vec<u64>,
    width: usize,
    /// Index of the first feature, 0 or 1.
    first: u64,
}

impl Sparse {
    fn parse(bytes: &[u8], file: &str, first: u64, n_features: Option<usize>) -> Result<Self> {
        let limit = n_features.unwrap_or_else(|| feature_limit(bytes.len())).min(u32::MAX as usize) as u64;
        let (labels, groups) = (Interner::default(), Vec::new());
        let mut sparse = Self { entries: Vec::new(), ends: Vec::new(), labels, groups, width: 0, first };
        for (text, line) in bytes.split(|&byte| byte == b'\n').zip(1..) {
            sparse.line(text, Place { file, line }, limit)?;
        }
        if sparse.ends.is_empty() {
            return Err(Error::Empty { file: file.to_owned() });
        }
        if n_features.unwrap_or(sparse.width) == 0 {
            return Err(Error::NoFeatures { file: file.to_owned(), columns: vec![LABEL.to_owned()] });
        }
        Ok(sparse)
    }

    fn line(&mut self, text: &[u8], place: Place<'_>, limit: u64) -> Result<()> {
        let mut tokens = tokens(text).peekable();
        let Some(label) = tokens.next() else { return Ok(()) };
        if !matches!(number::parse(label), Cell::Number(_)) {
            return Err(place.token(label, "a number as label"));
        }
        let group = match tokens.next_if(|token| token.starts_with(QID)) {
            Some(token) => Some(integer(&token[QID.len()..]).ok_or_else(|| place.token(token, "qid:integer"))?),
            None => None,
        };
        if group.is_some() == (self.groups.len() < self.ends.len()) && !self.ends.is_empty() {
            return Err(Error::PartialGroups { file: place.file.to_owned(), line: place.line });
        }
        self.groups.extend(group);

        let mut previous = 0;
        for token in tokens {
            let (index, value) = split(token).ok_or_else(|| place.token(token, "index:value"))?;
            // The place among the features, counted from 1.
            let ordinal = integer(index).and_then(|index| index.checked_add(1 - self.first)).filter(|&index| index > 0);
            let from = ["index:value with an index from 0", "index:value with an index from 1"][self.first as usize];
            let ordinal = ordinal.ok_or_else(|| place.token(token, from))?;
            let (file, index_of) = (|| place.file.to_owned(), |ordinal: u64| ordinal - (1 - self.first));
            let index = index_of(ordinal);
            if ordinal <= previous {
                return Err(Error::NotAscending {
                    file: file(),
                    line: place.line,
                    previous: index_of(previous),
                    index,
                });
            }
            if ordinal > limit {
                return Err(Error::TooWide { file: file(), line: place.line, index, limit });
            }
            let value = match number::parse(value) {
                Cell::Number(value) => value,
                Cell::Text => return Err(place.token(token, "index:value with a number as value")),
                Cell::Infinite => {
                    let (column, value) = (format!("x{index}"), String::from_utf8_lossy(value).into_owned());
                    return Err(Error::Infinite { file: file(), line: place.line, column, value });
                }
            };
            self.entries.push(((ordinal - 1) as u32, value));
            previous = ordinal;
        }
        self.width = self.width.max(previous as usize);
        self.ends.push(self.entries.len());
        self.labels.push(&String::from_utf8_lossy(label), place.line);
        Ok(())
    }

    /// Refuses a table out of proportion before anything of its size is made.
    fn check_size(&self, file: &str, bytes: usize, features: usize, stated: bool) -> Result<()> {
        let rows = self.ends.len();
        let cells = rows.checked_mul(features).filter(|cells| cells.checked_mul(size_of::<f64>()).is_some());
        match cells {
            Some(cells) if stated || cells <= cell_limit(bytes) => Ok(()),
            _ => Err(Error::TooSparse { file: file.to_owned(), bytes, rows, features }),
        }
    }

    fn into_table(self, file: &str, bytes: usize, encoding: &Encoding, target: Target) -> Result<Dataset> {
        let (rows, features) = (self.ends.len(), encoding.columns.len());
        let too_sparse = || Error::TooSparse { file: file.to_owned(), bytes, rows, features };
        let cells = rows.checked_mul(features).ok_or_else(too_sparse)?;
        let mut values = Vec::new();
        values.try_reserve_exact(cells).map_err(|_| too_sparse())?;
        values.resize(cells, 0.0);
        let mut start = 0;
        for (row, &end) in self.ends.iter().enumerate() {
            for &(column, value) in &self.entries[start..end] {
                values[row * features + column as usize] = value;
            }
            start = end;
        }
        let features = Array2::from_shape_vec((rows, features), values).map_err(|_| too_sparse())?;
        let groups = (!self.groups.is_empty()).then_some(self.groups);
        Ok(Dataset { features, feature_names: encoding.feature_names(), target, weights: None, groups })
    }
}

const QID: &[u8] = b"qid:";

#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    line: u64,
}

impl Place<'_> {
    fn token(self, token: &[u8], expected: &'static str) -> Error {
        let token = String::from_utf8_lossy(token).into_owned();
        Error::Token { file: self.file.to_owned(), line: self.line, token, expected }
    }
}

fn cell_limit(bytes: usize) -> usize {
    bytes.saturating_mul(CELLS_PER_BYTE).max(FREE_CELLS)
}

fn feature_limit(bytes: usize) -> usize {
    bytes.saturating_mul(CELLS_PER_BYTE).max(FREE_FEATURES)
}

/// The first line that has an index 0. Indices ascend, so it is the first of its line.
fn line_of_zero(bytes: &[u8]) -> Option<u64> {
    let is_zero = |token: &[u8]| split(token).and_then(|(index, _)| integer(index)) == Some(0);
    let lines = bytes.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter_map(|(text, line)| Some((tokens(text).skip(1).find(|token| !token.starts_with(QID))?, line)))
        .find_map(|(token, line)| is_zero(token).then_some(line))
}

fn tokens(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = line.iter().position(|&byte| byte == b'#').unwrap_or(line.len());
    line[..end].split(u8::is_ascii_whitespace).filter(|token| !token.is_empty())
}

fn split(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = token.iter().position(|&byte| byte == b':')?;
    Some((&token[..colon], &token[colon + 1..]))
}

fn integer(text: &[u8]) -> Option<u64> {
    // `parse` alone would accept a plus sign.
    if text.iter().all(u8::is_ascii_digit) { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// Whether the text is libsvm: the first line with anything but a lone number decides, and is libsvm
/// if it is a number followed by `index:value` or `qid:N` tokens only.
pub(crate) fn recognise(bytes: &[u8]) -> bool {
    for line in bytes.split(|&byte| byte == b'\n') {
        let mut tokens = tokens(line).peekable();
        let Some(label) = tokens.next() else { continue };
        if !matches!(number::parse(label), Cell::Number(_)) {
            return false;
        }
        if tokens.peek().is_none() {
            continue;
        }
        return tokens.all(|token| {
            split(token).is_some_and(|(index, value)| {
                (index == b"qid" || integer(index).is_some()) && number::parse(value) != Cell::Text
            })
        });
    }
    false
}

#[cfg(test)]
mod tests;
