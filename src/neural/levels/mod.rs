//! One level per layer: a table of what every layer loses and costs at every level of pruning, and the choice that loses least within a
//! budget. The multiple-choice knapsack, stated as chains:
//!
//! ```text
//! max  sum_{l,k} (loss_{l,k-1} - loss_{l,k}) x_{l,k}      level k requires level k - 1,
//! s.t. sum_{l,k} (cost_{l,k} - cost_{l,k-1}) x_{l,k} <= budget - sum_l cost_{l,0}
//! ```
//!
//! with the levels of a layer in order of cost. Gains of a chain may be negative or grow: the path takes several steps at once where the table is not
//! convex, and the budgeted solver what lies between.

use secateur_program::{
    BuildError, Control, DecisionId, Limit, LimitError, Multiplier, QuantiseError, ResourceId, Selection,
    SelectionProgram, Status,
};
use secateur_selection::{BudgetOptions, solve_path, solve_within};

use super::program::priced;

mod ranked;

/// A level of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// What is lost, in any unit that adds up over layers: a measured rise of the loss, a reconstruction error.
    pub loss: f64,
    /// What it costs.
    pub cost: f64,
}

/// Levels of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelTable {
    layers: Vec<Vec<Level>>,
}

/// One level per layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelChoice {
    /// Index into the levels of each layer, as the table was given.
    pub levels: Vec<usize>,
    /// Sum of their losses.
    pub loss: f64,
    /// Sum of their costs.
    pub cost: f64,
    /// No choice within the budget loses less than this.
    pub least_loss: f64,
    /// Whether the choice is proven best.
    pub status: Status,
}

/// What can be wrong with a table or a budget.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LevelError {
    /// A layer without levels.
    #[error("layer {layer} has no level")]
    Empty {
        /// The layer.
        layer: usize,
    },
    /// A loss or cost that is no number, or a cost below zero.
    #[error("layer {layer}, level {level}: {what} is {value}")]
    Number {
        /// The layer.
        layer: usize,
        /// The level.
        level: usize,
        /// "loss" or "cost".
        what: &'static str,
        /// As given.
        value: f64,
    },
    /// Not even the cheapest levels fit.
    #[error("the budget is {budget}, the cheapest levels cost {least}")]
    Budget {
        /// As given.
        budget: f64,
        /// The least possible.
        least: f64,
    },
    /// Numbers that do not become integers.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// Too many levels.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A budget that does not go into integers.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl LevelTable {
    /// A table.
    ///
    /// # Errors
    /// [`LevelError`] naming layer and level.
    pub fn new(layers: Vec<Vec<Level>>) -> Result<Self, LevelError> {
        for (layer, levels) in layers.iter().enumerate() {
            if levels.is_empty() {
                return Err(LevelError::Empty { layer });
            }
            for (level, entry) in levels.iter().enumerate() {
                if !entry.loss.is_finite() {
                    return Err(LevelError::Number { layer, level, what: "loss", value: entry.loss });
                }
                if !(entry.cost.is_finite() && entry.cost >= 0.0) {
                    return Err(LevelError::Number { layer, level, what: "cost", value: entry.cost });
                }
            }
        }
        Ok(Self { layers })
    }

    /// Levels of every layer, as given.
    pub fn layers(&self) -> &[Vec<Level>] {
        &self.layers
    }

    /// The choice that loses least within a budget on the summed cost.
    ///
    /// # Arguments
    /// * `control`: limits; at a stop the best choice found, with its bound.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if nothing fits.
    ///
    /// # Complexity
    /// That of [`solve_within`] on as many decisions as there are levels.
    ///
    /// # Example
    /// ```
    /// use secateur::neural::levels::{Level, LevelTable};
    /// use secateur_program::Control;
    ///
    /// let level = |cost: f64, loss: f64| Level { loss, cost };
    /// let layer = vec![level(0.0, 9.0), level(1.0, 5.0), level(2.0, 0.0)];
    /// let table = LevelTable::new(vec![layer.clone(), layer])?;
    /// // Neither 1 + 1 nor a share of both: all of one layer.
    /// let choice = table.within(2.0, &Control::new())?;
    /// assert_eq!((choice.loss, choice.cost), (9.0, 2.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn within(&self, budget: f64, control: &Control) -> Result<LevelChoice, LevelError> {
        let chains = Chains::new(self)?;
        let least = chains.least_cost;
        if budget.is_nan() || budget < least {
            return Err(LevelError::Budget { budget, least });
        }
        let program = &chains.program;
        let most = ((budget - least) / program.scale().cost_unit * (1.0 + 1e-15)).floor().min(2f64.powi(60)) as i64;
        let limit = Limit::on_cost(program, most)?;
        let found = solve_within(program, &[limit], &BudgetOptions::default(), control);
        let bound = found.bound as f64 * program.scale().gain_unit;
        Ok(chains.choice(self, &found.selection, bound, found.status))
    }

    /// The supported choices, cheapest first: for each the budget that it costs is best spent so. A by-product of one parametric cut.
    ///
    /// # Errors
    /// [`LevelError`] for numbers that do not become integers.
    pub fn path(&self, control: &Control) -> Result<Vec<LevelChoice>, LevelError> {
        let chains = Chains::new(self)?;
        let program = &chains.program;
        let solved = solve_path(program, control);
        let ends = [Multiplier::ZERO, Multiplier::INFINITY];
        let mut choices: Vec<LevelChoice> = ends
            .into_iter()
            .chain(solved.path.breakpoints().map(|point| point.lambda))
            .filter_map(|lambda| solved.path.selection_at(program, lambda))
            .map(|selection| {
                let gain = selection.gain(program) as f64 * program.scale().gain_unit;
                chains.choice(self, &selection, gain, solved.status)
            })
            .collect();
        choices.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        choices.dedup_by(|a, b| a.levels == b.levels);
        Ok(choices)
    }
}

/// The table as chains.
struct Chains {
    program: SelectionProgram,
    /// Per layer its levels in order of cost.
    order: Vec<Vec<usize>>,
    /// Per layer its first decision, which is the second level.
    first: Vec<u32>,
    least_cost: f64,
    most_loss: f64,
}

impl Chains {
    fn new(table: &LevelTable) -> Result<Self, LevelError> {
        let (mut gains, mut costs) = (Vec::new(), Vec::new());
        let (mut order, mut first) = (Vec::new(), Vec::new());
        let (mut least_cost, mut most_loss) = (0.0, 0.0);
        for levels in &table.layers {
            let mut own: Vec<usize> = (0..levels.len()).collect();
            own.sort_by(|a, b| {
                levels[*a].cost.total_cmp(&levels[*b].cost).then(levels[*a].loss.total_cmp(&levels[*b].loss))
            });
            first.push(gains.len() as u32);
            least_cost += levels[own[0]].cost;
            most_loss += levels[own[0]].loss;
            for pair in own.windows(2) {
                gains.push(levels[pair[0]].loss - levels[pair[1]].loss);
                costs.push(levels[pair[1]].cost - levels[pair[0]].cost);
            }
            order.push(own);
        }
        let mut builder = priced(&gains, &costs)?;
        for (own, first) in order.iter().zip(&first) {
            for step in 0..own.len() as u32 - 1 {
                let decision = DecisionId(first + step);
                builder.uses(decision, ResourceId(first + step));
                if step > 0 {
                    builder.requires(decision, DecisionId(first + step - 1));
                }
            }
        }
        Ok(Self { program: builder.build()?, order, first, least_cost, most_loss })
    }

    fn choice(&self, table: &LevelTable, selection: &Selection, most_gain: f64, status: Status) -> LevelChoice {
        let level = |(own, first): (&Vec<usize>, &u32)| {
            let steps = (0..own.len() as u32 - 1).take_while(|step| selection.has(DecisionId(first + step))).count();
            own[steps]
        };
        let levels: Vec<usize> = self.order.iter().zip(&self.first).map(level).collect();
        let entries = || table.layers.iter().zip(&levels).map(|(layer, level)| layer[*level]);
        let loss: f64 = entries().map(|entry| entry.loss).sum();
        let cost = entries().map(|entry| entry.cost).sum();
        LevelChoice { loss, cost, levels, least_loss: (self.most_loss - most_gain).min(loss), status }
    }
}

#[cfg(test)]
mod tests;
