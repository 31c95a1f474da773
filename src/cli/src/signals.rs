//! Signals that end the process: work is asked to stop, and does not outlast the asking.
//!
//! The first signal sets the cancel flag. Work that looks at it ends by itself; if the process still runs after a moment, or
//! when a second signal comes, temporary files are removed and it ends at once. The moment is longer where work shows what it
//! has when it is stopped.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// How long work may go on after the first signal: to end processes that it has started, for example.
const GRACE: Duration = Duration::from_millis(40);

/// The same for work that shows what it has. Short enough that a user does not ask twice.
const GRACE_TO_SHOW: Duration = Duration::from_millis(120);

/// Exit codes of a process that a signal ended are this and the number of the signal.
const CODE: i32 = 128;

/// What signals have said so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    /// Set by the first signal.
    pub(crate) cancel: Arc<AtomicBool>,
    /// Its number; 0 before.
    number: Arc<AtomicI32>,
    /// Set by work that shows what it has when it is stopped.
    pub(crate) shows: Arc<AtomicBool>,
    /// Whether the work has ended by itself.
    done: Arc<AtomicBool>,
}

impl Signals {
    /// From now on signals are listened to.
    pub(crate) fn watch() -> Self {
        let signals = Self::default();
        if let Err(error) = system::listen(signals.clone()) {
            tracing::warn!(%error, "signals end the process at once");
        }
        signals
    }

    /// The work has ended with this exit code: of work that was interrupted the signal's own.
    pub(crate) fn end(&self, code: u8) -> u8 {
        self.done.store(true, Ordering::Relaxed);
        match self.number.load(Ordering::Relaxed) {
            0 => code,
            number if code == crate::commands::INTERRUPTED => u8::try_from(CODE + number).unwrap_or(code),
            _ => code,
        }
    }

    /// The first signal came: asks the work to stop, waits until its time is up or another one comes, and ends the process.
    fn stop(&self, number: i32, mut another: impl FnMut() -> bool) {
        const STEP: Duration = Duration::from_millis(10);
        let grace = if self.shows.load(Ordering::Relaxed) { GRACE_TO_SHOW } else { GRACE };
        let deadline = Instant::now() + grace;
        self.number.store(number, Ordering::Relaxed);
        self.cancel.store(true, Ordering::Relaxed);
        // By the clock: on a busy machine a short sleep takes long.
        while Instant::now() < deadline && !another() {
            std::thread::sleep(STEP);
        }
        if !self.done.load(Ordering::Relaxed) {
            // A signal may come when everything is written and the process is about to end.
            let written = secateur_files::abandon_writes();
            say_and_exit(CODE + number, if written { ", after writing" } else { "" });
        }
    }
}

/// Says so, and ends the process even if standard error is blocked by whoever should read it.
fn say_and_exit(code: i32, when: &str) -> ! {
    const BLOCKED: Duration = Duration::from_millis(100);
    let _ = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(BLOCKED);
        system::exit(code);
    });
    let mut stderr = std::io::stderr();
    // A progress bar may stand in the line.
    let start = if stderr.is_terminal() { "\r\x1b[2K" } else { "" };
    let _ = writeln!(stderr, "{start}error: interrupted{when}");
    system::exit(code)
}

#[cfg(unix)]
mod system {
    use std::io::Result;
    use std::sync::Arc;

    use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGTERM, SIGXCPU, SIGXFSZ};
    use signal_hook::iterator;

    pub(super) fn listen(signals: super::Signals) -> Result<()> {
        // With a handler a write beyond the limit is an error like any other.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        let mut wanted = vec![SIGINT, SIGTERM, SIGXCPU];
        // `nohup` has it ignored, so that work goes on when the terminal is closed.
        if !ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let mut coming = iterator::Signals::new(wanted)?;
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            let first = coming.forever().next();
            if let Some(number) = first {
                signals.stop(number, || coming.pending().next().is_some());
            }
        })?;
        Ok(())
    }

    /// Whether the process was started with a signal ignored, which only Linux tells without system calls. Taken for
    /// granted elsewhere.
    fn ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
    }

    /// Ends the process without running anything else in it: other threads are at work.
    pub(super) fn exit(code: i32) -> ! {
        signal_hook::low_level::exit(code)
    }
}

#[cfg(not(unix))]
mod system {
    use std::io::{Error, Result};
    use std::sync::mpsc::channel;

    /// What Ctrl-C is where there are no other signals.
    const INTERRUPT: i32 = 2;

    pub(super) fn listen(signals: super::Signals) -> Result<()> {
        let (sender, coming) = channel();
        ctrlc::set_handler(move || {
            let _ = sender.send(());
        })
        .map_err(Error::other)?;
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            if coming.recv().is_ok() {
                signals.stop(INTERRUPT, || coming.try_recv().is_ok());
            }
        })?;
        Ok(())
    }

    pub(super) fn exit(code: i32) -> ! {
        std::process::exit(code)
    }
}
