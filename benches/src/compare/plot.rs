//! Line charts as SVG.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::FontTransform;

use crate::workloads::Failure;

/// A named line of points.
pub type Series = (String, Vec<(f64, f64)>);

/// A chart with both axes logarithmic. Points that are not positive are left out.
///
/// # Errors
/// When there is no point, or writing fails.
pub fn log_log(path: &Path, title: &str, x: &str, y: &str, series: &[Series]) -> Result<(), Failure> {
    let shown = |series: &Series| {
        let positive = series.1.iter().copied().filter(|&(x, y)| x > 0.0 && y > 0.0);
        positive.collect::<Vec<(f64, f64)>>()
    };
    let all: Vec<(f64, f64)> = series.iter().flat_map(shown).collect();
    if all.is_empty() {
        return Err("nothing to plot".into());
    }
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (low, high) = all.iter().map(of).fold((f64::MAX, 0f64), |(low, high), v| (low.min(v), high.max(v)));
        (low * 0.8..high * 1.25).log_scale()
    };
    let root = SVGBackend::new(path, (800, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(45)
        .y_label_area_size(75)
        .build_cartesian_2d(range(|point| point.0), range(|point| point.1))?;
    let small = ("sans-serif", 13).into_font().transform(FontTransform::None);
    chart.configure_mesh().x_desc(x).y_desc(y).label_style(small).draw()?;
    for (index, line) in series.iter().enumerate() {
        let colour = Palette99::pick(index).to_rgba();
        let points = shown(line);
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(line.0.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}

/// Exponent and factor of `y = factor * x^exponent`, by least squares on the logarithms.
pub fn power_law(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (x.ln(), y.ln())).collect();
    let (mean_x, mean_y) = (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let slope = logs.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum::<f64>()
        / logs.iter().map(|p| (p.0 - mean_x).powi(2)).sum::<f64>();
    (slope, (mean_y - slope * mean_x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_laws_are_found() {
        let points: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0].iter().map(|&x: &f64| (x, 3.0 * x.powf(1.5))).collect();
        let (exponent, factor) = power_law(&points);
        assert!((exponent - 1.5).abs() < 1e-12 && (factor - 3.0).abs() < 1e-9);
    }
}
