//! Metrics against their definitions, pair by pair and rank by rank.

use ndarray::{Array2, array};
use proptest::prelude::*;

use super::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * (1.0 + a.abs().max(b.abs()))
}

/// A score on a coarse grid, so that ties occur, with a label or relevance and a weight.
fn rows() -> impl Strategy<Value = Vec<(i8, u32, u8)>> {
    prop::collection::vec((-4i8..5, 0u32..3, 0u8..4), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_area_is_the_share_of_ordered_pairs(rows in rows(), weighted in any::<bool>()) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 3.0).collect();
        let labels: Vec<u32> = rows.iter().map(|row| row.1 % 2).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        prop_assume!(weights.iter().sum::<f64>() > 0.0);
        let weights = weighted.then_some(weights.as_slice());
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let (mut ordered, mut pairs) = (0.0, 0.0);
        for a in (0..rows.len()).filter(|&a| labels[a] == 1) {
            for b in (0..rows.len()).filter(|&b| labels[b] == 0) {
                let pair = weight(a) * weight(b);
                pairs += pair;
                ordered += pair * if scores[a] > scores[b] { 1.0 } else if scores[a] == scores[b] { 0.5 } else { 0.0 };
            }
        }
        match area_under_curve(&scores, &labels, weights).unwrap() {
            Some(area) => prop_assert!(close(area, ordered / pairs), "{area} {}", ordered / pairs),
            None => prop_assert_eq!(pairs, 0.0),
        }
    }

    #[test]
    fn ranks_are_counted_document_by_document(
        rows in rows(), queries in 1u64..5, ndcg_at in 1usize..8, precision_at in 1usize..8, skip in any::<bool>(),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let relevance: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let groups: Vec<u64> = rows.iter().enumerate().map(|(row, values)| (row as u64 * 7 + u64::from(values.2)) % queries).collect();
        let empty = if skip { EmptyQueries::Skip } else { EmptyQueries::Zero };
        let found = query_scores(&scores, &relevance, &groups, &RankingOptions { ndcg_at, precision_at, empty }).unwrap();
        // The rank of a document is one more than the number of documents of its query that come before it.
        let rank = |by: &[f64], row: usize| 1 + (0..rows.len())
            .filter(|&other| groups[other] == groups[row])
            .filter(|&other| by[other] > by[row] || (by[other] == by[row] && other < row))
            .count();
        let gain = |by: &[f64], row: usize| {
            let rank = rank(by, row);
            if rank <= ndcg_at { (relevance[row].exp2() - 1.0) / (1.0 + rank as f64).log2() } else { 0.0 }
        };
        let mut seen = 0;
        for query in 0..queries {
            let members: Vec<usize> = (0..rows.len()).filter(|&row| groups[row] == query).collect();
            let at = found.queries.iter().position(|found| *found == query);
            let ideal: f64 = members.iter().map(|&row| gain(&relevance, row)).sum();
            if members.is_empty() || (skip && ideal == 0.0) {
                prop_assert_eq!(at, None);
                continue;
            }
            seen += 1;
            let at = at.unwrap();
            let reached: f64 = members.iter().map(|&row| gain(&scores, row)).sum();
            let ndcg = if ideal > 0.0 { reached / ideal } else { 0.0 };
            prop_assert!(close(found.ndcg[at], ndcg), "{} {ndcg}", found.ndcg[at]);
            let hits = members.iter().filter(|&&row| rank(&scores, row) <= precision_at && relevance[row] >= 1.0).count();
            prop_assert!(close(found.precision[at], hits as f64 / precision_at as f64));
        }
        prop_assert_eq!(found.queries.len(), seen);
        prop_assert_eq!(found.mean_ndcg().is_none(), seen == 0);
    }

    #[test]
    fn numbers_are_judged_by_the_definition(rows in rows()) {
        let outputs = Array2::from_shape_fn((rows.len(), 1), |(row, _)| f64::from(rows[row].0));
        let targets: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 3.0).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let total: f64 = weights.iter().sum();
        prop_assume!(total > 0.0);
        let mean = |value: &dyn Fn(usize) -> f64| (0..rows.len()).map(|row| weights[row] * value(row)).sum::<f64>() / total;
        let squared = mean(&|row| (outputs[[row, 0]] - targets[row]).powi(2));
        let average = mean(&|row| targets[row]);
        let variance = mean(&|row| (targets[row] - average).powi(2));
        let found = Metrics::of(outputs.view(), TargetView::Values(&targets), Some(&weights)).unwrap();
        prop_assert!(close(found.squared_error.unwrap(), squared));
        match found.r2 {
            Some(r2) => prop_assert!((r2 - (1.0 - squared / variance)).abs() < 1e-9 * (1.0 + r2.abs())),
            None => prop_assert!(variance < 1e-20),
        }
        prop_assert_eq!(found.error, None);
    }
}

#[test]
fn classes_by_hand() {
    let outputs = array![[0.5, 0.5], [0.0, 1.0], [0.9, 0.1]];
    let target = TargetView::Classes { labels: &[1, 0, 0], n_classes: 2 };
    let found = Metrics::of(outputs.view(), target, None).unwrap();
    // A tie goes to class 0, which is wrong; a probability of 0 counts as 1e-15.
    assert!(close(found.error.unwrap(), 2.0 / 3.0));
    assert!(close(found.log_loss.unwrap(), -(0.5f64.ln() + 1e-15f64.ln() + 0.9f64.ln()) / 3.0));
    assert!(close(found.brier.unwrap(), (0.5 + 2.0 + 0.02) / 3.0));
    assert!(close(found.auc.unwrap(), 0.5));
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Metrics>(&text).unwrap(), found);
}

#[test]
fn a_ranking_by_hand() {
    // Ranked: relevance 0, 2, 1 and, in the second query, nothing relevant.
    let (scores, relevance, groups) = ([3.0, 2.0, 2.0, 1.0], [0.0, 2.0, 1.0, 0.0], [8, 8, 8, 3]);
    let evaluate =
        |empty| query_scores(&scores, &relevance, &groups, &RankingOptions { empty, ..RankingOptions::default() });
    let found = evaluate(EmptyQueries::Zero).unwrap();
    let third = 3.0f64.log2();
    assert_eq!(found.queries, [8, 3]);
    assert!(close(found.ndcg[0], (3.0 / third + 0.5) / (3.0 + 1.0 / third)));
    assert_eq!((found.ndcg[1], &found.precision), (0.0, &vec![0.4, 0.0]));
    assert_eq!(evaluate(EmptyQueries::One).unwrap().ndcg[1], 1.0);
    let skipped = evaluate(EmptyQueries::Skip).unwrap();
    assert_eq!((skipped.queries, skipped.precision), (vec![8], vec![0.4]));
    let metrics = Metrics::default().with_queries(&found);
    assert!(close(metrics.ndcg.unwrap(), found.ndcg[0] / 2.0) && close(metrics.precision.unwrap(), 0.2));
}

#[test]
fn what_is_not_defined_is_none() {
    let one_class = TargetView::Classes { labels: &[1, 1], n_classes: 2 };
    assert_eq!(Metrics::of(array![[0.2, 0.8], [0.1, 0.9]].view(), one_class, None).unwrap().auc, None);
    let constant = TargetView::Values(&[0.1, 0.1, 0.1]);
    assert_eq!(Metrics::of(array![[0.1], [0.3], [0.2]].view(), constant, None).unwrap().r2, None);
    assert_eq!(QueryScores::default().mean_ndcg(), None);
}

#[test]
fn wrong_input_is_named() {
    let classes = |labels| TargetView::Classes { labels, n_classes: 2 };
    let two = array![[0.5, 0.5], [0.0, 1.0]];
    let of = |outputs: &Array2<f64>, target, weights| Metrics::of(outputs.view(), target, weights).unwrap_err();
    assert_eq!(of(&two, classes(&[0]), None), DataError::Length { what: "targets", found: 1, expected: 2 }.into());
    assert_eq!(of(&two, classes(&[0, 2]), None), DataError::Class { row: 1, class: 2, classes: 2 }.into());
    assert_eq!(of(&two, classes(&[0, 1]), Some(&[0.0, 0.0])), DataError::NoWeight.into());
    assert_eq!(of(&two, TargetView::Values(&[0.0, 1.0]), None), MetricError::Outputs { found: 2, expected: 1 });
    assert_eq!(of(&array![[0.0], [f64::NAN]], TargetView::Values(&[0.0, 1.0]), None), MetricError::Output { row: 1 });
    assert_eq!(of(&Array2::zeros((0, 2)), classes(&[]), None), DataError::Empty.into());
    let loss = Loss::SquaredError;
    assert_eq!(example_losses(two.view(), classes(&[0, 1]), loss), Err(MetricError::Loss { loss }));
    let options = RankingOptions::default();
    let none = RankingOptions { precision_at: 0, ..options };
    assert_eq!(query_scores(&[1.0], &[1.0], &[0], &none), Err(MetricError::Rank { what: "precision" }));
    let relevance = query_scores(&[1.0], &[-1.0], &[0], &options).unwrap_err();
    assert_eq!(relevance.to_string(), "row 0: relevance -1 is not between 0 and 100");
    let short = DataError::Length { what: "queries", found: 0, expected: 1 };
    assert_eq!(query_scores(&[1.0], &[1.0], &[], &options), Err(short.into()));
}
