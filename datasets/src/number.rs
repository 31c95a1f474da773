//! Cells that are numbers, and when two texts are the same number.
//!
//! Stricter than the standard parser: the words `inf`, `infinity` and `nan` are text here, and the
//! caller learns whether a number is too large to be computed with.

use std::borrow::Cow;

/// Largest size of a number. The squares of a hundred million such numbers add up within `f64`.
pub const LARGEST: f64 = 1e150;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// A number of at most [`LARGEST`] in size; minus zero is kept.
    Number(f64),
    /// `inf`, `-infinity`, or a larger number.
    Infinite,
    /// Anything else.
    Text,
}

/// How the numbers of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Notation {
    /// Before the fraction: a point or a comma.
    pub(crate) decimal: u8,
    /// Between groups of three digits before the fraction.
    pub(crate) thousands: Option<u8>,
}

impl Notation {
    /// A decimal point and no thousands separator.
    pub(crate) const PLAIN: Self = Self { decimal: b'.', thousands: None };

    /// Reads a cell without blanks around it.
    pub(crate) fn parse(self, cell: &[u8]) -> Cell {
        if self == Self::PLAIN {
            return parse(cell);
        }
        if let Some(value) = short_integer(cell) {
            return Cell::Number(value);
        }
        self.plain(cell).map_or(Cell::Text, |plain| parse(&plain))
    }

    /// The number as `parse` reads it; `None` where a point, comma or group is out of place.
    fn plain(self, cell: &[u8]) -> Option<Vec<u8>> {
        let decimal = cell.iter().position(|&byte| byte == self.decimal);
        let (whole, fraction) = cell.split_at(decimal.unwrap_or(cell.len()));
        let mut plain = match self.thousands {
            Some(separator) if whole.contains(&separator) => without_groups(whole, separator)?,
            _ => whole.to_vec(),
        };
        if plain.contains(&b'.') || fraction.contains(&b'.') && self.decimal != b'.' {
            return None;
        }
        if let Some((_, digits)) = fraction.split_first() {
            plain.push(b'.');
            plain.extend_from_slice(digits);
        }
        Some(plain)
    }
}

/// Digits without the separators between groups of three; `None` if the groups are others.
pub(crate) fn without_groups(whole: &[u8], separator: u8) -> Option<Vec<u8>> {
    let (sign, digits) = match whole.split_first() {
        Some((&sign @ (b'+' | b'-'), digits)) => (Some(sign), digits),
        _ => (None, whole),
    };
    if digits.starts_with(b"0") && digits.contains(&separator) {
        return None;
    }
    for (index, group) in digits.split(|&byte| byte == separator).enumerate() {
        let fits = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !fits || !group.iter().all(u8::is_ascii_digit) {
            return None;
        }
    }
    Some(sign.into_iter().chain(digits.iter().copied().filter(|&byte| byte != separator)).collect())
}

/// Reads a cell without blanks around it, with a decimal point and no thousands separator.
pub(crate) fn parse(cell: &[u8]) -> Cell {
    if let Some(value) = short_integer(cell) {
        return Cell::Number(value);
    }
    let Some(value) = std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok()) else {
        return Cell::Text;
    };
    if value.is_nan() {
        Cell::Text
    } else if value.abs() > LARGEST {
        Cell::Infinite
    } else {
        Cell::Number(value)
    }
}

/// Fast way for the most frequent cells: up to 15 digits, exact in `f64`.
fn short_integer(cell: &[u8]) -> Option<f64> {
    if cell.is_empty() || cell.len() > 15 {
        return None;
    }
    let mut value = 0u64;
    for &byte in cell {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u64::from(byte - b'0');
    }
    Some(value as f64)
}

/// Whether a number is written with zeros before its digits, as codes are: `007`, but not `0.7`.
pub(crate) fn has_leading_zeros(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}

/// The text under which a category or class is known. Texts are compared as they stand, but a decimal number may be
/// written with a plus sign or with zeros at the end of its fraction: `1`, `+1` and `1.0` are one category, `.5` and
/// `0.5`. No digit is rounded away, and numbers with leading zeros are not touched: they are codes.
pub(crate) fn identity(text: &str) -> Cow<'_, str> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = if whole.is_empty() && fraction.is_some_and(|digits| !digits.is_empty()) { "0" } else { whole };
    if whole.is_empty() || !digits(whole) || !fraction.is_none_or(digits) || has_leading_zeros(text) {
        return Cow::Borrowed(text);
    }
    let fraction = fraction.unwrap_or_default().trim_end_matches('0');
    let negative = text.starts_with('-') && !(whole == "0" && fraction.is_empty());
    let sign = if negative { "-" } else { "" };
    let identity = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    if identity == text { Cow::Borrowed(text) } else { Cow::Owned(identity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_text_and_overflow_is_seen() {
        for text in ["", "nan", "NaN", "1,5", "0x10", "1_000", "--1", "12a", "1e", "."] {
            assert_eq!(parse(text.as_bytes()), Cell::Text, "{text}");
        }
        for text in ["inf", "-inf", "Infinity", "1e999", "-1e999", "1e308", "-1.1e150"] {
            assert_eq!(parse(text.as_bytes()), Cell::Infinite, "{text}");
        }
        assert_eq!(parse(&[0xff, b'1']), Cell::Text);
        assert_eq!(parse(b"1e150"), Cell::Number(1e150));
    }

    #[test]
    fn short_and_long_ways_agree() {
        for text in ["0", "7", "007", "999999999999999", "1000000000000000", "-3", "+4", ".5", "5.", "1e3", "-0"] {
            let expected: f64 = text.parse().unwrap();
            match parse(text.as_bytes()) {
                Cell::Number(value) => assert_eq!(value.to_bits(), expected.to_bits(), "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn commas_and_groups_are_read_where_they_are_stated() {
        let comma = Notation { decimal: b',', thousands: None };
        let german = Notation { decimal: b',', thousands: Some(b'.') };
        let english = Notation { decimal: b'.', thousands: Some(b',') };
        for (notation, text, value) in [
            (comma, "0,126", 0.126),
            (comma, "-1,5e2", -150.0),
            (comma, "7", 7.0),
            (comma, ",5", 0.5),
            (german, "1.234.567,5", 1_234_567.5),
            (german, "-1.234", -1234.0),
            (english, "1,234.5", 1234.5),
            (english, "0.5", 0.5),
        ] {
            assert_eq!(notation.parse(text.as_bytes()), Cell::Number(value), "{text}");
        }
        for (notation, text) in [
            (comma, "0.126"),
            (comma, "1,2,3"),
            (comma, "1,2.5"),
            (comma, "1.5,2"),
            (german, "1.23"),
            (german, "1234.567"),
            (german, "0.126"),
            (english, "1,23"),
            (english, ",123"),
            (english, "1.234,5"),
            (english, "1,234,"),
        ] {
            assert_eq!(notation.parse(text.as_bytes()), Cell::Text, "{text}");
        }
    }

    #[test]
    fn categories_are_texts_of_which_no_digit_is_lost() {
        for same in
            [&["1", "1.0", "+1", "1.", "1.000"][..], &["0", "-0", "0.0", "-0.00"], &["0.5", "0.50", "+0.5", ".5"]]
        {
            assert!(same.iter().all(|text| identity(text) == same[0]), "{same:?}");
        }
        for text in ["01", "1e3", "9007199254740993", "007.50", "", ".", "-", "a.0", "1.2.0", "0x10", "1,0"] {
            assert_eq!(identity(text), text);
        }
        assert_eq!(identity("9007199254740993.0"), "9007199254740993");
    }
}
