//! What is kept of every pruned network.

use std::collections::BTreeMap;

use secateur::neural::Quality;
use serde::{Deserialize, Serialize};

/// A network pruned to a budget, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the task.
    pub task: String,
    /// Seed of the network.
    pub seed: u64,
    /// What is pruned: `weights`, `searched`, `heads`, `units`, `masks`.
    pub family: String,
    /// Name of the method.
    pub method: String,
    /// Share of the cost of what can be pruned that may stay; 1 for the network as it was.
    pub budget: f64,
    /// Share that stays, counted on the pruned network.
    pub left: f64,
    /// Numbers in the weights that are not zero.
    pub parameters: usize,
    /// Seconds of a forward pass as a share of those of the whole network, measured in turn with it; where shapes stay: none.
    pub seconds_left: Option<f64>,
    /// What the allocation promised to lose, in its own unit.
    pub promised: Option<f64>,
    /// What each measured table says that the allocation loses, between its levels linearly.
    #[serde(default)]
    pub on_tables: BTreeMap<String, f64>,
    /// On what choices between candidates are made by, where it was one.
    pub valid: Option<Evaluation>,
    /// On test data.
    pub test: Evaluation,
    /// Seconds that allocating and pruning took.
    pub seconds: f64,
}

/// Loss and accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
}

impl From<Quality> for Evaluation {
    fn from(quality: Quality) -> Self {
        Self { loss: quality.loss, accuracy: quality.accuracy }
    }
}
