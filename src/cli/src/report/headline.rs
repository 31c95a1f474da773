//! The headline: the chosen point against the unpruned forest.

use maud::{Markup, html};

use super::ReportIntervals;
use super::facts::{Facts, LossKind};
use super::text::{count, counted, number, percent, with_error};

/// The result in a sentence.
pub(super) fn lead(facts: &Facts<'_>) -> Markup {
    let (chosen, unpruned) = (&facts.chosen, &facts.unpruned);
    let of_unpruned = match (chosen.cost / unpruned.cost).is_finite() {
        true => format!(
            "{} of what the unpruned forest costs ({})",
            percent(chosen.cost / unpruned.cost),
            number(unpruned.cost)
        ),
        false => "as much as the unpruned forest".to_owned(),
    };
    let loss = chosen.loss().zip(unpruned.loss()).map(|(loss, full)| {
        let what = match facts.kind {
            LossKind::Error => "an error rate of",
            LossKind::SquaredError => "a mean squared error of",
        };
        format!(", with {what} {} instead of {}", facts.kind.write(Some(loss)), facts.kind.write(Some(full)))
    });
    let examples = counted(facts.input.valid_costs.per_example.len(), "validation example");
    html! {
        "At the chosen point the forest costs " b { (number(chosen.cost)) } " per example, " (of_unpruned)
        (loss.unwrap_or_default()) ". Measured on " (examples) "." (difference(facts))
    }
}

/// How sure the difference in loss to the unpruned forest is.
fn difference(facts: &Facts<'_>) -> String {
    let Some(intervals) = facts.input.intervals else { return String::new() };
    let Some(interval) = intervals.point.loss_above_unpruned else { return String::new() };
    let signed = |loss: f64| format!("{}{}", if loss > 0.0 { "+" } else { "" }, facts.kind.write(Some(loss)));
    format!(
        " Its {} minus that of the unpruned forest on the same examples is {} to {} ({}).",
        facts.kind.title().to_lowercase(),
        signed(interval.low),
        signed(interval.high),
        level(intervals),
    )
}

/// What a interval is, in words.
fn level(intervals: &ReportIntervals) -> String {
    format!("{}% bootstrap confidence interval", number(100.0 * intervals.point.level))
}

/// One headline figure.
struct Tile {
    what: &'static str,
    value: String,
    /// In small print beside the value.
    beside: String,
    /// In small print below it.
    below: String,
}

impl Tile {
    fn html(&self) -> Markup {
        html! {
            div class="tile" {
                dt { (self.what) }
                dd { (self.value) @if !self.beside.is_empty() { " " small { (self.beside) } } }
                dd class="detail" { (self.below) }
            }
            "\n"
        }
    }
}

/// Standard errors of cost and loss at the chosen point, if there are no intervals to say more.
fn errors(facts: &Facts<'_>) -> (Option<f64>, Option<f64>) {
    let shown = |error: Option<f64>| error.filter(|_| facts.input.intervals.is_none());
    (shown(facts.cost_error.filter(|error| *error > 0.0)), shown(facts.loss_error(&facts.chosen)))
}

fn cost_tile(facts: &Facts<'_>) -> Tile {
    let (value, beside) = match errors(facts).0 {
        Some(error) => with_error(facts.chosen.cost, error),
        None => (number(facts.chosen.cost), String::new()),
    };
    // Intervals stand below the figures, where they have room.
    let range = facts.input.intervals.map(|intervals| intervals.point.cost);
    let range = range.map(|interval| format!("{} to {}; ", number(interval.low), number(interval.high)));
    let below = format!("{}unpruned {}", range.unwrap_or_default(), number(facts.unpruned.cost));
    Tile { what: "Mean cost per example", value, beside: plus_minus(beside), below }
}

fn loss_tile(facts: &Facts<'_>) -> Tile {
    let write = |loss: f64| facts.kind.write(Some(loss));
    let range = facts.input.intervals.and_then(|intervals| intervals.point.loss);
    let range = range.map(|interval| format!("{} to {}; ", write(interval.low), write(interval.high)));
    let unpruned = match facts.unpruned.loss() {
        Some(loss) => format!("unpruned {}", write(loss)),
        None => "the data have no targets".to_owned(),
    };
    Tile {
        what: facts.kind.title(),
        value: facts.kind.write(facts.chosen.loss()),
        beside: plus_minus(errors(facts).1.map(write).unwrap_or_default()),
        below: range.unwrap_or_default() + &unpruned,
    }
}

fn plus_minus(error: String) -> String {
    if error.is_empty() { error } else { format!("± {error}") }
}

/// The headline figures.
pub(super) fn tiles(facts: &Facts<'_>) -> Markup {
    let (input, chosen) = (facts.input, &facts.chosen);
    let forest = input.model.forest();
    let last = input.model.unpruned();
    let tiles = [
        cost_tile(facts),
        loss_tile(facts),
        Tile {
            what: "Splits kept",
            value: count(chosen.splits),
            beside: String::new(),
            below: format!("of {} in {}", count(forest.n_splits()), counted(forest.n_trees(), "tree")),
        },
        Tile {
            what: "Features used",
            value: count(facts.features_used),
            beside: format!("of {}", count(forest.n_features())),
            below: format!("from {} of {}", count(facts.sources_used()), counted(facts.sources.len(), "source")),
        },
        Tile {
            what: "Lambda λ",
            value: number(chosen.lambda),
            beside: String::new(),
            below: format!("operating point {} of {}", count(input.chosen.min(last).0), count(last.0)),
        },
    ];
    html! {
        dl class="tiles" { "\n" @for tile in &tiles { (tile.html()) } }
        "\n"
        p class="caption" { (caption(facts)) }
        "\n"
    }
}

/// What is to be known of the figures.
fn caption(facts: &Facts<'_>) -> String {
    let mut caption = String::from(
        "Measured on the validation data. λ prices one unit of cost in units of loss: kept are the splits that, at this \
         price, save more loss on the pruning data than they cost.",
    );
    if let Some(intervals) = facts.input.intervals {
        let resamples = count(intervals.point.resamples);
        caption += &format!(" A range below a figure is its {}, from {resamples} resamples.", level(intervals));
    } else if errors(facts) != (None, None) {
        caption += " Behind ± stands one standard error.";
    }
    if facts.chosen.loss().is_some() {
        caption += " If the point was chosen by its loss on these data, that loss is a little too good: keep other data \
                    for the final test.";
    }
    caption
}
