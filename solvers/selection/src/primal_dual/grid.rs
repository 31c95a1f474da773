//! The unit in which multipliers are counted.
//!
//! A multiplier is a whole number of units of `2^exponent / den` gains. The exponent is the smallest >= 0 for which the
//! sums of multipliers over one decision's or one resource's pairs fit 64 bits, and twice the sum of all of them fits
//! 128 bits. For ordinary programs it is zero; the flow is then as fine as [`secateur_program::Flow`] states it.
//!
//! Multipliers are stored with 24 significant bits ([`Grid::store`]). Every stored number is a whole number of units,
//! so any set of multipliers is an exact flow. Whatever is claimed about it (bounds, objectives) is computed in
//! integers.

use secateur_program::SelectionProgram;

/// The largest multiplier has at most this many bits, so doubles hold it exactly.
const BITS: u32 = 52;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Grid {
    pub(crate) num: i64,
    pub(crate) den: i64,
    /// A unit is `2^exponent / den` gains.
    pub(crate) exponent: u32,
    /// No multiplier exceeds this many units (a power of two).
    pub(crate) cap: f64,
    /// Targets of the levels are counted in units of `1/fine` of a unit, so that small programs are not rounded too
    /// coarsely.
    pub(crate) fine: f64,
}

impl Grid {
    /// For lambda = num/den, `den` > 0, and rows of at most `longest` pairs.
    pub(crate) fn new(program: &SelectionProgram, num: i64, den: i64, longest: usize) -> Self {
        let most = i128::from(program.total_positive_gain()) * i128::from(den);
        let bits = |value: u128| 128 - value.leading_zeros();
        let target = BITS.min(57 - bits(longest as u128).min(32));
        let exponent = bits(most as u128).saturating_sub(target);
        let cap = target.min((125 - bits(program.n_uses() as u128).min(63)).saturating_sub(exponent));
        let spare = if exponent == 0 { target - bits(most as u128) } else { 0 };
        Self { num, den, exponent, cap: (cap as f32).exp2().into(), fine: f64::from((spare as f32).exp2()) }
    }

    /// How many units of this grid one of `other` is.
    pub(crate) fn per_unit_of(&self, other: &Self) -> f64 {
        let exponent = i64::from(other.exponent) - i64::from(self.exponent);
        f64::from((exponent as f32).exp2()) * (self.den as f64 / other.den as f64)
    }

    /// Lambda in units per cost.
    pub(crate) fn level(&self) -> f64 {
        self.num as f64 / f64::from(self.exponent as f32).exp2()
    }

    /// A gain in units.
    pub(crate) fn gain(&self, gain: i64) -> f64 {
        gain as f64 * self.den as f64 / f64::from(self.exponent as f32).exp2()
    }

    /// A number of units in units of `1/den` gains, as flows are stated.
    pub(crate) fn wide(&self, units: i64) -> i128 {
        i128::from(units) << self.exponent
    }

    /// A part of a node's target in units of `1/fine`. It is clipped to sixteen times the largest multiplier, which no
    /// target near a solution exceeds.
    pub(crate) fn target(&self, units: f64) -> i64 {
        let most = 16.0 * self.cap;
        (units * self.fine).clamp(-most, most).round() as i64
    }

    /// The nearest multiplier that can be stored.
    pub(crate) fn store(&self, units: f64) -> f32 {
        units.clamp(0.0, self.cap).round() as f32
    }
}
