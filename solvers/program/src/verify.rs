//! The verifier. It calls no solver, and computes everything from the program and the certificate, in one pass over the
//! pairs and in 128-bit integers.
//!
//! # Why a flow certifies a whole path
//!
//! Let class k hold the decisions and resources with threshold theta_k, and let f >= 0 be a flow along pairs *inside*
//! classes such that in each class with finite positive theta_k every decision sends on exactly what it gains and
//! receives, and every resource r receives exactly theta_k c_r. Take any closed set S and write S_k for its part in
//! class k, T_k for the rest of the class. Closed means that no flow leaves S_k except into resources of S_k, so
//!
//! - gain(S_k) <= theta_k cost(S_k): what S_k gains ends in its own resources;
//! - gain(T_k) >= theta_k cost(T_k): resources of T_k are filled by T_k alone.
//!
//! So at lambda < theta_k taking the whole class is best, and at lambda >= theta_k taking none of it is. In the class
//! of threshold zero decisions may keep a deficit (no closed part of it gains); in the infinite class, where every
//! resource is free, they may keep a surplus (every part that can be dropped gains at least zero). Together: at every
//! lambda the classes with theta > lambda are an optimal selection. (Rhys 1970, Picard 1976 for one lambda; Gallo,
//! Grigoriadis and Tarjan 1989 for nestedness.)
//!
//! # Why a flow bounds one solution
//!
//! For any f >= 0, sum_v max(0, g_v + in_v - out_v) + sum_r max(0, in_r - lambda c_r) bounds the objective from above:
//! it is the Lagrangian bound with the pairs as dualised rows. A selection that attains it is optimal.

use crate::certificate::Flow;
use crate::multiplier::Multiplier;
use crate::path::Path;
use crate::program::{DecisionId, NO_PARENT, SelectionProgram};
use crate::selection::Selection;

/// What is wrong with a claimed path or solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The claim is about another program.
    #[error("{what}: {found} entries, the program has {expected}")]
    Length {
        /// Which array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// A decision has a larger threshold than its parent.
    #[error("decision {decision} has a larger threshold than decision {parent}, which it requires")]
    NotClosed {
        /// The decision.
        decision: u32,
        /// Its parent.
        parent: u32,
    },
    /// A resource's threshold is not the largest among its users.
    #[error("resource {resource} does not have the largest threshold among its users")]
    ResourceThreshold {
        /// The resource.
        resource: u32,
    },
    /// The gain or cost stated for a class is not the sum of its members.
    #[error("class {class}: gain {gain} and cost {cost} are stated, {true_gain} and {true_cost} are true")]
    Totals {
        /// The class.
        class: usize,
        /// Gain stated.
        gain: i64,
        /// Cost stated.
        cost: i64,
        /// Gain of the selection.
        true_gain: i64,
        /// Cost of the selection.
        true_cost: i64,
    },
    /// The last threshold must be zero.
    #[error("the last threshold is {last}, expected 0/1")]
    NoZeroClass {
        /// The last threshold, or infinity when there is none.
        last: Multiplier,
    },
    /// Negative flow, or flow where there is no pair, or between classes.
    #[error("decision {decision} sends {amount} along a pair that may not carry it")]
    Flow {
        /// Tail of the pair.
        decision: u32,
        /// The amount.
        amount: i128,
    },
    /// A decision does not send on exactly what it has.
    #[error("decision {decision} keeps {excess}, which its class does not allow")]
    Decision {
        /// The decision.
        decision: u32,
        /// Gain plus inflow minus outflow, in the class's flow units.
        excess: i128,
    },
    /// A resource does not receive exactly theta times its cost.
    #[error("resource {resource} receives {found}, expected {expected}")]
    Resource {
        /// The resource.
        resource: u32,
        /// Inflow in the class's flow units.
        found: i128,
        /// Inflow expected.
        expected: i128,
    },
    /// A resource that costs something in the class of what is selected at every lambda.
    #[error("resource {resource} costs {cost} and is claimed to be paid at every lambda")]
    PaidForever {
        /// The resource.
        resource: u32,
        /// Its cost.
        cost: i64,
    },
    /// The selection is not a closed set of this program, or does not pay exactly what it uses.
    #[error("the selection is not a selection of this program")]
    Selection,
    /// A flow too large for 128-bit sums.
    #[error("the flow is too large to sum at decision {decision}")]
    Overflow {
        /// Where.
        decision: u32,
    },
    /// The objective of the selection is below the bound: not proven optimal.
    #[error("the selection attains {objective}, the flow proves only {bound}")]
    Gap {
        /// Objective of the selection, in units of 1/den of lambda.
        objective: i128,
        /// Bound given by the flow, same unit.
        bound: i128,
    },
}

/// Checks that `path` is closed, states true totals, and is optimal at every lambda, by means of `flow`.
///
/// # Errors
/// The first [`VerifyError`] met. A changed threshold, total or flow is refused, unless the changed claim is true as
/// well.
///
/// # Complexity
/// O(D + R + U) integer operations.
pub fn verify_path(program: &SelectionProgram, path: &Path, flow: &Flow) -> Result<(), VerifyError> {
    length("decisions of the path", path.n_decisions(), program.n_decisions())?;
    length("resources of the path", path.n_resources(), program.n_resources())?;
    check_thresholds(program, path)?;
    check_flow(program, path, flow)
}

fn length(what: &'static str, found: usize, expected: usize) -> Result<(), VerifyError> {
    if found == expected { Ok(()) } else { Err(VerifyError::Length { what, found, expected }) }
}

/// Checks that selections are closed, that resources are paid exactly as long as they are used, and that totals are
/// true.
fn check_thresholds(program: &SelectionProgram, path: &Path) -> Result<(), VerifyError> {
    match path.thresholds().last() {
        Some(&Multiplier::ZERO) => {}
        last => return Err(VerifyError::NoZeroClass { last: last.copied().unwrap_or(Multiplier::INFINITY) }),
    }
    let never = path.thresholds().len() - 1;
    let mut largest = vec![never; program.n_resources()];
    for v in program.decisions() {
        if let Some(parent) = program.parent(v).filter(|&parent| path.class(parent) > path.class(v)) {
            return Err(VerifyError::NotClosed { decision: v.0, parent: parent.0 });
        }
        for r in program.uses(v) {
            largest[r.index()] = largest[r.index()].min(path.class(v));
        }
    }
    if let Some(r) = program.resources().find(|&r| path.resource_class(r) != largest[r.index()]) {
        return Err(VerifyError::ResourceThreshold { resource: r.0 });
    }
    let mut members = vec![(0i64, 0i64); path.thresholds().len()];
    program.decisions().for_each(|v| members[path.class(v)].0 += program.gain(v));
    program.resources().for_each(|r| members[largest[r.index()]].1 += program.cost(r));
    let (mut true_gain, mut true_cost) = (0, 0);
    for (class, (gains, costs)) in members.into_iter().enumerate() {
        (true_gain, true_cost) = (true_gain + gains, true_cost + costs);
        let (gain, cost) = path.totals_of(class);
        if (gain, cost) != (true_gain, true_cost) {
            return Err(VerifyError::Totals { class, gain, cost, true_gain, true_cost });
        }
    }
    Ok(())
}

fn check_flow(program: &SelectionProgram, path: &Path, flow: &Flow) -> Result<(), VerifyError> {
    length("flow along requires", flow.requires.len(), program.n_decisions())?;
    length("flow along uses", flow.uses.len(), program.n_uses())?;
    // Excess in the flow unit of the decision's own class: 1/den.
    let unit = |theta: Multiplier| i128::from(theta.den().max(1));
    let mut excess: Vec<i128> =
        program.decisions().map(|v| i128::from(program.gain(v)) * unit(path.threshold(v))).collect();
    let mut inflow = vec![0i128; program.n_resources()];
    for v in program.decisions() {
        let overflow = VerifyError::Overflow { decision: v.0 };
        let send = |amount: i128, allowed: bool, to: &mut i128| -> Result<i128, VerifyError> {
            if amount < 0 || (amount > 0 && !allowed) {
                return Err(VerifyError::Flow { decision: v.0, amount });
            }
            *to = to.checked_add(amount).ok_or(overflow)?;
            Ok(amount)
        };
        let mut out = 0i128;
        let amount = flow.requires.get(v.index());
        match program.parents[v.index()] {
            NO_PARENT => send(amount, false, &mut 0).map(drop)?,
            parent => {
                let allowed = path.class(DecisionId(parent)) == path.class(v);
                out += send(amount, allowed, &mut excess[parent as usize])?;
            }
        }
        for (pair, r) in program.use_range(v).zip(program.uses(v)) {
            let allowed = path.resource_class(r) == path.class(v);
            let sent = send(flow.uses.get(pair), allowed, &mut inflow[r.index()])?;
            out = out.checked_add(sent).ok_or(overflow)?;
        }
        excess[v.index()] = excess[v.index()].checked_sub(out).ok_or(overflow)?;
    }
    for v in program.decisions() {
        let (theta, excess) = (path.threshold(v), excess[v.index()]);
        let allowed = if theta == Multiplier::ZERO {
            excess <= 0
        } else if theta.is_infinite() {
            excess >= 0
        } else {
            excess == 0
        };
        if !allowed {
            return Err(VerifyError::Decision { decision: v.0, excess });
        }
    }
    for r in program.resources() {
        let theta = path.resource_threshold(r);
        if theta.is_infinite() && program.cost(r) > 0 {
            return Err(VerifyError::PaidForever { resource: r.0, cost: program.cost(r) });
        }
        let expected = i128::from(theta.num()) * i128::from(program.cost(r));
        let found = inflow[r.index()];
        if found != expected {
            return Err(VerifyError::Resource { resource: r.0, found, expected });
        }
    }
    Ok(())
}

/// Objective of a selection at lambda = num/den, times den: `den * gain - num * cost`.
///
/// # Panics
/// If the selection was made for a larger program.
pub fn objective(program: &SelectionProgram, selection: &Selection, lambda: Multiplier) -> i128 {
    i128::from(lambda.den()) * i128::from(selection.gain(program))
        - i128::from(lambda.num()) * i128::from(selection.cost(program))
}

/// Upper bound on the objective at lambda = num/den of every selection, times den, proven by any flow >= 0 in units of
/// `1/den` (the better the flow, the better the bound; a maximum flow gives the optimum).
///
/// # Errors
/// [`VerifyError`] for a flow that is negative, runs where there is no pair, or has the wrong shape.
///
/// # Complexity
/// O(D + R + U).
pub fn dual_bound(program: &SelectionProgram, lambda: Multiplier, flow: &Flow) -> Result<i128, VerifyError> {
    let Excesses { decisions, resources } = Excesses::new(program, lambda, flow)?;
    let positive = decisions.iter().chain(&resources).filter(|value| **value > 0);
    positive.copied().try_fold(0i128, i128::checked_add).ok_or(VerifyError::Overflow { decision: 0 })
}

/// What a flow leaves at every node at lambda = num/den, in units of `1/den`.
pub(crate) struct Excesses {
    /// `den g_v` plus inflow minus outflow, shape (D,).
    pub(crate) decisions: Vec<i128>,
    /// Inflow minus `num c_r`, shape (R,).
    pub(crate) resources: Vec<i128>,
}

impl Excesses {
    /// Adds up a flow, which must be non-negative and run along pairs only. O(D + R + U).
    pub(crate) fn new(program: &SelectionProgram, lambda: Multiplier, flow: &Flow) -> Result<Self, VerifyError> {
        length("flow along requires", flow.requires.len(), program.n_decisions())?;
        length("flow along uses", flow.uses.len(), program.n_uses())?;
        let mut decisions: Vec<i128> =
            program.decisions().map(|v| i128::from(program.gain(v)) * i128::from(lambda.den())).collect();
        let mut resources: Vec<i128> =
            program.resources().map(|r| -i128::from(program.cost(r)) * i128::from(lambda.num())).collect();
        for v in program.decisions() {
            let overflow = VerifyError::Overflow { decision: v.0 };
            let add = |to: &mut i128, amount: i128| -> Result<(), VerifyError> {
                *to = to.checked_add(amount).ok_or(overflow)?;
                Ok(())
            };
            let amount = flow.requires.get(v.index());
            let parent = program.parents[v.index()];
            if amount < 0 || (parent == NO_PARENT && amount != 0) {
                return Err(VerifyError::Flow { decision: v.0, amount });
            }
            if parent != NO_PARENT {
                add(&mut decisions[parent as usize], amount)?;
                add(&mut decisions[v.index()], -amount)?;
            }
            for (pair, r) in program.use_range(v).zip(program.uses(v)) {
                let amount = flow.uses.get(pair);
                if amount < 0 {
                    return Err(VerifyError::Flow { decision: v.0, amount });
                }
                add(&mut resources[r.index()], amount)?;
                add(&mut decisions[v.index()], -amount)?;
            }
        }
        Ok(Self { decisions, resources })
    }
}

/// Checks that `selection` is optimal at `lambda`, by means of `flow`; returns its objective times `lambda.den()`.
///
/// # Errors
/// [`VerifyError::Gap`] if the flow does not prove it; others for a malformed flow.
pub fn verify_solution(
    program: &SelectionProgram,
    lambda: Multiplier,
    selection: &Selection,
    flow: &Flow,
) -> Result<i128, VerifyError> {
    // A selection knows nothing of the program it was made for: it must be the closed set of this one.
    let decisions = selection.marks().to_vec();
    if Selection::new(program, decisions).as_ref() != Ok(selection) {
        return Err(VerifyError::Selection);
    }
    let objective = objective(program, selection, lambda);
    let bound = dual_bound(program, lambda, flow)?;
    if objective == bound { Ok(objective) } else { Err(VerifyError::Gap { objective, bound }) }
}

#[cfg(test)]
mod tests;
