//! Cells that people read as a number and that are none here.

use std::fmt;

use crate::number;

/// What a cell that is no number looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookalike {
    /// `0,126`.
    DecimalComma,
    /// `0.126` where numbers have decimal commas.
    DecimalPoint,
    /// `1,234.5` or `1'234`: the separator between groups of three digits.
    Thousands(char),
    /// `1,234`: either of the two.
    CommaOrThousands,
    /// `1.234,5`: decimal comma and groups.
    CommaAndThousands,
    /// `$12`.
    Currency,
    /// `12%`.
    Percent,
    /// `2024-01-31`, `31.1.2024`, `12:30`.
    Date,
    /// `0x1F`.
    Hexadecimal,
}

impl fmt::Display for Lookalike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DecimalComma => f.write_str("a number with a decimal comma"),
            Self::DecimalPoint => {
                f.write_str("a number with a decimal point, and the file is read with decimal commas")
            }
            Self::Thousands(separator) => write!(f, "a number with {separator:?} between thousands"),
            Self::CommaOrThousands => f.write_str("a number with a decimal comma, or with commas between thousands"),
            Self::CommaAndThousands => f.write_str("a number with a decimal comma and points between thousands"),
            Self::Currency => f.write_str("an amount with a currency sign"),
            Self::Percent => f.write_str("a number with a per cent sign"),
            Self::Date => f.write_str("a date or time"),
            Self::Hexadecimal => f.write_str("a hexadecimal number"),
        }
    }
}

/// What the cell looks like, if it is no number. `decimal` is what stands before the fraction in this file.
pub(crate) fn of(cell: &[u8], decimal: u8) -> Option<Lookalike> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    if text.len() > 40 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let unsigned = text.strip_prefix(['+', '-', '\u{2212}']).unwrap_or(text);
    if is_date(text) {
        return Some(Lookalike::Date);
    }
    if unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X")).is_some_and(is_hexadecimal) {
        return Some(Lookalike::Hexadecimal);
    }
    if let Some(number) = unsigned.strip_suffix('%') {
        return is_amount(number, decimal).then_some(Lookalike::Percent);
    }
    if let Some(number) = without_currency(unsigned) {
        return is_amount(number, decimal).then_some(Lookalike::Currency);
    }
    grouped(unsigned, decimal)
}

fn is_hexadecimal(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte)) && text.parse::<f64>().is_ok()
}

/// A number, however its fraction and thousands are marked.
fn is_amount(text: &str, decimal: u8) -> bool {
    let text = text.trim();
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    is_number(text) || grouped(text, decimal).is_some()
}

fn without_currency(text: &str) -> Option<&str> {
    const SIGNS: [char; 6] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}', '\u{20b9}', '\u{20bd}'];
    const CODES: [&str; 6] = ["USD", "EUR", "GBP", "CHF", "JPY", "CNY"];
    let codes = || CODES.iter().find_map(|code| text.strip_prefix(code).or(text.strip_suffix(code)));
    text.strip_prefix(SIGNS).or(text.strip_suffix(SIGNS)).or_else(codes)
}

/// Commas, points and other separators among digits.
fn grouped(text: &str, decimal: u8) -> Option<Lookalike> {
    for separator in ['\'', '\u{2019}', ' ', '\u{a0}', '\u{202f}', '_'] {
        if text.contains(separator) {
            let plain = text.replace(separator, "\u{1}");
            let (whole, fraction) = plain.split_once(['.', ',']).unwrap_or((&plain, "0"));
            let fits = number::without_groups(whole.as_bytes(), 1).is_some() && is_number(fraction);
            return fits.then_some(Lookalike::Thousands(separator));
        }
    }
    let commas = text.bytes().filter(|&byte| byte == b',').count();
    if commas == 0 {
        return (decimal == b',' && text.contains('.') && is_number(text)).then_some(Lookalike::DecimalPoint);
    }
    let groups = |text: &str, separator| number::without_groups(text.as_bytes(), separator).is_some();
    let comma = text.find(',')?;
    match text.find('.') {
        Some(point) if point < comma => {
            let (whole, fraction) = text.split_once(',')?;
            (groups(whole, b'.') && is_number(fraction)).then_some(Lookalike::CommaAndThousands)
        }
        Some(_) => {
            let (whole, fraction) = text.split_once('.')?;
            (groups(whole, b',') && (fraction.is_empty() || is_number(fraction))).then_some(Lookalike::Thousands(','))
        }
        None if commas > 1 => groups(text, b',').then_some(Lookalike::Thousands(',')),
        None if groups(text, b',') && !text.starts_with('0') => Some(Lookalike::CommaOrThousands),
        None => (decimal != b',' && is_number(&text.replace(',', "."))).then_some(Lookalike::DecimalComma),
    }
}

/// Year, month and day in any order, or hours and minutes, or both.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let is_time = |text: &str| {
        let text = text.trim_end_matches('Z');
        let mut parts = text.split(['+', ':', '.']);
        text.contains(':') && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_day = |text: &str| {
        ['-', '/', '.'].iter().any(|&separator| {
            let parts: Vec<&str> = text.split(separator).collect();
            let digits = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            let years = parts.iter().filter(|part| part.len() == 4).count();
            parts.len() == 3 && parts.iter().all(digits) && years <= 1 && (years == 1 || separator != '.')
        })
    };
    match time {
        None => is_day(date) || is_time(date),
        Some(time) => is_day(date) && is_time(time.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read_as_numbers_is_recognised() {
        for (text, expected) in [
            ("0,126", Lookalike::DecimalComma),
            ("-0,5", Lookalike::DecimalComma),
            ("1,5e3", Lookalike::DecimalComma),
            ("1,234", Lookalike::CommaOrThousands),
            ("0,123", Lookalike::DecimalComma),
            ("1,234.5", Lookalike::Thousands(',')),
            ("1,234,567", Lookalike::Thousands(',')),
            ("1.234,5", Lookalike::CommaAndThousands),
            ("1'234.5", Lookalike::Thousands('\'')),
            ("1 234", Lookalike::Thousands(' ')),
            ("$12", Lookalike::Currency),
            ("-$1,234.50", Lookalike::Currency),
            ("12 \u{20ac}", Lookalike::Currency),
            ("EUR 12", Lookalike::Currency),
            ("12%", Lookalike::Percent),
            ("12,5 %", Lookalike::Percent),
            ("2024-01-31", Lookalike::Date),
            ("31.1.2024", Lookalike::Date),
            ("1/31/24", Lookalike::Date),
            ("2024-01-31T12:00:00Z", Lookalike::Date),
            ("2024-01-31 12:00", Lookalike::Date),
            ("12:30", Lookalike::Date),
            ("0x1F", Lookalike::Hexadecimal),
        ] {
            assert_eq!(of(text.as_bytes(), b'.'), Some(expected), "{text}");
        }
        assert_eq!(of(b"0.126", b','), Some(Lookalike::DecimalPoint));
    }

    #[test]
    fn words_and_codes_are_not() {
        for text in
            ["", "red", "a1", "3+", "1,2,3", "12,34.5", "1.2.3", "36 months", "<=50K", "%", "$", "-", "A-1-2", "1-2"]
        {
            assert_eq!(of(text.as_bytes(), b'.'), None, "{text}");
        }
        assert_eq!(of(b"1,5", b','), None);
        assert_eq!(of(&[0xff, b'1'], b'.'), None);
    }
}
