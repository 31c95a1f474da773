//! `decisions plot`: the test metric against test cost, one SVG per set; peers dashed.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::FontTransform;

use super::results::Record;
use super::table::{OfSet, by_set, shown};
use crate::workloads::Failure;

/// Told apart on white, neighbours above all; the first is the method that the table begins with.
const COLOURS: [RGBColor; 12] = [
    RGBColor(200, 0, 40),
    RGBColor(0, 110, 60),
    RGBColor(60, 60, 60),
    RGBColor(160, 90, 0),
    RGBColor(110, 40, 150),
    RGBColor(120, 130, 0),
    RGBColor(190, 80, 130),
    RGBColor(0, 90, 200),
    RGBColor(0, 150, 170),
    RGBColor(120, 170, 230),
    RGBColor(230, 130, 0),
    RGBColor(150, 150, 150),
];

/// A method at a budget: mean cost, mean metric, its standard error.
type Point = (f64, f64, f64);

/// One file per set, named after it.
pub(super) fn plots(records: &[Record], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for set in by_set(records)? {
        let path = folder.join(format!("{}.svg", set.name));
        plot(&set, &path)?;
        println!("written: {}", path.display());
    }
    Ok(())
}

fn plot(set: &OfSet<'_>, path: &Path) -> Result<(), Failure> {
    let quantity = shown(set.judged)[0];
    let points = |method: &str| -> Vec<Point> {
        let point = |&budget: &f64| {
            let metric = set.mean(method, budget, quantity.of)?;
            let cost = set.mean(method, budget, |at| Some(at.cost))?;
            Some((cost.mean, metric.mean, metric.error.unwrap_or(0.0)))
        };
        set.budgets.iter().filter_map(point).collect()
    };
    let lines: Vec<(&str, Vec<Point>)> = set.methods.iter().map(|method| (*method, points(method))).collect();
    let all: Vec<Point> = lines.iter().flat_map(|(_, points)| points.iter().copied()).collect();
    if all.is_empty() {
        return Err(format!("{}: nothing to plot", set.name).into());
    }
    let most = all.iter().map(|point| point.0).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let low = all.iter().map(|point| point.1 - point.2).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|point| point.1 + point.2).fold(f64::NEG_INFINITY, f64::max);
    let margin = (0.05 * (high - low)).max(1e-9);
    let root = SVGBackend::new(path, (900, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{}: test {} at equal cost", set.name, quantity.title), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(45)
        .y_label_area_size(75)
        .build_cartesian_2d(0.0..most * 1.05, low - margin..high + margin)?;
    let small = ("sans-serif", 13).into_font().transform(FontTransform::None);
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_desc("mean cost per example")
        .y_desc(quantity.title)
        .label_style(small)
        .draw()?;
    for (index, (method, points)) in lines.into_iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let middle = points.iter().map(|&(cost, metric, _)| (cost, metric));
        chart.draw_series(middle.clone().map(|point| Circle::new(point, 3, colour.filled())))?;
        let bars = points.iter().map(|&(cost, metric, error)| {
            PathElement::new([(cost, metric - error), (cost, metric + error)], colour.stroke_width(1))
        });
        chart.draw_series(bars)?;
        let line = colour.stroke_width(if index == 0 { 3 } else { 2 });
        let drawn = match method.starts_with("lightgbm") || method.starts_with("sklearn") {
            true => chart.draw_series(DashedLineSeries::new(middle, 6, 4, line))?,
            false => chart.draw_series(LineSeries::new(middle, line))?,
        };
        drawn.label(method).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], line));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::meter::Measured;
    use secateur::forest::metrics::Metrics;

    #[test]
    fn a_picture_has_every_method() {
        let record = |method: &str, seed, budget, error| {
            let measured = Measured { cost: budget, metrics: Metrics { error: Some(error), ..Metrics::default() } };
            let (set, choice, seconds) = ("heart".into(), String::new(), 0.0);
            Record {
                set,
                seed,
                method: method.into(),
                budget,
                choice,
                candidates: 1,
                valid: measured,
                test: measured,
                seconds,
            }
        };
        let records = [
            record("exact-gini", 1, 2.0, 0.3),
            record("exact-gini", 2, 4.0, 0.2),
            record("lightgbm-lazy", 1, 2.0, 0.4),
        ];
        let folder = std::env::temp_dir().join(format!("secateur-decisions-plot-{}", std::process::id()));
        plots(&records, &folder).unwrap();
        let picture = std::fs::read_to_string(folder.join("heart.svg")).unwrap();
        assert!(picture.starts_with("<svg") && picture.contains("xmlns=") && picture.trim_end().ends_with("</svg>"));
        assert!(picture.contains("exact-gini") && picture.contains("lightgbm-lazy"));
        assert!(picture.matches("<circle").count() >= 3);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
