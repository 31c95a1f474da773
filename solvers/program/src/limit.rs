//! Hard limits: the most that a selection may use of something.

use crate::program::SelectionProgram;
use crate::selection::Selection;

/// A limit on a weighted count of selected decisions and paid resources:
///
/// ```text
/// sum_v a_v x_v  +  sum_r b_r y_r  <=  most          a, b >= 0
/// ```
///
/// A budget on cost has `a = 0, b = c`. A limit on the number of decisions has `a = 1, b = 0`. A limit on one kind of
/// cost has `b = c` on the resources of that kind, and `b = 0` on all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    per_decision: Vec<i64>,
    per_resource: Vec<i64>,
    most: i64,
}

/// Why weights are not a limit on a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// Weights for another program.
    #[error("the limit has {found} weights of {what}, the program has {expected}")]
    Length {
        /// "decisions" or "resources".
        what: &'static str,
        /// Weights given.
        found: usize,
        /// Weights expected.
        expected: usize,
    },
    /// A negative weight.
    #[error("the limit's weight of {what} {index} is {weight}; weights must be >= 0")]
    NegativeWeight {
        /// "decision" or "resource".
        what: &'static str,
        /// Its id.
        index: u32,
        /// Its weight.
        weight: i64,
    },
    /// A limit below zero, which not even the empty selection keeps.
    #[error("the limit is {most}; it must be >= 0")]
    Negative {
        /// The limit given.
        most: i64,
    },
    /// The weights sum to more than `i64::MAX`.
    #[error("the limit's weights sum to more than {}", i64::MAX)]
    Overflow,
}

impl Limit {
    /// Any weights; `per_decision` has shape (D,), `per_resource` (R,).
    ///
    /// # Errors
    /// [`LimitError`] for the wrong number of weights, a negative weight or limit, or weights whose sum exceeds 64
    /// bits.
    pub fn new(
        program: &SelectionProgram,
        per_decision: Vec<i64>,
        per_resource: Vec<i64>,
        most: i64,
    ) -> Result<Self, LimitError> {
        let all = [
            ("decisions", "decision", &per_decision, program.n_decisions()),
            ("resources", "resource", &per_resource, program.n_resources()),
        ];
        let mut sum = 0i64;
        for (what, one, weights, expected) in all {
            if weights.len() != expected {
                return Err(LimitError::Length { what, found: weights.len(), expected });
            }
            for (index, &weight) in weights.iter().enumerate() {
                if weight < 0 {
                    return Err(LimitError::NegativeWeight { what: one, index: index as u32, weight });
                }
                sum = sum.checked_add(weight).ok_or(LimitError::Overflow)?;
            }
        }
        if most < 0 {
            return Err(LimitError::Negative { most });
        }
        Ok(Self { per_decision, per_resource, most })
    }

    /// A budget on the total cost, in the program's cost integers.
    ///
    /// # Errors
    /// [`LimitError::Negative`].
    pub fn on_cost(program: &SelectionProgram, most: i64) -> Result<Self, LimitError> {
        Self::new(program, vec![0; program.n_decisions()], program.costs.clone(), most)
    }

    /// A limit on the number of selected decisions.
    ///
    /// # Errors
    /// [`LimitError::Negative`].
    pub fn on_decisions(program: &SelectionProgram, most: i64) -> Result<Self, LimitError> {
        Self::new(program, vec![1; program.n_decisions()], vec![0; program.n_resources()], most)
    }

    /// Weights a_v of the decisions, shape (D,).
    pub fn per_decision(&self) -> &[i64] {
        &self.per_decision
    }

    /// Weights b_r of the resources, shape (R,).
    pub fn per_resource(&self) -> &[i64] {
        &self.per_resource
    }

    /// The limit.
    pub fn most(&self) -> i64 {
        self.most
    }

    /// What a selection uses of it. O(D + R).
    ///
    /// # Panics
    /// If the selection was made for another program.
    pub fn used(&self, selection: &Selection) -> i64 {
        let (decisions, resources) = (selection.marks(), selection.paid());
        assert_eq!(decisions.len(), self.per_decision.len(), "limit and selection are for one program");
        assert_eq!(resources.len(), self.per_resource.len(), "limit and selection are for one program");
        let sum = |weights: &[i64], marks: &[bool]| -> i64 {
            weights.iter().zip(marks).filter(|(_, mark)| **mark).map(|(weight, _)| weight).sum()
        };
        sum(&self.per_decision, decisions) + sum(&self.per_resource, resources)
    }

    /// Whether a selection keeps it.
    ///
    /// # Panics
    /// As [`Limit::used`].
    pub fn allows(&self, selection: &Selection) -> bool {
        self.used(selection) <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> SelectionProgram {
        let mut builder = SelectionProgram::builder();
        let (a, b) = (builder.decision(3), builder.decision(4));
        let (r, s) = (builder.resource(5), builder.resource(7));
        builder.uses(a, r).uses(b, r).uses(b, s);
        builder.build().unwrap()
    }

    #[test]
    fn used_counts_paid_resources_once() {
        let program = program();
        let both = Selection::new(&program, vec![true, true]).unwrap();
        assert_eq!(Limit::on_cost(&program, 12).unwrap().used(&both), 12);
        assert!(!Limit::on_cost(&program, 11).unwrap().allows(&both));
        assert_eq!(Limit::on_decisions(&program, 2).unwrap().used(&both), 2);
        assert_eq!(Limit::new(&program, vec![1, 10], vec![0, 100], 0).unwrap().used(&both), 111);
    }

    #[test]
    fn what_is_no_limit_is_named() {
        let program = program();
        let wrong = |a: Vec<i64>, b: Vec<i64>, most| Limit::new(&program, a, b, most).unwrap_err();
        assert_eq!(wrong(vec![0], vec![0; 2], 1), LimitError::Length { what: "decisions", found: 1, expected: 2 });
        assert_eq!(
            wrong(vec![0; 2], vec![0, -1], 1),
            LimitError::NegativeWeight { what: "resource", index: 1, weight: -1 }
        );
        assert_eq!(wrong(vec![0; 2], vec![0; 2], -1), LimitError::Negative { most: -1 });
        assert_eq!(wrong(vec![1; 2], vec![0, i64::MAX], 1), LimitError::Overflow);
    }
}
