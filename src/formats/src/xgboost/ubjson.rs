//! The binary syntax: UBJSON (draft 12) as far as models use it.
//!
//! A length is believed only if so many bytes are left, before anything is allocated for it. Values without bytes of
//! their own in typed lists, and objects of a stated length, are refused: models have none.

use super::error::{Syntax, XgboostError};
use super::value::{Builder, Inside, Misfit, Typed, Value};

/// Reads a document. O(bytes) time and memory, without recursion.
pub(super) fn read(bytes: &[u8]) -> Result<Value, XgboostError> {
    let mut reader = Reader { bytes, at: 0, builder: Builder::default(), left: Vec::new() };
    loop {
        reader.value()?;
        if !reader.advance()? {
            break;
        }
    }
    if reader.at < bytes.len() {
        return Err(XgboostError::Trailing { at: reader.at });
    }
    reader.builder.finish().ok_or_else(|| reader_end(bytes.len()))
}

fn reader_end(at: usize) -> XgboostError {
    XgboostError::Syntax { syntax: Syntax::Ubjson, at, expected: "a value" }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    builder: Builder,
    /// For each open container how many values are still to come, where that is stated.
    left: Vec<Option<u64>>,
}

impl<'a> Reader<'a> {
    fn expected(&self, what: &'static str) -> XgboostError {
        XgboostError::Syntax { syntax: Syntax::Ubjson, at: self.at, expected: what }
    }

    fn misfit(&self, misfit: Misfit) -> XgboostError {
        XgboostError::misfit(misfit, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// So many bytes, if they are there.
    fn take(&mut self, count: usize) -> Result<&'a [u8], XgboostError> {
        if count > self.remaining() {
            return Err(self.expected("as many bytes as are announced"));
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], XgboostError> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("as many bytes as were asked for"))
    }

    /// An integer after its marker.
    fn integer(&mut self, marker: u8) -> Result<Option<i64>, XgboostError> {
        Ok(Some(match marker {
            b'i' | b'C' => i64::from(i8::from_be_bytes(self.fixed()?)),
            b'U' => i64::from(u8::from_be_bytes(self.fixed()?)),
            b'I' => i64::from(i16::from_be_bytes(self.fixed()?)),
            b'l' => i64::from(i32::from_be_bytes(self.fixed()?)),
            b'L' => i64::from_be_bytes(self.fixed()?),
            _ => return Ok(None),
        }))
    }

    /// A length, whose unit is so many bytes: not more than there can be.
    fn length(&mut self, unit: usize) -> Result<usize, XgboostError> {
        let at = self.at;
        let marker = self.fixed::<1>()?[0];
        let length = self.integer(marker)?.and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| length.checked_mul(unit).is_some_and(|bytes| bytes <= self.remaining()));
        length.ok_or(XgboostError::Syntax { syntax: Syntax::Ubjson, at, expected: "a length that the bytes can hold" })
    }

    fn text(&mut self) -> Result<String, XgboostError> {
        let length = self.length(1)?;
        let at = self.at;
        let text = std::str::from_utf8(self.take(length)?);
        text.map(str::to_owned).map_err(|_| XgboostError::Syntax {
            syntax: Syntax::Ubjson,
            at,
            expected: "text in UTF-8",
        })
    }

    /// Takes one scalar or typed list, or opens one container.
    fn value(&mut self) -> Result<(), XgboostError> {
        let marker = self.peek().ok_or_else(|| self.expected("a value"))?;
        self.at += 1;
        let value = match marker {
            b'{' => {
                self.left.push(None);
                return self.builder.open_object().map_err(|misfit| self.misfit(misfit));
            }
            b'[' => match self.peek() {
                Some(b'$') => Value::Typed(self.typed()?),
                Some(b'#') => {
                    self.at += 1;
                    let length = self.length(1)?;
                    self.left.push(Some(length as u64));
                    return self.builder.open_array().map_err(|misfit| self.misfit(misfit));
                }
                _ => {
                    self.left.push(None);
                    return self.builder.open_array().map_err(|misfit| self.misfit(misfit));
                }
            },
            b'Z' => Value::Null,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'd' => Value::Number(f32::from_be_bytes(self.fixed()?)),
            b'D' => Value::Double(f64::from_be_bytes(self.fixed()?)),
            b'S' => Value::Text(self.text()?),
            other => match self.integer(other)? {
                Some(number) => Value::Integer(number),
                None => {
                    self.at -= 1;
                    return Err(self.expected("a value"));
                }
            },
        };
        self.builder.push(value);
        Ok(())
    }

    /// After a value or an opening: closes what ends here. Whether another value follows.
    fn advance(&mut self) -> Result<bool, XgboostError> {
        loop {
            let inside = self.builder.inside();
            let more = match (inside, self.left.last_mut()) {
                (Inside::Nothing, _) | (_, None) => return Ok(false),
                (_, Some(Some(left))) => left.checked_sub(1).inspect(|fewer| *left = *fewer).is_some(),
                (Inside::Array, _) => self.peek() != Some(b']'),
                (Inside::Object, _) => self.peek() != Some(b'}'),
            };
            if more {
                if inside == Inside::Object {
                    let key = self.text()?;
                    self.builder.key(key);
                }
                return Ok(true);
            }
            if self.left.pop() == Some(None) {
                self.at += 1;
            }
            self.builder.close().map_err(|misfit| self.misfit(misfit))?;
        }
    }

    /// A list of numbers of one type, from its `$` on.
    fn typed(&mut self) -> Result<Typed, XgboostError> {
        let [_, marker, count] = self.fixed()?;
        if count != b'#' {
            self.at -= 1;
            return Err(self.expected("`#` and the length of a typed list"));
        }
        Ok(match marker {
            b'i' => Typed::I8(self.list(i8::from_be_bytes)?),
            b'U' => Typed::U8(self.list(u8::from_be_bytes)?),
            b'I' => Typed::I16(self.list(i16::from_be_bytes)?),
            b'l' => Typed::I32(self.list(i32::from_be_bytes)?),
            b'L' => Typed::I64(self.list(i64::from_be_bytes)?),
            b'd' => Typed::F32(self.list(f32::from_be_bytes)?),
            b'D' => Typed::F64(self.list(f64::from_be_bytes)?),
            _ => {
                self.at -= 2;
                return Err(self.expected("a type of numbers"));
            }
        })
    }

    fn list<T, const N: usize>(&mut self, number: fn([u8; N]) -> T) -> Result<Vec<T>, XgboostError> {
        let length = self.length(N)?;
        let bytes = self.take(length * N)?;
        let numbers = bytes.chunks_exact(N);
        Ok(numbers.map(|bytes| number(bytes.try_into().expect("chunks of this length"))).collect())
    }
}
