//! What is acquired: each source along the path, and at the chosen point.

use maud::{Markup, html};

use super::axis::{Axis, Unit};
use super::facts::{Facts, SourceUse};
use super::html::{Table, figure, name, names, plain};
use super::text::{Column, clean, count, number, percent};

/// Sources shown; the rest is summed up.
const MOST_SOURCES: usize = 40;

/// Steps of cost in the picture.
const COLUMNS: usize = 60;

/// Shades of the picture.
const SHADES: f64 = 20.0;

/// Names of features listed per source.
const MOST_FEATURES: usize = 4;

/// Picture and table of the sources.
pub(super) fn section(facts: &Facts<'_>) -> Markup {
    if facts.sources.is_empty() {
        return html! { p { "The price list has no sources: every feature is free." } };
    }
    html! { div class="pair" { (picture(facts)) (shares(facts)) } }
}

/// Sources times cost: how often each is acquired as the budget grows.
fn picture(facts: &Facts<'_>) -> Markup {
    let title = "Acquired along the path";
    let points = &facts.input.valid.points;
    let highest = points.iter().map(|point| point.cost).fold(0.0, f64::max);
    if highest <= 0.0 {
        let nothing = "Every operating point costs nothing, so there is no budget to draw this against.";
        return figure(title, &html! { p { (nothing) } }, "");
    }
    let shown = &facts.sources[..facts.sources.len().min(MOST_SOURCES)];
    let mut caption = String::from(
        "Each row is a source, each column a budget: the darker, the larger the share of validation examples for which the \
         source is acquired at that mean cost. Sorted by share at the chosen point, which the line marks.",
    );
    if facts.sources.len() > shown.len() {
        caption += &format!(
            " {} more sources, acquired no more often, are not shown.",
            count(facts.sources.len() - shown.len())
        );
    }
    let scale = [0.0, 0.25, 0.5, 0.75, 1.0];
    let body = html! {
        p class="legend" {
            span {
                "acquired for 0% "
                b class="scale" { @for share in scale { i style={ "opacity:" (opacity(share)) } {} } }
                " 100%"
            }
        }
        (grid(facts, shown, highest))
    };
    figure(title, &body, &caption)
}

/// The rows of the picture over their axis of costs.
fn grid(facts: &Facts<'_>, shown: &[SourceUse], highest: f64) -> Markup {
    let points = &facts.input.valid.points;
    // The operating point that a budget in the middle of each column buys.
    let rows: Vec<usize> = (0..COLUMNS)
        .map(|column| highest * (column as f64 + 0.5) / COLUMNS as f64)
        .map(|budget| points.partition_point(|point| point.cost <= budget).saturating_sub(1))
        .collect();
    let axis = Axis::new(0.0, highest, 5, Unit::Plain);
    let left = |place: f64| format!("left:{:.2}%", 100.0 * place);
    html! {
        div class="heat" {
            @for (row, used) in (1..).zip(shown) {
                @let (source, of_row) = (clean(facts.source_name(used.source)), format!("grid-row:{row}"));
                span class="name" style=(of_row) title=(source) { bdi { (source) } }
                svg style=(of_row) viewBox={ "0 0 " (COLUMNS) " 1" } preserveAspectRatio="none" {
                    (strip(facts, used, &rows, highest))
                }
            }
            div class="overlay" style={ "grid-row:1 / span " (shown.len()) } {
                i style=(left(axis.place(facts.chosen.cost))) {}
            }
            div class="ticks" { @for (place, tick) in axis.ticks() { span style=(left(place)) { (tick) } } }
            div class="cost" { (axis.title("Mean cost per example")) }
        }
    }
}

/// One row of the picture; neighbouring columns of one shade are one shape.
fn strip(facts: &Facts<'_>, used: &SourceUse, rows: &[usize], highest: f64) -> Markup {
    let share = |row: usize| facts.input.valid.acquired[[row, used.source.index()]];
    let shade = |row: &usize| (share(*row) * SHADES).ceil() / SHADES;
    let cost = |column: usize| number(highest * column as f64 / COLUMNS as f64);
    let source = clean(facts.source_name(used.source));
    let describe = |run: &[usize], start: usize| {
        let (least, most) = (percent(share(run[0])), percent(share(run[run.len() - 1])));
        let shares = if least == most { least } else { format!("{least} to {most}") };
        let (from, to) = (cost(start), cost(start + run.len()));
        format!("{source}: {shares} of examples at a mean cost of {from} to {to}")
    };
    let runs = rows.chunk_by(|a, b| shade(a) == shade(b)).scan(0, |end, run| {
        let start = *end;
        *end += run.len();
        Some((start, run))
    });
    html! {
        @for (start, run) in runs.filter(|(_, run)| shade(&run[0]) > 0.0) {
            rect x=(start) y="0" width=(run.len()) height="1" fill-opacity=(opacity(shade(&run[0]))) {
                title { (describe(run, start)) }
            }
        }
    }
}

/// How strongly a share is coloured: rare is pale, but not invisible.
fn opacity(share: f64) -> String {
    let opacity = if share > 0.0 { 0.08 + 0.92 * share } else { 0.0 };
    format!("{opacity:.2}")
}

/// The sources at the chosen point: share, price, and what they add to the mean cost.
fn shares(facts: &Facts<'_>) -> Markup {
    let prices = facts.input.model.prices();
    let (shown, rest) = facts.sources.split_at(facts.sources.len().min(MOST_SOURCES));
    let price = Column::of(prices.sources().iter().map(|source| source.per_example));
    let model_price = Column::of(prices.sources().iter().map(|source| source.per_model));
    let paid = Column::of([facts.chosen.cost]);
    let (per_model, named) = (prices.sources().iter().any(|source| source.per_model > 0.0), names_features(facts));
    let filled = |wanted: bool, cell: Markup| {
        if wanted {
            cell
        } else {
            html! {}
        }
    };

    let mut table = Table::new(&["Source", "Acquired for", "Price", "Once per model", "Adds to cost"]);
    table.text_column("For the features");
    for used in shown {
        let source = &prices.sources()[used.source.index()];
        table.row([
            name(&source.name),
            plain(&percent(used.share)),
            plain(&price.write(source.per_example)),
            filled(per_model, plain(&model_price.write(source.per_model))),
            plain(&paid.write(used.contribution)),
            filled(named, features(facts, used)),
        ]);
    }
    let mut without_share = |what: &str, price: String, model_price: String, adds: f64| {
        let cells = [what, "", &price, &model_price, &paid.write(adds), ""];
        table.row(cells.map(plain));
    };
    let none = String::new;
    if !rest.is_empty() {
        let adds = rest.iter().map(|used| used.contribution).sum();
        without_share(&format!("{} more sources", count(rest.len())), none(), none(), adds);
    }
    if prices.per_split() > 0.0 {
        without_share("Each split evaluated", number(prices.per_split()), none(), facts.split_costs.0);
    }
    if prices.per_node() > 0.0 {
        without_share("Each split kept", none(), number(prices.per_node()), facts.split_costs.1);
    }
    without_share("Mean cost", none(), none(), facts.chosen.cost);
    table.mark_last("total", "");
    let caption = "How often each source is acquired at the chosen point, and its part of the mean cost: the share of \
                   examples times the price, plus what is paid once per model.";
    let table = html! { div class="dense" { (table.html()) } };
    figure("Acquired at the chosen point", &table, caption)
}

/// Whether it says anything to name the features of a source: not if each is its own source, of the same name.
fn names_features(facts: &Facts<'_>) -> bool {
    let own = |used: &SourceUse, feature: usize| facts.feature_name(feature) == facts.source_name(used.source);
    facts.sources.iter().any(|used| used.features.iter().any(|&feature| !own(used, feature)))
}

/// Names of the features that need a source.
fn features(facts: &Facts<'_>, used: &SourceUse) -> Markup {
    let listed = used.features.iter().take(MOST_FEATURES);
    let listed: Vec<String> = listed.map(|feature| facts.feature_name(*feature)).collect();
    let more = used.features.len() - listed.len();
    names(&listed, &if more > 0 { format!(" and {} more", count(more)) } else { String::new() })
}
