//! What one answer must fulfil.

use proptest::prelude::*;
use secateur_program::{
    Multiplier, Selection, SelectionProgram, Status, dual_bound, objective, optimal_range, verify_solution,
};

use super::{Answer, Promise, Truth};

/// Valid whatever the status: a closed selection of this program, `objective <= optimum <= bound`, and a flow that proves the
/// bound. Bounds without a flow are the solver's word: they count as long as its arithmetic is `trusted`.
pub fn valid(
    program: &SelectionProgram,
    lambda: Multiplier,
    optimum: i128,
    answer: &Answer,
    trusted: bool,
) -> Result<(), TestCaseError> {
    let marks = if answer.selection.n_decisions() == program.n_decisions() {
        program.decisions().map(|v| answer.selection.has(v)).collect()
    } else {
        Vec::new()
    };
    let closed = Selection::new(program, marks);
    prop_assert_eq!(closed.as_ref(), Ok(&answer.selection), "no selection of this program");
    let value = objective(program, &answer.selection, lambda);
    prop_assert!(value <= optimum, "objective {} above the optimum {} at {}", value, optimum, lambda);
    if let Some(flow) = &answer.flow {
        let proven = dual_bound(program, lambda, flow);
        prop_assert_eq!(proven.ok(), answer.bound, "the flow proves another bound at {}", lambda);
    }
    if let Some(bound) = answer.bound.filter(|_| trusted || answer.flow.is_some()) {
        prop_assert!(bound >= optimum, "bound {} below the optimum {} at {}", bound, optimum, lambda);
    }
    if answer.status == Status::Optimal && trusted {
        prop_assert_eq!(value, optimum, "claims an optimum at {}", lambda);
        prop_assert!(answer.bound.is_none_or(|bound| bound == optimum), "claims an optimum, bound {:?}", answer.bound);
    }
    Ok(())
}

/// Valid, and all that was promised of an answer that was not interrupted.
pub fn judge(
    program: &SelectionProgram,
    lambda: Multiplier,
    truth: &Truth,
    promise: Promise,
    answer: &Answer,
) -> Result<(), TestCaseError> {
    valid(program, lambda, truth.optimum, answer, true)?;
    let value = objective(program, &answer.selection, lambda);
    if promise.tolerance > 0.0 {
        let done = matches!(answer.status, Status::Optimal | Status::WithinTolerance);
        prop_assert!(done, "not interrupted, and {} at {}", answer.status, lambda);
        let Some(bound) = answer.bound else {
            return Err(TestCaseError::fail("a tolerance needs a bound"));
        };
        let gap = (bound - value) as f64;
        prop_assert!(gap <= promise.tolerance * bound as f64, "gap {} of bound {} at {}", gap, bound, lambda);
    } else {
        prop_assert_eq!(answer.status, Status::Optimal);
        prop_assert_eq!(value, truth.optimum, "at {}", lambda);
        prop_assert!(answer.bound.is_none_or(|bound| bound == truth.optimum), "{:?} is loose", answer.bound);
    }
    prop_assert_eq!(answer.flow.is_some(), promise.flow, "promises a flow: {}", promise.flow);
    if promise.smallest {
        prop_assert_eq!(&answer.selection, &truth.smallest, "not the smallest optimum at {}", lambda);
    }
    if let Some(flow) = answer.flow.as_ref().filter(|_| answer.bound == Some(truth.optimum)) {
        let range = optimal_range(program, lambda, flow);
        prop_assert_eq!(range, Ok((truth.smallest.clone(), truth.largest.clone())), "range at {}", lambda);
        if value == truth.optimum {
            let proven = verify_solution(program, lambda, &answer.selection, flow);
            prop_assert_eq!(proven, Ok(truth.optimum), "at {}", lambda);
        }
    }
    Ok(())
}
