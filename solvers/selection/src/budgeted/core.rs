//! The core of a budgeted program: what an optimal selection may contain, with every limit as weights of resources.
//!
//! Two reductions, neither of which loses an optimum:
//! - Let S be the smallest set of most gain when nothing costs anything. For any selection T the part outside S gains nothing
//!   (otherwise S would take it) and weights are not negative: T without it is no worse. So only decisions of S remain.
//! - The weight of a decision in a limit becomes a resource of its own; resources with the same users become one.

use super::set::Set;
use secateur_program::{DecisionId, Limit, MergeOverflow, ResourceMerger, Selection, SelectionProgram};

pub(super) const NONE: u32 = u32::MAX;

/// Decisions `0..len()` are numbered parents first.
#[derive(Debug)]
pub(super) struct Core<'a> {
    program: &'a SelectionProgram,
    /// The program's decision behind each.
    pub(super) decisions: Vec<DecisionId>,
    pub(super) gain: Vec<i64>,
    /// Parent of each decision, or `NONE`.
    pub(super) parent: Vec<u32>,
    /// Children of decision v are `child[child_start[v]..child_start[v + 1]]`, ascending.
    child_start: Vec<u32>,
    child: Vec<u32>,
    /// Resources of decision v are `resource[start[v]..start[v + 1]]`.
    start: Vec<u32>,
    resource: Vec<u32>,
    n_resources: usize,
    /// Weight of each resource in each limit: `weight[k][r]`.
    pub(super) weight: Vec<Vec<i64>>,
    /// What each limit allows.
    pub(super) most: Vec<i64>,
}

impl<'a> Core<'a> {
    /// O(D log D + R + U K) plus merging.
    pub(super) fn new(program: &'a SelectionProgram, limits: &[Limit]) -> Self {
        let order = program.parents_first();
        let keep = worth_having(program, &order);
        let decisions: Vec<DecisionId> = order.into_iter().filter(|v| keep[v.index()]).collect();
        let mut name = vec![NONE; program.n_decisions()];
        for (core, v) in decisions.iter().enumerate() {
            name[v.index()] = core as u32;
        }
        let parent: Vec<u32> =
            decisions.iter().map(|&v| program.parent(v).map_or(NONE, |parent| name[parent.index()])).collect();
        let (child_start, child) = children(&parent);
        let (weight, (user_start, user)) = resources(program, limits, &decisions, &name);
        let (start, resource) = transposed(&user_start, &user, decisions.len());
        Self {
            gain: decisions.iter().map(|&v| program.gain(v)).collect(),
            program,
            decisions,
            parent,
            child_start,
            child,
            start,
            resource,
            n_resources: user_start.len() - 1,
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

    /// Resources of a decision, ascending.
    pub(super) fn uses(&self, v: u32) -> &[u32] {
        &self.resource[self.start[v as usize] as usize..self.start[v as usize + 1] as usize]
    }

    /// What requires a decision, ascending.
    pub(super) fn children(&self, v: u32) -> &[u32] {
        &self.child[self.child_start[v as usize] as usize..self.child_start[v as usize + 1] as usize]
    }

    /// What a selection of the program has in the core: closed, and no worse than the selection.
    pub(super) fn set(&self, selection: &Selection) -> Set {
        let mut set = Set::empty(self);
        let members = (0..self.len() as u32).filter(|&v| selection.has(self.decisions[v as usize]));
        members.for_each(|v| set.add(self, v));
        set
    }

    /// The selection of the program with these decisions of the core.
    pub(super) fn selection(&self, has: &[bool]) -> Selection {
        let mut decisions = vec![false; self.program.n_decisions()];
        for (v, _) in self.decisions.iter().zip(has).filter(|(_, has)| **has) {
            decisions[v.index()] = true;
        }
        Selection::new(self.program, decisions).expect("sets of the core are closed")
    }
}

/// The smallest closed set of most gain when nothing costs anything.
fn worth_having(program: &SelectionProgram, parents_first: &[DecisionId]) -> Vec<bool> {
    let mut value: Vec<i64> = program.decisions().map(|v| program.gain(v)).collect();
    for &v in parents_first.iter().rev() {
        if let Some(parent) = program.parent(v) {
            // At most the sum of all positive gains, at least the most negative gain: no overflow.
            value[parent.index()] += value[v.index()].max(0);
        }
    }
    let mut has = vec![false; value.len()];
    for &v in parents_first {
        has[v.index()] = value[v.index()] > 0 && program.parent(v).is_none_or(|parent| has[parent.index()]);
    }
    has
}

type Rows = (Vec<u32>, Vec<u32>);

/// Weights and users of the merged resources that weigh something in some limit.
fn resources(
    program: &SelectionProgram,
    limits: &[Limit],
    decisions: &[DecisionId],
    name: &[u32],
) -> (Vec<Vec<i64>>, Rows) {
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); program.n_resources()];
    for &v in decisions {
        for r in program.uses(v) {
            users[r.index()].push(name[v.index()]);
        }
    }
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
            weight[merged] += of(limit); // a limit's weights sum to 64 bits
        }
    };
    for (r, users) in users.iter().enumerate() {
        add(users, &|limit| limit.per_resource()[r]);
    }
    for &v in decisions {
        add(&[name[v.index()]], &|limit| limit.per_decision()[v.index()]);
    }
    let mut rows = (vec![0u32], Vec::with_capacity(merger.n_uses()));
    for r in 0..merger.len() as u32 {
        rows.1.extend_from_slice(merger.users(r));
        rows.0.push(rows.1.len() as u32);
    }
    (weight, rows)
}

fn children(parent: &[u32]) -> Rows {
    let mut start = vec![0u32; parent.len() + 1];
    parent.iter().filter(|&&parent| parent != NONE).for_each(|&parent| start[parent as usize + 1] += 1);
    for v in 0..parent.len() {
        start[v + 1] += start[v];
    }
    let mut next = start.clone();
    let mut child = vec![0; start[parent.len()] as usize];
    for (v, &parent) in parent.iter().enumerate().filter(|(_, parent)| **parent != NONE) {
        child[next[parent as usize] as usize] = v as u32;
        next[parent as usize] += 1;
    }
    (start, child)
}

/// Rows of the other side of the pairs.
fn transposed(start: &[u32], items: &[u32], n: usize) -> Rows {
    let mut begin = vec![0u32; n + 1];
    items.iter().for_each(|&item| begin[item as usize + 1] += 1);
    for index in 0..n {
        begin[index + 1] += begin[index];
    }
    let mut next = begin.clone();
    let mut of = vec![0u32; items.len()];
    for row in 0..start.len() - 1 {
        for &item in &items[start[row] as usize..start[row + 1] as usize] {
            of[next[item as usize] as usize] = row as u32;
            next[item as usize] += 1;
        }
    }
    (begin, of)
}
