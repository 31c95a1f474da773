//! Trees that stand once per class, as `TreeEnsemble` needs them, made one tree again.

use super::ensemble::{Aggregate, Ensemble, EnsembleKind, Tree};
use super::scoring::{Form, Scoring};

/// The ensemble with every run of `n_targets` trees that are one tree with a leaf value per target made that tree, if
/// all its trees are of that kind and their sums are probabilities. Others are returned as they are.
///
/// A leaf of `TreeEnsemble` has a weight for one target only. Scores that add up may stay apart; probabilities of a
/// tree may not.
pub(super) fn targets(ensemble: Ensemble, scoring: &Scoring) -> Ensemble {
    let n_targets = ensemble.n_targets;
    let sums = ensemble.aggregate == Aggregate::Sum && scoring.form == Form::Probabilities;
    let apart = ensemble.kind == EnsembleKind::TreeEnsemble && sums && n_targets > 1;
    let whole = ensemble.trees.len().is_multiple_of(n_targets);
    if !apart || !whole || !ensemble.trees.chunks_exact(n_targets).all(|run| are_one(run, n_targets)) {
        return ensemble;
    }
    let mut trees = ensemble.trees.into_iter();
    let mut merged = Vec::new();
    while let Some(mut first) = trees.next() {
        for other in trees.by_ref().take(n_targets - 1) {
            first.weights.iter_mut().zip(other.weights).for_each(|(weight, other)| *weight += other);
            first.listed.iter_mut().zip(other.listed).for_each(|(listed, other)| *listed |= other);
        }
        merged.push(first);
    }
    Ensemble { trees: merged, ..ensemble }
}

/// Whether trees have the same splits, and the leaves of the k-th a weight for target k.
fn are_one(run: &[Tree], n_targets: usize) -> bool {
    let first = &run[0];
    let alike = |tree: &Tree| tree.raw == first.raw && tree.modes == first.modes && tree.hitrates == first.hitrates;
    let only = |(target, tree): (usize, &Tree)| {
        let rows = tree.listed.chunks_exact(n_targets);
        rows.into_iter().all(|row| row.iter().enumerate().all(|(index, listed)| !listed || index == target))
    };
    run.iter().all(alike) && run.iter().enumerate().all(only)
}
