//! Values of arguments: checked while parsing, so that a wrong one is named before anything is read.

use std::time::Duration;

/// A number >= 0; `inf` is one.
pub(super) fn amount(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(value) if value >= 0.0 => Ok(value),
        _ => Err("expected a number >= 0".into()),
    }
}

/// A finite number >= 0.
pub(super) fn finite_amount(text: &str) -> Result<f64, String> {
    amount(text).ok().filter(|value| value.is_finite()).ok_or_else(|| "expected a finite number >= 0".into())
}

/// A relative gap.
pub(super) fn tolerance(text: &str) -> Result<f64, String> {
    amount(text).ok().filter(|share| *share < 1.0).ok_or_else(|| "expected a number >= 0 and < 1".into())
}

/// Seconds as a duration.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let value = text.trim().parse::<f64>().ok();
    value.and_then(|value| Duration::try_from_secs_f64(value).ok()).ok_or_else(|| "expected seconds >= 0".into())
}

/// A byte that separates cells.
pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("space" | "blank", _) => Ok(b' '),
        (_, [byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Ok(*byte),
        _ => Err("expected one character such as `,` or `;`, or `tab`, or `space`".into()),
    }
}

/// What stands before the fraction of a number.
pub(super) fn decimal(text: &str) -> Result<u8, String> {
    match text {
        "." | "point" => Ok(b'.'),
        "," | "comma" => Ok(b','),
        _ => Err("expected `.` or `,`".into()),
    }
}

/// What stands between groups of three digits.
pub(super) fn thousands(text: &str) -> Result<u8, String> {
    match text {
        "space" | "blank" | " " => Ok(b' '),
        "," | "." | "'" | "_" => Ok(text.as_bytes()[0]),
        _ => Err("expected `,` `.` `'` `_` or `space`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_not_negative() {
        assert_eq!(amount("0.25"), Ok(0.25));
        assert_eq!(amount("inf"), Ok(f64::INFINITY));
        for wrong in ["-1", "nan", "x", ""] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_that_are_no_durations_are_refused() {
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["-1", "nan", "inf", "1e300"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_have_few_separators() {
        assert_eq!((decimal(","), decimal(".")), (Ok(b','), Ok(b'.')));
        assert_eq!((thousands("space"), thousands("'")), (Ok(b' '), Ok(b'\'')));
        assert!(decimal(";").is_err() && thousands("-").is_err() && thousands("").is_err());
    }

    #[test]
    fn delimiters_have_names() {
        assert_eq!((delimiter(";"), delimiter("tab"), delimiter("space")), (Ok(b';'), Ok(b'\t'), Ok(b' ')));
        assert!(delimiter("ab").is_err() && delimiter("a").is_err() && delimiter("").is_err());
    }
}
