//! Tables of a comparison, printed as they come and collected in one Markdown file.

use std::path::Path;

use super::rounds::{Entry, Job};
use crate::markdown;
use crate::workloads::Failure;

/// Markdown so far.
#[derive(Debug, Default)]
pub struct Report(String);

impl Report {
    /// Adds a paragraph, and prints it.
    pub fn say(&mut self, text: &str) {
        println!("{text}\n");
        self.0.push_str(text);
        self.0.push_str("\n\n");
    }

    /// Writes everything to a file.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        std::fs::write(path, &self.0)?;
        println!("written: {}", path.display());
        Ok(())
    }
}

/// Digits that mean something.
pub fn seconds(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { format!("{value:.1}") }
}

fn or_dash(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or("-".into(), text)
}

/// Median (smallest - largest).
pub fn spread(value: Option<[f64; 3]>) -> String {
    value
        .map_or("-".into(), |[median, low, high]| format!("{} ({} - {})", seconds(median), seconds(low), seconds(high)))
}

/// One row per solver; ratios are solving times over the first solver's.
pub fn table(job: &Job, entries: &[Entry]) -> String {
    let first = entries.first().and_then(Entry::solve);
    let head = [
        "solver",
        "runs",
        "build s",
        "solve s (spread)",
        "solve CPU s",
        "verify s",
        "ratio",
        "passes",
        "peak MiB",
        "bytes per pair",
        "of these the solver's",
        "answer",
    ];
    let rows = entries.iter().map(|entry| {
        let ratio = entry.solve().zip(first).map(|(solve, first)| solve / first);
        let version = entry.runs.first().map_or(String::new(), |run| format!(" {}", run.version));
        let at_least = if entry.stopped().is_some() { ">= " } else { "" };
        vec![
            format!("{}{version}", entry.solver.title),
            entry.runs.len().to_string(),
            or_dash(entry.median(|run| Some(run.build_seconds)), seconds),
            spread(entry.spread(|run| Some(run.solve_seconds))),
            or_dash(entry.median(|run| run.cpu_seconds), |value| format!("{value:.2}")),
            or_dash(entry.median(|run| run.verify_seconds), seconds),
            or_dash(ratio, |value| format!("{at_least}{value:.2}")),
            or_dash(entry.median(|run| run.passes.map(|passes| passes as f64)), |value| format!("{value:.0}")),
            or_dash(entry.median(|run| run.peak_mib), |value| format!("{value:.0}")),
            or_dash(entry.median(|run| run.all_bytes_per_pair(job.pairs)), |value| format!("{value:.0}")),
            or_dash(entry.median(|run| run.bytes_per_pair(job.pairs)), |value| format!("{value:.0}")),
            entry.stopped().map_or(entry.verdict.clone(), |why| format!("{}; stopped: {why}", entry.verdict)),
        ]
    });
    markdown(&head, rows)
}

/// Seconds of solving of one solver over those of another, if both ran.
pub fn ratio(what: &str, numerator: Option<&Entry>, denominator: Option<&Entry>) -> Option<String> {
    let (above, below) = (numerator?, denominator?);
    let at_least = if above.stopped().is_some() { "at least " } else { "" };
    Some(format!("- {what}: {at_least}{:.2}", above.solve()? / below.solve()?))
}
