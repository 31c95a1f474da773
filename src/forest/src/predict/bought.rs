//! A source is paid once per example, however many splits need it: the one place that knows.

use crate::prices::{PriceList, SourceId};

/// The sources bought for one example.
#[derive(Debug, Clone)]
pub(crate) struct Bought<'a> {
    prices: &'a PriceList,
    pub(super) has: Vec<bool>,
}

impl<'a> Bought<'a> {
    /// Nothing is bought.
    pub(crate) fn nothing(prices: &'a PriceList) -> Self {
        Self { prices, has: vec![false; prices.sources().len()] }
    }

    /// The sources that a feature needs and that are not bought.
    pub(crate) fn lacking(&self, feature: usize) -> impl Iterator<Item = SourceId> + '_ {
        self.prices.needs(feature).iter().copied().filter(|source| !self.has[source.index()])
    }

    /// Whether all that a feature needs is bought.
    pub(crate) fn knows(&self, feature: usize) -> bool {
        self.lacking(feature).next().is_none()
    }

    /// Marks a source as bought.
    pub(crate) fn add(&mut self, source: SourceId) {
        self.has[source.index()] = true;
    }

    /// Buys all that a feature needs and adds to `cost` what is to be paid for it.
    pub(crate) fn buy(&mut self, feature: usize, cost: &mut f64) {
        for source in self.prices.needs(feature) {
            if !std::mem::replace(&mut self.has[source.index()], true) {
                *cost += self.prices.sources()[source.index()].per_example;
            }
        }
    }
}
