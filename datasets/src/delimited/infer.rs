//! Reading without an encoding.
//!
//! One pass reads every cell as a number and notes where that fails. Only if a column turns out to
//! be categorical does a second pass collect its texts. The first pass is therefore all that a
//! numeric file costs.

use std::collections::HashSet;

use ndarray::Array2;

use super::feature::Feature;
use super::layout::Layout;
use super::markers::Markers;
use super::records::{text, trimmed};
use super::{CsvOptions, TargetColumn};
use crate::dataset::{Dataset, Target};
use crate::encoding::{Column, ColumnKind, Encoding, TargetEncoding};
use crate::error::{Error, Result};
use crate::labels::{self, Interner};
use crate::notes::Note;

pub(super) fn parse(
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<(Dataset, Encoding)> {
    let layout = Layout::detect(bytes, file, options, None, notes)?;
    let target = target_column(&layout, file, options)?;
    let mut features = feature_columns(&layout, target, file, options, notes)?;
    let (markers, notation) = (Markers::new(&options.missing), options.notation());

    let (mut values, mut labels) = (Vec::new(), Interner::default());
    let mut records = layout.rows(bytes, file)?;
    while let Some((line, record)) = records.next()? {
        for feature in &mut features {
            values.push(feature.read(trimmed(record, feature.source), line, &markers, notation));
        }
        if let Some(target) = target {
            if markers.is_missing(trimmed(record, target)) {
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
    let pass = Categories { bytes, file, markers: &markers, layout: &layout, features: &features };
    pass.read(&categorical, &mut values, &mut kinds)?;
    if layout.unnamed_first && features[0].source == 0 && !features[0].forced && is_index(&values, &kinds) {
        let width = features.len();
        values = values.chunks(width).flat_map(|row| &row[1..]).copied().collect();
        kinds.remove(0);
        features.remove(0);
        let what = "has no name and another value in every row, as an index";
        notes.push(Note::IndexLeftOut { column: layout.names[0].clone(), what });
    }
    if values.iter().all(|value| value.is_nan()) {
        return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names });
    }

    let mut columns = Vec::with_capacity(features.len());
    for (feature, kind) in features.iter().zip(kinds) {
        let name = layout.names[feature.source].clone();
        match &kind {
            ColumnKind::Numeric => feature.notes_on_numbers(&name, notes),
            ColumnKind::Categorical { categories } => feature.notes_on_categories(&name, categories.len(), notes),
        }
        columns.push(Column { name, kind });
    }
    let (labels, target) = match target {
        None => (Target::None, None),
        Some(target) => {
            let name = layout.names[target].clone();
            let (labels, kind) = labels::infer(file, &name, &labels, options.target_type, notation)?;
            (labels, Some(TargetEncoding { name, kind }))
        }
    };
    let encoding = Encoding { columns, target };
    Ok((table(values, &encoding, labels), encoding))
}

/// Puts the row-major `values` under the names of `encoding`.
pub(super) fn table(values: Vec<f64>, encoding: &Encoding, target: Target) -> Dataset {
    let n_features = encoding.columns.len();
    let n_examples = values.len() / n_features;
    let features = Array2::from_shape_vec((n_examples, n_features), values)
        .expect("every record adds one value per column, and there is a column");
    Dataset { features, feature_names: encoding.feature_names(), target, weights: None, groups: None }
}

/// Whether the first column has another whole number or another text in every row.
fn is_index(values: &[f64], kinds: &[ColumnKind]) -> bool {
    let mut column: Vec<f64> = values.iter().step_by(kinds.len()).copied().collect();
    let rows = column.len();
    column.sort_by(f64::total_cmp);
    column.dedup();
    kinds.len() > 1 && column.len() == rows && column.iter().all(|value| value.fract() == 0.0)
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

fn feature_columns(
    layout: &Layout,
    target: Option<usize>,
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<Vec<Feature>> {
    let find = |names: &[String], role: &'static str| {
        let mut columns = HashSet::with_capacity(names.len());
        for name in names {
            let column = layout.find(name, file)?;
            if Some(column) == target {
                return Err(Error::ColumnRole { file: file.to_owned(), name: name.clone(), role });
            }
            columns.insert(column);
        }
        Ok(columns)
    };
    let mut dropped = find(&options.drop, "dropped")?;
    let forced = find(&options.categorical, "a categorical feature")?;
    if layout.row_names && target != Some(0) && !forced.contains(&0) && dropped.insert(0) {
        let what = "holds row names, for which the header has no cell";
        notes.push(Note::IndexLeftOut { column: layout.names[0].clone(), what });
    }
    let features: Vec<Feature> = (0..layout.names.len())
        .filter(|source| Some(*source) != target && !dropped.contains(source))
        .map(|source| Feature::new(source, forced.contains(&source)))
        .collect();
    if features.is_empty() {
        return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names.clone() });
    }
    Ok(features)
}

/// Second pass over a file, for the texts of its categorical columns.
struct Categories<'a> {
    bytes: &'a [u8],
    file: &'a str,
    markers: &'a Markers<'a>,
    layout: &'a Layout,
    features: &'a [Feature],
}

impl Categories<'_> {
    /// Codes of the features listed in `categorical`, into `values` and `kinds`.
    fn read(&self, categorical: &[usize], values: &mut [f64], kinds: &mut [ColumnKind]) -> Result<()> {
        if categorical.is_empty() {
            return Ok(());
        }
        let mut cells: Vec<Interner> = categorical.iter().map(|_| Interner::default()).collect();
        let mut records = self.layout.rows(self.bytes, self.file)?;
        while let Some((line, record)) = records.next()? {
            for (&index, cells) in categorical.iter().zip(&mut cells) {
                let source = self.features[index].source;
                if self.markers.is_missing(trimmed(record, source)) {
                    cells.push_missing();
                } else {
                    cells.push(text(record, source, self.file, line)?, line);
                }
            }
        }
        for (&index, cells) in categorical.iter().zip(&cells) {
            let (categories, place) = cells.sorted();
            let column = values.iter_mut().skip(index).step_by(self.features.len());
            for (value, code) in column.zip(&cells.codes) {
                *value = code.map_or(f64::NAN, |code| f64::from(place[code as usize]));
            }
            kinds[index] = ColumnKind::Categorical { categories };
        }
        Ok(())
    }
}
