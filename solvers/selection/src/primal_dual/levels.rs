//! The trees' side of the splitting method: the levels nearest to given targets that do not rise from parent to child.
//!
//! Minimises `sum_v w_v / 2 (l_v - t_v / w_v)^2` subject to `l_v <= l_parent`. This is isotonic regression on a forest,
//! solved by pooling adjacent violators from the leaves up (Pardalos and Xue 1999). Nodes of one level form a *pool*. A
//! node first is a pool of its own; it takes in the pool of highest level below it as long as that level is above its
//! own. The pools below a pool wait in a pairing heap. O(D log D), in parallel over groups of trees.

use rayon::prelude::*;

use super::nodes::Nodes;
use crate::forest::NONE;

/// Writes the levels of the active nodes for weights w > 0 and weighted targets t; other levels are left as they are.
pub(crate) fn fit_levels(nodes: &Nodes, weights: &[f64], targets: &[f64], levels: &mut [f64]) {
    nodes.split(levels).into_par_iter().zip(&nodes.groups[..nodes.groups.len() - 1]).for_each(|(levels, &first)| {
        let range = first..first + levels.len();
        let mut pools = Pools::new(&weights[range.clone()], &targets[range]);
        let above = |local: usize| match nodes.forest.parent[first + local] {
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
            levels[v] = if pools.merged[v] { levels[above(v)] } else { pools.level(v as u32) };
        }
    });
}

/// Pools, each known by its topmost node.
struct Pools {
    weight: Vec<f64>,
    target: Vec<f64>,
    /// Whether each node belongs to the pool of its parent.
    merged: Vec<bool>,
    /// For each node the heap of the pools below its pool, the highest level on top.
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
            merged: vec![false; weights.len()],
            below: none.clone(),
            first_child: none.clone(),
            next_sibling: none,
        }
    }

    fn level(&self, v: u32) -> f64 {
        self.target[v as usize] / self.weight[v as usize]
    }

    /// Lets a node at which the pools of all its children wait take in those that are higher.
    fn close(&mut self, v: usize) {
        while self.below[v] != NONE && self.level(self.below[v]) > self.level(v as u32) {
            let pool = self.below[v];
            let rest = self.pop(pool);
            self.below[v] = self.meld(rest, self.below[pool as usize]);
            self.weight[v] += self.weight[pool as usize];
            self.target[v] += self.target[pool as usize];
            self.merged[pool as usize] = true;
        }
    }

    /// Puts the pool of a node into the heap of its parent.
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
        /// The conditions of Karush, Kuhn and Tucker. The multiplier of the row `l_v <= l_parent` is what the targets
        /// in the subtree of v pull upwards beyond its levels. It must not be negative, and zero where the row is not
        /// tight.
        #[test]
        fn levels_are_isotonic_and_stationary(
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
            let mut pull: Vec<f64> = (0..n).map(|v| targets[v] - weights[v] * levels[v]).collect();
            for v in (0..n).rev() {
                let parent = nodes.forest.parent[v];
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
