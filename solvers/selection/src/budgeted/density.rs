//! The path of a forest of decisions that share nothing.
//!
//! Every decision has a gain and a cost of its own; its *density* is gain / cost. Decisions are merged into blocks, the
//! densest first: a block that is denser than the block of its parent is selected together with it or not at all, so
//! the two become one. A block without a parent outside is next in the order in which decisions enter as lambda falls.
//! (Horn 1972, "Single-machine job sequencing with treelike precedence ordering and linear delay penalties", has the
//! same order for jobs.) O(n log n). Densities are doubles. The order is only a proposal; whatever rounding does,
//! parents come before children.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::forest::NONE;

/// A forest of decisions with a gain and a cost of their own. Decisions are numbered parents first.
pub(super) struct PricedForest {
    /// Parent, or `NONE`.
    pub(super) parent: Vec<u32>,
    pub(super) gain: Vec<f64>,
    /// At least 0.
    pub(super) cost: Vec<f64>,
}

/// A block as it was when it entered the heap. The entry is void if the block has grown since.
struct Entry {
    density: f64,
    top: u32,
    size: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.density.total_cmp(&other.density).then(other.top.cmp(&self.top)).then(self.size.cmp(&other.size))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PricedForest {
    /// All decisions, densest blocks first, parents before children.
    pub(super) fn by_density(self) -> Vec<u32> {
        let Self { parent, mut gain, mut cost } = self;
        let n = parent.len();
        let mut block: Vec<u32> = (0..n as u32).collect(); // union-find: leads to the topmost decision of the block
        let (mut size, mut last) = (vec![1u32; n], block.clone());
        let mut next = vec![NONE; n]; // members of a block as a list from its top to `last`
        let mut out = vec![false; n];
        // A cost of zero counts as the least positive double, so that no density is NaN.
        let entry = |top: u32, gain: &[f64], cost: &[f64], size: &[u32]| Entry {
            density: gain[top as usize] / cost[top as usize].max(f64::MIN_POSITIVE),
            top,
            size: size[top as usize],
        };
        let mut heap: BinaryHeap<Entry> = (0..n as u32).map(|v| entry(v, &gain, &cost, &size)).collect();
        let mut order = Vec::with_capacity(n);
        while let Some(Entry { top, size: seen, .. }) = heap.pop() {
            let t = top as usize;
            if block[t] != top || size[t] != seen || out[t] {
                continue;
            }
            let above = if parent[t] == NONE { NONE } else { find(&mut block, parent[t]) };
            if above == NONE || out[above as usize] {
                out[t] = true;
                let begin = order.len();
                let mut member = top;
                while member != NONE {
                    order.push(member);
                    member = next[member as usize];
                }
                order[begin..].sort_unstable();
            } else {
                let a = above as usize;
                block[t] = above;
                gain[a] += gain[t];
                cost[a] += cost[t];
                size[a] += size[t];
                next[last[a] as usize] = top;
                last[a] = last[t];
                heap.push(entry(above, &gain, &cost, &size));
            }
        }
        order
    }
}

/// The topmost decision of a block, with path halving.
fn find(block: &mut [u32], mut v: u32) -> u32 {
    while block[v as usize] != v {
        block[v as usize] = block[block[v as usize] as usize];
        v = block[v as usize];
    }
    v
}
