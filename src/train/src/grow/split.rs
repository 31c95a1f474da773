//! The best split of one node.
//!
//! Among splits of equal score the one on the lowest feature wins, then the lowest threshold, then missing values to the
//! right; the order of rows plays no part. A split that leaves both children pure ends the search, since none is better:
//! of such splits the first feature tried wins.

use rand_chacha::ChaCha8Rng;

use super::bins::{Code, FeatureBins};
use super::chain::Chains;
use super::histogram::{Layout, count_feature};
use super::price::Price;
use super::sample::Shuffle;
use super::statistic::{Entry, Statistic, Summary};

/// A split in terms of bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: usize,
    /// Greatest bin that goes left.
    pub(super) below: usize,
    /// The next bin that has an example at the node; `None` if only missing values are left for the right.
    pub(super) above: Option<usize>,
    /// Whether missing values go left; `None` if the node has none of this feature.
    pub(super) missing_left: Option<bool>,
    /// Decrease of impurity times weight, in the statistic's unit, less the price.
    pub(super) gain: f64,
}

/// A cut of one feature with its score.
#[derive(Debug, Clone, Copy)]
struct Cut<T> {
    score: T,
    below: usize,
    above: Option<usize>,
    missing_left: bool,
}

/// What a feature has to offer at a node.
enum Offer<T> {
    /// All examples share one bin.
    Constant,
    /// Its best cut, unless every cut leaves too small a child; and whether the node has missing values of it.
    Varying(Option<Cut<T>>, bool),
}

/// A node to split.
pub(super) struct Node<'a, S: Statistic> {
    pub(super) examples: &'a [Entry<S::Item>],
    pub(super) mass: &'a [f64],
    pub(super) summary: &'a Summary,
    /// Features not known to be constant here, ascending.
    pub(super) features: &'a [u32],
    /// Histogram of these features, if there is one.
    pub(super) histogram: Option<&'a [S::Lane]>,
}

/// Searches splits; owns the scratch memory of one thread.
pub(super) struct Finder<'a, S: Statistic, C, P> {
    pub(super) statistic: S,
    features: &'a [FeatureBins],
    columns: &'a [Box<[C]>],
    layout: &'a Layout,
    price: &'a P,
    /// How many varying features to try; all of them if it is the number of features.
    n_tried: usize,
    chains: Chains,
    cells: Vec<S::Lane>,
    shuffle: Shuffle,
    /// Features found constant by the last search.
    pub(super) constant: Vec<u32>,
}

impl<'a, S: Statistic, C: Code, P: Price> Finder<'a, S, C, P> {
    pub(super) fn new(
        statistic: S,
        features: &'a [FeatureBins],
        columns: &'a [Box<[C]>],
        layout: &'a Layout,
        price: &'a P,
        n_tried: usize,
    ) -> Self {
        let widest = features.iter().map(FeatureBins::n_bins).max().unwrap_or(0);
        Self {
            statistic,
            features,
            columns,
            layout,
            price,
            n_tried,
            chains: Chains::new(widest),
            cells: Vec::new(),
            shuffle: Shuffle::default(),
            constant: Vec::new(),
        }
    }

    /// The best split; `None` if there is none that leaves two large enough children and earns its price.
    ///
    /// O(features tried x (examples + bins)).
    pub(super) fn find(&mut self, node: &Node<'_, S>, rng: &mut ChaCha8Rng) -> Option<Split> {
        self.statistic.open(node.mass, node.summary);
        self.constant.clear();
        let mut best = Best { split: None, perfect: false };
        if self.n_tried == self.features.len() {
            for &feature in node.features {
                self.try_feature(node, feature, &mut best);
                if best.perfect {
                    break;
                }
            }
        } else {
            self.shuffle.start(node.features.len());
            let mut n_varying = 0;
            while n_varying < self.n_tried && !best.perfect {
                let Some(place) = self.shuffle.draw(rng) else { break };
                n_varying += usize::from(self.try_feature(node, node.features[place], &mut best));
            }
        }
        let (split, score) = best.split?;
        let gain = if P::FREE { self.statistic.gain(score) } else { split.gain };
        (P::FREE || gain >= 0.0).then_some(Split { gain, ..split })
    }

    /// Lets a feature better the best split. Returns whether it varies.
    fn try_feature(&mut self, node: &Node<'_, S>, feature: u32, best: &mut Best<S::Score>) -> bool {
        let index = feature as usize;
        let bins = &self.features[index];
        let (n_values, lanes) = (bins.n_values(), self.layout.lanes);
        let range = self.layout.cells(index);
        let offer = if let Some(histogram) = node.histogram {
            search(&mut self.statistic, &Counted { cells: &histogram[range], lanes }, n_values)
        } else if range.len() <= 2 * node.examples.len() {
            self.cells.resize(range.len().max(self.cells.len()), Default::default());
            let cells = &mut self.cells[..range.len()];
            count_feature(&self.statistic, node.examples, &self.columns[index], cells);
            search(&mut self.statistic, &Counted { cells, lanes }, n_values)
        } else {
            self.chains.fill(node.examples, &self.columns[index]);
            search(&mut self.statistic, &Chained { chains: &self.chains, examples: node.examples }, n_values)
        };
        let (cut, missing) = match offer {
            Offer::Constant => {
                self.constant.push(feature);
                return false;
            }
            Offer::Varying(None, _) => return true,
            Offer::Varying(Some(cut), missing) => (cut, missing),
        };
        let gain = if P::FREE { 0.0 } else { self.statistic.gain(cut.score) - self.price.of(index, node.examples) };
        let order = match &best.split {
            None => std::cmp::Ordering::Greater,
            Some((_, score)) if P::FREE => self.statistic.compare(cut.score, *score),
            Some((split, _)) => gain.total_cmp(&split.gain),
        };
        let lower = || best.split.as_ref().is_some_and(|(split, _)| index < split.feature);
        if order.is_gt() || (order.is_eq() && lower()) {
            let Cut { below, above, missing_left, score } = cut;
            let missing_left = missing.then_some(missing_left);
            best.split = Some((Split { feature: index, below, above, missing_left, gain }, score));
            best.perfect = P::FREE && self.statistic.perfect(score);
        }
        true
    }
}

/// The best split so far and whether no other can be better.
struct Best<T> {
    split: Option<(Split, T)>,
    perfect: bool,
}

/// The best cut of one feature. `bins` past `n_values` hold the examples whose value is missing.
fn search<S: Statistic, B: Bins<S>>(statistic: &mut S, bins: &B, n_values: usize) -> Offer<S::Score> {
    let missing = bins.first_from(statistic, n_values);
    let Some(first) = bins.first_from(statistic, 0).filter(|&bin| bin < n_values) else {
        return Offer::Constant;
    };
    let mut best = None;
    statistic.rewind();
    let last = sweep(statistic, bins, first, n_values, false, &mut best);
    if let Some(missing) = missing {
        offer(statistic, last, None, false, &mut best);
        statistic.rewind();
        bins.take(missing, statistic);
        sweep(statistic, bins, first, n_values, true, &mut best);
    } else if first == last {
        return Offer::Constant;
    }
    Offer::Varying(best, missing.is_some())
}

/// Moves the bins of values to the left one by one and offers the cuts between them. Returns the last bin.
#[inline]
fn sweep<S: Statistic, B: Bins<S>>(
    statistic: &mut S,
    bins: &B,
    first: usize,
    n_values: usize,
    missing_left: bool,
    best: &mut Option<Cut<S::Score>>,
) -> usize {
    let mut below = first;
    loop {
        bins.take(below, statistic);
        match bins.first_from(statistic, below + 1) {
            Some(above) if above < n_values => {
                offer(statistic, below, Some(above), missing_left, best);
                below = above;
            }
            _ => return below,
        }
    }
}

#[inline]
fn offer<S: Statistic>(
    statistic: &S,
    below: usize,
    above: Option<usize>,
    missing_left: bool,
    best: &mut Option<Cut<S::Score>>,
) {
    let Some(score) = statistic.score() else { return };
    let better = best.as_ref().is_none_or(|best| {
        let order = statistic.compare(score, best.score);
        order.is_gt() || (order.is_eq() && below < best.below)
    });
    if better {
        *best = Some(Cut { score, below, above, missing_left });
    }
}

/// The examples of a node by bins of one feature.
trait Bins<S: Statistic> {
    /// The first bin at or after `bin` that has an example.
    fn first_from(&self, statistic: &S, bin: usize) -> Option<usize>;
    /// Moves a bin's examples to the left of the cut.
    fn take(&self, bin: usize, statistic: &mut S);
}

/// Bins as histogram.
struct Counted<'a, L> {
    cells: &'a [L],
    lanes: usize,
}

impl<S: Statistic> Bins<S> for Counted<'_, S::Lane> {
    #[inline]
    fn first_from(&self, statistic: &S, bin: usize) -> Option<usize> {
        let cells = &self.cells[bin * self.lanes..];
        cells.chunks_exact(self.lanes).position(|cell| statistic.occupied(cell)).map(|ahead| bin + ahead)
    }

    #[inline]
    fn take(&self, bin: usize, statistic: &mut S) {
        statistic.take_bin(&self.cells[bin * self.lanes..(bin + 1) * self.lanes]);
    }
}

/// Bins as chains of examples.
struct Chained<'a, S: Statistic> {
    chains: &'a Chains,
    examples: &'a [Entry<S::Item>],
}

impl<S: Statistic> Bins<S> for Chained<'_, S> {
    #[inline]
    fn first_from(&self, _: &S, bin: usize) -> Option<usize> {
        self.chains.first_from(bin)
    }

    #[inline]
    fn take(&self, bin: usize, statistic: &mut S) {
        for example in self.chains.bin(bin) {
            statistic.take_item(self.examples[example].item);
        }
    }
}
