//! Texts turned into indices: class labels, categories, and the choice between classes and values.
//!
//! A column of texts is held as distinct texts plus one code per row, so that the decision about its
//! meaning, which needs the whole column, costs one look at each distinct text.

use std::collections::HashMap;

use crate::dataset::Target;
use crate::delimited::TargetType;
use crate::encoding::{TargetEncoding, TargetKind};
use crate::error::{Error, Result};
use crate::lookalike;
use crate::number::{self, Cell, Notation};
use crate::stray::Stray;

/// At most this many distinct integers count as classes when the type of the target is not stated.
pub(crate) const MAX_INTEGER_CLASSES: usize = 20;

/// From so many distinct integers on, they are a number to regress on when the type of the target is not stated.
const CLEARLY_NUMBERS: usize = 50;

/// Distinct texts in order of appearance, and the column as codes into them.
#[derive(Default)]
pub(crate) struct Interner {
    index: HashMap<String, u32>,
    pub(crate) texts: Vec<String>,
    /// Line of the first appearance of each text.
    pub(crate) first_lines: Vec<u64>,
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

    /// Sorted names, and the name index of each distinct text. Texts of one [identity](number::identity) are one name.
    pub(crate) fn sorted(&self) -> (Vec<String>, Vec<u32>) {
        let written: Vec<String> = self.texts.iter().map(|text| number::identity(text).into_owned()).collect();
        let numbers: Option<Vec<f64>> = written.iter().map(|text| finite(text)).collect();
        let mut order: Vec<usize> = (0..written.len()).collect();
        let by_text = |a: &usize, b: &usize| written[*a].cmp(&written[*b]);
        match &numbers {
            // Numbers that doubles cannot tell apart have equally many digits, or leading zeros.
            Some(values) => order.sort_by(|a, b| values[*a].total_cmp(&values[*b]).then_with(|| by_text(a, b))),
            None => order.sort_by(by_text),
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

    /// Rows in which each distinct text stands.
    fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.texts.len()];
        self.codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
        counts
    }
}

/// The number that a text is, if it is one.
fn finite(text: &str) -> Option<f64> {
    match number::parse(text.as_bytes()) {
        Cell::Number(value) => Some(value),
        Cell::Infinite | Cell::Text => None,
    }
}

/// Finds a text among names, as it stands or by its [identity](number::identity).
pub(crate) struct Lookup(HashMap<String, u32>);

impl Lookup {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().cloned().zip(0..).collect())
    }

    pub(crate) fn get(&self, text: &str) -> Option<u32> {
        self.0.get(text).or_else(|| self.0.get(number::identity(text).as_ref())).copied()
    }
}

/// Decides what a target column is, and encodes it.
pub(crate) fn infer(
    file: &str,
    column: &str,
    cells: &Interner,
    target_type: TargetType,
    notation: Notation,
) -> Result<(Target, TargetKind)> {
    let classes = match target_type {
        TargetType::Classes => true,
        TargetType::Numeric => false,
        TargetType::Auto => are_classes(file, column, cells, notation)?,
    };
    let kind = if classes { TargetKind::Classes { names: cells.sorted().0 } } else { TargetKind::Numeric };
    let target = TargetEncoding { name: column.to_owned(), kind };
    Ok((encode(file, &target, cells, notation)?, target.kind))
}

/// Whether a target is classes. Numbers that may be either are a question, and so is text among numbers.
fn are_classes(file: &str, column: &str, cells: &Interner, notation: Notation) -> Result<bool> {
    let kinds: Vec<Cell> = cells.texts.iter().map(|text| notation.parse(text.as_bytes())).collect();
    let values: Vec<f64> =
        kinds.iter().filter_map(|kind| if let Cell::Number(value) = kind { Some(*value) } else { None }).collect();
    if let Some(text) = kinds.iter().position(|kind| *kind == Cell::Text) {
        let mut kept = Stray::default();
        for ((text, kind), (&line, count)) in
            cells.texts.iter().zip(&kinds).zip(cells.first_lines.iter().zip(cells.counts()))
        {
            kept.add(*kind, text.as_bytes(), line, count, notation);
        }
        debug_assert!(kept.texts > 0, "the text {text} is counted");
        return match kept.check(file, column) {
            Ok(()) => Ok(true),
            Err(Error::MixedColumn { file, line, column, value, numbers }) => {
                Err(Error::MixedTarget { file, line, column, value, looks_like: None, numbers })
            }
            Err(Error::Lookalike { file, line, column, value, looks_like, .. }) => {
                let (looks_like, numbers) = (Some(looks_like), kept.numbers);
                Err(Error::MixedTarget { file, line, column, value, looks_like, numbers })
            }
            Err(other) => Err(other),
        };
    }
    // Values that are infinite or too large are refused as numbers.
    if values.len() < kinds.len() {
        return Ok(false);
    }
    let (distinct, rows) = (cells.sorted().0.len(), cells.codes.len());
    let whole = values.iter().all(|value| value.fract() == 0.0);
    if whole && (distinct <= MAX_INTEGER_CLASSES || cells.texts.iter().any(|text| number::has_leading_zeros(text))) {
        return Ok(true);
    }
    let repeated = distinct.saturating_mul(2) <= rows;
    let few = distinct.saturating_mul(100) < rows || distinct <= MAX_INTEGER_CLASSES && distinct * 10 <= rows;
    if (whole && distinct <= CLEARLY_NUMBERS && repeated) || few {
        let kind = if whole { "whole numbers" } else { "numbers" };
        let what = format!("{distinct} distinct {kind} in {rows} rows");
        return Err(Error::TargetUnclear { file: file.to_owned(), column: column.to_owned(), what });
    }
    Ok(false)
}

/// Encodes a target column whose meaning is known. Every cell is present.
pub(crate) fn encode(file: &str, target: &TargetEncoding, cells: &Interner, notation: Notation) -> Result<Target> {
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
                values.push(numeric(file, line, &target.name, text.as_bytes(), notation)?);
            }
            Ok(Target::Values(codes.map(|code| values[code]).collect()))
        }
    }
}

/// The number in a cell of a numeric column.
pub(crate) fn numeric(file: &str, line: u64, column: &str, cell: &[u8], notation: Notation) -> Result<f64> {
    let value = || String::from_utf8_lossy(cell).into_owned();
    let (file, column) = (|| file.to_owned(), || column.to_owned());
    match notation.parse(cell) {
        Cell::Number(number) => Ok(number),
        Cell::Infinite => Err(Error::Infinite { file: file(), line, column: column(), value: value() }),
        Cell::Text => {
            let looks_like = lookalike::of(cell, notation.decimal);
            Err(Error::NotNumeric { file: file(), line, column: column(), value: value(), looks_like })
        }
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

    fn names(texts: &[&str], target_type: TargetType) -> Option<Vec<String>> {
        match infer("f", "y", &column(texts), target_type, Notation::PLAIN).unwrap().1 {
            TargetKind::Classes { names } => Some(names),
            TargetKind::Numeric => None,
        }
    }

    #[test]
    fn numbers_sort_by_value_and_text_as_text() {
        assert_eq!(names(&["10", "2", "-1", "2.0"], TargetType::Auto).unwrap(), ["-1", "2", "10"]);
        assert_eq!(names(&["10", "2", "b"], TargetType::Classes).unwrap(), ["10", "2", "b"]);
        assert_eq!(names(&["10", "b", "c"], TargetType::Auto).unwrap(), ["10", "b", "c"]);
        assert_eq!(names(&["0", "-0", "+1"], TargetType::Auto).unwrap(), ["0", "1"]);
    }

    #[test]
    fn no_digit_of_a_class_is_lost() {
        let large = ["9007199254740992", "9007199254740993", "5", "9007199254740993.0"];
        assert_eq!(names(&large, TargetType::Auto).unwrap(), ["5", "9007199254740992", "9007199254740993"]);
        assert_eq!(names(&["1", "01", "1.0"], TargetType::Auto).unwrap(), ["01", "1"]);
    }

    /// Whether a target is classes; `None` if that is a question.
    fn are_classes(texts: &[String]) -> Option<bool> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        match infer("f", "y", &column(&texts), TargetType::Auto, Notation::PLAIN) {
            Ok((_, TargetKind::Classes { .. })) => Some(true),
            Ok((_, TargetKind::Numeric)) => Some(false),
            Err(Error::TargetUnclear { .. }) => None,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn few_values_are_classes_or_a_question() {
        let rows = |n: usize, value: &dyn Fn(usize) -> String| (0..n).map(value).collect::<Vec<_>>();
        assert_eq!(are_classes(&rows(60, &|row| (row % 26).to_string())), None);
        assert_eq!(are_classes(&rows(60, &|row| (row % 20).to_string())), Some(true));
        assert_eq!(are_classes(&rows(60, &|row| (row % 51).to_string())), Some(false));
        assert_eq!(are_classes(&rows(60, &|row| (row % 2).to_string() + ".5")), None);
        assert_eq!(are_classes(&rows(60, &|row| row.to_string() + ".5")), Some(false));
        assert_eq!(are_classes(&rows(9000, &|row| (row % 89).to_string())), None);
        assert_eq!(are_classes(&rows(9000, &|row| (row % 90).to_string())), Some(false));
        // Codes are classes however many there are.
        assert_eq!(are_classes(&rows(60, &|row| format!("0{}", row % 30))), Some(true));
    }

    #[test]
    fn text_among_numbers_is_no_class() {
        for texts in [&["0.5", "1.5", "n.b."][..], &["0,5", "1,5"], &["3", "$4", "5"], &["1", "2", "3+"]] {
            let error = infer("f", "y", &column(texts), TargetType::Auto, Notation::PLAIN).unwrap_err();
            assert!(matches!(error, Error::MixedTarget { .. }), "{error}");
            assert!(infer("f", "y", &column(texts), TargetType::Classes, Notation::PLAIN).is_ok());
        }
    }

    #[test]
    fn the_task_is_guessed_from_the_values() {
        let many: Vec<String> = (0..21).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(names(&many[..20], TargetType::Auto).is_some());
        assert!(names(&many, TargetType::Auto).is_none());
        assert!(names(&many, TargetType::Classes).is_some());
        assert!(names(&["0.5", "1"], TargetType::Auto).is_none());
        assert!(names(&["1", "1.5e200"], TargetType::Classes).is_some());
        assert!(names(&["0", "1"], TargetType::Numeric).is_none());
        assert_eq!(names(&["only"], TargetType::Auto).unwrap(), ["only"]);
    }

    #[test]
    fn targets_that_are_no_numbers_are_refused_for_regression() {
        let error = infer("f", "y", &column(&["1", "b"]), TargetType::Numeric, Notation::PLAIN).unwrap_err();
        assert!(matches!(error, Error::NotNumeric { line: 2, .. }), "{error}");
        for kind in [TargetType::Auto, TargetType::Numeric] {
            let error = infer("f", "y", &column(&["1.5", "inf"]), kind, Notation::PLAIN).unwrap_err();
            assert!(matches!(error, Error::Infinite { line: 2, .. }), "{error}");
        }
    }

    #[test]
    fn unknown_labels_are_listed() {
        let kind = TargetKind::Classes { names: vec!["1".into(), "2".into()] };
        let target = TargetEncoding { name: "y".into(), kind };
        let error = encode("f", &target, &column(&["1.0", "7", "2", "8"]), Notation::PLAIN).unwrap_err();
        assert!(matches!(&error, Error::UnknownLabels { line: 2, labels, .. } if labels == &["7", "8"]), "{error}");
        let Target::Classes { labels, .. } = encode("f", &target, &column(&["1.0", "2"]), Notation::PLAIN).unwrap()
        else {
            panic!("kind")
        };
        assert_eq!(labels, [0, 1]);
    }
}
