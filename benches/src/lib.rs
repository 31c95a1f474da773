//! What the measurements share: stages with their seconds and peak memory, tables in Markdown, programs to measure on, and the
//! comparison of solvers.

pub mod compare;
pub mod generated;
pub mod workloads;

use std::time::Instant;

/// One stage of a pipeline, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// What was done.
    pub name: &'static str,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Peak resident memory of the process during the stage, in MiB; `None` where the system does not tell.
    pub peak_mib: Option<f64>,
}

/// Runs and measures stages.
#[derive(Debug, Default)]
pub struct Stages {
    /// What was measured so far.
    pub done: Vec<Stage>,
}

impl Stages {
    /// Runs one stage.
    pub fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        reset_peak();
        let start = Instant::now();
        let result = work();
        self.done.push(Stage { name, seconds: start.elapsed().as_secs_f64(), peak_mib: peak_mib() });
        result
    }

    /// The stages as a Markdown table.
    pub fn table(&self) -> String {
        let rows = self.done.iter().map(|stage| {
            let peak = stage.peak_mib.map_or("-".to_owned(), |peak| format!("{peak:.0}"));
            vec![stage.name.to_owned(), format!("{:.3}", stage.seconds), peak]
        });
        markdown(&["stage", "seconds", "peak MiB"], rows)
    }
}

/// Linux counts the peak since this was written last.
pub(crate) fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Peak resident memory of this process since [`reset_peak`].
pub(crate) fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// A Markdown table.
pub fn markdown(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}
