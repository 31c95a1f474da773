//! Weakest links: the best pruned tree at every price when each split has a cost of its own, shared with none.
//!
//! Maximise gain minus lambda times cost over sets of splits closed towards the roots. Of a set of splits that leave together
//! the threshold is gain / cost, and a split's is not above its parent's. Breiman, Friedman, Olshen and Stone (1984, section 3.3)
//! collapse the node of smallest ratio again and again, which on a chain walks to the root every time. Horn (1972) works from
//! the other end: take the block of splits of largest ratio; if the split above its top is still undecided, the two can
//! only leave together, and their blocks are joined; otherwise the ratio is the block's threshold. Both find the smallest optimum for
//! every lambda, so they find the same thresholds.
//!
//! Invariant: blocks are connected; a block's top is its smallest decision; blocks are decided in the order of falling ratio.
//!
//! Complexity: O(D log D), no recursion; a chain is as welcome as a stump. Ratios are compared exactly.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use secateur_program::{Control, Multiplier, SelectionProgram, Stop};

/// Blocks taken from the heap between two looks at the control.
const POLL: usize = 1 << 14;

/// Gain and cost of a block; ordered by gain / cost. What costs nothing is above all if it gains, and below all if it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ratio {
    gain: i64,
    cost: i64,
}

impl Ratio {
    /// -1, 0 or 1 for minus infinity, a number, infinity.
    fn rank(self) -> i8 {
        match (self.cost, self.gain) {
            (0, ..=0) => -1,
            (0, _) => 1,
            _ => 0,
        }
    }

    /// As a threshold: what does not gain is never kept.
    fn threshold(self) -> Multiplier {
        Multiplier::new(self.gain.max(0), self.cost).unwrap_or(Multiplier::ZERO)
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |gain: i64, cost: i64| i128::from(gain) * i128::from(cost);
        let ratios = || product(self.gain, other.cost).cmp(&product(other.gain, self.cost));
        self.rank().cmp(&other.rank()).then_with(|| if self.rank() == 0 { ratios() } else { Ordering::Equal })
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The threshold of every decision of a program whose parents come before their children, at these costs (>= 0, one per
/// decision, summing to at most `i64::MAX`) instead of the program's resources.
pub(super) fn thresholds(
    program: &SelectionProgram,
    costs: &[i64],
    control: &Control,
) -> Result<Vec<Multiplier>, Stop> {
    let n = program.n_decisions();
    let mut ratios: Vec<Ratio> =
        program.decisions().zip(costs).map(|(v, &cost)| Ratio { gain: program.gain(v), cost }).collect();
    // Towards the top of each decision's block, as far as known.
    let mut towards_top: Vec<u32> = (0..n as u32).collect();
    let mut decided = vec![false; n];
    let mut heap: BinaryHeap<(Ratio, Reverse<u32>)> =
        ratios.iter().zip(0u32..).map(|(&ratio, v)| (ratio, Reverse(v))).collect();
    let mut taken = 0usize;
    while let Some((ratio, Reverse(top))) = heap.pop() {
        taken += 1;
        if taken.is_multiple_of(POLL) {
            control.check()?;
        }
        let block = top as usize;
        // Joined upwards, decided, or grown since it was put here.
        if towards_top[block] != top || decided[block] || ratios[block] != ratio {
            continue;
        }
        let above = program.parent(secateur_program::DecisionId(top)).map(|parent| find(&mut towards_top, parent.0));
        match above.filter(|&above| !decided[above as usize]) {
            None => decided[block] = true,
            Some(above) => {
                towards_top[block] = above;
                let joined = &mut ratios[above as usize];
                joined.gain += ratio.gain;
                joined.cost += ratio.cost;
                heap.push((*joined, Reverse(above)));
            }
        }
    }
    Ok((0..n as u32).map(|v| ratios[find(&mut towards_top, v) as usize].threshold()).collect())
}

/// The top of a decision's block; halves the way there.
fn find(towards_top: &mut [u32], mut v: u32) -> u32 {
    while towards_top[v as usize] != v {
        let next = towards_top[v as usize] as usize;
        towards_top[v as usize] = towards_top[next];
        v = towards_top[v as usize];
    }
    v
}
