//! Progress, a time limit and cancellation: a stop is a status with the best answer so far, not an error.
//!
//! Look at the statuses: what was stopped says so, keeps a bound that holds, and does not pass as proven.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secateur::datasets::embedded;
use secateur::{Bagging, Control, Prices, Pruner, Status};
use secateur_selection::solve_path;

fn main() -> Result<(), Box<dyn Error>> {
    let (data, _) = embedded::breast_cancer()?;
    let prices = Prices::parse(&embedded::breast_cancer_prices())?.resolve(&data.feature_names)?;

    // An observer is called at intervals, from any thread.
    let calls = Arc::new(AtomicU64::new(0));
    let stages = Arc::new(Mutex::new(Vec::new()));
    let (counted, seen) = (Arc::clone(&calls), Arc::clone(&stages));
    let watched = Control::new().with_observer(move |progress| {
        counted.fetch_add(1, Ordering::Relaxed);
        let mut seen = seen.lock().expect("no observer panics");
        if seen.last() != Some(&progress.stage) {
            seen.push(progress.stage);
        }
    });
    let forest = Bagging::default().trees(40).fit(&data, &watched)?;
    let pruned = Pruner::new(&prices).fit(forest, &data, &watched)?;
    println!("{} reports of {:?}", calls.load(Ordering::Relaxed), stages.lock().expect("no observer panics"));
    assert_eq!(pruned.solution.status, Status::Optimal);

    // The same program with no time at all, and cancelled from elsewhere: another thread, or a signal handler.
    let program = &pruned.lowered.program;
    let late = Control::new().with_time_limit(Duration::ZERO);
    let cancelled = Control::new();
    cancelled.cancel();
    for (control, expected) in [(late, Status::TimeLimit), (cancelled, Status::Cancelled)] {
        let stopped = solve_path(program, &control);
        println!("{}: gap {:.4}", stopped.status.name(), stopped.gap * program.scale().gain_unit);
        assert_eq!(stopped.status, expected);
        assert!(stopped.gap >= pruned.solution.gap);
    }
    assert!(Bagging::default().fit(&data, &Control::new().with_time_limit(Duration::ZERO)).is_err());
    Ok(())
}
