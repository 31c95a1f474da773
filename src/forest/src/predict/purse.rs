//! What has been bought for one example, and what more it may cost.

use crate::model::Forest;
use crate::prices::{PriceList, SourceId};

use super::bought::Bought;
use super::lazy::{Bill, FeatureSource, LazyError};
use crate::budget::within;

/// What has been bought for one example.
pub(crate) struct Purse<'a, S: ?Sized> {
    prices: &'a PriceList,
    source: &'a mut S,
    cap: f64,
    values: Vec<Option<f64>>,
    bought: Bought<'a>,
    bill: Bill,
    /// Whether the cap has forbidden anything.
    cut: bool,
}

impl<'a, S: FeatureSource + ?Sized> Purse<'a, S> {
    /// Nothing bought yet. `cap`: the most that may be paid; `None`: no limit.
    pub(crate) fn new(prices: &'a PriceList, source: &'a mut S, cap: Option<f64>) -> Self {
        Self {
            prices,
            source,
            cap: cap.unwrap_or(f64::INFINITY),
            values: vec![None; prices.n_features()],
            bought: Bought::nothing(prices),
            bill: Bill::default(),
            cut: false,
        }
    }

    pub(crate) fn into_bill(self) -> Bill {
        self.bill
    }

    /// Whether the cap has kept a split from being asked.
    pub(crate) fn cut(&self) -> bool {
        self.cut
    }

    /// Where a tree ends that buys what its kept splits need. A split beyond the cap predicts as a leaf.
    pub(crate) fn end(
        &mut self,
        forest: &Forest,
        root: usize,
        keeps: impl Fn(usize) -> bool,
    ) -> Result<usize, LazyError<S::Error>> {
        let mut node = root;
        while let Some(feature) = forest.feature(node).filter(|_| keeps(node)) {
            let Some(value) = self.value(feature)? else { break };
            node = forest.next(node, value).ok_or(LazyError::Missing { feature })?;
        }
        Ok(node)
    }

    /// Where a tree ends that buys nothing: a feature of which a source has not been bought counts as missing.
    pub(crate) fn end_with_bought(&mut self, forest: &Forest, root: usize) -> Result<usize, LazyError<S::Error>> {
        let mut node = root;
        while let Some(feature) = forest.feature(node) {
            let known = self.bought.knows(feature);
            let Some(value) = (if known { self.value(feature)? } else { self.split().then_some(f64::NAN) }) else {
                break;
            };
            node = forest.next(node, value).ok_or(LazyError::Missing { feature })?;
        }
        Ok(node)
    }

    /// Pays for a split that asks nothing; false if the cap forbids it.
    fn split(&mut self) -> bool {
        let total = self.bill.total + self.prices.per_split();
        let affordable = self.affordable(total);
        if affordable {
            self.bill.total = total;
            self.bill.splits += 1;
        }
        affordable
    }

    /// Whether the cap allows a total; a cap that is no number allows nothing.
    fn affordable(&mut self, total: f64) -> bool {
        let affordable = within(total, self.cap);
        self.cut |= !affordable;
        affordable
    }

    /// The value of a feature for one more split; `None` if the cap forbids it.
    fn value(&mut self, feature: usize) -> Result<Option<f64>, LazyError<S::Error>> {
        let prices = self.prices;
        let known = self.values[feature];
        let missing: Vec<SourceId> = match known {
            Some(_) => Vec::new(),
            None => self.bought.lacking(feature).collect(),
        };
        let price: f64 = missing.iter().map(|source| prices.sources()[source.index()].per_example).sum();
        let total = self.bill.total + price + prices.per_split();
        if !self.affordable(total) {
            return Ok(None);
        }
        let value = match known {
            Some(value) => value,
            None => {
                let failed = |error| LazyError::Source { feature, error };
                for source in missing {
                    self.source.acquire(source, &prices.sources()[source.index()].name).map_err(failed)?;
                    self.bought.add(source);
                    self.bill.sources.push(source);
                }
                let value = self.source.value(feature).map_err(failed)?;
                if value.is_infinite() {
                    return Err(LazyError::Infinite { feature });
                }
                self.values[feature] = Some(value);
                value
            }
        };
        self.bill.total = total;
        self.bill.splits += 1;
        Ok(Some(value))
    }
}
