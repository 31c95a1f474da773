//! `decisions plot`: the test metric against test cost, one SVG per set; peers dashed.

use std::path::Path;

use super::results::Record;
use super::table::{OfSet, by_set, shown};
use crate::chart::{Line, Picture, Scale, draw};
use crate::workloads::Failure;

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
    let line = |(method, points): (&str, Vec<Point>)| Line {
        name: method.to_owned(),
        points,
        dashed: method.starts_with("lightgbm") || method.starts_with("sklearn"),
    };
    let lines: Vec<Line> = lines.into_iter().map(line).collect();
    let title = format!("{}: test {} at equal cost", set.name, quantity.title);
    let picture = Picture {
        title: &title,
        x: "mean cost per example",
        y: quantity.title,
        scale: Scale::Linear { from_zero: true },
        within: None,
        lines: &lines,
    };
    draw(path, &picture)
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
