//! Metrics of predictions. Scores that tie are ranked in all orders alike, so that no metric depends on the order of rows.

use ndarray::Array2;
use secateur_datasets::{Table, Target};
use serde::{Deserialize, Serialize};

use super::problem::Judged;

/// Probabilities below this count as this in the log-loss, as in `secateur::forest::Curve`.
const LEAST_PROBABILITY: f64 = 1e-15;

/// How good predictions are; what does not apply is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Share of wrong classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Mean of `-ln p_y`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_loss: Option<f64>,
    /// Two classes: the chance that an example of the second class has the higher probability than one of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// Mean squared error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub squared_error: Option<f64>,
    /// 1 - squared error / variance of the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
    /// Mean over queries of NDCG@10 with gains 2^relevance - 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ndcg: Option<f64>,
    /// Mean over queries of the share of relevant documents among the first 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
}

impl Metrics {
    /// What is minimised when choosing; NaN if it was not measured.
    pub fn loss(&self, judged: Judged) -> f64 {
        match judged {
            Judged::Error => self.error,
            Judged::SquaredError => self.squared_error,
            Judged::Ranking => self.ndcg.map(|ndcg| 1.0 - ndcg),
        }
        .unwrap_or(f64::NAN)
    }
}

/// Metrics of outputs `(n_examples, n_classes)` or `(n_examples, 1)` on a table.
pub fn metrics(outputs: &Array2<f64>, table: &Table, judged: Judged) -> Metrics {
    match &table.target {
        Target::Classes { labels, names } => classes(outputs, labels, names.len()),
        Target::Values(answers) => {
            let scores = outputs.column(0).to_vec();
            match (judged, &table.groups) {
                (Judged::Ranking, Some(groups)) => ranking(&scores, answers, groups),
                _ => values(&scores, answers),
            }
        }
        Target::None => Metrics::default(),
    }
}

fn classes(outputs: &Array2<f64>, labels: &[u32], n_classes: usize) -> Metrics {
    let rows = labels.len() as f64;
    let predicted = secateur::forest::CompiledForest::classes(outputs);
    let wrong = predicted.iter().zip(labels).filter(|(class, label)| class != label).count();
    let loss = |(row, &label): (usize, &u32)| -outputs[(row, label as usize)].max(LEAST_PROBABILITY).ln();
    let log_loss = labels.iter().enumerate().map(loss).sum::<f64>() / rows;
    let auc = (n_classes == 2).then(|| auc(&outputs.column(1).to_vec(), labels)).flatten();
    Metrics { error: Some(wrong as f64 / rows), log_loss: Some(log_loss), auc, ..Metrics::default() }
}

/// Area under the ROC curve by rank sums, ties counted half (Mann and Whitney 1947). `None` if a class is absent. O(n log n).
pub fn auc(scores: &[f64], labels: &[u32]) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut sum, mut positives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let positive = tied.iter().filter(|&&row| labels[row] == 1).count() as f64;
        let negative = tied.len() as f64 - positive;
        sum += positive * (below + 0.5 * negative);
        below += negative;
        positives += positive;
    }
    let pairs = positives * below;
    (pairs > 0.0).then(|| sum / pairs)
}

fn values(scores: &[f64], answers: &[f64]) -> Metrics {
    let rows = answers.len() as f64;
    let squared = scores.iter().zip(answers).map(|(score, answer)| (score - answer).powi(2)).sum::<f64>() / rows;
    let mean = answers.iter().sum::<f64>() / rows;
    let variance = answers.iter().map(|answer| (answer - mean).powi(2)).sum::<f64>() / rows;
    let r2 = (variance > 0.0).then(|| 1.0 - squared / variance);
    Metrics { squared_error: Some(squared), r2, ..Metrics::default() }
}

/// Ranking metrics; queries without a relevant document are left out.
fn ranking(scores: &[f64], relevance: &[f64], groups: &[u64]) -> Metrics {
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
    let mean = |sum: f64| (queries > 0.0).then(|| sum / queries);
    let squared = values(scores, relevance);
    Metrics { ndcg: mean(ndcg), precision: mean(precision), ..squared }
}

/// Discounted cumulative gain of the first `most` (Jarvelin and Kekalainen 2002, with the logarithmic discount of LETOR).
fn dcg(gains: &[f64], most: usize) -> f64 {
    gains.iter().take(most).enumerate().map(|(rank, gain)| gain / (rank as f64 + 2.0).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn areas_by_hand() {
        assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1]), Some(0.75));
        assert_eq!(auc(&[0.5; 4], &[0, 1, 1, 0]), Some(0.5));
        assert_eq!(auc(&[0.5, 0.2], &[1, 1]), None);
    }

    #[test]
    fn classes_by_hand() {
        let outputs = array![[0.75, 0.25], [0.5, 0.5], [0.0, 1.0]];
        let found = classes(&outputs, &[0, 1, 0], 2);
        assert_eq!(found.error, Some(2.0 / 3.0));
        let expected = -(0.75f64.ln() + 0.5f64.ln() + 1e-15f64.ln()) / 3.0;
        assert!((found.log_loss.unwrap() - expected).abs() < 1e-12);
        assert_eq!(found.auc, Some(0.5));
    }

    #[test]
    fn values_by_hand() {
        let found = values(&[1.0, 2.0, 5.0], &[1.0, 3.0, 5.0]);
        assert!((found.squared_error.unwrap() - 1.0 / 3.0).abs() < 1e-15);
        assert!((found.r2.unwrap() - (1.0 - 1.0 / 8.0)).abs() < 1e-15);
    }

    #[test]
    fn rankings_by_hand() {
        // Query 1 in order 0, 2, 1; query 2 has nothing relevant; query 3 is one tie of relevance 1 and 0.
        let groups = [1, 1, 1, 2, 3, 3];
        let relevance = [2.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let scores = [0.1, 0.9, 0.5, 0.3, 0.7, 0.7];
        let found = ranking(&scores, &relevance, &groups);
        let (second, third) = (1.0 / 3f64.log2(), 0.5);
        let first_query = (second + 3.0 * third) / (3.0 + second);
        let third_query = 0.5 + 0.5 * second;
        assert!((found.ndcg.unwrap() - 0.5 * (first_query + third_query)).abs() < 1e-12);
        assert!((found.precision.unwrap() - 0.5 * (0.4 + 0.2)).abs() < 1e-12);
    }
}
