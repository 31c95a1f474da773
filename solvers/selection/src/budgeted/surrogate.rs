//! A surrogate: one limit that is a nonnegative combination of several.
//!
//! For integers `p_k >= 0` and a shift q, resource r has the price `floor(sum_k p_k w_kr / 2^q)`. Every selection that
//! keeps the limits has a price of at most `floor(sum_k p_k most_k / 2^q)`, since rounding down the prices of resources
//! makes their sum only smaller. q is the smallest shift with which the prices sum to 64 bits. One limit is its own
//! surrogate.

use secateur_program::Multiplier;

use super::core::Core;

/// Largest `p_k`.
pub(super) const MOST_PART: i64 = 1 << 30;

/// One priced limit that every selection within the limits keeps.
#[derive(Debug, Clone)]
pub(super) struct Surrogate {
    pub(super) price: Vec<i64>,
    pub(super) most: i64,
    parts: Vec<i64>,
    shift: u32,
}

impl Surrogate {
    /// O(R K). `parts` are in `0..=MOST_PART`, one per limit.
    pub(super) fn new(core: &Core<'_>, parts: Vec<i64>) -> Self {
        let combined = |values: &mut dyn Iterator<Item = i64>| -> i128 {
            values.zip(&parts).map(|(value, &part)| i128::from(value) * i128::from(part)).sum()
        };
        let price = |r: usize| combined(&mut core.weight.iter().map(|weight| weight[r]));
        let most = combined(&mut core.most.iter().copied());
        let mut sum = most;
        (0..core.n_resources()).for_each(|r| sum += price(r));
        let mut shift = 0;
        while sum >> shift > i128::from(i64::MAX) {
            shift += 1;
        }
        let shifted = |value: i128| i64::try_from(value >> shift).expect("the shift makes all of them fit together");
        Self { price: (0..core.n_resources()).map(|r| shifted(price(r))).collect(), most: shifted(most), parts, shift }
    }

    /// Whether it is the only limit itself, without rounding.
    pub(super) fn is_the_limit(&self) -> bool {
        self.parts == [1] && self.shift == 0
    }

    /// The multiplier of each limit if that of the surrogate is `lambda`: `lambda p_k / 2^q`, or the nearest ratio if
    /// that does not fit.
    pub(super) fn multipliers(&self, lambda: Multiplier) -> Vec<Multiplier> {
        let scaled = |&part: &i64| {
            let exact = (self.shift == 0)
                .then(|| lambda.num().checked_mul(part))
                .flatten()
                .and_then(|num| Multiplier::new(num, lambda.den()).ok());
            let near = lambda.to_f64() * part as f64 / 2f64.powi(self.shift as i32);
            exact.or_else(|| Multiplier::from_f64(near)).unwrap_or(Multiplier::ZERO)
        };
        self.parts.iter().map(scaled).collect()
    }
}
