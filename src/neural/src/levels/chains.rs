//! A table as a selection program of chains, and its selections as levels.

use secateur_program::{DecisionId, Limit, ResourceId, Selection, SelectionError, SelectionProgram, Status};

use super::hull::Item;
use super::{LevelChoice, LevelError, LevelTable};
use crate::program::priced;

/// A level table as a selection program: the steps from level to level of a layer, in order of cost, are decisions with
/// a resource each.
///
/// | program | table |
/// |---|---|
/// | decision v, gain g_v | the step to the next dearer level, the loss it saves (negative where the dearer level loses more) |
/// | resource v, cost c_v | what the step costs more |
/// | v requires v - 1 | steps are taken in order |
///
/// For solvers other than the table's own, which gives the same answers.
#[derive(Debug, Clone)]
pub struct Chains<'a> {
    table: &'a LevelTable,
    program: SelectionProgram,
    /// Per layer its levels in order of cost.
    order: Vec<Vec<usize>>,
    /// Per layer its first decision, which is the second level.
    first: Vec<u32>,
    least_cost: f64,
}

impl<'a> Chains<'a> {
    pub(super) fn new(table: &'a LevelTable) -> Result<Self, LevelError> {
        let (mut gains, mut costs) = (Vec::new(), Vec::new());
        let (mut order, mut first) = (Vec::new(), Vec::new());
        let mut least_cost = 0.0;
        for levels in &table.layers {
            let mut own: Vec<usize> = (0..levels.len()).collect();
            own.sort_by(|a, b| {
                levels[*a].cost.total_cmp(&levels[*b].cost).then(levels[*a].loss.total_cmp(&levels[*b].loss))
            });
            first.push(gains.len() as u32);
            least_cost += levels[own[0]].cost;
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
        Ok(Self { table, program: builder.build()?, order, first, least_cost })
    }

    /// The program; its scale says what the integers are worth.
    pub fn program(&self) -> &SelectionProgram {
        &self.program
    }

    /// A budget on the summed cost of the levels, as a limit on the program.
    ///
    /// # Errors
    /// [`LevelError::Budget`] if not even the cheapest levels fit.
    pub fn limit(&self, budget: f64) -> Result<Limit, LevelError> {
        let least = self.least_cost;
        if budget.is_nan() || budget < least {
            return Err(LevelError::Budget { budget, least });
        }
        let most = ((budget - least) / self.program.scale().cost_unit * (1.0 + 1e-15)).floor();
        Ok(Limit::on_cost(&self.program, most.min(2f64.powi(60)) as i64)?)
    }

    /// Levels of a selection, per layer an index into the levels as the table was given.
    ///
    /// # Panics
    /// If the selection is of another program.
    pub fn levels(&self, selection: &Selection) -> Vec<usize> {
        let level = |(own, first): (&Vec<usize>, &u32)| {
            let steps = (0..own.len() as u32 - 1).take_while(|step| selection.has(DecisionId(first + step))).count();
            own[steps]
        };
        self.order.iter().zip(&self.first).map(level).collect()
    }

    /// The levels of every layer as items: sums of the steps.
    pub(super) fn items(&self) -> Vec<Vec<Item>> {
        let items = |(own, first): (&Vec<usize>, &u32)| {
            let steps = (0..own.len() as u32).scan((0, 0), |(cost, gain), step| {
                if step > 0 {
                    *cost += self.program.cost(ResourceId(first + step - 1));
                    *gain += self.program.gain(DecisionId(first + step - 1));
                }
                Some(Item { cost: *cost, gain: *gain, step })
            });
            steps.collect()
        };
        self.order.iter().zip(&self.first).map(items).collect()
    }

    /// The selection that takes so many steps of each layer.
    pub(super) fn selection(&self, steps: &[u32]) -> Result<Selection, SelectionError> {
        let own = |(own, steps): (&Vec<usize>, &u32)| {
            let steps = *steps;
            (0..own.len() as u32 - 1).map(move |step| step < steps)
        };
        Selection::new(&self.program, self.order.iter().zip(steps).flat_map(own).collect())
    }

    /// A selection as a choice, with a bound on the gain of all.
    pub(super) fn choice(&self, selection: &Selection, most_gain: i64, status: Status) -> LevelChoice {
        let levels = self.levels(selection);
        let entries = || self.table.layers.iter().zip(&levels).map(|(layer, level)| layer[*level]);
        let loss: f64 = entries().map(|entry| entry.loss).sum();
        let cost = entries().map(|entry| entry.cost).sum();
        let missed = most_gain - selection.gain(&self.program);
        let least_loss = loss - missed as f64 * self.program.scale().gain_unit;
        LevelChoice { levels, loss, cost, least_loss, status }
    }
}
