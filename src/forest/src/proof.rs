//! What is known about the thresholds of a budgeted forest, kept in its file.

use secateur_program::Status;
use serde::{Deserialize, Serialize};

/// Whether the thresholds of a budgeted forest are proven optimal on the data it was pruned on.
///
/// It says what was known when the forest was pruned; the file alone does not hold the program to check it anew.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Proof {
    /// Every operating point is optimal at its values of lambda, by a certificate that was verified; or, of a pruning for one
    /// budget, no other within the budget has a smaller loss.
    Proven,
    /// The solver was stopped by a limit on time or work.
    Stopped {
        /// How much the objective of any operating point (mean tree loss, plus lambda times the mean cost) may be above the optimum,
        /// if that is known.
        gap: Option<f64>,
    },
    /// Thresholds of a method that proves nothing.
    Unproven,
    /// Not recorded: written by an older release, or stated in words of a later one.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Proof {
    /// What the end of a solver proves; `gap` in the unit of the loss.
    pub fn of_solver(status: Status, gap: f64) -> Self {
        match status {
            Status::Optimal => Proof::Proven,
            _ => Proof::Stopped { gap: gap.is_finite().then_some(gap.max(0.0)) },
        }
    }

    /// Whether the thresholds are known to be without a proof. Not of [`Proof::Unknown`], which says neither.
    pub fn is_unproven(self) -> bool {
        matches!(self, Proof::Stopped { .. } | Proof::Unproven)
    }

    pub(super) fn is_valid(self) -> bool {
        match self {
            Proof::Stopped { gap: Some(gap) } => gap.is_finite() && gap >= 0.0,
            _ => true,
        }
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Proof::Proven => f.write_str("proven optimal when it was pruned"),
            Proof::Stopped { gap: Some(gap) } => {
                write!(f, "NOT proven optimal: the solver was stopped by a limit, gap {gap:.3e}")
            }
            Proof::Stopped { gap: None } => f.write_str("NOT proven optimal: the solver was stopped by a limit"),
            Proof::Unproven => f.write_str("NOT proven optimal: they come from a method without a proof"),
            Proof::Unknown => f.write_str("not recorded whether they are proven optimal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stored_and_read_also_from_other_releases() {
        for proof in [
            Proof::Proven,
            Proof::Stopped { gap: Some(0.125) },
            Proof::Stopped { gap: None },
            Proof::Unproven,
            Proof::Unknown,
        ] {
            let text = serde_json::to_string(&proof).unwrap();
            assert_eq!(serde_json::from_str::<Proof>(&text).unwrap(), proof, "{text}");
        }
        let later = r#"{ "status": "proven-twice", "by": 2 }"#;
        assert_eq!(serde_json::from_str::<Proof>(later).unwrap(), Proof::Unknown);
    }

    #[test]
    fn only_a_finished_solver_proves() {
        assert_eq!(Proof::of_solver(Status::Optimal, 0.0), Proof::Proven);
        for status in [Status::TimeLimit, Status::IterationLimit, Status::Cancelled, Status::WithinTolerance] {
            assert_eq!(Proof::of_solver(status, 0.5), Proof::Stopped { gap: Some(0.5) });
        }
        assert_eq!(Proof::of_solver(Status::TimeLimit, f64::INFINITY), Proof::Stopped { gap: None });
        assert!(!Proof::Stopped { gap: Some(f64::NAN) }.is_valid() && !Proof::Stopped { gap: Some(-1.0) }.is_valid());
    }
}
