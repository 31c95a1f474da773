//! `decisions run`: every method on every problem, appended to the file of results.

use std::path::Path;
use std::time::Instant;

use super::choose::choose;
use super::methods::{Method, Setting, Trial};
use super::metrics::loss;
use super::problem::{self, Problem, problem};
use super::results::{self, Record};
use crate::lines;
use crate::workloads::Failure;

/// Runs what is not in the file yet; prints every choice. A method that fails is reported at the end; the others go on.
pub(super) fn run(
    sets: &[String],
    seeds: &[u64],
    methods: &[&'static Method],
    out: &Path,
    setting: &Setting,
) -> Result<(), Failure> {
    let before = lines::read::<Record>(out)?;
    let mut failures = Vec::new();
    for set in sets {
        let budgets = problem::budgets(set)?;
        for &seed in seeds {
            let missing = |method: &&&Method| {
                let done = results::done(&before, set, seed, method.name);
                budgets.iter().any(|budget| !done.contains(&budget.to_bits()))
            };
            let todo: Vec<&Method> = methods.iter().filter(missing).copied().collect();
            if todo.is_empty() {
                println!("{set}, seed {seed}: all there");
                continue;
            }
            let problem = problem(set, seed)?;
            for method in todo {
                println!("{set}, seed {seed}, {}", method.name);
                match decide(&Trial { problem: &problem, setting }, method) {
                    Ok(records) => {
                        let done = results::done(&before, set, seed, method.name);
                        let new = records.into_iter().filter(|record| !done.contains(&record.budget.to_bits()));
                        lines::append(out, &new.collect::<Vec<_>>())?;
                    }
                    Err(failure) => {
                        let failure = format!("{set}, seed {seed}, {}: {failure}", method.name);
                        eprintln!("error: {failure}");
                        failures.push(failure);
                    }
                }
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// One method on one problem: its choice for every budget.
pub(super) fn decide(trial: &Trial<'_>, method: &Method) -> Result<Vec<Record>, Failure> {
    let Problem { name, seed, judged, budgets, test, .. } = trial.problem;
    let start = Instant::now();
    let mut candidates = vec![trial.constant()?];
    candidates.extend((method.run)(trial)?);
    let seconds = start.elapsed().as_secs_f64();
    println!("  {} candidates, {seconds:.1} s", candidates.len());
    let record = |&budget: &f64| {
        let chosen = choose(&candidates, budget, *judged).ok_or("the constant prediction costs something")?;
        let measured = trial.measured(&chosen.model, test)?;
        let [valid_loss, test_loss] = [&chosen.valid, &measured].map(|measured| loss(&measured.metrics, *judged));
        println!(
            "  budget {budget}: {}; validation: cost {:.3}, loss {valid_loss:.5}; test: cost {:.3}, loss {test_loss:.5}",
            chosen.label, chosen.valid.cost, measured.cost
        );
        Ok(Record {
            set: name.clone(),
            seed: *seed,
            method: method.name.to_owned(),
            budget,
            choice: chosen.label.clone(),
            candidates: candidates.len(),
            valid: chosen.valid,
            test: measured,
            seconds,
        })
    };
    budgets.iter().map(record).collect()
}
