//! Who has paid for what: one bit per training example and source.

use secateur_forest::PriceList;

/// Acquisitions so far.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    prices: &'a PriceList,
    words: usize,
    /// Bit s of row r's words: source s is still to be paid for r. Sources without a price per example have no bits.
    unpaid: Vec<u64>,
    /// What each row has paid for sources.
    spent: Vec<f64>,
    /// Whether any tree uses the source.
    used: Vec<bool>,
    /// Splits that an example passes on average, and splits made.
    passed: f64,
    made: usize,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(prices: &'a PriceList, n_rows: usize) -> Self {
        let n_sources = prices.sources().len();
        let words = n_sources.div_ceil(64);
        let mut all = vec![0u64; words];
        for (source, _) in prices.sources().iter().enumerate().filter(|(_, source)| source.per_example > 0.0) {
            all[source / 64] |= 1 << (source % 64);
        }
        let (spent, used) = (vec![0.0; n_rows], vec![false; n_sources]);
        Self { prices, words, unpaid: all.repeat(n_rows), spent, used, passed: 0.0, made: 0 }
    }

    /// Adds to `sums` (one per source) the weight of those of the rows that have not paid for it.
    pub(super) fn unpaid(&self, rows: &[u32], weights: &[f64], sums: &mut [f64]) {
        for &row in rows {
            let weight = weights[row as usize];
            for (word, &bits) in self.unpaid[row as usize * self.words..][..self.words].iter().enumerate() {
                let mut bits = bits;
                while bits != 0 {
                    sums[word * 64 + bits.trailing_zeros() as usize] += weight;
                    bits &= bits - 1;
                }
            }
        }
    }

    /// What a split on `feature` of a leaf costs on average over the training examples: `unpaid` are the leaf's sums,
    /// `weight` its own.
    pub(super) fn cost(&self, feature: usize, unpaid: &[f64], weight: f64) -> f64 {
        let sources = self.prices.needs(feature).iter().map(|source| {
            let (source, index) = (&self.prices.sources()[source.index()], source.index());
            let model = if self.used[index] { 0.0 } else { source.per_model };
            source.per_example * unpaid[index] + model
        });
        sources.sum::<f64>() + self.prices.per_split() * weight + self.prices.per_node()
    }

    /// The most that any of these rows has paid.
    pub(super) fn most_spent(&self, rows: &[u32]) -> f64 {
        rows.iter().map(|&row| self.spent[row as usize]).fold(0.0, f64::max)
    }

    /// The most that a split on `feature` can add to what a row of a leaf has paid.
    pub(super) fn most_added(&self, feature: usize, unpaid: &[f64]) -> f64 {
        let needs = self.prices.needs(feature).iter().map(|source| source.index());
        needs.filter(|&source| unpaid[source] > 0.0).map(|source| self.prices.sources()[source].per_example).sum()
    }

    /// Pays for a split on `feature` for all of these rows; `unpaid`, the leaf's sums, is updated. Returns whether a price
    /// per model was paid: then the cost of other leaves has changed.
    pub(super) fn pay(&mut self, feature: usize, rows: &[u32], unpaid: &mut [f64]) -> bool {
        let mut model = false;
        for source in self.prices.needs(feature) {
            let index = source.index();
            let first = !std::mem::replace(&mut self.used[index], true);
            model |= first && self.prices.sources()[index].per_model > 0.0;
            unpaid[index] = 0.0;
        }
        rows.iter().for_each(|&row| self.pay_for(feature, row));
        model
    }

    /// Pays for one row.
    pub(super) fn pay_for(&mut self, feature: usize, row: u32) {
        for source in self.prices.needs(feature) {
            let (word, bit) = (row as usize * self.words + source.index() / 64, 1 << (source.index() % 64));
            if self.unpaid[word] & bit != 0 {
                self.unpaid[word] &= !bit;
                self.spent[row as usize] += self.prices.sources()[source.index()].per_example;
            }
        }
    }

    /// Notes that a tree has so many splits, and how many of them an example passes on average.
    pub(super) fn pass(&mut self, splits: usize, passed: f64) {
        self.made += splits;
        self.passed += passed;
    }

    /// What an example costs on average; `weights` sum to one.
    pub(super) fn mean_cost(&self, weights: &[f64]) -> f64 {
        let paid: f64 = self.spent.iter().zip(weights).map(|(spent, weight)| spent * weight).sum();
        let used = self.prices.sources().iter().zip(&self.used).filter(|(_, used)| **used);
        let per_model: f64 = used.map(|(source, _)| source.per_model).sum();
        paid + per_model + self.prices.per_split() * self.passed + self.prices.per_node() * self.made as f64
    }

    pub(super) fn n_sources(&self) -> usize {
        self.used.len()
    }
}
