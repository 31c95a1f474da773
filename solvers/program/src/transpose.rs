//! The pairs of a program by their heads: which decisions require a decision, and which use a resource.

use crate::program::{DecisionId, ResourceId, SelectionProgram};
use crate::rows::CompressedRows;

/// The pairs of a program grouped by head. Within one head they are sorted by tail, ascending.
pub(crate) struct Transpose {
    children: CompressedRows,
    /// (decision, position among all uses pairs).
    users: CompressedRows<(u32, usize)>,
}

impl Transpose {
    /// O(D + R + U).
    pub(crate) fn new(program: &SelectionProgram) -> Self {
        let uses = || program.pairs().enumerate().map(|(pair, (v, r))| (r.index(), (v.0, pair)));
        let users = CompressedRows::grouped(program.n_resources(), uses);
        Self { children: CompressedRows::children(&program.parents), users }
    }

    /// The decisions that require this one, ascending.
    pub(crate) fn children(&self, decision: DecisionId) -> impl ExactSizeIterator<Item = DecisionId> + '_ {
        self.children.row(decision.index()).iter().map(|&child| DecisionId(child))
    }

    /// The decisions that use this resource, ascending, each with the position of the pair among all uses pairs.
    pub(crate) fn users(&self, resource: ResourceId) -> impl ExactSizeIterator<Item = (DecisionId, usize)> + '_ {
        self.users.row(resource.index()).iter().map(|&(user, pair)| (DecisionId(user), pair))
    }
}
