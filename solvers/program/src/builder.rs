//! Building a program, and every way in which one can be wrong.

use crate::merge::ResourceMerger;
use crate::program::{DecisionId, NO_PARENT, ResourceId, SelectionProgram};
use crate::quantise::Scale;
use crate::rows::CompressedRows;

/// Collects decisions, resources and pairs in any order; [`ProgramBuilder::build`] validates all of it at once.
///
/// ```
/// use secateur_program::SelectionProgram;
///
/// let mut builder = SelectionProgram::builder();
/// let root = builder.decision(5);
/// let child = builder.decision(3);
/// let shared = builder.resource(2);
/// builder.requires(child, root);
/// builder.uses(root, shared);
/// builder.uses(child, shared);
/// let program = builder.build()?;
/// assert_eq!((program.n_decisions(), program.n_resources(), program.n_uses()), (2, 1, 2));
/// # Ok::<(), secateur_program::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProgramBuilder {
    gains: Vec<i64>,
    costs: Vec<i64>,
    requires: Vec<(u32, u32)>,
    uses: Vec<(u32, u32)>,
    scale: Scale,
}

/// Why a program was refused. Indices count from 0 in the order of creation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A pair names a decision that was never added.
    #[error("decision {decision} does not exist: there are {decisions}")]
    UnknownDecision {
        /// The decision named.
        decision: u32,
        /// Number of decisions.
        decisions: usize,
    },
    /// A pair names a resource that was never added.
    #[error("decision {decision} uses resource {resource}, which does not exist: there are {resources}")]
    UnknownResource {
        /// The decision of the pair.
        decision: u32,
        /// The resource named.
        resource: u32,
        /// Number of resources.
        resources: usize,
    },
    /// A decision with two different parents.
    #[error("decision {decision} requires both decision {first} and decision {second}; at most one is allowed")]
    SecondParent {
        /// The decision.
        decision: u32,
        /// Its first parent.
        first: u32,
        /// Its second parent.
        second: u32,
    },
    /// Following `requires` from this decision comes back to it.
    #[error("decision {decision} requires itself through its ancestors")]
    Cycle {
        /// A decision on the cycle.
        decision: u32,
    },
    /// A resource with negative cost.
    #[error("resource {resource} has cost {cost}; costs must be >= 0")]
    NegativeCost {
        /// The resource.
        resource: u32,
        /// Its cost.
        cost: i64,
    },
    /// The absolute gains sum to more than `i64::MAX`.
    #[error("the absolute gains sum to more than {} at decision {decision}; use a coarser unit", i64::MAX)]
    GainOverflow {
        /// The decision at which the sum overflowed.
        decision: u32,
    },
    /// The costs sum to more than `i64::MAX`.
    #[error("the costs sum to more than {} at resource {resource}; use a coarser unit", i64::MAX)]
    CostOverflow {
        /// The resource at which the sum overflowed.
        resource: u32,
    },
    /// A unit that is not a positive finite number.
    #[error("a unit of the scale is not positive and finite")]
    Scale,
    /// More decisions, resources or pairs than 32-bit indices can name.
    #[error("{found} {what}, more than {}", u32::MAX - 1)]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many.
        found: usize,
    },
}

impl Default for ProgramBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ProgramBuilder {
    /// No decisions, no resources, integers worth themselves.
    pub fn new() -> Self {
        Self { gains: Vec::new(), costs: Vec::new(), requires: Vec::new(), uses: Vec::new(), scale: Scale::UNIT }
    }

    /// States what the integers are worth; see [`crate::quantise`].
    pub fn scale(&mut self, scale: Scale) -> &mut Self {
        self.scale = scale;
        self
    }

    /// Adds a decision with its gain (any sign).
    pub fn decision(&mut self, gain: i64) -> DecisionId {
        self.gains.push(gain);
        DecisionId((self.gains.len() - 1) as u32)
    }

    /// Adds a resource with its cost (>= 0).
    pub fn resource(&mut self, cost: i64) -> ResourceId {
        self.costs.push(cost);
        ResourceId((self.costs.len() - 1) as u32)
    }

    /// Adds several decisions, in order.
    pub fn decisions(&mut self, gains: &[i64]) -> &mut Self {
        self.gains.extend_from_slice(gains);
        self
    }

    /// Adds several resources, in order.
    pub fn resources(&mut self, costs: &[i64]) -> &mut Self {
        self.costs.extend_from_slice(costs);
        self
    }

    /// `child` can be selected only together with `parent`. Saying the same twice is allowed.
    pub fn requires(&mut self, child: DecisionId, parent: DecisionId) -> &mut Self {
        self.requires.push((child.0, parent.0));
        self
    }

    /// `decision` can be selected only if `resource` is paid. Saying the same twice is allowed.
    pub fn uses(&mut self, decision: DecisionId, resource: ResourceId) -> &mut Self {
        self.uses.push((decision.0, resource.0));
        self
    }

    /// Adds every resource of a merger with its users; the first gets the returned id, the others follow.
    pub fn merged_resources(&mut self, merger: &ResourceMerger) -> ResourceId {
        let first = self.costs.len() as u32;
        self.uses.reserve(merger.n_uses());
        for (index, &cost) in merger.costs().iter().enumerate() {
            self.costs.push(cost);
            self.uses.extend(merger.users(index as u32).iter().map(|&user| (user, first + index as u32)));
        }
        ResourceId(first)
    }

    /// Validates everything.
    ///
    /// # Errors
    /// [`BuildError`] names the offending id.
    ///
    /// # Complexity
    /// O(D + R + U log U) time, O(D + R + U) memory.
    pub fn build(self) -> Result<SelectionProgram, BuildError> {
        let Self { gains, costs, requires, uses, scale } = self;
        if !scale.is_valid() {
            return Err(BuildError::Scale);
        }
        let counts = [
            ("decisions and resources", gains.len().saturating_add(costs.len())),
            ("pairs", uses.len().saturating_add(gains.len())),
        ];
        for (what, found) in counts {
            if found >= u32::MAX as usize {
                return Err(BuildError::TooMany { what, found });
            }
        }
        check_sums(&gains, &costs)?;
        let parents = parent_array(gains.len(), &requires)?;
        let uses = group_uses(gains.len(), costs.len(), &uses)?;
        Ok(SelectionProgram { gains, parents, costs, uses, scale })
    }
}

fn check_sums(gains: &[i64], costs: &[i64]) -> Result<(), BuildError> {
    let mut sum = 0i64;
    for (decision, gain) in gains.iter().enumerate() {
        let overflow = BuildError::GainOverflow { decision: decision as u32 };
        sum = gain.checked_abs().and_then(|gain| sum.checked_add(gain)).ok_or(overflow)?;
    }
    let mut sum = 0i64;
    for (resource, &cost) in costs.iter().enumerate() {
        let resource = resource as u32;
        if cost < 0 {
            return Err(BuildError::NegativeCost { resource, cost });
        }
        sum = sum.checked_add(cost).ok_or(BuildError::CostOverflow { resource })?;
    }
    Ok(())
}

fn parent_array(decisions: usize, requires: &[(u32, u32)]) -> Result<Vec<u32>, BuildError> {
    let mut parents = vec![NO_PARENT; decisions];
    for &(child, parent) in requires {
        for decision in [child, parent] {
            if decision as usize >= decisions {
                return Err(BuildError::UnknownDecision { decision, decisions });
            }
        }
        let slot = &mut parents[child as usize];
        if *slot != NO_PARENT && *slot != parent {
            return Err(BuildError::SecondParent { decision: child, first: *slot, second: parent });
        }
        *slot = parent;
    }
    // Walk up from every decision; a walk that meets its own trail has found a cycle.
    let mut visited_by = vec![NO_PARENT; decisions];
    for start in 0..decisions as u32 {
        let mut v = start;
        while v != NO_PARENT && visited_by[v as usize] == NO_PARENT {
            visited_by[v as usize] = start;
            v = parents[v as usize];
        }
        if v != NO_PARENT && visited_by[v as usize] == start {
            return Err(BuildError::Cycle { decision: v });
        }
    }
    Ok(parents)
}

/// The uses pairs as rows, one per decision, with ascending and distinct resources.
fn group_uses(decisions: usize, resources: usize, uses: &[(u32, u32)]) -> Result<CompressedRows, BuildError> {
    for &(decision, resource) in uses {
        if decision as usize >= decisions {
            return Err(BuildError::UnknownDecision { decision, decisions });
        }
        if resource as usize >= resources {
            return Err(BuildError::UnknownResource { decision, resource, resources });
        }
    }
    let pairs = || uses.iter().map(|&(decision, resource)| (decision as usize, resource));
    let mut rows = CompressedRows::grouped(decisions, pairs);
    rows.sort_and_dedup();
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_decisions() -> (ProgramBuilder, DecisionId, DecisionId) {
        let mut builder = ProgramBuilder::new();
        let (first, second) = (builder.decision(1), builder.decision(2));
        (builder, first, second)
    }

    #[test]
    fn duplicated_pairs_count_once() {
        let (mut builder, first, second) = two_decisions();
        let r = builder.resource(4);
        builder.requires(second, first).requires(second, first).uses(second, r).uses(second, r);
        let program = builder.build().unwrap();
        assert_eq!(program.n_uses(), 1);
        assert_eq!(program.parent(second), Some(first));
    }

    #[test]
    fn every_error_names_its_id() {
        let (mut builder, first, second) = two_decisions();
        builder.requires(first, second).requires(second, first);
        assert_eq!(builder.build(), Err(BuildError::Cycle { decision: 0 }));

        let (mut builder, first, _) = two_decisions();
        builder.requires(first, first);
        assert_eq!(builder.build(), Err(BuildError::Cycle { decision: 0 }));

        let (mut builder, first, second) = two_decisions();
        let third = builder.decision(0);
        builder.requires(third, first).requires(third, second);
        assert_eq!(builder.build(), Err(BuildError::SecondParent { decision: 2, first: 0, second: 1 }));

        let (mut builder, first, _) = two_decisions();
        builder.requires(first, DecisionId(9));
        assert_eq!(builder.build(), Err(BuildError::UnknownDecision { decision: 9, decisions: 2 }));

        let (mut builder, first, _) = two_decisions();
        builder.uses(first, ResourceId(0));
        assert_eq!(builder.build(), Err(BuildError::UnknownResource { decision: 0, resource: 0, resources: 0 }));

        let (mut builder, ..) = two_decisions();
        let r = builder.resource(-3);
        builder.uses(DecisionId(7), r);
        assert_eq!(builder.build(), Err(BuildError::NegativeCost { resource: 0, cost: -3 }));
    }

    #[test]
    fn sums_beyond_64_bits_are_refused_not_wrapped() {
        let (mut builder, ..) = two_decisions();
        builder.decision(i64::MIN);
        assert_eq!(builder.build(), Err(BuildError::GainOverflow { decision: 2 }));
        let (mut builder, ..) = two_decisions();
        builder.decision(-i64::MAX);
        assert_eq!(builder.build(), Err(BuildError::GainOverflow { decision: 2 }));
        let (mut builder, ..) = two_decisions();
        builder.resource(i64::MAX);
        builder.resource(1);
        assert_eq!(builder.build(), Err(BuildError::CostOverflow { resource: 1 }));
    }

    #[test]
    fn a_million_deep_chain_builds() {
        let mut builder = ProgramBuilder::new();
        let mut last = builder.decision(1);
        for _ in 0..1_000_000 {
            let next = builder.decision(1);
            builder.requires(last, next); // children before parents: the hard order
            last = next;
        }
        let program = builder.build().unwrap();
        let order = program.parents_first();
        assert_eq!(order[0], last);
        assert_eq!(order[1_000_000], DecisionId(0));
    }
}
