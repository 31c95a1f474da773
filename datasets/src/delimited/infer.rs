//! Reading without an encoding.
//!
//! One pass reads every cell as a number and notes where that fails. Only if a column turns out to
//! be categorical does a second pass collect its texts. The first pass is therefore all that a
//! numeric file costs.

use ndarray::Array2;

use super::layout::Layout;
use super::records::{text, trimmed};
use super::{CsvOptions, TargetColumn};
use crate::encoding::{Column, ColumnKind, Encoding, TargetEncoding};
use crate::error::{Error, Result};
use crate::labels::{self, Interner};
use crate::number::{self, Cell};
use crate::table::{Table, Target};

/// A column with text in fewer than one cell of this many is taken for a typing error.
const MIXED: usize = 10;

/// What the first pass learns about a feature column.
#[derive(Default)]
struct Feature {
    /// Column of the file.
    source: usize,
    forced: bool,
    numbers: usize,
    texts: usize,
    /// Line and content of the first cell that is text, and of the first that is infinite.
    first_text: Option<(u64, String)>,
    first_infinite: Option<(u64, String)>,
}

impl Feature {
    fn read(&mut self, cell: &[u8], line: u64) -> f64 {
        let content = || Some((line, String::from_utf8_lossy(cell).into_owned()));
        match number::parse(cell) {
            Cell::Number(value) => {
                self.numbers += 1;
                return value;
            }
            Cell::Infinite if self.first_infinite.is_none() => self.first_infinite = content(),
            Cell::Infinite => {}
            Cell::Text => {
                self.texts += 1;
                if self.first_text.is_none() {
                    self.first_text = content();
                }
            }
        }
        f64::NAN
    }

    /// Whether the column is categorical, or why it is neither that nor numeric.
    fn is_categorical(&self, file: &str, name: &str) -> Result<bool> {
        let (file, column) = (|| file.to_owned(), || name.to_owned());
        match (&self.first_text, &self.first_infinite) {
            _ if self.forced => Ok(true),
            (Some((line, value)), _) if self.texts * MIXED <= self.numbers => Err(Error::MixedColumn {
                file: file(),
                line: *line,
                column: column(),
                value: value.clone(),
                numbers: self.numbers,
            }),
            (Some(_), _) => Ok(true),
            (None, Some((line, value))) => {
                Err(Error::Infinite { file: file(), line: *line, column: column(), value: value.clone() })
            }
            (None, None) => Ok(false),
        }
    }
}

pub(super) fn parse(bytes: &[u8], file: &str, options: &CsvOptions) -> Result<(Table, Encoding)> {
    let layout = Layout::detect(bytes, file, options, None)?;
    let target = target_column(&layout, file, options)?;
    let mut features = feature_columns(&layout, target, file, options)?;

    let (mut values, mut labels) = (Vec::new(), Interner::default());
    let mut records = layout.rows(bytes, file)?;
    while let Some((line, record)) = records.next()? {
        for feature in &mut features {
            let cell = trimmed(record, feature.source);
            let skip = feature.forced || options.is_missing(cell);
            values.push(if skip { f64::NAN } else { feature.read(cell, line) });
        }
        if let Some(target) = target {
            if options.is_missing(trimmed(record, target)) {
                let column = layout.names[target].clone();
                return Err(Error::MissingTarget { file: file.to_owned(), line, column });
            }
            labels.push(text(record, target, file, line)?, line);
        }
    }

    let mut kinds = vec![ColumnKind::Numeric; features.len()];
    let mut categorical = Vec::new();
    for (index, feature) in features.iter().enumerate() {
        if feature.is_categorical(file, &layout.names[feature.source])? {
            categorical.push(index);
        }
    }
    read_categories(bytes, file, options, &layout, &features, &categorical, &mut values, &mut kinds)?;
    if values.iter().all(|value| value.is_nan()) {
        return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names });
    }

    let columns = features.iter().zip(kinds).map(|(feature, kind)| {
        let name = layout.names[feature.source].clone();
        Column { name, kind }
    });
    let columns: Vec<Column> = columns.collect();
    let (labels, target) = match target {
        None => (Target::None, None),
        Some(target) => {
            let name = layout.names[target].clone();
            let (labels, kind) = labels::infer(file, &name, &labels, options.task)?;
            (labels, Some(TargetEncoding { name, kind }))
        }
    };
    let encoding = Encoding { columns, target };
    Ok((table(values, &encoding, labels), encoding))
}

/// Puts the row-major `values` under the names of `encoding`.
pub(super) fn table(values: Vec<f64>, encoding: &Encoding, target: Target) -> Table {
    let n_features = encoding.columns.len();
    let n_examples = values.len() / n_features;
    let features = Array2::from_shape_vec((n_examples, n_features), values)
        .expect("every record adds one value per column, and there is a column");
    Table { features, feature_names: encoding.feature_names(), target, groups: None }
}

fn target_column(layout: &Layout, file: &str, options: &CsvOptions) -> Result<Option<usize>> {
    let found = layout.names.len();
    match &options.target {
        TargetColumn::None => Ok(None),
        TargetColumn::Last => Ok(Some(found - 1)),
        TargetColumn::Index(index) if *index < found => Ok(Some(*index)),
        TargetColumn::Index(index) => Err(Error::ColumnIndex { file: file.to_owned(), index: *index, found }),
        TargetColumn::Name(name) => layout.find(name, file).map(Some),
    }
}

fn feature_columns(layout: &Layout, target: Option<usize>, file: &str, options: &CsvOptions) -> Result<Vec<Feature>> {
    let find = |names: &[String], role: &'static str| {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let column = layout.find(name, file)?;
            if Some(column) == target {
                return Err(Error::ColumnRole { file: file.to_owned(), name: name.clone(), role });
            }
            columns.push(column);
        }
        Ok(columns)
    };
    let dropped = find(&options.drop, "dropped")?;
    let forced = find(&options.categorical, "a categorical feature")?;
    let features: Vec<Feature> = (0..layout.names.len())
        .filter(|source| Some(*source) != target && !dropped.contains(source))
        .map(|source| Feature { source, forced: forced.contains(&source), ..Feature::default() })
        .collect();
    if features.is_empty() {
        return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names.clone() });
    }
    Ok(features)
}

/// Second pass: codes of the features listed in `categorical`, into `values` and `kinds`.
#[expect(clippy::too_many_arguments, reason = "one step of `parse`, apart only to be read apart")]
fn read_categories(
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    layout: &Layout,
    features: &[Feature],
    categorical: &[usize],
    values: &mut [f64],
    kinds: &mut [ColumnKind],
) -> Result<()> {
    if categorical.is_empty() {
        return Ok(());
    }
    let mut cells: Vec<Interner> = categorical.iter().map(|_| Interner::default()).collect();
    let mut records = layout.rows(bytes, file)?;
    while let Some((line, record)) = records.next()? {
        for (&index, cells) in categorical.iter().zip(&mut cells) {
            let source = features[index].source;
            if options.is_missing(trimmed(record, source)) {
                cells.push_missing();
            } else {
                cells.push(text(record, source, file, line)?, line);
            }
        }
    }
    for (&index, cells) in categorical.iter().zip(&cells) {
        let (categories, place) = cells.sorted();
        let column = values.iter_mut().skip(index).step_by(features.len());
        for (value, code) in column.zip(&cells.codes) {
            *value = code.map_or(f64::NAN, |code| f64::from(place[code as usize]));
        }
        kinds[index] = ColumnKind::Categorical { categories };
    }
    Ok(())
}
