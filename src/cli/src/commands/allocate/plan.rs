//! What stays, decided and done.

mod units;
mod weights;

use std::collections::BTreeMap;

use secateur_neural::methods::MethodError;
use secateur_neural::score::{Inputs, OnDevice, calibrate};
use secateur_neural::{Network, evaluate};
use secateur_program::Control;

use super::data::Sets;
use super::{Allocate, Cpu, What};
use crate::commands::failure::{Failure, Outcome};

/// The pruned network of a budget.
pub(super) struct Planned {
    pub(super) budget: f64,
    pub(super) network: Network,
    /// Share of the cost of what could go that stays.
    pub(super) left: f64,
    /// What the exact choice promised to lose.
    pub(super) promised: Option<f64>,
    pub(super) layers: Vec<Layer>,
    /// Networks that were compared.
    pub(super) candidates: usize,
    /// A limit ended the search.
    pub(super) stopped: bool,
    /// What the user should know.
    pub(super) warning: Option<String>,
}

/// What stays of a layer or map.
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) left: usize,
    pub(super) of: usize,
    /// Which heads or channels, from 0.
    pub(super) kept: Option<Vec<usize>>,
}

pub(super) fn failure(error: impl Into<MethodError>) -> Failure {
    let error = error.into();
    error.stop().map_or_else(|| Failure::input(&error), Failure::stopped)
}

/// A network per budget, in their order; at a time limit those that were ready.
pub(super) fn plan(
    arguments: &Allocate,
    network: &Network,
    sets: &Sets,
    control: &Control,
) -> Result<Vec<Planned>, Failure> {
    let work = Work { arguments, network, sets, scorer: OnDevice::new(Default::default()), control };
    let mut best: Vec<Best> = arguments.budget.iter().map(|_| Best::default()).collect();
    let done = match arguments.what {
        What::Weights => work.weights(&mut best),
        What::Units | What::Heads => work.units(&mut best),
    };
    let stopped = match done {
        Ok(()) => false,
        Err(Failure::Refused(_)) if best.iter().any(|best| best.found.is_some()) => true,
        Err(failure) => return Err(failure),
    };
    let shown = |best: Best| {
        let planned = best.found?;
        let warning = planned.warning.clone().or_else(|| far(&planned));
        Some(Planned { candidates: best.n, stopped, warning, ..planned })
    };
    Ok(best.into_iter().filter_map(shown).collect())
}

/// Budgets of which less than this share is used are missed.
const NEAR: f64 = 0.95;

/// What to say where much less is left than the budget allows.
fn far(planned: &Planned) -> Option<String> {
    let Planned { budget, left, .. } = planned;
    (*left < NEAR * budget).then(|| {
        format!(
            "{:.1} % of the cost is left where the budget allows {:.1} %: what goes in one piece is larger than the rest",
            100.0 * left,
            100.0 * budget
        )
    })
}

/// What everything is measured on.
struct Work<'a> {
    arguments: &'a Allocate,
    network: &'a Network,
    sets: &'a Sets,
    scorer: OnDevice<Cpu>,
    control: &'a Control,
}

/// The best network of a budget so far.
#[derive(Default)]
struct Best {
    loss: f64,
    found: Option<Planned>,
    n: usize,
}

impl Best {
    /// The only candidate.
    fn only(&mut self, planned: Planned) {
        *self = Self { loss: 0.0, found: Some(planned), n: 1 };
    }
}

impl Work<'_> {
    /// Rows that every level is tried on.
    fn for_rises(&self) -> &[secateur_neural::Batch] {
        &self.sets.calibration[..self.sets.n_for_rises]
    }

    /// The inputs of these maps.
    fn inputs(&self, maps: &[String]) -> Result<BTreeMap<String, Inputs>, Failure> {
        let params = self.network.params::<Cpu>(&Default::default());
        let wanted = |map: &str| maps.iter().any(|own| own == map);
        calibrate(self.network, &params, &self.sets.calibration, wanted, &self.scorer, self.control).map_err(failure)
    }

    /// Keeps what does best as a whole network.
    fn offer(&self, best: &mut Best, planned: Planned) -> Outcome {
        let params = planned.network.params::<Cpu>(&Default::default());
        let loss = evaluate(&planned.network, &params, &self.sets.valid, self.control).map_err(failure)?.loss;
        best.n += 1;
        if best.found.is_none() || loss < best.loss {
            best.loss = loss;
            best.found = Some(planned);
        }
        Ok(())
    }
}
