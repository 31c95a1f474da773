//! The core of a program with limits: what an optimal selection may contain, with every limit as weights of resources.
//!
//! Two reductions, neither of which loses an optimum:
//!
//! - Let S be the smallest closed set of most gain when nothing costs anything. Only the decisions of S are kept. For
//!   let T be any selection. Its part outside S gains nothing, or S would contain it. Weights are not negative, so T
//!   without this part keeps the limits, and it gains no less.
//! - The weight of a decision in a limit becomes the weight of a resource that only this decision uses. Resources with
//!   the same users become one.

use super::set::Set;
use crate::forest::{Forest, best_closed_set, parent_in};
use secateur_program::{CompressedRows, DecisionId, Limit, MergeOverflow, ResourceMerger, Selection, SelectionProgram};

use crate::transpose::transpose;

/// Decisions `0..len()` are numbered parents first.
#[derive(Debug)]
pub(super) struct Core<'a> {
    program: &'a SelectionProgram,
    forest: Forest,
    pub(super) gain: Vec<i64>,
    children: CompressedRows,
    /// The resources of each decision, ascending.
    uses: CompressedRows,
    n_resources: usize,
    /// Weight of each resource in each limit: `weight[k][r]`.
    pub(super) weight: Vec<Vec<i64>>,
    /// What each limit allows.
    pub(super) most: Vec<i64>,
}

impl<'a> Core<'a> {
    /// O(D log D + R + U K) plus merging.
    pub(super) fn new(program: &'a SelectionProgram, limits: &[Limit]) -> Self {
        let forest = worth_having(program);
        let (weight, merger) = resources(program, limits, &forest.decision);
        let users = merger.rows();
        let uses = transpose(|r| users.row(r), users.n_rows(), forest.len());
        Self {
            gain: forest.gains(program),
            children: CompressedRows::children(&forest.parent),
            program,
            forest,
            uses,
            n_resources: merger.len(),
            weight,
            most: limits.iter().map(Limit::most).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.gain.len()
    }

    pub(super) fn n_resources(&self) -> usize {
        self.n_resources
    }

    pub(super) fn n_limits(&self) -> usize {
        self.most.len()
    }

    /// The parent of each decision, or `NONE`.
    pub(super) fn parents(&self) -> &[u32] {
        &self.forest.parent
    }

    /// Resources of a decision, ascending.
    pub(super) fn uses(&self, v: u32) -> &[u32] {
        self.uses.row(v as usize)
    }

    /// The decisions that require this one, ascending.
    pub(super) fn children(&self, v: u32) -> &[u32] {
        self.children.row(v as usize)
    }

    /// The part of a selection of the program that is in the core. It is closed, and no worse than the selection.
    pub(super) fn set(&self, selection: &Selection) -> Set {
        let mut set = Set::empty(self);
        let members = (0..self.len() as u32).filter(|&v| selection.has(self.forest.decision[v as usize]));
        members.for_each(|v| set.add(self, v));
        set
    }

    /// The selection of the program with these decisions of the core.
    pub(super) fn selection(&self, has: &[bool]) -> Selection {
        self.forest.selection(self.program, has.iter().copied())
    }
}

/// The decisions of the smallest closed set of most gain when nothing costs anything.
fn worth_having(program: &SelectionProgram) -> Forest {
    let all = Forest::new(program);
    let mut selected = vec![false; all.len()];
    best_closed_set(parent_in(&all.parent), |_| true, &mut all.gains(program), &mut selected);
    let kept = all.decision.iter().zip(selected).filter(|(_, selected)| *selected);
    Forest::of(program, kept.map(|(&v, _)| v).collect())
}

/// Weights in every limit, and users, of the merged resources that weigh something in some limit.
fn resources(
    program: &SelectionProgram,
    limits: &[Limit],
    decisions: &[DecisionId],
) -> (Vec<Vec<i64>>, ResourceMerger) {
    let users = transpose(|v| program.use_list(decisions[v]), decisions.len(), program.n_resources());
    let mut merger = ResourceMerger::new();
    let mut weight: Vec<Vec<i64>> = vec![Vec::new(); limits.len()];
    let mut add = |users: &[u32], of: &dyn Fn(&Limit) -> i64| {
        if users.is_empty() || limits.iter().all(|limit| of(limit) == 0) {
            return;
        }
        let merged: Result<u32, MergeOverflow> = merger.add(users, 0);
        let merged = merged.expect("zeros do not overflow") as usize;
        for (weight, limit) in weight.iter_mut().zip(limits) {
            weight.resize(weight.len().max(merged + 1), 0);
            weight[merged] += of(limit); // all weights of a limit sum to 64 bits
        }
    };
    for (r, users) in users.rows().enumerate() {
        add(users, &|limit| limit.per_resource()[r]);
    }
    for (node, &v) in (0..).zip(decisions) {
        add(&[node], &|limit| limit.per_decision()[v.index()]);
    }
    (weight, merger)
}
