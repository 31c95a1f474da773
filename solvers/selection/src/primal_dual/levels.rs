//! The side of the decisions in the splitting method: levels nearest to their targets that do not rise from parent to child.
//!
//! Minimises `sum_v w_v / 2 (l_v - t_v / w_v)^2` subject to `l_v <= l_parent`: isotonic regression on a tree, by pooling
//! adjacent violators from the leaves up (Pardalos and Xue 1999). A node swallows the highest group below it as long as that
//! is higher than its own; groups below a group wait in a pairing heap. O(D log D), parallel over groups of trees.

use rayon::prelude::*;

use super::nodes::{NONE, Nodes};

/// Levels of the active nodes for weights `w` > 0 and weighted targets `t`, written to `levels`; the rest is left as it is.
pub(crate) fn fit_levels(nodes: &Nodes, weights: &[f64], targets: &[f64], levels: &mut [f64]) {
    nodes.split(levels).into_par_iter().zip(&nodes.groups[..nodes.groups.len() - 1]).for_each(|(levels, &first)| {
        let range = first..first + levels.len();
        let mut pools = Pools::new(&weights[range.clone()], &targets[range]);
        let above = |local: usize| match nodes.parent[first + local] {
            parent if parent != NONE && nodes.active[parent as usize] => parent as usize - first,
            _ => usize::MAX,
        };
        for v in (0..levels.len()).rev().filter(|v| nodes.active[first + v]) {
            pools.close(v);
            if above(v) != usize::MAX {
                pools.wait_at(v, above(v));
            }
        }
        for v in (0..levels.len()).filter(|v| nodes.active[first + v]) {
            levels[v] = if pools.swallowed[v] { levels[above(v)] } else { pools.level(v as u32) };
        }
    });
}

/// Groups of nodes of one level, each known by its topmost node.
struct Pools {
    weight: Vec<f64>,
    target: Vec<f64>,
    swallowed: Vec<bool>,
    /// Per node: the heap of the groups hanging below its group, highest level on top.
    below: Vec<u32>,
    /// Pairing heaps.
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
}

impl Pools {
    fn new(weights: &[f64], targets: &[f64]) -> Self {
        let none = vec![NONE; weights.len()];
        Self {
            weight: weights.to_vec(),
            target: targets.to_vec(),
            swallowed: vec![false; weights.len()],
            below: none.clone(),
            first_child: none.clone(),
            next_sibling: none,
        }
    }

    fn level(&self, v: u32) -> f64 {
        self.target[v as usize] / self.weight[v as usize]
    }

    /// All children of `v` wait at it: pools it with whatever below is higher.
    fn close(&mut self, v: usize) {
        while self.below[v] != NONE && self.level(self.below[v]) > self.level(v as u32) {
            let group = self.below[v];
            let rest = self.pop(group);
            self.below[v] = self.meld(rest, self.below[group as usize]);
            self.weight[v] += self.weight[group as usize];
            self.target[v] += self.target[group as usize];
            self.swallowed[group as usize] = true;
        }
    }

    fn wait_at(&mut self, v: usize, parent: usize) {
        self.below[parent] = self.meld(self.below[parent], v as u32);
    }

    fn meld(&mut self, a: u32, b: u32) -> u32 {
        if a == NONE || b == NONE {
            return if a == NONE { b } else { a };
        }
        let (top, under) = if self.level(a) >= self.level(b) { (a, b) } else { (b, a) };
        self.next_sibling[under as usize] = std::mem::replace(&mut self.first_child[top as usize], under);
        top
    }

    /// The heap without its top: melds the children in pairs, then the pairs from the last to the first.
    fn pop(&mut self, top: u32) -> u32 {
        let mut child = std::mem::replace(&mut self.first_child[top as usize], NONE);
        let mut pairs = NONE;
        while child != NONE {
            let second = std::mem::replace(&mut self.next_sibling[child as usize], NONE);
            let mut pair = child;
            child = NONE;
            if second != NONE {
                child = std::mem::replace(&mut self.next_sibling[second as usize], NONE);
                pair = self.meld(pair, second);
            }
            self.next_sibling[pair as usize] = pairs;
            pairs = pair;
        }
        let mut rest = NONE;
        while pairs != NONE {
            let next = std::mem::replace(&mut self.next_sibling[pairs as usize], NONE);
            rest = self.meld(rest, pairs);
            pairs = next;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secateur_program::{DecisionId, SelectionProgram};

    proptest! {
        /// Levels are optimal iff closed and, with multipliers along the tree, stationary: every group balances as a whole, and no part
        /// of it that hangs below pulls up while the rest pulls down.
        #[test]
        fn levels_are_closed_and_no_subtree_of_a_group_wants_to_leave(
            parents in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
            targets in prop::collection::vec(-50i32..50, 40), weights in prop::collection::vec(1i32..5, 40),
        ) {
            let mut builder = SelectionProgram::builder();
            let r = builder.resource(1);
            for (v, parent) in parents.iter().enumerate() {
                let decision = builder.decision(1);
                builder.uses(decision, r);
                let parent = parent.index(v + 1);
                if parent < v { builder.requires(decision, DecisionId(parent as u32)); }
            }
            let nodes = Nodes::new(&builder.build().unwrap());
            let n = nodes.len();
            let weights: Vec<f64> = weights[..n].iter().map(|&w| w.into()).collect();
            let targets: Vec<f64> = targets[..n].iter().map(|&t| t.into()).collect();
            let mut levels = vec![0.0; n];
            fit_levels(&nodes, &weights, &targets, &mut levels);
            // The multiplier of v's pair: what v's subtree pulls up beyond its level. It is >= 0, zero where levels differ and at roots.
            let mut pull: Vec<f64> = (0..n).map(|v| targets[v] - weights[v] * levels[v]).collect();
            for v in (0..n).rev() {
                let parent = nodes.parent[v];
                prop_assert!(pull[v] >= -1e-9);
                if parent == NONE || levels[parent as usize] > levels[v] {
                    prop_assert!(pull[v] <= 1e-9, "{} at {v}", pull[v]);
                } else {
                    prop_assert!(levels[parent as usize] == levels[v]);
                    pull[parent as usize] += pull[v];
                }
            }
        }
    }
}
