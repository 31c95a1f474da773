//! Prunings between the points of the path: for one hard budget on the pruning set.
//!
//! The path's prunings are optimal at some lambda, and between two of them there may be a wide gap: the largest one within
//! a budget can leave much of it unspent. A pruning for one budget need not be on the path; to find the best one is NP-hard,
//! so [`solve_within_each`] gives a good one and a proven bound on all (its module states the method).
//!
//! Budgets are means per example in the currency of the prices. They become whole units of the program, rounded down (up to a
//! relative 1e-12, which is how [`super::Curve::choose`] compares), so a pruning never costs more on the pruning set. On other
//! data its mean cost is another.

#[cfg(test)]
mod tests;

use secateur_program::{Control, Scale, Status};
use secateur_selection::{BudgetOptions, BudgetedSolution, solve_within_each};

use super::prune::{PruneError, Pruned};
use secateur_forest::{BudgetedForest, Forest, OperatingPoint, Proof};

/// A pruning for one budget, with what is proven about it. Losses are mean tree losses on the pruning data.
#[derive(Debug, Clone, PartialEq)]
pub struct BetweenHull {
    /// The forest with two classes of splits: those that are kept, and the rest. It knows no values of lambda:
    /// [`BetweenHull::POINT`] is the pruning, and the unpruned forest remains for comparison.
    pub budgeted: BudgetedForest,
    /// The budget: most mean cost per example on the pruning data.
    pub budget: f64,
    /// Mean cost per example, at most the budget.
    pub cost: f64,
    /// Loss of the pruning.
    pub loss: f64,
    /// No pruning within the budget has a smaller loss.
    pub loss_bound: f64,
    /// Loss of the path's largest pruning within the budget.
    pub hull_loss: f64,
    /// How the solver ended; [`Status::Optimal`] iff loss and bound are the same.
    pub status: Status,
}

impl BetweenHull {
    /// The operating point of the pruning.
    pub const POINT: OperatingPoint = OperatingPoint(1);

    /// The forest of what is kept, and the node of the whole forest that each of its nodes was. O(nodes).
    pub fn pruned(&self) -> (Forest, Vec<u32>) {
        self.budgeted.pruned(Self::POINT)
    }
}

impl Pruned {
    /// Prunings for hard budgets, one after the other, in the order of the budgets, from the program that was solved already.
    /// A larger budget never has the larger loss. A stop of the solver is a status: the best pruning so far with its bound.
    ///
    /// # Errors
    /// [`PruneError::Budget`] for a budget that is negative or NaN.
    ///
    /// # Complexity
    /// For each budget what `options.effort` allows.
    pub fn within(
        &self,
        budgets: &[f64],
        options: &BudgetOptions,
        control: &Control,
    ) -> Result<Vec<BetweenHull>, PruneError> {
        let (model, lowered) = (&self.budgeted, &self.lowered);
        let scale = lowered.program.scale();
        let units = |&budget: &f64| whole_units(budget, scale).ok_or(PruneError::Budget { budget });
        let units: Vec<i64> = budgets.iter().map(units).collect::<Result<_, _>>()?;
        let solutions =
            solve_within_each(&lowered.program, &units, options, control).expect("budgets are not negative");
        let pruning = |(&budget, solution): (&f64, BudgetedSolution)| {
            let loss_at = |gain: i64| lowered.root_loss - gain as f64 * scale.gain_unit;
            let gap = (solution.bound - solution.gain) as f64 * scale.gain_unit;
            let proof = Proof::of_solver(solution.status, gap);
            BetweenHull {
                budgeted: BudgetedForest::of_selection(
                    model.forest(),
                    model.prices(),
                    model.loss(),
                    lowered,
                    &solution.selection,
                    proof,
                ),
                budget,
                cost: solution.cost as f64 * scale.cost_unit,
                loss: loss_at(solution.gain),
                loss_bound: loss_at(solution.bound),
                hull_loss: loss_at(solution.hull_gain),
                status: solution.status,
            }
        };
        Ok(budgets.iter().zip(solutions).map(pruning).collect())
    }
}

/// Whole units of cost that a budget pays for; `None` if it is negative or NaN.
fn whole_units(budget: f64, scale: Scale) -> Option<i64> {
    if budget.is_nan() || budget < 0.0 {
        return None;
    }
    let affordable = |units: i64| secateur_forest::within(units as f64 * scale.cost_unit, budget);
    // The quotient may be rounded either way.
    let units = (budget / scale.cost_unit).floor() as i64;
    let candidates = [units.saturating_add(1), units, units - 1];
    Some(candidates.into_iter().find(|&units| affordable(units)).unwrap_or(0).max(0))
}
