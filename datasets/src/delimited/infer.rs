//! Reading without an encoding.
//!
//! One pass reads every cell as a number and notes where that fails. Only if a column turns out to
//! be categorical does a second pass collect its texts. The first pass is therefore all that a
//! numeric file costs.

use ndarray::Array2;

use super::CsvOptions;
use super::feature::Feature;
use super::layout::Layout;
use super::markers::Markers;
use super::records::{text, trimmed};
use super::roles::Roles;
use super::weights::Weights;
use crate::dataset::{Dataset, Target};
use crate::encoding::{Column, ColumnKind, Encoding, TargetEncoding};
use crate::error::{Error, Result};
use crate::labels::{self, Interner};
use crate::notes::Note;
use crate::number::Notation;

pub(super) fn parse(
    bytes: &[u8],
    file: &str,
    options: &CsvOptions,
    notes: &mut Vec<Note>,
) -> Result<(Dataset, Encoding)> {
    let layout = Layout::detect(bytes, file, options, None, notes)?;
    let mut roles = Roles::new(&layout, file, options, notes)?;
    let (markers, notation) = (Markers::new(&options.missing), options.notation());
    let passes = Passes { bytes, file, layout: &layout, markers: &markers, notation };
    let (mut values, labels) = passes.numbers(&mut roles)?;
    let mut kinds = passes.categories(&roles.features, &mut values)?;
    if roles.begin_with_index(&layout, &values, &kinds) {
        let width = kinds.len();
        values = values.chunks(width).flat_map(|row| &row[1..]).copied().collect();
        kinds.remove(0);
        roles.features.remove(0);
        let what = "has no name and another value in every row, as an index";
        notes.push(Note::IndexLeftOut { column: layout.names[0].clone(), what });
    }
    if values.iter().all(|value| value.is_nan()) {
        return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names });
    }
    let columns = columns(&layout, &roles.features, kinds, notes);
    let weights = roles.weights.map(Weights::finish).transpose()?;
    let (labels, target) = match roles.target {
        None => (Target::None, None),
        Some(target) => {
            let name = layout.names[target].clone();
            let (labels, kind) = labels::infer(file, &name, &labels, options.target_type, notation)?;
            (labels, Some(TargetEncoding { name, kind }))
        }
    };
    let encoding = Encoding { columns, target };
    Ok((table(values, &encoding, labels, weights), encoding))
}

/// The features' columns of the encoding, and what should be known about them.
fn columns(layout: &Layout, features: &[Feature], kinds: Vec<ColumnKind>, notes: &mut Vec<Note>) -> Vec<Column> {
    let mut columns = Vec::with_capacity(features.len());
    for (feature, kind) in features.iter().zip(kinds) {
        let name = layout.names[feature.source].clone();
        match &kind {
            ColumnKind::Numeric => feature.notes_on_numbers(&name, notes),
            ColumnKind::Categorical { categories } => feature.notes_on_categories(&name, categories.len(), notes),
        }
        columns.push(Column { name, kind });
    }
    columns
}

/// Puts the row-major `values` under the names of `encoding`.
pub(super) fn table(values: Vec<f64>, encoding: &Encoding, target: Target, weights: Option<Vec<f64>>) -> Dataset {
    let n_features = encoding.columns.len();
    let n_examples = values.len() / n_features;
    let features = Array2::from_shape_vec((n_examples, n_features), values)
        .expect("every record adds one value per column, and there is a column");
    Dataset { features, feature_names: encoding.feature_names(), target, weights, groups: None }
}

/// The two passes over a file.
struct Passes<'a> {
    bytes: &'a [u8],
    file: &'a str,
    layout: &'a Layout,
    markers: &'a Markers<'a>,
    notation: Notation,
}

impl Passes<'_> {
    /// First pass: the features as numbers, NaN where they are none, row by row, and the targets; the weights stay with
    /// their column.
    fn numbers(&self, roles: &mut Roles<'_>) -> Result<(Vec<f64>, Interner)> {
        let Self { file, markers, notation, .. } = *self;
        let (mut values, mut labels) = (Vec::new(), Interner::default());
        let mut records = self.layout.rows(self.bytes, file)?;
        while let Some((line, record)) = records.next()? {
            for feature in &mut roles.features {
                values.push(feature.read(trimmed(record, feature.source), line, markers, notation));
            }
            if let Some(target) = roles.target {
                if markers.is_missing(trimmed(record, target)) {
                    let column = self.layout.names[target].clone();
                    return Err(Error::MissingTarget { file: file.to_owned(), line, column });
                }
                labels.push(text(record, target, file, line)?, line);
            }
            if let Some(weights) = &mut roles.weights {
                weights.read(record, line, markers, notation)?;
            }
        }
        Ok((values, labels))
    }

    /// Second pass, for the texts of categorical columns, whose codes go to `values`. Returns what the columns are.
    fn categories(&self, features: &[Feature], values: &mut [f64]) -> Result<Vec<ColumnKind>> {
        let mut kinds = vec![ColumnKind::Numeric; features.len()];
        let mut categorical = Vec::new();
        for (index, feature) in features.iter().enumerate() {
            if feature.is_categorical(self.file, &self.layout.names[feature.source])? {
                categorical.push(index);
            }
        }
        if categorical.is_empty() {
            return Ok(kinds);
        }
        let mut cells: Vec<Interner> = categorical.iter().map(|_| Interner::default()).collect();
        let mut records = self.layout.rows(self.bytes, self.file)?;
        while let Some((line, record)) = records.next()? {
            for (&index, cells) in categorical.iter().zip(&mut cells) {
                let source = features[index].source;
                if self.markers.is_missing(trimmed(record, source)) {
                    cells.push_missing();
                } else {
                    cells.push(text(record, source, self.file, line)?, line);
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
        Ok(kinds)
    }
}
