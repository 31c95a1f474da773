//! The start of the algorithm: from any trees and supplies to a pseudoflow with its invariants, and the first labels.

use secateur_program::CompressedRows;

use super::Pseudoflow;
use super::trees::{Basis, Trees};
use crate::amount::Amount;
use crate::forest::NONE;

impl<'a, A: Amount> Pseudoflow<'a, A> {
    /// Starts from any trees. Flows are computed along them, and a tree is cut where a flow would have the wrong sign
    /// or break an invariant; so the trees of a cut at another lambda will do.
    ///
    /// # Arguments
    /// * `pairs`: the heads of each decision's pairs. Nodes beyond the rows are resources, which have none.
    /// * `supply`: b_v of each node.
    /// * `basis`: the trees.
    pub(crate) fn new(pairs: &'a CompressedRows, supply: Vec<A>, basis: &Basis) -> Self {
        let nodes = supply.len();
        let mut this = Self {
            pairs,
            trees: Trees::new(nodes),
            excess: supply,
            flow: vec![A::default(); nodes],
            up: basis.up.clone(),
            label: vec![0; nodes],
            next_pair: pairs.starts()[..pairs.n_rows()].iter().map(|&start| start as u32).collect(),
            label_count: vec![0; 2],
            strong: vec![NONE; 2],
            below: vec![NONE; nodes],
            steps: 0,
        };
        this.hang_up(basis);
        this.label_nodes();
        this
    }

    /// Hangs each node under its parent, leaves first, with the flow that the supply of its subtree asks for.
    fn hang_up(&mut self, basis: &Basis) {
        for node in basis.leaves_first() {
            let (v, parent) = (node as usize, basis.parent[node as usize]);
            if parent == NONE {
                continue;
            }
            let sum = self.excess[v];
            let fits = if self.up[v] { sum > A::default() } else { sum <= A::default() };
            if fits {
                self.excess[v] = A::default();
                self.excess[parent as usize] += sum;
                self.flow[v] = if self.up[v] { sum } else { -sum };
                self.attach(node, parent);
            }
        }
    }

    /// The first labels: zero for weak roots, one for all other nodes.
    fn label_nodes(&mut self) {
        self.label.fill(1);
        for root in 0..self.excess.len() {
            if !self.trees.is_root(root as u32) {
                continue;
            }
            if self.excess[root] > A::default() {
                self.put_strong(root as u32);
            } else {
                self.label[root] = 0;
                self.label_count[0] += 1;
            }
        }
        self.label_count[1] = self.label.len() as u32 - self.label_count[0];
    }
}
