//! The Lagrange multiplier lambda as an exact ratio of integers.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A non-negative ratio `num / den` in lowest terms: lambda, in gain units per cost unit of the program.
///
/// `1/0` stands for infinity. It is serialised as the pair `[num, den]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i64, i64)", into = "(i64, i64)")]
pub struct Multiplier {
    num: i64,
    den: i64,
}

/// A pair of integers that is not a multiplier: a negative part, or 0/0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{num}/{den} is not a ratio of non-negative integers")]
pub struct NotAMultiplier {
    /// Numerator given.
    pub num: i64,
    /// Denominator given.
    pub den: i64,
}

impl Multiplier {
    /// Everything is free.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// Above every threshold: nothing is selected.
    pub const INFINITY: Self = Self { num: 1, den: 0 };

    /// The ratio in lowest terms.
    ///
    /// # Errors
    /// [`NotAMultiplier`] for a negative part or 0/0.
    pub fn new(num: i64, den: i64) -> Result<Self, NotAMultiplier> {
        if num < 0 || den < 0 || (num == 0 && den == 0) {
            return Err(NotAMultiplier { num, den });
        }
        let divisor = gcd(num, den);
        Ok(Self { num: num / divisor, den: den / divisor })
    }

    /// The ratio of a number >= 0; `None` for NaN or a negative number.
    ///
    /// It is exact if the number is `m / 2^k` with both parts below 2^62, otherwise right to about one unit in the last
    /// place of a double. Finite numbers from 2^63 on become `i64::MAX`, and those below half of `1 / i64::MAX` become
    /// zero.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_nan() || value < 0.0 {
            return None;
        }
        if value.is_infinite() {
            return Some(Self::INFINITY);
        }
        let limit = (1i64 << 62) as f64;
        if value >= limit {
            return Self::new(value as i64, 1).ok(); // saturates
        }
        let (mut num, mut den) = (value, 1.0f64);
        while num.fract() != 0.0 && num * 2.0 < limit && den * 2.0 < limit {
            num *= 2.0;
            den *= 2.0;
        }
        if num.fract() == 0.0 {
            return Self::new(num as i64, den as i64).ok();
        }
        // Not dyadic within the limits, so below one: keep the numerator whole and fit the denominator to it.
        let num = (value * limit).floor().max(1.0);
        let den = (num / value).round();
        if den >= i64::MAX as f64 { Some(Self::ZERO) } else { Self::new(num as i64, den as i64).ok() }
    }

    /// The nearest ratio with a numerator of at most `most_num` and a denominator of at most `most_den`, both >= 1.
    /// Products with its parts then need fewer bits.
    ///
    /// This is the ratio itself if it fits. Of two ratios that are as near, either may be returned. Infinity stays
    /// infinity.
    ///
    /// # Complexity
    /// O(log of the parts): the convergents of the continued fraction, and one ratio between the last two of them.
    #[must_use]
    pub fn nearest_within(self, most_num: i64, most_den: i64) -> Self {
        let fits = |num: i128, den: i128| num <= i128::from(most_num.max(1)) && den <= i128::from(most_den.max(1));
        let (mut num, mut den) = (i128::from(self.num), i128::from(self.den));
        if self.is_infinite() || fits(num, den) {
            return self;
        }
        // The last two convergents p/q, as (p, q).
        let (mut before, mut last) = ((0i128, 1i128), (1i128, 0i128));
        while den != 0 {
            let digit = num / den;
            let next = (digit * last.0 + before.0, digit * last.1 + before.1);
            if fits(next.0, next.1) {
                (before, last) = (last, next);
                (num, den) = (den, num % den);
                continue;
            }
            // The next convergent does not fit. Go as many steps towards it as do.
            let room = |most: i64, last: i128, before: i128| match last {
                0 => digit,
                _ => (i128::from(most.max(1)) - before) / last,
            };
            let steps = digit.min(room(most_num, last.0, before.0)).min(room(most_den, last.1, before.1)).max(0);
            let between = (steps * last.0 + before.0, steps * last.1 + before.1);
            // |a/b - c/d| = |ad - bc| / bd for self = c/d; the factor d is the same for all candidates.
            let (c, d) = (i128::from(self.num), i128::from(self.den));
            let distance = |(a, b): (i128, i128)| (a as f64 * d as f64 - b as f64 * c as f64).abs() / b as f64;
            let usable = |(_, b): (i128, i128)| b != 0;
            let nearer = !usable(last) || (usable(between) && distance(between) < distance(last));
            last = if nearer { between } else { last };
            break;
        }
        let part = |part: i128| i64::try_from(part).expect("the parts are within the limits given");
        Self::new(part(last.0), part(last.1)).unwrap_or(Self { num: most_num.max(1), den: 1 })
    }

    /// Numerator, coprime to the denominator.
    pub fn num(self) -> i64 {
        self.num
    }

    /// Denominator; 0 for infinity.
    pub fn den(self) -> i64 {
        self.den
    }

    /// Whether this is infinity.
    pub fn is_infinite(self) -> bool {
        self.den == 0
    }

    /// As a double, right to two units in the last place, in the program's integer units. [`crate::Scale::lambda`]
    /// gives user units.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Ord for Multiplier {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.num) * i128::from(other.den);
        left.cmp(&(i128::from(other.num) * i128::from(self.den)))
    }
}

impl PartialOrd for Multiplier {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Multiplier> for (i64, i64) {
    fn from(multiplier: Multiplier) -> Self {
        (multiplier.num, multiplier.den)
    }
}

impl TryFrom<(i64, i64)> for Multiplier {
    type Error = NotAMultiplier;

    fn try_from((num, den): (i64, i64)) -> Result<Self, NotAMultiplier> {
        Self::new(num, den)
    }
}

impl std::fmt::Display for Multiplier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_no_ratio() {
        for (num, den) in [(0, 0), (-1, 2), (1, -2), (i64::MIN, 1)] {
            assert_eq!(Multiplier::new(num, den), Err(NotAMultiplier { num, den }));
        }
        assert_eq!(Multiplier::from_f64(f64::NAN), None);
        assert_eq!(Multiplier::from_f64(-1e-9), None);
    }

    #[test]
    fn order_holds_at_the_limits() {
        let one = Multiplier::new(1, 1).unwrap();
        let just_above = Multiplier::new(i64::MAX, i64::MAX - 1).unwrap();
        assert!(Multiplier::ZERO < one && one < just_above && just_above < Multiplier::INFINITY);
        assert_eq!(Multiplier::new(4, 0).unwrap(), Multiplier::INFINITY);
        assert_eq!(Multiplier::from_f64(f64::INFINITY), Some(Multiplier::INFINITY));
        assert_eq!(Multiplier::from_f64(0.0), Some(Multiplier::ZERO));
    }

    proptest! {
        #[test]
        fn any_number_is_met_to_the_last_places(mantissa in 1.0f64..2.0, exponent in -62i32..62) {
            let value = mantissa * 2f64.powi(exponent);
            let back = Multiplier::from_f64(value).unwrap().to_f64();
            prop_assert!((back - value).abs() <= 4.0 * f64::EPSILON * value, "{} for {}", back, value);
        }

        #[test]
        fn order_is_the_order_of_the_quotients(a in 0i64..1000, b in 1i64..1000, c in 0i64..1000, d in 1i64..1000) {
            let (left, right) = (Multiplier::new(a, b).unwrap(), Multiplier::new(c, d).unwrap());
            prop_assert_eq!(left.cmp(&right), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn the_nearest_ratio_is_the_nearest_of_all(num in 0i64..400, den in 1i64..400, most_num in 1i64..12, most_den in 1i64..12) {
            let ratio = Multiplier::new(num, den).unwrap();
            let found = ratio.nearest_within(most_num, most_den);
            prop_assert!(found.num() <= most_num && (1..=most_den).contains(&found.den()), "{}", found);
            // Distances as fractions over the common part `den`: |a den - b num| / b.
            let distance = |a: i64, b: i64| (i128::from((a * den - b * num).abs()), i128::from(b));
            let (best, over) = distance(found.num(), found.den());
            for b in 1..=most_den {
                for a in 0..=most_num {
                    let (other, below) = distance(a, b);
                    prop_assert!(best * below <= other * over, "{}/{} is nearer to {} than {}", a, b, ratio, found);
                }
            }
        }

        #[test]
        fn large_ratios_are_met_closely(num in 1i64.., den in 1i64.., bits in 20u32..40) {
            let (ratio, most) = (Multiplier::new(num, den).unwrap(), 1i64 << bits);
            let found = ratio.nearest_within(most, most).to_f64();
            if (1e-3..1e3).contains(&ratio.to_f64()) {
                prop_assert!((found / ratio.to_f64() - 1.0).abs() < 1e4 / (most as f64), "{} for {}", found, ratio);
            }
        }

        #[test]
        fn dyadic_values_are_exact(num in 0u32.., shift in 0u32..30) {
            let value = f64::from(num) / f64::from(1u32 << shift);
            prop_assert_eq!(Multiplier::from_f64(value).unwrap().to_f64(), value);
        }
    }
}
