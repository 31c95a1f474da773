//! The choice that loses least within a budget, and one per budget.

use secateur_program::{Control, Limit, Selection, Status};
use secateur_selection::{BudgetOptions, solve_within};

use super::hull::Item;
use super::knapsack::{self, End, Room, Solution};
use super::{Chains, LevelChoice, LevelError, LevelTable};

impl LevelTable {
    /// The choice that loses least within a budget on the summed cost.
    ///
    /// Solved exactly by lists of undominated choices; should these need more room than a few hundred MiB, the budgeted
    /// solver of [`secateur_selection`] goes on from the best choice found, and the better bound of both counts. Among
    /// equally good choices any may be returned.
    ///
    /// # Arguments
    /// * `control`: limits; at a stop the best choice found, with its bound.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if nothing fits.
    ///
    /// # Complexity
    /// Sorting the levels, and O(levels of a layer times choices listed) per layer; the lists are as long as the linear
    /// relaxation is loose.
    ///
    /// # Example
    /// ```
    /// use secateur_neural::levels::{Level, LevelTable};
    /// use secateur_program::Control;
    ///
    /// let level = |cost: f64, loss: f64| Level { loss, cost };
    /// let layer = vec![level(0.0, 9.0), level(1.0, 5.0), level(2.0, 0.0)];
    /// let table = LevelTable::new(vec![layer.clone(), layer])?;
    /// // Neither 1 + 1 nor a fraction of both: all of one layer.
    /// let choice = table.within(2.0, &Control::new())?;
    /// assert_eq!((choice.loss, choice.cost), (9.0, 2.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn within(&self, budget: f64, control: &Control) -> Result<LevelChoice, LevelError> {
        let chains = Chains::new(self)?;
        let limit = chains.limit(budget)?;
        let found = Found::within(&chains, &chains.items(), &limit, Room::default(), control);
        Ok(found.choice(&chains))
    }

    /// The choices that lose least within each of several budgets, in the order given: a larger budget never loses
    /// more.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if nothing fits one of them.
    ///
    /// # Complexity
    /// That of [`Self::within`] per budget; the integers are shared.
    pub fn within_each(&self, budgets: &[f64], control: &Control) -> Result<Vec<LevelChoice>, LevelError> {
        let chains = Chains::new(self)?;
        let limits: Vec<Limit> = budgets.iter().map(|budget| chains.limit(*budget)).collect::<Result<_, _>>()?;
        let items = chains.items();
        let mut order: Vec<usize> = (0..budgets.len()).collect();
        order.sort_by_key(|index| limits[*index].most());
        let mut found: Vec<(usize, Found)> = Vec::with_capacity(order.len());
        for index in order {
            let mut next = Found::within(&chains, &items, &limits[index], Room::default(), control);
            if let Some((_, smaller)) = found.last() {
                next.at_least(smaller);
            }
            found.push((index, next));
        }
        found.sort_by_key(|(index, _)| *index);
        Ok(found.iter().map(|(_, found)| found.choice(&chains)).collect())
    }
}

/// The best selection found within a limit, in integers.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) selection: Selection,
    pub(super) gain: i64,
    /// No selection within the limit gains more.
    pub(super) bound: i64,
    pub(super) status: Status,
}

impl Found {
    /// Exact, as long as the lists have room.
    pub(super) fn within(
        chains: &Chains<'_>,
        items: &[Vec<Item>],
        limit: &Limit,
        room: Room,
        control: &Control,
    ) -> Self {
        let Solution { steps, gain, bound, end } = knapsack::solve(items, limit.most(), room, control);
        let selection = chains.selection(&steps).expect("steps are taken in order");
        let status = match end {
            End::Proven => Status::Optimal,
            End::Stopped(stop) => stop.into(),
            End::Full => {
                let options = BudgetOptions { start: Some(selection), ..BudgetOptions::default() };
                let other = solve_within(chains.program(), std::slice::from_ref(limit), &options, control);
                let bound = bound.min(other.bound);
                let status = if other.gain == bound { Status::Optimal } else { other.status };
                return Self { selection: other.selection, gain: other.gain, bound, status };
            }
        };
        Self { selection, gain, bound, status }
    }

    /// Takes another selection that keeps the limit, if it gains more.
    fn at_least(&mut self, other: &Self) {
        if other.gain > self.gain {
            (self.selection, self.gain) = (other.selection.clone(), other.gain);
            if self.gain == self.bound {
                self.status = Status::Optimal;
            }
        }
    }

    fn choice(&self, chains: &Chains<'_>) -> LevelChoice {
        chains.choice(&self.selection, self.bound, self.status)
    }
}
