//! SlimGPT's columns by second order, with schedules and with exact choices.

use secateur::neural::Network;
use secateur::neural::methods::seconds::{Timing, group_seconds};
use secateur::neural::methods::slimgpt::{SlimOptions, slim_gpt};
use secateur::neural::methods::structured::{logarithmic, uniform};
use secateur::neural::score::Calibration;
use secateur::neural::units::Kept;
use secateur_program::Control;

use super::super::outcome::Outcome;
use super::super::setup::{Pruned, timed};
use super::super::trained::Cpu;
use super::{BUDGETS, Work, best_heads};
use crate::workloads::Failure;

/// Best choices of each table that are judged as whole networks.
const RANKED: usize = 3;
/// Share of the first layer in SlimGPT's schedule.
const FIRST: f64 = 0.0625;

impl Work<'_> {
    fn slim(&self, shares: &[Option<f64>], options: &SlimOptions) -> Result<((Network, Kept), f64), Failure> {
        let (setup, control) = (self.setup, Control::new());
        timed(|| {
            let calibration = Calibration::<Cpu>::new(&setup.network, &setup.task.calibration, &control);
            let found = slim_gpt(&calibration, shares, &setup.scorer, options)?;
            Ok((found.network, found.kept))
        })
    }

    pub(super) fn by_second_order(&self) -> Result<Vec<Outcome>, Failure> {
        let (setup, costs) = (self.setup, &self.costs.of_groups);
        let (units, faithful, best) = (&setup.units, SlimOptions::default(), best_heads());
        let inputs = &setup.task.valid[0].inputs;
        let (in_seconds, measuring) = timed(|| {
            let (device, control) = (Default::default(), Control::new());
            let timing = Timing::<Cpu> { inputs, repetitions: 5, device, control: &control };
            Ok(group_seconds(&timing, &setup.network, units, &self.costs.kinds, 4)?)
        })?;
        let [.., (_, divergences, before)] = &self.tables.named;
        let (by_seconds, before_seconds) = (divergences.with_costs(&in_seconds)?, before + measuring);
        let mut found = Vec::new();
        for budget in BUDGETS {
            let most = budget * costs.total();
            let schedules = [
                ("SlimGPT, uniform", uniform(units, costs, most, &faithful)?),
                ("SlimGPT, logarithmic", logarithmic(units, costs, most, FIRST, &faithful)?),
            ];
            for (method, shares) in schedules {
                let ((network, kept), seconds) = self.slim(&shares, &faithful)?;
                found.push(setup.outcome(&Pruned { seconds, ..self.pruned(method, budget, &network, &kept)? })?);
            }
            let mut candidates = Vec::new();
            for (name, levels, before) in &self.tables.named {
                for (rank, choice) in levels.table.ranked(most, RANKED, &Control::new())?.into_iter().enumerate() {
                    let ((network, kept), seconds) = self.slim(&levels.fractions(units, &choice.levels), &best)?;
                    let own = self.pruned(&format!("exact on {name}"), budget, &network, &kept)?;
                    let (promised, seconds) = (Some(choice.loss), seconds + before);
                    let own = setup.candidate(Pruned { promised, seconds, ..own })?;
                    if rank == 0 {
                        found.push(setup.outcome(&own)?);
                    }
                    candidates.push(own);
                }
            }
            found.push(setup.best(candidates, "exact, re-scored".into())?);
            let (shares, choice) = by_seconds.within(units, budget * in_seconds.total(), &Control::new())?;
            let ((network, kept), seconds) = self.slim(&shares, &best)?;
            let own = self.pruned("exact on divergence, in seconds", budget, &network, &kept)?;
            let (promised, seconds) = (Some(choice.cost), seconds + before_seconds);
            found.push(setup.outcome(&Pruned { promised, seconds, ..own })?);
        }
        Ok(found)
    }
}
