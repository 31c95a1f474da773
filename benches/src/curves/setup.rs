//! A trained network with everything that methods look at, measured once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use secateur::neural::latency::latencies;
use secateur::neural::score::{Inputs, OnDevice, calibrate};
use secateur::neural::units::Units;
use secateur::neural::{Network, Quality};
use secateur_program::Control;

use super::outcome::Outcome;
use super::tasks::Task;
use super::trained::{Cpu, judge, trained};
use crate::workloads::Failure;

/// Forward passes that a latency is the median of.
const REPETITIONS: usize = 5;

/// A task, a seed, and its network.
pub(super) struct Setup<'a> {
    pub(super) task: &'a Task,
    pub(super) seed: u64,
    pub(super) network: Network,
    pub(super) units: Units,
    /// Of all linear maps.
    pub(super) inputs: BTreeMap<String, Inputs>,
    pub(super) scorer: OnDevice<Cpu>,
}

/// A pruned network, before it is judged.
pub(super) struct Pruned {
    pub(super) family: &'static str,
    pub(super) method: String,
    pub(super) budget: f64,
    pub(super) left: f64,
    pub(super) promised: Option<f64>,
    pub(super) on_tables: BTreeMap<String, f64>,
    /// Of candidates.
    pub(super) valid: Option<Quality>,
    pub(super) network: Network,
    /// Whether its shapes are others than those of the whole network.
    pub(super) smaller: bool,
    pub(super) seconds: f64,
}

impl<'a> Setup<'a> {
    pub(super) fn new(task: &'a Task, seed: u64, models: &Path) -> Result<Self, Failure> {
        let network = trained(task, seed, models)?;
        let scorer = OnDevice::new(Default::default());
        let params = network.params::<Cpu>(&Default::default());
        let inputs = calibrate(&network, &params, &task.calibration, |_| true, &scorer, &Control::new())?;
        Ok(Self { task, seed, units: Units::of(&network), network, inputs, scorer })
    }

    /// The network as it is.
    pub(super) fn whole(&self) -> Pruned {
        Pruned {
            family: "whole",
            method: "whole".into(),
            budget: 1.0,
            left: 1.0,
            promised: None,
            on_tables: BTreeMap::new(),
            valid: None,
            network: self.network.clone(),
            smaller: false,
            seconds: 0.0,
        }
    }

    /// A candidate, judged on validation data.
    pub(super) fn candidate(&self, pruned: Pruned) -> Result<Pruned, Failure> {
        Ok(Pruned { valid: Some(judge(&pruned.network, &self.task.valid)?), ..pruned })
    }

    /// The best candidate by what choices are made by, under another name.
    pub(super) fn best(&self, candidates: Vec<Pruned>, method: String) -> Result<Outcome, Failure> {
        let loss = |pruned: &Pruned| pruned.valid.map_or(f64::INFINITY, |valid| valid.loss);
        let best = candidates.into_iter().min_by(|a, b| loss(a).total_cmp(&loss(b)));
        self.outcome(&Pruned { method, ..best.ok_or("no choice within the budget")? })
    }

    pub(super) fn outcome(&self, pruned: &Pruned) -> Result<Outcome, Failure> {
        let seconds_left = match pruned.smaller {
            true => {
                let inputs = &self.task.valid[0].inputs;
                let both = [&self.network, &pruned.network];
                let seconds = latencies::<Cpu>(&both, inputs, REPETITIONS, &Default::default(), &Control::new())?;
                Some(seconds[1] / seconds[0])
            }
            false => None,
        };
        let outcome = Outcome {
            task: self.task.name.into(),
            seed: self.seed,
            family: pruned.family.into(),
            method: pruned.method.clone(),
            budget: pruned.budget,
            left: pruned.left,
            parameters: pruned.network.weights().n_nonzero(),
            seconds_left,
            promised: pruned.promised,
            on_tables: pruned.on_tables.clone(),
            valid: pruned.valid.map(Quality::into),
            test: judge(&pruned.network, &self.task.test)?.into(),
            seconds: pruned.seconds,
        };
        println!(
            "{} {} {:8} {:32} {:.2} left {:.3} test loss {:.4} accuracy {:.4}{}",
            outcome.task,
            outcome.seed,
            outcome.family,
            outcome.method,
            outcome.budget,
            outcome.left,
            outcome.test.loss,
            outcome.test.accuracy,
            seconds_left.map_or(String::new(), |left| format!(" seconds {left:.2}")),
        );
        Ok(outcome)
    }
}

/// What work gives, and its seconds.
pub(super) fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    let start = Instant::now();
    let done = work()?;
    Ok((done, start.elapsed().as_secs_f64()))
}
