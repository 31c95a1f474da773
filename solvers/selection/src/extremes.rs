//! The two ends of the path, which need no flow network: everything free, and only what is free.
//!
//! Without resources the program is a forest of decisions, and the best closed set is found by one pass towards the
//! roots: `value(v) = g_v + sum of the positive values of its children`; v is worth taking with its parent iff its value
//! is positive. The positive values, sent to the parents, are the certificate.

use secateur_program::{DecisionId, SelectionProgram};

/// The smallest best closed set of decisions when resources are ignored.
pub(crate) struct Subforest {
    pub(crate) selected: Vec<bool>,
    /// Positive value of each decision that is allowed: what it passes on to its parent. 0 without a parent.
    pub(crate) sent: Vec<i128>,
}

/// By what each decision is worth, among those that are `allowed` (others, and what requires them, are left out). O(D).
pub(crate) fn best_subforest(
    program: &SelectionProgram,
    parents_first: &[DecisionId],
    worth: impl Fn(DecisionId) -> i128,
    allowed: impl Fn(DecisionId) -> bool,
) -> Subforest {
    let mut value: Vec<i128> = program.decisions().map(worth).collect();
    let mut sent = vec![0; value.len()];
    for &v in parents_first.iter().rev() {
        if !allowed(v) {
            value[v.index()] = 0;
        } else if let Some(parent) = program.parent(v) {
            sent[v.index()] = value[v.index()].max(0);
            value[parent.index()] += sent[v.index()];
        }
    }
    let mut selected = vec![false; value.len()];
    for &v in parents_first {
        let parent = program.parent(v).is_none_or(|parent| selected[parent.index()]);
        selected[v.index()] = parent && value[v.index()] > 0;
    }
    Subforest { selected, sent }
}
