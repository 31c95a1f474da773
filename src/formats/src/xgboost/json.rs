//! The text syntax: JSON, with `NaN` and `Infinity` as the library writes them.
//!
//! A number with a point or an exponent is single precision, rounded once from its digits; any other is an integer.

use super::error::{Syntax, XgboostError};
use super::value::{Builder, Inside, Misfit, Value};

/// Reads a document. O(bytes) time and memory, without recursion.
pub(super) fn read(bytes: &[u8]) -> Result<Value, XgboostError> {
    let text = std::str::from_utf8(bytes).map_err(|error| syntax(error.valid_up_to(), "text in UTF-8"))?;
    let mut reader = Reader { text, at: 0, builder: Builder::default() };
    loop {
        reader.value()?;
        if !reader.advance()? {
            break;
        }
    }
    reader.skip_spaces();
    match reader.peek() {
        None => reader.builder.finish().ok_or_else(|| syntax(text.len(), "a value")),
        Some(_) => Err(XgboostError::Trailing { at: reader.at }),
    }
}

fn syntax(at: usize, expected: &'static str) -> XgboostError {
    XgboostError::Syntax { syntax: Syntax::Json, at, expected }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expected(&self, what: &'static str) -> XgboostError {
        syntax(self.at, what)
    }

    fn misfit(&self, misfit: Misfit) -> XgboostError {
        XgboostError::misfit(misfit, self.at)
    }

    /// Takes one scalar, or opens containers up to their first scalar; closes empty ones.
    fn value(&mut self) -> Result<(), XgboostError> {
        loop {
            self.skip_spaces();
            let start = self.peek().ok_or_else(|| self.expected("a value"))?;
            let value = match start {
                b'{' | b'[' => {
                    self.at += 1;
                    let (opened, end) = if start == b'{' {
                        (self.builder.open_object(), b'}')
                    } else {
                        (self.builder.open_array(), b']')
                    };
                    opened.map_err(|misfit| self.misfit(misfit))?;
                    self.skip_spaces();
                    if self.peek() == Some(end) {
                        self.at += 1;
                        return self.builder.close().map_err(|misfit| self.misfit(misfit));
                    }
                    if start == b'{' {
                        self.key()?;
                    }
                    continue;
                }
                b'"' => Value::Text(self.string()?),
                b't' => self.word("true", Value::Bool(true))?,
                b'f' => self.word("false", Value::Bool(false))?,
                b'n' => self.word("null", Value::Null)?,
                b'N' => self.word("NaN", Value::Number(f32::NAN))?,
                b'I' => self.word("Infinity", Value::Number(f32::INFINITY))?,
                b'-' if self.text[self.at + 1..].starts_with('I') => {
                    self.word("-Infinity", Value::Number(f32::NEG_INFINITY))?
                }
                b'-' | b'0'..=b'9' => self.number()?,
                _ => return Err(self.expected("a value")),
            };
            self.builder.push(value);
            return Ok(());
        }
    }

    /// After a value: closes what ends here. Whether another value follows.
    fn advance(&mut self) -> Result<bool, XgboostError> {
        loop {
            let inside = self.builder.inside();
            if inside == Inside::Nothing {
                return Ok(false);
            }
            self.skip_spaces();
            match (inside, self.peek()) {
                (_, Some(b',')) => {
                    self.at += 1;
                    if inside == Inside::Object {
                        self.skip_spaces();
                        self.key()?;
                    }
                    return Ok(true);
                }
                (Inside::Array, Some(b']')) | (Inside::Object, Some(b'}')) => {
                    self.at += 1;
                    self.builder.close().map_err(|misfit| self.misfit(misfit))?;
                }
                (Inside::Array, _) => return Err(self.expected("`,` or `]`")),
                _ => return Err(self.expected("`,` or `}`")),
            }
        }
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), XgboostError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in quotes"));
        }
        let key = self.string()?;
        self.skip_spaces();
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        self.builder.key(key);
        Ok(())
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, XgboostError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, XgboostError> {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let digits = &rest[..end.unwrap_or(rest.len())];
        let number = if digits.contains(['.', 'e', 'E']) {
            digits.parse().ok().map(Value::Number)
        } else {
            digits.parse().ok().map(Value::Integer)
        };
        let number = number.ok_or_else(|| self.expected("a number in single precision, or an integer of 64 bits"))?;
        self.at += digits.len();
        Ok(number)
    }

    fn string(&mut self) -> Result<String, XgboostError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
            let end = end.ok_or_else(|| syntax(self.text.len(), "a closing quote"))?;
            out.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => out.push(self.escape()?),
                _ => return Err(self.expected("no control character in a text")),
            }
        }
    }

    /// What a backslash and the characters after it stand for.
    fn escape(&mut self) -> Result<char, XgboostError> {
        let kind = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match kind {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.expected("an escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// One or two escapes of four hexadecimal digits.
    fn code_point(&mut self) -> Result<char, XgboostError> {
        let unit = |at: usize| -> Option<u32> {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let wrong = || self.expected("a code point as `\\u` and four digits");
        let first = unit(self.at).ok_or_else(wrong)?;
        let (code, length) = match (first, unit(self.at + 6)) {
            (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
            }
            _ => (first, 6),
        };
        let found = char::from_u32(code).ok_or_else(wrong)?;
        self.at += length;
        Ok(found)
    }
}

/// Numbers of a text such as `[5E-1,2E0]`, `(0.5)` or `0.5`, as base scores are written; `None` if it is none of these.
pub(super) fn list_of_numbers(text: &str) -> Option<Vec<f32>> {
    let text = text.trim();
    let inner = match text.strip_prefix(['[', '(']) {
        Some(rest) => rest.strip_suffix([']', ')'])?,
        None => text,
    };
    inner.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// Whether a document begins as JSON does.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    rest.next() == Some(&b'{') && matches!(rest.next(), None | Some(b'"' | b'}'))
}
