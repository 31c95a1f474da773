//! What a solver of one lambda is and promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secateur_program::{Control, Flow, Multiplier, Selection, SelectionProgram, Solution, Status};

/// When a solve is to be interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// It runs to its end.
    Never,
    /// A time limit from the start of the solve.
    Time(Duration),
    /// The cancel flag is set before it starts.
    Cancelled,
    /// It is cancelled by the observer, at this progress report (from 1).
    AtReport(usize),
}

impl Interrupt {
    /// As a control, whose clock starts now.
    pub fn control(self) -> Control {
        let control = Control::new();
        match self {
            Interrupt::Never => control,
            Interrupt::Time(limit) => control.with_time_limit(limit),
            Interrupt::Cancelled => {
                control.cancel();
                control
            }
            Interrupt::AtReport(last) => {
                let (seen, handle) = (Arc::new(AtomicUsize::new(0)), control.clone());
                control.with_observer(move |_| {
                    if seen.fetch_add(1, Ordering::Relaxed) + 1 >= last {
                        handle.cancel();
                    }
                })
            }
        }
    }

    /// As a time limit, for solvers that know nothing else.
    ///
    /// # Panics
    /// For an interruption that is no time limit.
    pub fn time_limit(self) -> Option<Duration> {
        match self {
            Interrupt::Never => None,
            Interrupt::Time(limit) => Some(limit),
            other => panic!("promised to stop by time only, asked for {other:?}"),
        }
    }
}

/// What a solver says about one lambda. Objectives and bounds are in units of 1/den of lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The selection.
    pub selection: Selection,
    /// A bound on every selection's objective, if it gives one.
    pub bound: Option<i128>,
    /// A flow whose dual bound is `bound`, if it gives one.
    pub flow: Option<Flow>,
    /// How it ended.
    pub status: Status,
}

impl From<Solution> for Answer {
    fn from(solution: Solution) -> Self {
        let Solution { selection, bound, flow, status, .. } = solution;
        Self { selection, bound: Some(bound), flow: Some(flow), status }
    }
}

/// A typed error in words: the solver does not take this program or lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl<E: std::error::Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// What a solver promises; the laws hold it to no more and to no less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// Largest relative gap (bound - objective) / bound of an answer that was not interrupted. Zero: exact, proven where
    /// there is a flow. Above zero: a bound is given.
    pub tolerance: f64,
    /// Among equally good selections the smallest is returned.
    pub smallest: bool,
    /// A flow is handed over that proves the bound.
    pub flow: bool,
    /// Most decisions it takes.
    pub decisions: usize,
    /// Largest D + R + U that it solves within some tenths of a second in a test build.
    pub size: usize,
    /// Every program and lambda is solved as promised, whatever the size of its integers. Otherwise large ones may be refused, or
    /// solved less well, but never wrongly: what a flow proves must be true.
    pub wide: bool,
    /// Which interruptions it knows.
    pub stops: Stops,
}

/// Which interruptions a solver knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// None.
    Never,
    /// A time limit.
    ByTime,
    /// A `Control`: time limit, cancel flag, observer.
    ByControl,
}

/// A solver of one lambda under test.
pub trait Solver: Sync {
    /// What it promises.
    fn promise(&self) -> Promise;

    /// Solves `program` at `lambda`.
    ///
    /// # Errors
    /// [`Refused`] with the solver's typed error.
    fn solve(&self, program: &SelectionProgram, lambda: Multiplier, interrupt: Interrupt) -> Result<Answer, Refused>;
}
