//! Heads and channels to a budget: how much of every layer goes, by schedule or exactly, for [`crate::slimgpt`] to take
//! out.
//!
//! | allocation | fractions of layers |
//! |---|---|
//! | [`uniform`] | all the same |
//! | [`logarithmic`] | SlimGPT's schedule, its end chosen to meet the budget |
//! | [`GroupLevels`] | the least summed loss of a table with a level per group and number of units left: errors of second-order sweeps, or measured rises of the loss, or divergences |
//!
//! Costs are those of [`secateur_neural::units::CostModel`] per unit, or a table of measured seconds.

mod costs;
mod levels;
mod schedules;

pub use costs::GroupCosts;
pub use levels::{GroupLevels, GroupOptions};
pub use schedules::{logarithmic, uniform};
