//! What the report says in figures, computed once from the model and the curves.

use std::collections::BTreeSet;

use super::ReportInput;
use super::text::{count, number, percent_with};
use secateur::forest::{BudgetedForest, Curve, CurvePoint, OperatingPoint, SourceId, Task};

/// The loss that the pictures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LossKind {
    /// Share of examples of which the class is predicted wrongly.
    Error,
    /// Mean squared error.
    SquaredError,
}

impl LossKind {
    pub(super) fn of(task: &Task) -> Self {
        match task {
            Task::Classification { .. } => LossKind::Error,
            Task::Regression => LossKind::SquaredError,
        }
    }

    /// Its name, at the start of a line.
    pub(super) fn title(self) -> &'static str {
        match self {
            LossKind::Error => "Error rate",
            LossKind::SquaredError => "Mean squared error",
        }
    }

    /// A value of it for people.
    pub(super) fn write(self, loss: Option<f64>) -> String {
        match (self, loss) {
            (_, None) => "unknown".to_owned(),
            (LossKind::Error, Some(loss)) => percent_with(loss, 2),
            (LossKind::SquaredError, Some(loss)) => number(loss),
        }
    }
}

/// How a source is used at the chosen operating point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceUse {
    pub(super) source: SourceId,
    /// Share of examples for which it is acquired.
    pub(super) share: f64,
    /// The same, for the unpruned forest.
    pub(super) share_unpruned: f64,
    /// What it adds to the mean cost per example.
    pub(super) contribution: f64,
    /// Features of kept splits that need it.
    pub(super) features: BTreeSet<usize>,
}

/// Figures of the report, on the validation data where not said otherwise.
pub(super) struct Facts<'a> {
    pub(super) input: &'a ReportInput<'a>,
    pub(super) kind: LossKind,
    pub(super) chosen: CurvePoint,
    pub(super) unpruned: CurvePoint,
    /// Features of kept splits.
    pub(super) features_used: usize,
    /// Sources from the most to the least used at the chosen point.
    pub(super) sources: Vec<SourceUse>,
    /// What splits evaluated and splits kept add to the mean cost per example.
    pub(super) split_costs: (f64, f64),
    /// Standard error of the mean cost per example.
    pub(super) cost_error: Option<f64>,
    /// Number of examples if each counts once; without it, no standard error of a loss can be computed.
    pub(super) n_unweighted: Option<usize>,
}

impl<'a> Facts<'a> {
    /// The curves must have points, and rows of acquisitions for them.
    pub(super) fn new(input: &'a ReportInput<'a>) -> Self {
        let (model, chosen) = (input.model, input.chosen);
        let point = *input.valid.at(chosen);
        let sources = sources(input);
        let model_cost: f64 = sources
            .iter()
            .filter(|used| !used.features.is_empty())
            .map(|used| model.prices().sources()[used.source.index()].per_model)
            .sum();
        let kept_cost = model.prices().per_node() * point.splits as f64;
        let of_sources: f64 = sources.iter().map(|used| used.contribution).sum();
        let evaluated_cost = if model.prices().per_split() > 0.0 { point.cost - of_sources - kept_cost } else { 0.0 };
        let costs = &input.valid_costs.per_example;
        let (mean, error) = mean_and_error(costs);
        let same_mean = (mean + model_cost + kept_cost - point.cost).abs() <= 1e-6 * point.cost.abs();
        let n_unweighted = (same_mean && counts_whole_examples(point.error, costs.len())).then_some(costs.len());
        Self {
            input,
            kind: LossKind::of(model.forest().task()),
            chosen: point,
            unpruned: *input.valid.at(model.unpruned()),
            features_used: features_of_splits(model, chosen).len(),
            sources,
            split_costs: (evaluated_cost.max(0.0), kept_cost),
            cost_error: n_unweighted.and(error),
            n_unweighted,
        }
    }

    /// Standard error of an error rate. None for other losses, and at 0 and 1, where the usual formula would say zero.
    pub(super) fn loss_error(&self, point: &CurvePoint) -> Option<f64> {
        let (error, n) = (point.error?, self.n_unweighted?);
        (error > 0.0 && error < 1.0).then(|| (error * (1.0 - error) / n as f64).sqrt())
    }

    /// The interval along the validation line, as (cost, low, high): bootstrap confidence intervals or, without them, one standard error to either
    /// side. Empty if neither is known.
    pub(super) fn loss_line(&self) -> Vec<(f64, f64, f64)> {
        let curve = self.input.valid;
        if let Some(intervals) = self.input.intervals {
            return intervals
                .frontier
                .iter()
                .map(|(point, interval)| (curve.at(*point).cost, interval.low, interval.high))
                .collect();
        }
        if self.loss_error(&self.chosen).is_none() {
            return Vec::new();
        }
        let around = |point: &CurvePoint| {
            let (loss, error) = (point.loss()?, self.loss_error(point).unwrap_or(0.0));
            Some((point.cost, (loss - error).max(0.0), loss + error))
        };
        curve.points.iter().map(around).collect::<Option<_>>().unwrap_or_default()
    }

    /// Half the width of the interval at the chosen point; zero if there is none.
    pub(super) fn loss_reach(&self) -> f64 {
        match self.input.intervals {
            Some(intervals) => intervals.point.loss.map_or(0.0, |interval| 0.5 * (interval.high - interval.low)),
            None => self.loss_error(&self.chosen).unwrap_or(0.0),
        }
    }

    /// Number of sources that a kept split needs.
    pub(super) fn sources_used(&self) -> usize {
        self.sources.iter().filter(|used| !used.features.is_empty()).count()
    }

    /// Name of a feature.
    pub(super) fn feature_name(&self, feature: usize) -> String {
        self.input.feature_names.get(feature).cloned().unwrap_or_else(|| format!("feature {feature}"))
    }

    /// Name of a source.
    pub(super) fn source_name(&self, source: SourceId) -> &str {
        &self.input.model.prices().sources()[source.index()].name
    }

    /// One operating point in a line, for hovering.
    pub(super) fn describe(&self, point: &CurvePoint) -> String {
        let loss =
            point.loss().map(|loss| format!(", {} {}", self.kind.title().to_lowercase(), self.kind.write(Some(loss))));
        let (lambda, cost, splits) = (number(point.lambda), number(point.cost), count(point.splits));
        format!("λ {lambda}: cost {cost}{}, {splits} splits", loss.unwrap_or_default())
    }
}

/// Features of kept splits.
fn features_of_splits(model: &BudgetedForest, chosen: OperatingPoint) -> BTreeSet<usize> {
    let kept = (0..model.forest().n_nodes()).filter(|&node| model.keeps(node, chosen));
    kept.filter_map(|node| model.forest().feature(node)).collect()
}

fn sources(input: &ReportInput<'_>) -> Vec<SourceUse> {
    let (model, valid) = (input.model, input.valid);
    let row = |point: OperatingPoint| (point.0 as usize).min(valid.points.len() - 1);
    let (chosen, unpruned) = (row(input.chosen), row(model.unpruned()));
    let prices = model.prices();
    let mut features = vec![BTreeSet::new(); prices.sources().len()];
    for feature in features_of_splits(model, input.chosen) {
        for source in prices.needs(feature) {
            features[source.index()].insert(feature);
        }
    }
    let mut sources: Vec<SourceUse> = features
        .into_iter()
        .zip(prices.sources())
        .enumerate()
        .map(|(index, (features, source))| {
            let share = valid.acquired[[chosen, index]];
            let per_model = if features.is_empty() { 0.0 } else { source.per_model };
            SourceUse {
                source: SourceId(index as u32),
                share,
                share_unpruned: valid.acquired[[unpruned, index]],
                contribution: share * source.per_example + per_model,
                features,
            }
        })
        .collect();
    sources.sort_by(|a, b| b.share.total_cmp(&a.share).then(b.share_unpruned.total_cmp(&a.share_unpruned)));
    sources
}

/// Mean, and its standard error if there are two values or more.
fn mean_and_error(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n * (n - 1.0))).sqrt();
    (mean, error.is_finite().then_some(error))
}

/// Whether a fraction of wrong predictions can come from counting each of `n` examples once.
fn counts_whole_examples(error: Option<f64>, n: usize) -> bool {
    error.is_none_or(|error| {
        let wrong = error * n as f64;
        (wrong - wrong.round()).abs() <= 1e-9 * n as f64
    })
}

/// `count` operating points, or all if there are fewer, spread evenly along the curve (its length measured with loss and cost
/// scaled to the same range), with the first, the last and `chosen` among them.
pub(super) fn spread(curve: &Curve, chosen: OperatingPoint, count: usize) -> Vec<usize> {
    let points = &curve.points;
    let range = |value: fn(&CurvePoint) -> f64| {
        let values = points.iter().map(value).filter(|value| value.is_finite());
        let (lo, hi) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(value), hi.max(value)));
        if hi > lo { hi - lo } else { 1.0 }
    };
    let loss: fn(&CurvePoint) -> f64 = |point| point.loss().unwrap_or(0.0);
    let (costs, losses) = (range(|point| point.cost), range(loss));
    let (mut length, mut least) = (0.0, loss(&points[0]));
    let mut lengths = vec![0.0];
    for pair in points.windows(2) {
        // Only a new least loss counts: the wavering of a curve would draw points to where nothing happens.
        let fall = (least - loss(&pair[1])).max(0.0);
        least -= fall;
        length += (pair[1].cost - pair[0].cost).abs() / costs + fall / losses;
        lengths.push(length);
    }
    let mut rows = BTreeSet::from([0, points.len() - 1, (chosen.0 as usize).min(points.len() - 1)]);
    while rows.len() < count {
        // Halve the longest stretch that has a point inside.
        let ends: Vec<usize> = rows.iter().copied().collect();
        let stretches = ends.windows(2).filter(|pair| pair[1] > pair[0] + 1);
        let longest =
            stretches.max_by(|a, b| (lengths[a[1]] - lengths[a[0]]).total_cmp(&(lengths[b[1]] - lengths[b[0]])));
        let Some(&[from, to]) = longest else { break };
        let middle = 0.5 * (lengths[from] + lengths[to]);
        rows.insert(lengths.partition_point(|length| *length < middle).clamp(from + 1, to - 1));
    }
    rows.into_iter().collect()
}
