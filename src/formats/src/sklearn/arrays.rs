//! The layout of the file: a header in JSON that names arrays, and the arrays, little-endian, one after another.
//!
//! It is that of safetensors. A key that stands twice is refused, and arrays must cover the bytes without gap or
//! overlap: so every byte has one meaning.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::error::SklearnError;
use crate::lightgbm::shown;

/// Bytes of the header's length.
const LENGTH: usize = 8;

/// Key of the texts beside the arrays.
const METADATA: &str = "__metadata__";

/// Type of an array's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub(super) enum DType {
    F64,
    I64,
    I32,
    U32,
    U8,
}

impl DType {
    fn bytes(self) -> usize {
        match self {
            DType::F64 | DType::I64 => 8,
            DType::I32 | DType::U32 => 4,
            DType::U8 => 1,
        }
    }
}

/// What the header says of an array.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dtype: DType,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl Entry {
    /// Bytes that the type and the shape ask for.
    fn bytes(&self) -> Option<usize> {
        self.shape.iter().try_fold(self.dtype.bytes(), |bytes, size| bytes.checked_mul(*size))
    }

    fn range(&self) -> Range<usize> {
        self.data_offsets[0]..self.data_offsets[1]
    }
}

/// The header: objects whose keys occur once.
#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    entries: BTreeMap<String, Entry>,
}

/// Texts by their names.
struct Texts(BTreeMap<String, String>);

/// Puts an entry into a map in which its key must not be yet.
fn put<T, E: Error>(map: &mut BTreeMap<String, T>, key: String, value: T) -> Result<(), E> {
    if map.contains_key(&key) {
        return Err(E::custom(format!("the key `{}` occurs twice", shown(&key))));
    }
    map.insert(key, value);
    Ok(())
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    put(&mut texts, key, value)?;
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of arrays")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let (mut metadata, mut entries) = (None, BTreeMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    if key != METADATA {
                        put(&mut entries, key, map.next_value()?)?;
                    } else if metadata.replace(map.next_value::<Texts>()?.0).is_some() {
                        return Err(A::Error::custom(format!("the key `{METADATA}` occurs twice")));
                    }
                }
                Ok(Header { metadata: metadata.unwrap_or_default(), entries })
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A file's texts and arrays.
pub(super) struct Arrays<'a> {
    pub(super) metadata: BTreeMap<String, String>,
    entries: BTreeMap<String, Entry>,
    data: &'a [u8],
}

impl<'a> Arrays<'a> {
    /// Takes a file apart. O(bytes of the header) memory, and its logarithm more time.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, SklearnError> {
        let layout = |reason: String| SklearnError::Layout { reason };
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
            return Err(layout(format!("{} bytes, fewer than the length of a header has", bytes.len())));
        };
        let length = u64::from_le_bytes(*length);
        let header = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let Some((header, data)) = header else {
            return Err(layout(format!("a header of {length} bytes, and {} bytes are there", rest.len())));
        };
        let Header { metadata, entries } =
            serde_json::from_slice(header).map_err(|error| layout(format!("its header: {error}")))?;
        let arrays = Self { metadata, entries, data };
        arrays.check()?;
        Ok(arrays)
    }

    /// Arrays must follow one another from the first byte to the last.
    fn check(&self) -> Result<(), SklearnError> {
        let layout = |reason: String| Err(SklearnError::Layout { reason });
        let mut entries: Vec<(&String, &Entry)> = self.entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.data_offsets);
        let mut end = 0;
        for (name, entry) in entries {
            let (name, range) = (shown(name), entry.range());
            if range.start != end || range.end < range.start {
                return layout(format!("the array `{name}` has the bytes {range:?}, where the last one ends at {end}"));
            }
            let (found, expected) = (range.len(), entry.bytes());
            if Some(found) != expected {
                let (dtype, shape) = (entry.dtype, &entry.shape);
                return layout(format!("the array `{name}` has {found} bytes, which are not {dtype:?} {shape:?}"));
            }
            end = range.end;
        }
        if end != self.data.len() {
            return layout(format!("arrays end at {end}, and {} bytes are there", self.data.len()));
        }
        Ok(())
    }

    /// The names of all arrays.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Sizes of an array along its axes.
    pub(super) fn shape(&self, name: &'static str) -> Result<&[usize], SklearnError> {
        self.entries.get(name).map(|entry| &*entry.shape).ok_or(SklearnError::MissingArray { array: name })
    }

    /// The entries of an array of this type and shape.
    fn list<const N: usize, T>(
        &self,
        array: &'static str,
        dtype: DType,
        shape: &[usize],
        entry: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, SklearnError> {
        let found = self.entries.get(array).ok_or(SklearnError::MissingArray { array })?;
        if found.dtype != dtype || found.shape != shape {
            let (found, expected) = (format!("{:?} {:?}", found.dtype, found.shape), format!("{dtype:?} {shape:?}"));
            return Err(SklearnError::Array { array, found, expected });
        }
        let (entries, _) = self.data[found.range()].as_chunks::<N>();
        Ok(entries.iter().map(|bytes| entry(*bytes)).collect())
    }

    pub(super) fn f64s(&self, array: &'static str, shape: &[usize]) -> Result<Vec<f64>, SklearnError> {
        self.list(array, DType::F64, shape, f64::from_le_bytes)
    }

    pub(super) fn i64s(&self, array: &'static str, shape: &[usize]) -> Result<Vec<i64>, SklearnError> {
        self.list(array, DType::I64, shape, i64::from_le_bytes)
    }

    pub(super) fn i32s(&self, array: &'static str, shape: &[usize]) -> Result<Vec<i32>, SklearnError> {
        self.list(array, DType::I32, shape, i32::from_le_bytes)
    }

    /// Sets of 256 bits, in words.
    pub(super) fn bits(&self, array: &'static str, rows: usize) -> Result<Vec<[u32; 8]>, SklearnError> {
        let words = self.list(array, DType::U32, &[rows, 8], u32::from_le_bytes)?;
        let (sets, _) = words.as_chunks::<8>();
        Ok(sets.to_vec())
    }

    pub(super) fn u8s(&self, array: &'static str, shape: &[usize]) -> Result<Vec<u8>, SklearnError> {
        self.list(array, DType::U8, shape, u8::from_le_bytes)
    }
}

/// Arrays to be written.
#[derive(Default)]
pub(super) struct Writer {
    /// Name, type, shape and bytes.
    arrays: Vec<(&'static str, DType, Vec<usize>, Vec<u8>)>,
}

impl Writer {
    pub(super) fn f64s(&mut self, name: &'static str, shape: &[usize], entries: &[f64]) {
        let bytes = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        self.arrays.push((name, DType::F64, shape.to_vec(), bytes));
    }

    pub(super) fn i64s(&mut self, name: &'static str, entries: &[i64]) {
        let bytes = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        self.arrays.push((name, DType::I64, vec![entries.len()], bytes));
    }

    pub(super) fn i32s(&mut self, name: &'static str, entries: &[i32]) {
        let bytes = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        self.arrays.push((name, DType::I32, vec![entries.len()], bytes));
    }

    pub(super) fn bits(&mut self, name: &'static str, sets: &[[u32; 8]]) {
        let bytes = sets.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        self.arrays.push((name, DType::U32, vec![sets.len(), 8], bytes));
    }

    pub(super) fn u8s(&mut self, name: &'static str, entries: &[u8]) {
        self.arrays.push((name, DType::U8, vec![entries.len()], entries.to_vec()));
    }

    /// The file. Wide entries come first, so that all are aligned.
    pub(super) fn finish(mut self, metadata: &BTreeMap<String, String>) -> Vec<u8> {
        self.arrays.sort_by_key(|(name, dtype, _, _)| (std::cmp::Reverse(dtype.bytes()), *name));
        // Texts and numbers alone: nothing that JSON cannot say.
        let texts = serde_json::to_string(metadata).expect("texts are JSON");
        let mut header = format!("{{\"{METADATA}\":{texts}");
        let mut end = 0;
        for (name, dtype, shape, bytes) in &self.arrays {
            let start = end;
            end += bytes.len();
            header += &format!(
                ",\"{name}\":{{\"dtype\":\"{dtype:?}\",\"shape\":{},\"data_offsets\":[{start},{end}]}}",
                serde_json::to_string(shape).expect("numbers are JSON")
            );
        }
        header.push('}');
        header.extend(std::iter::repeat_n(' ', header.len().wrapping_neg() % LENGTH));
        let mut file = Vec::with_capacity(LENGTH + header.len() + end);
        file.extend((header.len() as u64).to_le_bytes());
        file.extend(header.as_bytes());
        for (_, _, _, bytes) in self.arrays {
            file.extend(bytes);
        }
        file
    }
}
