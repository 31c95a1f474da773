//! Entries of objects, with errors that name them.

use super::error::{Place, XgboostError, shown};
use super::value::Value;

/// The entries of one object, each taken once.
pub(super) struct Fields {
    pub(super) place: Place,
    entries: Vec<(String, Value)>,
}

impl Fields {
    /// The entries of a value that must be an object.
    pub(super) fn of(place: Place, key: &'static str, value: Value) -> Result<Self, XgboostError> {
        match value {
            Value::Object(entries) => Ok(Self { place, entries }),
            _ => Err(XgboostError::Kind { place, key, expected: "an object" }),
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(other, _)| other == key)
    }

    /// An entry that may be missing.
    pub(super) fn find(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(other, _)| other == key)?;
        Some(self.entries.swap_remove(at).1)
    }

    pub(super) fn take(&mut self, key: &'static str) -> Result<Value, XgboostError> {
        self.find(key).ok_or(XgboostError::MissingKey { place: self.place, key })
    }

    /// Whatever was not taken is not known.
    pub(super) fn finish(self) -> Result<(), XgboostError> {
        match self.entries.into_iter().next() {
            None => Ok(()),
            Some((key, _)) => Err(XgboostError::UnknownKey { place: self.place, key: shown(&key) }),
        }
    }

    /// A list of integers of any length.
    pub(super) fn integers(&mut self, key: &'static str) -> Result<Vec<i64>, XgboostError> {
        let list = self.take(key)?.integers();
        list.ok_or(XgboostError::Kind { place: self.place, key, expected: "a list of integers" })
    }

    /// A list of finite numbers of any length.
    pub(super) fn finite(&mut self, key: &'static str) -> Result<Vec<f32>, XgboostError> {
        let list = self.numbers(key)?;
        self.check_all(key, &list, f32::is_finite, "a finite number")?;
        Ok(list)
    }

    /// A list of numbers of any length.
    pub(super) fn numbers(&mut self, key: &'static str) -> Result<Vec<f32>, XgboostError> {
        let list = self.take(key)?.numbers();
        list.ok_or(XgboostError::Kind { place: self.place, key, expected: "a list of numbers" })
    }

    /// A number in a text, as parameters are written.
    pub(super) fn parameter(&mut self, key: &'static str) -> Result<usize, XgboostError> {
        let value = self.take(key)?;
        parameter(self.place, key, &value)
    }

    pub(super) fn check_all<T: Copy + ToString>(
        &self,
        key: &'static str,
        list: &[T],
        good: impl Fn(T) -> bool,
        expected: &'static str,
    ) -> Result<(), XgboostError> {
        match list.iter().position(|entry| !good(*entry)) {
            None => Ok(()),
            Some(index) => Err(self.bad(key, index, list[index], expected)),
        }
    }

    pub(super) fn check_length(&self, key: &'static str, found: usize, expected: usize) -> Result<(), XgboostError> {
        check_length(self.place, key, found, expected)
    }

    pub(super) fn bad(
        &self,
        key: &'static str,
        index: usize,
        found: impl ToString,
        expected: &'static str,
    ) -> XgboostError {
        XgboostError::Value { place: self.place, key, index, found: shown(&found.to_string()), expected }
    }
}

pub(super) fn check_length(place: Place, key: &'static str, found: usize, expected: usize) -> Result<(), XgboostError> {
    if found == expected { Ok(()) } else { Err(XgboostError::Length { place, key, found, expected }) }
}

/// A number in a text.
pub(super) fn parameter(place: Place, key: &'static str, value: &Value) -> Result<usize, XgboostError> {
    let wrong = |found: &str| XgboostError::Value {
        place,
        key,
        index: 0,
        found: shown(found),
        expected: "a number of at most 64 bits",
    };
    match value {
        Value::Text(text) => text.trim().parse().map_err(|_| wrong(text)),
        Value::Integer(number) => usize::try_from(*number).map_err(|_| wrong(&number.to_string())),
        _ => Err(XgboostError::Kind { place, key, expected: "a number in a text" }),
    }
}

/// What stands under a path of keys, in the part of a model around its trees.
pub(super) fn required<'a>(document: &'a Value, path: &[&'static str]) -> Result<&'a Value, XgboostError> {
    let mut value = document;
    for &key in path {
        value = value.get(key).ok_or(XgboostError::MissingKey { place: Place::Model, key })?;
    }
    Ok(value)
}

/// A text under a path of keys.
pub(super) fn text<'a>(document: &'a Value, path: &[&'static str]) -> Result<&'a str, XgboostError> {
    match required(document, path)? {
        Value::Text(text) => Ok(text),
        _ => {
            let key = path.last().copied().unwrap_or_default();
            Err(XgboostError::Kind { place: Place::Model, key, expected: "a text" })
        }
    }
}
