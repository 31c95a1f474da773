//! Which column of a training file is what.

use std::collections::HashSet;

use super::feature::Feature;
use super::layout::Layout;
use super::weights::{self, Weights};
use super::{CsvOptions, TargetColumn};
use crate::encoding::ColumnKind;
use crate::error::{Error, Result};
use crate::notes::Note;

/// What each column of a file is.
pub(super) struct Roles<'a> {
    pub(super) target: Option<usize>,
    pub(super) weights: Option<Weights<'a>>,
    /// The others, but for those that are left out.
    pub(super) features: Vec<Feature>,
}

impl<'a> Roles<'a> {
    pub(super) fn new(layout: &Layout, file: &'a str, options: &'a CsvOptions, notes: &mut Vec<Note>) -> Result<Self> {
        let weights = options.weights.as_deref().map(|name| Weights::new(layout, name, file)).transpose()?;
        let mut roles = Self { target: None, weights, features: Vec::new() };
        roles.target = roles.target(layout, file, options)?;
        roles.features = roles.features(layout, file, options, notes)?;
        Ok(roles)
    }

    fn target(&self, layout: &Layout, file: &str, options: &CsvOptions) -> Result<Option<usize>> {
        let found = layout.names.len();
        let weights = self.weights.as_ref().map(Weights::source);
        let target = match &options.target {
            TargetColumn::None => None,
            TargetColumn::Last => (0..found).rfind(|column| Some(*column) != weights),
            TargetColumn::Index(index) if *index < found => Some(*index),
            TargetColumn::Index(index) => {
                return Err(Error::ColumnIndex { file: file.to_owned(), index: *index, found });
            }
            TargetColumn::Name(name) => Some(layout.find(name, file)?),
        };
        match &self.weights {
            Some(weights) if target == Some(weights.source()) => Err(weights.is_already("the target")),
            _ => Ok(target),
        }
    }

    /// What a column is beside the features, in words.
    fn taken(&self, column: usize) -> Option<&'static str> {
        let weights = self.weights.as_ref().map(Weights::source);
        let roles = [("the target", self.target), (weights::ROLE, weights)];
        roles.into_iter().find(|(_, other)| *other == Some(column)).map(|(role, _)| role)
    }

    fn features(
        &self,
        layout: &Layout,
        file: &str,
        options: &CsvOptions,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<Feature>> {
        let find = |names: &[String], role: &'static str| {
            let mut columns = HashSet::with_capacity(names.len());
            for name in names {
                let column = layout.find(name, file)?;
                if let Some(is) = self.taken(column) {
                    return Err(Error::ColumnRole { file: file.to_owned(), name: name.clone(), is, role });
                }
                columns.insert(column);
            }
            Ok(columns)
        };
        let mut dropped = find(&options.drop, "dropped")?;
        let forced = find(&options.categorical, "a categorical feature")?;
        if layout.form.row_names && self.taken(0).is_none() && !forced.contains(&0) && dropped.insert(0) {
            let what = "holds row names, for which the header has no cell";
            notes.push(Note::IndexLeftOut { column: layout.names[0].clone(), what });
        }
        let features: Vec<Feature> = (0..layout.names.len())
            .filter(|source| self.taken(*source).is_none() && !dropped.contains(source))
            .map(|source| Feature::new(source, forced.contains(&source)))
            .collect();
        if features.is_empty() {
            return Err(Error::NoFeatures { file: file.to_owned(), columns: layout.names.clone() });
        }
        Ok(features)
    }

    /// Whether the first feature is the file's first column, without a name, and an index.
    pub(super) fn begin_with_index(&self, layout: &Layout, values: &[f64], kinds: &[ColumnKind]) -> bool {
        let first = &self.features[0];
        layout.unnamed_first && first.source == 0 && !first.forced && is_index(values, kinds)
    }
}

/// Whether the first column has another whole number or another text in every row.
fn is_index(values: &[f64], kinds: &[ColumnKind]) -> bool {
    let mut column: Vec<f64> = values.iter().step_by(kinds.len()).copied().collect();
    let rows = column.len();
    column.sort_by(f64::total_cmp);
    column.dedup();
    kinds.len() > 1 && column.len() == rows && column.iter().all(|value| value.fract() == 0.0)
}
