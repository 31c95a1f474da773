//! Cells that are numbers.
//!
//! Stricter than the standard parser: the words `inf`, `infinity` and `nan` are text here, and the
//! caller learns whether a number is beyond the range of `f64`.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// A finite number; minus zero is kept.
    Number(f64),
    /// `inf`, `-infinity`, or a number that overflows.
    Infinite,
    /// Anything else.
    Text,
}

/// Reads a cell without blanks around it.
pub(crate) fn parse(cell: &[u8]) -> Cell {
    if let Some(value) = short_integer(cell) {
        return Cell::Number(value);
    }
    let Some(value) = std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok()) else {
        return Cell::Text;
    };
    if value.is_nan() {
        Cell::Text
    } else if value.is_infinite() {
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

/// The finite number that a text is, if it is one.
pub(crate) fn finite(text: &str) -> Option<f64> {
    match parse(text.as_bytes()) {
        Cell::Number(value) => Some(value),
        Cell::Infinite | Cell::Text => None,
    }
}

/// The shortest decimal text that reads back as `value`; zero has no sign.
pub(crate) fn canonical(value: f64) -> String {
    if value == 0.0 { "0".into() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_text_and_overflow_is_seen() {
        for text in ["", "nan", "NaN", "1,5", "0x10", "1_000", "--1", "12a", "1e", "."] {
            assert_eq!(parse(text.as_bytes()), Cell::Text, "{text}");
        }
        for text in ["inf", "-inf", "Infinity", "1e999", "-1e999"] {
            assert_eq!(parse(text.as_bytes()), Cell::Infinite, "{text}");
        }
        assert_eq!(parse(&[0xff, b'1']), Cell::Text);
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
        assert_eq!(canonical(-0.0), "0");
        assert_eq!(canonical(1.0), "1");
    }
}
