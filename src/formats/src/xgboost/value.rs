//! What both syntaxes say: objects, lists, texts and numbers, nested to a limited depth.
//!
//! A list of numbers is held as numbers, not as values, so that a document needs memory in proportion to its bytes:
//! about as much as the file for a model, and less than a hundred times as much for any file.

use serde::{Deserialize, Serialize};

/// Containers inside one another; models need nine.
const MAX_DEPTH: usize = 32;

/// A value of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f32),
    Double(f64),
    Text(String),
    Array(Vec<Value>),
    /// A list of integers that says no type.
    Integers(Vec<i64>),
    /// A list of numbers that says no type.
    Numbers(Vec<f32>),
    /// A list of numbers of one type, as UBJSON has them.
    Typed(Typed),
    /// Entries in the order of their keys, which are all different.
    Object(Vec<(String, Value)>),
}

/// A list of numbers of one type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Typed {
    I8(Vec<i8>),
    U8(Vec<u8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Value {
    /// An object of these entries, whose keys must differ.
    pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Self {
        let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Value::Object(entries)
    }

    pub(super) fn text(text: impl ToString) -> Self {
        Value::Text(text.to_string())
    }

    /// The entry of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let Value::Object(entries) = self else { return None };
        let at = entries.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        Some(&entries[at].1)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let Value::Object(entries) = self else { return None };
        let at = entries.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        Some(&mut entries[at].1)
    }

    /// Sets an entry of an object; nothing happens to other values.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        let Value::Object(entries) = self else { return };
        match entries.binary_search_by(|(other, _)| other.as_str().cmp(key)) {
            Ok(at) => entries[at].1 = value,
            Err(at) => entries.insert(at, (key.to_owned(), value)),
        }
    }

    /// A list of integers; `None` for anything else. Truth values count as 0 and 1.
    pub(super) fn integers(self) -> Option<Vec<i64>> {
        fn wide<T: Into<i64>>(list: Vec<T>) -> Vec<i64> {
            list.into_iter().map(Into::into).collect()
        }
        match self {
            Value::Integers(list) | Value::Typed(Typed::I64(list)) => Some(list),
            Value::Typed(Typed::I8(list)) => Some(wide(list)),
            Value::Typed(Typed::U8(list)) => Some(wide(list)),
            Value::Typed(Typed::I16(list)) => Some(wide(list)),
            Value::Typed(Typed::I32(list)) => Some(wide(list)),
            Value::Array(list) => list
                .into_iter()
                .map(|value| match value {
                    Value::Integer(number) => Some(number),
                    Value::Bool(flag) => Some(i64::from(flag)),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }

    /// A list of numbers in single precision; `None` for anything else.
    pub(super) fn numbers(self) -> Option<Vec<f32>> {
        match self {
            Value::Numbers(list) | Value::Typed(Typed::F32(list)) => Some(list),
            Value::Typed(Typed::F64(list)) => Some(list.into_iter().map(|number| number as f32).collect()),
            Value::Array(list) => list
                .into_iter()
                .map(|value| match value {
                    Value::Number(number) => Some(number),
                    Value::Double(number) => Some(number as f32),
                    Value::Integer(number) => Some(number as f32),
                    _ => None,
                })
                .collect(),
            other => Some(other.integers()?.into_iter().map(|number| number as f32).collect()),
        }
    }
}

/// A value that does not fit where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    TooDeep,
    RepeatedKey(String),
}

impl Misfit {
    pub(super) const DEPTH: usize = MAX_DEPTH;
}

/// A container that is not closed yet.
enum Open {
    Array(Items),
    Object { entries: Vec<(String, Value)>, key: String },
}

/// The entries of a list so far, as numbers as long as they are numbers of one kind.
enum Items {
    None,
    Integers(Vec<i64>),
    Numbers(Vec<f32>),
    Values(Vec<Value>),
}

impl Items {
    fn push(&mut self, value: Value) {
        match (&mut *self, value) {
            (Items::Integers(list), Value::Integer(number)) => list.push(number),
            (Items::Numbers(list), Value::Number(number)) => list.push(number),
            (Items::None, Value::Integer(number)) => *self = Items::Integers(vec![number]),
            (Items::None, Value::Number(number)) => *self = Items::Numbers(vec![number]),
            (_, value) => {
                let mut values = match std::mem::replace(self, Items::None) {
                    Items::None => Vec::new(),
                    Items::Integers(list) => list.into_iter().map(Value::Integer).collect(),
                    Items::Numbers(list) => list.into_iter().map(Value::Number).collect(),
                    Items::Values(values) => values,
                };
                values.push(value);
                *self = Items::Values(values);
            }
        }
    }

    fn finish(self) -> Value {
        match self {
            Items::None => Value::Array(Vec::new()),
            Items::Integers(list) => Value::Integers(list),
            Items::Numbers(list) => Value::Numbers(list),
            Items::Values(values) => Value::Array(values),
        }
    }
}

/// Puts a document together from its parts in their order, without recursion.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    done: Option<Value>,
}

/// What the innermost open container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Nothing,
    Array,
    Object,
}

impl Builder {
    pub(super) fn inside(&self) -> Inside {
        match self.open.last() {
            None => Inside::Nothing,
            Some(Open::Array(_)) => Inside::Array,
            Some(Open::Object { .. }) => Inside::Object,
        }
    }

    pub(super) fn open_array(&mut self) -> Result<(), Misfit> {
        self.push_open(Open::Array(Items::None))
    }

    pub(super) fn open_object(&mut self) -> Result<(), Misfit> {
        self.push_open(Open::Object { entries: Vec::new(), key: String::new() })
    }

    fn push_open(&mut self, open: Open) -> Result<(), Misfit> {
        if self.open.len() == MAX_DEPTH {
            return Err(Misfit::TooDeep);
        }
        self.open.push(open);
        Ok(())
    }

    /// The key of an object's next value.
    pub(super) fn key(&mut self, name: String) {
        if let Some(Open::Object { key, .. }) = self.open.last_mut() {
            *key = name;
        }
    }

    /// A whole value.
    pub(super) fn push(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.done = Some(value),
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object { entries, key }) => entries.push((std::mem::take(key), value)),
        }
    }

    /// Closes the innermost container.
    pub(super) fn close(&mut self) -> Result<(), Misfit> {
        let value = match self.open.pop() {
            None => return Ok(()),
            Some(Open::Array(items)) => items.finish(),
            Some(Open::Object { mut entries, .. }) => {
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                    return Err(Misfit::RepeatedKey(pair[0].0.clone()));
                }
                entries.shrink_to_fit();
                Value::Object(entries)
            }
        };
        self.push(value);
        Ok(())
    }

    /// The document, once it is whole.
    pub(super) fn finish(self) -> Option<Value> {
        self.done
    }
}
