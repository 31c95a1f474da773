//! From real gains and costs to integers. This is the only place where numbers are rounded; everything after it is
//! integer arithmetic.
//!
//! A list of numbers is stored as integers times one unit, by the first of two rules that applies:
//!
//! 1. If there is a `k` in `0..=9` such that every number is the double nearest to a multiple of `10^-k`, the unit is
//!    `10^-k`, and nothing is lost.
//! 2. Otherwise the unit is the smallest power of two for which the absolute values sum to less than `2^max_bits`, and
//!    each number moves by at most half a unit.
//!
//! [`Quantised::exact`] and [`Quantised::max_error`] report what was done.

use serde::{Deserialize, Serialize};

/// What one integer of a program is worth to the user.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Gain units per integer: `gain = integer * gain_unit`.
    pub gain_unit: f64,
    /// Cost units per integer: `cost = integer * cost_unit`.
    pub cost_unit: f64,
}

impl Scale {
    /// Integers are worth themselves.
    pub const UNIT: Self = Self { gain_unit: 1.0, cost_unit: 1.0 };

    /// Whether both units are positive and finite.
    pub fn is_valid(self) -> bool {
        [self.gain_unit, self.cost_unit].iter().all(|unit| unit.is_finite() && *unit > 0.0)
    }

    /// A multiplier in user units: gain per unit of cost. Infinity for the infinite one.
    pub fn lambda(self, lambda: crate::Multiplier) -> f64 {
        (lambda.num() as f64 * self.gain_unit) / (lambda.den() as f64 * self.cost_unit)
    }

    /// The multiplier of a lambda in user units; `None` for NaN or a negative number.
    pub fn multiplier(self, lambda: f64) -> Option<crate::Multiplier> {
        crate::Multiplier::from_f64(lambda * self.cost_unit / self.gain_unit)
    }
}

/// Numbers as integers times a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// The integers, in the order given.
    pub integers: Vec<i64>,
    /// What one integer is worth.
    pub unit: f64,
    /// Whether rule 1 applied: no number has moved.
    pub exact: bool,
    /// Largest distance between a number and its integer times the unit.
    pub max_error: f64,
}

/// Why numbers could not be quantised.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantiseError {
    /// NaN or infinite.
    #[error("number {index} is {value}, expected a finite number")]
    NotFinite {
        /// Position in the list.
        index: usize,
        /// The number.
        value: f64,
    },
    /// So many numbers that their rounding errors alone might exceed the limit.
    #[error("{numbers} numbers do not go into sums below 2^{max_bits}")]
    TooFewBits {
        /// How many numbers.
        numbers: usize,
        /// The limit asked for.
        max_bits: u32,
    },
    /// The absolute values have no finite sum.
    #[error("the absolute values sum to more than a double can hold")]
    SumNotFinite,
}

/// Decimal digits tried by rule 1.
const MAX_DIGITS: i32 = 9;

/// Quantises numbers so that their absolute values sum to less than `2^max_bits` units (`max_bits` is at most 62).
///
/// # Errors
/// [`QuantiseError`] for a number that is not finite.
///
/// # Complexity
/// O(numbers).
pub fn quantise(numbers: &[f64], max_bits: u32) -> Result<Quantised, QuantiseError> {
    let limit = f64::from(max_bits.min(62)).exp2();
    if let Some((index, &value)) = numbers.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        return Err(QuantiseError::NotFinite { index, value });
    }
    let total: f64 = numbers.iter().map(|value| value.abs()).sum();
    if !total.is_finite() {
        return Err(QuantiseError::SumNotFinite);
    }
    for digits in 0..=MAX_DIGITS {
        let factor = 10f64.powi(digits);
        if total * factor >= limit {
            break;
        }
        if numbers.iter().all(|value| (value * factor).round() / factor == *value) {
            let integers = numbers.iter().map(|value| (value * factor).round() as i64).collect();
            return Ok(Quantised { integers, unit: 1.0 / factor, exact: true, max_error: 0.0 });
        }
    }
    if numbers.len() as f64 >= limit / 2.0 {
        return Err(QuantiseError::TooFewBits { numbers: numbers.len(), max_bits });
    }
    // total / unit + one half per number must stay below the limit.
    let unit = (total / (limit - numbers.len() as f64)).log2().ceil().exp2().max(f64::MIN_POSITIVE);
    let integers: Vec<i64> = numbers.iter().map(|value| (value / unit).round() as i64).collect();
    let max_error = numbers
        .iter()
        .zip(&integers)
        .map(|(value, &integer)| (value - integer as f64 * unit).abs())
        .fold(0.0, f64::max);
    Ok(Quantised { integers, unit, exact: max_error == 0.0, max_error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_in_cents_are_exact() {
        let quantised = quantise(&[22.78, 11.41, 1.0, 14.51], 62).unwrap();
        assert_eq!(quantised.integers, [2278, 1141, 100, 1451]);
        assert!(quantised.exact);
        assert_eq!(quantised.unit, 0.01);
    }

    #[test]
    fn thirds_are_rounded_within_the_stated_error() {
        let numbers = [1.0 / 3.0, -2.0 / 3.0, 1e-30];
        let quantised = quantise(&numbers, 40).unwrap();
        assert!(!quantised.exact);
        assert!(quantised.max_error <= quantised.unit / 2.0);
        assert!(quantised.unit < 4.0 * (0.5f64).powi(40));
    }

    #[test]
    fn too_few_bits_are_an_error_not_garbage() {
        let refused = quantise(&[1.0 / 3.0, 2.0 / 3.0], 1);
        assert_eq!(refused, Err(QuantiseError::TooFewBits { numbers: 2, max_bits: 1 }));
    }

    #[test]
    fn what_is_not_finite_is_named() {
        assert_eq!(
            quantise(&[1.0, f64::INFINITY], 62),
            Err(QuantiseError::NotFinite { index: 1, value: f64::INFINITY })
        );
        assert_eq!(quantise(&[f64::MAX, f64::MAX], 62), Err(QuantiseError::SumNotFinite));
        assert_eq!(quantise(&[], 62).unwrap().integers, Vec::<i64>::new());
        assert_eq!(quantise(&[0.0], 62).unwrap().integers, [0]);
    }

    proptest! {
        #[test]
        fn integers_times_unit_are_the_numbers(
            numbers in prop::collection::vec(prop_oneof![-1e3..1e3, -1e-9..1e-9, -1e12..1e12], 1..40),
            bits in 20u32..62,
        ) {
            let quantised = quantise(&numbers, bits).unwrap();
            let sum: i128 = quantised.integers.iter().map(|&value| i128::from(value).abs()).sum();
            prop_assert!(sum <= 1i128 << bits);
            for (number, &integer) in numbers.iter().zip(&quantised.integers) {
                let bound = if quantised.exact { 1e-12 * number.abs() } else { quantised.unit * 0.5001 };
                prop_assert!((number - integer as f64 * quantised.unit).abs() <= bound);
            }
        }
    }
}
