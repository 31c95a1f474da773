//! Peers that train in Python: their models are candidates as everybody's.

use secateur_cli::peers::{Peer, PeerData, PeerError, train};
use secateur_program::Control;

use super::choose::Candidate;
use super::methods::Trial;
use crate::workloads::Failure;

/// All models of a peer's grid, boosted ones cut off after several numbers of iterations.
///
/// # Errors
/// When the Python or its modules are missing, or the peer fails.
pub(super) fn candidates(trial: &Trial<'_>, peer: Peer) -> Result<Vec<Candidate>, Failure> {
    let (problem, python) = (trial.problem, &trial.setting.python);
    let target = problem.train.target_view().ok_or("a training part without answers")?;
    let data = PeerData { x: problem.train.features.view(), target, prices: &problem.prices, seed: problem.seed };
    let mut candidates = Vec::new();
    let trained = train(peer, python, &data, &Control::new(), |model| {
        println!("  {}: {}: {} iterations, {:.1} s", peer.name(), model.label, model.iterations, model.seconds);
        for (label, forest) in model.cuts() {
            candidates.push(trial.whole(label, forest)?);
        }
        Ok::<(), Failure>(())
    });
    trained.map_err(|failure| match failure.downcast_ref::<PeerError>() {
        Some(PeerError::Python { .. } | PeerError::NotInstalled { .. }) => {
            format!("{failure}: run `bash benches/decisions/setup.sh`").into()
        }
        _ => failure,
    })?;
    Ok(candidates)
}
