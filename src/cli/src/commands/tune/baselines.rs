//! What the tuned models are compared with: simpler methods, chosen for each budget by the same rule.
//!
//! All of them were tried on the way, so they cost nothing more. Only held-out figures are known of them.

use crate::report::{Series, SeriesPoint};
use secateur::forest::tune::{Family, Measured, Trial, Tuned, best_within};

/// Simpler methods among the candidates. Methods of other programs can be added to what this returns: the report takes
/// any list of named series.
///
/// `rows`: number of held-out examples.
pub(super) fn of_tried(tried: &[Trial], tuned: &Tuned, rows: usize) -> Vec<Series> {
    let of_family = |wanted: Family| tried.iter().filter(move |tried| tried.family == wanted && !tried.with_predictor);
    let chosen = |wanted: Family| {
        let candidates: Vec<&Trial> = of_family(wanted).collect();
        let measured: Vec<Measured> = candidates.iter().map(|tried| tried.valid).collect();
        let points = tuned.chosen.iter().filter_map(|chosen| {
            let best = best_within(&measured, chosen.budget, rows as f64)?;
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
            "our boosted trees that pay for what they ask, at any lambda and cut short after any number of trees",
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

fn point(budget: Option<f64>, tried: &Trial) -> SeriesPoint {
    SeriesPoint { budget, origin: tried.origin.clone(), valid: tried.valid, test: None }
}
