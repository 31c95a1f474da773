//! Histograms of a node over all its features, kept so that the larger child costs a subtraction instead of a count.
//!
//! Layout: bin `b` of feature `f` is `lanes` numbers from `(offset[f] + b) * lanes`. Only features that vary at the node
//! are filled; the rest of the buffer is stale and never read, since what is constant at a node is constant below it.

use super::bins::{Code, FeatureBins};
use super::statistic::{Entry, Lane, Statistic};

/// Where the bins of each feature lie, and from how many examples on a histogram pays.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    offset: Vec<usize>,
    pub(super) lanes: usize,
    /// Nodes of fewer rows (without multiplicity) are counted feature by feature.
    pub(super) worthwhile: usize,
}

impl Layout {
    /// `by_node`: whether nodes look at all features; if not, histograms of all features never pay.
    pub(super) fn new(features: &[FeatureBins], lanes: usize, by_node: bool) -> Self {
        let mut offset = Vec::with_capacity(features.len() + 1);
        offset.push(0);
        for feature in features {
            offset.push(offset[offset.len() - 1] + feature.n_bins());
        }
        let widest = features.iter().map(FeatureBins::n_bins).max().unwrap_or(0);
        let worthwhile = if by_node { (widest * lanes / 2).max(64) } else { usize::MAX };
        Self { offset, lanes, worthwhile }
    }

    /// The numbers of one feature.
    pub(super) fn cells(&self, feature: usize) -> std::ops::Range<usize> {
        self.offset[feature] * self.lanes..self.offset[feature + 1] * self.lanes
    }

    fn len(&self) -> usize {
        self.offset[self.offset.len() - 1] * self.lanes
    }
}

/// Histograms of one thread, used again and again.
#[derive(Debug)]
pub(super) struct Pool<L> {
    free: Vec<Vec<L>>,
    /// How many more may be handed out; bounds the memory.
    left: usize,
    len: usize,
}

/// Most memory for the histograms of one tree, in numbers. Nodes that get none are counted feature by feature.
const MOST_CELLS: usize = 1 << 25;

impl<L: Lane> Pool<L> {
    pub(super) fn new(layout: &Layout) -> Self {
        let len = layout.len();
        Self { free: Vec::new(), left: MOST_CELLS / len.max(1), len }
    }

    /// A histogram with stale content; `None` when too many are in use.
    pub(super) fn take(&mut self) -> Option<Vec<L>> {
        self.left = self.left.checked_sub(1)?;
        Some(self.free.pop().unwrap_or_else(|| vec![L::default(); self.len]))
    }

    pub(super) fn put(&mut self, histogram: Vec<L>) {
        self.left += 1;
        self.free.push(histogram);
    }
}

/// Counts one feature's bins. O(rows + cells).
pub(super) fn count_feature<S: Statistic, C: Code>(
    statistic: &S,
    examples: &[Entry<S::Item>],
    column: &[C],
    cells: &mut [S::Lane],
) {
    cells.fill(S::Lane::default());
    for example in examples {
        statistic.add(cells, column[example.row as usize].into(), example.item);
    }
}

/// Counts all bins of the features named. O(features x rows + cells).
pub(super) fn count<S: Statistic, C: Code>(
    statistic: &S,
    layout: &Layout,
    examples: &[Entry<S::Item>],
    columns: &[Box<[C]>],
    features: &[u32],
    histogram: &mut [S::Lane],
) {
    for &feature in features {
        let cells = &mut histogram[layout.cells(feature as usize)];
        count_feature(statistic, examples, &columns[feature as usize], cells);
    }
}

/// Turns a parent's histogram into that of the other child, over the features named.
pub(super) fn subtract<L: Lane>(layout: &Layout, features: &[u32], parent: &mut [L], child: &[L]) {
    for &feature in features {
        let cells = layout.cells(feature as usize);
        for (number, &taken) in parent[cells.clone()].iter_mut().zip(&child[cells]) {
            *number = number.less(taken);
        }
    }
}
