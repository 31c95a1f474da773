//! From a network and text to smaller networks: what parts are worth is measured, choices are made exactly or by a
//! published rule, the best few are compared as whole networks, and what goes is taken out. On the processor, and
//! compiled once, here: whoever prunes a network from end to end calls [`prune`].
//!
//! | step | where |
//! |---|---|
//! | heads and inner channels | `units.rs` |
//! | single weights | `weights.rs` |
//! | the networks before and after, measured | [`states`] |

mod state;
mod units;
mod weights;

use std::collections::BTreeMap;

use secateur_neural::cpu::{self, Cpu};
use secateur_neural::score::{Calibration, Inputs, OnDevice};
use secateur_neural::{Batch, Network};
use secateur_program::{Control, Stop};

use crate::MethodError;
use crate::error::check_fraction;
use crate::weights::Rule;

pub use state::{State, states};

/// What may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Heads and inner channels.
    Units,
    /// Heads alone.
    Heads,
    /// Single weights.
    Weights,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Parameters.
    Parameters,
    /// Operations per token, which looks at half a row in the mean.
    Flops,
    /// Seconds measured on this machine.
    Seconds,
}

/// Who decides how much of every layer stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The least loss of a measured table.
    Exact,
    /// The same fraction of every layer.
    Uniform,
    /// SlimGPT's schedule, for heads and channels.
    Logarithmic,
    /// Sensitivity of the loss (Michel et al. 2019), chosen exactly, for heads and channels.
    Importance,
    /// Outliers among Wanda's scores (Yin et al. 2024), for weights.
    Owl,
    /// Spread of Wanda's scores (DSA), for weights.
    Dsa,
    /// Redundancy of inputs (ALS), for weights.
    Als,
    /// One threshold on all scores, for weights.
    Global,
}

/// What to prune, to which budgets, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What may go.
    pub what: What,
    /// What is counted; for weights the number of those that are not zero, whatever this says.
    pub cost: Cost,
    /// Who decides; one that does not go with `what` counts as [`Method::Uniform`].
    pub method: Method,
    /// How single weights are scored.
    pub rule: Rule,
    /// Fractions of the cost of what may go that stay at most, 0 to 1: a network each.
    pub budgets: Vec<f64>,
    /// For [`Method::Exact`]: so many best choices of each table are compared as whole networks.
    pub candidates: usize,
}

/// What is measured on.
#[derive(Debug, Clone, PartialEq)]
pub struct Sets {
    /// What parts are measured on.
    pub calibration: Vec<Batch>,
    /// Of these batches the first ones that rises of the loss are measured on. A batch of text predicts thousands of
    /// tokens; a sentence is a single prediction, and on a batch of them rises are noise.
    pub n_for_rises: usize,
    /// What candidates are compared on: at least one batch.
    pub valid: Vec<Batch>,
    /// Most tokens of a row.
    pub length: usize,
}

/// The pruned network of a budget.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The budget.
    pub budget: f64,
    /// The network.
    pub network: Network,
    /// Fraction of the cost of what could go that stays.
    pub left: f64,
    /// What the exact choice promised to lose.
    pub promised: Option<f64>,
    /// What stays of every layer.
    pub layers: Vec<Layer>,
    /// Networks that were compared.
    pub candidates: usize,
    /// A limit ended the search.
    pub stopped: bool,
    /// What the user should know.
    pub warning: Option<String>,
}

/// What stays of a group of units, or of a linear layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// Units or weights that stay.
    pub left: usize,
    /// How many there were.
    pub of: usize,
    /// Which heads or channels, from 0.
    pub kept: Option<Vec<usize>>,
}

/// A network per budget, in their order; at a time limit those that were ready.
///
/// # Errors
/// [`MethodError`]: data that do not fit, a budget that nothing keeps, a limit before any network was ready.
pub fn prune(network: &Network, plan: &Plan, sets: &Sets, control: &Control) -> Result<Vec<Planned>, MethodError> {
    check(plan, sets)?;
    let work = Work { plan, network, sets, scorer: OnDevice::new(Default::default()), control };
    let mut best: Vec<Best> = plan.budgets.iter().map(|_| Best::default()).collect();
    let done = match plan.what {
        What::Weights => work.weights(&mut best),
        What::Units | What::Heads => work.units(&mut best),
    };
    let stopped = match done {
        Ok(()) => false,
        Err(error) if error.stop() == Some(Stop::TimeLimit) && best.iter().any(|best| best.found.is_some()) => true,
        Err(error) => return Err(error),
    };
    let shown = |best: Best| {
        let planned = best.found?;
        let warning = planned.warning.clone().or_else(|| far(&planned));
        Some(Planned { candidates: best.n, stopped, warning, ..planned })
    };
    Ok(best.into_iter().filter_map(shown).collect())
}

/// Refuses budgets that are no fractions, and data that are none.
fn check(plan: &Plan, sets: &Sets) -> Result<(), MethodError> {
    plan.budgets.iter().try_for_each(|budget| check_fraction(|| "budget".into(), *budget))?;
    for (what, batches) in [("calibration", &sets.calibration), ("validation", &sets.valid)] {
        if batches.is_empty() {
            let (what, expected) = (format!("number of batches for {what}"), "at least 1".into());
            return Err(MethodError::Number { what, value: 0.0, expected });
        }
    }
    Ok(())
}

/// Budgets of which less than this fraction is used are missed.
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
    plan: &'a Plan,
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
    /// All calibration data.
    fn calibration(&self) -> Calibration<'_, Cpu> {
        Calibration::new(self.network, &self.sets.calibration, self.control)
    }

    /// The data that every level is tried on.
    fn for_rises(&self) -> Calibration<'_, Cpu> {
        let batches = &self.sets.calibration;
        Calibration::new(self.network, &batches[..self.sets.n_for_rises.min(batches.len())], self.control)
    }

    /// The inputs of these linear layers.
    fn inputs(&self, layers: &[String]) -> Result<BTreeMap<String, Inputs>, MethodError> {
        Ok(self.calibration().inputs(|name| layers.iter().any(|own| own == name), &self.scorer)?)
    }

    /// Keeps what does best as a whole network.
    fn offer(&self, best: &mut Best, planned: Planned) -> Result<(), MethodError> {
        let loss = cpu::evaluate(&planned.network, &self.sets.valid, self.control)?.loss;
        best.n += 1;
        if best.found.is_none() || loss < best.loss {
            best.loss = loss;
            best.found = Some(planned);
        }
        Ok(())
    }
}
