//! The requires pairs as a forest, and the best closed set of a forest of decisions.
//!
//! If no resource costs anything, or if each decision pays a fixed price for its resources, decisions depend on each
//! other only through their parents. Let w_v be the worth of decision v alone: its gain, less the price. The best
//! closed set is then found by one dynamic programme, children before parents:
//!
//! ```text
//! W_v = w_v + sum over the children c of v of max(0, W_c)
//! ```
//!
//! W_v is the most that a closed set below v, v included, can be worth. v is selected iff its parent is and W_v > 0.
//! Sets with W_v = 0 stay out, so the set is the smallest among the best. The amounts max(0, W_v), sent from each v to
//! its parent, are a flow that proves it: what remains at the roots adds up to the worth of the set.

use secateur_program::{DecisionId, Selection, SelectionProgram};

use crate::amount::Amount;

/// Stands for "no node" where nodes are 32-bit numbers.
pub(crate) const NONE: u32 = u32::MAX;

/// Decisions of a program as nodes `0..len()`. Parents come before their children.
#[derive(Debug)]
pub(crate) struct Forest {
    /// The decision behind each node.
    pub(crate) decision: Vec<DecisionId>,
    /// The parent of each node, or [`NONE`].
    pub(crate) parent: Vec<u32>,
}

impl Forest {
    /// All decisions of a program. O(D log D).
    pub(crate) fn new(program: &SelectionProgram) -> Self {
        Self::of(program, program.parents_first())
    }

    /// Some decisions, numbered in the order given: with each its parent, and the parent before it. O(D).
    pub(crate) fn of(program: &SelectionProgram, decision: Vec<DecisionId>) -> Self {
        let mut node = vec![NONE; program.n_decisions()];
        for (number, v) in decision.iter().enumerate() {
            node[v.index()] = number as u32;
        }
        let parent = decision.iter().map(|&v| program.parent(v).map_or(NONE, |parent| node[parent.index()])).collect();
        Self { decision, parent }
    }

    pub(crate) fn len(&self) -> usize {
        self.decision.len()
    }

    /// The gain of each node.
    pub(crate) fn gains(&self, program: &SelectionProgram) -> Vec<i64> {
        self.decision.iter().map(|&v| program.gain(v)).collect()
    }

    /// The selection of the nodes that are marked.
    ///
    /// # Panics
    /// If the marked nodes are not closed.
    pub(crate) fn selection(&self, program: &SelectionProgram, marks: impl Iterator<Item = bool>) -> Selection {
        let mut decisions = vec![false; program.n_decisions()];
        for (v, mark) in self.decision.iter().zip(marks) {
            decisions[v.index()] = mark;
        }
        Selection::new(program, decisions).expect("with a node its parent is marked")
    }
}

/// The dynamic programme of the module's page: the smallest closed set of most worth. O(nodes).
///
/// # Arguments
/// * `parent`: the parent of each node; parents come first.
/// * `allowed`: nodes that are not allowed are left out, with everything that requires them.
/// * `worth`: w_v of each node, replaced by W_v; by zero for nodes that are not allowed.
/// * `selected`: filled with whether each node is in the set.
///
/// Returns the worth of the set.
pub(crate) fn best_closed_set<A: Amount>(
    parent: impl Fn(usize) -> Option<usize>,
    allowed: impl Fn(usize) -> bool,
    worth: &mut [A],
    selected: &mut [bool],
) -> A {
    let zero = A::default();
    let mut value = zero;
    for v in (0..worth.len()).rev() {
        if !allowed(v) {
            worth[v] = zero;
            continue;
        }
        let sent = worth[v].max(zero);
        match parent(v) {
            Some(parent) => worth[parent] += sent,
            None => value += sent,
        }
    }
    for v in 0..worth.len() {
        selected[v] = worth[v] > zero && parent(v).is_none_or(|parent| selected[parent]);
    }
    value
}

/// The parent of a node as an option, from an array with [`NONE`].
pub(crate) fn parent_in(parents: &[u32]) -> impl Fn(usize) -> Option<usize> + Copy + '_ {
    |v| Some(parents[v] as usize).filter(|_| parents[v] != NONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secateur_program::testing::tiny;
    use secateur_program::{Multiplier, brute_force};

    proptest! {
        /// At lambda = 0 resources are free, and brute force gives the smallest closed set of most gain.
        #[test]
        fn the_best_closed_set_is_that_of_brute_force(program in tiny()) {
            let forest = Forest::new(&program);
            let (mut worth, mut selected) = (forest.gains(&program), vec![false; forest.len()]);
            let value = best_closed_set(parent_in(&forest.parent), |_| true, &mut worth, &mut selected);
            let best = brute_force(&program, Multiplier::ZERO);
            prop_assert_eq!(value, best.gain(&program));
            prop_assert_eq!(forest.selection(&program, selected.into_iter()), best);
        }
    }
}
