//! Whole paths of programs of units, verified, and budgets on them with the gap that is left.

use std::time::Duration;

use secateur::measure::{Measured, measure};
use secateur_program::{Control, Limit, Status, verify_path};
use secateur_selection::{BudgetOptions, solve_path, solve_within};

use super::units::{SHAPES, program};
use crate::markdown;
use crate::workloads::Failure;

/// Budgets as shares of the cost of all.
const SHARES: [f64; 3] = [0.3, 0.5, 0.7];

/// One row per shape and size.
///
/// # Errors
/// When a path is not what its certificate proves.
///
/// # Panics
/// If a path stops, a budget is not kept, or a bound is below what was found.
pub fn run(sizes: &[usize], seed: u64, patience: Duration) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for (shape, words) in SHAPES {
        for &units in sizes {
            let program = program(seed, shape, units)?;
            let (solved, path) = measure(|| solve_path(&program, &Control::new()));
            assert_eq!(solved.status, Status::Optimal, "a path without a limit ends");
            let (verdict, verified) = measure(|| verify_path(&program, &solved.path, &solved.flow));
            verdict?;
            let breakpoints = solved.path.breakpoints().count();
            drop(solved);
            let mut row = vec![words.to_owned(), program.n_decisions().to_string(), breakpoints.to_string()];
            row.extend([seconds(path), peak(path), seconds(verified)]);
            for share in SHARES {
                let limit = Limit::on_cost(&program, (share * program.total_cost() as f64) as i64)?;
                let limits = std::slice::from_ref(&limit);
                let control = Control::new().with_time_limit(patience);
                let (solved, within) = measure(|| solve_within(&program, limits, &BudgetOptions::default(), &control));
                assert!(limit.allows(&solved.selection) && solved.gain <= solved.bound, "{words}: {share}");
                assert_eq!(solved.selection.gain(&program), solved.gain, "{words}: {share}");
                let gap = match solved.status {
                    Status::Optimal => "proven".to_owned(),
                    _ => format!("{:.0e}", solved.relative_gap()),
                };
                row.push(format!("{gap}, {} s, {} MiB", seconds(within), peak(within)));
            }
            eprintln!("{}", row.join(" | "));
            rows.push(row);
        }
    }
    let head = ["units", "decisions", "breakpoints", "path, s", "peak MiB", "verified, s"];
    let budgets = SHARES.map(|share| format!("budget {:.0} %: gap", 100.0 * share));
    let head: Vec<&str> = head.into_iter().chain(budgets.iter().map(String::as_str)).collect();
    Ok(markdown(&head, rows))
}

fn seconds(measured: Measured) -> String {
    format!("{:.3}", measured.seconds)
}

fn peak(measured: Measured) -> String {
    measured.peak_mib.map_or("-".to_owned(), |peak| format!("{peak:.0}"))
}
