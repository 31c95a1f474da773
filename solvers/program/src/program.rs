//! The program itself, immutable and validated.

use crate::builder::ProgramBuilder;
use crate::quantise::Scale;
use crate::rows::CompressedRows;

/// Index of a decision, `0..n_decisions()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u32);

/// Index of a resource, `0..n_resources()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

impl DecisionId {
    /// The index as a `usize`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl ResourceId {
    /// The index as a `usize`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for DecisionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "decision {}", self.0)
    }
}

impl std::fmt::Display for ResourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "resource {}", self.0)
    }
}

/// Stands for "no parent" in the array of parents.
pub(crate) const NO_PARENT: u32 = u32::MAX;

/// The selection program in integers (see the crate's page for the program and its symbols).
///
/// Invariants, established by [`ProgramBuilder::build`]:
/// - following `requires` from any decision ends at a decision without parent (no cycle);
/// - costs are >= 0; the absolute gains, and the costs, each sum to at most `i64::MAX`;
/// - the resources of a decision are ascending and distinct.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectionProgram {
    pub(crate) gains: Vec<i64>,
    pub(crate) parents: Vec<u32>,
    pub(crate) costs: Vec<i64>,
    /// The resources that each decision uses.
    pub(crate) uses: CompressedRows,
    pub(crate) scale: Scale,
}

impl SelectionProgram {
    /// An empty builder.
    pub fn builder() -> ProgramBuilder {
        ProgramBuilder::new()
    }

    /// Number of decisions D.
    pub fn n_decisions(&self) -> usize {
        self.gains.len()
    }

    /// Number of resources R.
    pub fn n_resources(&self) -> usize {
        self.costs.len()
    }

    /// Number of uses pairs U.
    pub fn n_uses(&self) -> usize {
        self.uses.n_entries()
    }

    /// All decisions in order.
    pub fn decisions(&self) -> impl ExactSizeIterator<Item = DecisionId> + Clone + use<> {
        (0..self.gains.len() as u32).map(DecisionId)
    }

    /// All resources in order.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = ResourceId> + Clone + use<> {
        (0..self.costs.len() as u32).map(ResourceId)
    }

    /// Gain g_v, in gain units of [`SelectionProgram::scale`].
    pub fn gain(&self, decision: DecisionId) -> i64 {
        self.gains[decision.index()]
    }

    /// Cost c_r >= 0, in cost units of [`SelectionProgram::scale`].
    pub fn cost(&self, resource: ResourceId) -> i64 {
        self.costs[resource.index()]
    }

    /// The decision that this one requires.
    pub fn parent(&self, decision: DecisionId) -> Option<DecisionId> {
        match self.parents[decision.index()] {
            NO_PARENT => None,
            parent => Some(DecisionId(parent)),
        }
    }

    /// The resources that a decision uses, ascending.
    pub fn uses(&self, decision: DecisionId) -> impl ExactSizeIterator<Item = ResourceId> + Clone + '_ {
        self.use_list(decision).iter().map(|&resource| ResourceId(resource))
    }

    /// The ids of the resources that a decision uses, ascending, as one slice.
    pub fn use_list(&self, decision: DecisionId) -> &[u32] {
        self.uses.row(decision.index())
    }

    /// Positions of a decision's pairs among all uses pairs (the order of [`SelectionProgram::pairs`]).
    pub fn use_range(&self, decision: DecisionId) -> std::ops::Range<usize> {
        self.uses.range(decision.index())
    }

    /// Position of one uses pair among all, if there is such a pair. O(log uses of the decision).
    pub fn pair(&self, decision: DecisionId, resource: ResourceId) -> Option<usize> {
        let position = self.use_list(decision).binary_search(&resource.0).ok()?;
        Some(self.use_range(decision).start + position)
    }

    /// All uses pairs, by decision, then by resource. A flow has one entry per pair in this order.
    pub fn pairs(&self) -> impl Iterator<Item = (DecisionId, ResourceId)> + '_ {
        self.decisions().flat_map(|decision| self.uses(decision).map(move |resource| (decision, resource)))
    }

    /// What one integer of gain and one of cost are worth to the user.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Sum of all positive gains.
    pub fn total_positive_gain(&self) -> i64 {
        self.gains.iter().filter(|gain| **gain > 0).sum()
    }

    /// Sum of all costs.
    pub fn total_cost(&self) -> i64 {
        self.costs.iter().sum()
    }

    /// The decisions in an order in which every parent comes before its children. O(D log D).
    ///
    /// If ids already are such an order, the decisions come by id; otherwise they come by depth, then by id.
    pub fn parents_first(&self) -> Vec<DecisionId> {
        let sorted = self.parents.iter().enumerate().all(|(v, &parent)| parent == NO_PARENT || (parent as usize) < v);
        if sorted {
            return self.decisions().collect();
        }
        // Walk up until a decision whose depth is known, then back down the chain: every decision is visited once.
        let mut depth = vec![u32::MAX; self.n_decisions()];
        let mut chain = Vec::new();
        for start in 0..self.n_decisions() {
            let mut v = start;
            while depth[v] == u32::MAX && self.parents[v] != NO_PARENT {
                chain.push(v);
                v = self.parents[v] as usize;
            }
            if depth[v] == u32::MAX {
                depth[v] = 0;
            }
            let mut below = depth[v];
            while let Some(v) = chain.pop() {
                below += 1;
                depth[v] = below;
            }
        }
        let mut order: Vec<DecisionId> = self.decisions().collect();
        order.sort_by_key(|v| depth[v.index()]);
        order
    }
}
