//! Units as a selection program, and its selections as units.

use secateur_program::{DecisionId, Limit, ResourceId, Selection, SelectionProgram, quantise};

use super::{Kept, UnitError, Units};
use crate::program::{BITS, priced};

/// A selection program of units:
///
/// | program | units |
/// |---|---|
/// | decision v, gain g_v | a unit of a group with gains, its gain |
/// | resource r, cost c_r | a unit that costs, its cost |
/// | v uses r | the unit itself, and all that it needs |
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The program; its scale says what the integers are worth.
    pub program: SelectionProgram,
    /// Per group the decision of its first unit, if it has gains.
    decisions: Vec<Option<u32>>,
    /// Per group the resource of its first unit, if the group takes part.
    resources: Vec<Option<u32>>,
    /// Units per group.
    sizes: Vec<usize>,
}

impl Units {
    /// States the program.
    ///
    /// # Arguments
    /// * `gains`: per group the gain of every unit (loss saved by keeping it, any unit of measure), or `None`: the
    ///   group stays as it is, unless units with gains need it, which then decide.
    /// * `costs`: per group the cost of every unit; see [`super::CostModel`]. Costs of groups that stay are not in the
    ///   program.
    ///
    /// # Errors
    /// [`UnitError`]: other numbers of groups or units, numbers that are not finite, negative costs.
    ///
    /// # Complexity
    /// O(units times needs in a row).
    pub fn lower(&self, gains: &[Option<Vec<f64>>], costs: &[Vec<f64>]) -> Result<Lowered, UnitError> {
        self.check(gains, costs)?;
        let part = self.taking_part(gains);
        let mut decisions = vec![None; self.groups.len()];
        let mut resources = vec![None; self.groups.len()];
        let (mut all_gains, mut all_costs) = (Vec::new(), Vec::new());
        for group in 0..self.groups.len() {
            if let Some(own) = &gains[group] {
                decisions[group] = Some(all_gains.len() as u32);
                all_gains.extend_from_slice(own);
            }
            if part[group] {
                resources[group] = Some(all_costs.len() as u32);
                all_costs.extend_from_slice(&costs[group]);
            }
        }
        let mut builder = priced(&all_gains, &all_costs)?;
        for (group, first) in decisions.iter().enumerate() {
            let Some(first) = first else { continue };
            for unit in 0..self.groups[group].n_units {
                let decision = DecisionId(first + unit as u32);
                for (on, needed) in std::iter::once((group, unit)).chain(self.needed_by(group, unit)) {
                    let first = resources[on].expect("what is needed takes part");
                    builder.uses(decision, ResourceId(first + needed as u32));
                }
            }
        }
        let sizes = self.groups.iter().map(|group| group.n_units).collect();
        Ok(Lowered { program: builder.build()?, decisions, resources, sizes })
    }

    /// Groups with gains, and those that their units need.
    fn taking_part(&self, gains: &[Option<Vec<f64>>]) -> Vec<bool> {
        let mut part: Vec<bool> = gains.iter().map(Option::is_some).collect();
        loop {
            let before = part.clone();
            self.needs.iter().filter(|need| before[need.of]).for_each(|need| part[need.on] = true);
            if part == before {
                return part;
            }
        }
    }

    fn check(&self, gains: &[Option<Vec<f64>>], costs: &[Vec<f64>]) -> Result<(), UnitError> {
        let length = |what: &dyn Fn() -> String, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(UnitError::Length { what: what(), expected, found }),
        };
        length(&|| "the list of gains".into(), self.groups.len(), gains.len())?;
        length(&|| "the list of costs".into(), self.groups.len(), costs.len())?;
        for ((group, gains), costs) in self.groups.iter().zip(gains).zip(costs) {
            length(&|| format!("{}: costs", group.name), group.n_units, costs.len())?;
            if let Some(unit) = costs.iter().position(|cost| !(cost.is_finite() && *cost >= 0.0)) {
                return Err(UnitError::Cost { group: group.name.clone(), unit, cost: costs[unit] });
            }
            let Some(gains) = gains else { continue };
            length(&|| format!("{}: gains", group.name), group.n_units, gains.len())?;
            if let Some(unit) = gains.iter().position(|gain| !gain.is_finite()) {
                return Err(UnitError::Gain { group: group.name.clone(), unit, gain: gains[unit] });
            }
        }
        Ok(())
    }

    /// The units that a selection keeps: those selected, what they need, and every group that does not take part.
    ///
    /// # Panics
    /// If the selection is of another program.
    pub fn kept(&self, lowered: &Lowered, selection: &Selection) -> Kept {
        let mut kept = Kept(
            lowered.sizes.iter().zip(&lowered.resources).map(|(units, part)| vec![part.is_none(); *units]).collect(),
        );
        for (group, first) in lowered.decisions.iter().enumerate() {
            let Some(first) = first else { continue };
            for unit in (0..lowered.sizes[group]).filter(|unit| selection.has(DecisionId(first + *unit as u32))) {
                kept.0[group][unit] = true;
                for (on, needed) in self.needed_by(group, unit) {
                    kept.0[on][needed] = true;
                }
            }
        }
        kept
    }
}

impl Lowered {
    /// A budget on the costs of the program, or on any other costs of the same units: a hard limit for the budgeted
    /// solver, and several of them at once.
    ///
    /// # Arguments
    /// * `costs`: per group and unit; rounded up where they do not become integers exactly.
    /// * `budget`: what the units that take part may cost together.
    ///
    /// # Errors
    /// [`UnitError`]: costs of another shape or negative, a negative budget.
    pub fn limit(&self, costs: &[Vec<f64>], budget: f64) -> Result<Limit, UnitError> {
        if !(budget.is_finite() && budget >= 0.0) {
            return Err(UnitError::Budget { budget });
        }
        let mut all = Vec::with_capacity(self.program.n_resources());
        for (group, costs) in costs.iter().enumerate() {
            if self.resources.get(group).copied().flatten().is_some() {
                all.extend_from_slice(costs);
            }
        }
        if all.len() != self.program.n_resources() {
            let what = "the list of costs".to_owned();
            return Err(UnitError::Length { what, expected: self.program.n_resources(), found: all.len() });
        }
        let quantised = quantise(&all, BITS)?;
        let round = |(integer, value): (&i64, &f64)| match (*integer as f64) * quantised.unit < *value {
            true => integer + 1,
            false => *integer,
        };
        let weights: Vec<i64> = quantised.integers.iter().zip(&all).map(round).collect();
        let most = (budget / quantised.unit).floor().min(i64::MAX as f64 / 2.0) as i64;
        Ok(Limit::new(&self.program, vec![0; self.program.n_decisions()], weights, most)?)
    }
}
