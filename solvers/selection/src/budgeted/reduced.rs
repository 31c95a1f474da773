//! From a part to the block that cuts work on.
//!
//! As for a whole program ([`crate::reduce`]): what is selected at every price or at none is settled by a pass over the forest, resources
//! that cost nothing leave, and resources with the same users become one. Parts are many and short-lived, so users are not listed: their
//! sets are told apart by refining a partition of the resources by one decision after the other (Paige and Tarjan 1987, "Three partition
//! refinement algorithms", section 2). O(pairs).

use secateur_program::Multiplier;

use super::core::{Core, NONE};
use super::part::Part;
use crate::block::Block;
use crate::pairs::Pairs;

pub(super) struct Reduced {
    /// Whether each decision of the part is selected at every price.
    pub(super) always: Vec<bool>,
    /// What lies between the ends of the path, if anything; its decisions are positions in the part.
    pub(super) block: Option<Block>,
}

impl Reduced {
    /// `price` of a resource: zero if it is paid already.
    pub(super) fn new(core: &Core<'_>, part: &Part, price: impl Fn(u32) -> i64) -> Self {
        let mut name = vec![NONE; core.len()];
        for (index, &v) in part.decisions.iter().enumerate() {
            name[v as usize] = index as u32;
        }
        let parents = part.decisions.iter().map(|&v| core.parent[v as usize]);
        let parent: Vec<u32> = parents.map(|p| if p == NONE { NONE } else { name[p as usize] }).collect();
        let mut cost = vec![0; core.n_resources()];
        part.resources.iter().for_each(|&r| cost[r as usize] = price(r));
        let priced = |v: u32| core.uses(v).iter().copied().filter(|&r| cost[r as usize] > 0);
        let gain = |index: usize| core.gain[part.decisions[index] as usize];
        let at_zero = best_subforest(&parent, gain, |_| true);
        let always = best_subforest(&parent, gain, |index| priced(part.decisions[index]).next().is_none());

        let active: Vec<u32> =
            (0..parent.len() as u32).filter(|&index| at_zero[index as usize] && !always[index as usize]).collect();
        if active.is_empty() {
            return Self { always, block: None };
        }
        let n = active.len() as u32;
        let decisions = || active.iter().map(|&index| part.decisions[index as usize]);
        let class = same_users(core.n_resources(), decisions().map(priced));
        // Merged resources are numbered by their last user, as neighbouring decisions then have neighbouring resources; the first
        // of them that is met stands for all.
        let mut node = vec![NONE; core.n_resources()];
        let mut number = Vec::new();
        let mut supply: Vec<i64> = active.iter().map(|&index| gain(index as usize)).collect();
        for v in decisions().rev() {
            for r in priced(v) {
                let class = class[r as usize] as usize;
                if number.len() <= class {
                    number.resize(class + 1, NONE);
                }
                if number[class] == NONE {
                    number[class] = supply.len() as u32;
                    node[r as usize] = supply.len() as u32;
                    supply.push(0);
                }
            }
        }
        for &r in part.resources.iter().filter(|&&r| class[r as usize] != 0) {
            supply[number[class[r as usize] as usize] as usize] -= cost[r as usize];
        }
        let mut position = vec![NONE; parent.len()];
        let mut pairs = Pairs { start: vec![0], head: Vec::with_capacity(part.pairs + active.len()) };
        for (tail, &index) in active.iter().enumerate() {
            position[index as usize] = tail as u32;
            let uses = core.uses(part.decisions[index as usize]).iter().map(|&r| node[r as usize]);
            pairs.head.extend(uses.filter(|&node| node != NONE));
            let parent = parent[index as usize];
            let parent = if parent == NONE { NONE } else { position[parent as usize] };
            pairs.head.extend((parent != NONE).then_some(parent));
            pairs.start.push(pairs.head.len() as u32);
        }
        let block = Block {
            resources: (0..supply.len() as u32 - n).collect(),
            decisions: active,
            supply,
            pairs,
            basis: None,
            low: Multiplier::ZERO,
            high: Multiplier::INFINITY,
        };
        Self { always, block: Some(block) }
    }
}

/// The smallest closed set of most gain among what is allowed; parents come first.
fn best_subforest(parent: &[u32], gain: impl Fn(usize) -> i64, allowed: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut value: Vec<i64> = (0..parent.len()).map(&gain).collect();
    for v in (0..parent.len()).rev() {
        if !allowed(v) {
            value[v] = 0;
        } else if parent[v] != NONE {
            // At most the sum of all positive gains, at least the most negative gain: no overflow.
            value[parent[v] as usize] += value[v].max(0);
        }
    }
    let mut selected = vec![false; parent.len()];
    for v in 0..parent.len() {
        selected[v] = value[v] > 0 && (parent[v] == NONE || selected[parent[v] as usize]);
    }
    selected
}

/// A set of resources told apart so far.
#[derive(Clone, Copy)]
struct Users {
    size: u32,
    /// Last row that split it, and the set that its members in that row went to.
    row: u32,
    into: u32,
}

/// A number for each of `n` resources, equal iff they are in the same rows; 0 for those in none. Each row names a resource at most
/// once. O(n + entries).
fn same_users<R: Iterator<Item = u32>>(n: usize, rows: impl Iterator<Item = R>) -> Vec<u32> {
    let fresh = Users { size: 0, row: NONE, into: NONE };
    let mut class = vec![0u32; n];
    let mut sets = vec![fresh];
    let mut spare = Vec::new();
    for (row, resources) in (0u32..).zip(rows) {
        for r in resources {
            let old = class[r as usize] as usize;
            if sets[old].row != row {
                let new = spare.pop().unwrap_or(sets.len() as u32);
                sets.resize(sets.len().max(new as usize + 1), fresh);
                sets[new as usize] = fresh;
                (sets[old].row, sets[old].into) = (row, new);
            }
            let new = sets[old].into;
            class[r as usize] = new;
            sets[new as usize].size += 1;
            if old != 0 {
                sets[old].size -= 1;
                if sets[old].size == 0 {
                    spare.push(old as u32);
                }
            }
        }
    }
    class
}
