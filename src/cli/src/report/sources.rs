//! What is acquired: each source along the path, and at the chosen point.

use super::axis::{Axis, Unit};
use super::facts::{Facts, SourceUse};
use super::html::{Table, figure};
use super::text::{Column, count, escape, name, number, percent};

/// Sources shown; the rest is summed up.
const MOST_SOURCES: usize = 40;

/// Steps of cost in the picture.
const COLUMNS: usize = 60;

/// Shades of the picture.
const SHADES: f64 = 20.0;

/// Names of features listed per source.
const MOST_FEATURES: usize = 4;

/// Picture and table of the sources.
pub(super) fn section(facts: &Facts<'_>) -> String {
    if facts.sources.is_empty() {
        return "<p>The price list has no sources: every feature is free.</p>".to_owned();
    }
    format!(r#"<div class="pair">{}{}</div>"#, picture(facts), shares(facts))
}

/// Sources times cost: how often each is acquired as the budget grows.
fn picture(facts: &Facts<'_>) -> String {
    let title = "Acquired along the path";
    let points = &facts.input.valid.points;
    let highest = points.iter().map(|point| point.cost).fold(0.0, f64::max);
    if highest <= 0.0 {
        return figure(
            title,
            "<p>Every operating point costs nothing, so there is no budget to draw this against.</p>",
            "",
        );
    }
    // The operating point that a budget in the middle of each column buys.
    let rows: Vec<usize> = (0..COLUMNS)
        .map(|column| highest * (column as f64 + 0.5) / COLUMNS as f64)
        .map(|budget| points.partition_point(|point| point.cost <= budget).saturating_sub(1))
        .collect();
    let shown = &facts.sources[..facts.sources.len().min(MOST_SOURCES)];
    let mut cells = String::new();
    for (index, used) in shown.iter().enumerate() {
        let source = escape(facts.source_name(used.source));
        let (row, shapes) = (index + 1, strip(facts, used, &rows, highest));
        cells += &format!(
            concat!(
                r#"<span class="name" style="grid-row:{row}" title="{source}"><bdi>{source}</bdi></span>"#,
                r#"<svg style="grid-row:{row}" viewBox="0 0 {columns} 1" preserveAspectRatio="none">{shapes}</svg>"#
            ),
            row = row,
            source = source,
            columns = COLUMNS,
            shapes = shapes,
        );
    }
    let axis = Axis::new(0.0, highest, 5, Unit::Plain);
    let ticks: String = axis
        .ticks()
        .map(|(place, tick)| format!(r#"<span style="left:{:.2}%">{tick}</span>"#, 100.0 * place))
        .collect();
    let chosen = 100.0 * axis.place(facts.chosen.cost);
    let n_rows = shown.len();
    let overlay =
        format!(r#"<div class="overlay" style="grid-row:1 / span {n_rows}"><i style="left:{chosen:.2}%"></i></div>"#);
    let cost = axis.title("Mean cost per example");
    let grid = format!(
        r#"<div class="heat">{cells}{overlay}<div class="ticks">{ticks}</div><div class="cost">{cost}</div></div>"#
    );
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
    let scale: String = [0.0, 0.25, 0.5, 0.75, 1.0]
        .iter()
        .map(|share| format!(r#"<i style="opacity:{}"></i>"#, opacity(*share)))
        .collect();
    let legend = format!(r#"<p class="legend"><span>acquired for 0% <b class="scale">{scale}</b> 100%</span></p>"#);
    figure(title, &(legend + &grid), &caption)
}

/// One row of the picture; neighbouring columns of one shade are one shape.
fn strip(facts: &Facts<'_>, used: &SourceUse, rows: &[usize], highest: f64) -> String {
    let share = |row: usize| facts.input.valid.acquired[[row, used.source.index()]];
    let shade = |row: &usize| (share(*row) * SHADES).ceil() / SHADES;
    let mut shapes = String::new();
    let mut start = 0;
    for run in rows.chunk_by(|a, b| shade(a) == shade(b)) {
        let end = start + run.len();
        if shade(&run[0]) > 0.0 {
            let cost = |column: usize| number(highest * column as f64 / COLUMNS as f64);
            let (least, most) = (percent(share(run[0])), percent(share(run[run.len() - 1])));
            let shares = if least == most { least } else { format!("{least} to {most}") };
            shapes += &format!(
                r#"<rect x="{start}" y="0" width="{}" height="1" fill-opacity="{}"><title>{}: {shares} of examples at a mean cost of {} to {}</title></rect>"#,
                end - start,
                opacity(shade(&run[0])),
                escape(facts.source_name(used.source)),
                cost(start),
                cost(end),
            );
        }
        start = end;
    }
    shapes
}

/// How strongly a share is coloured: rare is pale, but not invisible.
fn opacity(share: f64) -> String {
    let opacity = if share > 0.0 { 0.08 + 0.92 * share } else { 0.0 };
    format!("{opacity:.2}")
}

/// The sources at the chosen point: share, price, and what they add to the mean cost.
fn shares(facts: &Facts<'_>) -> String {
    let prices = facts.input.model.prices();
    let (shown, rest) = facts.sources.split_at(facts.sources.len().min(MOST_SOURCES));
    let price = Column::of(prices.sources().iter().map(|source| source.per_example));
    let model_price = Column::of(prices.sources().iter().map(|source| source.per_model));
    let paid = Column::of([facts.chosen.cost]);
    let (per_model, named) = (prices.sources().iter().any(|source| source.per_model > 0.0), names_features(facts));
    let filled = |wanted: bool, text: String| if wanted { text } else { String::new() };

    let mut table = Table::new(&["Source", "Acquired for", "Price", "Once per model", "Adds to cost"]);
    table.text_column("For the features");
    for used in shown {
        let source = &prices.sources()[used.source.index()];
        table.row([
            name(&source.name),
            percent(used.share),
            price.write(source.per_example),
            filled(per_model, model_price.write(source.per_model)),
            paid.write(used.contribution),
            filled(named, features(facts, used)),
        ]);
    }
    let mut without_share = |what: &str, price: String, model_price: String, adds: f64| {
        table.row([what.to_owned(), String::new(), price, model_price, paid.write(adds), String::new()]);
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
    let table = format!(r#"<div class="dense">{}</div>"#, table.html());
    figure("Acquired at the chosen point", &table, caption)
}

/// Whether it says anything to name the features of a source: not if each is its own source, of the same name.
fn names_features(facts: &Facts<'_>) -> bool {
    let own = |used: &SourceUse, feature: usize| facts.feature_name(feature) == facts.source_name(used.source);
    facts.sources.iter().any(|used| used.features.iter().any(|&feature| !own(used, feature)))
}

/// Names of the features that need a source.
fn features(facts: &Facts<'_>, used: &SourceUse) -> String {
    let names = used.features.iter().take(MOST_FEATURES);
    let names: Vec<String> = names.map(|feature| name(&facts.feature_name(*feature))).collect();
    let more = used.features.len() - names.len();
    let and_more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    names.join(", ") + &and_more
}
