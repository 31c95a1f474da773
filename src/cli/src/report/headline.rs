//! The headline: the chosen point against the unpruned forest.

use super::ReportIntervals;
use super::facts::{Facts, LossKind};
use super::text::{count, counted, number, percent, with_error};

/// The result in a sentence.
pub(super) fn lead(facts: &Facts<'_>) -> String {
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
    format!(
        "At the chosen point the forest costs <b>{}</b> per example, {of_unpruned}{}. Measured on {}.{}",
        number(chosen.cost),
        loss.unwrap_or_default(),
        counted(facts.input.valid_costs.per_example.len(), "validation example"),
        difference(facts),
    )
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

/// The headline figures.
pub(super) fn tiles(facts: &Facts<'_>) -> String {
    let (input, chosen, unpruned) = (facts.input, &facts.chosen, &facts.unpruned);
    let forest = input.model.forest();
    let plus_minus = |(value, error): (String, String)| format!("{value} <small>± {error}</small>");
    let cost_error = facts.cost_error.filter(|error| *error > 0.0);
    let cost_error = cost_error.filter(|_| input.intervals.is_none());
    let loss_error = facts.loss_error(chosen).filter(|_| input.intervals.is_none());
    let cost = match cost_error {
        Some(error) => plus_minus(with_error(chosen.cost, error)),
        None => number(chosen.cost),
    };
    let write = |loss: f64| facts.kind.write(Some(loss));
    let loss = match loss_error {
        Some(error) => plus_minus((facts.kind.write(chosen.loss()), write(error))),
        None => facts.kind.write(chosen.loss()),
    };
    // Intervals stand below the figures, where they have room.
    let range = |low: String, high: String| format!("{low} to {high}; ");
    let cost_range = input
        .intervals
        .map(|intervals| intervals.point.cost)
        .map(|interval| range(number(interval.low), number(interval.high)));
    let loss_range = input
        .intervals
        .and_then(|intervals| intervals.point.loss)
        .map(|interval| range(write(interval.low), write(interval.high)));
    let unpruned_loss = match unpruned.loss() {
        Some(loss) => format!("unpruned {}", facts.kind.write(Some(loss))),
        None => "the data have no answers".to_owned(),
    };
    let splits = format!("of {} in {}", count(forest.n_splits()), counted(forest.n_trees(), "tree"));
    let features = format!("{} <small>of {}</small>", count(facts.features_used), count(forest.n_features()));
    let sources = format!("from {} of {}", count(facts.sources_used()), counted(facts.sources.len(), "source"));
    let last = input.model.unpruned();
    let point = format!("operating point {} of {}", count(input.chosen.min(last).0), count(last.0));
    let tiles = [
        (
            "Mean cost per example",
            cost,
            format!("{}unpruned {}", cost_range.unwrap_or_default(), number(unpruned.cost)),
        ),
        (facts.kind.title(), loss, loss_range.unwrap_or_default() + &unpruned_loss),
        ("Splits kept", count(chosen.splits), splits),
        ("Features used", features, sources),
        ("Lambda λ", number(chosen.lambda), point),
    ];
    let tiles: String = tiles
        .iter()
        .map(|(what, value, detail)| {
            format!("<div class=\"tile\"><dt>{what}</dt><dd>{value}</dd><dd class=\"detail\">{detail}</dd></div>\n")
        })
        .collect();
    let mut caption = String::from(
        "Measured on the validation data. λ prices one unit of cost in units of loss: kept are the splits that, at this \
         price, save more loss on the pruning data than they cost.",
    );
    if let Some(intervals) = input.intervals {
        let resamples = count(intervals.point.resamples);
        caption += &format!(" A range below a figure is its {}, from {resamples} resamples.", level(intervals));
    } else if cost_error.is_some() || loss_error.is_some() {
        caption += " Behind ± stands one standard error.";
    }
    if chosen.loss().is_some() {
        caption += " If the point was chosen by its loss on these data, that loss is a little too good: keep other data \
                    for the final test.";
    }
    format!("<dl class=\"tiles\">\n{tiles}</dl>\n<p class=\"caption\">{caption}</p>\n")
}
