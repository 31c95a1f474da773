//! Reading with an encoding: columns by name, every cell checked against its kind.

use csv::ByteRecord;

use super::infer::table;
use super::layout::Layout;
use super::markers::Markers;
use super::records::{text, trimmed};
use super::weights::Weights;
use super::{CsvOptions, TargetColumn, Unseen};
use crate::dataset::{Dataset, Target};
use crate::encoding::{Column, ColumnKind, Encoding, TargetEncoding, TargetKind};
use crate::error::{Error, Result};
use crate::labels::{self, Interner, Lookup};
use crate::notes::Note;
use crate::number::{Cell, Notation};

pub(super) fn parse(
    encoding: &Encoding,
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<Dataset> {
    encoding.check()?;
    let layout = Layout::detect(bytes, file, options, Some(encoding), notes)?;
    let (markers, notation) = (Markers::new(&options.missing), options.notation());
    let mut readers = Vec::with_capacity(encoding.columns.len());
    for (index, column) in encoding.columns.iter().enumerate() {
        let needed = options.needed.as_ref().is_none_or(|needed| needed.get(index).copied().unwrap_or(true));
        let source = match layout.place(&column.name) {
            None if needed => Some(layout.find(&column.name, file)?),
            place => place,
        };
        readers.push(Reader::new(column, source, needed, options.unseen));
    }
    let target = target_column(&layout, encoding, file, options)?;
    let mut weights = weight_column(&layout, encoding, file, options)?;

    let (mut values, mut labels) = (Vec::new(), Interner::default());
    let mut records = layout.rows(bytes, file)?;
    while let Some((line, record)) = records.next()? {
        let place = Place { record, file, line, markers: &markers, notation };
        for reader in &mut readers {
            values.push(reader.read(&place)?);
        }
        if let Some((source, target)) = target {
            if markers.is_missing(trimmed(record, source)) && !is_class(target, trimmed(record, source)) {
                return Err(Error::MissingTarget { file: file.to_owned(), line, column: target.name.clone() });
            }
            labels.push(text(record, source, file, line)?, line);
        }
        if let Some(weights) = &mut weights {
            weights.read(record, line, &markers, notation)?;
        }
    }
    let target = match target {
        Some((_, target)) => labels::encode(file, target, &labels, notation)?,
        None => Target::None,
    };
    for Reader { name, unseen_cells, first_unseen, .. } in readers {
        if let Some((line, value)) = first_unseen {
            notes.push(Note::Unseen { line, column: name.to_owned(), value, cells: unseen_cells });
        }
    }
    Ok(table(values, encoding, target, weights.map(Weights::finish).transpose()?))
}

/// A row, and how its cells are read.
struct Place<'a> {
    record: &'a ByteRecord,
    file: &'a str,
    line: u64,
    markers: &'a Markers<'a>,
    notation: Notation,
}

/// Reads a column of the encoding.
struct Reader<'e> {
    name: &'e str,
    /// Column of the file; `None` if it does not have it, which must not matter.
    source: Option<usize>,
    categories: Option<Lookup>,
    needed: bool,
    unseen: Unseen,
    unseen_cells: usize,
    first_unseen: Option<(u64, String)>,
}

impl<'e> Reader<'e> {
    fn new(column: &'e Column, source: Option<usize>, needed: bool, unseen: Unseen) -> Self {
        let categories = match &column.kind {
            ColumnKind::Numeric => None,
            ColumnKind::Categorical { categories } => Some(Lookup::new(categories)),
        };
        Self { name: &column.name, source, categories, needed, unseen, unseen_cells: 0, first_unseen: None }
    }

    fn read(&mut self, place: &Place<'_>) -> Result<f64> {
        let Some(source) = self.source else { return Ok(f64::NAN) };
        let cell = trimmed(place.record, source);
        let Some(categories) = &self.categories else {
            return match place.notation.parse(cell) {
                _ if place.markers.is_missing(cell) => Ok(f64::NAN),
                Cell::Number(value) => Ok(value),
                _ if !self.needed || place.markers.is_missing_number(cell) => Ok(f64::NAN),
                _ => labels::numeric(place.file, place.line, self.name, cell, place.notation),
            };
        };
        let value = match text(place.record, source, place.file, place.line) {
            Ok(value) => value,
            Err(_) if !self.needed => return Ok(f64::NAN),
            Err(error) => return Err(error),
        };
        match categories.get(value) {
            Some(code) => Ok(f64::from(code)),
            None if !self.needed || place.markers.is_missing(cell) => Ok(f64::NAN),
            None if self.unseen == Unseen::Missing => {
                self.unseen_cells += 1;
                self.first_unseen.get_or_insert_with(|| (place.line, value.to_owned()));
                Ok(f64::NAN)
            }
            None => Err(Error::UnseenCategory {
                file: place.file.to_owned(),
                line: place.line,
                column: self.name.to_owned(),
                value: value.to_owned(),
            }),
        }
    }
}

/// Whether a cell is the name of a class, whatever the missing markers say: models may know classes such as `NULL`.
fn is_class(target: &TargetEncoding, cell: &[u8]) -> bool {
    match &target.kind {
        TargetKind::Classes { names } => names.iter().any(|name| name.as_bytes() == cell),
        TargetKind::Numeric => false,
    }
}

/// Place and meaning of the target column, if it is to be read.
fn target_column<'e>(
    layout: &Layout,
    encoding: &'e Encoding,
    file: &str,
    options: &CsvOptions,
) -> Result<Option<(usize, &'e TargetEncoding)>> {
    let Some(target) = encoding.target.as_ref().filter(|_| options.target != TargetColumn::None) else {
        return Ok(None);
    };
    match layout.place(&target.name) {
        Some(source) => Ok(Some((source, target))),
        None if !options.target_required => Ok(None),
        None => Ok(Some((layout.find(&target.name, file)?, target))),
    }
}

/// The column of weights, which is no column of the encoding.
fn weight_column<'a>(
    layout: &Layout,
    encoding: &Encoding,
    file: &'a str,
    options: &'a CsvOptions,
) -> Result<Option<Weights<'a>>> {
    let Some(name) = options.weights.as_deref() else { return Ok(None) };
    let weights = Weights::new(layout, name, file)?;
    if encoding.columns.iter().any(|column| column.name == name) {
        return Err(weights.is_already("a feature"));
    }
    if encoding.target.as_ref().is_some_and(|target| target.name == name) {
        return Err(weights.is_already("the target"));
    }
    Ok(Some(weights))
}
