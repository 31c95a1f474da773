//! Maximum closure at one lambda, by the pseudoflow algorithm with lowest labels.
//!
//! # The problem
//!
//! A node is a decision or a resource of a block. At lambda = num/den the *supply* b_v of a decision is `den g_v`, that
//! of a resource is `- num c_r`. A pair (u, w) says that u requires or uses w. A *closure* is a set of nodes that
//! contains w whenever it contains u, for every pair (u, w). Its weight is the sum of its supplies. A closure of
//! maximum weight is an optimal selection at lambda.
//!
//! It is also a minimum cut (Picard 1976). Let a source have an arc of capacity b_v to every v with b_v > 0, let every
//! v with b_v < 0 have an arc of capacity -b_v to a sink, and let pairs have unbounded capacity. A cut of finite
//! capacity leaves a closure S on the side of the source. It cuts the source arcs to nodes outside S and the sink arcs
//! from nodes in S, so its capacity is the sum of all positive supplies, less the weight of S.
//!
//! # Pseudoflows and trees
//!
//! A *pseudoflow* is a flow f >= 0 on the pairs that need not conserve anything. It leaves at every node the *excess*
//! e_v = b_v + inflow - outflow. The algorithm keeps the nodes in rooted trees, whose edges are pairs, with these
//! invariants:
//!
//! 1. Only pairs in the trees carry flow.
//! 2. Only roots have an excess other than zero. A tree is *strong* if the excess of its root is positive, else *weak*.
//! 3. The pair between a node and its parent points either up, from the node, or down. A pair that points up carries
//!    more than zero.
//!
//! Hochbaum calls this a normalized tree. Since a pair outside the trees carries no flow and has no capacity to be
//! exceeded, it needs no reverse arc and no number of its own. Flow is stored once per node, for the pair to its
//! parent; memory is O(nodes) beside the pairs.
//!
//! **Theorem.** If no pair leads from a strong tree to a weak one, the nodes of the strong trees are the smallest
//! closure of maximum weight.
//!
//! *Proof.* Call them S. By assumption S is a closure. For any set T of nodes, the excesses in T add up to the weight
//! of T plus the flow into T less the flow out of T. No flow enters or leaves S, as it runs within trees: the weight of
//! S is the sum of all positive excesses. Out of a closure T leads no pair, hence no flow. So the weight of T is at
//! most the sum of the excesses in T, and that is at most the sum of all positive excesses. S has maximum weight. If T
//! has maximum weight too, both inequalities hold with equality: T contains every strong root, and no flow enters T.
//! Then T contains every strong tree, from its root down: if T contains a node p, and c is a child of p, then either
//! the pair points down from p to c, and c is in T as T is closed; or it points up and carries flow, which would enter
//! T if c were outside. So T contains S.
//!
//! # Mergers
//!
//! A pair (u, w) from a strong to a weak tree is a *merger arc*. The strong tree is rerooted at u and hung under w by
//! this pair. The excess of its former root is then pushed along the tree path to the root of the weak tree. A pair
//! that points up takes any amount. A pair that points down from the parent can return at most the flow that it
//! carries; if the excess is larger, the tree is split there: the pair is emptied, and the node below it becomes a
//! strong root with the excess that is left. What arrives at the weak root either leaves it weak or makes it strong.
//!
//! # Why lowest labels terminate
//!
//! Every node has a label d(v): zero for weak roots in the beginning, one for all other nodes. Labels never fall, and
//! the following holds throughout:
//!
//! - d(u) <= d(w) + 1 for every pair (u, w);
//! - d(p) <= d(c) <= d(p) + 1 for every parent p of a child c;
//! - weak roots have label zero. (A root that has become strong never becomes weak again: it stays strong until its
//!   tree is hung under another.)
//!
//! The algorithm takes a strong root of the lowest label L and looks for a merger arc: a pair (u, w) with d(u) = L in
//! its tree and d(w) = L - 1. All nodes of strong trees have labels of at least L, so w is in a weak tree. Only the
//! nodes that are joined to the root by nodes of label L are searched, depth first. A node from which no such pair
//! leads, and none of whose children has label L, is relabelled to L + 1. This keeps the invariants: the heads of its
//! pairs and its children have labels of at least L and L + 1, and its parent has label L at this moment.
//!
//! If no node has label L - 1, the algorithm ends. The labels along a path up a weak tree fall by at most one per step
//! and end at zero, so the labels of a weak tree have no gap. None of its nodes has label L - 1, so none has a higher
//! label either. A pair from a strong node, of label at least L, to a weak one, of label at most L - 2, would break the
//! first invariant. So there is no merger arc, and the theorem applies.
//!
//! **Bound.** Let there be n nodes and m pairs. A root of label L is processed only if a weak tree has nodes of all
//! labels 0 to L - 1. So L < n, no label exceeds n, and there are O(n^2) relabellings. Per label of a node its pairs
//! and its children are scanned once: O(n m + n^2), and one step more for every node that a merger hangs up. A pair (u,
//! w) merges at most once per label of u: after the merger w is the parent of u, and the two come apart only if a later
//! merger runs through both, from w to u, and the excess then splits the pair. Such a merger found both with the same
//! label, so d(w) is at least what d(u) was, and d(u) has to grow before (u, w) is a merger arc again. That makes O(n
//! m) mergers of O(n) steps each: O(n^2 m) in all. (With dynamic trees it would be O(n m log n).) On programs of
//! forests a cut takes the time of a few passes over the pairs.
//!
//! # Source
//!
//! Hochbaum (2008), "The pseudoflow algorithm: a new algorithm for the maximum-flow problem", Operations Research
//! 56(4), sections 3 to 5. What is special here is that no pair has a limited capacity. Picard (1976), "Maximal closure
//! of a graph and applications to combinatorial problems", Management Science 22(11), has the reduction to a cut.
//!
//! Tried and dropped: exact distances as labels, computed anew from time to time (global relabelling). Until the very
//! end nearly every node can reach a weak root, so a pass over the pairs for exact distances saves none.
//!
//! # An example
//!
//! Decisions a and b gain 5 and 4. Resource r costs 6, s costs 2. Decision a uses r, decision b uses r and s. At lambda
//! = 1 all nodes are roots at first; a and b are strong with label 1, r and s are weak with label 0.
//!
//! | step | trees (child < parent) | excess of the roots | flow |
//! |---|---|---|---|
//! | start | | a 5, b 4, r -6, s -2 | |
//! | merger (b, r), push 4 | b < r | a 5, r -2, s -2 | br 4 |
//! | merger (a, r), push 5 | a < r, b < r | r 3, s -2 | ar 5, br 4 |
//! | r is strong; relabelled to 1, then a to 2 | the same | the same | the same |
//! | merger (b, s): reroot at b, push 3 from r | a < r < b < s | s 1 | ar 5, br 1, bs 3 |
//!
//! The push from r to b returns 3 of the 4 that b had sent to r. Now s is strong, and no weak root is left. Everything
//! is one strong tree of excess 1: the maximum closure is {a, b, r, s}, of weight 5 + 4 - 6 - 2 = 1. The test
//! `the_example_of_the_page` runs these steps.

mod start;
mod trees;

use secateur_program::{CompressedRows, Control, Stop};

use crate::amount::Amount;
use crate::forest::NONE;
pub(crate) use trees::Basis;
use trees::Trees;

/// The pair between a node and its parent in a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TreePair {
    pub(crate) tail: u32,
    pub(crate) head: u32,
    pub(crate) flow: i128,
}

/// The state of the algorithm, see the page of this module for its invariants.
pub(crate) struct Pseudoflow<'a, A> {
    pairs: &'a CompressedRows,
    trees: Trees,
    excess: Vec<A>,
    /// Flow on the pair between each node and its parent.
    flow: Vec<A>,
    /// Whether that pair points up, from the node to its parent.
    up: Vec<bool>,
    label: Vec<u32>,
    /// For each decision the next pair to scan at its present label, as a position among all entries of `pairs`.
    next_pair: Vec<u32>,
    /// Number of nodes with each label.
    label_count: Vec<u32>,
    /// Strong roots by label, as linked stacks: the top of each stack, and below each root the next.
    strong: Vec<u32>,
    below: Vec<u32>,
    /// Nodes and pairs looked at so far.
    steps: u64,
}

impl<'a, A: Amount> Pseudoflow<'a, A> {
    /// Hangs a root under a node; a child of the node's own label is still to be scanned.
    fn attach(&mut self, node: u32, parent: u32) {
        let to_be_scanned = self.label[node as usize] == self.label[parent as usize];
        self.trees.attach(node, parent, to_be_scanned);
    }

    /// Runs to the end. Afterwards the strong trees are the smallest maximum closure, unless there was a stop.
    pub(crate) fn solve(&mut self, control: &Control) -> Result<(), Stop> {
        let mut lowest = 1;
        let mut processed = 0u32;
        loop {
            while lowest < self.strong.len() && self.strong[lowest] == NONE {
                lowest += 1;
            }
            // No strong root is left, or none of their trees can reach a weak one.
            if lowest >= self.strong.len() || (lowest > 0 && self.label_count[lowest - 1] == 0) {
                return Ok(());
            }
            processed = processed.wrapping_add(1);
            if processed.is_multiple_of(256) {
                control.check()?;
            }
            let root = self.strong[lowest];
            self.strong[lowest] = self.below[root as usize];
            lowest = lowest.min(self.process(root) as usize);
        }
    }

    /// Searches a strong tree for a merger arc. If there is one, merges and pushes; if not, the root has been
    /// relabelled. Returns the lowest label with which a root has become strong.
    fn process(&mut self, root: u32) -> u32 {
        let label = self.label[root as usize];
        let mut node = root;
        loop {
            if let Some(head) = self.find_merger(node, label) {
                self.merge(node, head);
                return self.push(root);
            }
            // Depth first to the next node of this label. A node that is left behind is relabelled.
            loop {
                if let Some(child) = self.trees.scan(node, |child| self.label[child as usize] == label, &mut self.steps)
                {
                    node = child;
                    break;
                }
                self.relabel(node);
                if node == root {
                    self.put_strong(root);
                    return label + 1;
                }
                self.trees.pass_over(node);
                node = self.trees.parent[node as usize];
            }
        }
    }

    /// The head of a merger arc from a node of this label.
    fn find_merger(&mut self, node: u32, label: u32) -> Option<u32> {
        let tail = node as usize;
        if tail >= self.pairs.n_rows() {
            return None;
        }
        let next = &mut self.next_pair[tail];
        let heads = &self.pairs.entries()[*next as usize..self.pairs.range(tail).end];
        match heads.iter().position(|&head| self.label[head as usize] + 1 == label) {
            Some(passed) => {
                *next += passed as u32;
                self.steps += passed as u64 + 1;
                Some(heads[passed])
            }
            None => {
                *next += heads.len() as u32;
                self.steps += heads.len() as u64 + 1;
                None
            }
        }
    }

    fn relabel(&mut self, node: u32) {
        let v = node as usize;
        let label = self.label[v] as usize;
        self.label_count[label] -= 1;
        self.label[v] += 1;
        if self.label_count.len() <= label + 1 {
            self.label_count.push(0);
            self.strong.push(NONE);
        }
        self.label_count[label + 1] += 1;
        self.trees.rescan(node);
        if v < self.pairs.n_rows() {
            self.next_pair[v] = self.pairs.range(v).start as u32;
        }
    }

    fn put_strong(&mut self, root: u32) {
        let top = &mut self.strong[self.label[root as usize] as usize];
        self.below[root as usize] = std::mem::replace(top, root);
    }

    /// Reroots the tree of `tail` at it, and hangs it under `head` by their pair.
    fn merge(&mut self, tail: u32, head: u32) {
        let (mut node, mut new_parent) = (tail, head);
        let (mut flow, mut up) = (A::default(), true);
        let mut steps = 0;
        loop {
            let v = node as usize;
            steps += 1;
            let old_parent = self.trees.parent[v];
            if old_parent != NONE {
                self.trees.detach(node);
            }
            self.attach(node, new_parent);
            std::mem::swap(&mut self.flow[v], &mut flow);
            up = !std::mem::replace(&mut self.up[v], up);
            if old_parent == NONE {
                self.steps += steps;
                return;
            }
            (new_parent, node) = (node, old_parent);
        }
    }

    /// Pushes the excess of a former root to the root of its new tree, and splits the tree where a pair cannot return
    /// so much. Returns the lowest label with which a root has become strong.
    fn push(&mut self, from: u32) -> u32 {
        let zero = A::default();
        let mut lowest = u32::MAX;
        let mut node = from;
        while !self.trees.is_root(node) {
            let (v, parent) = (node as usize, self.trees.parent[node as usize]);
            let mut amount = self.excess[v];
            if self.up[v] {
                self.flow[v] += amount;
                self.excess[v] = zero;
            } else if self.flow[v] >= amount {
                self.flow[v] -= amount;
                self.excess[v] = zero;
            } else {
                amount = self.flow[v];
                self.flow[v] = zero;
                self.excess[v] -= amount;
                self.trees.detach(node);
                self.put_strong(node);
                lowest = lowest.min(self.label[v]);
                if amount == zero {
                    return lowest;
                }
            }
            debug_assert!(self.excess[parent as usize] <= zero, "the tree that is merged into is weak");
            self.excess[parent as usize] += amount;
            node = parent;
        }
        if self.excess[node as usize] > zero {
            self.put_strong(node);
            lowest = lowest.min(self.label[node as usize]);
        }
        lowest
    }

    /// Marks the nodes of strong trees; `None` if there is no such tree.
    pub(crate) fn strong_nodes(&self) -> Option<Vec<bool>> {
        let mut marked: Option<Vec<bool>> = None;
        let mut stack = Vec::new();
        for root in 0..self.excess.len() {
            if !self.trees.is_root(root as u32) || self.excess[root] <= A::default() {
                continue;
            }
            let marked = marked.get_or_insert_with(|| vec![false; self.excess.len()]);
            stack.push(root as u32);
            while let Some(node) = stack.pop() {
                marked[node as usize] = true;
                stack.extend(self.trees.children(node));
            }
        }
        marked
    }

    /// The pairs that carry flow.
    pub(crate) fn flows(&self) -> impl Iterator<Item = TreePair> + '_ {
        let carries = |&v: &u32| !self.trees.is_root(v) && self.flow[v as usize] > A::default();
        (0..self.flow.len() as u32).filter(carries).map(|v| {
            let parent = self.trees.parent[v as usize];
            let (tail, head) = if self.up[v as usize] { (v, parent) } else { (parent, v) };
            TreePair { tail, head, flow: self.flow[v as usize].wide() }
        })
    }

    /// How many nodes and pairs have been looked at.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The trees, for a start at another lambda.
    pub(crate) fn into_basis(self) -> Basis {
        Basis { parent: self.trees.parent, up: self.up }
    }
}

#[cfg(test)]
mod tests;
