//! A lambda or an amount as typed: exact where a double would not be.

use std::str::FromStr;

use secateur_program::{Multiplier, Scale};

use super::arguments::amount;
use super::failure::Failure;

/// A number >= 0 or a ratio of two, as `7/5`: a lambda in gain units per cost unit, or an amount of cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lambda {
    value: f64,
    /// Numerator and denominator (not 0) of the value as typed, if they have so few digits.
    ratio: Option<(i128, i128)>,
}

impl FromStr for Lambda {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((above, below)) = text.split_once('/') else {
            return Ok(Self { value: amount(text)?, ratio: decimal(text.trim()) });
        };
        let parts = (amount(above)?, amount(below)?);
        let value = parts.0 / parts.1;
        if value.is_nan() || parts.1 == 0.0 {
            return Err("expected a number >= 0, or a ratio of two with something below the line".into());
        }
        let ratio = decimal(above.trim()).zip(decimal(below.trim()));
        let ratio = ratio.and_then(|((a, b), (c, d))| Some((a.checked_mul(d)?, b.checked_mul(c)?)));
        Ok(Self { value, ratio })
    }
}

impl Lambda {
    pub(super) fn value(self) -> f64 {
        self.value
    }

    /// In the integers of a program: exact if its units are powers of ten and the numbers fit, else to the nearest ratio.
    pub(super) fn in_units(self, scale: Scale) -> Option<Multiplier> {
        self.exact(scale).or_else(|| scale.multiplier(self.value))
    }

    /// As [`Lambda::in_units`], for a lambda that the program can hold.
    pub(super) fn finite_in(self, scale: Scale) -> Result<Multiplier, Failure> {
        self.in_units(scale)
            .filter(|multiplier| !multiplier.is_infinite())
            .ok_or_else(|| Failure::Input(format!("--lambda {}: too large for the units of this program", self.value)))
    }

    /// An amount in whole integers of a unit, rounded down: exact for decimals of decimal units. At most `i64::MAX`.
    pub(super) fn whole_units(self, unit: f64) -> i64 {
        let exact = || {
            let (num, den) = self.ratio?;
            let factor = 10i128.checked_pow(power_of_ten(unit)?.unsigned_abs())?;
            i64::try_from(num.checked_mul(factor)? / den).ok()
        };
        exact().unwrap_or((self.value / unit).floor() as i64)
    }

    fn exact(self, scale: Scale) -> Option<Multiplier> {
        let (num, den) = self.ratio?;
        let shift = power_of_ten(scale.gain_unit)? - power_of_ten(scale.cost_unit)?;
        let factor = 10i128.checked_pow(shift.unsigned_abs())?;
        let (num, den) = if shift >= 0 { (num.checked_mul(factor)?, den) } else { (num, den.checked_mul(factor)?) };
        let divisor = gcd(num, den);
        Multiplier::new(i64::try_from(num / divisor).ok()?, i64::try_from(den / divisor).ok()?).ok()
    }
}

/// So many integers in the user's unit. Decimal units divide by a whole power of ten, so that 3 tenths are 0.3.
pub(super) fn in_user_units(integer: i64, unit: f64) -> f64 {
    match power_of_ten(unit) {
        Some(digits) => integer as f64 / 10f64.powi(digits),
        None => integer as f64 * unit,
    }
}

/// A multiplier as gain per unit of cost.
pub(super) fn price_level(lambda: Multiplier, scale: Scale) -> f64 {
    match (power_of_ten(scale.gain_unit), power_of_ten(scale.cost_unit)) {
        (Some(gain), Some(cost)) => {
            let (up, down) = (10f64.powi((cost - gain).max(0)), 10f64.powi((gain - cost).max(0)));
            (lambda.num() as f64 * up) / (lambda.den() as f64 * down)
        }
        _ => scale.lambda(lambda),
    }
}

/// `k` if the unit is `10^-k`.
fn power_of_ten(unit: f64) -> Option<i32> {
    (0..=30).find(|&digits| 10f64.powi(-digits) == unit)
}

/// Of two numbers that are not both 0.
fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Numerator and denominator of a decimal number: what it says, exactly.
fn decimal(text: &str) -> Option<(i128, i128)> {
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mantissa = i128::from(format!("{}{fraction}", whole.trim_start_matches('+')).parse::<i64>().ok()?);
    let digits = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let factor = 10i128.checked_pow(digits.unsigned_abs())?;
    let ratio = if digits >= 0 { (mantissa, factor) } else { (mantissa.checked_mul(factor)?, 1) };
    (mantissa >= 0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_units(text: &str, gain_unit: f64, cost_unit: f64) -> (i64, i64) {
        let lambda: Lambda = text.parse().unwrap();
        lambda.in_units(Scale { gain_unit, cost_unit }).unwrap().into()
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(in_units("0.1", 1.0, 1.0), (1, 10));
        assert_eq!(in_units("0.3", 0.1, 1.0), (3, 1));
        assert_eq!(in_units("1.5e-3", 1.0, 0.01), (3, 200_000));
        assert_eq!(in_units("2e3", 1.0, 1.0), (2000, 1));
        assert_eq!(in_units("0", 0.001, 1.0), (0, 1));
    }

    #[test]
    fn ratios_are_exact() {
        assert_eq!(in_units("7/5", 1.0, 1.0), (7, 5));
        assert_eq!(in_units("1/3", 1.0, 0.01), (1, 300));
        assert_eq!(in_units("0.5 / 1.5e1", 0.001, 1.0), (100, 3));
        assert_eq!(in_units("9223372036854775807/9223372036854775806", 1.0, 1.0), (i64::MAX, i64::MAX - 1));
        assert_eq!("1/4".parse::<Lambda>().unwrap().value(), 0.25);
    }

    #[test]
    fn other_units_take_the_nearest_ratio() {
        assert_eq!(in_units("0.25", 0.5, 1.0), (1, 2));
        assert_eq!(in_units("1e300", 1.0, 1.0), (i64::MAX, 1)); // finite levels stay finite
    }

    #[test]
    fn amounts_are_rounded_down_to_whole_units() {
        let whole = |text: &str, unit: f64| text.parse::<Lambda>().unwrap().whole_units(unit);
        assert_eq!((whole("0.3", 0.1), whole("0.29", 0.1), whole("12", 0.01)), (3, 2, 1200));
        assert_eq!((whole("1", 0.375), whole("1e300", 1.0), whole("inf", 1.0)), (2, i64::MAX, i64::MAX));
        assert_eq!((whole("7/2", 1.0), whole("7/2", 0.1), whole("1/3", 0.01)), (3, 35, 33));
    }

    #[test]
    fn what_is_no_price_level_is_refused() {
        for wrong in ["-1", "nan", "", "1/0", "0/0", "1/-2", "1/2/3", "inf/inf", "/", "abc"] {
            assert!(wrong.parse::<Lambda>().is_err(), "{wrong}");
        }
    }
}
