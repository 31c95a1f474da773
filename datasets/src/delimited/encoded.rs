//! Reading with an encoding: columns by name, every cell checked against its kind.

use super::infer::table;
use super::layout::Layout;
use super::records::{text, trimmed};
use super::{CsvOptions, TargetColumn};
use crate::encoding::{ColumnKind, Encoding, TargetEncoding};
use crate::error::{Error, Result};
use crate::labels::{self, Interner, Lookup};
use crate::table::{Table, Target};

pub(super) fn parse(encoding: &Encoding, bytes: &[u8], file: &str, options: &CsvOptions) -> Result<Table> {
    encoding.check()?;
    let layout = Layout::detect(bytes, file, options, Some(encoding))?;
    let mut sources = Vec::with_capacity(encoding.columns.len());
    for column in &encoding.columns {
        let categories = match &column.kind {
            ColumnKind::Numeric => None,
            ColumnKind::Categorical { categories } => Some(Lookup::new(categories)),
        };
        sources.push((layout.find(&column.name, file)?, column.name.as_str(), categories));
    }
    let target = target_column(&layout, encoding, file, options)?;

    let (mut values, mut labels) = (Vec::new(), Interner::default());
    let mut records = layout.rows(bytes, file)?;
    while let Some((line, record)) = records.next()? {
        for (source, name, categories) in &sources {
            let cell = trimmed(record, *source);
            values.push(if options.is_missing(cell) {
                f64::NAN
            } else if let Some(categories) = categories {
                let value = text(record, *source, file, line)?;
                match categories.get(value) {
                    Some(code) => f64::from(code),
                    None if options.unseen_as_missing => f64::NAN,
                    None => {
                        let (file, column, value) = (file.to_owned(), (*name).to_owned(), value.to_owned());
                        return Err(Error::UnseenCategory { file, line, column, value });
                    }
                }
            } else {
                labels::numeric(file, line, name, cell)?
            });
        }
        if let Some((source, target)) = target {
            if options.is_missing(trimmed(record, source)) {
                return Err(Error::MissingTarget { file: file.to_owned(), line, column: target.name.clone() });
            }
            labels.push(text(record, source, file, line)?, line);
        }
    }
    let target = match target {
        Some((_, target)) => labels::encode(file, target, &labels)?,
        None => Target::None,
    };
    Ok(table(values, encoding, target))
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
    match layout.find(&target.name, file) {
        Ok(source) => Ok(Some((source, target))),
        Err(_) if !options.target_required => Ok(None),
        Err(missing) => Err(missing),
    }
}
