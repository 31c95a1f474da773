//! Decimal numbers, and the unit that all of a list have in common.

use super::{FormatError, Rounded};
use crate::quantise::quantise;

/// A decimal number, and the line it stands on.
pub(super) struct Decimal {
    /// (mantissa, digits) for `mantissa * 10^-digits`, where the mantissa is no multiple of ten unless digits are 0.
    /// `None` if that needs too many digits.
    exact: Option<(i128, u32)>,
    /// The nearest double.
    pub(super) value: f64,
    line: usize,
}

/// Most decimal digits after the point of a number that is kept exactly, exponent included.
const MAX_DIGITS: u32 = 30;

impl Decimal {
    /// The number that a text spells; `None` if it spells none.
    pub(super) fn parse(text: &str, line: usize) -> Option<Self> {
        // What doubles are spelled with, without infinities and NaN.
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
            return None;
        }
        let value = text.parse::<f64>().ok()?;
        Some(Self { exact: Self::exact(text), value, line })
    }

    /// The fields of [`Decimal::exact`].
    fn exact(text: &str) -> Option<(i128, u32)> {
        let (number, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, number) = match number.as_bytes().first()? {
            b'-' => (-1, &number[1..]),
            b'+' => (1, &number[1..]),
            _ => (1, number),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa = 0i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        if mantissa == 0 {
            return Some((0, 0));
        }
        let mut digits = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
        while digits < 0 {
            mantissa = mantissa.checked_mul(10)?;
            digits += 1;
        }
        while digits > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            digits -= 1;
        }
        let digits = u32::try_from(digits).ok()?;
        (digits <= MAX_DIGITS).then_some((sign * mantissa, digits))
    }

    /// As an integer in units of `10^-digits`.
    fn in_units(&self, digits: u32) -> Option<i64> {
        let (mantissa, own) = self.exact?;
        i64::try_from(mantissa.checked_mul(10i128.checked_pow(digits - own)?)?).ok()
    }
}

/// Integers in one unit.
pub(super) struct InUnit {
    pub(super) integers: Vec<i64>,
    pub(super) unit: f64,
    pub(super) rounded: Option<Rounded>,
}

/// Rounded numbers sum to less than two to this power: [`crate::ProgramBuilder`] takes 63 bits.
const ROUNDED_BITS: u32 = 62;

/// Brings numbers to one unit: exactly, or, where that does not fit and is allowed, rounded.
pub(super) fn common_unit(what: &'static str, numbers: &[Decimal], round: bool) -> Result<InUnit, FormatError> {
    let mut most: Option<&Decimal> = None;
    for number in numbers {
        // A number that is not kept exactly counts as the one with the most digits.
        let digits = |number: &Decimal| number.exact.map_or(u32::MAX, |(_, digits)| digits);
        if most.is_none_or(|most| digits(number) > digits(most)) {
            most = Some(number);
        }
    }
    let digits = most.map_or(Some(0), |most| most.exact.map(|(_, digits)| digits));
    // The first number that does not fit, alone or with those before it.
    let mut sum = 0i64;
    let mut fit = |number: &Decimal| -> Option<i64> {
        let integer = number.in_units(digits?)?;
        sum = sum.checked_add(integer.checked_abs()?)?;
        Some(integer)
    };
    let mut integers = Vec::with_capacity(numbers.len());
    let misfit = numbers.iter().find(|number| match fit(number) {
        Some(integer) => {
            integers.push(integer);
            false
        }
        None => true,
    });
    let unit = |digits: u32| 10f64.powi(-(digits as i32));
    match misfit {
        None => Ok(InUnit { integers, unit: unit(digits.unwrap_or(0)), rounded: None }),
        Some(_) if round => {
            let values: Vec<f64> = numbers.iter().map(|number| number.value).collect();
            let found = quantise(&values, ROUNDED_BITS).map_err(|error| FormatError::Quantise { what, error })?;
            let rounded = Some(Rounded { unit: found.unit, max_error: found.max_error });
            Ok(InUnit { integers: found.integers, unit: found.unit, rounded })
        }
        Some(misfit) => {
            let named = if digits.is_none() { most.unwrap_or(misfit) } else { misfit };
            Err(FormatError::Range { line: named.line, what, number: named.value.to_string() })
        }
    }
}
