//! Options and answers of the budgeted solver.

use secateur_program::{Multiplier, Selection, SelectionProgram, Status};

/// How much the budgeted solver may do.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetOptions {
    /// About the number of decisions, resources and pairs to be looked at after the first filling [default:
    /// 40,000,000]. Divided by the size of the program, it is the number of branch-and-bound nodes, and half of it the
    /// number of rounds of improvement. With zero the answer is the filled hull point and the Lagrangian bound.
    pub effort: u64,
    /// Stop when the relative gap is at most this. [default: 0] [range: >= 0]
    pub tolerance: f64,
    /// Seed of the random orders of improvement. [default: 0]
    pub seed: u64,
    /// A selection to begin with. It is ignored if it does not keep the limits. [default: none]
    pub start: Option<Selection>,
}

impl Default for BudgetOptions {
    fn default() -> Self {
        Self { effort: 40_000_000, tolerance: 0.0, seed: 0, start: None }
    }
}

/// How much work an answer was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BudgetStats {
    /// Decisions that some selection within the limits can contain.
    pub decisions: u64,
    /// Paths solved for the bound.
    pub paths: u64,
    /// Rounds of improvement.
    pub rounds: u64,
    /// Nodes of branch and bound.
    pub nodes: u64,
}

/// A selection within all limits, and a bound on every such selection's gain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetedSolution {
    /// The selection; it keeps every limit.
    pub selection: Selection,
    /// Its gain, in the program's integers.
    pub gain: i64,
    /// Its cost, in the program's integers (whether or not a limit is on it).
    pub cost: i64,
    /// What it uses of each limit, in the order given.
    pub used: Vec<i64>,
    /// No selection that keeps the limits gains more.
    pub bound: i64,
    /// How the solver ended. [`Status::Optimal`] iff gain and bound are equal.
    pub status: Status,
    /// Gain of the hull point from which the solver began: of the largest selection within the limits that is optimal
    /// at some lambda.
    pub hull_gain: i64,
    /// The Lagrangian bound: `bound` before branching.
    pub hull_bound: i64,
    /// The multiplier of each limit that gives `hull_bound`, in gain units per unit of the limit; the nearest ratio if
    /// it does not fit. Zeros if the limits do not bind, or if the solver was stopped before it had multipliers.
    pub lambdas: Vec<Multiplier>,
    /// Work done.
    pub stats: BudgetStats,
}

impl BudgetedSolution {
    /// Bound minus gain; zero iff the selection is proven optimal.
    pub fn gap(&self) -> i64 {
        self.bound - self.gain
    }

    /// The gap divided by the bound; zero if there is no gap, also if the bound is zero.
    pub fn relative_gap(&self) -> f64 {
        if self.gap() == 0 { 0.0 } else { self.gap() as f64 / self.bound as f64 }
    }

    /// The solution that selects nothing of a program, with a bound.
    pub(super) fn empty(program: &SelectionProgram, limits: usize, bound: i64) -> Self {
        Self {
            selection: Selection::empty(program),
            gain: 0,
            cost: 0,
            used: vec![0; limits],
            bound,
            status: Status::Optimal,
            hull_gain: 0,
            hull_bound: bound,
            lambdas: vec![Multiplier::ZERO; limits],
            stats: BudgetStats::default(),
        }
    }
}
