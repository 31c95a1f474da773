//! The rooted trees of the pseudoflow algorithm: parents, and the children of each node as a list that is being
//! scanned.
//!
//! The children of a node are a doubly linked list, so that a node is hung under another, or taken off, in constant
//! time. The algorithm scans the children of a node once per label of the node. `next_child` is where that scan has
//! come to: children before it are done with at the present label.

use crate::forest::NONE;

/// Trees over nodes `0..n`.
#[derive(Debug)]
pub(super) struct Trees {
    /// The parent of each node, or [`NONE`] for roots.
    pub(super) parent: Vec<u32>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    previous_sibling: Vec<u32>,
    next_child: Vec<u32>,
}

impl Trees {
    /// Every node is a root.
    pub(super) fn new(nodes: usize) -> Self {
        let none = || vec![NONE; nodes];
        Self { parent: none(), first_child: none(), next_sibling: none(), previous_sibling: none(), next_child: none() }
    }

    pub(super) fn is_root(&self, node: u32) -> bool {
        self.parent[node as usize] == NONE
    }

    pub(super) fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let mut child = self.first_child[node as usize];
        std::iter::from_fn(move || {
            let found = (child != NONE).then_some(child)?;
            child = self.next_sibling[child as usize];
            Some(found)
        })
    }

    /// Hangs a root under a node of another tree. If it is still to be scanned, it comes next; otherwise it comes
    /// first, and so before the children that are still to be scanned.
    pub(super) fn attach(&mut self, node: u32, parent: u32, to_be_scanned: bool) {
        let (v, p) = (node as usize, parent as usize);
        let scan = self.next_child[p];
        let previous = if to_be_scanned && scan != NONE { self.previous_sibling[scan as usize] } else { NONE };
        let next = if previous == NONE {
            std::mem::replace(&mut self.first_child[p], node)
        } else {
            std::mem::replace(&mut self.next_sibling[previous as usize], node)
        };
        if to_be_scanned {
            self.next_child[p] = node;
        }
        self.parent[v] = parent;
        self.next_sibling[v] = next;
        self.previous_sibling[v] = previous;
        if next != NONE {
            self.previous_sibling[next as usize] = node;
        }
    }

    /// Takes a node off its parent; it becomes a root.
    pub(super) fn detach(&mut self, node: u32) {
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
        if self.next_child[parent] == node {
            self.next_child[parent] = next;
        }
        self.parent[v] = NONE;
    }

    /// Scans on for a child that satisfies the condition, and stays at it. Adds the children looked at, and one, to
    /// `steps`.
    #[inline]
    pub(super) fn scan(&mut self, node: u32, is_wanted: impl Fn(u32) -> bool, steps: &mut u64) -> Option<u32> {
        let first = self.next_child[node as usize];
        let (mut child, mut looked) = (first, 1);
        while child != NONE && !is_wanted(child) {
            child = self.next_sibling[child as usize];
            looked += 1;
        }
        *steps += looked;
        if child != first {
            self.next_child[node as usize] = child;
        }
        (child != NONE).then_some(child)
    }

    /// Lets the scan of the parent's children go on behind this child.
    pub(super) fn pass_over(&mut self, child: u32) {
        self.next_child[self.parent[child as usize] as usize] = self.next_sibling[child as usize];
    }

    /// Lets the scan of a node's children begin again.
    pub(super) fn rescan(&mut self, node: u32) {
        self.next_child[node as usize] = self.first_child[node as usize];
    }
}

/// Trees as parents only: what one cut leaves to the next.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    /// The parent of each node, or [`NONE`] for roots.
    pub(crate) parent: Vec<u32>,
    /// Whether the pair between a node and its parent leads from the node to the parent.
    pub(crate) up: Vec<bool>,
}

impl Basis {
    /// All nodes, each before its parent. O(nodes).
    pub(super) fn leaves_first(&self) -> Vec<u32> {
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
