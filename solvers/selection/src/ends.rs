//! The two ends of the path, which need no cut.
//!
//! At lambda = 0 every resource is free, so the smallest optimal selection is the best closed set of a forest
//! ([`crate::forest`]). At the other end, however large lambda is, a decision can be selected only if neither it nor an
//! ancestor of it uses a resource that costs something; the best closed set of these is selected at every finite
//! lambda. What lies between the two is *open*: its thresholds are positive and finite, and cuts find them.

use crate::forest::{best_closed_set, parent_in};

/// What is selected at the two ends of the path of a forest of decisions.
#[derive(Debug)]
pub(crate) struct Ends {
    /// The smallest optimum at lambda = 0.
    pub(crate) at_zero: ClosedSet,
    /// The smallest optimum at every finite lambda above some value.
    pub(crate) always: ClosedSet,
}

/// A best closed set with the flow that proves it.
#[derive(Debug)]
pub(crate) struct ClosedSet {
    /// Whether each node is in the set.
    pub(crate) selected: Vec<bool>,
    /// W_v of each node. A node with a parent sends it max(0, W_v).
    worth: Vec<i64>,
}

impl Ends {
    /// Nodes have parents in `parents`, which come first, and the given gains. `is_free` tells whether a node uses
    /// nothing that costs something. The gains sum to 64 bits in absolute value, so all W_v fit. O(nodes).
    pub(crate) fn new(parents: &[u32], gain: impl Fn(usize) -> i64, is_free: impl Fn(usize) -> bool) -> Self {
        let gains: Vec<i64> = (0..parents.len()).map(gain).collect();
        let always = ClosedSet::new(parents, gains.clone(), is_free);
        Self { at_zero: ClosedSet::new(parents, gains, |_| true), always }
    }

    /// Whether a node's threshold is positive and finite.
    pub(crate) fn is_open(&self, node: usize) -> bool {
        self.at_zero.selected[node] && !self.always.selected[node]
    }
}

impl ClosedSet {
    fn new(parents: &[u32], mut worth: Vec<i64>, allowed: impl Fn(usize) -> bool) -> Self {
        let mut selected = vec![false; worth.len()];
        best_closed_set(parent_in(parents), allowed, &mut worth, &mut selected);
        Self { selected, worth }
    }

    /// What a node that has a parent sends to it.
    pub(crate) fn sent(&self, node: usize) -> i64 {
        self.worth[node].max(0)
    }
}
