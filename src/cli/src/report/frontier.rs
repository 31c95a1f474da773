//! The loss-cost frontier: what a budget buys.

use maud::{Markup, html};

use super::axis::{Axis, Unit};
use super::facts::{Facts, LossKind};
use super::html::{Legend, figure};
use super::plot::Plot;
use super::text::number;
use secateur::forest::{Curve, CurvePoint};

/// The near view is drawn if it is at most this share of the whole picture.
const NEAR_SHARE: f64 = 0.3;

const COST: &str = "Mean cost per example";

/// A window of a picture: ranges of cost and loss.
type Window = ((f64, f64), (f64, f64));

/// The frontier as figures: the whole of it and, where the chosen point would be lost in that, its surroundings.
pub(super) fn figures(facts: &Facts<'_>) -> Markup {
    if facts.chosen.loss().is_none()
        && facts.input.prune.is_none_or(|curve| curve.at(facts.input.chosen).loss().is_none())
    {
        return tree_loss_figure(facts);
    }
    let curves = [Some(facts.input.valid), facts.input.prune];
    let points = || curves.into_iter().flatten().flat_map(|curve| &curve.points);
    let (cost, loss) = (range(points().map(|point| point.cost)), range(points().filter_map(CurvePoint::loss)));
    let unit = match facts.kind {
        LossKind::Error => Unit::Percent,
        LossKind::SquaredError => Unit::Plain,
    };
    let y = Axis::of_values(loss.0, loss.1, 5, unit);
    let whole =
        draw(facts, Axis::new(0.0, cost.1 * 1.02, 6, Unit::Plain), y.clone(), "Loss against cost, the whole path");
    let mut caption = String::from(
        "Each point of a line is one operating point: lower is more accurate, further left is cheaper. \
         Point at a line to see its lambda λ.",
    );
    if facts.input.prune.is_some() {
        caption += " The forest was pruned on the pruning data, so its loss there tends to be too good; the validation line is the one to trust.";
    }
    match facts.input.intervals {
        Some(intervals) if intervals.frontier.len() > 1 => {
            caption += &format!(
                " The pale band is the {}% bootstrap confidence interval at each cost.",
                number(100.0 * intervals.point.level)
            );
        }
        None if facts.loss_line().len() > 1 => caption += " The pale band is one standard error to either side.",
        _ => {}
    }
    let whole = figure("Loss against cost", &html! { (legend(facts)) (whole) }, &caption);
    let near = near(facts, (0.0, cost.1), (y.lo(), y.hi())).map(|(costs, losses)| {
        let (x, y) = (Axis::new(costs.0, costs.1, 6, Unit::Plain), Axis::new(losses.0, losses.1, 5, unit));
        let picture = draw(facts, x, y, "Loss against cost, near the chosen point");
        let caption = "The same lines near the chosen point. Mind the axes: they do not begin at zero.";
        figure("Near the chosen point", &html! { (legend(facts)) (picture) }, caption)
    });
    html! { div class="pair" { (whole) @if let Some(near) = near { (near) } } }
}

fn draw(facts: &Facts<'_>, x: Axis, y: Axis, label: &str) -> Markup {
    let mut plot = Plot::new(x, y);
    let interval = facts.loss_line();
    if interval.len() > 1 {
        plot.band("band", &interval);
    }
    plot.upright("guide", facts.chosen.cost);
    let curves = [("Pruning data", "prune", facts.input.prune), ("Validation data", "valid", Some(facts.input.valid))];
    for (data, class, curve) in curves {
        let Some(curve) = curve else { continue };
        let (points, line) = line_of(curve);
        plot.line(&format!("line {class}"), &line);
        plot.hover(&line, |index| format!("{data}, {}", facts.describe(points[index])));
        if let [only] = line[..] {
            plot.mark(&format!("mark {class}"), false, only, data);
        }
    }
    let marks = [("unpruned", "Unpruned forest", &facts.unpruned), ("chosen", "Chosen", &facts.chosen)];
    for (class, what, point) in marks {
        if let Some(loss) = point.loss() {
            let text = format!("{what}, {}", facts.describe(point));
            plot.mark(&format!("mark {class}"), class == "unpruned", (point.cost, loss), &text);
        }
    }
    plot.svg(label, COST, facts.kind.title())
}

/// Points of known loss, and where they lie.
fn line_of(curve: &Curve) -> (Vec<&CurvePoint>, Vec<(f64, f64)>) {
    curve.points.iter().filter_map(|point| Some((point, (point.cost, point.loss()?)))).unzip()
}

fn legend(facts: &Facts<'_>) -> Markup {
    let mut legend = Legend::default();
    legend.line("line valid", "validation data");
    if facts.input.prune.is_some() {
        legend.line("line prune", "pruning data");
    }
    if facts.chosen.loss().is_some() {
        legend.disc("mark chosen", "chosen");
        legend.diamond("mark unpruned", "unpruned forest");
    }
    legend.html()
}

/// Ranges of cost and loss around the chosen point, if it would be lost in the whole picture.
fn near(facts: &Facts<'_>, cost: (f64, f64), loss: (f64, f64)) -> Option<Window> {
    let chosen = facts.chosen;
    let (_, line) = line_of(facts.input.valid);
    // A third of the points to either side, if that is nearer: the points of some paths lie in heaps.
    let (row, third) = ((facts.input.chosen.0 as usize).min(line.len().checked_sub(1)?), line.len().div_ceil(3));
    let (first, last) = (row.saturating_sub(third).max(1).min(row), (row + third).min(line.len() - 1));
    let costs = ((0.4 * chosen.cost).max(line[first].0), (2.0 * chosen.cost).min(cost.1).min(line[last].0));
    let pad = 0.04 * (costs.1 - costs.0);
    let costs = ((costs.0 - pad).max(0.0), costs.1 + pad);
    let within = line.iter().filter(|(cost, _)| (costs.0..=costs.1).contains(cost)).map(|(_, loss)| *loss);
    let edges = [costs.0, costs.1].into_iter().filter_map(|cost| loss_at(&line, cost));
    let (low, high) = range(within.chain(edges));
    let margin = (0.1 * (high - low)).max(1.2 * facts.loss_reach());
    let losses = ((low - margin).max(0.0), high + margin);
    let share = (costs.1 - costs.0) * (losses.1 - losses.0) / ((cost.1 - cost.0) * (loss.1 - loss.0));
    (share > 0.0 && share < NEAR_SHARE).then_some((costs, losses))
}

/// Where a line passes a cost.
fn loss_at(line: &[(f64, f64)], cost: f64) -> Option<f64> {
    let after = line.partition_point(|point| point.0 < cost);
    let (from, to) = (*line.get(after.checked_sub(1)?)?, *line.get(after)?);
    Some(from.1 + (to.1 - from.1) * (cost - from.0) / (to.0 - from.0))
}

/// Without targets no loss of the forest is known; what the pruning said about single trees is.
fn tree_loss_figure(facts: &Facts<'_>) -> Markup {
    let model = facts.input.model;
    let points: Vec<(f64, f64)> =
        model.points().map(|point| model.on_pruning_data(point)).map(|(loss, cost)| (cost, loss)).collect();
    let (cost, loss) = (range(points.iter().map(|point| point.0)), range(points.iter().map(|point| point.1)));
    let y = Axis::of_values(loss.0, loss.1, 5, Unit::Plain);
    let mut plot = Plot::new(Axis::new(0.0, cost.1 * 1.02, 6, Unit::Plain), y);
    let text = |what: &str, index: usize| {
        let (cost, loss) = points[index];
        let lambda = number(model.lambda(secateur::forest::OperatingPoint(index as u32)));
        format!("{what}λ {lambda}: cost {}, tree loss {}", number(cost), number(loss))
    };
    plot.line("line prune", &points);
    plot.hover(&points, |index| text("", index));
    let chosen = (facts.input.chosen.0 as usize).min(points.len() - 1);
    plot.mark("mark unpruned", true, points[points.len() - 1], &text("Unpruned forest, ", points.len() - 1));
    plot.mark("mark chosen", false, points[chosen], &text("Chosen, ", chosen));
    let mut legend = Legend::default();
    legend.line("line prune", "pruning data");
    legend.disc("mark chosen", "chosen");
    legend.diamond("mark unpruned", "unpruned forest");
    let picture = plot.svg("Tree loss against cost on the pruning data", COST, "Mean loss of a single tree");
    let picture = html! { (legend.html()) (picture) };
    let caption = "The data have no targets, so the loss of the forest is not known. Shown instead is the mean loss of its \
                   single trees on the pruning data: what the pruning itself weighed against cost.";
    html! { div class="pair" { (figure("Loss against cost", &picture, caption)) } }
}

/// Smallest and largest number.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
