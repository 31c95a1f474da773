//! The path of a forest of decisions that share nothing.
//!
//! Every decision has a gain and a cost of its own. Decisions are merged into blocks, densest first: a block that is denser than
//! the one above it is taken together with that one, if at all. What comes out is the order in which decisions enter as
//! lambda falls (Horn 1972, "Single-machine job sequencing with treelike precedence ordering and linear delay penalties", for the same
//! order of jobs). O(n log n).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::core::NONE;

/// Decisions are numbered parents first.
pub(super) struct Forest {
    /// Parent, or `NONE`.
    pub(super) parent: Vec<u32>,
    pub(super) gain: Vec<i64>,
    pub(super) cost: Vec<i64>,
}

/// A block as it was when it entered the heap; void if the block has grown since.
#[derive(PartialEq, Eq)]
struct Entry {
    gain: i64,
    /// One more than the cost, so that densities are numbers.
    cost: i128,
    top: u32,
    size: u32,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        // Products of 64-bit gains and costs of at most 2^63 fit 128 bits.
        let (left, right) = (i128::from(self.gain) * other.cost, i128::from(other.gain) * self.cost);
        left.cmp(&right).then(other.top.cmp(&self.top)).then(self.size.cmp(&other.size))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Forest {
    /// All decisions, densest blocks first, parents before children.
    pub(super) fn by_density(self) -> Vec<u32> {
        let Self { parent, mut gain, mut cost } = self;
        let n = parent.len();
        let mut block: Vec<u32> = (0..n as u32).collect(); // towards the top of the block
        let (mut size, mut last) = (vec![1u32; n], block.clone());
        let mut next = vec![NONE; n]; // members of a block as a list from its top to `last`
        let mut out = vec![false; n];
        let entry = |top: u32, gain: &[i64], cost: &[i64], size: &[u32]| Entry {
            gain: gain[top as usize],
            cost: i128::from(cost[top as usize]) + 1,
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

/// Top of the block, halving the way to it.
fn find(block: &mut [u32], mut v: u32) -> u32 {
    while block[v as usize] != v {
        block[v as usize] = block[block[v as usize] as usize];
        v = block[v as usize];
    }
    v
}
