//! From a set that breaks limits down to one that keeps them, by fair shares.
//!
//! Each paid resource is shared equally among its users: then every decision has a cost of its own, and what is left is
//! a forest of decisions, whose path has many breakpoints. What leaves first on that path is taken out, a part of the way to the
//! limits; then shares are computed anew. Resources that lose users become dearer for those that are left: the set
//! concentrates on resources that many share, which is what a small budget rewards.

use secateur_program::{Control, Stop};

use super::core::Core;
use crate::forest::NONE;
use super::forest::Forest;
use super::set::Set;

/// How to go down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descent<'a> {
    /// Price of each resource in all limits together.
    pub(super) price: &'a [i64],
    /// What may be used of every limit in the end.
    pub(super) most: &'a [i64],
    /// Which part of the way is left for later rounds, in 1/16 (below 16).
    pub(super) keep: i64,
    /// Factor by which each decision's gain counts, in 1/16; `None` for 1.
    pub(super) tilt: Option<&'a [u8]>,
}

impl Descent<'_> {
    /// Takes decisions that are not `inside` out of `set` until it is within `most`; `inside` must be. Each round is O(U K) and O(D log D).
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

    /// What may leave, by falling threshold under fair shares, parents before children.
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
        let forest = Forest {
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
