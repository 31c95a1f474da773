//! Maximum closure at one lambda by pseudoflow with lowest labels, specialised to pairs of unbounded capacity.
//!
//! Source: Hochbaum (2008), "The pseudoflow algorithm: a new algorithm for the maximum-flow problem", Operations
//! Research 56(4), sections 3-5. What is special here: every pair has unbounded capacity, so a pair outside the forest
//! carries no flow, can be used only forwards, and needs no reverse arc; flow is stored once per node, on the pair
//! to its tree parent. Memory is O(nodes) beside the pairs themselves.
//!
//! # State
//!
//! Nodes (decisions and resources of a block) form rooted trees. Only roots have excess: *strong* roots more than zero, *weak*
//! roots zero or less. The pair between a node and its tree parent points either up (node uses parent) or down.
//!
//! Invariants, between calls of `process`:
//! - a pair that points up carries flow > 0; one that points down carries flow >= 0; all others carry none;
//! - labels do not decrease from parent to child, and `label[tail] <= label[head] + 1` on every pair; only roots have
//!   label 0;
//! - inflow minus outflow plus supply is the excess of roots and 0 elsewhere.
//!
//! At the end no pair leads from a strong to a weak tree. Then the strong trees are a closed set of maximum weight, and the
//! smallest such: every node of a strong tree is reachable from the root's excess. If there is none, all of the block's supply has been
//! balanced, and the flow is the certificate of a class.
//!
//! Complexity: without dynamic trees O(nodes^2 x pairs) in the worst case; a few passes over the pairs on forests. A node's children are
//! scanned once per label of the node, as its pairs are, however often its tree is processed in between.

use secateur_program::{Control, Stop};

use crate::amount::Amount;
use crate::pairs::Pairs;

const NONE: u32 = u32::MAX;

/// The pair between a node and its tree parent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TreePair {
    pub(crate) tail: u32,
    pub(crate) head: u32,
    pub(crate) flow: i128,
}

/// The trees, as parents only; what survives a change of lambda (see [`Pseudoflow::new`]).
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) parent: Vec<u32>,
    pub(crate) up: Vec<bool>,
}

pub(crate) struct Pseudoflow<'a, A> {
    pairs: &'a Pairs,
    excess: Vec<A>,
    /// Flow on the pair between node and tree parent.
    flow: Vec<A>,
    parent: Vec<u32>,
    /// Whether that pair leads from the node to its parent.
    up: Vec<bool>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    previous_sibling: Vec<u32>,
    label: Vec<u32>,
    /// Next child to scan at the present label. Children before it have larger labels than the node.
    next_scan: Vec<u32>,
    /// Next pair to scan at the present label, for tails.
    next_pair: Vec<u32>,
    label_count: Vec<u32>,
    /// Strong roots by label, as stacks: the top of each, and for each root the one below it.
    strong: Vec<u32>,
    below: Vec<u32>,
    /// Nodes and pairs looked at so far.
    steps: u64,
}

impl<'a, A: Amount> Pseudoflow<'a, A> {
    /// Starts from any trees with the given supplies (positive: gains at this lambda; negative: costs). Flows are computed
    /// along the trees, and where one would have the wrong sign the tree is cut: so the trees of a solve at another
    /// lambda will do.
    pub(crate) fn new(pairs: &'a Pairs, supply: Vec<A>, basis: &Basis) -> Self {
        let nodes = supply.len();
        let mut this = Self {
            pairs,
            excess: supply,
            flow: vec![A::default(); nodes],
            parent: vec![NONE; nodes],
            up: basis.up.clone(),
            first_child: vec![NONE; nodes],
            next_sibling: vec![NONE; nodes],
            previous_sibling: vec![NONE; nodes],
            label: vec![0; nodes],
            next_scan: vec![NONE; nodes],
            next_pair: pairs.start[..pairs.tails()].to_vec(),
            label_count: vec![0; 2],
            strong: vec![NONE; 2],
            below: vec![NONE; nodes],
            steps: 0,
        };
        this.settle(basis);
        this.label_roots();
        this
    }

    /// Hangs each node under its tree parent, leaves first, with the flow that its subtree's supply demands.
    fn settle(&mut self, basis: &Basis) {
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

    /// Weak roots have label 0, all other nodes 1: a valid start, since a node that is no weak root is at least one pair
    /// away from one.
    fn label_roots(&mut self) {
        self.label.fill(1);
        for root in 0..self.excess.len() {
            if self.parent[root] != NONE {
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

    fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let mut child = self.first_child[node as usize];
        std::iter::from_fn(move || {
            let found = (child != NONE).then_some(child)?;
            child = self.next_sibling[child as usize];
            Some(found)
        })
    }

    /// Hangs a root under a node: as the first child, or, where it is still to be scanned, as the next to be scanned.
    fn attach(&mut self, node: u32, parent: u32) {
        let (v, p) = (node as usize, parent as usize);
        let scan = self.next_scan[p];
        let to_be_scanned = self.label[v] == self.label[p];
        let previous = if to_be_scanned && scan != NONE { self.previous_sibling[scan as usize] } else { NONE };
        let next = if previous == NONE {
            std::mem::replace(&mut self.first_child[p], node)
        } else {
            std::mem::replace(&mut self.next_sibling[previous as usize], node)
        };
        if to_be_scanned {
            self.next_scan[p] = node;
        }
        self.parent[v] = parent;
        self.next_sibling[v] = next;
        self.previous_sibling[v] = previous;
        if next != NONE {
            self.previous_sibling[next as usize] = node;
        }
    }

    fn detach(&mut self, node: u32) {
        let v = node as usize;
        let (previous, next) = (self.previous_sibling[v], self.next_sibling[v]);
        let parent = self.parent[v] as usize;
        if previous == NONE {
            self.first_child[parent] = next;
        } else {
            self.next_sibling[previous as usize] = next;
        }
        if next != NONE {
            self.previous_sibling[next as usize] = previous;
        }
        if self.next_scan[parent] == node {
            self.next_scan[parent] = next;
        }
        self.parent[v] = NONE;
    }

    /// Runs to the end: afterwards [`Pseudoflow::strong_nodes`] is the smallest maximum closure.
    pub(crate) fn solve(&mut self, control: &Control) -> Result<(), Stop> {
        let mut lowest = 1;
        let mut processed = 0u32;
        loop {
            while lowest < self.strong.len() && self.strong[lowest] == NONE {
                lowest += 1;
            }
            // Without a node of the label below, no strong tree can reach a weak one any more.
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

    /// Looks for a pair from this strong tree, at the root's label, to the label below. With one: merges and pushes.
    /// Without: the root's label has grown. Returns the lowest label at which a strong root was put.
    fn process(&mut self, root: u32) -> u32 {
        let label = self.label[root as usize];
        let mut node = root;
        loop {
            if let Some(head) = self.find_below(node, label) {
                self.merge(node, head);
                return self.push(root);
            }
            // Next node of this label in depth-first order; what has been left behind is relabelled.
            loop {
                if let Some(child) = self.next_child_at(node, label) {
                    node = child;
                    break;
                }
                self.relabel(node);
                if node == root {
                    self.put_strong(root);
                    return label + 1;
                }
                let parent = self.parent[node as usize];
                self.next_scan[parent as usize] = self.next_sibling[node as usize]; // done with at this label
                node = parent;
            }
        }
    }

    fn find_below(&mut self, node: u32, label: u32) -> Option<u32> {
        let tail = node as usize;
        if tail >= self.pairs.tails() {
            return None;
        }
        let end = self.pairs.start[tail + 1];
        let from = self.next_pair[tail];
        let heads = &self.pairs.head[from as usize..end as usize];
        match heads.iter().position(|&head| self.label[head as usize] + 1 == label) {
            Some(offset) => {
                self.next_pair[tail] = from + offset as u32;
                self.steps += offset as u64 + 1;
                Some(heads[offset])
            }
            None => {
                self.next_pair[tail] = end;
                self.steps += u64::from(end - from) + 1;
                None
            }
        }
    }

    fn next_child_at(&mut self, node: u32, label: u32) -> Option<u32> {
        let first = self.next_scan[node as usize];
        let (mut child, mut steps) = (first, 1);
        while child != NONE && self.label[child as usize] != label {
            child = self.next_sibling[child as usize];
            steps += 1;
        }
        self.steps += steps;
        if child != first {
            self.next_scan[node as usize] = child;
        }
        (child != NONE).then_some(child)
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
        self.next_scan[v] = self.first_child[v];
        if v < self.pairs.tails() {
            self.next_pair[v] = self.pairs.start[v];
        }
    }

    fn put_strong(&mut self, root: u32) {
        let top = &mut self.strong[self.label[root as usize] as usize];
        self.below[root as usize] = std::mem::replace(top, root);
    }

    /// Reroots the tree of `tail` at it and hangs it under `head` by their pair.
    fn merge(&mut self, tail: u32, head: u32) {
        let (mut node, mut new_parent) = (tail, head);
        let (mut flow, mut up) = (A::default(), true);
        let mut steps = 0;
        loop {
            let v = node as usize;
            steps += 1;
            let old_parent = self.parent[v];
            if old_parent != NONE {
                self.detach(node);
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

    /// Sends the excess of a former root up to the root of its new tree, cutting the tree where a pair cannot carry it.
    /// Returns the lowest label at which a strong root was put.
    fn push(&mut self, from: u32) -> u32 {
        let zero = A::default();
        let mut lowest = u32::MAX;
        let mut node = from;
        while self.parent[node as usize] != NONE {
            let (v, parent) = (node as usize, self.parent[node as usize]);
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
                self.detach(node);
                self.put_strong(node);
                lowest = lowest.min(self.label[v]);
                if amount == zero {
                    return lowest;
                }
            }
            // Strong roots have at least the lowest strong label; the tree that was found has a label below it.
            debug_assert!(self.excess[parent as usize] <= zero, "pairs are looked for into weak trees only");
            self.excess[parent as usize] += amount;
            node = parent;
        }
        if self.excess[node as usize] > zero {
            self.put_strong(node);
            lowest = lowest.min(self.label[node as usize]);
        }
        lowest
    }

    /// Marks the nodes of strong trees; `None` if there is none.
    pub(crate) fn strong_nodes(&self) -> Option<Vec<bool>> {
        let mut marked: Option<Vec<bool>> = None;
        let mut stack = Vec::new();
        for root in 0..self.excess.len() {
            if self.parent[root] != NONE || self.excess[root] <= A::default() {
                continue;
            }
            let marked = marked.get_or_insert_with(|| vec![false; self.excess.len()]);
            stack.push(root as u32);
            while let Some(node) = stack.pop() {
                marked[node as usize] = true;
                stack.extend(self.children(node));
            }
        }
        marked
    }

    /// The pairs that carry flow.
    pub(crate) fn flows(&self) -> impl Iterator<Item = TreePair> + '_ {
        (0..self.flow.len()).filter(|&v| self.parent[v] != NONE && self.flow[v] > A::default()).map(|v| {
            let (node, parent) = (v as u32, self.parent[v]);
            let (tail, head) = if self.up[v] { (node, parent) } else { (parent, node) };
            TreePair { tail, head, flow: self.flow[v].wide() }
        })
    }

    /// How many nodes and pairs the solve has looked at.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The trees, for a warm start.
    pub(crate) fn into_basis(self) -> Basis {
        Basis { parent: self.parent, up: self.up }
    }
}

impl Basis {
    /// All nodes, each before its parent. O(nodes).
    fn leaves_first(&self) -> Vec<u32> {
        let mut waiting = vec![0u32; self.parent.len()];
        for &parent in self.parent.iter().filter(|parent| **parent != NONE) {
            waiting[parent as usize] += 1;
        }
        let mut order: Vec<u32> = (0..self.parent.len() as u32).filter(|&v| waiting[v as usize] == 0).collect();
        let mut next = 0;
        while next < order.len() {
            let parent = self.parent[order[next] as usize];
            next += 1;
            if parent != NONE {
                waiting[parent as usize] -= 1;
                if waiting[parent as usize] == 0 {
                    order.push(parent);
                }
            }
        }
        order
    }
}
