//! Every solver on many small programs: answers only.

use crate::compare::instance::Instance;
use crate::compare::measured::Question;
use crate::compare::process::Setting;
use crate::compare::report::Report;
use crate::compare::rounds::{Job, alternate};
use crate::compare::solvers::SOLVERS;
use crate::workloads::Failure;
use crate::{Stages, markdown};

/// Small enough for every solver, the integer program included.
const PROGRAMS: [&str; 7] = [
    "forest:3:4:40:6:1",
    "forest:10:6:100:20:2",
    "forest:20:7:60:54:3",
    "loose:200:150:3:1",
    "loose:3000:2000:5:2",
    "mbne_tiny:sqrt:4:200:100",
    "covertype:sqrt:4:1000:100",
];

/// Lambdas per program.
const LAMBDAS: usize = 5;

pub(super) fn check(setting: &Setting, report: &mut Report) -> Result<(), Failure> {
    let once = Setting { runs: 1, ..setting.clone() };
    for name in PROGRAMS {
        let instance: Instance = name.parse()?;
        let program = match instance.program(&mut Stages::default()) {
            Ok(program) => program,
            Err(missing) => {
                report.say(&format!("## {instance}\n\nskipped: {missing}"));
                continue;
            }
        };
        let job = Job::new(&once, &program)?;
        let lambdas = job.lambdas(LAMBDAS);
        let mut rows = Vec::new();
        for solver in SOLVERS.iter().filter(|solver| job.pairs <= solver.most_pairs) {
            let questions: Vec<Question> = if solver.whole_path {
                vec![Question::Path]
            } else {
                lambdas.iter().map(|&lambda| Question::At(lambda)).collect()
            };
            let asked: Vec<_> = questions.iter().map(|&question| (solver, question)).collect();
            let mut verdicts: Vec<String> =
                alternate(&once, &job, &asked)?.into_iter().map(|entry| entry.verdict).collect();
            verdicts.dedup();
            rows.push(vec![solver.title.to_owned(), questions.len().to_string(), verdicts.join("; ")]);
        }
        report.say(&format!("## {instance}\n\n{}", job.size));
        report.say(&markdown(&["solver", "questions", "answers"], rows));
    }
    Ok(())
}
