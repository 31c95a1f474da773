//! [`Encoding`]: what the reading of a training file fixed, so that every later file is read alike.
//!
//! Columns are found by name. A category is coded by its place in the sorted list of categories, a
//! class by its place in the list of class names. Lists of names sort by value when all are numbers
//! (`2` before `10`), else as text; numbers are then written in their shortest form, so that `1` and
//! `1.0` are one class.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How the cells of a feature column become numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    /// The cell is the number.
    Numeric,
    /// The cell is one of these categories, coded by its index as `f64`.
    Categorical {
        /// Distinct and sorted.
        categories: Vec<String>,
    },
}

/// A feature column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in the header.
    pub name: String,
    /// Meaning of its cells.
    pub kind: ColumnKind,
}

/// Meaning of the target cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetKind {
    /// Classification; a label is an index into `names`.
    Classes {
        /// Distinct class names in the order of their labels.
        names: Vec<String>,
    },
    /// Regression.
    Numeric,
}

/// The target column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetEncoding {
    /// Name in the header.
    pub name: String,
    /// Meaning of its cells.
    pub kind: TargetKind,
}

/// The columns of a data set in the order of the feature matrix, and the target if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    /// Feature columns.
    pub columns: Vec<Column>,
    /// Target column.
    pub target: Option<TargetEncoding>,
}

impl Encoding {
    /// An encoding of numeric columns only.
    #[must_use]
    pub fn numeric(names: impl IntoIterator<Item = String>, target: Option<TargetEncoding>) -> Self {
        let columns = names.into_iter().map(|name| Column { name, kind: ColumnKind::Numeric }).collect();
        Self { columns, target }
    }

    /// Names of the feature columns, in order.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Checks an encoding that comes from outside.
    ///
    /// # Errors
    /// [`Error::Encoding`] if there is no column, or a column, category or class is listed twice.
    pub fn check(&self) -> Result<()> {
        if self.columns.is_empty() {
            return Err(Error::Encoding { reason: "it has no feature column".into() });
        }
        let target = self.target.as_ref().map(|target| target.name.as_str());
        distinct("column", self.columns.iter().map(|column| column.name.as_str()).chain(target))?;
        for column in &self.columns {
            if let ColumnKind::Categorical { categories } = &column.kind {
                distinct("category", categories.iter().map(String::as_str))?;
            }
        }
        if let Some(TargetEncoding { kind: TargetKind::Classes { names }, .. }) = &self.target {
            if names.is_empty() {
                return Err(Error::Encoding { reason: "it has classes and names none".into() });
            }
            distinct("class", names.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::Encoding { reason: format!("{what} {name:?} is listed twice") });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Encoding {
        let categories = vec!["blue".into(), "red".into()];
        Encoding {
            columns: vec![
                Column { name: "size".into(), kind: ColumnKind::Numeric },
                Column { name: "colour".into(), kind: ColumnKind::Categorical { categories } },
            ],
            target: Some(TargetEncoding {
                name: "kind".into(),
                kind: TargetKind::Classes { names: vec!["no".into(), "yes".into()] },
            }),
        }
    }

    #[test]
    fn survives_serialisation() {
        let text = serde_json::to_string(&example()).unwrap();
        assert_eq!(serde_json::from_str::<Encoding>(&text).unwrap(), example());
        example().check().unwrap();
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        let mut twice = example();
        twice.columns[0].name = "colour".into();
        let message = twice.check().unwrap_err().to_string();
        assert!(message.contains("column \"colour\""), "{message}");
        let mut target = example();
        target.columns[0].name = "kind".into();
        assert!(matches!(target.check(), Err(Error::Encoding { .. })));
        let mut none = example();
        none.columns.clear();
        assert!(matches!(none.check(), Err(Error::Encoding { .. })));
        let mut class = example();
        class.target.as_mut().unwrap().kind = TargetKind::Classes { names: vec!["a".into(), "a".into()] };
        assert!(class.check().unwrap_err().to_string().contains("class \"a\""));
        let mut category = example();
        category.columns[1].kind = ColumnKind::Categorical { categories: vec!["q".into(), "q".into()] };
        assert!(category.check().unwrap_err().to_string().contains("category \"q\""));
    }
}
