//! Lines with error bars as SVG.

use std::path::Path;

use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::FontTransform;

use crate::workloads::Failure;

/// Told apart on white, neighbours above all.
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

/// A line: name, points (x, y, half the height of the bar), whether it is dashed.
pub struct Line {
    /// As the legend has it.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64, f64)>,
    /// Told apart from the others.
    pub dashed: bool,
}

/// What stands around the lines.
pub struct Frame<'a> {
    /// Above the picture.
    pub title: &'a str,
    /// Below the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
    /// Where the legend is.
    pub legend: SeriesLabelPosition,
    /// The horizontal axis begins at 0 rather than at the least point.
    pub from_zero: bool,
    /// The vertical axis ends here, and lines are cut; else it holds every point.
    pub within: Option<(f64, f64)>,
}

/// Draws a picture; the first line is wider than the others.
///
/// # Errors
/// When there is no point, or the file cannot be written.
pub fn draw(path: &Path, frame: &Frame<'_>, lines: &[Line]) -> Result<(), Failure> {
    let all: Vec<(f64, f64, f64)> = lines.iter().flat_map(|line| line.points.iter().copied()).collect();
    if all.is_empty() {
        return Err(format!("{}: nothing to plot", frame.title).into());
    }
    let most = all.iter().map(|point| point.0).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let least = if frame.from_zero { 0.0 } else { all.iter().map(|point| point.0).fold(f64::INFINITY, f64::min) };
    let low = all.iter().map(|point| point.1 - point.2).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|point| point.1 + point.2).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = frame.within.map_or((low, high), |(least, most)| (low.max(least), high.min(most)));
    let margin = (0.05 * (high - low)).max(1e-9);
    let (low, high) = (low - margin, high + margin);
    let side = 0.05 * (most - least);
    let root = SVGBackend::new(path, (900, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(frame.title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(45)
        .y_label_area_size(75)
        .build_cartesian_2d(least..most + side, low..high)?;
    let small = ("sans-serif", 13).into_font().transform(FontTransform::None);
    chart.configure_mesh().max_light_lines(1).x_desc(frame.x).y_desc(frame.y).label_style(small).draw()?;
    for (index, own) in lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let line = colour.stroke_width(if index == 0 { 3 } else { 2 });
        let seen = own.points.iter().filter(|point| (low..=high).contains(&point.1));
        let named = chart.draw_series(seen.map(|&(x, y, _)| Circle::new((x, y), 3, colour.filled())))?.label(&own.name);
        match own.dashed {
            true => named.legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 20, y)], 5, 3, line)),
            false => named.legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], line)),
        };
        let bars = own.points.iter().filter_map(|&(x, y, bar)| cut((x, y - bar), (x, y + bar), low, high));
        chart.draw_series(bars.map(|ends| PathElement::new(ends, colour.stroke_width(1))))?;
        for pair in own.points.windows(2) {
            let Some(ends) = cut((pair[0].0, pair[0].1), (pair[1].0, pair[1].1), low, high) else { continue };
            match own.dashed {
                true => chart.draw_series(DashedLineSeries::new(ends, 6, 4, line))?,
                false => chart.draw_series(LineSeries::new(ends, line))?,
            };
        }
    }
    chart
        .configure_series_labels()
        .position(frame.legend.clone())
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}

/// The part of a segment between two heights.
fn cut(from: (f64, f64), to: (f64, f64), low: f64, high: f64) -> Option<[(f64, f64); 2]> {
    let rise = to.1 - from.1;
    if rise == 0.0 {
        return (low..=high).contains(&from.1).then_some([from, to]);
    }
    let (a, b) = ((low - from.1) / rise, (high - from.1) / rise);
    let (enter, leave) = (a.min(b).max(0.0), a.max(b).min(1.0));
    let at = |share: f64| (from.0 + share * (to.0 - from.0), from.1 + share * rise);
    (enter < leave).then(|| [at(enter), at(leave)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_cut_at_the_ends_of_the_axis() {
        assert_eq!(cut((0.0, 0.0), (4.0, 4.0), 1.0, 3.0), Some([(1.0, 1.0), (3.0, 3.0)]));
        assert_eq!(cut((0.0, 4.0), (4.0, 0.0), 1.0, 8.0), Some([(0.0, 4.0), (3.0, 1.0)]));
        assert_eq!(cut((0.0, 5.0), (4.0, 9.0), 1.0, 3.0), None);
        assert_eq!(cut((0.0, 2.0), (4.0, 2.0), 1.0, 3.0), Some([(0.0, 2.0), (4.0, 2.0)]));
        assert_eq!(cut((0.0, 5.0), (4.0, 5.0), 1.0, 3.0), None);
    }
}
