//! Texts turned into indices: class labels, categories, and the choice between classes and values.
//!
//! A column of texts is held as distinct texts plus one code per row, so that the decision about its
//! meaning, which needs the whole column, costs one look at each distinct text.

use std::collections::HashMap;

use crate::delimited::Task;
use crate::encoding::{TargetEncoding, TargetKind};
use crate::error::{Error, Result};
use crate::number;
use crate::table::Target;

/// At most this many distinct integers count as classes when the task is not stated.
pub(crate) const MAX_INTEGER_CLASSES: usize = 20;

/// Distinct texts in order of appearance, and the column as codes into them.
#[derive(Default)]
pub(crate) struct Interner {
    index: HashMap<String, u32>,
    pub(crate) texts: Vec<String>,
    /// Line of the first appearance of each text.
    first_lines: Vec<u64>,
    /// One code per row; `None` where the cell is missing.
    pub(crate) codes: Vec<Option<u32>>,
}

impl Interner {
    pub(crate) fn push(&mut self, text: &str, line: u64) {
        let code = if let Some(&code) = self.index.get(text) {
            code
        } else {
            // More than 2^32 distinct texts would not fit in memory.
            let code = self.texts.len() as u32;
            self.index.insert(text.to_owned(), code);
            self.texts.push(text.to_owned());
            self.first_lines.push(line);
            code
        };
        self.codes.push(Some(code));
    }

    pub(crate) fn push_missing(&mut self) {
        self.codes.push(None);
    }

    /// Sorted names, and the name index of each distinct text.
    pub(crate) fn sorted(&self) -> (Vec<String>, Vec<u32>) {
        let numbers: Option<Vec<f64>> = self.texts.iter().map(|text| number::finite(text)).collect();
        let written: Vec<String> = match &numbers {
            Some(values) => values.iter().map(|&value| number::canonical(value)).collect(),
            None => self.texts.clone(),
        };
        let mut order: Vec<usize> = (0..written.len()).collect();
        match &numbers {
            // Adding zero joins the two zeros.
            Some(values) => order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0))),
            None => order.sort_by(|&a, &b| written[a].cmp(&written[b])),
        }
        let mut names: Vec<String> = Vec::new();
        let mut place = vec![0; written.len()];
        for text in order {
            if names.last() != Some(&written[text]) {
                names.push(written[text].clone());
            }
            place[text] = names.len() as u32 - 1;
        }
        (names, place)
    }
}

/// Finds a text among names, as it stands or as the number that it is.
pub(crate) struct Lookup(HashMap<String, u32>);

impl Lookup {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().cloned().zip(0..).collect())
    }

    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        self.0.get(text).or_else(|| self.0.get(&number::canonical(number::finite(text)?))).copied()
    }
}

/// Decides what a target column is, and encodes it.
pub(crate) fn infer(file: &str, column: &str, cells: &Interner, task: Task) -> Result<(Target, TargetKind)> {
    let values: Option<Vec<f64>> = cells.texts.iter().map(|text| number::finite(text)).collect();
    let classes = match (task, &values) {
        (Task::Classify, _) => true,
        (Task::Regress, _) => false,
        (Task::Auto, None) => cells.texts.iter().any(|text| number::parse(text.as_bytes()) == number::Cell::Text),
        (Task::Auto, Some(values)) => {
            values.iter().all(|value| value.fract() == 0.0) && cells.sorted().0.len() <= MAX_INTEGER_CLASSES
        }
    };
    let kind = if classes { TargetKind::Classes { names: cells.sorted().0 } } else { TargetKind::Numeric };
    let target = TargetEncoding { name: column.to_owned(), kind };
    Ok((encode(file, &target, cells)?, target.kind))
}

/// Encodes a target column whose meaning is known. Every cell is present.
pub(crate) fn encode(file: &str, target: &TargetEncoding, cells: &Interner) -> Result<Target> {
    let codes = cells.codes.iter().flatten().map(|&code| code as usize);
    match &target.kind {
        TargetKind::Classes { names } => {
            let lookup = Lookup::new(names);
            let found: Vec<Option<u32>> = cells.texts.iter().map(|text| lookup.get(text)).collect();
            if let Some(first) = found.iter().position(Option::is_none) {
                let unknown = cells.texts.iter().zip(&found).filter(|(_, place)| place.is_none());
                return Err(Error::UnknownLabels {
                    file: file.to_owned(),
                    line: cells.first_lines[first],
                    labels: unknown.map(|(text, _)| text.clone()).take(20).collect(),
                    known: names.clone(),
                });
            }
            let labels = codes.filter_map(|code| found[code]).collect();
            Ok(Target::Classes { labels, names: names.clone() })
        }
        TargetKind::Numeric => {
            let mut values = Vec::with_capacity(cells.texts.len());
            for (text, &line) in cells.texts.iter().zip(&cells.first_lines) {
                values.push(numeric(file, line, &target.name, text.as_bytes())?);
            }
            Ok(Target::Values(codes.map(|code| values[code]).collect()))
        }
    }
}

/// The finite number in a cell of a numeric column.
pub(crate) fn numeric(file: &str, line: u64, column: &str, cell: &[u8]) -> Result<f64> {
    let value = || String::from_utf8_lossy(cell).into_owned();
    let (file, column) = (|| file.to_owned(), || column.to_owned());
    match number::parse(cell) {
        number::Cell::Number(number) => Ok(number),
        number::Cell::Infinite => Err(Error::Infinite { file: file(), line, column: column(), value: value() }),
        number::Cell::Text => Err(Error::NotNumeric { file: file(), line, column: column(), value: value() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[&str]) -> Interner {
        let mut cells = Interner::default();
        for (text, line) in texts.iter().zip(1..) {
            cells.push(text, line);
        }
        cells
    }

    fn names(texts: &[&str], task: Task) -> Option<Vec<String>> {
        match infer("f", "y", &column(texts), task).unwrap().1 {
            TargetKind::Classes { names } => Some(names),
            TargetKind::Numeric => None,
        }
    }

    #[test]
    fn numbers_sort_by_value_and_text_as_text() {
        assert_eq!(names(&["10", "2", "-1", "2.0"], Task::Auto).unwrap(), ["-1", "2", "10"]);
        assert_eq!(names(&["10", "2", "b"], Task::Auto).unwrap(), ["10", "2", "b"]);
        assert_eq!(names(&["0", "-0", "+1"], Task::Auto).unwrap(), ["0", "1"]);
    }

    #[test]
    fn the_task_is_guessed_from_the_values() {
        let many: Vec<String> = (0..21).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(names(&many[..20], Task::Auto).is_some());
        assert!(names(&many, Task::Auto).is_none());
        assert!(names(&many, Task::Classify).is_some());
        assert!(names(&["0.5", "1"], Task::Auto).is_none());
        assert!(names(&["0", "1"], Task::Regress).is_none());
        assert_eq!(names(&["only"], Task::Auto).unwrap(), ["only"]);
    }

    #[test]
    fn targets_that_are_no_numbers_are_refused_for_regression() {
        let error = infer("f", "y", &column(&["1", "b"]), Task::Regress).unwrap_err();
        assert!(matches!(error, Error::NotNumeric { line: 2, .. }), "{error}");
        for task in [Task::Auto, Task::Regress] {
            let error = infer("f", "y", &column(&["1.5", "inf"]), task).unwrap_err();
            assert!(matches!(error, Error::Infinite { line: 2, .. }), "{error}");
        }
    }

    #[test]
    fn unknown_labels_are_listed() {
        let kind = TargetKind::Classes { names: vec!["1".into(), "2".into()] };
        let target = TargetEncoding { name: "y".into(), kind };
        let error = encode("f", &target, &column(&["1.0", "7", "2", "8"])).unwrap_err();
        assert!(matches!(&error, Error::UnknownLabels { line: 2, labels, .. } if labels == &["7", "8"]), "{error}");
        let Target::Classes { labels, .. } = encode("f", &target, &column(&["1.0", "2"])).unwrap() else {
            panic!("kind")
        };
        assert_eq!(labels, [0, 1]);
    }
}
