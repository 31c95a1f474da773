//! Line charts of growth, and the power laws behind them.

use std::path::Path;

use crate::chart::{Line, Picture, Scale, draw};
use crate::workloads::Failure;

/// A named line of points.
pub type Series = (String, Vec<(f64, f64)>);

/// A chart with both axes logarithmic. Points that are not positive are left out.
///
/// # Errors
/// When there is no point, or writing fails.
pub fn log_log(path: &Path, title: &str, x: &str, y: &str, series: &[Series]) -> Result<(), Failure> {
    let line = |(name, points): &Series| Line {
        name: name.clone(),
        points: points.iter().map(|&(x, y)| (x, y, 0.0)).collect(),
        dashed: false,
    };
    let lines: Vec<Line> = series.iter().map(line).collect();
    draw(path, &Picture { title, x, y, scale: Scale::Logarithmic, within: None, lines: &lines })
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
