//! How a solver ended.

use crate::control::Stop;

/// How a solver ended. In every case the answer is valid: closed selections, true totals, a true bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Optimal, and proven so: the bound is met to the last integer.
    Optimal,
    /// Objective and bound are as close as was asked for.
    WithinTolerance,
    /// The limit on iterations (nodes, for branch and bound) was reached.
    IterationLimit,
    /// The time limit was reached.
    TimeLimit,
    /// The caller cancelled.
    Cancelled,
}

impl Status {
    /// The word for it in files and on the command line, lower case with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Status::Optimal => "optimal",
            Status::WithinTolerance => "within-tolerance",
            Status::IterationLimit => "pass-limit", // as in files that have been written
            Status::TimeLimit => "time-limit",
            Status::Cancelled => "cancelled",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Stop> for Status {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::TimeLimit => Status::TimeLimit,
            Stop::Cancelled => Status::Cancelled,
        }
    }
}
