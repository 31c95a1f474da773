//! The parts of a model's text: header, trees, and what follows them.

use std::str::FromStr;

use rustc_hash::FxHashMap;

use super::error::{LightGbmError, Place};

/// Longest piece of a text in a message.
const SHOWN: usize = 40;

/// `key=value` lines of one part.
pub(super) struct Block<'a> {
    pub(super) place: Place,
    values: FxHashMap<&'a str, &'a str>,
}

/// A model's text in parts.
pub(super) struct Parts<'a> {
    pub(super) header: Block<'a>,
    /// The header's lines in their order.
    pub(super) lines: Vec<&'a str>,
    /// Whether the header says `average_output`.
    pub(super) average: bool,
    /// The trees, and the bytes of each.
    pub(super) trees: Vec<(Block<'a>, usize)>,
    /// What follows `end of trees`.
    pub(super) rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes a text apart. O(bytes).
    pub(super) fn of(text: &'a str) -> Result<Self, LightGbmError> {
        let mut parts =
            Parts { header: Block::new(Place::Header), lines: Vec::new(), average: false, trees: Vec::new(), rest: "" };
        let mut offset = 0;
        let mut start = 0;
        for whole in text.split_inclusive('\n') {
            let begin = offset;
            offset += whole.len();
            let line = whole.trim_end_matches(['\n', '\r']);
            if begin == 0 {
                if line != "tree" {
                    return Err(LightGbmError::NotAModel);
                }
                continue;
            }
            if !whole.ends_with('\n') && line != "end of trees" {
                return Err(LightGbmError::Truncated);
            }
            let number = line.strip_prefix("Tree=");
            // Early texts of version 2 go on with the importances instead, after one more blank line.
            let early = line == "feature importances:";
            let ends = early || line == "end of trees";
            if number.is_some() || ends {
                if let Some((_, bytes)) = parts.trees.last_mut() {
                    *bytes = begin - start - usize::from(early);
                }
                start = begin;
            }
            match number {
                Some(found) => {
                    let expected = parts.trees.len();
                    if found != expected.to_string() {
                        return Err(LightGbmError::TreeNumber { found: shown(found), expected });
                    }
                    parts.trees.push((Block::new(Place::Tree(expected)), 0));
                }
                None if ends => {
                    parts.rest = &text[offset..];
                    return Ok(parts);
                }
                None if line.is_empty() => {}
                None => parts.take(line)?,
            }
        }
        Err(if offset == 0 { LightGbmError::NotAModel } else { LightGbmError::Truncated })
    }

    /// A line of the header or of the last tree so far.
    fn take(&mut self, line: &'a str) -> Result<(), LightGbmError> {
        let block = match self.trees.last_mut() {
            Some((block, _)) => block,
            None => {
                if line == "average_output" && !self.average {
                    self.average = true;
                    return Ok(());
                }
                self.lines.push(line);
                &mut self.header
            }
        };
        let place = block.place;
        let (key, value) = line.split_once('=').ok_or_else(|| LightGbmError::Line { place, line: shown(line) })?;
        match block.values.insert(key, value) {
            None => Ok(()),
            Some(_) => Err(LightGbmError::RepeatedKey { place, key: shown(key) }),
        }
    }
}

impl<'a> Block<'a> {
    fn new(place: Place) -> Self {
        Self { place, values: FxHashMap::default() }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).copied()
    }

    pub(super) fn required(&self, key: &'static str) -> Result<&'a str, LightGbmError> {
        self.get(key).ok_or(LightGbmError::MissingKey { place: self.place, key })
    }

    /// A single number.
    pub(super) fn number(&self, key: &'static str, expected: &'static str) -> Result<usize, LightGbmError> {
        let found = self.required(key)?;
        found.parse().map_err(|_| self.bad(key, 0, found, expected))
    }

    /// A list of `expected` numbers.
    pub(super) fn list<T: FromStr>(
        &self,
        key: &'static str,
        expected: usize,
        what: &'static str,
    ) -> Result<Vec<T>, LightGbmError> {
        let entries = self.required(key)?.split_ascii_whitespace().enumerate();
        let list = entries
            .map(|(index, entry)| entry.parse().map_err(|_| self.bad(key, index, entry, what)))
            .collect::<Result<Vec<T>, _>>()?;
        self.check_length(key, list.len(), expected)?;
        Ok(list)
    }

    /// A list of `expected` finite numbers.
    pub(super) fn finite(&self, key: &'static str, expected: usize) -> Result<Vec<f64>, LightGbmError> {
        let list: Vec<f64> = self.list(key, expected, "a finite number")?;
        match list.iter().position(|number| !number.is_finite()) {
            Some(index) => Err(self.bad(key, index, &list[index].to_string(), "a finite number")),
            None => Ok(list),
        }
    }

    /// Thresholds: infinite ones part missing values from all others.
    pub(super) fn thresholds(&self, expected: usize) -> Result<Vec<f64>, LightGbmError> {
        let list: Vec<f64> = self.list("threshold", expected, "a number")?;
        match list.iter().position(|number| number.is_nan()) {
            Some(index) => Err(self.bad("threshold", index, "NaN", "a number")),
            None => Ok(list),
        }
    }

    pub(super) fn check_length(&self, key: &'static str, found: usize, expected: usize) -> Result<(), LightGbmError> {
        if found == expected { Ok(()) } else { Err(LightGbmError::Length { place: self.place, key, found, expected }) }
    }

    pub(super) fn bad(&self, key: &'static str, index: usize, found: &str, expected: &'static str) -> LightGbmError {
        LightGbmError::Value { place: self.place, key, index, found: shown(found), expected }
    }
}

/// The beginning of a text, for messages.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
