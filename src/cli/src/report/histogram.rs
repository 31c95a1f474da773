//! How values are spread: splits per tree and costs per example.

use maud::{Markup, html};

use super::axis::{Axis, Unit, round_step};
use super::facts::Facts;
use super::html::{Legend, figure};
use super::plot::Plot;
use super::text::{count, counted, number};

/// About so many bars in a histogram.
const BARS: usize = 30;

/// Fewer bars than this are not spread over the whole width.
const FEW_BARS: usize = 8;

/// Forests of more trees than this are shown as a histogram.
const MOST_TREES: usize = 60;

/// Values counted in bars of equal width.
struct Bars {
    /// Lower end of the first bar.
    start: f64,
    step: f64,
    /// Whole numbers: a bar of width one is centred on its number.
    whole: bool,
    counts: Vec<usize>,
}

impl Bars {
    /// Values sorted, at least one, all finite.
    fn new(sorted: &[f64]) -> Self {
        let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
        let whole = high.abs() < 1e15 && sorted.iter().all(|value| (value - value.round()).abs() <= 1e-9 * value.abs());
        let spread = high - low;
        let step = if spread > 1e-9 * high.abs() && spread.is_finite() {
            round_step(spread / BARS as f64)
        } else {
            round_step(high.abs().max(1e-200) / BARS as f64)
        };
        let step = if whole { step.max(1.0) } else { step };
        // Sums of prices end a little beside the round number they mean.
        let bar = |value: f64| (value / step + 1e-6).floor();
        let first = bar(low);
        let mut counts = vec![0; (bar(high) - first).clamp(0.0, 4.0 * BARS as f64) as usize + 1];
        let last = counts.len() - 1;
        for value in sorted {
            counts[((bar(*value) - first).max(0.0) as usize).min(last)] += 1;
        }
        Self { start: first * step, step, whole, counts }
    }

    /// From where to where a bar is drawn.
    fn ends(&self, bar: usize) -> (f64, f64) {
        let left = self.start + bar as f64 * self.step - if self.centred() { 0.5 } else { 0.0 };
        (left, left + self.step)
    }

    fn centred(&self) -> bool {
        self.whole && self.step == 1.0
    }

    /// What is in a bar, for hovering.
    fn describe(&self, bar: usize, noun: &str) -> String {
        let (from, to) = self.ends(bar);
        let counted = counted(self.counts[bar], noun);
        if self.centred() {
            format!("{}: {counted}", number(from + 0.5))
        } else if self.whole {
            format!("{} to {}: {counted}", number(from), number(to - 1.0))
        } else {
            format!("{} to {}: {counted}", number(from), number(to))
        }
    }

    fn plot(&self, noun: &str) -> Plot {
        let most = self.counts.iter().copied().max().unwrap_or(0);
        let (left, right) = (self.ends(0).0, self.ends(self.counts.len() - 1).1);
        let margin = FEW_BARS.saturating_sub(self.counts.len()) as f64 * 0.5 * self.step;
        let least = if self.centred() { -0.5 } else { 0.0 };
        let left = if left < least || left <= 0.5 * right { left.min(least) } else { (left - margin).max(least) };
        let unit = if self.whole && right < 1e5 { Unit::Count } else { Unit::Plain };
        let x = Axis::new(left, right + margin, 6, unit);
        let mut plot = Plot::new(x, Axis::of_values(0.0, most as f64, 5, Unit::Count));
        for bar in (0..self.counts.len()).filter(|&bar| self.counts[bar] > 0) {
            plot.bar("bar", self.ends(bar), self.counts[bar] as f64, &self.describe(bar, noun));
        }
        plot
    }
}

/// Splits kept per tree at the chosen point.
pub(super) fn trees(facts: &Facts<'_>) -> Markup {
    let model = facts.input.model;
    let kept = model.splits_per_tree(facts.input.chosen);
    let mut grown: Vec<f64> = model.splits_per_tree(model.unpruned()).into_iter().map(|splits| splits as f64).collect();
    grown.sort_by(f64::total_cmp);
    let mut sorted: Vec<f64> = kept.iter().map(|&splits| splits as f64).collect();
    sorted.sort_by(f64::total_cmp);
    let median = quantile(&sorted, 0.5);
    let (plot, titles, how) = if kept.len() <= MOST_TREES {
        let x = Axis::new(0.5, kept.len() as f64 + 0.5, 8, Unit::Count);
        let mut plot = Plot::new(x, Axis::of_values(0.0, quantile(&sorted, 1.0), 5, Unit::Count));
        for (tree, &splits) in kept.iter().enumerate() {
            let place = tree as f64 + 1.0;
            let text = format!("Tree {}: {}", tree + 1, counted(splits, "split"));
            plot.bar("bar", (place - 0.5, place + 0.5), splits as f64, &text);
        }
        plot.line("line median", &[(0.5, median), (kept.len() as f64 + 0.5, median)]);
        let how = "One bar per tree, as high as the number of its splits that are kept at the chosen point.";
        (plot, ["Tree", "Splits kept"], how)
    } else {
        let mut plot = Bars::new(&sorted).plot("tree");
        plot.upright("median", median);
        (
            plot,
            ["Splits kept in the tree", "Trees"],
            "Each bar counts the trees that keep so many splits at the chosen point.",
        )
    };
    let mut legend = Legend::default();
    legend.line("median", &format!("median {}", number(median)));
    let picture = html! { (legend.html()) (plot.svg("Splits kept per tree", titles[0], titles[1])) };
    let caption = format!(
        "{how} Kept are {} to {} splits per tree, median {}; unpruned they have {} to {}, median {}.",
        number(quantile(&sorted, 0.0)),
        number(quantile(&sorted, 1.0)),
        number(quantile(&sorted, 0.5)),
        number(quantile(&grown, 0.0)),
        number(quantile(&grown, 1.0)),
        number(quantile(&grown, 0.5)),
    );
    figure("Splits kept per tree", &picture, &caption)
}

/// Cost per example at the chosen point.
pub(super) fn costs(facts: &Facts<'_>) -> Markup {
    let title = "Cost per example";
    let mut sorted: Vec<f64> =
        facts.input.valid_costs.per_example.iter().copied().filter(|cost| cost.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return figure(title, &html! { p { "No costs of single examples are known." } }, "");
    }
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    let [tenth, median, ninetieth] = [0.1, 0.5, 0.9].map(|share| quantile(&sorted, share));
    let mut plot = Bars::new(&sorted).plot("example");
    plot.upright("quantile", tenth);
    plot.upright("quantile", ninetieth);
    plot.upright("median", median);
    plot.upright("mean", mean);
    let mut legend = Legend::default();
    legend.line("mean", &format!("mean {}", number(mean)));
    legend.line("median", &format!("median {}", number(median)));
    legend.line("quantile", &format!("10% and 90%: {} and {}", number(tenth), number(ninetieth)));
    let picture = plot.svg("Examples by their cost", "Cost of the example", "Examples");
    let picture = html! { (legend.html()) (picture) };
    let mut caption = format!(
        "Each bar counts the validation examples that cost so much at the chosen point, {} in all. At most a tenth of them \
         lie to the left of the dotted lines, at most a tenth to the right. The dearest costs {}.",
        count(sorted.len()),
        number(quantile(&sorted, 1.0)),
    );
    let prices = facts.input.model.prices();
    if prices.per_node() > 0.0 || prices.sources().iter().any(|source| source.per_model > 0.0) {
        caption += " What is paid once per model is not in it.";
    }
    if facts.n_unweighted.is_none() {
        caption += " Each example counts once here, whatever its weight.";
    }
    figure(title, &picture, &caption)
}

/// Quantile of sorted values, interpolated.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = place - below as f64;
    sorted[below] * (1.0 - weight) + sorted[above] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bar() {
        let spread: Vec<f64> = (0..1000).map(|i| f64::from(i * i) * 1e-3).collect();
        for sorted in
            [vec![0.0], vec![5.0; 3], vec![0.1, 0.1 + 0.2, 0.3], vec![1e-30, 1e30], spread, vec![3e200, 4e200]]
        {
            let bars = Bars::new(&sorted);
            assert_eq!(bars.counts.iter().sum::<usize>(), sorted.len());
            let last = sorted[sorted.len() - 1];
            assert!(bars.ends(bars.counts.len() - 1).1 >= last * (1.0 - 1e-6), "{sorted:?}");
        }
    }

    #[test]
    fn sums_of_prices_fall_into_the_bar_they_mean() {
        let bars = Bars::new(&[0.0, 0.1 + 0.2, 0.3, 1.0]);
        assert_eq!(bars.counts.iter().filter(|count| **count == 2).count(), 1);
    }

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), 2.0);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!(quantile(&[7.0], 0.9), 7.0);
    }
}
