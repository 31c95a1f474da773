//! Writing a table so that reading it back gives the same table.

use std::io::Write;

use csv::{QuoteStyle, WriterBuilder};

use crate::dataset::{Dataset, Target};
use crate::encoding::{ColumnKind, Encoding, TargetKind};
use crate::error::{Error, Result};

/// Writes a header and all rows, comma-separated; the target, if any, is the last column.
///
/// Missing values become empty cells, categories and classes their names, numbers the shortest text
/// that reads back as the same `f64`. Weights and query groups are not written.
///
/// # Arguments
/// `file` names the output in errors. `encoding` must be the one `table` was read with.
///
/// # Errors
/// [`Error::Io`] if the output fails; [`Error::Encoding`] if a code is not one of `encoding`.
pub fn write_csv(table: &Dataset, encoding: &Encoding, output: impl Write, file: &str) -> Result<()> {
    let failed = |cause: csv::Error| Error::io(file, std::io::Error::other(cause));
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Necessary).from_writer(output);
    let target = encoding.target.as_ref().filter(|_| table.target != Target::None);
    let names = encoding.columns.iter().map(|column| column.name.as_str());
    writer.write_record(names.chain(target.map(|target| target.name.as_str()))).map_err(failed)?;
    let mut cells = Vec::with_capacity(encoding.columns.len() + 1);
    for (row, features) in table.features.rows().into_iter().enumerate() {
        cells.clear();
        for (column, &value) in encoding.columns.iter().zip(features) {
            cells.push(match &column.kind {
                _ if value.is_nan() => String::new(),
                ColumnKind::Numeric => value.to_string(),
                ColumnKind::Categorical { categories } => name(categories, value, &column.name)?,
            });
        }
        match (&table.target, target.map(|target| (&target.name, &target.kind))) {
            (Target::Classes { labels, .. }, Some((column, TargetKind::Classes { names }))) => {
                cells.push(name(names, f64::from(labels[row]), column)?);
            }
            (Target::Values(values), Some((_, TargetKind::Numeric))) => cells.push(values[row].to_string()),
            (_, None) => {}
            _ => return Err(Error::Encoding { reason: "it has another kind of target than the table".into() }),
        }
        writer.write_record(&cells).map_err(failed)?;
    }
    writer.flush().map_err(|source| Error::io(file, source))
}

fn name(names: &[String], code: f64, column: &str) -> Result<String> {
    // A code that is no index saturates or truncates, and is then seen to differ.
    let index = code as usize;
    names
        .get(index)
        .filter(|_| index as f64 == code)
        .cloned()
        .ok_or_else(|| Error::Encoding { reason: format!("column {column:?} has no code {code}") })
}
