//! Whole paths of programs of units, verified, and budgets on them with the gap that is left.

use std::process::Command;
use std::time::{Duration, Instant};

use secateur_cli::measure::{Measured, measure};
use secateur_program::{Control, Limit, LimitError, SelectionProgram, Status, verify_path};
use secateur_selection::{BudgetOptions, solve_path, solve_within};

use super::units::{SHAPES, Shape, program};
use crate::markdown;
use crate::workloads::Failure;

/// Budgets as shares of the cost of all.
const SHARES: [f64; 3] = [0.3, 0.5, 0.7];

/// One row per shape and size, each measured in a process of its own (memory that was freed would count for the next).
///
/// # Errors
/// When a process cannot be started or ends with an error.
pub fn run(sizes: &[usize], seed: u64, patience: u64) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for (_, words) in SHAPES {
        for units in sizes {
            let numbers = [units.to_string(), seed.to_string(), patience.to_string()];
            let child = Command::new(std::env::current_exe()?).args(["row", words]).args(numbers).output()?;
            if !child.status.success() {
                return Err(format!("{words}, {units}: {}", String::from_utf8_lossy(&child.stderr)).into());
            }
            let row = String::from_utf8(child.stdout)?;
            eprint!("{row}");
            rows.push(row.trim().split(" | ").map(str::to_owned).collect());
        }
    }
    let head = ["units", "decisions", "breakpoints", "path, s", "verified, s", "peak MiB"];
    let budgets = SHARES.map(|share| format!("budget {:.0} %", 100.0 * share));
    let head: Vec<&str> = head.into_iter().chain(budgets.iter().map(String::as_str)).chain(["peak MiB"]).collect();
    Ok(markdown(&head, rows))
}

fn named(words: &str) -> Result<Shape, Failure> {
    let shape = SHAPES.iter().find(|(_, name)| *name == words).ok_or_else(|| format!("no shape is called {words}"))?;
    Ok(shape.0)
}

/// The cells of one row.
///
/// # Errors
/// For an unknown shape, or a path that is not what its certificate proves.
///
/// # Panics
/// If a path stops, a budget is not kept, or a bound is below what was found.
pub fn row(words: &str, units: usize, seed: u64, patience: Duration) -> Result<String, Failure> {
    let program = program(seed, named(words)?, units)?;
    let ((solved, verdict, path, verified), whole) = measure(|| {
        let (solved, path) = timed(|| solve_path(&program, &Control::new()));
        let (verdict, verified) = timed(|| verify_path(&program, &solved.path, &solved.flow));
        (solved, verdict, path, verified)
    });
    verdict?;
    assert_eq!(solved.status, Status::Optimal, "a path without a limit ends");
    let breakpoints = solved.path.breakpoints().count();
    drop(solved);
    let mut row = vec![words.to_owned(), program.n_decisions().to_string(), breakpoints.to_string()];
    row.extend([format!("{path:.2}"), format!("{verified:.2}"), peak(whole)]);
    let (budgets, whole) = measure(|| SHARES.map(|share| within(&program, share, patience)));
    row.extend(budgets.into_iter().collect::<Result<Vec<_>, _>>()?);
    row.push(peak(whole));
    Ok(row.join(" | "))
}

/// The gap that is left at a share of the cost of all, and the seconds.
fn within(program: &SelectionProgram, share: f64, patience: Duration) -> Result<String, LimitError> {
    let limit = Limit::on_cost(program, (share * program.total_cost() as f64) as i64)?;
    let control = Control::new().with_time_limit(patience);
    let options = BudgetOptions::default();
    let (solved, seconds) = timed(|| solve_within(program, std::slice::from_ref(&limit), &options, &control));
    assert!(limit.allows(&solved.selection) && solved.gain <= solved.bound, "{share}");
    assert_eq!(solved.selection.gain(program), solved.gain, "{share}");
    let gap = match solved.status {
        Status::Optimal => "proven".to_owned(),
        _ => format!("{:.0e}", solved.relative_gap()),
    };
    Ok(format!("{gap}, {seconds:.1} s"))
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

fn peak(measured: Measured) -> String {
    measured.peak_mib.map_or("-".to_owned(), |peak| format!("{peak:.0}"))
}
