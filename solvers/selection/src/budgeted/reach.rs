//! What can still be added to a set, one chain at a time. A chain is a decision with the ancestors that the set lacks.

use super::core::Core;
use super::set::Set;
use crate::forest::NONE;

/// The decisions outside a set whose chains fit within the limits, and the best such chain.
///
/// Any other decision is in no selection that contains the set and keeps the limits.
pub(super) struct Reach {
    /// Whether each decision is outside, and its chain fits.
    pub(super) fits: Vec<bool>,
    /// End of the chain with the largest gain per price; chains without a price come first. `None` if no chain gains.
    pub(super) best: Option<u32>,
}

/// Tries the chain of every allowed decision outside `set`, in one walk over the forest in which decisions are added
/// and taken out again. O(U K).
pub(super) fn reach(core: &Core<'_>, set: &Set, allowed: impl Fn(u32) -> bool, price: &[i64]) -> Reach {
    let mut walk = Walk { core, set: set.clone(), price, gain: 0, paid: 0 };
    let mut fits = vec![false; core.len()];
    let mut best: Option<(u32, i64, i64)> = None;
    let mut stack = Vec::new();
    for top in 0..core.len() as u32 {
        let parent = core.parents()[top as usize];
        if set.has[top as usize] || !(parent == NONE || set.has[parent as usize]) {
            continue;
        }
        stack.push((top, false));
        while let Some((v, seen)) = stack.pop() {
            if seen {
                walk.leave(v);
                continue;
            }
            if !allowed(v) {
                continue;
            }
            walk.enter(v);
            stack.push((v, true));
            if walk.set.within(&core.most) {
                fits[v as usize] = true;
                if walk.gain > 0 && best.is_none_or(|(_, gain, paid)| walk.is_better_than(gain, paid)) {
                    best = Some((v, walk.gain, walk.paid));
                }
                stack.extend(core.children(v).iter().map(|&child| (child, false)));
            }
        }
    }
    Reach { fits, best: best.map(|(v, ..)| v) }
}

/// A set to which the chain of the current decision has been added, with the chain's gain and price.
struct Walk<'a> {
    core: &'a Core<'a>,
    set: Set,
    price: &'a [i64],
    gain: i64,
    paid: i64,
}

impl Walk<'_> {
    fn enter(&mut self, v: u32) {
        self.set.add(self.core, v);
        self.gain += self.core.gain[v as usize];
        self.paid += self.fresh(v);
    }

    fn leave(&mut self, v: u32) {
        self.paid -= self.fresh(v);
        self.gain -= self.core.gain[v as usize];
        self.set.remove(self.core, v);
    }

    /// Price of the resources that only v uses.
    fn fresh(&self, v: u32) -> i64 {
        let only = |r: &&u32| self.set.users[**r as usize] == 1;
        self.core.uses(v).iter().filter(only).map(|&r| self.price[r as usize]).sum()
    }

    /// Whether the current chain gains more per price, or as much per price and more.
    fn is_better_than(&self, gain: i64, paid: i64) -> bool {
        let (left, right) = (i128::from(self.gain) * i128::from(paid), i128::from(gain) * i128::from(self.paid));
        left > right || (left == right && self.gain > gain)
    }
}
