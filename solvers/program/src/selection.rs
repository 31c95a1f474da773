//! A selection: a closed set of decisions with the resources they use.

use crate::program::{DecisionId, ResourceId, SelectionProgram};

/// A closed set: with each decision its parent and the resources that it uses, and no other resources.
///
/// It is closed by construction, for the program that it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    decisions: Vec<bool>,
    resources: Vec<bool>,
}

/// Why a set of decisions is not a selection of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// The set is for another number of decisions.
    #[error("the set covers {found} decisions, the program has {expected}")]
    Length {
        /// Length given.
        found: usize,
        /// Decisions of the program.
        expected: usize,
    },
    /// A decision is in, its parent is not.
    #[error("decision {decision} is selected, decision {parent} that it requires is not")]
    NotClosed {
        /// The decision.
        decision: u32,
        /// Its parent.
        parent: u32,
    },
}

impl Selection {
    /// The selection of the decisions marked `true`, by id. The resources follow from them.
    ///
    /// # Errors
    /// [`SelectionError`] if the set is not closed under `requires` or has the wrong length.
    ///
    /// # Complexity
    /// O(D + U).
    pub fn new(program: &SelectionProgram, decisions: Vec<bool>) -> Result<Self, SelectionError> {
        if decisions.len() != program.n_decisions() {
            return Err(SelectionError::Length { found: decisions.len(), expected: program.n_decisions() });
        }
        let mut resources = vec![false; program.n_resources()];
        for decision in program.decisions().filter(|decision| decisions[decision.index()]) {
            if let Some(parent) = program.parent(decision).filter(|parent| !decisions[parent.index()]) {
                return Err(SelectionError::NotClosed { decision: decision.0, parent: parent.0 });
            }
            for resource in program.uses(decision) {
                resources[resource.index()] = true;
            }
        }
        Ok(Self { decisions, resources })
    }

    /// Nothing selected.
    pub fn empty(program: &SelectionProgram) -> Self {
        Self { decisions: vec![false; program.n_decisions()], resources: vec![false; program.n_resources()] }
    }

    /// Whether each decision is selected, by id.
    pub(crate) fn marks(&self) -> &[bool] {
        &self.decisions
    }

    /// Whether each resource is paid, by id.
    pub(crate) fn paid(&self) -> &[bool] {
        &self.resources
    }

    /// Whether a decision is selected (x_v).
    pub fn has(&self, decision: DecisionId) -> bool {
        self.decisions[decision.index()]
    }

    /// Whether a resource is paid (y_r).
    pub fn pays(&self, resource: ResourceId) -> bool {
        self.resources[resource.index()]
    }

    /// Number of decisions of the program it was made for.
    pub fn n_decisions(&self) -> usize {
        self.decisions.len()
    }

    /// Number of selected decisions.
    pub fn len(&self) -> usize {
        self.decisions.iter().filter(|selected| **selected).count()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        !self.decisions.contains(&true)
    }

    /// Selected decisions, ascending.
    pub fn decisions(&self) -> impl Iterator<Item = DecisionId> + '_ {
        self.decisions.iter().enumerate().filter(|(_, selected)| **selected).map(|(v, _)| DecisionId(v as u32))
    }

    /// Sum of the gains of the selected decisions, in the integers of the program it was made for.
    pub fn gain(&self, program: &SelectionProgram) -> i64 {
        self.decisions().map(|decision| program.gain(decision)).sum()
    }

    /// Sum of the costs of the paid resources, in the integers of the program it was made for.
    pub fn cost(&self, program: &SelectionProgram) -> i64 {
        program.resources().filter(|&resource| self.pays(resource)).map(|resource| program.cost(resource)).sum()
    }
}
