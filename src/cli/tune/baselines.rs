//! What the tuned models are compared with: simpler methods, chosen for each budget by the same rule.
//!
//! All of them were tried on the way, so they cost nothing more. Only validation figures are known of them.

use secateur::forest::tune::{Measured, Tried, Tuned};
use secateur::report::{Series, SeriesPoint};

/// As in tuning: errors that differ by less than this many standard errors count as equal.
const EQUAL: f64 = 0.5;

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
        let points = tuned.chosen.iter().filter_map(|chosen| {
            let best = best(&candidates, chosen.budget, valid_rows as f64)?;
            Some(point(Some(chosen.budget), best))
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

/// The best candidate within a budget, by the rule that models are tuned by.
fn best<'a>(candidates: &[&'a Tried], budget: f64, rows: f64) -> Option<&'a Tried> {
    let error = |measured: &Measured| measured.metrics.error.unwrap_or(0.0);
    let loss =
        |measured: &Measured| measured.metrics.log_loss.or(measured.metrics.squared_error).unwrap_or(f64::INFINITY);
    let within = || candidates.iter().filter(|tried| tried.valid.cost <= budget * (1.0 + 1e-12));
    let least = within().map(|tried| error(&tried.valid)).fold(f64::INFINITY, f64::min);
    let room = EQUAL * (least * (1.0 - least) / rows).max(0.0).sqrt();
    let close = within().filter(|tried| error(&tried.valid) <= least + room);
    let order = |a: &&&Tried, b: &&&Tried| {
        loss(&a.valid).total_cmp(&loss(&b.valid)).then(a.valid.cost.total_cmp(&b.valid.cost))
    };
    close.min_by(order).copied()
}

#[cfg(test)]
mod tests {
    use secateur::forest::Metrics;

    use super::*;

    fn tried(origin: &str, cost: f64, error: f64, log_loss: f64) -> Tried {
        let metrics = Metrics { error: Some(error), log_loss: Some(log_loss), ..Metrics::default() };
        Tried { origin: origin.into(), valid: Measured { cost, metrics } }
    }

    #[test]
    fn the_least_log_loss_of_the_nearly_best_within_the_budget_is_taken() {
        let all = [
            tried("a", 1.0, 0.20, 0.30),
            tried("b", 2.0, 0.10, 0.50),
            tried("c", 2.0, 0.11, 0.40), // within half a standard error, 0.015 at 100 rows
            tried("d", 2.0, 0.12, 0.20), // not
            tried("e", 3.0, 0.00, 0.00),
        ];
        let all: Vec<&Tried> = all.iter().collect();
        let taken = [0.5, 1.0, 2.0, 3.0].map(|budget| best(&all, budget, 100.0).map(|tried| tried.origin.as_str()));
        assert_eq!(taken, [None, Some("a"), Some("c"), Some("e")]);
    }

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
