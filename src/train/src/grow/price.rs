//! What a split must earn besides its gain: the seam for costs of features.

use super::statistic::Entry;

/// A price for testing a feature at a node, subtracted from the gain of every split on it.
pub(super) trait Price: Sync {
    /// Whether the price is always 0: then splits are compared without it, exactly.
    const FREE: bool;

    /// The price at a node of these examples, in units of the statistic's gain, at least 0.
    fn of<I>(&self, feature: usize, examples: &[Entry<I>]) -> f64;
}

/// No price; compiled away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Free;

impl Price for Free {
    const FREE: bool = true;

    fn of<I>(&self, _: usize, _: &[Entry<I>]) -> f64 {
        0.0
    }
}
