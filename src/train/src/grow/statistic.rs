//! What a split search needs to know about examples: the one seam between search and criterion.

use std::cmp::Ordering;

/// Examples of one node, as they lie in a tree's arena: a row of the data and what it adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<I> {
    pub(super) row: u32,
    pub(super) item: I,
}

/// A number of a histogram: u32 for counts (exact), f64 for weights and sums.
pub(super) trait Lane: Copy + Default + Send + Sync {
    /// `self - other`; for counts the result is never negative.
    fn less(self, other: Self) -> Self;
}

impl Lane for u32 {
    fn less(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
}

impl Lane for f64 {
    fn less(self, other: Self) -> Self {
        self - other
    }
}

/// A node in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summary {
    /// Examples, with their multiplicity.
    pub(super) rows: u64,
    /// Weight, in the statistic's own unit.
    pub(super) weight: f64,
    /// Whether all examples have the same target.
    pub(super) pure: bool,
}

/// One criterion on one kind of target: sums over examples, and the score of a cut between them.
///
/// Use: [`open`](Self::open) a node; for each feature [`rewind`](Self::rewind), then move examples from the right of the
/// cut to its left, item by item or a histogram bin at a time, asking for the [`score`](Self::score) in between.
pub(super) trait Statistic: Clone + Send + Sync {
    /// What one example adds.
    type Item: Copy + Send + Sync;
    /// A number of a histogram.
    type Lane: Lane;
    /// How good a cut is, compared within a node only.
    type Score: Copy;

    /// Histogram numbers per bin.
    fn lanes(&self) -> usize;
    /// Numbers that describe a node: what `measure` appends.
    fn width(&self) -> usize;
    /// What a row adds that was drawn `multiplicity` times (at least once).
    fn item(&self, row: usize, multiplicity: u16) -> Self::Item;
    /// Adds an example to bin `code` of a feature's `cells`.
    fn add(&self, cells: &mut [Self::Lane], code: usize, item: Self::Item);
    /// Whether a bin, `lanes()` numbers, holds an example.
    fn occupied(&self, bin: &[Self::Lane]) -> bool;
    /// Appends the description of a node, and sums it up.
    fn measure(&self, examples: &[Entry<Self::Item>], mass: &mut Vec<f64>) -> Summary;
    /// Appends the node's values as the forest stores them.
    fn value(&self, mass: &[f64], values: &mut Vec<f64>);

    /// Begins the search at a node.
    fn open(&mut self, mass: &[f64], summary: &Summary);
    /// All examples of the node to the right of the cut.
    fn rewind(&mut self);
    /// Moves one example to the left.
    fn take_item(&mut self, item: Self::Item);
    /// Moves a bin of a histogram to the left.
    fn take_bin(&mut self, bin: &[Self::Lane]);
    /// The score of the cut; `None` if a side is too small for a leaf.
    fn score(&self) -> Option<Self::Score>;
    /// `Greater` if `a` is better. Exact where sums are; scores that differ by rounding only are `Equal`.
    fn compare(&self, a: Self::Score, b: Self::Score) -> Ordering;
    /// The decrease of impurity times weight, in the statistic's own unit, at least 0.
    fn gain(&self, score: Self::Score) -> f64;
    /// Whether both sides are pure, so that no cut is better.
    fn perfect(&self, score: Self::Score) -> bool;
    /// A decrease of impurity, given in the unit of the target (squared, for squared error), in the unit of gains per
    /// weight: targets are scaled to be safe from overflow.
    fn scaled(&self, decrease: f64) -> f64;
}

/// Fewest examples and least weight of a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeafLimits {
    pub(super) rows: u64,
    pub(super) weight: f64,
}

impl LeafLimits {
    /// For weights divided by `scale` and summed in f64: a sum below the limit by rounding only is not below.
    pub(super) fn in_units_of(self, scale: f64) -> Self {
        Self { weight: self.weight / scale * (1.0 - 1e-12), ..self }
    }
}

/// The power of two at or below a positive number: dividing by it is exact and leaves something in `1..2`.
pub(super) fn power_of_two(value: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    f64::from_bits(value.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}
