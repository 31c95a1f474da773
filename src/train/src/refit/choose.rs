//! The l2 regularisation, chosen by validation.

use secateur_program::{Control, Status};

use super::{Prior, RefitError, RefitOptions, Refitted, Refitter, check_l2};
use secateur_forest::{DatasetView, Forest};

/// Values of l2 to choose from, unless the caller knows better. The best one grows with the noise and falls with the
/// number of rows: measured, 1e-2 to 3e-2 at 2,000 rows of a noisy set, 1e-4 at 36,000 rows of a clean one.
pub const L2_GRID: [f64; 9] = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5];

/// Values in a row that may be no better than the best before the smaller ones are left untried.
const PATIENCE: usize = 2;

/// An l2 that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// The l2; infinite for the prior itself.
    pub l2: f64,
    /// Mean log-loss, or mean squared error, on the validation examples.
    pub loss: f64,
}

/// The refit of least validation loss.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BestRefit {
    /// The refit. Its status is that of the last trial if that one was stopped.
    pub refitted: Refitted,
    /// Its l2.
    pub l2: f64,
    /// What was tried, from the strongest on.
    pub trials: Vec<Trial>,
}

/// Refits at several values of l2, from the strongest on and each from where the last one ended, and returns the one of
/// least log-loss or squared error on `valid` (ties: the strongest). With [`Prior::Current`] the prior is among the
/// trials, as an infinite l2: a forest that adds scores is then left as it is unless refitting helps.
///
/// Smaller values cost more products than all others together, so the search ends once two l2s in a row were no
/// better than the best.
///
/// Once `control` stops it, the best so far is returned with that status.
///
/// # Errors
/// [`RefitError`]; a stop is an error while examples are routed.
///
/// # Complexity
/// That of [`refit`](super::refit()) for each l2, less what the warm starts save.
pub fn refit_best(
    forest: &Forest,
    train: DatasetView<'_>,
    valid: DatasetView<'_>,
    l2s: &[f64],
    options: &RefitOptions,
    control: &Control,
) -> Result<BestRefit, RefitError> {
    let mut l2s = l2s.to_vec();
    l2s.iter().try_for_each(|&l2| check_l2(l2))?;
    if options.prior == Prior::Current {
        l2s.push(f64::INFINITY);
    }
    l2s.sort_by(|a, b| b.total_cmp(a));
    l2s.dedup();
    let refitter = Refitter::new(forest, train, options, control)?;
    let evaluate = refitter.evaluate(valid, control)?;
    let mut best: Option<(Refitted, Trial)> = None;
    let mut trials = Vec::with_capacity(l2s.len());
    let mut warm: Option<Vec<f64>> = None;
    let mut in_vain = 0;
    for l2 in l2s {
        let refitted = refitter.solve(l2, warm.as_deref(), control)?;
        let trial = Trial { l2, loss: evaluate.loss(&refitted.forest) };
        trials.push(trial);
        let stopped = matches!(refitted.status, Status::TimeLimit | Status::Cancelled).then_some(refitted.status);
        let nodes = 0..refitted.forest.n_nodes();
        warm = Some(nodes.flat_map(|node| refitted.forest.value(node)).copied().collect());
        if best.as_ref().is_none_or(|(_, best)| trial.loss < best.loss) {
            best = Some((refitted, trial));
            in_vain = 0;
        } else {
            in_vain += 1;
        }
        if let (Some(status), Some((refitted, _))) = (stopped, &mut best) {
            refitted.status = status;
            break;
        }
        if in_vain == PATIENCE {
            break;
        }
    }
    let (refitted, trial) = best.ok_or(RefitError::NoL2)?;
    Ok(BestRefit { refitted, l2: trial.l2, trials })
}
