//! Metrics of predictions: the library's, and for rankings their expected values where scores tie, so that no metric depends
//! on the order of rows. (A cheap model gives few different scores; the constant gives one.)

use ndarray::Array2;
use secateur::forest::metrics::Metrics;
use secateur::forest::{MetricError, TargetView};
use secateur_datasets::Dataset;

use super::problem::Metric;

/// What is minimised when choosing; NaN if it was not measured.
pub fn loss(metrics: &Metrics, judged: Metric) -> f64 {
    match judged {
        Metric::Error => metrics.error,
        Metric::SquaredError => metrics.squared_error,
        Metric::Ranking => metrics.ndcg.map(|ndcg| 1.0 - ndcg),
    }
    .unwrap_or(f64::NAN)
}

/// Metrics of outputs `(n_examples, n_outputs)` on a table with answers.
///
/// # Errors
/// [`MetricError`] for outputs that do not fit the answers.
pub fn metrics(outputs: &Array2<f64>, table: &Dataset, judged: Metric) -> Result<Metrics, MetricError> {
    let Some(target) = table.target_view() else { return Ok(Metrics::default()) };
    let metrics = Metrics::of(outputs.view(), target, None)?;
    Ok(match (judged, target, &table.groups) {
        (Metric::Ranking, TargetView::Values(relevance), Some(groups)) => {
            let [ndcg, precision] = ranking(&outputs.column(0).to_vec(), relevance, groups);
            Metrics { ndcg, precision, ..metrics }
        }
        _ => metrics,
    })
}

/// Mean over queries of NDCG@10 with gains 2^relevance - 1, and of the share of relevant documents among the first 5. Queries
/// without a relevant document are left out; tied documents stand in every order alike (McSherry and Najork 2008).
fn ranking(scores: &[f64], relevance: &[f64], groups: &[u64]) -> [Option<f64>; 2] {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| groups[a].cmp(&groups[b]).then(scores[b].total_cmp(&scores[a])));
    let (mut ndcg, mut precision, mut queries) = (0.0, 0.0, 0.0);
    for query in order.chunk_by(|&a, &b| groups[a] == groups[b]) {
        let gain = |row: usize| relevance[row].exp2() - 1.0;
        let mut ideal: Vec<f64> = query.iter().map(|&row| gain(row)).collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        let best = dcg(&ideal, 10);
        if best <= 0.0 {
            continue;
        }
        let (mut gains, mut relevant) = (Vec::new(), Vec::new());
        for tied in query.chunk_by(|&a, &b| scores[a] == scores[b]) {
            let mean = |of: &dyn Fn(usize) -> f64| tied.iter().map(|&row| of(row)).sum::<f64>() / tied.len() as f64;
            gains.extend(std::iter::repeat_n(mean(&gain), tied.len()));
            let share = mean(&|row| f64::from(u8::from(relevance[row] > 0.0)));
            relevant.extend(std::iter::repeat_n(share, tied.len()));
        }
        ndcg += dcg(&gains, 10) / best;
        precision += relevant.iter().take(5).sum::<f64>() / 5.0;
        queries += 1.0;
    }
    [ndcg, precision].map(|sum| (queries > 0.0).then(|| sum / queries))
}

/// Discounted cumulative gain of the first `most`, discounted by the logarithm of the rank.
fn dcg(gains: &[f64], most: usize) -> f64 {
    gains.iter().take(most).enumerate().map(|(rank, gain)| gain / (rank as f64 + 2.0).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rankings_by_hand() {
        // Query 1 in order 1, 2, 0; query 2 has nothing relevant; query 3 is one tie of relevance 1 and 0.
        let groups = [1, 1, 1, 2, 3, 3];
        let relevance = [2.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let scores = [0.1, 0.9, 0.5, 0.3, 0.7, 0.7];
        let [ndcg, precision] = ranking(&scores, &relevance, &groups);
        let (second, third) = (1.0 / 3f64.log2(), 0.5);
        let first_query = (second + 3.0 * third) / (3.0 + second);
        let third_query = 0.5 + 0.5 * second;
        assert!((ndcg.unwrap() - 0.5 * (first_query + third_query)).abs() < 1e-12);
        assert!((precision.unwrap() - 0.5 * (0.4 + 0.2)).abs() < 1e-12);
        assert_eq!(ranking(&[1.0], &[0.0], &[1]), [None, None]);
    }

    #[test]
    fn ranks_beyond_the_last_counted_do_not_count() {
        // One relevant document at rank `at` of twelve.
        let found = |at: usize| {
            let relevance: Vec<f64> = (1..=12).map(|rank| f64::from(u8::from(rank == at))).collect();
            let scores: Vec<f64> = (1..=12).map(|rank| -f64::from(rank)).collect();
            ranking(&scores, &relevance, &[7; 12]).map(Option::unwrap)
        };
        assert_eq!([5, 6].map(|at| found(at)[1]), [0.2, 0.0]);
        assert_eq!([10, 11].map(|at| found(at)[0]), [1.0 / 11f64.log2(), 0.0]);
    }
}
