//! One program: the hardest of several lambdas is looked for, then every solver answers its question.

use secateur_program::{Multiplier, SelectionProgram};

use crate::compare::instance::Instance;
use crate::compare::measured::Question;
use crate::compare::process::Setting;
use crate::compare::report::{Report, ratio, seconds, table};
use crate::compare::rounds::{Entry, Job, alternate};
use crate::compare::solvers::{SOLVERS, Solver, named};
use crate::compare::{lambdas, plot};
use crate::workloads::Failure;
use crate::{Stages, markdown};

/// Compares `solvers` (all that take a program of this size, if empty) on one program.
pub(super) fn compare(
    setting: &Setting,
    report: &mut Report,
    name: &str,
    instance: &Instance,
    solvers: &[&'static Solver],
    count: usize,
) -> Result<(), Failure> {
    report.say(&format!("## {instance}"));
    let mut stages = Stages::default();
    let program = instance.program(&mut stages)?;
    report.say(&stages.table());
    let job = Job::new(setting, &program)?;
    report.say(&job.size);
    let solvers: Vec<&'static Solver> = if solvers.is_empty() {
        SOLVERS.iter().filter(|solver| job.pairs <= solver.most_pairs).collect()
    } else {
        solvers.to_vec()
    };
    let lambda = hardest(setting, report, name, &program, &job, count)?;
    let question = |solver: &Solver| if solver.whole_path { Question::Path } else { Question::At(lambda) };
    let asked: Vec<(&'static Solver, Question)> = solvers.iter().map(|&solver| (solver, question(solver))).collect();
    let entries = alternate(setting, &job, &asked)?;
    report.say(&table(&job, &entries));
    report.say(&ratios(&entries));
    Ok(())
}

/// Asks OR-tools and our cut once at several lambdas; the one at which OR-tools solves longest (our cut, without OR-tools).
fn hardest(
    setting: &Setting,
    report: &mut Report,
    name: &str,
    program: &SelectionProgram,
    job: &Job,
    count: usize,
) -> Result<Multiplier, Failure> {
    let once = Setting { runs: 1, ..setting.clone() };
    let solvers = ["cut", "ortools"].map(|name| named(name).expect("in the table"));
    let mut found = Vec::new();
    for lambda in job.lambdas(count) {
        let entries = alternate(&once, job, &solvers.map(|solver| (solver, Question::At(lambda))))?;
        let times = [&entries[0], &entries[1]].map(Entry::solve);
        found.push((lambda, lambdas::share_paid(program, &job.path, lambda), times));
    }
    let Some(hardest) = found.iter().max_by(|a, b| {
        let longest = |times: &[Option<f64>; 2]| times[1].or(times[0]).unwrap_or(0.0);
        longest(&a.2).total_cmp(&longest(&b.2))
    }) else {
        return Ok(Multiplier::ZERO); // a path without breakpoints: every lambda is as easy
    };
    let cell = |time: Option<f64>| time.map_or("-".into(), seconds);
    let rows = found
        .iter()
        .map(|(lambda, share, times)| vec![lambda.to_string(), format!("{share:.3}"), cell(times[0]), cell(times[1])]);
    report.say(&markdown(&["lambda", "share of all costs paid", "our cut s", "OR-tools s"], rows));
    report.say(&format!("Hardest: lambda = {}.", hardest.0));
    let line = |index: usize| found.iter().filter_map(|at| Some((at.0.to_f64(), at.2[index]?))).collect();
    let series = [("our cut".to_owned(), line(0)), ("OR-tools SimpleMaxFlow".to_owned(), line(1))];
    plot::log_log(&setting.out.join(format!("{name}.svg")), "One lambda", "lambda", "seconds", &series)?;
    Ok(hardest.0)
}

/// The ratios that are asked for most.
fn ratios(entries: &[Entry]) -> String {
    let of = |name: &str| entries.iter().find(|entry| entry.solver.name == name);
    [
        ratio("whole path over one lambda of OR-tools", of("path"), of("ortools")),
        ratio("whole path on one thread over one lambda of OR-tools", of("path-1"), of("ortools")),
        ratio("whole path over one lambda of ours", of("path"), of("cut")),
        ratio("one lambda of OR-tools over one of ours", of("ortools"), of("cut")),
        ratio("pseudoflow's whole path over ours", of("pseudoflow"), of("path")),
        ratio("pseudoflow's whole path over ours on one thread", of("pseudoflow"), of("path-1")),
        ratio("HiGHS LP over one lambda of ours", of("highs-lp"), of("cut")),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<String>>()
    .join("\n")
}
