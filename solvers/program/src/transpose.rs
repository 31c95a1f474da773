//! Pairs by their heads: who requires a decision, and who uses a resource.

use crate::program::{DecisionId, ResourceId, SelectionProgram};

/// The pairs of a program, sorted by head; within one head by tail, ascending.
pub(crate) struct Transpose {
    child_start: Vec<usize>,
    children: Vec<u32>,
    user_start: Vec<usize>,
    /// (decision, position among all uses pairs).
    users: Vec<(u32, usize)>,
}

impl Transpose {
    /// Two counting sorts. O(D + R + U).
    pub(crate) fn new(program: &SelectionProgram) -> Self {
        let requires = || program.decisions().filter_map(|v| program.parent(v).map(|parent| (parent.index(), v.0)));
        let uses = || program.pairs().enumerate().map(|(pair, (v, r))| (r.index(), (v.0, pair)));
        let (child_start, children) = by_head(program.n_decisions(), requires);
        let (user_start, users) = by_head(program.n_resources(), uses);
        Self { child_start, children, user_start, users }
    }

    /// The decisions that require this one, ascending.
    pub(crate) fn children(&self, decision: DecisionId) -> impl ExactSizeIterator<Item = DecisionId> + '_ {
        let range = self.child_start[decision.index()]..self.child_start[decision.index() + 1];
        self.children[range].iter().map(|&child| DecisionId(child))
    }

    /// The decisions that use this resource, ascending, each with the position of the pair among all uses pairs.
    pub(crate) fn users(&self, resource: ResourceId) -> impl ExactSizeIterator<Item = (DecisionId, usize)> + '_ {
        let range = self.user_start[resource.index()]..self.user_start[resource.index() + 1];
        self.users[range].iter().map(|&(user, pair)| (DecisionId(user), pair))
    }
}

/// Stable counting sort of (head, item): where the items of each head start, and the items.
fn by_head<T: Copy + Default, I: Iterator<Item = (usize, T)>>(
    heads: usize,
    pairs: impl Fn() -> I,
) -> (Vec<usize>, Vec<T>) {
    let mut start = vec![0; heads + 1];
    pairs().for_each(|(head, _)| start[head + 1] += 1);
    for head in 0..heads {
        start[head + 1] += start[head];
    }
    let mut items = vec![T::default(); start[heads]];
    let mut next = start.clone();
    for (head, item) in pairs() {
        items[next[head]] = item;
        next[head] += 1;
    }
    (start, items)
}
