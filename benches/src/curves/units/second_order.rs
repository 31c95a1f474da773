//! SlimGPT's columns by second order, with schedules and with exact choices.

use secateur::neural::Network;
use secateur::neural::latency::group_seconds;
use secateur::neural::methods::slimgpt::{SlimOptions, slim_gpt};
use secateur::neural::methods::structured::{logarithmic, uniform};
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
        let (setup, device, control) = (self.setup, Default::default(), Control::new());
        timed(|| {
            let (calibration, scorer) = (&setup.task.calibration, &setup.scorer);
            let found = slim_gpt::<Cpu, _>(&setup.network, shares, calibration, scorer, options, &device, &control)?;
            Ok((found.network, found.kept))
        })
    }

    pub(super) fn by_second_order(&self) -> Result<Vec<Outcome>, Failure> {
        let (setup, costs) = (self.setup, &self.costs.of_groups);
        let (units, faithful, best) = (&setup.units, SlimOptions::default(), best_heads());
        let inputs = &setup.task.valid[0].inputs;
        let (in_seconds, measuring) = timed(|| {
            let (kinds, device, control) = (&self.costs.kinds, Default::default(), Control::new());
            Ok(group_seconds::<Cpu>(&setup.network, units, kinds, 4, inputs, 5, &device, &control)?)
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
                    let ((network, kept), seconds) = self.slim(&levels.shares(units, &choice.levels), &best)?;
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
