//! Time limits, cancellation and progress for long work.
//!
//! One [`Control`] is handed down to everything that can take long. Work calls [`Control::check`] at intervals, and
//! stops when that returns a reason. What a stop means for the result is decided where the work is: a solver returns
//! its best selection so far with a status, other work may return an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why work stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The time limit has passed.
    #[error("the time limit was reached")]
    TimeLimit,
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Where long work stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is being done, a few lower-case words such as `grow trees`.
    pub stage: &'static str,
    /// Units finished.
    pub done: u64,
    /// Units in all, as far as is known.
    pub total: u64,
}

type Observer = dyn Fn(Progress) + Send + Sync;

/// Limits and observer of one piece of long work. Cheap to clone; clones share the cancel flag and the clock.
#[derive(Clone, Default)]
pub struct Control {
    deadline: Option<Instant>,
    cancel: Arc<AtomicBool>,
    observer: Option<Arc<Observer>>,
}

impl Control {
    /// No limit, no observer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work when this much wall-clock time has passed from now. Zero stops it at the first check.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// Calls `observer` at intervals, from any thread; it should return quickly.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Uses a flag of the caller's: set it to `true` from any thread, or from a signal handler, to cancel.
    #[must_use]
    pub fn with_cancel_flag(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = flag;
        self
    }

    /// Asks the work to stop at its next check.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// `Err` with the reason once the work should stop.
    ///
    /// # Errors
    /// [`Stop::Cancelled`] or [`Stop::TimeLimit`].
    pub fn check(&self) -> Result<(), Stop> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stop::TimeLimit),
            _ => Ok(()),
        }
    }

    /// Tells the observer, if there is one.
    pub fn report(&self, stage: &'static str, done: u64, total: u64) {
        if let Some(observer) = &self.observer {
            observer(Progress { stage, done, total });
        }
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("deadline", &self.deadline)
            .field("cancelled", &self.cancel.load(Ordering::Relaxed))
            .field("observed", &self.observer.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn no_limit_never_stops() {
        assert_eq!(Control::new().check(), Ok(()));
    }

    #[test]
    fn zero_time_stops_at_once_and_clones_share_the_cancel_flag() {
        assert_eq!(Control::new().with_time_limit(Duration::ZERO).check(), Err(Stop::TimeLimit));
        let control = Control::new();
        let clone = control.clone();
        control.cancel();
        assert_eq!(clone.check(), Err(Stop::Cancelled));
    }

    #[test]
    fn observer_sees_what_is_reported() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let control = Control::new().with_observer(move |progress| sink.lock().unwrap().push(progress));
        control.report("count", 1, 2);
        assert_eq!(*seen.lock().unwrap(), [Progress { stage: "count", done: 1, total: 2 }]);
    }
}
