//! What a piece of work takes: wall-clock seconds and peak memory.

use std::time::Instant;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Peak resident memory of the whole process during the work, in MiB; `None` where the system does not tell.
    pub peak_mib: Option<f64>,
}

/// Runs `work` and measures it. Pieces measured side by side see each other's memory.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Measured) {
    reset_peak();
    let start = Instant::now();
    let result = work();
    (result, Measured { seconds: start.elapsed().as_secs_f64(), peak_mib: peak_mib() })
}

/// Starts to count the peak anew (Linux).
pub fn reset_peak() {
    // Elsewhere there is no such file; then `peak_mib` finds none either.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Peak resident memory of this process since the last [`reset_peak`], in MiB; `None` where the system does not tell.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
