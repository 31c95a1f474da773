//! Text for people: names from outside, and numbers that can be read at a glance.
//!
//! Invariant: what the functions of numbers return is free of markup and of "NaN" and "inf", whatever goes in.

/// Superscript digits 0 to 9.
const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// What stands where a number is not known.
pub(super) const UNKNOWN: &str = "–";

/// Text from outside as it may stand on a page: control characters, which HTML does not allow, become U+FFFD. What has a
/// meaning in markup is escaped where the page is put together.
pub(super) fn clean(text: &str) -> String {
    let printable = |character: char| match character {
        '\n' | '\t' => ' ',
        character if character.is_control() => '\u{fffd}',
        character => character,
    };
    text.chars().map(printable).collect()
}

/// Four significant digits, without zeros at the end; powers of ten from ten million up and below a thousandth.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return UNKNOWN.to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e7).contains(&size) {
        scientific(value)
    } else if size.fract() == 0.0 {
        fixed(value, 0)
    } else {
        let written = fixed(value, (3 - exponent(size)).clamp(0, 6) as usize);
        if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
    }
}

/// A number with its standard error, which has two significant digits and says how many the number has.
pub(super) fn with_error(value: f64, error: f64) -> (String, String) {
    let decimals = 1 - exponent(error.abs());
    if error.is_finite() && error != 0.0 && (0..=6).contains(&decimals) && value.abs() < 1e7 {
        (fixed(value, decimals as usize), fixed(error, decimals as usize))
    } else {
        (number(value), number(error))
    }
}

/// A share in 0..=1 as a percentage with one decimal.
pub(super) fn percent(share: f64) -> String {
    percent_with(share, 1)
}

/// A share as a percentage; one that would read as zero, but is not, gets the digits it takes.
pub(super) fn percent_with(share: f64, decimals: usize) -> String {
    let percentage = share * 100.0;
    if !percentage.is_finite() {
        UNKNOWN.to_owned()
    } else if percentage == 0.0 || percentage == 100.0 {
        format!("{:.0}%", percentage.abs())
    } else if percentage.abs() < 0.5 * 10f64.powi(-(decimals as i32)) {
        format!("{}%", number(percentage))
    } else {
        format!("{}%", fixed(percentage, decimals))
    }
}

/// A number with this many decimals, thousands apart by commas, and a true minus sign.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return number(value);
    }
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A count, thousands apart by commas.
pub(super) fn count(value: impl TryInto<u64>) -> String {
    value.try_into().map_or_else(|_| UNKNOWN.to_owned(), |value: u64| fixed(value as f64, 0))
}

/// A count with its noun: "1 tree", "40 trees".
pub(super) fn counted(value: usize, singular: &str) -> String {
    format!("{} {singular}{}", count(value), if value == 1 { "" } else { "s" })
}

/// A power of ten, `10ⁿ`.
pub(super) fn power_of_ten(power: i32) -> String {
    let mut text = String::from("10");
    if power < 0 {
        text.push('⁻');
    }
    text.extend(power.unsigned_abs().to_string().bytes().map(|digit| SUPERSCRIPTS[(digit - b'0') as usize]));
    text
}

/// Floor of the decimal logarithm of a positive number, as the number is written with 4 significant digits.
pub(super) fn exponent(size: f64) -> i32 {
    let written = format!("{size:.3e}");
    written.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

fn scientific(value: f64) -> String {
    let written = format!("{:.2e}", value.abs());
    let (digits, power) = written.split_once('e').unwrap_or((&written, "0"));
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{digits} × {}", power_of_ten(power.parse().unwrap_or(0)))
}

/// How the numbers of one table column are written, so that their decimal points stand under each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    /// `None`: the numbers are too different for one number of decimals.
    decimals: Option<usize>,
}

impl Column {
    /// Four significant digits for the largest number and two for the smallest, if six digits are enough for both.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let sizes: Vec<f64> = values.into_iter().map(f64::abs).filter(|size| size.is_finite() && *size > 0.0).collect();
        let largest = exponent(sizes.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE));
        let smallest = exponent(sizes.iter().copied().fold(f64::MAX, f64::min));
        if sizes.iter().all(|size| size.fract() == 0.0 && *size < 1e7) {
            return Self { decimals: Some(0) };
        }
        let decimals = (3 - largest).max(1 - smallest).max(0);
        Self { decimals: (largest.max(0) + 1 + decimals <= 6).then_some(decimals as usize) }
    }

    /// One number of the column.
    pub(super) fn write(self, value: f64) -> String {
        match self.decimals {
            Some(decimals) if value.is_finite() && value != 0.0 => fixed(value, decimals),
            _ => number(value),
        }
    }
}
