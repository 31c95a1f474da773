//! How networks do before and after.

use secateur_neural::units::CostModel;
use secateur_neural::{Network, Quality, cpu};
use secateur_program::Control;

use super::Sets;
use crate::MethodError;

/// Forward passes that a latency is the median of.
const REPETITIONS: usize = 9;

/// A network and how it does.
#[derive(Debug, Clone)]
pub struct State {
    /// The network.
    pub network: Network,
    /// Loss and accuracy on the data that candidates are compared on.
    pub quality: Quality,
    /// Operations per token, which looks at half a row in the mean.
    pub flops: f64,
    /// Seconds of a forward pass, measured.
    pub seconds: f64,
}

/// Evaluates networks, and times them in turn.
///
/// # Errors
/// [`MethodError`]: data that do not fit, a limit.
pub fn states(networks: &[&Network], sets: &Sets, control: &Control) -> Result<Vec<State>, MethodError> {
    let seconds = cpu::latencies(networks, &sets.valid[0].inputs, REPETITIONS, control)?;
    let state = |(network, seconds): (&&Network, f64)| {
        let quality = cpu::evaluate(network, &sets.valid, control)?;
        let flops = CostModel::Flops { context: sets.length / 2 }.total(network);
        Ok(State { network: Network::clone(network), quality, flops, seconds })
    };
    networks.iter().zip(seconds).map(state).collect()
}
