//! Our own methods.

use secateur::forest::grow::{GrowParams, Grown, grow};
use secateur::forest::{Examples, Loss, LossOn, Target, prune};
use secateur_program::Control;

use super::choose::Candidate;
use super::methods::Trial;
use crate::workloads::Failure;

/// Trees of a bagged forest, as many as the peers' forests have.
const TREES: usize = 100;

/// Bagged trees (all features at every split), pruned exactly on the Brier score or squared error counted in and out of bag; what
/// acquisition costs is counted on the training rows. Every point of the path is a candidate.
pub(super) fn exact_gini(trial: &Trial<'_>) -> Result<Vec<Candidate>, Failure> {
    let problem = trial.problem;
    let (train, control) = (&problem.train, Control::new());
    let params = GrowParams { n_trees: TREES, seed: problem.seed, ..GrowParams::default() };
    let target = Target::of_table(train).ok_or("a training part without answers")?;
    let Grown { forest, in_bag } = grow(train.features.view(), target, train.class_names(), None, &params, &control)?;
    let examples = Examples::of_table(train)?;
    let loss = Loss::default_for(forest.task());
    let counted = LossOn::InAndOutOfBag(examples, &in_bag);
    let pruned = prune(forest, loss, counted, examples, &problem.prices, &control)?;
    trial.curve("exact", pruned.budgeted)
}
