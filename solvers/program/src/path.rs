//! The whole path of optimal selections over lambda: one threshold per decision and per resource.
//!
//! Only the costs of resources depend on lambda, so as lambda grows decisions only leave the (smallest) optimal
//! selection. Hence one number theta_v per decision, its *threshold*, describes the optimum at every lambda: v is
//! selected iff `lambda < theta_v`.
//!
//! The decisions and resources of one threshold are a *class*. A class with a positive finite threshold is that of a
//! *breakpoint* of the path: there the optimal selection changes. The class of threshold zero is never selected, the
//! class of an infinite threshold always.

use serde::{Deserialize, Serialize};

use crate::multiplier::Multiplier;
use crate::program::{DecisionId, ResourceId, SelectionProgram};
use crate::selection::Selection;

/// A vertex of the lower hull of (loss, cost).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breakpoint {
    /// The lambda at which the optimal selection changes.
    pub lambda: Multiplier,
    /// Gain of the optimal selection just below `lambda`, in the program's integers.
    pub gain: i64,
    /// Cost of the same selection.
    pub cost: i64,
}

/// One threshold per decision and per resource, exact.
///
/// Invariants: the thresholds of the classes strictly decrease to zero, and every class index is in range. Whether the
/// selections are closed and optimal, and whether the totals of a stored path are true, is what [`crate::verify_path`]
/// checks. Methods panic for ids of a larger program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PathData", into = "PathData")]
pub struct Path {
    thresholds: Vec<Multiplier>,
    decision_class: Vec<u32>,
    resource_class: Vec<u32>,
    /// Gain and cost of the selection made of classes `0..=k`.
    gains: Vec<i64>,
    costs: Vec<i64>,
}

/// The serde form of a [`Path`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PathData {
    thresholds: Vec<Multiplier>,
    decision_class: Vec<u32>,
    resource_class: Vec<u32>,
    gains: Vec<i64>,
    costs: Vec<i64>,
}

/// Why stored data is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Thresholds of classes must strictly decrease.
    #[error("the threshold of class {class} is not below that of the class before it")]
    NotDecreasing {
        /// The class.
        class: usize,
    },
    /// The last threshold must be zero.
    #[error("the last threshold is not zero")]
    NoZeroClass,
    /// A class index out of range.
    #[error("{what} {index} is in class {class}, but there are {classes} classes")]
    ClassOutOfRange {
        /// "decision" or "resource".
        what: &'static str,
        /// Its index.
        index: usize,
        /// The class named.
        class: u32,
        /// Number of classes.
        classes: usize,
    },
    /// The totals per class do not match the number of classes.
    #[error("{found} totals for {classes} classes")]
    Totals {
        /// Totals found.
        found: usize,
        /// Number of classes.
        classes: usize,
    },
}

impl Path {
    /// The path with these thresholds per decision, which need not be optimal, nor even closed.
    ///
    /// A resource is paid as long as anything uses it: its threshold is the largest among its users (zero if unused).
    ///
    /// # Panics
    /// If `thresholds` does not have one entry per decision.
    ///
    /// # Complexity
    /// O(D log D + R + U).
    pub fn from_thresholds(program: &SelectionProgram, thresholds: &[Multiplier]) -> Self {
        assert_eq!(thresholds.len(), program.n_decisions(), "one threshold per decision");
        let mut distinct: Vec<Multiplier> = thresholds.to_vec();
        distinct.push(Multiplier::ZERO);
        distinct.sort_unstable_by(|a, b| b.cmp(a));
        distinct.dedup();
        let never = (distinct.len() - 1) as u32;
        let decision_class: Vec<u32> =
            thresholds.iter().map(|threshold| distinct.partition_point(|other| other > threshold) as u32).collect();
        let mut resource_class = vec![never; program.n_resources()];
        for (decision, resource) in program.pairs() {
            let class = &mut resource_class[resource.index()];
            *class = (*class).min(decision_class[decision.index()]);
        }
        let (gains, costs) = totals(program, distinct.len(), &decision_class, &resource_class);
        Self { thresholds: distinct, decision_class, resource_class, gains, costs }
    }

    /// Number of decisions.
    pub fn n_decisions(&self) -> usize {
        self.decision_class.len()
    }

    /// Number of resources.
    pub fn n_resources(&self) -> usize {
        self.resource_class.len()
    }

    /// The threshold of each class, strictly decreasing. The last is zero: the class of what is never selected, which
    /// may be empty. The first may be infinite: the class of what is selected at every finite lambda.
    pub fn thresholds(&self) -> &[Multiplier] {
        &self.thresholds
    }

    /// The class of a decision: an index into [`Path::thresholds`].
    pub fn class(&self, decision: DecisionId) -> usize {
        self.decision_class[decision.index()] as usize
    }

    /// The class of a resource: an index into [`Path::thresholds`].
    pub fn resource_class(&self, resource: ResourceId) -> usize {
        self.resource_class[resource.index()] as usize
    }

    /// theta_v: the decision is selected iff `lambda < theta_v`.
    pub fn threshold(&self, decision: DecisionId) -> Multiplier {
        self.thresholds[self.class(decision)]
    }

    /// The resource is paid iff `lambda` is below this.
    pub fn resource_threshold(&self, resource: ResourceId) -> Multiplier {
        self.thresholds[self.resource_class(resource)]
    }

    /// The breakpoints in order of decreasing lambda, so of growing selections.
    pub fn breakpoints(&self) -> impl DoubleEndedIterator<Item = Breakpoint> + '_ {
        (0..self.thresholds.len())
            .filter(|&class| !self.thresholds[class].is_infinite() && self.thresholds[class] > Multiplier::ZERO)
            .map(|class| Breakpoint {
                lambda: self.thresholds[class],
                gain: self.gains[class],
                cost: self.costs[class],
            })
    }

    /// Gain and cost of what is selected at every finite lambda.
    pub fn start(&self) -> (i64, i64) {
        match self.thresholds.first() {
            Some(first) if first.is_infinite() => (self.gains[0], self.costs[0]),
            _ => (0, 0),
        }
    }

    /// Gain and cost of the selection made of classes `0..=class`.
    pub fn totals_of(&self, class: usize) -> (i64, i64) {
        (self.gains[class], self.costs[class])
    }

    /// Number n of classes whose threshold exceeds `lambda`. The classes `0..n` are selected at `lambda`.
    pub fn classes_at(&self, lambda: Multiplier) -> usize {
        self.thresholds.partition_point(|&threshold| threshold > lambda)
    }

    /// Gain and cost of the smallest optimal selection at `lambda`. O(log classes).
    pub fn totals_at(&self, lambda: Multiplier) -> (i64, i64) {
        match self.classes_at(lambda) {
            0 => (0, 0),
            classes => (self.gains[classes - 1], self.costs[classes - 1]),
        }
    }

    /// The optimal selection at `lambda`; `None` if the thresholds are not closed or not this program's. O(D + U).
    pub fn selection_at(&self, program: &SelectionProgram, lambda: Multiplier) -> Option<Selection> {
        let classes = self.classes_at(lambda) as u32;
        let decisions = self.decision_class.iter().map(|&class| class < classes).collect();
        Selection::new(program, decisions).ok()
    }
}

/// Cumulated gains and costs by class.
fn totals(
    program: &SelectionProgram,
    classes: usize,
    decision_class: &[u32],
    resource_class: &[u32],
) -> (Vec<i64>, Vec<i64>) {
    let (mut gains, mut costs) = (vec![0i64; classes], vec![0i64; classes]);
    for (v, &class) in decision_class.iter().enumerate() {
        gains[class as usize] += program.gains[v];
    }
    for (r, &class) in resource_class.iter().enumerate() {
        costs[class as usize] += program.costs[r];
    }
    for class in 1..classes {
        gains[class] += gains[class - 1];
        costs[class] += costs[class - 1];
    }
    (gains, costs)
}

impl From<Path> for PathData {
    fn from(path: Path) -> Self {
        let Path { thresholds, decision_class, resource_class, gains, costs } = path;
        Self { thresholds, decision_class, resource_class, gains, costs }
    }
}

impl TryFrom<PathData> for Path {
    type Error = PathError;

    fn try_from(data: PathData) -> Result<Self, PathError> {
        let PathData { thresholds, decision_class, resource_class, gains, costs } = data;
        let classes = thresholds.len();
        if let Some(class) = (1..classes).find(|&class| thresholds[class] >= thresholds[class - 1]) {
            return Err(PathError::NotDecreasing { class });
        }
        for (what, of) in [("decision", &decision_class), ("resource", &resource_class)] {
            if let Some((index, &class)) = of.iter().enumerate().find(|(_, class)| **class as usize >= classes) {
                return Err(PathError::ClassOutOfRange { what, index, class, classes });
            }
        }
        if thresholds.last() != Some(&Multiplier::ZERO) {
            return Err(PathError::NoZeroClass);
        }
        if let Some(found) = [gains.len(), costs.len()].into_iter().find(|&found| found != classes) {
            return Err(PathError::Totals { found, classes });
        }
        Ok(Self { thresholds, decision_class, resource_class, gains, costs })
    }
}
