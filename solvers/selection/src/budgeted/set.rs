//! A closed set of the core that can grow and shrink, and whose totals are always up to date.

use super::core::Core;
use crate::forest::NONE;

/// A closed set of the core.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// Whether each decision is in the set.
    pub(super) has: Vec<bool>,
    /// Number of decisions in the set that use each resource.
    pub(super) users: Vec<u32>,
    pub(super) gain: i64,
    /// What is used of each limit.
    pub(super) used: Vec<i64>,
}

impl Set {
    /// No decisions.
    pub(super) fn empty(core: &Core<'_>) -> Self {
        Self {
            has: vec![false; core.len()],
            users: vec![0; core.n_resources()],
            gain: 0,
            used: vec![0; core.n_limits()],
        }
    }

    /// All decisions of the core.
    pub(super) fn full(core: &Core<'_>) -> Self {
        let mut set = Self::empty(core);
        (0..core.len() as u32).for_each(|v| set.add(core, v));
        set
    }

    /// Adds one decision whose parent is in. O(uses x limits).
    pub(super) fn add(&mut self, core: &Core<'_>, v: u32) {
        debug_assert!(!self.has[v as usize], "a decision is added once");
        debug_assert!(
            core.parents()[v as usize] == NONE || self.has[core.parents()[v as usize] as usize],
            "parents first"
        );
        self.has[v as usize] = true;
        self.gain += core.gain[v as usize];
        for &r in core.uses(v) {
            self.users[r as usize] += 1;
            if self.users[r as usize] == 1 {
                self.used.iter_mut().zip(&core.weight).for_each(|(used, weight)| *used += weight[r as usize]);
            }
        }
    }

    /// Adds a decision and the ancestors it lacks.
    pub(super) fn add_chain(&mut self, core: &Core<'_>, v: u32) {
        let mut chain = Vec::new();
        let mut at = v;
        while at != NONE && !self.has[at as usize] {
            chain.push(at);
            at = core.parents()[at as usize];
        }
        chain.into_iter().rev().for_each(|v| self.add(core, v));
    }

    /// Takes out one decision that no other decision in the set requires. O(uses x limits).
    pub(super) fn remove(&mut self, core: &Core<'_>, v: u32) {
        debug_assert!(self.has[v as usize], "only what is in can leave");
        self.has[v as usize] = false;
        self.gain -= core.gain[v as usize];
        for &r in core.uses(v) {
            self.users[r as usize] -= 1;
            if self.users[r as usize] == 0 {
                self.used.iter_mut().zip(&core.weight).for_each(|(used, weight)| *used -= weight[r as usize]);
            }
        }
    }

    /// Whether it uses at most this much of every limit.
    pub(super) fn within(&self, most: &[i64]) -> bool {
        self.used.iter().zip(most).all(|(used, most)| used <= most)
    }

    /// Whether the resource is paid, so that it costs nothing more.
    pub(super) fn pays(&self, r: u32) -> bool {
        self.users[r as usize] > 0
    }
}
