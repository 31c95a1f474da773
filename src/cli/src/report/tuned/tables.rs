//! Tables: the model for each budget, the comparison, and what is acquired.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{Facts, Series, SeriesPoint};
use crate::report::facts::LossKind;
use crate::report::html::{Table, figure, name, names, plain};
use crate::report::text::{Column, clean, count, counted, number, percent};
use secateur::forest::tune::Chosen;
use secateur::forest::{Evaluation, Interval, SourceId};

/// Sources listed; the rest is counted.
const MOST_SOURCES: usize = 60;

/// Names of features listed per source.
const MOST_FEATURES: usize = 4;

/// Per budget: the model in words, cost and loss with intervals.
pub(super) fn budgets(facts: &Facts<'_>) -> Markup {
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
        let mut cells = vec![plain(&number(chosen.budget))];
        for on in [Some(input.valid), input.test].into_iter().flatten() {
            let Evaluation { measured, loss, cost, .. } = &on.models[chosen.model];
            cells.push(with_interval(&costs.write(measured.cost), cost, |value| costs.write(value)));
            cells.push(with_interval(&facts.kind.write(facts.loss(measured)), loss, |value| {
                facts.kind.write(Some(value))
            }));
        }
        let metrics = &input.test.unwrap_or(input.valid).models[chosen.model].measured.metrics;
        let value = match facts.kind {
            LossKind::Error => metrics.log_loss,
            LossKind::SquaredError => metrics.r2,
        };
        cells.push(plain(&value.map_or(String::new(), number)));
        let candidate = &input.tuned.models[chosen.model];
        cells.push(html! { span class="words" { (clean(&candidate.origin)) } });
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

fn with_interval(value: &str, interval: &Interval, write: impl Fn(f64) -> String) -> Markup {
    html! {
        (value)
        @if interval.low != interval.high { " " small { (write(interval.low.max(0.0))) " to " (write(interval.high)) } }
    }
}

/// Held-out (and test) loss per budget beside those of other methods.
pub(super) fn baselines(facts: &Facts<'_>) -> Markup {
    let shown: Vec<&Series> = facts.input.baselines.iter().filter(|series| !series.points.is_empty()).collect();
    if shown.is_empty() {
        return html! {};
    }
    let with_test = facts.input.test.is_some() && shown.iter().any(|series| is_tested(series));
    Comparison { facts, shown, with_test }.html()
}

fn is_tested(series: &Series) -> bool {
    series.points.iter().any(|point| point.test.is_some())
}

/// The tuned models beside other methods.
struct Comparison<'a> {
    facts: &'a Facts<'a>,
    shown: Vec<&'a Series>,
    with_test: bool,
}

impl Comparison<'_> {
    fn html(&self) -> Markup {
        let mut table = Table::new(&self.heads());
        for chosen in &self.facts.input.tuned.chosen {
            table.row(self.row(chosen).iter().map(|cell| plain(cell)));
        }
        let body = html! {
            (table.html())
            ul class="methods" {
                @for series in &self.shown {
                    li { b { (clean(&series.name)) } ": " (clean(&series.description)) }
                    "\n"
                }
            }
        };
        figure("The same budgets, spent otherwise", &body, &self.caption())
    }

    fn tested(&self) -> impl Iterator<Item = &Series> {
        self.shown.iter().copied().filter(|series| is_tested(series))
    }

    fn heads(&self) -> Vec<String> {
        let mut heads = vec!["Budget".to_owned(), "tuned".into()];
        heads.extend(self.shown.iter().map(|series| series.name.clone()));
        if self.with_test {
            heads.push("tuned, test".to_owned());
            heads.extend(self.tested().map(|series| format!("{}, test", series.name)));
        }
        heads
    }

    /// The model of a series for a budget; one that does not know budgets serves all that it fits in.
    fn point<'s>(series: &'s Series, chosen: &Chosen) -> Option<&'s SeriesPoint> {
        let own = series.points.iter().find(|point| point.budget == Some(chosen.budget));
        own.or_else(|| series.points.iter().find(|point| point.budget.is_none() && point.valid.cost <= chosen.budget))
    }

    fn row(&self, chosen: &Chosen) -> Vec<String> {
        let (facts, none) = (self.facts, || "–".to_owned());
        let tuned = |judged: &[Evaluation]| facts.kind.write(facts.loss(&judged[chosen.model].measured));
        let of_test =
            |point: &SeriesPoint| point.test.as_ref().map_or(String::new(), |test| facts.kind.write(facts.loss(test)));
        let mut cells = vec![number(chosen.budget), tuned(facts.input.valid.models)];
        let points = self.shown.iter().map(|series| Self::point(series, chosen));
        cells.extend(points.map(|point| point.map_or_else(none, |point| self.of_valid(point))));
        if let Some(test) = facts.input.test.filter(|_| self.with_test) {
            cells.push(tuned(test.models));
            cells.extend(self.tested().map(|series| Self::point(series, chosen).map_or_else(none, of_test)));
        }
        cells
    }

    fn of_valid(&self, point: &SeriesPoint) -> String {
        self.facts.kind.write(self.facts.loss(&point.valid))
    }

    fn caption(&self) -> String {
        let data = if self.with_test { "held-out and on test data" } else { "held-out data" };
        let mut caption =
            format!("{} on {data} within each budget, all chosen by the same rule.", self.facts.kind.title());
        let beyond = self.shown.iter().flat_map(|series| {
            series.points.iter().filter(|point| point.budget.is_none()).map(move |point| (series, point))
        });
        let beyond: Vec<String> = beyond
            .map(|(series, point)| {
                format!("{} costs {} at {}", series.name, number(point.valid.cost), self.of_valid(point))
            })
            .collect();
        if !beyond.is_empty() {
            caption += &format!(" Without a budget: {}.", beyond.join("; "));
        }
        caption
    }
}

/// Sources by budget: share of held-out examples for which each is acquired, and the features it is needed for.
pub(super) fn sources(facts: &Facts<'_>) -> Markup {
    let input = facts.input;
    let prices = input.tuned.models[0].model.prices();
    if prices.sources().is_empty() {
        return html! { p { "The price list has no sources: every feature is free." } };
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
        let price = price.write(of_list.per_example + of_list.per_model);
        let mut cells = vec![name(&of_list.name), plain(&price)];
        cells.extend(
            input.tuned.chosen.iter().map(|chosen| shade(input.valid.models[chosen.model].acquired[source.index()])),
        );
        let of_source = &features[source.index()];
        let listed = of_source.iter().take(MOST_FEATURES);
        let listed: Vec<String> = listed.map(|&feature| feature_name(facts, feature)).collect();
        let more = of_source.len() - listed.len();
        let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
        cells.push(if named {
            names(&listed, &more)
        } else {
            html! {}
        });
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
    let table = html! { div class="dense" { (table.html()) } };
    figure("Acquired at each budget", &table, &caption)
}

/// A share on a ground as dark as it is large.
fn shade(share: f64) -> Markup {
    html! {
        @if share > 0.0 {
            span class="shade" style={ "--share:" (format_args!("{:.2}", share.clamp(0.0, 1.0))) } { (percent(share)) }
        } @else {
            "0"
        }
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
