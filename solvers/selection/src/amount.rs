//! The integer a flow is counted in: 64 bits when the sums of a block fit, 128 bits otherwise.

use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// A signed integer wide enough for every sum of one block; which one is decided per block by [`fits_64_bits`].
pub(crate) trait Amount:
    Copy + Ord + Default + Send + Add<Output = Self> + Sub<Output = Self> + Neg<Output = Self> + AddAssign + SubAssign
{
    /// `factor * value`, known to fit.
    fn scaled(factor: i64, value: i64) -> Self;
    /// As the widest integer.
    fn wide(self) -> i128;
}

impl Amount for i64 {
    fn scaled(factor: i64, value: i64) -> Self {
        factor * value
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Amount for i128 {
    fn scaled(factor: i64, value: i64) -> Self {
        i128::from(factor) * i128::from(value)
    }

    fn wide(self) -> i128 {
        self
    }
}

/// Whether all excesses and flows at lambda = num/den of a block with these sums of absolute gains and of costs fit 64
/// bits.
///
/// No amount exceeds `den * gains + num * costs`. In 128 bits it always fits: programs keep both sums below 2^63.
pub(crate) fn fits_64_bits(num: i64, den: i64, gains: i64, costs: i64) -> bool {
    let bound = i128::scaled(den, gains) + i128::scaled(num, costs);
    bound < i128::from(i64::MAX)
}
