//! What the measurements share: stages with their seconds and peak memory, tables in Markdown, programs to measure on, and the
//! comparison of solvers, the comparison of decisions.

#[cfg(feature = "neural")]
pub mod allocation;
pub mod chart;
pub mod compare;
#[cfg(feature = "neural")]
pub mod curves;
pub mod decisions;
#[cfg(feature = "neural")]
pub mod deprune;
#[cfg(feature = "neural")]
mod device;
pub mod generated;
pub mod lines;
#[cfg(feature = "neural")]
pub mod logarithmic;
#[cfg(feature = "neural")]
pub mod scores;
#[cfg(feature = "neural")]
pub mod steps;
#[cfg(feature = "neural")]
pub mod widths;
pub mod workloads;

use secateur_cli::measure::{Measured, measure};

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
        let (result, Measured { seconds, peak_mib }) = measure(work);
        self.done.push(Stage { name, seconds, peak_mib });
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

/// A Markdown table.
pub fn markdown(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}
