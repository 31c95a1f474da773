//! The answer at one lambda, with its bound and the flow that proves the bound.

use crate::certificate::Flow;
use crate::multiplier::Multiplier;
use crate::program::SelectionProgram;
use crate::selection::Selection;
use crate::status::Status;
use crate::verify::{VerifyError, dual_bound, objective};

/// A selection at one lambda = num/den, and a proven bound on every selection's objective.
///
/// Objective and bound are exact integers in units of `1/den` gain: `den * gain - num * cost`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The selection.
    pub selection: Selection,
    /// Its gain, in the program's integers.
    pub gain: i64,
    /// Its cost, in the program's integers.
    pub cost: i64,
    /// `den * gain - num * cost`.
    pub objective: i128,
    /// No selection's objective exceeds this; `flow` proves it.
    pub bound: i128,
    /// Flow in units of `1/den`, as [`dual_bound`] takes it.
    pub flow: Flow,
    /// How the solver ended.
    pub status: Status,
}

impl Solution {
    /// Puts a selection and a flow together, and computes objective and bound from them.
    ///
    /// # Errors
    /// [`VerifyError`] for a flow that is malformed.
    ///
    /// # Panics
    /// If the selection was made for a larger program.
    ///
    /// # Complexity
    /// O(D + R + U).
    pub fn new(
        program: &SelectionProgram,
        lambda: Multiplier,
        selection: Selection,
        flow: Flow,
        status: Status,
    ) -> Result<Self, VerifyError> {
        Ok(Self {
            gain: selection.gain(program),
            cost: selection.cost(program),
            objective: objective(program, &selection, lambda),
            bound: dual_bound(program, lambda, &flow)?,
            selection,
            flow,
            status,
        })
    }

    /// Bound minus objective, in units of `1/den`; zero iff the selection is proven optimal.
    pub fn gap(&self) -> i128 {
        self.bound - self.objective
    }

    /// The gap divided by the bound; zero if there is no gap, also if the bound is zero.
    pub fn relative_gap(&self) -> f64 {
        if self.gap() == 0 { 0.0 } else { self.gap() as f64 / self.bound as f64 }
    }

    /// Whether selection and flow prove each other optimal.
    pub fn is_proven(&self) -> bool {
        self.gap() == 0
    }
}
