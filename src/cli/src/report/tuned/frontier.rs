//! The frontier of the chosen models, among everything that was tried and what it is compared with.

use maud::{Markup, html};

use super::{Facts, OnExamples, Series};
use crate::report::axis::{Axis, Unit};
use crate::report::facts::LossKind;
use crate::report::html::{Legend, figure};
use crate::report::plot::Plot;
use secateur::forest::Evaluation;

/// The near view is drawn if the middle budget is below this share of the largest cost.
const NEAR_SHARE: f64 = 0.4;

/// Baselines drawn in colours of their own.
const COLOURS: usize = 5;

const COST: &str = "Mean cost per example";

/// All of the frontier, and the small budgets by themselves if they would be lost in that.
pub(super) fn figures(facts: &Facts<'_>) -> Markup {
    let costs: Vec<f64> = main_points(facts).map(|(cost, _)| cost).collect();
    let highest = costs.iter().copied().fold(0.0, f64::max);
    let mut caption = String::from(
        "Lower is more accurate, further left is cheaper. Each dot is a model that was tried, on held-out data; straight \
         lines join models and mean nothing between them. Whiskers are 95% bootstrap confidence intervals.",
    );
    if facts.input.test.is_some() {
        caption += " Nothing was chosen on the test data: where the two lines differ, believe the test line. Held-out \
                    losses of chosen models are a little too good.";
    } else {
        caption +=
            " What was chosen by its held-out loss looks a little too good there: keep other data for the final test.";
    }
    let picture = draw(facts, (0.0, highest * 1.02), "Loss against cost, all budgets");
    let whole = figure("Loss against cost", &html! { (legend(facts)) (picture) }, &caption);
    let near = near(facts, highest).map(|limit| {
        let picture = draw(facts, (0.0, limit), "Loss against cost, small budgets");
        let caption = "The same picture for small budgets. Mind the vertical axis: it may not begin at zero.";
        figure("Small budgets", &html! { (legend(facts)) (picture) }, caption)
    });
    html! { div class="pair" { (whole) @if let Some(near) = near { (near) } } }
}

/// Cost and loss of everything but the dots.
fn main_points<'a>(facts: &'a Facts<'a>) -> impl Iterator<Item = (f64, f64)> + 'a {
    let judged = [Some(facts.input.valid), facts.input.test].into_iter().flatten();
    let chosen = judged.flat_map(|on| on.models).map(|judged| &judged.measured);
    let others = facts.input.baselines.iter().flat_map(|series| &series.points);
    let others = others.flat_map(|point| std::iter::once(&point.valid).chain(&point.test));
    chosen.chain(others).filter_map(|measured| facts.place(measured))
}

/// Up to which cost the near view goes: a little beyond the middle model.
fn near(facts: &Facts<'_>, highest: f64) -> Option<f64> {
    let costs: Vec<f64> = facts.input.valid.models.iter().map(|judged| judged.measured.cost).collect();
    let limit = 1.15 * costs[costs.len() / 2];
    (costs.len() >= 3 && limit > 0.0 && limit < NEAR_SHARE * highest).then_some(limit)
}

fn draw(facts: &Facts<'_>, costs: (f64, f64), label: &str) -> Markup {
    let mut plot = Plot::new(Axis::new(costs.0, costs.1, 6, Unit::Plain), losses(facts, costs.1));
    let dots: Vec<(f64, f64)> = facts.input.tried.iter().filter_map(|tried| facts.place(&tried.valid)).collect();
    plot.dots("tried", &dots);
    for (index, series) in facts.input.baselines.iter().enumerate() {
        draw_baseline(&mut plot, facts, &class_of(index), series);
    }
    let lines = [("Test data", "test", facts.input.test), ("Held-out data", "valid", Some(facts.input.valid))];
    for (data, class, on) in lines {
        if let Some(on) = on {
            draw_chosen(&mut plot, facts, (data, class), on);
        }
    }
    plot.svg(label, COST, facts.kind.title())
}

/// The axis of losses, for what costs at most `to`.
fn losses(facts: &Facts<'_>, to: f64) -> Axis {
    let unit = match facts.kind {
        LossKind::Error => Unit::Percent,
        LossKind::SquaredError => Unit::Plain,
    };
    let judged = [Some(facts.input.valid), facts.input.test].into_iter().flatten().flat_map(|on| on.models);
    let intervals = judged
        .filter(|judged| judged.measured.cost <= to)
        .flat_map(|judged| [judged.loss.low.max(0.0), judged.loss.high]);
    let losses = main_points(facts).filter(|(cost, _)| *cost <= to).map(|(_, loss)| loss);
    let (least, most) =
        losses.chain(intervals).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), loss| (a.min(loss), b.max(loss)));
    Axis::of_values(least, most + 0.05 * (most - least), 5, unit)
}

/// The colour of a baseline.
fn class_of(baseline: usize) -> String {
    format!("base{}", baseline % COLOURS)
}

/// A line, or a diamond for a single model.
fn draw_baseline(plot: &mut Plot, facts: &Facts<'_>, class: &str, series: &Series) {
    let (points, mut line): (Vec<_>, Vec<_>) =
        series.points.iter().filter_map(|point| Some((point, facts.place(&point.valid)?))).unzip();
    let text =
        |index: usize| format!("{}: {}; {}", series.name, facts.describe(&points[index].valid), points[index].origin);
    match line[..] {
        [only] => plot.mark(&format!("mark {class}"), true, only, &text(0)),
        _ => {
            plot.hover(&line, text);
            line.sort_by(|a, b| a.0.total_cmp(&b.0));
            plot.line(&format!("line {class}"), &line);
        }
    }
}

/// The chosen models on some data, with whiskers.
fn draw_chosen(plot: &mut Plot, facts: &Facts<'_>, (data, class): (&str, &str), on: OnExamples<'_>) {
    let placed: Vec<(usize, &Evaluation, (f64, f64))> = on
        .models
        .iter()
        .enumerate()
        .filter_map(|(model, judged)| Some((model, judged, facts.place(&judged.measured)?)))
        .collect();
    for (_, judged, at) in &placed {
        let (cost, loss) = ((judged.cost.low, judged.cost.high), (judged.loss.low, judged.loss.high));
        plot.whiskers(&format!("whisker {class}"), *at, cost, loss);
    }
    let mut line: Vec<(f64, f64)> = placed.iter().map(|(.., at)| *at).collect();
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    plot.line(&format!("line {class}"), &line);
    for (model, judged, at) in placed {
        let text = format!("{data}, {}: {}", facts.budgets_of(model), facts.describe(&judged.measured));
        plot.small_mark(&format!("mark {class}"), at, &text);
    }
}

fn legend(facts: &Facts<'_>) -> Markup {
    let mut legend = Legend::default();
    legend.line("line valid", "chosen, held-out data");
    if facts.input.test.is_some() {
        legend.line("line test", "chosen, test data");
    }
    for (index, series) in facts.input.baselines.iter().enumerate().filter(|(_, series)| !series.points.is_empty()) {
        let (class, name) = (class_of(index), &series.name);
        if series.points.len() == 1 {
            legend.diamond(&format!("mark {class}"), name);
        } else {
            legend.line(&format!("line {class}"), name);
        }
    }
    if !facts.input.tried.is_empty() {
        legend.small_disc("tried", "tried");
    }
    legend.html()
}
