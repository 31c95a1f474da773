//! A lambda or an amount as typed: exact where a double would not be.

use std::str::FromStr;

use secateur_program::{Multiplier, Scale};

use super::failure::Failure;

/// A number >= 0: a lambda in gain units per cost unit, or an amount of cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lambda {
    value: f64,
    /// `(m, d)` with value `m / 10^d`, if it has so few digits.
    decimal: Option<(i64, i32)>,
}

impl FromStr for Lambda {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = super::arguments::amount(text)?;
        Ok(Self { value, decimal: decimal(text.trim()) })
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
            let (mantissa, digits) = self.decimal?;
            let shift = power_of_ten(unit)? - digits;
            let factor = 10i64.checked_pow(shift.unsigned_abs())?;
            if shift >= 0 { mantissa.checked_mul(factor) } else { Some(mantissa / factor) }
        };
        exact().unwrap_or((self.value / unit).floor() as i64)
    }

    fn exact(self, scale: Scale) -> Option<Multiplier> {
        let (mantissa, digits) = self.decimal?;
        let shift = power_of_ten(scale.gain_unit)? - power_of_ten(scale.cost_unit)? - digits;
        let factor = 10i64.checked_pow(shift.unsigned_abs())?;
        match shift {
            0.. => Multiplier::new(mantissa.checked_mul(factor)?, 1).ok(),
            _ => Multiplier::new(mantissa, factor).ok(),
        }
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

fn decimal(text: &str) -> Option<(i64, i32)> {
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mantissa = format!("{}{fraction}", whole.trim_start_matches('+')).parse::<i64>().ok()?;
    let digits = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    (mantissa >= 0 && digits.abs() < 100).then_some((mantissa, digits))
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
    fn other_units_take_the_nearest_ratio() {
        assert_eq!(in_units("0.25", 0.5, 1.0), (1, 2));
        assert_eq!(in_units("1e300", 1.0, 1.0), (i64::MAX, 1)); // finite levels stay finite
    }

    #[test]
    fn amounts_are_rounded_down_to_whole_units() {
        let whole = |text: &str, unit: f64| text.parse::<Lambda>().unwrap().whole_units(unit);
        assert_eq!((whole("0.3", 0.1), whole("0.29", 0.1), whole("12", 0.01)), (3, 2, 1200));
        assert_eq!((whole("1", 0.375), whole("1e300", 1.0), whole("inf", 1.0)), (2, i64::MAX, i64::MAX));
    }

    #[test]
    fn what_is_no_price_level_is_refused() {
        for wrong in ["-1", "nan", "", "1/2", "abc"] {
            assert!(wrong.parse::<Lambda>().is_err(), "{wrong}");
        }
    }
}
