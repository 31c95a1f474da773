//! The page: its sections in their order, the table of operating points, and the notes.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::facts::{Facts, LossKind, spread};
use super::html::{Table, figure, plain};
use super::text::{Column, clean, count, counted, fixed, number};
use super::{frontier, headline, histogram, sources};

/// Operating points in the table.
const TABLE_POINTS: usize = 12;

/// Nothing is loaded and nothing runs, even if something should slip through.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn write(facts: &Facts<'_>, out: impl Write) -> io::Result<()> {
    let title = if facts.input.title.trim().is_empty() { "A forest on a budget" } else { facts.input.title };
    let spread = html! { div class="pair" { (histogram::trees(facts)) (histogram::costs(facts)) } };
    let sections = [
        ("chosen", "The chosen operating point", headline::tiles(facts)),
        ("frontier", "What a budget buys", frontier::figures(facts)),
        ("sources", "What is acquired", sources::section(facts)),
        ("spread", "How splits and costs are spread", spread),
        ("points", "Operating points along the path", points(facts)),
        ("notes", "Notes", notes(facts.input.notes)),
    ];
    shell(title, &headline::lead(facts), &sections, out)
}

/// A page of sections, each with its id, heading and body; empty ones are left out.
pub(super) fn shell(
    title: &str,
    lead: &Markup,
    sections: &[(&str, &str, Markup)],
    mut out: impl Write,
) -> io::Result<()> {
    let (title, style) = (clean(title), PreEscaped(include_str!("page.css")));
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            "\n"
            head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" meta name="color-scheme" content="light dark";
                "\n" meta http-equiv="Content-Security-Policy" content=(POLICY);
                "\n" title { (title) }
                "\n" style { "\n" (style) }
                "\n"
            }
            "\n"
            body {
                "\n"
                header { "\n" h1 { (title) } "\n" p class="lead" { (lead) } "\n" }
                "\n"
                main {
                    "\n"
                    @for (id, heading, body) in sections.iter().filter(|(.., body)| !body.0.is_empty()) {
                        section id=(id) { "\n" h2 { (heading) } "\n" (body) "\n" }
                        "\n"
                    }
                }
                "\n"
                footer {
                    "Written by secateur " (env!("CARGO_PKG_VERSION")) ". Costs are in the unit of the price list."
                }
                "\n"
            }
            "\n"
        }
        "\n"
    };
    out.write_all(page.0.as_bytes())
}

/// About a dozen operating points.
fn points(facts: &Facts<'_>) -> Markup {
    let curve = facts.input.valid;
    let rows = spread(curve, facts.input.chosen, TABLE_POINTS);
    let column =
        |value: fn(&secateur::forest::CurvePoint) -> f64| Column::of(rows.iter().map(|&row| value(&curve.points[row])));
    let cost = column(|point| point.cost);
    let loss = column(|point| point.loss().unwrap_or(0.0));
    let log_loss = column(|point| point.log_loss.unwrap_or(0.0));
    let acquired = |row: usize| curve.acquired.row(row).sum();
    let write_loss = |value: Option<f64>| match (facts.kind, value) {
        (_, None) => String::new(),
        (LossKind::Error, value) => facts.kind.write(value),
        (LossKind::SquaredError, Some(value)) => loss.write(value),
    };
    let mut table =
        Table::new(&["Lambda λ", "Mean cost", facts.kind.title(), "Log-loss", "Splits kept", "Sources acquired"]);
    let last = curve.points.len() - 1;
    for &row in &rows {
        let point = &curve.points[row];
        let cells = [
            number(point.lambda),
            cost.write(point.cost),
            write_loss(point.loss()),
            point.log_loss.map_or(String::new(), |value| log_loss.write(value)),
            count(point.splits),
            fixed(acquired(row), 2),
        ];
        table.row(cells.map(|cell| plain(&cell)));
        if row == (facts.input.chosen.0 as usize).min(last) {
            table.mark_last("chosen", if row == last { "chosen, unpruned" } else { "chosen" });
        } else if row == last {
            table.mark_last("", "unpruned");
        }
    }
    let caption = format!(
        "{} of {}, on the validation data. A point is optimal for values of lambda just below its λ. Sources acquired is the mean \
         number per example.",
        count(rows.len()),
        counted(curve.points.len(), "operating point"),
    );
    figure("From nothing kept to the whole forest", &table.html(), &caption)
}

/// Key facts that the caller gives.
pub(super) fn notes(notes: &[(String, String)]) -> Markup {
    if notes.is_empty() {
        return html! {};
    }
    html! {
        div class="scroll" {
            table class="notes" {
                tbody {
                    "\n"
                    @for (what, value) in notes {
                        tr { th scope="row" { (clean(what)) } td { (clean(value)) } }
                        "\n"
                    }
                }
            }
        }
    }
}
