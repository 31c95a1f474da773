//! What a solver process is asked and what it reports.

use std::time::Instant;

use secateur_cli::measure::{peak_mib, reset_peak};
use secateur_program::Multiplier;
use serde::{Deserialize, Serialize};

/// What is asked of a solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The optimum at one lambda.
    At(Multiplier),
    /// The optimum at every lambda.
    Path,
}

/// One vertex of a path: what is selected below `lambda`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Vertex {
    /// Upper end of the interval in which the selection is optimal, rounded to a double.
    pub lambda: f64,
    /// Gain of the selection, exact.
    pub gain: i64,
    /// Cost of the selection, exact.
    pub cost: i64,
}

/// The line that a solver process prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Version of the solver.
    pub version: String,
    /// At one lambda = num/den: the exact objective in units of 1/den gain, in decimal digits.
    pub objective: Option<String>,
    /// The proven upper bound in the same unit, where the solver may stop before the optimum.
    pub bound: Option<String>,
    /// Of a path: its vertices by increasing lambda.
    pub vertices: Vec<Vertex>,
    /// Seconds until the solver's own representation stands.
    pub build_seconds: f64,
    /// Seconds of solving.
    pub solve_seconds: f64,
    /// Processor seconds of solving, all threads together, in steps of 1/100.
    pub cpu_seconds: Option<f64>,
    /// Seconds of verification, by our verifier.
    pub verify_seconds: Option<f64>,
    /// Seconds of the whole call, where it does more than solve.
    pub call_seconds: Option<f64>,
    /// Passes of an iterative solver.
    pub passes: Option<u64>,
    /// Resident memory with the program loaded, before the solver starts, in MiB.
    pub base_mib: Option<f64>,
    /// Peak resident memory from then on, in MiB.
    pub peak_mib: Option<f64>,
    /// Why the solver stopped early, if it did.
    pub stopped: Option<String>,
}

impl Measured {
    /// Peak memory beyond the loaded program, in bytes per uses pair.
    pub fn bytes_per_pair(&self, pairs: usize) -> Option<f64> {
        Some((self.peak_mib? - self.base_mib?) * 1024.0 * 1024.0 / pairs.max(1) as f64)
    }

    /// Peak memory with the loaded program, in bytes per uses pair.
    pub fn all_bytes_per_pair(&self, pairs: usize) -> Option<f64> {
        Some(self.peak_mib? * 1024.0 * 1024.0 / pairs.max(1) as f64)
    }
}

/// Wall-clock, processor time and memory of one piece of work in this process.
pub struct Meter {
    start: Instant,
    cpu: Option<f64>,
    base_mib: Option<f64>,
}

impl Meter {
    /// Starts to count.
    pub fn start() -> Self {
        reset_peak();
        Self { base_mib: peak_mib(), cpu: cpu_seconds(), start: Instant::now() }
    }

    /// What it was.
    pub fn stop(self) -> Measured {
        let solve_seconds = self.start.elapsed().as_secs_f64();
        let cpu_seconds = cpu_seconds().zip(self.cpu).map(|(now, then)| now - then);
        Measured { solve_seconds, cpu_seconds, base_mib: self.base_mib, peak_mib: peak_mib(), ..Measured::default() }
    }
}

/// User and system time of this process so far, in steps of 1/100 second (Linux only).
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the name, stands in parentheses and may hold blanks; user time is field 14, system time field 15.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks as f64 / 100.0)
}
