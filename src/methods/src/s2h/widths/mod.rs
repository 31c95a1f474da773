//! One width per group within a budget, exactly.
//!
//! The published method takes every expected width up to the next candidate on its own. Jointly, with what every width
//! of every group loses and what widths cost together,
//!
//! ```text
//! min sum_g loss_g(n_g)   s.t.   sum_i c_i product_{g in G_i} n_g <= budget,   n_g a candidate of g
//! ```
//!
//! | idea | file |
//! |---|---|
//! | tables, choices, the network of a choice | here |
//! | losses measured: the rise of a network's loss with one group narrower | `measure.rs` |
//! | the exact choice: group after group, lists of undominated partial choices | `exact.rs` |
//! | up to the next candidate, then step by step into the budget; the same fraction everywhere | `rounded.rs` |

mod exact;
mod measure;
mod rounded;
#[cfg(test)]
mod tests;

use secateur_neural::levels::{Level, LevelError, LevelTable};
use secateur_neural::units::{Kept, Units};
use secateur_program::{Control, Status};

use super::resource::WidthCosts;
use crate::MethodError;

/// What the widths of a group lose.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupWidths {
    /// Index of the group.
    pub group: usize,
    /// Its units, those that go last first.
    pub order: Vec<usize>,
    /// Candidates, ascending.
    pub counts: Vec<usize>,
    /// What each loses, in any unit that adds up over groups.
    pub losses: Vec<f64>,
}

/// What the widths of all groups lose, and cost together.
#[derive(Debug, Clone, PartialEq)]
pub struct WidthTable {
    pub(super) groups: Vec<GroupWidths>,
    pub(super) costs: WidthCosts,
}

/// One width per group.
#[derive(Debug, Clone, PartialEq)]
pub struct WidthChoice {
    /// Units left, per group of the table.
    pub counts: Vec<usize>,
    /// Sum of the losses.
    pub loss: f64,
    /// Cost of the whole network with these widths.
    pub cost: f64,
    /// Whether no choice within the budget loses less.
    pub status: Status,
}

impl WidthTable {
    /// Groups with their losses.
    pub fn groups(&self) -> &[GroupWidths] {
        &self.groups
    }

    /// What widths cost.
    pub fn costs(&self) -> &WidthCosts {
        &self.costs
    }

    /// The widths that lose least within a budget on the cost of the whole network.
    ///
    /// Where costs add up over groups (convolutions, heads and channels) that is a [`LevelTable`]; where they are
    /// bilinear (dense layers) an exact dynamic programme over (layer, width).
    ///
    /// # Arguments
    /// * `control`: limits; at a stop the best choice found.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if not even the narrowest widths fit; losses that are no numbers.
    ///
    /// # Complexity
    /// As [`LevelTable::within`]; else O(candidates times partial choices listed) per group, per combination of widths
    /// that later costs depend on.
    pub fn within(&self, budget: f64, control: &Control) -> Result<WidthChoice, MethodError> {
        self.check(budget)?;
        if self.costs.products.iter().any(|(_, groups)| groups.len() > 1) {
            let (levels, status) = exact::least_loss(&self.groups, &self.costs, budget, control);
            return Ok(self.choice(&levels, status));
        }
        let stays: f64 = self.costs.products.iter().filter(|(_, groups)| groups.is_empty()).map(|(cost, _)| cost).sum();
        let per_unit = self.costs.slopes(&self.costs.units);
        let of_group = |(own, per_unit): (&GroupWidths, f64)| {
            let level = |(count, loss): (&usize, &f64)| Level { loss: *loss, cost: per_unit * *count as f64 };
            own.counts.iter().zip(&own.losses).map(level).collect()
        };
        let table = LevelTable::new(self.groups.iter().zip(per_unit).map(of_group).collect())?;
        let choice = table.within(budget - stays, control)?;
        Ok(self.choice(&choice.levels, choice.status))
    }

    /// The units that a choice keeps, key/value heads that serve nobody left out.
    ///
    /// # Panics
    /// If choice or units are of another network.
    pub fn kept(&self, units: &Units, choice: &WidthChoice) -> Kept {
        let mut kept = units.all_kept();
        for (own, count) in self.groups.iter().zip(&choice.counts) {
            own.order[*count..].iter().for_each(|unit| kept.set(own.group, *unit, false));
        }
        units.without_idle(kept)
    }

    fn choice(&self, levels: &[usize], status: Status) -> WidthChoice {
        let counts: Vec<usize> = self.groups.iter().zip(levels).map(|(own, level)| own.counts[*level]).collect();
        let loss = self.groups.iter().zip(levels).map(|(own, level)| own.losses[*level]).sum();
        WidthChoice { loss, cost: self.costs.at(&counts), counts, status }
    }

    fn check(&self, budget: f64) -> Result<(), MethodError> {
        for (layer, own) in self.groups.iter().enumerate() {
            if let Some(level) = own.losses.iter().position(|loss| !loss.is_finite()) {
                return Err(LevelError::Number { layer, level, what: "loss", value: own.losses[level] }.into());
            }
        }
        let least = self.costs.at(&self.groups.iter().map(|own| own.counts[0]).collect::<Vec<_>>());
        if budget.is_nan() || budget < least {
            return Err(LevelError::Budget { budget, least }.into());
        }
        Ok(())
    }
}
