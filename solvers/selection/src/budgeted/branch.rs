//! Branch and bound: the search that proves optimality.
//!
//! A node fixes some decisions in, with what they require, and some out, with what requires them. What is in is
//! contracted. What cannot be added within the limits is dropped. The path of the rest gives a set within the limits,
//! and a bound. If everything that is left fits, the node is solved. Otherwise it branches on a decision of the first
//! class that does not fit: among those without an ancestor in their class, on the one whose own unpaid resources have
//! the largest price. Each branch fixes at least one decision more, so the search ends.
//!
//! Nodes are taken by bound, the deepest first among those of one bound, in batches of a fixed size that are worked on
//! in parallel.

use std::collections::BinaryHeap;

use rayon::prelude::*;
use secateur_program::{Control, Status, Stop};

use super::core::Core;
use super::fill::{bring_down, fill};
use super::part::Part;
use super::reach::reach;
use super::set::Set;
use super::surrogate::Surrogate;
use crate::forest::NONE;

/// Number of nodes that are worked on together. It is fixed, so that the answer does not depend on the number of
/// threads.
const BATCH: usize = 8;
/// The sets of the first so many nodes are filled up, and those of every eighth node after them.
const FILLED: u64 = 64;

/// A decision that is fixed, in addition to those fixed before it.
struct Fix {
    decision: u32,
    inside: bool,
    /// The fixing before it, or `NONE`.
    before: u32,
}

/// An open node. The largest in this order is worked on first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    /// No set of the node gains more.
    bound: i64,
    depth: u32,
    number: u64,
    /// Last fixing, or `NONE`.
    fixed: u32,
}

/// The open nodes of a search.
pub(super) struct Tree<'a> {
    core: &'a Core<'a>,
    surrogates: &'a [Surrogate],
    alive: &'a [bool],
    fixes: Vec<Fix>,
    open: BinaryHeap<Node>,
    /// Nodes worked on.
    pub(super) nodes: u64,
}

/// What working on a node gave.
struct Outcome {
    bound: i64,
    /// A set within the limits that gains more than the best known.
    found: Option<Set>,
    /// Decision to branch on; none if the node is done.
    branch: Option<u32>,
}

impl<'a> Tree<'a> {
    /// One open node, for every set of the decisions that are alive.
    pub(super) fn new(core: &'a Core<'a>, surrogates: &'a [Surrogate], alive: &'a [bool], bound: i64) -> Self {
        let root = Node { bound, depth: 0, number: 0, fixed: NONE };
        Self { core, surrogates, alive, fixes: Vec::new(), open: BinaryHeap::from([root]), nodes: 0 }
    }

    /// The best bound of an open node: no set gains more than this and more than the best known.
    pub(super) fn bound(&self) -> Option<i64> {
        self.open.peek().map(|node| node.bound)
    }

    /// Works on nodes until none can contain a better set than `best`, or until `limit` nodes have been worked on in
    /// all.
    pub(super) fn run(&mut self, best: &mut Set, limit: u64, control: &Control) -> Result<(), Stop> {
        while self.nodes < limit {
            let mut batch: Vec<Node> = Vec::new();
            while batch.len() < BATCH && self.open.peek().is_some_and(|node| node.bound > best.gain) {
                batch.extend(self.open.pop());
            }
            if batch.is_empty() {
                self.open.clear();
                return Ok(());
            }
            let this = &*self;
            let known = best.gain;
            let work = |(index, node): (usize, &Node)| this.work(node, known, this.nodes + index as u64, control);
            let outcomes: Vec<Result<Outcome, Stop>> =
                batch.par_iter().enumerate().map(|(i, node)| work((i, node))).collect();
            let mut stopped = None;
            for (node, outcome) in batch.into_iter().zip(outcomes) {
                match outcome {
                    Ok(outcome) => self.apply(node, outcome, best),
                    Err(stop) => {
                        self.open.push(node);
                        stopped = Some(stop);
                    }
                }
            }
            if let Some(stop) = stopped {
                return Err(stop);
            }
            control.report("branch and bound", self.nodes, limit);
        }
        if self.bound().is_some_and(|bound| bound <= best.gain) {
            self.open.clear();
        }
        Ok(())
    }

    /// Takes over what a node gave, and opens its two branches.
    fn apply(&mut self, node: Node, outcome: Outcome, best: &mut Set) {
        self.nodes += 1;
        if let Some(found) = outcome.found.filter(|found| found.gain > best.gain) {
            *best = found;
        }
        let Some(decision) = outcome.branch else { return };
        for inside in [false, true] {
            let fixed = self.fixes.len() as u32;
            self.fixes.push(Fix { decision, inside, before: node.fixed });
            let number = 2 * self.nodes + u64::from(inside);
            self.open.push(Node { bound: outcome.bound, depth: node.depth + 1, number, fixed });
        }
    }

    /// Works on one node. `known` is the best gain so far.
    fn work(&self, node: &Node, known: i64, number: u64, control: &Control) -> Result<Outcome, Stop> {
        control.check()?;
        let core = self.core;
        let done = Outcome { bound: node.bound, found: None, branch: None };
        let (mut set, allowed) = self.state(node);
        if !set.within(&core.most) {
            return Ok(done);
        }
        let free = reach(core, &set, |v| allowed[v as usize], &self.surrogates[0].price).fits;
        let part = Part::new(core, &set, &free);
        let mut bound = node.bound;
        let mut first = None;
        for surrogate in self.surrogates {
            let classes = part.classes(core, &set, surrogate, Some(surrogate.most), control);
            if classes.status != Status::Optimal {
                control.check()?;
                return Err(Stop::Cancelled); // the path was stopped, even if the reason is gone by now
            }
            bound = bound.min(classes.bound(surrogate.most).0);
            first.get_or_insert(classes);
            if bound <= known {
                return Ok(done);
            }
        }
        let classes = first.expect("there is at least one surrogate");
        let count = classes.within(&core.most);
        part.add_classes(core, &classes, 0..count, &mut set);
        let found = |set: Set| Some(set).filter(|set| set.gain > known);
        if count == classes.len() {
            return Ok(Outcome { bound, found: found(set), branch: None });
        }
        let own = |v: u32| {
            let unpaid = core.uses(v).iter().filter(|&&r| !set.pays(r));
            unpaid.map(|&r| self.surrogates[0].price[r as usize]).sum::<i64>()
        };
        let is_top = |v: &u32| core.parents()[*v as usize] == NONE || set.has[core.parents()[*v as usize] as usize];
        let members = part.decisions.iter().zip(&classes.class).filter(|(_, class)| **class as usize == count);
        let members = members.map(|(&v, _)| v);
        let branch = members.filter(is_top).max_by_key(|&v| (own(v), core.gain[v as usize], std::cmp::Reverse(v)));
        debug_assert!(branch.is_some(), "some decision of a class has no ancestor in it");
        if number < FILLED || number.is_multiple_of(8) {
            bring_down(core, &self.surrogates[0], &part, &classes, &mut set, control)?;
            fill(core, &self.surrogates[0], &mut set, &allowed, control)?;
        }
        Ok(Outcome { bound, found: found(set), branch })
    }

    /// The set of what is fixed in at a node, and the decisions that may be added to it.
    fn state(&self, node: &Node) -> (Set, Vec<bool>) {
        let mut set = Set::empty(self.core);
        let mut allowed = self.alive.to_vec();
        let mut at = node.fixed;
        while at != NONE {
            let Fix { decision, inside, before } = self.fixes[at as usize];
            if inside {
                set.add_chain(self.core, decision);
            } else {
                allowed[decision as usize] = false;
            }
            at = before;
        }
        (set, allowed)
    }
}
