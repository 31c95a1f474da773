//! From a set that breaks limits down to one that keeps them, with the prices of resources divided among their users.
//!
//! If the price of each paid resource is divided equally among its users, every decision has a cost of its own. The
//! decisions then are a forest that shares nothing, whose path has many breakpoints ([`super::density`]). The decisions
//! that leave first on that path are taken out, for a part of the way to the limits. Then the prices are divided anew.
//! A resource that has lost users costs its other users more, so the set concentrates on resources that many decisions
//! use.

use secateur_program::{Control, Stop};

use super::core::Core;
use super::density::PricedForest;
use super::set::Set;
use crate::forest::NONE;

/// How a set is made smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descent<'a> {
    /// Price of each resource in all limits together.
    pub(super) price: &'a [i64],
    /// What may be used of every limit in the end.
    pub(super) most: &'a [i64],
    /// The part of the way that each round leaves for the next, in 1/16; below 16.
    pub(super) keep: i64,
    /// Factor by which each decision's gain is multiplied, in 1/16; `None` for 1.
    pub(super) tilt: Option<&'a [u8]>,
}

impl Descent<'_> {
    /// Takes decisions that are not `inside` out of `set` until it is within `most`. `inside` must be a part of it, and
    /// within `most`. Each round is O(U K + D log D).
    pub(super) fn run(&self, core: &Core<'_>, set: &mut Set, inside: &Set, control: &Control) -> Result<(), Stop> {
        while !set.within(self.most) {
            control.check()?;
            let order = self.leaving_last_first(core, set, inside);
            let target: Vec<i64> = set
                .used
                .iter()
                .zip(self.most)
                .map(|(used, most)| most + ((used - most).max(0) / 16) * self.keep)
                .collect();
            for &v in order.iter().rev() {
                if set.within(&target) {
                    break;
                }
                set.remove(core, v);
            }
        }
        Ok(())
    }

    /// The decisions that may leave, by falling threshold under divided prices, parents before children.
    fn leaving_last_first(&self, core: &Core<'_>, set: &Set, inside: &Set) -> Vec<u32> {
        let members: Vec<u32> =
            (0..core.len() as u32).filter(|&v| set.has[v as usize] && !inside.has[v as usize]).collect();
        let share = |v: u32| -> f64 {
            let unpaid = core.uses(v).iter().filter(|&&r| !inside.pays(r));
            unpaid.map(|&r| self.price[r as usize] as f64 / f64::from(set.users[r as usize])).sum()
        };
        let factor = |v: u32| self.tilt.map_or(1.0, |tilt| f64::from(tilt[v as usize]) / 16.0);
        let mut name = vec![NONE; core.len()];
        members.iter().enumerate().for_each(|(index, &v)| name[v as usize] = index as u32);
        let parent_of = |v: u32| core.parents()[v as usize];
        let forest = PricedForest {
            parent: members
                .iter()
                .map(|&v| if parent_of(v) == NONE { NONE } else { name[parent_of(v) as usize] })
                .collect(),
            gain: members.iter().map(|&v| core.gain[v as usize] as f64 * factor(v)).collect(),
            cost: members.iter().map(|&v| share(v)).collect(),
        };
        forest.by_density().into_iter().map(|index| members[index as usize]).collect()
    }
}
