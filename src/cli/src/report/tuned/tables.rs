//! Tables: the model for each budget, the comparison, and what is acquired.

use std::collections::BTreeSet;

use super::{Facts, Series, SeriesPoint};
use crate::report::facts::LossKind;
use crate::report::html::{Table, figure};
use crate::report::text::{Column, count, counted, escape, name, number, percent};
use secateur::forest::{Evaluation, Interval, SourceId};

/// Sources listed; the rest is counted.
const MOST_SOURCES: usize = 60;

/// Names of features listed per source.
const MOST_FEATURES: usize = 4;

/// Per budget: the model in words, cost and loss with intervals.
pub(super) fn budgets(facts: &Facts<'_>) -> String {
    let input = facts.input;
    let loss = facts.kind.title();
    let mut heads = vec!["Budget".to_owned(), "Cost, held out".into(), format!("{loss}, held out")];
    if input.test.is_some() {
        heads.extend(["Cost, test".to_owned(), format!("{loss}, test")]);
    }
    let second = match facts.kind {
        LossKind::Error => "Log-loss",
        LossKind::SquaredError => "R²",
    };
    let which = if input.test.is_some() { "test" } else { "held out" };
    heads.push(format!("{second}, {which}"));
    let mut table = Table::new(&heads);
    table.text_column("Model");
    let costs = Column::of(
        [Some(input.valid), input.test]
            .into_iter()
            .flatten()
            .flat_map(|on| on.models)
            .map(|judged| judged.measured.cost),
    );
    for chosen in &input.tuned.chosen {
        let mut cells = vec![number(chosen.budget)];
        for on in [Some(input.valid), input.test].into_iter().flatten() {
            let Evaluation { measured, loss, cost, .. } = &on.models[chosen.model];
            cells.push(with_interval(costs.write(measured.cost), cost, |value| costs.write(value)));
            cells.push(with_interval(facts.kind.write(facts.loss(measured)), loss, |value| {
                facts.kind.write(Some(value))
            }));
        }
        let metrics = &input.test.unwrap_or(input.valid).models[chosen.model].measured.metrics;
        let value = match facts.kind {
            LossKind::Error => metrics.log_loss,
            LossKind::SquaredError => metrics.r2,
        };
        cells.push(value.map_or(String::new(), number));
        let candidate = &input.tuned.models[chosen.model];
        cells.push(format!("<span class=\"words\">{}</span>", escape(&candidate.origin)));
        table.row(cells);
        if !secateur::forest::within(candidate.valid.measured.cost, chosen.budget) {
            table.mark_last("", "not within reach: the cheapest");
        }
    }
    let caption = format!(
        "For each budget, of all models whose mean cost on held-out data is within it, the one of least {} among those whose \
         error is within one standard error of the least. In small print 95% bootstrap confidence intervals. The cost on other data \
         varies about the budget.",
        if facts.kind == LossKind::Error { "log-loss" } else { "squared error" },
    );
    figure("Chosen on held-out data", &table.html(), &caption)
}

fn with_interval(value: String, interval: &Interval, write: impl Fn(f64) -> String) -> String {
    if interval.low == interval.high {
        return value;
    }
    format!("{value} <small>{} to {}</small>", write(interval.low.max(0.0)), write(interval.high))
}

/// Held-out (and test) loss per budget beside those of other methods.
pub(super) fn baselines(facts: &Facts<'_>) -> String {
    let input = facts.input;
    let shown: Vec<_> = input.baselines.iter().filter(|series| !series.points.is_empty()).collect();
    if shown.is_empty() {
        return String::new();
    }
    let tested = |series: &Series| series.points.iter().any(|point| point.test.is_some());
    let with_test = input.test.is_some() && shown.iter().any(|series| tested(series));
    let mut heads = vec!["Budget".to_owned(), "tuned".into()];
    heads.extend(shown.iter().map(|series| series.name.clone()));
    if with_test {
        heads.extend(
            std::iter::once("tuned, test".to_owned())
                .chain(shown.iter().filter(|series| tested(series)).map(|series| format!("{}, test", series.name))),
        );
    }
    let mut table = Table::new(&heads);
    let of_valid = |point: &SeriesPoint| facts.kind.write(facts.loss(&point.valid));
    let of_test =
        |point: &SeriesPoint| point.test.as_ref().map_or(String::new(), |test| facts.kind.write(facts.loss(test)));
    for chosen in &input.tuned.chosen {
        let points: Vec<Option<&SeriesPoint>> = shown
            .iter()
            .map(|series| {
                let own = series.points.iter().find(|point| point.budget == Some(chosen.budget));
                own.or_else(|| {
                    series.points.iter().find(|point| point.budget.is_none() && point.valid.cost <= chosen.budget)
                })
            })
            .collect();
        let mut cells =
            vec![number(chosen.budget), facts.kind.write(facts.loss(&input.valid.models[chosen.model].measured))];
        cells.extend(points.iter().map(|point| point.map_or("–".to_owned(), of_valid)));
        if let Some(test) = input.test.filter(|_| with_test) {
            cells.push(facts.kind.write(facts.loss(&test.models[chosen.model].measured)));
            let points = points.iter().zip(&shown).filter(|(_, series)| tested(series));
            cells.extend(points.map(|(point, _)| point.map_or("–".to_owned(), of_test)));
        }
        table.row(cells);
    }
    let beyond = shown.iter().flat_map(|series| {
        series.points.iter().filter(|point| point.budget.is_none()).map(move |point| (series, point))
    });
    let beyond: Vec<String> = beyond
        .map(|(series, point)| format!("{} costs {} at {}", series.name, number(point.valid.cost), of_valid(point)))
        .collect();
    let mut caption =
        format!("{} on held-out data within each budget, all chosen by the same rule.", facts.kind.title());
    if with_test {
        caption = caption.replace("on held-out data within", "on held-out and on test data within");
    }
    if !beyond.is_empty() {
        caption += &format!(" Without a budget: {}.", beyond.join("; "));
    }
    let descriptions: String = shown
        .iter()
        .map(|series| format!("<li><b>{}</b>: {}</li>\n", escape(&series.name), escape(&series.description)))
        .collect();
    figure(
        "The same budgets, spent otherwise",
        &(table.html() + &format!("<ul class=\"methods\">{descriptions}</ul>")),
        &caption,
    )
}

/// Sources by budget: share of held-out examples for which each is acquired, and the features it is needed for.
pub(super) fn sources(facts: &Facts<'_>) -> String {
    let input = facts.input;
    let prices = input.tuned.models[0].model.prices();
    if prices.sources().is_empty() {
        return "<p>The price list has no sources: every feature is free.</p>".to_owned();
    }
    let mut used: Vec<(SourceId, f64)> = (0..prices.sources().len())
        .map(|source| {
            let shares = input.valid.models.iter().map(|judged| judged.acquired[source]);
            (SourceId(source as u32), shares.sum::<f64>())
        })
        .filter(|(_, shares)| *shares > 0.0)
        .collect();
    used.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let never = prices.sources().len() - used.len();
    let features = features_by_source(facts);
    let own = |source: SourceId| {
        features[source.index()]
            .iter()
            .all(|&feature| feature_name(facts, feature) == prices.sources()[source.index()].name)
    };
    let named = used.iter().any(|(source, _)| !own(*source));
    let mut heads = vec!["Source".to_owned(), "Price".into()];
    heads.extend(input.tuned.chosen.iter().map(|chosen| number(chosen.budget)));
    let mut table = Table::new(&heads);
    table.text_column("For the features");
    let price = Column::of(prices.sources().iter().map(|source| source.per_example + source.per_model));
    for (source, _) in used.iter().take(MOST_SOURCES) {
        let of_list = &prices.sources()[source.index()];
        let mut cells = vec![name(&of_list.name), price.write(of_list.per_example + of_list.per_model)];
        cells.extend(
            input.tuned.chosen.iter().map(|chosen| shade(input.valid.models[chosen.model].acquired[source.index()])),
        );
        let of_source = &features[source.index()];
        let names: Vec<String> =
            of_source.iter().take(MOST_FEATURES).map(|&feature| name(&feature_name(facts, feature))).collect();
        let more = of_source.len() - names.len();
        let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
        cells.push(if named { names.join(", ") + &more } else { String::new() });
        table.row(cells);
    }
    let mut caption = String::from(
        "Share of held-out examples for which each source is acquired, by budget; sources in the order of their use.",
    );
    if used.len() > MOST_SOURCES {
        caption += &format!(" {} used less are not shown.", counted(used.len() - MOST_SOURCES, "source"));
    }
    if never > 0 {
        caption += &format!(
            " {} never acquired.",
            if never == 1 { "1 source is".into() } else { format!("{} sources are", count(never)) }
        );
    }
    let table = format!(r#"<div class="dense">{}</div>"#, table.html());
    figure("Acquired at each budget", &table, &caption)
}

/// A share on a ground as dark as it is large.
fn shade(share: f64) -> String {
    if share > 0.0 {
        format!(r#"<span class="shade" style="--share:{:.2}">{}</span>"#, share.clamp(0.0, 1.0), percent(share))
    } else {
        "0".to_owned()
    }
}

/// Features of splits of any model, by the sources that they need.
fn features_by_source(facts: &Facts<'_>) -> Vec<BTreeSet<usize>> {
    let prices = facts.input.tuned.models[0].model.prices();
    let mut features = vec![BTreeSet::new(); prices.sources().len()];
    for candidate in &facts.input.tuned.models {
        let policy = candidate.model.policy();
        let asked: BTreeSet<usize> = (0..policy.n_nodes()).filter_map(|node| policy.feature(node)).collect();
        for feature in asked {
            for source in prices.needs(feature) {
                features[source.index()].insert(feature);
            }
        }
    }
    features
}

fn feature_name(facts: &Facts<'_>, feature: usize) -> String {
    facts.input.feature_names.get(feature).cloned().unwrap_or_else(|| format!("feature {feature}"))
}
