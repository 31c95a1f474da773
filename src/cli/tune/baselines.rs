//! What the tuned models are compared with: simpler methods, chosen for each budget by the same rule.
//!
//! All of them were tried on the way, so they cost nothing more. Only validation figures are known of them.

use secateur::forest::tune::{Measured, Tried, Tuned, best_within};
use secateur::report::{Series, SeriesPoint};

/// Kinds of candidates that are methods of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Boosted trees that pay for what they ask, cut short.
    Boosted,
    /// The same, pruned exactly.
    PrunedBoosted,
    /// Bagged trees, pruned exactly.
    PrunedBagged,
    /// A policy with an answer of its own or of another forest.
    Staged,
}

/// The family that an origin in words belongs to.
pub(super) fn family(origin: &str) -> Option<Family> {
    let pruned = origin.contains(", pruned to point ");
    match origin {
        _ if origin.contains("; ") => Some(Family::Staged),
        _ if origin.starts_with("boosted at ") && pruned => Some(Family::PrunedBoosted),
        _ if origin.starts_with("boosted at ") => Some(Family::Boosted),
        _ if origin.contains("bagged trees") && pruned => Some(Family::PrunedBagged),
        _ => None,
    }
}

/// Simpler methods among the candidates. Methods of other programs can be added to what this returns: the report takes
/// any list of named series.
pub(super) fn of_tried(tried: &[Tried], tuned: &Tuned, valid_rows: usize) -> Vec<Series> {
    let of_family = |wanted: Family| tried.iter().filter(move |tried| family(&tried.origin) == Some(wanted));
    let chosen = |wanted: Family| {
        let candidates: Vec<&Tried> = of_family(wanted).collect();
        let measured: Vec<Measured> = candidates.iter().map(|tried| tried.valid).collect();
        let points = tuned.chosen.iter().filter_map(|chosen| {
            let best = best_within(&measured, chosen.budget, valid_rows as f64)?;
            Some(point(Some(chosen.budget), candidates[best]))
        });
        points.collect::<Vec<_>>()
    };
    let unpruned = of_family(Family::PrunedBagged).max_by(|a, b| a.valid.cost.total_cmp(&b.valid.cost));
    let series = |name: &str, description: &str, points: Vec<SeriesPoint>| Series {
        name: name.into(),
        description: description.into(),
        points,
    };
    let all = [
        series(
            "boosting alone",
            "our boosted trees that pay for what they ask, at any price level and cut short after any number of trees",
            chosen(Family::Boosted),
        ),
        series("pruning alone", "bagged trees pruned exactly, at any operating point", chosen(Family::PrunedBagged)),
        series(
            "unpruned forest",
            "the same bagged trees, everything kept",
            unpruned.map(|tried| point(None, tried)).into_iter().collect(),
        ),
    ];
    all.into_iter().filter(|series| !series.points.is_empty()).collect()
}

fn point(budget: Option<f64>, tried: &Tried) -> SeriesPoint {
    SeriesPoint { budget, origin: tried.origin.clone(), valid: tried.valid, test: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_tell_families_apart() {
        let origins = [
            "boosted at price level 1.0e-2, first 3 trees",
            "boosted at price level 1.0e-2, pruned to point 7",
            "100 bagged trees, pruned to point 7",
            "100 bagged trees, pruned to point 7; its own answer",
            "something else",
        ];
        let families = [Family::Boosted, Family::PrunedBoosted, Family::PrunedBagged, Family::Staged].map(Some);
        assert_eq!(origins.map(family)[..4], families);
        assert_eq!(family(origins[4]), None);
    }
}
