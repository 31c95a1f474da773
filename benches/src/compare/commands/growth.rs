//! How the whole path grows with examples and with trees.

use secateur::forest::grow::SplitFeatures;

use crate::compare::instance::Instance;
use crate::compare::measured::Question;
use crate::compare::plot::{log_log, power_law};
use crate::compare::process::Setting;
use crate::compare::report::{Report, seconds, spread};
use crate::compare::rounds::{Entry, Job, alternate};
use crate::compare::solvers::named;
use crate::workloads::{Failure, Workload};
use crate::{Stages, markdown};

/// Pruning rows, 40 trees.
const EXAMPLES: [usize; 4] = [4_000, 8_000, 16_000, 32_000];
/// Trees, at the paper's 15,688 pruning rows.
const TREES: [usize; 4] = [10, 20, 40, 80];

pub(super) fn growth(setting: &Setting, report: &mut Report) -> Result<(), Failure> {
    let paper = Workload { features: SplitFeatures::Sqrt, ..Workload::COVERTYPE_SQRT };
    let examples = EXAMPLES.map(|rows| (rows, Workload { prune_rows: Some(rows), ..paper }));
    let trees = TREES.map(|trees| (trees, Workload { trees, ..paper }));
    report.say("Covertype, sqrt(features) per split, 36,603 training rows; whole path, ours.");
    sweep(setting, report, "examples", &examples)?;
    sweep(setting, report, "trees", &trees)
}

/// One measured point of a sweep.
struct Point {
    size: usize,
    pairs: usize,
    lower: f64,
    path: Entry,
}

fn sweep(setting: &Setting, report: &mut Report, what: &str, cases: &[(usize, Workload)]) -> Result<(), Failure> {
    report.say(&format!("## Growing {what}"));
    let mut points = Vec::new();
    let mut rows = Vec::new();
    for &(size, workload) in cases {
        let mut stages = Stages::default();
        let program = Instance::Data(workload).program(&mut stages)?;
        let job = Job::new(setting, &program)?;
        let solver = named("path").expect("in the table");
        let path = alternate(setting, &job, &[(solver, Question::Path)])?.swap_remove(0);
        let lower = stages.done.last().map_or(0.0, |stage| stage.seconds);
        rows.push(vec![
            size.to_string(),
            job.size.clone(),
            seconds(lower),
            spread(path.spread(|run| Some(run.solve_seconds))),
            spread(path.spread(|run| run.cpu_seconds)),
            spread(path.spread(|run| run.verify_seconds)),
            path.median(|run| run.peak_mib).map_or("-".into(), |mib| format!("{mib:.0}")),
            path.median(|run| run.bytes_per_pair(job.pairs)).map_or("-".into(), |bytes| format!("{bytes:.0}")),
        ]);
        points.push(Point { size, pairs: job.pairs, lower, path });
    }
    let head = [
        what,
        "program",
        "lower s",
        "path s (spread)",
        "CPU s",
        "verify s",
        "peak MiB",
        "bytes per pair, the solver's",
    ];
    report.say(&markdown(&head, rows));
    let line = |figure: &dyn Fn(&Point) -> Option<f64>| -> Vec<(f64, f64)> {
        let point = |point: &Point| Some((point.size as f64, figure(point)?));
        points.iter().filter_map(point).collect()
    };
    let solve = line(&|point| point.path.solve());
    let memory = line(&|point| point.path.median(|run| Some(run.peak_mib? - run.base_mib?)));
    let figures = [
        ("uses pairs", line(&|point| Some(point.pairs as f64))),
        ("lowering, seconds", line(&|point| Some(point.lower))),
        ("path, seconds", solve.clone()),
        ("path, CPU seconds", line(&|point| point.path.median(|run| run.cpu_seconds))),
        ("path, memory beyond the program", memory.clone()),
    ];
    let exponents =
        figures.iter().map(|(name, points)| vec![(*name).to_owned(), format!("{:.2}", power_law(points).0)]);
    report.say(&markdown(&["", &format!("exponent in {what}")], exponents));
    let against_pairs: Vec<(f64, f64)> =
        points.iter().filter_map(|point| Some((point.pairs as f64, point.path.solve()?))).collect();
    report.say(&format!("Path seconds against pairs: exponent {:.2}.", power_law(&against_pairs).0));
    let label =
        |name: &str, points: &[(f64, f64)]| (format!("{name}: exponent {:.2}", power_law(points).0), points.to_vec());
    let plot = |name: &str, y: &str, series: &[(String, Vec<(f64, f64)>)]| {
        log_log(&setting.out.join(format!("growth-{what}-{name}.svg")), "Whole path", what, y, series)
    };
    plot("seconds", "seconds", &[label("solve path", &solve), label("lower", &figures[1].1)])?;
    plot("memory", "MiB", &[label("solve path", &memory)])
}
