//! Alternating runs (A B C A B C ...) and their medians.

use std::path::PathBuf;

use secateur_program::{Path, SelectionProgram, verify_path};
use secateur_selection::solve_path;

use super::agree::check;
use super::measured::{Measured, Question};
use super::process::{Run, Setting, run};
use super::solvers::Solver;
use super::{file, lambdas};
use crate::workloads::Failure;

/// A program, its file for the solver processes, and its verified path.
#[derive(Debug)]
pub struct Job {
    /// The file.
    pub file: PathBuf,
    /// The path, certified by the verifier.
    pub path: Path,
    /// A lambda above every breakpoint.
    pub high: f64,
    /// Uses pairs of the program.
    pub pairs: usize,
    /// One line about its size.
    pub size: String,
}

impl Job {
    /// Writes the file, solves and verifies the path.
    ///
    /// # Errors
    /// When writing fails, or the verifier refuses the path.
    pub fn new(setting: &Setting, program: &SelectionProgram) -> Result<Self, Failure> {
        let file = setting.out.join("program.bin");
        file::write(program, &file)?;
        let solution = solve_path(program, &secateur_program::Control::new());
        verify_path(program, &solution.path, &solution.flow)?;
        let path = solution.path;
        let top = path.breakpoints().next().map_or(1.0, |breakpoint| breakpoint.lambda.to_f64());
        let size = format!("{}, {} breakpoints", size(program), path.breakpoints().count());
        Ok(Self { file, high: 2.0 * top, pairs: program.n_uses(), path, size })
    }

    /// Lambdas along the path, see [`lambdas::spread`].
    pub fn lambdas(&self, count: usize) -> Vec<secateur_program::Multiplier> {
        lambdas::spread(&self.path, count)
    }
}

/// One line about the size of a program.
pub fn size(program: &SelectionProgram) -> String {
    let (decisions, resources, pairs) = (program.n_decisions(), program.n_resources(), program.n_uses());
    format!("{decisions} decisions, {resources} resources, {pairs} uses pairs")
}

/// What one solver did in all its runs.
#[derive(Debug)]
pub struct Entry {
    /// The solver.
    pub solver: &'static Solver,
    /// The runs that ended.
    pub runs: Vec<Measured>,
    /// How its answer compares, or why there is none.
    pub verdict: String,
}

impl Entry {
    /// Median, smallest and largest of a figure over the runs; `None` without runs or where it was not measured.
    pub fn spread(&self, figure: impl Fn(&Measured) -> Option<f64>) -> Option<[f64; 3]> {
        let mut all = self.runs.iter().map(figure).collect::<Option<Vec<f64>>>().filter(|all| !all.is_empty())?;
        all.sort_by(f64::total_cmp);
        let middle = all.len() / 2;
        let median = if all.len() % 2 == 1 { all[middle] } else { (all[middle - 1] + all[middle]) / 2.0 };
        Some([median, all[0], all[all.len() - 1]])
    }

    /// Median of a figure.
    pub fn median(&self, figure: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        self.spread(figure).map(|spread| spread[0])
    }

    /// Why a run stopped before the optimum, if one did: its seconds are then a lower bound.
    pub fn stopped(&self) -> Option<&str> {
        self.runs.iter().find_map(|run| run.stopped.as_deref())
    }

    /// Median seconds of solving.
    pub fn solve(&self) -> Option<f64> {
        self.median(|run| Some(run.solve_seconds))
    }
}

/// Asks every solver its question, `setting.runs` times in alternation, and compares all answers.
///
/// # Errors
/// When a process fails or an answer is wrong: then nothing is reported (of a solver in doubles, see [`Solver::may_err`], only its
/// own times are not).
pub fn alternate(setting: &Setting, job: &Job, asked: &[(&'static Solver, Question)]) -> Result<Vec<Entry>, Failure> {
    let entry = |&(solver, _): &(&'static Solver, Question)| Entry { solver, runs: Vec::new(), verdict: String::new() };
    let mut entries: Vec<Entry> = asked.iter().map(entry).collect();
    for round in 0..setting.runs.max(1) {
        for (entry, &(solver, question)) in entries.iter_mut().zip(asked) {
            let slow = entry.solve().is_some_and(|seconds| seconds > setting.slow.as_secs_f64());
            if round > 0 && (entry.runs.is_empty() || slow) {
                continue;
            }
            match run(setting, solver, &job.file, question, job.high)? {
                Run::Done(measured) => match check(solver.name, question, &measured, &job.path) {
                    Ok(verdict) => {
                        entry.verdict = verdict;
                        entry.runs.push(*measured);
                    }
                    Err(wrong) if solver.may_err => entry.verdict = format!("WRONG, times not reported: {wrong}"),
                    Err(wrong) => return Err(wrong),
                },
                Run::Absent(why) => entry.verdict = why,
                Run::TooSlow(seconds) => entry.verdict = format!("ended after {seconds:.0} s without an answer"),
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::solvers::SOLVERS;

    #[test]
    fn medians_of_odd_even_and_no_runs() {
        let entry = |seconds: &[f64]| {
            let run = |&solve_seconds: &f64| Measured { solve_seconds, ..Measured::default() };
            Entry { solver: &SOLVERS[0], runs: seconds.iter().map(run).collect(), verdict: String::new() }
        };
        let spread = |seconds: &[f64]| entry(seconds).spread(|run| Some(run.solve_seconds));
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some([2.0, 1.0, 3.0]));
        assert_eq!(spread(&[4.0, 1.0]), Some([2.5, 1.0, 4.0]));
        assert_eq!(spread(&[]), None);
        assert_eq!(entry(&[1.0]).spread(|run| run.peak_mib), None);
    }
}
