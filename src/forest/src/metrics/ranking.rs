//! Rankings by query: NDCG and precision at a rank.
//!
//! The documents of a query are sorted by score, largest first, ties in the order of the rows. With relevances `r_i` in that
//! order, `DCG@k = sum_{i <= k} (2^{r_i} - 1) / log2(i + 1)` and NDCG is DCG over its largest value (Jarvelin and Kekalainen
//! 2002; this gain and discount: Burges et al. 2005, section 6). Precision at k is the fraction of the first k ranks with
//! relevance 1 or more; ranks beyond the last document count as irrelevant.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::MetricError;
use secateur_datasets::DataError;

/// Largest relevance: its gain is far from overflow.
const MOST_RELEVANT: f64 = 100.0;

/// What a query counts in whose documents none is relevant: its NDCG is 0 / 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyQueries {
    /// NDCG 0, as LETOR's evaluation counts it (Qin and Liu 2013). Lower than what any ranking could reach.
    #[default]
    Zero,
    /// NDCG 1: no ranking could be better. As LightGBM counts it.
    One,
    /// The query is left out, of the precision too.
    Skip,
}

/// How rankings are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingOptions {
    /// Ranks that count in the NDCG.
    pub ndcg_at: usize,
    /// Ranks that count in the precision.
    pub precision_at: usize,
    /// Queries without relevant documents.
    pub empty: EmptyQueries,
}

impl Default for RankingOptions {
    /// NDCG at 10, precision at 5, queries without relevant documents at 0.
    fn default() -> Self {
        Self { ndcg_at: 10, precision_at: 5, empty: EmptyQueries::default() }
    }
}

/// Metrics of every query, in the order in which queries first appear. Means over queries count each once; for their
/// uncertainty resample queries: [`super::super::intervals::interval`] of one of these vectors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryScores {
    /// Query identifiers, shape (n_queries,).
    pub queries: Vec<u64>,
    /// NDCG of each, in 0..=1.
    pub ndcg: Vec<f64>,
    /// Precision of each, in 0..=1.
    pub precision: Vec<f64>,
}

impl QueryScores {
    /// Mean NDCG; `None` without queries.
    pub fn mean_ndcg(&self) -> Option<f64> {
        mean(&self.ndcg)
    }

    /// Mean precision; `None` without queries.
    pub fn mean_precision(&self) -> Option<f64> {
        mean(&self.precision)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Evaluates a ranking query by query.
///
/// `scores`, `relevance` (0 to 100, as a rule whole) and `groups` (the query of each document, in any order) have shape
/// (n_documents,).
///
/// # Errors
/// [`MetricError`]: arrays of different lengths, scores that are not finite, relevances out of range, a rank of 0.
///
/// # Complexity
/// O(n log n).
pub fn query_scores(
    scores: &[f64],
    relevance: &[f64],
    groups: &[u64],
    options: &RankingOptions,
) -> Result<QueryScores, MetricError> {
    check(scores, relevance, groups, options)?;
    let mut out = QueryScores::default();
    for (query, mut rows) in queries(groups) {
        // The sort is stable: ties stay in the order of rows.
        rows.sort_by(|&a, &b| scores[b].partial_cmp(&scores[a]).expect("scores are finite"));
        let ranked: Vec<f64> = rows.iter().map(|&row| relevance[row]).collect();
        let mut best = ranked.clone();
        best.sort_by(|a, b| b.total_cmp(a));
        let ndcg = match (dcg(&best, options.ndcg_at), options.empty) {
            (ideal, _) if ideal > 0.0 => dcg(&ranked, options.ndcg_at) / ideal,
            (_, EmptyQueries::Zero) => 0.0,
            (_, EmptyQueries::One) => 1.0,
            (_, EmptyQueries::Skip) => continue,
        };
        let relevant = ranked.iter().take(options.precision_at).filter(|relevance| **relevance >= 1.0).count();
        out.queries.push(query);
        out.ndcg.push(ndcg);
        out.precision.push(relevant as f64 / options.precision_at as f64);
    }
    Ok(out)
}

/// Discounted cumulative gain of relevances in the order of ranks.
fn dcg(ranked: &[f64], at: usize) -> f64 {
    let gain = |(index, relevance): (usize, &f64)| (relevance.exp2() - 1.0) / ((index + 2) as f64).log2();
    ranked.iter().take(at).enumerate().map(gain).sum()
}

/// The queries in the order of their first rows, each with its rows.
pub(crate) fn queries(groups: &[u64]) -> Vec<(u64, Vec<usize>)> {
    let mut index: FxHashMap<u64, usize> = FxHashMap::default();
    let mut queries: Vec<(u64, Vec<usize>)> = Vec::new();
    for (row, &query) in groups.iter().enumerate() {
        let at = *index.entry(query).or_insert(queries.len());
        if at == queries.len() {
            queries.push((query, Vec::new()));
        }
        queries[at].1.push(row);
    }
    queries
}

fn check(scores: &[f64], relevance: &[f64], groups: &[u64], options: &RankingOptions) -> Result<(), MetricError> {
    for (what, at) in [("NDCG", options.ndcg_at), ("precision", options.precision_at)] {
        if at == 0 {
            return Err(MetricError::Rank { what });
        }
    }
    let expected = scores.len();
    if expected == 0 {
        return Err(DataError::Empty.into());
    }
    for (what, found) in [("targets", relevance.len()), ("queries", groups.len())] {
        if found != expected {
            return Err(DataError::Length { what, found, expected }.into());
        }
    }
    if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        return Err(MetricError::Output { row });
    }
    let limit = MOST_RELEVANT;
    match relevance.iter().position(|value| !(0.0..=limit).contains(value)) {
        Some(row) => Err(MetricError::Relevance { row, value: relevance[row], limit }),
        None => Ok(()),
    }
}
