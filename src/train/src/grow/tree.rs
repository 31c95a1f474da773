//! One tree, grown from a list of nodes that have a split and await it.
//!
//! The examples of a tree lie in one arena. A node owns a range of it and a split reorders that range in place, left
//! child first. A row drawn several times is one entry with a multiplicity.
//!
//! Without a limit on leaves the smaller child is always grown first, so no more than log2(rows) nodes wait with their
//! histograms, however deep the tree; nothing recurses.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::rc::Rc;

use rand_chacha::ChaCha8Rng;
use secateur_program::{Control, Stop};

use super::bins::{Code, FeatureBins};
use super::histogram::{Layout, Pool, count, subtract};
use super::price::Price;
use super::split::{Finder, Node, Split};
use super::statistic::{Entry, Statistic, Summary};
use secateur_forest::{MissingDirection, RawTree};

/// When a node is not split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) max_depth: usize,
    /// Set: splits are made in order of their gain, until there are so many leaves.
    pub(super) max_leaves: Option<usize>,
    pub(super) min_samples_split: u64,
    pub(super) min_samples_leaf: u64,
    /// Gain per weight of the root.
    pub(super) min_decrease: f64,
}

/// What all trees of a forest share.
pub(super) struct Shared<'a, C, P> {
    pub(super) features: &'a [FeatureBins],
    pub(super) columns: &'a [Box<[C]>],
    pub(super) layout: Layout,
    pub(super) price: P,
    pub(super) n_tried: usize,
    pub(super) limits: Limits,
    /// Direction where a node saw no missing value: to the larger child if true, else none.
    pub(super) any_missing: bool,
    pub(super) control: &'a Control,
}

/// A leaf under construction.
struct Leaf<L> {
    node: usize,
    range: Range<usize>,
    depth: usize,
    /// Features that vary in its parent.
    features: Rc<[u32]>,
    /// Its own, if it was handed down.
    histogram: Option<Vec<L>>,
}

/// A leaf with the split it will get; its features are those that vary in it.
struct Open<L> {
    leaf: Leaf<L>,
    split: Split,
}

/// Grows trees one after the other; owns the memory of one thread.
pub(super) struct TreeGrower<'a, S: Statistic, C, P> {
    shared: &'a Shared<'a, C, P>,
    finder: Finder<'a, S, C, P>,
    pool: Pool<S::Lane>,
    examples: Vec<Entry<S::Item>>,
    spare: Vec<Entry<S::Item>>,
    /// `width()` numbers per node.
    mass: Vec<f64>,
    tree: RawTree,
    root_weight: f64,
    /// Examples looked at since the control was asked.
    work: usize,
}

impl<'a, S: Statistic, C: Code, P: Price> TreeGrower<'a, S, C, P> {
    pub(super) fn new(shared: &'a Shared<'a, C, P>, statistic: S) -> Self {
        let Shared { features, columns, layout, price, n_tried, .. } = shared;
        Self {
            shared,
            finder: Finder::new(statistic, features, columns, layout, price, *n_tried),
            pool: Pool::new(layout),
            examples: Vec::new(),
            spare: Vec::new(),
            mass: Vec::new(),
            tree: RawTree::default(),
            root_weight: 0.0,
            work: 0,
        }
    }

    /// Grows a tree on the rows of positive multiplicity, of which there is at least one.
    ///
    /// # Errors
    /// The reason if the control stops the work.
    pub(super) fn grow(&mut self, multiplicity: &[u16], rng: &mut ChaCha8Rng) -> Result<RawTree, Stop> {
        self.shared.control.check()?;
        let statistic = &self.finder.statistic;
        let drawn = multiplicity.iter().enumerate().filter(|&(_, &times)| times > 0);
        self.examples.clear();
        self.examples.extend(drawn.map(|(row, &times)| Entry { row: row as u32, item: statistic.item(row, times) }));
        self.spare.clear();
        self.spare.extend_from_slice(&self.examples);
        self.mass.clear();
        self.tree = RawTree::default();

        let range = 0..self.examples.len();
        let root = self.add_node(&range);
        self.root_weight = root.weight;
        let varying: Rc<[u32]> =
            (0u32..).zip(self.shared.features).filter(|(_, bins)| bins.n_bins() > 1).map(|(index, _)| index).collect();
        let mut frontier = Frontier::new(self.shared.limits.max_leaves.is_some());
        let mut splits_left = self.shared.limits.max_leaves.map_or(usize::MAX, |leaves| leaves - 1);
        let leaf = Leaf { node: 0, range, depth: 0, features: varying, histogram: None };
        frontier.extend([self.consider(leaf, &root, rng)]);
        while splits_left > 0
            && let Some(open) = frontier.pop()
        {
            self.work += open.leaf.range.len();
            if self.work >= 1 << 14 {
                self.work = 0;
                self.shared.control.check()?;
            }
            frontier.extend(self.expand(open, rng));
            splits_left -= 1;
        }
        while let Some(open) = frontier.pop() {
            self.recycle(open.leaf.histogram);
        }
        Ok(std::mem::take(&mut self.tree))
    }

    /// Appends a leaf.
    fn add_node(&mut self, range: &Range<usize>) -> Summary {
        let statistic = &self.finder.statistic;
        let start = self.mass.len();
        let summary = statistic.measure(&self.examples[range.clone()], &mut self.mass);
        statistic.value(&self.mass[start..], &mut self.tree.value);
        self.tree.feature.push(-1);
        self.tree.threshold.push(0.0);
        self.tree.children_left.push(-1);
        self.tree.children_right.push(-1);
        self.tree.missing.push(MissingDirection::Refuse);
        summary
    }

    /// Whether a node may be split at all.
    fn divisible(&self, depth: usize, summary: &Summary) -> bool {
        let limits = &self.shared.limits;
        let fewest = limits.min_samples_split.max(limits.min_samples_leaf.saturating_mul(2));
        depth < limits.max_depth && !summary.pure && summary.rows >= fewest
    }

    /// Looks for a split of a leaf.
    fn consider(&mut self, leaf: Leaf<S::Lane>, summary: &Summary, rng: &mut ChaCha8Rng) -> Option<Open<S::Lane>> {
        let Leaf { node, range, depth, features, mut histogram } = leaf;
        if !self.divisible(depth, summary) {
            self.recycle(histogram);
            return None;
        }
        let Shared { layout, columns, limits, .. } = self.shared;
        let examples = &self.examples[range.clone()];
        if histogram.is_none() && examples.len() >= layout.worthwhile {
            histogram = self.pool.take();
            if let Some(histogram) = &mut histogram {
                count(&self.finder.statistic, layout, examples, columns, &features, histogram);
            }
        }
        let width = self.finder.statistic.width();
        let mass = &self.mass[node * width..(node + 1) * width];
        let found = self
            .finder
            .find(&Node { examples, mass, summary, features: &features, histogram: histogram.as_deref() }, rng);
        match found.filter(|split| split.gain / self.root_weight + f64::EPSILON >= limits.min_decrease) {
            Some(split) => {
                let features = without(features, &self.finder.constant);
                Some(Open { leaf: Leaf { node, range, depth, features, histogram }, split })
            }
            None => {
                self.recycle(histogram);
                None
            }
        }
    }

    /// Splits a node and looks for splits of its children; the one to grow first comes last.
    fn expand(&mut self, open: Open<S::Lane>, rng: &mut ChaCha8Rng) -> [Option<Open<S::Lane>>; 2] {
        let Open { leaf: Leaf { node, range, depth, features, histogram }, split } = open;
        let depth = depth + 1;
        let middle = range.start + self.partition(&range, &split);
        let ranges = [range.start..middle, middle..range.end];
        let left = self.tree.feature.len();
        let summaries = [self.add_node(&ranges[0]), self.add_node(&ranges[1])];
        self.tree.feature[node] = split.feature as i64;
        self.tree.threshold[node] = self.shared.features[split.feature].threshold(split.below, split.above);
        self.tree.children_left[node] = left as i64;
        self.tree.children_right[node] = left as i64 + 1;
        self.tree.missing[node] = match split.missing_left {
            Some(true) => MissingDirection::Left,
            Some(false) => MissingDirection::Right,
            None if !self.shared.any_missing => MissingDirection::Refuse,
            // Up to rounding of sums of weights.
            None if summaries[0].weight >= summaries[1].weight * (1.0 - 1e-12) => MissingDirection::Left,
            None => MissingDirection::Right,
        };
        let [for_left, for_right] = self.hand_down(histogram, &features, depth, &ranges, &summaries);
        let left_larger = ranges[0].len() > ranges[1].len();
        let [left_range, right_range] = ranges;
        let first = Leaf { node: left, range: left_range, depth, features: Rc::clone(&features), histogram: for_left };
        let left_open = self.consider(first, &summaries[0], rng);
        let second = Leaf { node: left + 1, range: right_range, depth, features, histogram: for_right };
        let right_open = self.consider(second, &summaries[1], rng);
        if left_larger { [left_open, right_open] } else { [right_open, left_open] }
    }

    /// Reorders the examples of a node, those that go left first, each side in its old order. Returns how many go left.
    fn partition(&mut self, range: &Range<usize>, split: &Split) -> usize {
        let column = &self.shared.columns[split.feature];
        let n_values = self.shared.features[split.feature].n_values();
        let missing_left = split.missing_left == Some(true);
        let examples = &mut self.examples[range.clone()];
        let (mut left, mut right) = (0, 0);
        for index in 0..examples.len() {
            let example = examples[index];
            let code: usize = column[example.row as usize].into();
            let goes_left = code <= split.below || (missing_left && code == n_values);
            // Both places are written and one is kept: no branch to mispredict.
            examples[left] = example;
            self.spare[right] = example;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        examples[left..].copy_from_slice(&self.spare[..right]);
        left
    }

    /// The histograms of two children from their parent's: the smaller child is counted, the larger is what remains.
    fn hand_down(
        &mut self,
        parent: Option<Vec<S::Lane>>,
        features: &[u32],
        depth: usize,
        ranges: &[Range<usize>; 2],
        summaries: &[Summary; 2],
    ) -> [Option<Vec<S::Lane>>; 2] {
        let Shared { layout, columns, .. } = self.shared;
        let Some(mut parent) = parent else { return [None, None] };
        let wanted = |side: usize| ranges[side].len() >= layout.worthwhile && self.divisible(depth, &summaries[side]);
        let larger = usize::from(ranges[1].len() > ranges[0].len());
        let smaller = 1 - larger;
        let (larger_wanted, smaller_wanted) = (wanted(larger), wanted(smaller));
        if !larger_wanted {
            self.recycle(Some(parent));
            return [None, None];
        }
        let Some(mut child) = self.pool.take() else {
            self.recycle(Some(parent));
            return [None, None];
        };
        let examples = &self.examples[ranges[smaller].clone()];
        count(&self.finder.statistic, layout, examples, columns, features, &mut child);
        subtract(layout, features, &mut parent, &child);
        let mut handed = [None, None];
        handed[larger] = Some(parent);
        if smaller_wanted {
            handed[smaller] = Some(child);
        } else {
            self.recycle(Some(child));
        }
        handed
    }

    fn recycle(&mut self, histogram: Option<Vec<S::Lane>>) {
        if let Some(histogram) = histogram {
            self.pool.put(histogram);
        }
    }
}

/// The features that are not among `constant`.
fn without(features: Rc<[u32]>, constant: &[u32]) -> Rc<[u32]> {
    if constant.is_empty() {
        return features;
    }
    let mut constant = constant.to_vec();
    constant.sort_unstable();
    features.iter().copied().filter(|feature| constant.binary_search(feature).is_err()).collect()
}

/// Nodes that await their split: the last one in first, or the one of largest gain (ties: the node made first).
enum Frontier<L> {
    Stack(Vec<Open<L>>),
    Ranked(BinaryHeap<Ranked<L>>),
}

impl<L> Frontier<L> {
    fn new(ranked: bool) -> Self {
        if ranked { Frontier::Ranked(BinaryHeap::new()) } else { Frontier::Stack(Vec::new()) }
    }

    fn extend(&mut self, nodes: impl IntoIterator<Item = Option<Open<L>>>) {
        for node in nodes.into_iter().flatten() {
            match self {
                Frontier::Stack(stack) => stack.push(node),
                Frontier::Ranked(heap) => heap.push(Ranked(node)),
            }
        }
    }

    fn pop(&mut self) -> Option<Open<L>> {
        match self {
            Frontier::Stack(stack) => stack.pop(),
            Frontier::Ranked(heap) => heap.pop().map(|ranked| ranked.0),
        }
    }
}

struct Ranked<L>(Open<L>);

impl<L> Ord for Ranked<L> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.split.gain.total_cmp(&other.0.split.gain).then(other.0.leaf.node.cmp(&self.0.leaf.node))
    }
}

impl<L> PartialOrd for Ranked<L> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<L> PartialEq for Ranked<L> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<L> Eq for Ranked<L> {}
