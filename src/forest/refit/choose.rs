//! The strength by validation.

use secateur_program::{Control, Status};

use super::{Prior, RefitError, RefitOptions, Refitted, Refitter, check_strength};
use crate::forest::examples::Examples;
use crate::forest::model::Forest;

/// Strengths to choose from, unless the caller knows better.
pub const STRENGTHS: [f64; 7] = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4];

/// A strength that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// The strength; infinite for the prior itself.
    pub strength: f64,
    /// Mean log-loss, or mean squared error, on the validation examples.
    pub loss: f64,
}

/// The refit of least validation loss.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BestRefit {
    /// The refit. Its status is that of the last trial if that one was stopped.
    pub refitted: Refitted,
    /// Its strength.
    pub strength: f64,
    /// All that was tried, from the strongest on.
    pub trials: Vec<Trial>,
}

/// Refits at several strengths, from the strongest on and each from where the last one ended, and returns the one of least log-loss or squared
/// error on `valid` (ties: the strongest). With [`Prior::Current`] the prior is among the trials, as an infinite strength: a forest that
/// adds scores is then left as it is unless refitting helps.
///
/// Once `control` stops it, the best so far is returned with that status.
///
/// # Errors
/// [`RefitError`]; a stop is an error while examples are routed.
///
/// # Complexity
/// That of [`refit`](super::refit()) for each strength, less what the warm starts save.
pub fn refit_best(
    forest: &Forest,
    train: Examples<'_>,
    valid: Examples<'_>,
    strengths: &[f64],
    options: &RefitOptions,
    control: &Control,
) -> Result<BestRefit, RefitError> {
    let mut strengths = strengths.to_vec();
    strengths.iter().try_for_each(|&strength| check_strength(strength))?;
    if options.prior == Prior::Current {
        strengths.push(f64::INFINITY);
    }
    strengths.sort_by(|a, b| b.total_cmp(a));
    strengths.dedup();
    let refitter = Refitter::new(forest, train, options, control)?;
    let judge = refitter.judge(valid, control)?;
    let mut best: Option<(Refitted, Trial)> = None;
    let mut trials = Vec::with_capacity(strengths.len());
    let mut warm: Option<Vec<f64>> = None;
    for strength in strengths {
        let refitted = refitter.solve(strength, warm.as_deref(), control)?;
        let trial = Trial { strength, loss: judge.loss(&refitted.forest) };
        trials.push(trial);
        let stopped = matches!(refitted.status, Status::TimeLimit | Status::Cancelled).then_some(refitted.status);
        let nodes = 0..refitted.forest.n_nodes();
        warm = Some(nodes.flat_map(|node| refitted.forest.value(node)).copied().collect());
        if best.as_ref().is_none_or(|(_, best)| trial.loss < best.loss) {
            best = Some((refitted, trial));
        }
        if let (Some(status), Some((refitted, _))) = (stopped, &mut best) {
            refitted.status = status;
            break;
        }
    }
    let (refitted, trial) = best.ok_or(RefitError::NoStrengths)?;
    Ok(BestRefit { refitted, strength: trial.strength, trials })
}
